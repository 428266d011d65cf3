/* Two GETs, one behind the other: the discovery document, then the keys it points at. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "federation/inside.h"
#include "system/log.h"

enum {
    BODY_BYTES_MAX = JWKS_BYTES_MAX,
    FETCH_BYTES_MAX = 8 << 20,
    BUSY_POLL_MS = 1000,
    IDLE_POLL_MS = 60000, /* woken when there is work */
    HTTP_OK = 200,
};

static int64_t now_ms(const struct fetch *fetch)
{
    const struct env *env = fetch->federation->config.env;

    return env->mono_ns(env) / NS_PER_MS;
}

/* --- what libcurl asks us ----------------------------------------------------------------------- */

/* The address at hand is judged, not the name: nothing is looked up again behind this. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct federation_config *config = &((struct fetch *)arg)->federation->config;

    if (purpose != CURLSOCKTYPE_IPCXN ||
        !address_is_allowed(&address->addr, config->allowed, config->allowed_count)) {
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;

    buf_add(&fetch->body, str_from(bytes, size * count));
    return fetch->body.err == RC_OK ? size * count : 0; /* 0: given up, with CURLE_WRITE_ERROR */
}

static void read_cache_control(struct fetch *fetch, str value)
{
    str item;

    while (take_item(&value, ',', &item)) {
        uint64_t seconds;
        item = str_trim(item);
        if (str_eq_nocase(item, STR("no-store")) || str_eq_nocase(item, STR("no-cache"))) {
            fetch->max_age_s = 0;
            return;
        }
        if (str_starts_nocase(item, STR("max-age=")) &&
            str_to_u64(str_skip(item, 8), &seconds) == RC_OK) {
            fetch->max_age_s = seconds > FEDERATION_FRESH_S_MAX ? FEDERATION_FRESH_S_MAX
                                                                : (int64_t)seconds;
        }
    }
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    str line = str_from(bytes, size * count);

    if (str_starts_nocase(line, STR("cache-control:"))) {
        read_cache_control(arg, str_trim(str_skip(line, 14)));
    }
    return size * count;
}

/* --- one step ----------------------------------------------------------------------------------- */

static bool is_set(CURLcode code)
{
    return code == CURLE_OK;
}

/* Redirects are not followed at all, proxies of the environment not used: either would take us to
 * addresses nobody has judged. */
static bool configure(struct fetch *fetch, const char *url, bool https)
{
    const struct federation_config *config = &fetch->federation->config;
    const struct curl_calls *curl = &fetch->federation->curl;
    CURL *easy = fetch->easy;
    int64_t left = fetch->deadline_ms - now_ms(fetch);

    curl->easy_reset(easy);
    return left > 0 && is_set(curl->easy_setopt(easy, CURLOPT_URL, url)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, https ? "https" : "http")) &&
           is_set(curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_PROXY, "")) &&
           is_set(curl->easy_setopt(easy, CURLOPT_NOPROXY, "*")) &&
           is_set(curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)BODY_BYTES_MAX)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_USERAGENT, "mantle/" MANTLE_VERSION)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_WRITEDATA, fetch)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HEADERDATA, fetch)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)) &&
           (config->ca_file == NULL ||
            is_set(curl->easy_setopt(easy, CURLOPT_CAINFO, config->ca_file))) &&
           (fetch->entry->thumbprints.len == 0 ||
            (is_set(curl->easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, pin_setup)) &&
             is_set(curl->easy_setopt(easy, CURLOPT_SSL_CTX_DATA,
                                      (void *)(uintptr_t)fetch->entry->thumbprints.ptr)))) &&
           is_set(curl->easy_setopt(easy, CURLOPT_PRIVATE, fetch));
}

/* url is NUL-terminated. What is http was allowed to be: on this host, by the operator's switch. */
static bool get(struct fetch *fetch, str url)
{
    const struct federation_config *config = &fetch->federation->config;
    struct url parts;

    buf_clear(&fetch->body);
    fetch->max_age_s = -1;
    if (url_parse(url, &parts) != RC_OK ||
        (!parts.https && !(config->allow_loopback && url_is_loopback(&parts)))) {
        return false;
    }
    return configure(fetch, url.ptr, parts.https) &&
           fetch->federation->curl.multi_add_handle(fetch->federation->multi, fetch->easy) ==
               CURLM_OK;
}

static bool get_discovery(struct fetch *fetch)
{
    str issuer = fetch->entry->url;
    str url;

    if (str_ends(issuer, STR("/"))) {
        issuer = str_slice(issuer, 0, issuer.len - 1);
    }
    url = ARENA_JOIN(&fetch->arena, issuer, STR("/.well-known/openid-configuration"));
    return url.ptr != NULL && get(fetch, url);
}

/* --- the whole ---------------------------------------------------------------------------------- */

static void log_failure(const struct fetch *fetch, const char *why)
{
    log_event(LOG_LEVEL_WARN, "federation.fetch_failed", "issuer", fetch->entry->url.ptr, "step",
              fetch->keys_stage ? "keys" : "discovery", "why", why, NULL);
}

static void finish(struct fetch *fetch, struct issuer_keys *keys)
{
    struct federation *f = fetch->federation;
    struct entry *entry = fetch->entry;
    int64_t max_age_s = fetch->max_age_s;

    f->curl.easy_cleanup(fetch->easy);
    buf_done(&fetch->body);
    arena_done(&fetch->arena);
    ALLOC_FREE(&heap, fetch);
    f->running--;
    fetch_ended(f, entry, keys, max_age_s);
}

