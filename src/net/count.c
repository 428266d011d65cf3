#include "net/internal.h"
#include "system/metrics.h"

static struct metric connections_open = METRIC_GAUGE_INIT("mantle_http_connections",
                                                          "Connections open now.");
static struct metric connections_total = METRIC_COUNTER_INIT("mantle_http_connections_total",
                                                             "Connections accepted.");
static struct metric requests_total = METRIC_COUNTER_INIT("mantle_http_requests_total",
                                                          "Complete requests given to a handler.");

#define REFUSAL(code)                                                                              \
    {                                                                                              \
        code, METRIC_INIT(METRIC_COUNTER, "mantle_http_refusals_total",                            \
                          "Requests refused before a handler saw them.", "code=\"" #code "\"")     \
    }
static struct {
    int status;
    struct metric metric;
} refusals[] = {
    REFUSAL(400), REFUSAL(408), REFUSAL(413), REFUSAL(414), REFUSAL(417),
    REFUSAL(431), REFUSAL(501), REFUSAL(503), REFUSAL(505),
};

void count_connection(int by)
{
    metric_add(&connections_open, by);
    if (by > 0) {
        metric_add(&connections_total, by);
    }
}

void count_request(void)
{
    metric_add(&requests_total, 1);
}

void count_refusal(int status)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (refusals[i].status == status) {
            metric_add(&refusals[i].metric, 1);
        }
    }
}

void count_register(void)
{
    metric_register(&connections_open);
    metric_register(&connections_total);
    metric_register(&requests_total);
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        metric_register(&refusals[i].metric);
    }
}
