#include "system/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *first; /* sorted by name, then labels; guarded by lock */

static int order(const struct metric *a, const struct metric *b)
{
    int by_name = strcmp(a->name, b->name);

    if (by_name != 0) {
        return by_name;
    }
    return strcmp(a->labels == NULL ? "" : a->labels, b->labels == NULL ? "" : b->labels);
}

void metric_register(struct metric *metric)
{
    struct metric **at = &first;

    (void)pthread_mutex_lock(&lock);
    if (!atomic_load_explicit(&metric->registered, memory_order_relaxed)) {
        while (*at != NULL && order(*at, metric) < 0) {
            at = &(*at)->next;
        }
        metric->next = *at;
        *at = metric;
        atomic_store_explicit(&metric->registered, true, memory_order_release);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void used(struct metric *metric)
{
    if (UNLIKELY(!atomic_load_explicit(&metric->registered, memory_order_relaxed))) {
        metric_register(metric);
    }
}

void metric_add(struct metric *metric, int64_t n)
{
    used(metric);
    (void)atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

void metric_set(struct metric *metric, int64_t n)
{
    used(metric);
    atomic_store_explicit(&metric->value, n, memory_order_relaxed);
}

void metric_observe_us(struct metric *metric, int64_t us)
{
    size_t at = 0;

    if (us < 0) {
        us = 0; /* clocks of two threads may disagree by a little */
    }
    for (int64_t bound = 16; at < METRIC_BUCKETS && us > bound; bound *= 4) {
        at++;
    }
    used(metric);
    if (at < METRIC_BUCKETS) {
        (void)atomic_fetch_add_explicit(&metric->buckets[at], 1, memory_order_relaxed);
    }
    (void)atomic_fetch_add_explicit(&metric->sum_us, us, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&metric->value, 1, memory_order_relaxed);
}

static int64_t read_value(const atomic_int_fast64_t *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

static void print_seconds(buf *out, int64_t us)
{
    buf_printf(out, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
}

static void print_plain(buf *out, const struct metric *metric, const char *suffix)
{
    buf_printf(out, "%s%s", metric->name, suffix);
    if (metric->labels != NULL) {
        buf_printf(out, "{%s}", metric->labels);
    }
    buf_add_char(out, ' ');
}

static void print_histogram(buf *out, const struct metric *metric)
{
    /* The count is read first: increments that come meanwhile can only make buckets larger, and
     * the cut below keeps them within it, so that +Inf is never less than a bucket. */
    int64_t count = read_value(&metric->value), below = 0, bound = 16;

    for (size_t i = 0; i < METRIC_BUCKETS; i++, bound *= 4) {
        below += read_value(&metric->buckets[i]);
        buf_printf(out, "%s_bucket{%s%sle=\"", metric->name,
                   metric->labels == NULL ? "" : metric->labels, metric->labels == NULL ? "" : ",");
        print_seconds(out, bound);
        buf_printf(out, "\"} %" PRId64 "\n", below < count ? below : count);
    }
    buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRId64 "\n", metric->name,
               metric->labels == NULL ? "" : metric->labels, metric->labels == NULL ? "" : ",",
               count);
    print_plain(out, metric, "_sum");
    print_seconds(out, read_value(&metric->sum_us));
    buf_add_char(out, '\n');
    print_plain(out, metric, "_count");
    buf_printf(out, "%" PRId64 "\n", count);
}

void metrics_print(buf *out)
{
    static const char *const type_names[] = { "counter", "gauge", "histogram" };
    const char *family = "";

    (void)pthread_mutex_lock(&lock);
    for (const struct metric *at = first; at != NULL; at = at->next) {
        if (strcmp(at->name, family) != 0) {
            family = at->name;
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", at->name, at->help, at->name,
                       type_names[at->type]);
        }
        if (at->type == METRIC_HISTOGRAM) {
            print_histogram(out, at);
            continue;
        }
        print_plain(out, at, "");
        buf_printf(out, "%" PRId64 "\n", read_value(&at->value));
    }
    (void)pthread_mutex_unlock(&lock);
}
