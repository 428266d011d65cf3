/* Counters, gauges and histograms in Prometheus text form. Metrics are static objects that register
 * themselves on first use; updates are relaxed atomics, cheap on any thread. */
#ifndef MANTLE_SYSTEM_METRICS_H
#define MANTLE_SYSTEM_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { METRIC_BUCKETS = 16 };

struct metric {
    enum metric_type type;
    const char *name; /* "mantle_requests_total" */
    const char *help;
    const char *labels;                          /* "code=\"200\"" or NULL; static */
    atomic_int_fast64_t value;                   /* histograms: number of observations */
    atomic_int_fast64_t sum_us;                  /* histograms */
    atomic_int_fast64_t buckets[METRIC_BUCKETS]; /* powers of four from 16 us */
    struct metric *next;
};

void metric_register(struct metric *metric); /* idempotent, thread-safe */
void metric_add(struct metric *metric, int64_t n);
void metric_set(struct metric *metric, int64_t n);
void metric_observe_us(struct metric *metric, int64_t us);
/* All of them, sorted by name, with # HELP and # TYPE once per name. */
void metrics_print(buf *out);

#endif
