#include "net/head.h"

#include <llhttp.h>

#include "net/chars.h"

struct reading {
    llhttp_t llhttp;
    struct http_request *request;
    struct http_header *headers;
    size_t count, max;
};

static bool refuse(struct head *head, int status, const char *why)
{
    head->status = status;
    head->why = why;
    return false;
}

static struct reading *reading_of(llhttp_t *llhttp)
{
    return CONTAINER_OF(llhttp, struct reading, llhttp);
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    reading_of(llhttp)->request->target = str_from(at, len);
    return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct reading *reading = reading_of(llhttp);

    if (reading->count >= reading->max) {
        return -1; /* a line that is not one header: a folded one cannot come this far */
    }
    reading->headers[reading->count++] = (struct http_header){ str_from(at, len), STR("") };
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct reading *reading = reading_of(llhttp);
    struct http_header *header = &reading->headers[reading->count - 1];

    if (header->value.len > 0) {
        return -1; /* obs-fold gives a second piece */
    }
    header->value = str_trim(str_from(at, len));
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp UNUSED)
{
    return HPE_PAUSED; /* the body is counted, not parsed: see parser.c */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
};

/* METHOD SP TARGET SP "HTTP/1.x", before llhttp sees it: only here can an unknown method (501) be
 * told from bytes that are no method (400), and one space from several. */
static bool request_line_read(str line, struct http_request *request, struct head *head)
{
    str rest = line, method = STR_NONE, target = STR_NONE;

    if (!take_until(&rest, ' ', &method) || method.len == 0 || !chars_are(method, CHAR_TOKEN)) {
        return refuse(head, 400, "The request line does not begin with a method.");
    }
    if (!take_until(&rest, ' ', &target) || target.len == 0) {
        return refuse(head, 400, "The request line is not METHOD, target and HTTP version.");
    }
    if (!str_eq(rest, STR("HTTP/1.1")) && !str_eq(rest, STR("HTTP/1.0"))) {
        return str_starts(rest, STR("HTTP/")) && rest.len == 8 && ascii_is_digit(rest.ptr[5]) &&
                       rest.ptr[6] == '.' && ascii_is_digit(rest.ptr[7])
                   ? refuse(head, 505, "This server speaks HTTP/1.1 and HTTP/1.0.")
                   : refuse(head, 400, "The request line does not end in an HTTP version.");
    }
    head->http_1_0 = rest.ptr[7] == '0';
    if (str_eq(method, STR("CONNECT"))) {
        return refuse(head, 501, "This server is not a proxy.");
    }
    if (target.ptr[0] != '/') {
        return refuse(head, 400, "The request target must be a path that begins with '/'.");
    }
    if (!chars_are(target, CHAR_TARGET)) {
        return refuse(head, 400, "The request target holds bytes that must be percent-encoded.");
    }
    request->method = method;
    return true;
}

static bool run_llhttp(struct reading *reading, str text, struct head *head)
{
    llhttp_errno_t err;

    llhttp_init(&reading->llhttp, HTTP_REQUEST, &settings);
    err = llhttp_execute(&reading->llhttp, text.ptr, text.len);
    if (err == HPE_INVALID_METHOD) {
        return refuse(head, 501, "The method is unknown.");
    }
    if (err == HPE_UNEXPECTED_CONTENT_LENGTH || err == HPE_INVALID_CONTENT_LENGTH) {
        return refuse(head, 400,
                      "Content-Length is repeated, malformed or beside "
                      "Transfer-Encoding.");
    }
    if (err == HPE_INVALID_TRANSFER_ENCODING) {
        return refuse(head, 400, "Transfer-Encoding is malformed.");
    }
    if (err != HPE_PAUSED || reading->count != reading->max ||
        llhttp_get_error_pos(&reading->llhttp) != text.ptr + text.len) {
        return refuse(head, 400, "A header is malformed.");
    }
    head->keep_alive = llhttp_should_keep_alive(&reading->llhttp) != 0;
    return true;
}

