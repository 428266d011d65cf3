/* mantle serve: wires the server together, runs it until a signal, takes it apart again. */
#include <arpa/inet.h>
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
#include "codec/arn.h"
#include "federation/federation.h"
#include "federation/url.h"
#include "net/http.h"
#include "service/pipeline.h"
#include "store/store.h"
#include "system/attempts.h"
#include "system/log.h"
#include "system/system.h"
#include "system/workers.h"
#include "trail/trail.h"
#include "vault/vault.h"

enum { LANES_MAX = 256, TOLERANCE_S = 900 };

struct settings {
    const char *data, *listen, *region, *tls_cert, *tls_key, *config, *log_format, *log_level;
    uint64_t loops;
    bool test_mode;
    const char *root_key, *account;
    uint64_t tolerance_s;
    const char *public_url, *oidc_allow, *oidc_ca;
    bool oidc_allow_loopback;
    str host; /* of --listen, NUL-terminated */
    uint16_t port;
};

struct server {
    struct settings settings;
    struct arena arena; /* of the process: paths, texts, the seed */
    struct vault *vault;
    struct trail *trail;
    struct store *store;
    struct control *control;
    struct seed seed;
    struct workers *pools[RQ_POOL_COUNT];
    struct attempts *attempts;
    struct federation_config federation_config;
    struct federation *federation;
    struct pipeline_config pipeline;
    struct http_server *http;
};

/* --- settings ----------------------------------------------------------------------------------- */

static bool wrong(const char *text, const char *value)
{
    complain(&command_serve, "%s%s", text, value);
    return false;
}

/* HOST:PORT or [IPV6]:PORT. */
static bool read_listen(struct settings *s, struct arena *arena)
{
    str rest = str_cstr(s->listen), host;
    uint64_t port = 0;
    size_t colon = rest.len;

    while (colon > 0 && rest.ptr[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0 || str_to_u64(str_skip(rest, colon), &port) != RC_OK || port > UINT16_MAX) {
        return wrong("--listen: HOST:PORT is wanted, not ", s->listen);
    }
    host = str_slice(rest, 0, colon - 1);
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = str_slice(host, 1, host.len - 2);
    }
    s->host = arena_str(arena, host);
    s->port = (uint16_t)port;
    return s->host.ptr != NULL && host.len > 0;
}

