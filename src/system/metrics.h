/* Counters, gauges and histograms in Prometheus text form. Metrics are static objects that register
 * themselves on first use; updates are relaxed atomics, cheap on any thread. */
#ifndef MANTLE_SYSTEM_METRICS_H
#define MANTLE_SYSTEM_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { METRIC_BUCKETS = 16 };

/* Write one as a static object with the macros below and use it; nothing else is needed:
 *   static struct metric requests = METRIC_COUNTER_INIT("mantle_requests_total", "Requests.");
 *   metric_add(&requests, 1);
 * It appears in metrics_print from its first use on; metric_register makes it appear (as 0) before.
 * Members of one family (same name, other labels) carry the same type and help. */
struct metric {
    enum metric_type type;
    const char *name; /* "mantle_requests_total" */
    const char *help;
    const char *labels;                          /* "code=\"200\"" or NULL; static */
    atomic_int_fast64_t value;                   /* histograms: number of observations */
    atomic_int_fast64_t sum_us;                  /* histograms */
    atomic_int_fast64_t buckets[METRIC_BUCKETS]; /* powers of four from 16 us */
    atomic_bool registered;
    struct metric *next; /* guarded by the registry's lock */
};

#define METRIC_INIT(type_, name_, help_, labels_)                                                  \
    {                                                                                              \
        .type = (type_), .name = (name_), .help = (help_), .labels = (labels_)                     \
    }
#define METRIC_COUNTER_INIT(name, help) METRIC_INIT(METRIC_COUNTER, name, help, NULL)
#define METRIC_GAUGE_INIT(name, help) METRIC_INIT(METRIC_GAUGE, name, help, NULL)
#define METRIC_HISTOGRAM_INIT(name, help) METRIC_INIT(METRIC_HISTOGRAM, name, help, NULL)

void metric_register(struct metric *metric); /* idempotent, thread-safe */
void metric_add(struct metric *metric, int64_t n);
void metric_set(struct metric *metric, int64_t n);
void metric_observe_us(struct metric *metric, int64_t us); /* below 0 counts as 0 */
/* All of them, sorted by name, then labels, with # HELP and # TYPE once per name. Histograms are in
 * seconds, as Prometheus wants them. */
void metrics_print(buf *out);

#endif
