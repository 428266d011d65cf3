/* One call: form body, signature, exchange, again if need be. */
#include <inttypes.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/date.h"
#include "codec/form.h"
#include "remote/inside.h"
#include "sign/sigv4.h"

enum { BODY_BYTES_MAX = 4 << 20, HEADERS_MAX = 8, PAGES_MAX = 100000 };

static const struct {
    str service, version;
} versions[] = {
    { STR_INIT("iam"), STR_INIT("2010-05-08") },
    { STR_INIT("sts"), STR_INIT("2011-06-15") },
};

static str version_of(str service)
{
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        if (str_eq(versions[i].service, service)) {
            return versions[i].version;
        }
    }
    return STR_NONE;
}

/* IAM has one endpoint in a partition, and its signatures name that one's region. */
static const struct partition {
    str region_prefix, suffix, iam_host, iam_region;
} partitions[] = {
    { STR_INIT("cn-"), STR_INIT("amazonaws.com.cn"), STR_INIT("iam.cn-north-1.amazonaws.com.cn"),
      STR_INIT("cn-north-1") },
    { STR_INIT("us-gov-"), STR_INIT("amazonaws.com"), STR_INIT("iam.us-gov.amazonaws.com"),
      STR_INIT("us-gov-west-1") },
    { STR_INIT(""), STR_INIT("amazonaws.com"), STR_INIT("iam.amazonaws.com"),
      STR_INIT("us-east-1") },
};

static const struct partition *partition_of(str region)
{
    const struct partition *p = partitions;

    while (!str_starts(region, p->region_prefix)) {
        p++;
    }
    return p;
}

static str signing_region(const struct remote *remote, str service)
{
    return remote->endpoint.ptr == NULL && str_eq(service, STR("iam"))
               ? partition_of(remote->region)->iam_region
               : remote->region;
}

/* "https://host[:port]/", NUL behind it. */
static str url_of(const struct remote *remote, str service, struct arena *arena)
{
    const struct partition *p = partition_of(remote->region);

    if (remote->endpoint.ptr != NULL) {
        return ARENA_JOIN(arena, remote->endpoint,
                          str_ends(remote->endpoint, STR("/")) ? STR("") : STR("/"));
    }
    if (str_eq(service, STR("iam"))) {
        return ARENA_JOIN(arena, STR("https://"), p->iam_host, STR("/"));
    }
    return ARENA_JOIN(arena, STR("https://"), service, STR("."), remote->region, STR("."),
                      p->suffix, STR("/"));
}

str remote_endpoint(const struct remote *remote, str service)
{
    return url_of(remote, service, &((struct remote *)(uintptr_t)remote)->arena);
}

/* scheme://HOST/PATH; a default port is left out, as curl leaves it out. */
static bool split_url(str url, str *ret_host, str *ret_path)
{
    bool https = take_prefix(&url, STR("https://"));
    size_t at;

    if ((!https && !take_prefix(&url, STR("http://"))) || !str_find_char(url, '/', &at)) {
        return false;
    }
    *ret_host = str_slice(url, 0, at);
    *ret_path = str_skip(url, at);
    if (str_ends(*ret_host, https ? STR(":443") : STR(":80"))) {
        *ret_host = str_slice(*ret_host, 0, ret_host->len - (https ? 4 : 3));
    }
    return ret_host->len > 0;
}

static enum rc form_body(str service, str action, const struct remote_param *params, size_t count,
                         struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, BODY_BYTES_MAX);

    buf_printf(&out, "Action=%.*s&Version=%.*s", FMT(action), FMT(version_of(service)));
    for (size_t i = 0; i < count; i++) {
        buf_add_char(&out, '&');
        uri_encode(params[i].name, false, &out);
        buf_add_char(&out, '=');
        uri_encode(params[i].value, false, &out);
    }
    *ret = buf_str(&out);
    return out.err;
}

static enum rc sign(const struct remote *remote, const struct remote_credentials *who, str service,
                    struct sigv4_request *request, struct sigv4_header *headers,
                    struct arena *arena)
{
    int64_t now_s = env_now_s(remote->config.env) + remote->skew_s;
    str region = signing_region(remote, service), date = { NULL, 16 }, authorization = STR_NONE;
    struct hmac_key key;
    char *at = arena_bytes(arena, 16);
    enum rc rc;

