/* The options of mantle serve, read and checked before anything is opened. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/arena.h"
#include "cli/commands.h"
#include "cli/serve_settings.h"
#include "codec/arn.h"
#include "federation/url.h"
#include "system/log.h"
#include "system/system.h"

enum { TOLERANCE_S = 900 };

static bool wrong(const char *text, const char *value)
{
    complain(&command_serve, "%s%s", text, value);
    return false;
}

/* HOST:PORT or [IPV6]:PORT. */
static bool read_listen(struct serve_settings *s, struct arena *arena)
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
static bool check_test_mode(const struct serve_settings *s)
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

static bool read_seed(struct serve_settings *s, struct arena *arena)
{
    str rest = str_cstr(s->root_key), id;

    s->seed = (struct seed){ .env = system_env(), .partition = STR("aws"), .arena = arena };
    if (s->account != NULL && account_id_parse(str_cstr(s->account), &s->seed.account) != RC_OK) {
        return wrong("--account: twelve digits are wanted, not ", s->account);
    }
    if (s->root_key != NULL) {
        if (!take_until(&rest, ':', &id) || id.len == 0 || rest.len == 0) {
            return wrong("--root-key: AKID:SECRET is wanted", "");
        }
        s->seed.root_key_id = id;
        s->seed.root_secret = rest;
    }
    return true;
}

/* Without a slash at the end: paths are put behind it. */
static bool read_public_url(const struct serve_settings *s)
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

static bool read_federation(struct serve_settings *s, struct arena *arena)
{
    struct federation_config *config = &s->federation;
    str rest = str_cstr(s->oidc_allow), item;

    config->env = system_env();
    config->ca_file = s->oidc_ca;
    config->allow_loopback = s->oidc_allow_loopback;
    config->allowed = NEW_ARRAY(arena, RANGES_MAX, struct address_range);
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

static bool setup_log(const struct serve_settings *s)
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

bool serve_settings_read(int argc, char **argv, struct arena *arena, struct serve_settings *ret,
                         int *ret_exit)
{
    struct serve_settings *s = ret;
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
          0, SERVE_LOOPS_MAX, false },
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
    int at;

    *ret = (struct serve_settings){ .data = "./mantle-data",
                                    .listen = "127.0.0.1:8420",
                                    .region = "us-east-1",
                                    .log_format = "text",
                                    .log_level = "info",
                                    .tolerance_s = TOLERANCE_S };
    at = options_read(&command_serve, rows, COUNT_OF(rows), argc, argv, arena, ret_exit);

    if (at < 0) {
        return false;
    }
    *ret_exit = EXIT_USAGE;
    if (at < argc) {
        return wrong("unexpected argument: ", argv[at]);
    }
    return read_listen(s, arena) && check_test_mode(s) && read_public_url(s) &&
           read_federation(s, arena) && read_seed(s, arena) && setup_log(s);
}
