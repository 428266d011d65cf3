/* mantle serve: wires the server together, runs it until a signal, takes it apart again. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/admin_keys.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/data_dir.h"
#include "cli/seed.h"
#include "cli/serve_settings.h"
#include "federation/federation.h"
#include "net/http.h"
#include "service/pipeline.h"
#include "store/store.h"
#include "system/attempts.h"
#include "system/log.h"
#include "system/system.h"
#include "system/workers.h"
#include "trail/trail.h"
#include "vault/vault.h"

struct server {
    struct serve_settings settings;
    struct arena arena; /* of the process: paths, texts, the seed */
    struct vault *vault;
    struct trail *trail;
    struct store *store;
    struct control *control;
    struct workers *pools[RQ_POOL_COUNT];
    struct attempts *attempts;
    struct federation *federation;
    struct pipeline_config pipeline;
    struct http_server *http;
};

/* --- opening and closing ------------------------------------------------------------------------ */

static unsigned loop_count(const struct serve_settings *s)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (s->loops > 0) {
        return (unsigned)s->loops;
    }
    return cores < 1 ? 1 : cores > SERVE_LOOPS_MAX ? SERVE_LOOPS_MAX : (unsigned)cores;
}

static enum rc open_stores(struct server *server, str *ret_why)
{
    const struct serve_settings *s = &server->settings;

    str trail_dir = arena_printf(&server->arena, "%s/trail", s->data);
    struct trail_config trail = { .dir = trail_dir.ptr,
                                  .segment_bytes_max = 64 << 20,
                                  .lanes = loop_count(s),
                                  .env = system_env() };
    struct store_config store = { .dir = s->data,
                                  .env = system_env(),
                                  .before_commit = trail_before_commit,
                                  .after_commit = trail_after_commit,
                                  .after_abort = trail_after_abort };

    if (trail_dir.ptr == NULL) {
        return RC_NOMEM;
    }
    *ret_why = str_cstr("cannot make the data directory");
    TRY(dir_make(s->data));
    TRY(vault_open(s->data, system_env(), &server->arena, &server->vault, ret_why));
    TRY(trail_open(&trail, &server->arena, &server->trail, ret_why));
    store.ctx = server->trail;
    TRY(store_open(&store, &server->arena, &server->store, ret_why));
    *ret_why = STR("cannot start the trail");
    return trail_start(server->trail, server->store);
}

static enum rc plant(struct server *server, str *ret_why)
{
    const char *dir = server->settings.data;
    struct data_dir known = { 0 };
    bool planted = false;

    server->settings.seed.vault = server->vault;
    *ret_why = STR("cannot make the first account and its bootstrap credentials");
    TRY(seed_first_start(server->store, &server->settings.seed, dir, &planted));
    /* A reset makes the account and the key anew as they were. */
    if (!planted && server->settings.test_mode &&
        data_dir_bootstrap(dir, &server->arena, &known) == RC_OK) {
        server->settings.seed.key_id = known.access_key_id;
        server->settings.seed.secret = known.secret;
    }
    return RC_OK;
}

/* Hashing costs memory and a core each, and yields it to the loops; what waits for others costs only a thread. Beyond what may
 * wait, callers are told to come again. */
static enum rc open_pools(struct server *server, str *ret_why)
{
    unsigned cores = loop_count(&(struct serve_settings){ 0 });
    const struct workers_config pools[RQ_POOL_COUNT] = {
        [RQ_POOL_COMPUTE] = { .threads = cores < 8 ? (cores + 1) / 2 : 4,
                              .waiting_max = 256,
                              .nice = 5,
                              .thread_end = vault_thread_done },
        [RQ_POOL_OUTSIDE] = { .threads = 16, .waiting_max = 1024, .thread_end = vault_thread_done },
        [RQ_POOL_REPORTS] = { .threads = 1, .waiting_max = 256, .thread_end = vault_thread_done },
    };

    *ret_why = STR("cannot make the table of attempts");
    TRY(attempts_open(system_env(), &server->attempts));
    *ret_why = STR("cannot start the threads for blocking work");
    for (size_t i = 0; i < RQ_POOL_COUNT; i++) {
        TRY(workers_open(&pools[i], &server->pools[i]));
    }
    return RC_OK;
}

static str url_of(struct server *server, uint16_t port)
{
    const struct serve_settings *s = &server->settings;
    size_t at;
    bool v6 = str_find_char(s->host, ':', &at);

    return arena_printf(&server->arena, "%s://%s%s%s:%u", s->tls_cert != NULL ? "https" : "http",
                        v6 ? "[" : "", s->host.ptr, v6 ? "]" : "", port);
}

static enum rc listen_and_serve(struct server *server, str *ret_why)
{
    const struct serve_settings *s = &server->settings;
    struct http_config http;
    struct admin admin = { .store = server->store,
                           .trail = server->trail,
                           .vault = server->vault,
                           .env = system_env(),
                           .region = str_cstr(s->region) };

