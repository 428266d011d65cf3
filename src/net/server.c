#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/internal.h"
#include "net/tls.h"
#include "system/log.h"
#include "system/system.h"

void http_config_defaults(struct http_config *config)
{
    *config = (struct http_config){
        .host = "127.0.0.1",
        .head_bytes_max = 65536,
        .headers_max = 100,
        .body_bytes_max = 1 << 20,
        .connections_max = 10000,
        .connections_per_address_max = 1000,
        .head_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 75000,
        .write_timeout_ms = 30000,
        .stop_timeout_ms = 10000,
        .exchange_bytes_max = 16 << 20,
        .held_bytes_max = 256 << 20,
        .large_body_bytes_max = 32 << 20,
        .large_bytes_max = 256 << 20,
    };
}

static void server_free(struct http_server *server)
{
    for (unsigned i = 0; i < server->loop_count; i++) {
        loop_free(server->loops[i]);
    }
    alloc_free(&heap, server->loops, server->loop_count * sizeof(server->loops[0]));
    limit_free(server->limit);
    tls_context_free(server->tls);
    alloc_free(&heap, server->server_line, server->server_line_len + 1);
    (void)pthread_cond_destroy(&server->changed);
    (void)pthread_mutex_destroy(&server->lock);
    ALLOC_FREE(&heap, server);
}

static void join(struct http_server *server)
{
    for (unsigned i = 0; i < server->loop_count; i++) {
        if (server->loops[i] != NULL && server->loops[i]->thread_started) {
            (void)uv_thread_join(&server->loops[i]->thread);
            server->loops[i]->thread_started = false;
        }
    }
}

static void ask_to_stop(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    for (unsigned i = 0; i < server->loop_count; i++) {
        if (server->loops[i] != NULL && server->loops[i]->thread_started) {
            loop_wake(server->loops[i]);
        }
    }
}

void http_server_stop(struct http_server *server)
{
    bool all_done = true;

    if (server == NULL) {
        return;
    }
    ask_to_stop(server);
    join(server);
    for (unsigned i = 0; i < server->loop_count; i++) {
        all_done = all_done && server->loops[i]->done;
    }
    if (all_done) {
        server_free(server);
    }
}

static enum rc make_server_line(struct http_server *server, const char *name)
{
    size_t name_len = name == NULL ? 0 : strlen(name);
    size_t len = name_len + sizeof("Server: \r\n") - 1;

    if (name_len == 0) {
        return RC_OK;
    }
    server->server_line = alloc_new(&heap, len + 1);
    if (server->server_line == NULL) {
        return RC_NOMEM;
    }
    (void)snprintf(server->server_line, len + 1, "Server: %s\r\n", name);
    server->server_line_len = len;
    return RC_OK;
}

static struct http_server *server_new(const struct http_config *config,
                                      const struct http_loop_hooks *hooks, void *ctx)
{
    struct http_server *server = ALLOC_NEW(&heap, struct http_server);
    unsigned loops = config->loops == 0 ? uv_available_parallelism() : config->loops;

    if (server == NULL) {
        return NULL;
    }
    server->config = *config;
    server->hooks = *hooks;
    server->ctx = ctx;
    server->env = config->env == NULL ? system_env() : config->env;
    server->limits = (struct parser_limits){
        .head_bytes_max = config->head_bytes_max,
        .headers_max = config->headers_max,
        .body_bytes_max = config->body_bytes_max,
        .large_body_bytes_max = hooks->takes_large == NULL ? 0 : config->large_body_bytes_max,
    };
    server->port = config->port;
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_cond_init(&server->changed, NULL);
    server->limit = limit_new(config->connections_max, config->connections_per_address_max,
                              server->env);
    server->loops = alloc_array(&heap, loops, sizeof(server->loops[0]));
    server->loop_count = server->loops == NULL ? 0 : loops;
    if (server->limit == NULL || server->loops == NULL ||
        make_server_line(server, config->server_name) != RC_OK) {
        server_free(server);
        return NULL;
    }
    return server;
}

static enum rc open_loop(struct http_server *server, unsigned index, struct arena *arena,
                         str *ret_why)
{
    int fds[LISTENERS_MAX];
    unsigned count = 0;
    const char *what = "no memory";
    enum rc rc;

    TRY(listen_bind(server->config.host, &server->port, index == 0, fds, &count, arena, ret_why));
    rc = loop_open(server, index, fds, count, &server->loops[index], &what);
    if (rc == RC_OK) {
        return RC_OK;
    }
    /* Sockets a listener took over are closed with it. */
    for (unsigned i = server->loops[index] == NULL ? 0 : server->loops[index]->listener_count;
         i < count; i++) {
        (void)close(fds[i]);
    }
    *ret_why = arena_printf(arena, "cannot listen on %s port %u: %s", server->config.host,
                            server->port, what);
    return rc;
}

static enum rc open_all(struct http_server *server, struct arena *arena, str *ret_why)
{
    if (server->config.tls_cert != NULL || server->config.tls_key != NULL) {
        TRY(tls_context_new(server->config.tls_cert, server->config.tls_key, server->env, arena,
                            &server->tls, ret_why));
    }
    for (unsigned i = 0; i < server->loop_count; i++) {
        TRY(open_loop(server, i, arena, ret_why));
    }
    return RC_OK;
}

static enum rc start_all(struct http_server *server, str *ret_why)
{
    unsigned started = 0;
    bool failed;

    for (; started < server->loop_count; started++) {
        if (loop_start(server->loops[started]) != RC_OK) {
            break;
        }
    }
    (void)pthread_mutex_lock(&server->lock);
    while (server->ready + server->failed < started) {
        (void)pthread_cond_wait(&server->changed, &server->lock);
    }
    failed = server->failed > 0 || started < server->loop_count;
    (void)pthread_mutex_unlock(&server->lock);
    if (failed) {
        *ret_why = STR("a loop's thread could not start: no memory");
        ask_to_stop(server);
        join(server);
        return RC_NOMEM;
    }
    return RC_OK;
}

/* The usual 1,024 descriptors are fewer than the connections we are ready for. */
static void raise_descriptor_limit(unsigned connections)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)connections + DESCRIPTORS_SPARE;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < want) {
        limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

enum rc http_server_start(const struct http_config *config, const struct http_loop_hooks *hooks,
                          void *ctx, struct arena *arena, struct http_server **ret, str *ret_why)
{
    struct http_server *server;
    enum rc rc;

    (void)signal(SIGPIPE, SIG_IGN); /* a peer that vanishes is an error code, not our end */
    server = server_new(config, hooks, ctx);
    if (server == NULL) {
        *ret_why = STR("no memory");
        return RC_NOMEM;
    }
    count_register();
    raise_descriptor_limit(config->connections_max);
    rc = open_all(server, arena, ret_why);
    if (rc == RC_OK) {
        rc = start_all(server, ret_why);
    }
    if (rc != RC_OK) {
        server_free(server);
        return rc;
    }
    *ret = server;
    return RC_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

enum rc http_server_reload_tls(struct http_server *server)
{
    struct arena arena;
    str why = STR_NONE;
    enum rc rc;

    if (server->tls == NULL) {
        return RC_OK;
    }
    arena_init(&arena, &heap, 4096, 1 << 20);
    rc = tls_context_reload(server->tls, &arena, &why);
    if (rc != RC_OK) {
        log_event(LOG_LEVEL_WARN, "http.tls_reload_failed", "why",
                  why.ptr == NULL ? "no memory" : why.ptr, "kept", "the old certificate", NULL);
    }
    arena_done(&arena);
    return rc;
}
