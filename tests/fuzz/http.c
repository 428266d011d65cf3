/* A request is the same however its bytes were cut; what is accepted holds nothing two readers could
 * read two ways, agrees with llhttp's own reading of the whole message, and parses to the same again
 * when written anew. The first byte chooses the cuts. */
#include <llhttp.h>

#include "fuzz.h"
#include "net/chars.h"
#include "net/parser.h"

static const struct parser_limits limits = { .head_bytes_max = 2048,
                                             .headers_max = 16,
                                             .body_bytes_max = 1024 };

struct result {
    struct arena arena;
    struct parser parser;
    enum parser_state state;
    size_t taken;
};

static void feed(struct result *result, str text, unsigned seed)
{
    arena_init(&result->arena, &heap, 1024, 1 << 20);
    parser_init(&result->parser, &limits, &result->arena);
    result->state = PARSER_HEAD;
    result->taken = 0;
    while (result->taken < text.len && result->state != PARSER_DONE &&
           result->state != PARSER_REFUSED) {
        size_t size = seed == 0 ? text.len : 1 + seed % 7;
        str rest = str_slice(text, result->taken, size), before = rest;

        result->state = parser_feed(&result->parser, &rest);
        result->taken += before.len - rest.len;
        seed = seed == 0 ? 0 : seed * 1103515245U + 12345U;
        seed |= seed != 0;
    }
}

static bool same_request(const struct http_request *a, const struct http_request *b)
{
    if (!str_eq(a->method, b->method) || !str_eq(a->target, b->target) ||
        !str_eq(a->path, b->path) || !str_eq(a->query, b->query) || !str_eq(a->body, b->body) ||
        a->header_count != b->header_count) {
        return false;
    }
    for (size_t i = 0; i < a->header_count; i++) {
        if (!str_eq(a->headers[i].name, b->headers[i].name) ||
            !str_eq(a->headers[i].value, b->headers[i].value)) {
            return false;
        }
    }
    return true;
}

static void check_same(const struct result *a, const struct result *b)
{
    REQUIRE(a->state == b->state);
    if (a->state == PARSER_REFUSED) {
        REQUIRE(a->parser.status == b->parser.status);
    }
    if (a->state == PARSER_DONE) {
        REQUIRE(a->taken == b->taken);
        REQUIRE(a->parser.keep_alive == b->parser.keep_alive);
        REQUIRE(same_request(&a->parser.request, &b->parser.request));
    }
}

static void check_clean(const struct http_request *request)
{
    unsigned hosts = 0, lengths = 0, codings = 0;

    REQUIRE(request->method.len > 0 && chars_are(request->method, CHAR_TOKEN));
    REQUIRE(request->target.len > 0 && request->target.ptr[0] == '/');
    REQUIRE(chars_are(request->target, CHAR_TARGET));
    for (size_t i = 0; i < request->header_count; i++) {
        str name = request->headers[i].name, value = request->headers[i].value;

        REQUIRE(name.len > 0 && chars_are(name, CHAR_TOKEN));
        REQUIRE(chars_are(value, CHAR_FIELD));
        REQUIRE(str_eq(str_trim(value), value));
        hosts += str_eq_nocase(name, STR("host"));
        lengths += str_eq_nocase(name, STR("content-length"));
        codings += str_eq_nocase(name, STR("transfer-encoding"));
    }
    REQUIRE(hosts <= 1 && lengths + codings <= 1);
    REQUIRE(lengths + codings == 1 || request->body.len == 0);
}

struct second {
    buf body;
    bool complete;
    llhttp_t parser;
};

static int second_body(llhttp_t *llhttp, const char *at, size_t len)
{
    buf_add(&CONTAINER_OF(llhttp, struct second, parser)->body, str_from(at, len));
    return 0;
}

static int second_complete(llhttp_t *llhttp)
{
    CONTAINER_OF(llhttp, struct second, parser)->complete = true;
    return HPE_PAUSED;
}

/* Another reader of the same bytes must see the same end and the same body. It may refuse more. */
static void check_second_reader(const struct result *first, str text)
{
    llhttp_settings_t settings;
    struct second second = { .body = buf_heap(1 << 16) };
    llhttp_errno_t err;

    llhttp_settings_init(&settings);
    settings.on_body = second_body;
    settings.on_message_complete = second_complete;
    llhttp_init(&second.parser, HTTP_REQUEST, &settings);
    err = llhttp_execute(&second.parser, text.ptr, text.len);
    if (err == HPE_PAUSED && second.complete) {
        REQUIRE((size_t)(llhttp_get_error_pos(&second.parser) - text.ptr) == first->taken);
        REQUIRE(str_eq(buf_str(&second.body), first->parser.request.body));
    } else {
        REQUIRE(err != HPE_OK); /* it does not wait for more where we were content */
    }
    buf_done(&second.body);
}

static void check_written_anew(const struct result *first)
{
    const struct http_request *request = &first->parser.request;
    buf text = buf_heap(1 << 16);
    struct result again;
    bool chunked = http_header_get(request, STR("transfer-encoding")).ptr != NULL;

    buf_printf(&text, "%.*s %.*s HTTP/1.%d\r\n", FMT(request->method), FMT(request->target),
               first->parser.http_1_0 ? 0 : 1);
    for (size_t i = 0; i < request->header_count; i++) {
        buf_add(&text, request->headers[i].name);
        BUF_LIT(&text, ":");
        buf_add(&text, request->headers[i].value);
        BUF_LIT(&text, "\r\n");
    }
    BUF_LIT(&text, "\r\n");
    if (chunked && request->body.len > 0) {
        buf_printf(&text, "%zx\r\n", request->body.len);
    }
    buf_add(&text, request->body);
    if (chunked) {
        buf_add(&text, request->body.len > 0 ? STR("\r\n0\r\n\r\n") : STR("0\r\n\r\n"));
    }
    REQUIRE(text.err == RC_OK);
    feed(&again, buf_str(&text), 0);
    REQUIRE(again.state == PARSER_DONE);
    REQUIRE(again.taken == text.len);
    REQUIRE(same_request(request, &again.parser.request));
    arena_done(&again.arena);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result whole, cut;
    str text;

    if (size < 2) {
        return 0;
    }
    text = str_from((const char *)data + 1, size - 1);
    feed(&whole, text, 0);
    feed(&cut, text, data[0] + 1U);
    check_same(&whole, &cut);
    if (whole.state == PARSER_DONE) {
        check_clean(&whole.parser.request);
        check_second_reader(&whole, text);
        check_written_anew(&whole);
    } else {
        REQUIRE(whole.state == PARSER_REFUSED || whole.taken == text.len);
    }
    arena_done(&whole.arena);
    arena_done(&cut.arena);
    return 0;
}