    server->pipeline = (struct pipeline_config){ .store = server->store,
                                                 .vault = server->vault,
                                                 .trail = server->trail,
                                                 .attempts = server->attempts,
                                                 .env = system_env(),
                                                 .federation = server->federation,
                                                 .public_url = s->public_url,
                                                 .partition = STR("aws"),
                                                 .region = str_cstr(s->region),
                                                 .tolerance_s = (int64_t)s->tolerance_s,
                                                 .test_mode = s->test_mode,
                                                 .tls = s->tls_cert != NULL,
                                                 .seed = seed_plant,
                                                 .seed_arg = &server->settings.seed };
    memcpy(server->pipeline.pools, server->pools, sizeof(server->pools));
    http_config_defaults(&http);
    http.host = s->host.ptr;
    http.port = s->port;
    http.loops = loop_count(s);
    http.tls_cert = s->tls_cert;
    http.tls_key = s->tls_key;
    http.env = system_env();
    *ret_why = STR("cannot look after the records of key rotations");
    TRY(admin_keys_settle(&admin));
    *ret_why = STR("cannot open the control socket");
    TRY(control_start(s->data, &admin, &server->control));
    return http_server_start(&http, &pipeline_hooks, &server->pipeline, &server->arena,
                             &server->http, ret_why);
}

static enum rc start(struct server *server, str *ret_why)
{
    str url;

    TRY(open_stores(server, ret_why));
    TRY(plant(server, ret_why));
    TRY(open_pools(server, ret_why));
    *ret_why = STR("cannot start the thread that fetches keys of identity providers");
    TRY(federation_open(&server->settings.federation, &server->federation));
    TRY(listen_and_serve(server, ret_why));
    url = url_of(server, http_server_port(server->http));
    *ret_why = STR("cannot write the endpoint file");
    if (url.ptr == NULL) {
        return RC_NOMEM;
    }
    if (server->settings.public_url == NULL) {
        atomic_store(&server->pipeline.public_url, url.ptr);
    }
    TRY(data_dir_write_endpoint(server->settings.data, url, str_cstr(server->settings.region)));
    if (server->settings.test_mode) {
        log_event(LOG_LEVEL_WARN, "serve.insecure_test_mode", "meaning",
                  "anyone on this host can reset the server; never use it for anything real", NULL);
    }
    if (!vault_memory_locked(server->vault)) {
        log_event(LOG_LEVEL_WARN, "serve.keys_not_locked", "meaning",
                  "RLIMIT_MEMLOCK is too low: keys could reach swap", NULL);
    }
    (void)printf("listening on %s\n", url.ptr);
    (void)fflush(stdout);
    notify_service_manager("READY=1");
    log_event(LOG_LEVEL_INFO, "serve.ready", "endpoint", url.ptr, "version", MANTLE_VERSION, NULL);
    return RC_OK;
}

/* In this order: no new requests, no new changes, records flushed, store closed, keys wiped. */
static void stop(struct server *server)
{
    if (server->http != NULL) {
        http_server_stop(server->http);
    }
    for (size_t i = 0; i < RQ_POOL_COUNT; i++) {
        workers_close(server->pools[i]);
    }
    attempts_close(server->attempts);
    federation_close(server->federation);
    control_stop(server->control);
    trail_close(server->trail);
    store_close(server->store);
    vault_close(server->vault);
    vault_thread_done();
}

static void reload(struct server *server)
{
    struct arena scratch;
    str why = STR("");

    arena_init(&scratch, &heap, 4096, 1 << 20);
    if (server->settings.tls_cert != NULL && http_server_reload_tls(server->http) != RC_OK) {
        log_event(LOG_LEVEL_ERROR, "serve.reload_tls_failed", "meaning",
                  "the certificate in use stays", NULL);
    }
    if (vault_reload(server->vault, &scratch, &why) != RC_OK) {
        log_event(LOG_LEVEL_ERROR, "serve.reload_keys_failed", "why", why.ptr, NULL);
    }
    arena_done(&scratch);
}

/* --- running ------------------------------------------------------------------------------------ */

/* All threads inherit the mask: signals are taken here, one after the other. */
static void block_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static void wait_for_the_end(struct server *server, const sigset_t *set)
{
    int number;

    while (sigwait(set, &number) == 0) {
        if (number != SIGHUP) {
            notify_service_manager("STOPPING=1");
            log_event(LOG_LEVEL_INFO, "serve.stopping", NULL);
            return;
        }
        reload(server);
    }
}

static int run(int argc, char **argv)
{
    struct server server = { 0 };
    str why = STR_NONE;
    sigset_t set;
    int status = EXIT_FAILURE;
    enum rc rc;

    arena_init(&server.arena, &heap, 16 * 1024, 64 << 20);
    if (!serve_settings_read(argc, argv, &server.arena, &server.settings, &status)) {
        arena_done(&server.arena);
        return status;
    }
    (void)umask(077);
    (void)prctl(PR_SET_DUMPABLE, 0); /* no core dump carries keys (security rule 7) */
    block_signals(&set);
    rc = start(&server, &why);
    if (rc == RC_OK) {
        wait_for_the_end(&server, &set);
    } else {
        complain(&command_serve, "%.*s (%s)", FMT(why.ptr == NULL ? STR("cannot start") : why),
                 rc_name(rc));
    }
    stop(&server);
    arena_done(&server.arena);
    return rc == RC_OK ? 0 : EXIT_FAILURE;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "Run the server.",
    .usage = "mantle serve [--data DIR] [--listen HOST:PORT] [OPTION]...",
    .notes = "SIGTERM and SIGINT stop it after what was accepted is finished; SIGHUP reads the\n"
             "certificate and key files again. The first line on standard output says where it\n"
             "listens. DIR/bootstrap holds the first user's access key (see mantle env).\n",
    .run = run,
};
