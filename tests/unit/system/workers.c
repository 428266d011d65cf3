/* src/system/workers.c */
#include "system/workers.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/macros.h"
#include "unit.h"

static atomic_int ran, ended;

static void thread_end(void)
{
    (void)atomic_fetch_add(&ended, 1);
}

static void count(struct work *work)
{
    (void)work;
    (void)atomic_fetch_add(&ran, 1);
}

/* Holds its thread until opened, so that a test decides what waits. */
struct gate {
    struct work work;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open; /* guarded by lock */
};

static void gate_set(struct gate *gate, bool *what)
{
    (void)pthread_mutex_lock(&gate->lock);
    *what = true;
    (void)pthread_cond_broadcast(&gate->changed);
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_await(struct gate *gate, const bool *what)
{
    (void)pthread_mutex_lock(&gate->lock);
    while (!*what) {
        (void)pthread_cond_wait(&gate->changed, &gate->lock);
    }
    (void)pthread_mutex_unlock(&gate->lock);
}

static void gate_run(struct work *work)
{
    struct gate *gate = CONTAINER_OF(work, struct gate, work);

    gate_set(gate, &gate->entered);
    gate_await(gate, &gate->open);
    (void)atomic_fetch_add(&ran, 1);
}

static struct workers *pool(unsigned threads, unsigned waiting_max)
{
    struct workers_config config = { threads, waiting_max, thread_end };
    struct workers *workers = NULL;

    atomic_store(&ran, 0);
    atomic_store(&ended, 0);
    assert_ok(workers_open(&config, &workers));
    return workers;
}

static void closing_runs_what_was_taken_on_and_ends_the_threads(void **state)
{
    struct workers *workers = pool(3, 1000);
    struct work work[500];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(work); i++) {
        work[i].run = count;
        assert_ok(workers_submit(workers, &work[i]));
    }
    workers_close(workers);
    assert_int_equal(atomic_load(&ran), COUNT_OF(work));
    assert_int_equal(atomic_load(&ended), 3);
}

static void one_past_the_limit_is_refused_at_once(void **state)
{
    struct workers *workers = pool(1, 2);
    struct gate gate = { .work.run = gate_run,
                         .lock = PTHREAD_MUTEX_INITIALIZER,
                         .changed = PTHREAD_COND_INITIALIZER };
    struct work waiting[3] = { { .run = count }, { .run = count }, { .run = count } };

    (void)state;
    assert_ok(workers_submit(workers, &gate.work));
    gate_await(&gate, &gate.entered);
    assert_ok(workers_submit(workers, &waiting[0]));
    assert_ok(workers_submit(workers, &waiting[1]));
    assert_int_equal(workers_submit(workers, &waiting[2]), RC_BUSY);
    gate_set(&gate, &gate.open);
    workers_close(workers);
    assert_int_equal(atomic_load(&ran), 3);
}

static void threads_work_side_by_side(void **state)
{
    struct workers *workers = pool(2, 4);
    struct gate gates[2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(gates); i++) {
        gates[i] = (struct gate){ .work.run = gate_run,
                                  .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .changed = PTHREAD_COND_INITIALIZER };
        assert_ok(workers_submit(workers, &gates[i].work));
    }
    /* Two threads: both enter although neither was let go. */
    gate_await(&gates[0], &gates[0].entered);
    gate_await(&gates[1], &gates[1].entered);
    gate_set(&gates[0], &gates[0].open);
    gate_set(&gates[1], &gates[1].open);
    workers_close(workers);
    assert_int_equal(atomic_load(&ran), 2);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    workers_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_runs_what_was_taken_on_and_ends_the_threads),
        cmocka_unit_test(one_past_the_limit_is_refused_at_once),
        cmocka_unit_test(threads_work_side_by_side),
        cmocka_unit_test(closing_nothing_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