static bool on_content_length(str value, struct head *head)
{
    /* str_to_u64 takes digits only: no sign, no list, no white space inside. */
    enum rc rc = str_to_u64(value, &head->content_length);

    if (rc == RC_LIMIT) {
        return refuse(head, 413, "The body is larger than this server accepts.");
    }
    return rc == RC_OK || refuse(head, 400, "Content-Length is not a number.");
}

static bool on_transfer_encoding(str value, struct head *head)
{
    if (head->http_1_0) {
        return refuse(head, 400, "HTTP/1.0 has no Transfer-Encoding.");
    }
    head->chunked = true;
    return str_eq_nocase(value, STR("chunked")) ||
           refuse(head, 501, "The only transfer coding here is chunked.");
}

static bool on_host(str value, struct head *head)
{
    return (value.len > 0 && chars_are(value, CHAR_HOST)) ||
           refuse(head, 400, "The Host header is not a host.");
}

static bool on_expect(str value, struct head *head)
{
    head->expects_continue = !head->http_1_0; /* RFC 9110, 10.1.1: ignored from 1.0 */
    return str_eq_nocase(value, STR("100-continue")) ||
           refuse(head, 417, "The only expectation met here is 100-continue.");
}

/* Headers that decide where the request ends or whom it means: none may come twice. */
static const struct {
    str name;
    bool (*read)(str value, struct head *head);
    const char *twice;
} framing[] = {
    { STR_INIT("content-length"), on_content_length, "Content-Length is repeated." },
    { STR_INIT("transfer-encoding"), on_transfer_encoding, "Transfer-Encoding is repeated." },
    { STR_INIT("host"), on_host, "The Host header is repeated." },
    { STR_INIT("expect"), on_expect, "The Expect header is repeated." },
};
enum { CONTENT_LENGTH = 0, TRANSFER_ENCODING = 1, HOST = 2 };

static bool framing_read(const struct http_request *request, struct head *head)
{
    unsigned seen = 0;

    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];

        if (header->name.len == 0) { /* llhttp lets ": value" pass */
            return refuse(head, 400, "A header has no name.");
        }
        for (size_t k = 0; k < COUNT_OF(framing); k++) {
            if (header->name.len != framing[k].name.len ||
                !str_eq_nocase(header->name, framing[k].name)) {
                continue;
            }
            if ((seen & 1U << k) != 0) {
                return refuse(head, 400, framing[k].twice);
            }
            seen |= 1U << k;
            if (!framing[k].read(header->value, head)) {
                return false;
            }
        }
    }
    if ((seen & 1U << CONTENT_LENGTH) != 0 && (seen & 1U << TRANSFER_ENCODING) != 0) {
        return refuse(head, 400, "Content-Length stands beside Transfer-Encoding.");
    }
    if ((seen & 1U << HOST) == 0 && !head->http_1_0) {
        return refuse(head, 400, "The Host header is missing.");
    }
    return true;
}

bool head_read(str text, size_t headers, struct arena *arena, struct http_request *ret_request,
               struct head *ret)
{
    struct reading reading = { .request = ret_request, .max = headers };
    str rest = text, line = STR_NONE, query = STR_NONE;

    (void)take_until(&rest, '\r', &line);
    if (!request_line_read(line, ret_request, ret)) {
        return false;
    }
    reading.headers = NEW_ARRAY(arena, headers, struct http_header);
    if (reading.headers == NULL) {
        return refuse(ret, 503, "There is no memory for this request.");
    }
    if (!run_llhttp(&reading, text, ret)) {
        return false;
    }
    ret_request->headers = reading.headers;
    ret_request->header_count = reading.count;
    ret_request->path = ret_request->target;
    rest = ret_request->target;
    if (take_until(&rest, '?', &query)) {
        ret_request->path = query;
        ret_request->query = rest;
    } else {
        ret_request->query = STR("");
    }
    return framing_read(ret_request, ret);
}

str http_header_get(const struct http_request *request, str name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (request->headers[i].name.len == name.len &&
            str_eq_nocase(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return STR_NONE;
}
