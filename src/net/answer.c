#include <string.h>

#include "net/chars.h"
#include "net/internal.h"

static const struct {
    int status;
    str line; /* with its CR LF */
} status_lines[] = {
    { 200, STR_INIT("HTTP/1.1 200 OK\r\n") },
    { 201, STR_INIT("HTTP/1.1 201 Created\r\n") },
    { 202, STR_INIT("HTTP/1.1 202 Accepted\r\n") },
    { 204, STR_INIT("HTTP/1.1 204 No Content\r\n") },
    { 301, STR_INIT("HTTP/1.1 301 Moved Permanently\r\n") },
    { 302, STR_INIT("HTTP/1.1 302 Found\r\n") },
    { 303, STR_INIT("HTTP/1.1 303 See Other\r\n") },
    { 304, STR_INIT("HTTP/1.1 304 Not Modified\r\n") },
    { 400, STR_INIT("HTTP/1.1 400 Bad Request\r\n") },
    { 401, STR_INIT("HTTP/1.1 401 Unauthorized\r\n") },
    { 403, STR_INIT("HTTP/1.1 403 Forbidden\r\n") },
    { 404, STR_INIT("HTTP/1.1 404 Not Found\r\n") },
    { 405, STR_INIT("HTTP/1.1 405 Method Not Allowed\r\n") },
    { 406, STR_INIT("HTTP/1.1 406 Not Acceptable\r\n") },
    { 408, STR_INIT("HTTP/1.1 408 Request Timeout\r\n") },
    { 409, STR_INIT("HTTP/1.1 409 Conflict\r\n") },
    { 410, STR_INIT("HTTP/1.1 410 Gone\r\n") },
    { 411, STR_INIT("HTTP/1.1 411 Length Required\r\n") },
    { 412, STR_INIT("HTTP/1.1 412 Precondition Failed\r\n") },
    { 413, STR_INIT("HTTP/1.1 413 Content Too Large\r\n") },
    { 414, STR_INIT("HTTP/1.1 414 URI Too Long\r\n") },
    { 415, STR_INIT("HTTP/1.1 415 Unsupported Media Type\r\n") },
    { 417, STR_INIT("HTTP/1.1 417 Expectation Failed\r\n") },
    { 422, STR_INIT("HTTP/1.1 422 Unprocessable Content\r\n") },
    { 429, STR_INIT("HTTP/1.1 429 Too Many Requests\r\n") },
    { 431, STR_INIT("HTTP/1.1 431 Request Header Fields Too Large\r\n") },
    { 500, STR_INIT("HTTP/1.1 500 Internal Server Error\r\n") },
    { 501, STR_INIT("HTTP/1.1 501 Not Implemented\r\n") },
    { 502, STR_INIT("HTTP/1.1 502 Bad Gateway\r\n") },
    { 503, STR_INIT("HTTP/1.1 503 Service Unavailable\r\n") },
    { 504, STR_INIT("HTTP/1.1 504 Gateway Timeout\r\n") },
    { 505, STR_INIT("HTTP/1.1 505 HTTP Version Not Supported\r\n") },
    { 507, STR_INIT("HTTP/1.1 507 Insufficient Storage\r\n") },
};
enum { LINE_BYTES_MAX = 64, FIXED_BYTES_MAX = 512 };

static str status_line(int status, char out[LINE_BYTES_MAX])
{
    int len;

    for (size_t i = 0; i < COUNT_OF(status_lines); i++) {
        if (status_lines[i].status == status) {
            return status_lines[i].line;
        }
    }
    /* The reason is for people and may be empty; the number has three digits. */
    len = snprintf(out, LINE_BYTES_MAX, "HTTP/1.1 %d \r\n",
                   status >= 200 && status <= 599 ? status : 500);
    return str_from(out, (size_t)len);
}

static char *put(char *at, str s)
{
    if (s.len > 0) {
        memcpy(at, s.ptr, s.len);
    }
    return at + s.len;
}

static char *put_length(char *at, size_t n)
{
    char digits[20];
    size_t from = sizeof(digits);

    do {
        digits[--from] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    at = put(at, STR("Content-Length: "));
    at = put(at, str_from(digits + from, sizeof(digits) - from));
    return put(at, STR("\r\n"));
}

/* A header that would split the answer in two is no header. */
static bool header_is_sound(const struct http_header *header)
{
    return header->name.len > 0 && chars_are(header->name, CHAR_TOKEN) &&
           chars_are(header->value, CHAR_FIELD);
}

static size_t head_bytes_max(const struct http_server *server, const struct http_exchange *exchange)
{
    size_t need = FIXED_BYTES_MAX + server->server_line_len + exchange->content_type.len;

    for (size_t i = 0; i < exchange->extra_count; i++) {
        need += exchange->extra[i].name.len + exchange->extra[i].value.len + 4;
    }
    return need;
}

static char *put_head(char *at, const struct call *call, bool keep, bool has_body)
{
    const struct http_exchange *exchange = &call->exchange;
    const struct http_loop *loop = exchange->loop;
    char line[LINE_BYTES_MAX];

    at = put(at, status_line(exchange->status, line));
    at = put(at, str_from(loop->date, loop->date_len));
    at = put(at, str_from(loop->server->server_line, loop->server->server_line_len));
    if (exchange->content_type.len > 0 && chars_are(exchange->content_type, CHAR_FIELD)) {
        at = put(at, STR("Content-Type: "));
        at = put(at, exchange->content_type);
        at = put(at, STR("\r\n"));
    }
    if (has_body) {
        at = put_length(at, exchange->answer.len);
    }
    for (size_t i = 0; i < exchange->extra_count; i++) {
        if (header_is_sound(&exchange->extra[i])) {
            at = put(at, exchange->extra[i].name);
            at = put(at, STR(": "));
            at = put(at, exchange->extra[i].value);
            at = put(at, STR("\r\n"));
        }
    }
    if (!keep) {
        at = put(at, STR("Connection: close\r\n"));
    } else if (call->parser.http_1_0) {
        at = put(at, STR("Connection: keep-alive\r\n"));
    }
    return put(at, STR("\r\n"));
}

bool answer_build(struct call *call, bool keep, struct answer *ret)
{
    struct http_exchange *exchange = &call->exchange;
    struct http_loop *loop = exchange->loop;
    bool has_body = exchange->status != 204 && exchange->status != 304;
    size_t need = head_bytes_max(loop->server, exchange), len;
    str body = has_body ? exchange->answer : STR("");
    char *out = loop->out;

    if (str_eq(exchange->request.method, STR("HEAD"))) {
        body = STR(""); /* but its length is told */
    }
    if (need > OUT_BYTES) {
        out = arena_bytes(exchange->arena, need);
        if (out == NULL) {
            return false;
        }
    }
    len = (size_t)(put_head(out, call, keep, has_body) - out);
    ret->count = 1;
    if (out == loop->out && body.len <= OUT_BYTES - len) {
        len = (size_t)(put(out + len, body) - out);
    } else if (body.len > 0) {
        ret->bufs[1] = uv_buf_init((char *)(uintptr_t)body.ptr, (unsigned)body.len);
        ret->count = 2;
    }
    ret->bufs[0] = uv_buf_init(out, (unsigned)len);
    return true;
}