    if (at == NULL) {
        return RC_NOMEM;
    }
    date_print_basic(now_s, at);
    date.ptr = at;
    headers[request->header_count++] = (struct sigv4_header){ STR("x-amz-date"), date };
    if (who->token_len > 0) {
        headers[request->header_count++] = (struct sigv4_header){
            STR("x-amz-security-token"), str_from(who->token, who->token_len)
        };
    }
    TRY(sigv4_derive_key(str_from(who->secret, who->secret_len), str_slice(date, 0, 8), region,
                         service, &key));
    rc = sigv4_sign(request, &key, str_from(who->key_id, who->key_id_len), date, region, service,
                    arena, &authorization);
    wipe(&key, sizeof(key));
    TRY(rc);
    headers[request->header_count++] = (struct sigv4_header){ STR("authorization"), authorization };
    return RC_OK;
}

static int64_t mono_ms(const struct remote *remote)
{
    return remote->config.env->mono_ns(remote->config.env) / NS_PER_MS;
}

static void keep_rate(struct remote *remote)
{
    int64_t gap_ms = remote->config.calls_per_s == 0 ? 0 : 1000 / remote->config.calls_per_s;
    int64_t wait_ms = remote->last_ms + gap_ms - mono_ms(remote);

    if (remote->last_ms > 0 && wait_ms > 0) {
        remote->config.sleep_ms(remote->config.context, wait_ms > gap_ms ? gap_ms : wait_ms);
    }
    remote->last_ms = mono_ms(remote);
}

static enum rc exchange(struct remote *remote, const struct remote_credentials *who, str service,
                        str body, struct arena *arena, struct remote_reply *ret)
{
    struct sigv4_header headers[HEADERS_MAX];
    struct remote_header sent[HEADERS_MAX];
    str url = url_of(remote, service, arena), host = STR_NONE, path = STR_NONE;
    struct sigv4_request request = { .method = STR("POST"), .headers = headers, .body = body };
    struct remote_request http = { .url = url, .headers = sent, .body = body };

    if (url.ptr == NULL) {
        return RC_NOMEM;
    }
    if (!split_url(url, &host, &path)) {
        return RC_SYNTAX;
    }
    request.path = path;
    headers[request.header_count++] = (struct sigv4_header){ STR("host"), host };
    headers[request.header_count++] = (struct sigv4_header){
        STR("content-type"), STR("application/x-www-form-urlencoded; charset=utf-8")
    };
    if (who != NULL) {
        TRY(sign(remote, who, service, &request, headers, arena));
    }
    for (size_t i = 0; i < request.header_count; i++) {
        sent[i] = (struct remote_header){ headers[i].name, headers[i].value };
    }
    http.header_count = request.header_count;
    keep_rate(remote);
    return remote->config.send(remote->config.context, &http, arena, ret);
}

/* <ActionResponse><ActionResult>..., or <ErrorResponse><Error>. Something in between that answers
 * without XML (a proxy) gets a code of its own by its status. */
static enum rc read_reply(str action, const struct remote_reply *reply, struct arena *arena,
                          struct remote_answer *ret)
{
    struct answer_node *root = NULL;
    const struct answer_node *error;
    str result = ARENA_JOIN(arena, action, STR("Result"));
    enum rc rc;

    *ret = (struct remote_answer){ .status = reply->status,
                                   .request_id = reply->request_id,
                                   .attempts = ret->attempts };
    if (reply->status == 0) {
        ret->code = STR("NoAnswer");
        ret->message = str_cstr(reply->trouble == NULL ? "no answer" : reply->trouble);
        return RC_IO;
    }
    rc = answer_parse(reply->body, arena, &root);
    if (rc == RC_NOMEM || result.ptr == NULL) {
        return RC_NOMEM;
    }
    if (rc != RC_OK) {
        ret->code = STR("NotXML");
        ret->message = arena_printf(arena, "the answer, status %ld, is not XML as AWS writes it",
                                    reply->status);
        return reply->status < 300 ? RC_IO : RC_API;
    }
    if (ret->request_id.ptr == NULL) {
        const struct answer_node *id = answer_find(root, STR("RequestId"));
        ret->request_id = id == NULL ? STR_NONE : id->text;
    }
    if (reply->status >= 200 && reply->status < 300) {
        ret->result = answer_child(root, result);
        return RC_OK;
    }
    error = answer_find(root, STR("Error"));
    ret->code = answer_text(error, STR("Code"));
    ret->message = answer_text(error, STR("Message"));
    if (ret->code.ptr == NULL) {
        ret->code = STR("Unknown");
    }
    return RC_API;
}

