/* libcurl. Redirects are not followed (a signature is good for one host); TLS is verified. */
#include <stdlib.h>

#include "base/buf.h"
#include "codec/date.h"
#include "remote/inside.h"

struct receiving {
    buf body;
    struct arena *arena;
    struct remote_reply *reply;
};

static bool is_set(CURLcode code)
{
    return code == CURLE_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct receiving *r = arg;

    buf_add(&r->body, str_from(bytes, size * count));
    return r->body.err == RC_OK ? size * count : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct receiving *r = arg;
    str rest = str_from(bytes, size * count), name;
    int64_t date_s;

    if (!take_until(&rest, ':', &name)) {
        return size * count;
    }
    rest = str_trim(rest);
    if (str_eq_nocase(name, STR("x-amzn-requestid")) ||
        str_eq_nocase(name, STR("x-amz-request-id"))) {
        r->reply->request_id = arena_str(r->arena, rest);
    } else if (str_eq_nocase(name, STR("date")) && date_parse_http(rest, &date_s) == RC_OK) {
        r->reply->date_s = date_s;
    }
    return size * count;
}

static struct curl_slist *header_list(const struct curl_calls *curl,
                                      const struct remote_request *request, struct arena *arena)
{
    struct curl_slist *list = curl->slist_append(NULL, "Expect:"); /* no wait for "100 Continue" */

    for (size_t i = 0; list != NULL && i < request->header_count; i++) {
        const struct remote_header *h = &request->headers[i];
        str line = ARENA_JOIN(arena, h->name, STR(": "), h->value);
        struct curl_slist *longer = line.ptr == NULL ? NULL : curl->slist_append(list, line.ptr);
        if (longer == NULL) {
            curl->slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

static bool configure(struct remote *remote, const struct remote_request *request,
                      struct curl_slist *headers, struct receiving *r)
{
    const struct curl_calls *curl = &remote->curl;
    CURL *easy = remote->easy;

    curl->easy_reset(easy); /* keeps the connections */
    return is_set(curl->easy_setopt(easy, CURLOPT_URL, request->url.ptr)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https")) &&
           is_set(curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_POST, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.ptr)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                    (curl_off_t)request->body.len)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HTTPHEADER, headers)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)REMOTE_TIMEOUT_MS)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)REMOTE_CONNECT_MS)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)REMOTE_ANSWER_BYTES_MAX)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_USERAGENT, "mantle/" MANTLE_VERSION)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2)) &&
           (remote->config.ca_file == NULL ||
            is_set(curl->easy_setopt(easy, CURLOPT_CAINFO, remote->config.ca_file))) &&
           is_set(curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_WRITEDATA, r)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header)) &&
           is_set(curl->easy_setopt(easy, CURLOPT_HEADERDATA, r));
}

enum rc http_send(struct remote *remote, const struct remote_request *request, struct arena *arena,
                  struct remote_reply *ret)
{
    struct receiving r = { buf_arena(arena, REMOTE_ANSWER_BYTES_MAX), arena, ret };
    const struct curl_calls *curl = &remote->curl;
    struct curl_slist *headers;
    CURLcode code;

    if (remote->easy == NULL) {
        if (curl_load(&remote->curl, &ret->trouble) != RC_OK) {
            return RC_OK; /* no answer, and why */
        }
        remote->easy = curl->easy_init();
    }
    headers = remote->easy == NULL ? NULL : header_list(curl, request, arena);
    if (headers == NULL || !configure(remote, request, headers, &r)) {
        curl->slist_free_all(headers);
        return RC_NOMEM;
    }
    code = curl->easy_perform(remote->easy);
    if (code == CURLE_OK) {
        (void)curl->easy_getinfo(remote->easy, CURLINFO_RESPONSE_CODE, &ret->status);
    } else {
        ret->status = 0; /* half an answer is none */
        ret->trouble = curl->easy_strerror(code);
    }
    ret->body = buf_str(&r.body);
    curl->slist_free_all(headers);
    return r.body.err == RC_NOMEM ? RC_NOMEM : RC_OK;
}