/* The document must speak of the very issuer that was asked: else one host could speak for others. */
static const char *read_discovery(struct fetch *fetch, str *ret_jwks_uri)
{
    static const struct json_limits limits = { .depth_max = 16, .values_max = 20000 };
    const struct json *issuer, *uri;
    struct json_error error;
    struct json *document;

    if (json_parse(buf_str(&fetch->body), &limits, &fetch->arena, &document, &error) != RC_OK) {
        return "the discovery document is not JSON";
    }
    issuer = json_member(document, STR("issuer"));
    uri = json_member(document, STR("jwks_uri"));
    if (issuer == NULL || issuer->type != JSON_STRING || !str_eq(issuer->text, fetch->entry->url)) {
        return "the discovery document is another issuer's";
    }
    if (uri == NULL || uri->type != JSON_STRING) {
        return "the discovery document has no jwks_uri";
    }
    *ret_jwks_uri = arena_str(&fetch->arena, uri->text);
    return ret_jwks_uri->ptr == NULL ? "no memory" : NULL;
}

static void discovered(struct fetch *fetch)
{
    str uri = STR_NONE;
    const char *why = read_discovery(fetch, &uri);

    fetch->keys_stage = true;
    if (why == NULL && !get(fetch, uri)) {
        why = "the jwks_uri is not one that may be asked";
    }
    if (why != NULL) {
        fetch->keys_stage = false;
        log_failure(fetch, why);
        finish(fetch, NULL);
    }
}

static void keys_came(struct fetch *fetch)
{
    struct issuer_keys *keys = NULL;

    if (issuer_keys_new(buf_str(&fetch->body), &keys) != RC_OK) {
        log_failure(fetch, "it is not a set of at most 100 keys");
    }
    finish(fetch, keys);
}

static void step_done(struct fetch *fetch, CURLcode code)
{
    const struct curl_calls *curl = &fetch->federation->curl;
    long status = 0;

    (void)curl->easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl->multi_remove_handle(fetch->federation->multi, fetch->easy);
    if (code != CURLE_OK || status != HTTP_OK) {
        log_failure(fetch, code == CURLE_COULDNT_CONNECT
                               ? "no connection, or to an address that is "
                                 "not allowed"
                           : code != CURLE_OK ? curl->easy_strerror(code)
                                              : "the answer's status is not 200");
        finish(fetch, NULL);
    } else if (!fetch->keys_stage) {
        discovered(fetch);
    } else {
        keys_came(fetch);
    }
}

static void start(struct federation *f, struct entry *entry)
{
    struct fetch *fetch = ALLOC_NEW(&heap, struct fetch);
    CURL *easy = f->curl.easy_init();

    if (fetch == NULL || easy == NULL) {
        ALLOC_FREE(&heap, fetch);
        if (easy != NULL) {
            f->curl.easy_cleanup(easy);
        }
        fetch_ended(f, entry, NULL, -1);
        return;
    }
    *fetch = (struct fetch){
        .federation = f, .entry = entry, .easy = easy, .body = buf_heap(BODY_BYTES_MAX)
    };
    arena_init(&fetch->arena, &heap, 16 * 1024, FETCH_BYTES_MAX);
    fetch->deadline_ms = now_ms(fetch) + FEDERATION_TIMEOUT_MS;
    f->running++;
    if (!get_discovery(fetch)) {
        log_failure(fetch, "the issuer is not one that may be asked");
        finish(fetch, NULL);
    }
}

static void start_queued(struct federation *f, bool *ret_closing)
{
    struct entry *entry;

    while ((entry = fetch_next(f, ret_closing)) != NULL) {
        if (*ret_closing) {
            fetch_ended(f, entry, NULL, -1);
        } else {
            start(f, entry);
        }
    }
}

static void take_results(struct federation *f)
{
    CURLMsg *message;
    int left;

    while ((message = f->curl.multi_info_read(f->multi, &left)) != NULL) {
        void *fetch = NULL;
        CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE &&
            f->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch) ==
                CURLE_OK) {
            step_done(fetch, code);
        }
    }
}

/* All that is queued, when it cannot be fetched. */
static void refuse_queued(struct federation *f, const char *why)
{
    struct entry *entry;
    bool closing;

    while ((entry = fetch_next(f, &closing)) != NULL) {
        log_event(LOG_LEVEL_ERROR, "federation.fetch_failed", "issuer", entry->url.ptr, "why", why,
                  NULL);
        fetch_ended(f, entry, NULL, -1);
    }
}

static bool load(struct federation *f)
{
    const char *why = "libcurl cannot be set up";

    while (fetch_wanted(f)) {
        if (f->curl.multi_init != NULL || curl_load(&f->curl, &why) == RC_OK) {
            CURLM *multi = f->curl.multi_init();
            if (multi != NULL) {
                fetch_ready(f, multi);
                return true;
            }
        }
        refuse_queued(f, why);
    }
    refuse_queued(f, "the server stops");
    return false;
}

/* What is under way when it closes ends by its own deadline. */
void *fetch_thread(void *arg)
{
    struct federation *f = arg;
    bool closing = !load(f);
    int active = 0;

    while (!closing || f->running > 0) {
        start_queued(f, &closing);
        (void)f->curl.multi_perform(f->multi, &active);
        take_results(f);
        if (!closing || f->running > 0) {
            (void)f->curl.multi_poll(f->multi, NULL, 0,
                                     f->running > 0 ? BUSY_POLL_MS : IDLE_POLL_MS, NULL);
        }
    }
    return NULL;
}
