/* Paths beside the API: /health and /metrics for operators, /issuer/... for who
 * verifies tokens (issuer.c), /_mantle/reset for tests. They carry
 * no secret and change nothing outside test mode. */
#include "codec/json.h"
#include "service/issuer.h"
#include "service/turn.h"
#include "system/metrics.h"
#include "vault/vault.h"

enum { HEALTH_BYTES_MAX = 16 * 1024, METRICS_BYTES_MAX = 1024 * 1024 };

static void fail(struct http_exchange *exchange, int status, str text)
{
    exchange->status = status;
    exchange->content_type = STR("text/plain; charset=utf-8");
    exchange->answer = text;
}

static str on_off(bool on)
{
    return on ? STR("on") : STR("off");
}

static void serve_health(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    const struct pipeline_config *config = loop->config;
    bool trail_ok = trail_is_healthy(config->trail);
    bool store_ok = store_is_healthy(config->store);
    buf out = buf_arena(exchange->arena, HEALTH_BYTES_MAX);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_put_str(&o, STR("status"), trail_ok && store_ok ? STR("ok") : STR("degraded"));
    json_put_str(&o, STR("version"), STR(MANTLE_VERSION));
    json_put_str(&o, STR("store"), store_ok ? STR("ok") : STR("refuses changes"));
    json_put_str(&o, STR("trail"), trail_ok ? STR("ok") : STR("cannot be written"));
    json_put_str(&o, STR("tls"), on_off(config->tls));
    json_put_str(&o, STR("locked_key_memory"), on_off(vault_memory_locked(config->vault)));
    json_put_str(&o, STR("insecure_test_mode"), on_off(config->test_mode));
    json_put_i64(&o, STR("clock_tolerance_seconds"), config->tolerance_s);
    json_put_str(&o, STR("region"), config->region);
    json_put_i64(&o, STR("revision"), (int64_t)store_revision(config->store));
    json_close(&o, '}');
    buf_add_char(&out, '\n');
    exchange->status = trail_ok && store_ok ? 200 : 503;
    exchange->content_type = STR("application/json");
    exchange->answer = buf_str(&out);
}

static void serve_metrics(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    buf out = buf_arena(exchange->arena, METRICS_BYTES_MAX);

    (void)loop;
    metrics_print(&out);
    exchange->status = 200;
    exchange->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
    exchange->answer = buf_str(&out);
}

/* A browser on the same machine must not be talked into it by a web page: those send Origin. */
static void serve_reset(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    const struct pipeline_config *config = loop->config;

    if (http_header_get(&exchange->request, STR("origin")).ptr != NULL) {
        fail(exchange, 403, STR("not for browsers\n"));
        return;
    }
    access_txn_end(loop->access);
    if (store_reset(config->store, config->seed, config->seed_arg) != RC_OK) {
        fail(exchange, 500, STR("reset failed; see the server's log\n"));
        return;
    }
    exchange->status = 200;
    exchange->content_type = STR("application/json");
    exchange->answer = STR("{\"reset\":true}\n");
}

static const struct {
    str path, method;
    bool test_mode_only;
    void (*serve)(struct pipeline_loop *loop, struct http_exchange *exchange);
} endpoints[] = {
    { STR_INIT("/health"), STR_INIT("GET"), false, serve_health },
    { STR_INIT("/metrics"), STR_INIT("GET"), false, serve_metrics },
    { STR_INIT("/_mantle/reset"), STR_INIT("POST"), true, serve_reset },
};

bool endpoint_serve(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        if (!str_eq(exchange->request.path, endpoints[i].path) ||
            (endpoints[i].test_mode_only && !loop->config->test_mode)) {
            continue;
        }
        if (str_eq(exchange->request.method, endpoints[i].method)) {
            endpoints[i].serve(loop, exchange);
        } else {
            fail(exchange, 405, STR("method not allowed\n"));
        }
        return true;
    }
    return issuer_serve(loop, exchange);
}
