#include "unit.h"

#include <pthread.h>

#include "system/metrics.h"

static struct metric plain = METRIC_COUNTER_INIT("t_plain_total", "Plain.");
static struct metric gauge = METRIC_GAUGE_INIT("t_gauge", "Gauge.");
static struct metric b = METRIC_INIT(METRIC_COUNTER, "t_family", "Family.", "k=\"b\"");
static struct metric a = METRIC_INIT(METRIC_COUNTER, "t_family", "Family.", "k=\"a\"");
static struct metric times = METRIC_HISTOGRAM_INIT("t_seconds", "Times.");
static struct metric shared = METRIC_COUNTER_INIT("t_shared_total", "Shared.");

static void test_text(void **state)
{
    buf out = buf_heap(1 << 16);
    str text;
    size_t at;

    (void)state;
    metric_add(&plain, 2);
    metric_add(&plain, 3);
    metric_set(&gauge, 7);
    metric_add(&gauge, -9);
    metric_add(&b, 1);
    metric_register(&a);
    metric_register(&a);
    metric_observe_us(&times, -5);
    metric_observe_us(&times, 16);
    metric_observe_us(&times, 17);
    metric_observe_us(&times, 1500000);
    metric_observe_us(&times, INT64_C(1) << 50); /* past every bucket */
    metrics_print(&out);
    text = buf_str(&out);
    assert_int_equal(out.err, RC_OK);
    assert_true(str_find(text,
                         STR("# HELP t_family Family.\n# TYPE t_family counter\n"
                             "t_family{k=\"a\"} 0\nt_family{k=\"b\"} 1\n"
                             "# HELP t_gauge Gauge.\n# TYPE t_gauge gauge\nt_gauge -2\n"
                             "# HELP t_plain_total Plain.\n# TYPE t_plain_total counter\n"
                             "t_plain_total 5\n"
                             "# HELP t_seconds Times.\n# TYPE t_seconds histogram\n"
                             "t_seconds_bucket{le=\"0.000016\"} 2\n"
                             "t_seconds_bucket{le=\"0.000064\"} 3\n"),
                         &at));
    assert_int_equal(at, 0);
    assert_true(str_find(text,
                         STR("t_seconds_bucket{le=\"1.048576\"} 3\n"
                             "t_seconds_bucket{le=\"4.194304\"} 4\n"),
                         &at));
    assert_true(str_ends(text, STR("t_seconds_bucket{le=\"+Inf\"} 5\n"
                                   "t_seconds_sum 1125899908.342657\nt_seconds_count 5\n")));
    buf_done(&out);
}

static void *add_many(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        metric_add(arg, 1);
        metric_observe_us(&times, i);
    }
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[4];
    buf out = buf_heap(1 << 16);
    size_t at;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &shared), 0);
    }
    metrics_print(&out); /* beside the writers */
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    buf_clear(&out);
    metrics_print(&out);
    assert_true(str_find(buf_str(&out), STR("\nt_shared_total 40000\n"), &at));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