static bool is_loopback(str host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (str_eq(host, STR("localhost"))) {
        return true;
    }
    if (inet_pton(AF_INET, host.ptr, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    return inet_pton(AF_INET6, host.ptr, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* The switches that weaken the server exist in test mode only, and test mode only on this host. */
static bool check_test_mode(const struct settings *s)
{
    if (!s->test_mode) {
        const char *name = s->root_key != NULL             ? "--root-key"
                           : s->account != NULL            ? "--account"
                           : s->tolerance_s != TOLERANCE_S ? "--clock-tolerance"
                                                           : NULL;
        return name == NULL || wrong("only with --insecure-test-mode: ", name);
    }
    if (!is_loopback(s->host)) {
        return wrong("--insecure-test-mode is refused on an address others can reach: ",
                     s->host.ptr);
    }
    return true;
}

static bool read_seed(struct server *server)
{
    const struct settings *s = &server->settings;
    str rest = str_cstr(s->root_key), id;

    server->seed =
        (struct seed){ .env = system_env(), .partition = STR("aws"), .arena = &server->arena };
    if (s->account != NULL &&
        account_id_parse(str_cstr(s->account), &server->seed.account) != RC_OK) {
        return wrong("--account: twelve digits are wanted, not ", s->account);
    }
    if (s->root_key != NULL) {
        if (!take_until(&rest, ':', &id) || id.len == 0 || rest.len == 0) {
            return wrong("--root-key: AKID:SECRET is wanted", "");
        }
        server->seed.root_key_id = id;
        server->seed.root_secret = rest;
    }
    return true;
}

/* Without a slash at the end: paths are put behind it. */
static bool read_public_url(const struct settings *s)
{
    str text = str_cstr(s->public_url);
    struct url url;

    if (text.ptr == NULL) {
        return true;
    }
    if (url_parse(text, &url) != RC_OK || url.query.len > 0 || str_ends(text, STR("/"))) {
        return wrong(
            "--public-url: https://HOST[:PORT][/PATH] without a slash at the end is wanted, "
            "not ",
            s->public_url);
    }
    return true;
}

enum { RANGES_MAX = 64 };

static bool add_range(struct federation_config *config, str text)
{
    return config->allowed_count < RANGES_MAX &&
           address_range_parse(text, &config->allowed[config->allowed_count++]) == RC_OK;
}

static bool read_federation(struct server *server)
{
    const struct settings *s = &server->settings;
    struct federation_config *config = &server->federation_config;
    str rest = str_cstr(s->oidc_allow), item;

    config->env = system_env();
    config->ca_file = s->oidc_ca;
    config->allow_loopback = s->oidc_allow_loopback;
    config->allowed = NEW_ARRAY(&server->arena, RANGES_MAX, struct address_range);
    if (config->allowed == NULL) {
        return wrong("no memory", "");
    }
    if (config->allow_loopback &&
        !(add_range(config, STR("127.0.0.0/8")) && add_range(config, STR("::1")))) {
        return false;
    }
    while (take_item(&rest, ',', &item)) {
        if (!add_range(config, item)) {
            return wrong("--oidc-allow: at most 60 addresses or ADDRESS/PREFIX with commas between "
                         "are wanted, not ",
                         s->oidc_allow);
        }
    }
    return true;
}

static bool setup_log(const struct settings *s)
{
    static const char *const levels[] = { "error", "warn", "info", "debug" };
    bool json = str_eq(str_cstr(s->log_format), STR("json"));

    if (!json && !str_eq(str_cstr(s->log_format), STR("text"))) {
        return wrong("--log-format: text or json is wanted, not ", s->log_format);
    }
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        if (str_eq(str_cstr(s->log_level), str_cstr(levels[i]))) {
            log_setup((enum log_level)i, json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
            return true;
        }
    }
    return wrong("--log-level: error, warn, info or debug is wanted, not ", s->log_level);
}

static bool read_settings(struct server *server, int argc, char **argv, int *ret_exit)
{
    struct settings *s = &server->settings;
    const struct option_row rows[] = {
        { "data", 'd', OPTION_TEXT, &s->data, "DIR", "data directory; made when missing", 0, 0,
          false },
        { "listen", 'l', OPTION_TEXT, &s->listen, "HOST:PORT",
          "address to serve on; port 0: any free one (default 127.0.0.1:8420)", 0, 0, false },
        { "region", 'r', OPTION_TEXT, &s->region, "NAME",
          "region this server says it is in (default us-east-1)", 0, 0, false },
        { "tls-cert", 0, OPTION_TEXT, &s->tls_cert, "FILE", "certificate chain, PEM", 0, 0, false },
        { "tls-key", 0, OPTION_TEXT, &s->tls_key, "FILE", "its private key, PEM", 0, 0, false },
        { "loops", 0, OPTION_UINT, &s->loops, "N", "threads that serve; 0: one per core (default)",
          0, LANES_MAX, false },
        { "log-format", 0, OPTION_TEXT, &s->log_format, "FORMAT", "text (default) or json", 0, 0,
          false },
        { "log-level", 0, OPTION_TEXT, &s->log_level, "LEVEL", "error, warn, info (default), debug",
          0, 0, false },
        { "config", 'c', OPTION_TEXT, &s->config, "FILE", "file of settings, one a line", 0, 0,
          false },
        { "public-url", 0, OPTION_TEXT, &s->public_url, "URL",
          "where others reach this server; tokens it issues say so (default: where it listens)", 0,
          0, false },
        { "oidc-allow", 0, OPTION_TEXT, &s->oidc_allow, "ADDRESSES",
          "addresses or ADDRESS/PREFIX, commas between, that are not public and may be asked for "
          "keys of OpenID Connect providers",
          0, 0, false },
        { "oidc-allow-loopback", 0, OPTION_FLAG, &s->oidc_allow_loopback, NULL,
          "allow OpenID Connect providers on this host, with http and ports; for development", 0, 0,
          false },
        { "oidc-ca", 0, OPTION_TEXT, &s->oidc_ca, "FILE",
          "certificates to trust for OpenID Connect providers, PEM (default: the system's)", 0, 0,
          false },
        { "insecure-test-mode", 0, OPTION_FLAG, &s->test_mode, NULL,
          "for tests on this host only: allows the switches below and POST /_mantle/reset", 0, 0,
          false },
        { "root-key", 0, OPTION_TEXT, &s->root_key, "AKID:SECRET",
          "test mode: the root user's access key", 0, 0, true },
        { "account", 0, OPTION_TEXT, &s->account, "ID", "test mode: the first account's number", 0,
          0, false },
        { "clock-tolerance", 0, OPTION_UINT, &s->tolerance_s, "SECONDS",
          "test mode: how far clocks may differ (default 900)", 0, UINT32_MAX, false },
    };
    int at = options_read(&command_serve, rows, COUNT_OF(rows), argc, argv, &server->arena,
                          ret_exit);

    if (at < 0) {
        return false;
    }
    *ret_exit = EXIT_USAGE;
    if (at < argc) {
        return wrong("unexpected argument: ", argv[at]);
    }
    return read_listen(s, &server->arena) && check_test_mode(s) && read_public_url(s) &&
           read_federation(server) && read_seed(server) && setup_log(s);
}

/* --- opening and closing ------------------------------------------------------------------------ */

static unsigned loop_count(const struct settings *s)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (s->loops > 0) {
        return (unsigned)s->loops;
    }
    return cores < 1 ? 1 : cores > LANES_MAX ? LANES_MAX : (unsigned)cores;
}

static enum rc open_stores(struct server *server, str *ret_why)
{
    const struct settings *s = &server->settings;

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

    server->seed.vault = server->vault;
    *ret_why = STR("cannot make the first account and its bootstrap credentials");
    TRY(seed_first_start(server->store, &server->seed, dir, &planted));
    /* A reset makes the account and the key anew as they were. */
    if (!planted && server->settings.test_mode &&
        data_dir_bootstrap(dir, &server->arena, &known) == RC_OK) {
        server->seed.key_id = known.access_key_id;
        server->seed.secret = known.secret;
    }
    return RC_OK;
}

/* Hashing costs memory and a core each, and yields it to the loops; what waits for others costs only a thread. Beyond what may
 * wait, callers are told to come again. */
static enum rc open_pools(struct server *server, str *ret_why)
{
    unsigned cores = loop_count(&(struct settings){ 0 });
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
    const struct settings *s = &server->settings;
    size_t at;
    bool v6 = str_find_char(s->host, ':', &at);

    return arena_printf(&server->arena, "%s://%s%s%s:%u", s->tls_cert != NULL ? "https" : "http",
                        v6 ? "[" : "", s->host.ptr, v6 ? "]" : "", port);
}

static enum rc listen_and_serve(struct server *server, str *ret_why)
{
    const struct settings *s = &server->settings;
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
                                                 .seed_arg = &server->seed };
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
    TRY(federation_open(&server->federation_config, &server->federation));
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
    struct server server = { .settings = { .data = "./mantle-data",
                                           .listen = "127.0.0.1:8420",
                                           .region = "us-east-1",
                                           .log_format = "text",
                                           .log_level = "info",
                                           .tolerance_s = TOLERANCE_S } };
    str why = STR_NONE;
    sigset_t set;
    int status = EXIT_FAILURE;
    enum rc rc;

    arena_init(&server.arena, &heap, 16 * 1024, 64 << 20);
    if (!read_settings(&server, argc, argv, &status)) {
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