/* A refusal because of the clock is one only when the clocks do differ; a wrong secret is none. */
static enum retry_why why_again(struct remote *remote, const struct remote_reply *reply,
                                const struct remote_answer *answer)
{
    enum retry_why why = retry_why(reply->status, answer->code);
    int64_t now_s = env_now_s(remote->config.env), skew_s = reply->date_s - now_s, off_s;

    if (why != RETRY_SKEW) {
        return why;
    }
    off_s = skew_s - remote->skew_s;
    if (reply->date_s == 0 || (off_s < RETRY_SKEW_S && off_s > -RETRY_SKEW_S)) {
        return RETRY_NEVER;
    }
    remote->skew_s = skew_s;
    return why;
}

static void wait_before_retry(struct remote *remote)
{
    uint64_t random = 0;

    if (remote->config.env->random(remote->config.env, &random, sizeof(random)) != RC_OK) {
        random = UINT64_MAX; /* the whole wait */
    }
    remote->config.sleep_ms(remote->config.context, retry_wait_ms(&remote->retry, random));
}

enum rc call_with(struct remote *remote, const struct remote_credentials *who, str service,
                  str action, const struct remote_param *params, size_t count, struct arena *arena,
                  struct remote_answer *ret)
{
    str body = STR_NONE;

    *ret = (struct remote_answer){ .attempts = 0 };
    TRY(form_body(service, action, params, count, arena, &body));
    remote->retry.n = 0;
    remote->retry.cost = 0;
    for (;;) {
        struct remote_reply reply = { 0 };
        enum retry_why why;
        enum rc rc;
        str unused = STR_NONE;
        ret->attempts++;
        TRY(exchange(remote, who, service, body, arena, &reply));
        rc = read_reply(action, &reply, arena, ret);
        if (rc == RC_OK) {
            retry_good(&remote->retry);
            return RC_OK;
        }
        if (rc == RC_NOMEM) {
            return rc;
        }
        why = why_again(remote, &reply, ret);
        if (why == RETRY_EXPIRED && who == &remote->credentials) {
            remote->credentials.expires_s = 1; /* ask for new ones */
            why = credentials_get(remote, arena, &unused) == RC_OK ? why : RETRY_NEVER;
        }
        if (!retry_again(&remote->retry, why, remote->attempts_max)) {
            return rc;
        }
        wait_before_retry(remote);
    }
}

enum rc remote_call(struct remote *remote, str service, str action,
                    const struct remote_param *params, size_t count, struct arena *arena,
                    struct remote_answer *ret)
{
    str why = STR_NONE;
    enum rc rc = credentials_get(remote, arena, &why);

    if (rc != RC_OK) {
        *ret = (struct remote_answer){ .code = STR("NoCredentials"), .message = why };
        return rc == RC_NOMEM ? rc : RC_API;
    }
    return call_with(remote, &remote->credentials, service, action, params, count, arena, ret);
}

enum rc remote_pages(struct remote *remote, str service, str action,
                     const struct remote_param *params, size_t count, struct arena *arena,
                     enum rc (*page)(void *context, const struct answer_node *result),
                     void *context, struct remote_answer *ret)
{
    struct remote_param all[REMOTE_PARAMS_MAX];
    size_t used = count;

    if (count + 1 > REMOTE_PARAMS_MAX) {
        return RC_LIMIT;
    }
    if (count > 0) {
        memcpy(all, params, count * sizeof(*params));
    }
    for (unsigned pages = 0; pages < PAGES_MAX; pages++) {
        str marker;
        TRY(remote_call(remote, service, action, all, used, arena, ret));
        TRY(page(context, ret->result));
        marker = answer_text(ret->result, STR("Marker"));
        if (!str_eq(answer_text(ret->result, STR("IsTruncated")), STR("true")) || marker.len == 0) {
            return RC_OK;
        }
        /* The same page again and again is a service gone wrong, not more to read. */
        if (used > count && str_eq(marker, all[count].value)) {
            break;
        }
        all[count] = (struct remote_param){ STR("Marker"), marker };
        used = count + 1;
    }
    ret->code = STR("EndlessPages");
    ret->message = STR("the service hands out the same page again");
    return RC_IO;
}
