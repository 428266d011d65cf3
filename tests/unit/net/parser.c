#include "unit.h"

#include "net/parser.h"

static const struct parser_limits limits = { .head_bytes_max = 512,
                                             .headers_max = 8,
                                             .body_bytes_max = 64 };

#define H "Host: a\r\n"
#define G "GET / HTTP/1.1\r\n" H
#define P "POST / HTTP/1.1\r\n" H
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* status 0: accepted; -1: more must come. */
static const struct {
    const char *name;
    str text;
    int status;
    const char *body; /* of an accepted one */
} cases[] = {
    { "least request", STR_INIT(G "\r\n"), 0, "" },
    { "nothing", STR_INIT(""), -1, NULL },
    { "no empty line yet", STR_INIT(G), -1, NULL },
    { "one empty line before", STR_INIT("\r\n" G "\r\n"), 0, "" },
    { "two empty lines before", STR_INIT("\r\n\r\n" G "\r\n"), 400, NULL },
    { "HTTP/1.0 needs no Host", STR_INIT("GET / HTTP/1.0\r\n\r\n"), 0, "" },
    { "HTTP/1.1 needs a Host", STR_INIT("GET / HTTP/1.1\r\n\r\n"), 400, NULL },
    { "two Hosts", STR_INIT(G "HOST: b\r\n\r\n"), 400, NULL },
    { "two equal Hosts", STR_INIT(G H "\r\n"), 400, NULL },
    { "empty Host", STR_INIT("GET / HTTP/1.1\r\nHost: \r\n\r\n"), 400, NULL },
    { "Host with a path", STR_INIT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, NULL },
    { "Host with a user", STR_INIT("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400, NULL },
    { "Host is a list", STR_INIT("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400, NULL },
    { "Host is an IPv6 literal", STR_INIT("GET / HTTP/1.1\r\nHost: [::1]:8420\r\n\r\n"), 0, "" },
    { "HTTP/2.0", STR_INIT("GET / HTTP/2.0\r\n" H "\r\n"), 505, NULL },
    { "HTTP/2 preface", STR_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, NULL },
    { "HTTP/0.9", STR_INIT("GET /\r\n\r\n"), 400, NULL },
    { "HTTP/1.2", STR_INIT("GET / HTTP/1.2\r\n" H "\r\n"), 505, NULL },
    { "HTTP/11.1", STR_INIT("GET / HTTP/11.1\r\n" H "\r\n"), 400, NULL },
    { "lower case http", STR_INIT("GET / http/1.1\r\n" H "\r\n"), 400, NULL },
    { "unknown method", STR_INIT("BREW / HTTP/1.1\r\n" H "\r\n"), 501, NULL },
    { "lower case method", STR_INIT("get / HTTP/1.1\r\n" H "\r\n"), 501, NULL },
    { "method with a control byte", STR_INIT("G\001T / HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "no method", STR_INIT(" / HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "CONNECT", STR_INIT("CONNECT a:443 HTTP/1.1\r\n" H "\r\n"), 501, NULL },
    { "absolute form", STR_INIT("GET http://a/ HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "asterisk form", STR_INIT("OPTIONS * HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "two spaces after method", STR_INIT("GET  / HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "tab after method", STR_INIT("GET\t/ HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "two spaces before version", STR_INIT("GET /  HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "space at the line's end", STR_INIT("GET / HTTP/1.1 \r\n" H "\r\n"), 400, NULL },
    { "space in target", STR_INIT("GET /a b HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "fragment in target", STR_INIT("GET /#a HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "raw UTF-8 in target", STR_INIT("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "DEL in target", STR_INIT("GET /\x7f HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "NUL in target", STR_INIT("GET /\0 HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "backslash in target", STR_INIT("GET /\\ HTTP/1.1\r\n" H "\r\n"), 400, NULL },
    { "bare LF after request line", STR_INIT("GET / HTTP/1.1\n" H "\r\n"), 400, NULL },
    { "bare LF after header", STR_INIT("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400, NULL },
    { "bare LF as last line", STR_INIT(G "\n"), 400, NULL },
    { "bare CR in value", STR_INIT(G "A: b\rc\r\n\r\n"), 400, NULL },
    { "bare CR then header", STR_INIT(G "A: b\rX: y\r\n\r\n"), 400, NULL },
    { "CR CR LF", STR_INIT(G "A: b\r\r\n\r\n"), 400, NULL },
    { "header ends in CR alone", STR_INIT(G "A:\rB: c\r\n\r\n"), 400, NULL },
    { "folded header", STR_INIT(G "A: b\r\n c\r\n\r\n"), 400, NULL },
    { "folded by a tab", STR_INIT(G "A:\r\n\tc\r\n\r\n"), 400, NULL },
    { "fold before all headers", STR_INIT("GET / HTTP/1.1\r\n " H "\r\n"), 400, NULL },
    { "NUL in value", STR_INIT(G "A: b\0c\r\n\r\n"), 400, NULL },
    { "control byte in value", STR_INIT(G "A: b\001c\r\n\r\n"), 400, NULL },
    { "DEL in value", STR_INIT(G "A: b\x7f\r\n\r\n"), 400, NULL },
    { "tab and high bytes in value", STR_INIT(G "A: b\t\xe4\r\n\r\n"), 0, "" },
    { "empty value", STR_INIT(G "A:\r\n\r\n"), 0, "" },
    { "value of spaces", STR_INIT(G "A:   \r\n\r\n"), 0, "" },
    { "space before colon", STR_INIT(G "A : b\r\n\r\n"), 400, NULL },
    { "tab before colon", STR_INIT(G "A\t: b\r\n\r\n"), 400, NULL },
    { "no colon", STR_INIT(G "A\r\n\r\n"), 400, NULL },
    { "no name", STR_INIT(G ": b\r\n\r\n"), 400, NULL },
    { "brackets in name", STR_INIT(G "A[]: b\r\n\r\n"), 400, NULL },
    { "high byte in name", STR_INIT(G "\xe4: b\r\n\r\n"), 400, NULL },
    { "NUL in name", STR_INIT(G "A\0: b\r\n\r\n"), 400, NULL },
    { "body", STR_INIT(P "Content-Length: 3\r\n\r\nabc"), 0, "abc" },
    { "body still coming", STR_INIT(P "Content-Length: 3\r\n\r\nab"), -1, NULL },
    { "empty body", STR_INIT(P "Content-Length: 0\r\n\r\n"), 0, "" },
    { "body of the largest size",
      STR_INIT(P "Content-Length: 64\r\n\r\n" TEN TEN TEN TEN TEN TEN "0123"), 0,
      TEN TEN TEN TEN TEN TEN "0123" },
    { "body one byte larger", STR_INIT(P "Content-Length: 65\r\n\r\n"), 413, NULL },
    { "length past 64 bits", STR_INIT(P "Content-Length: 18446744073709551616\r\n\r\n"), 400,
      NULL },
    { "length of 2^64 - 1", STR_INIT(P "Content-Length: 18446744073709551615\r\n\r\n"), 413, NULL },
    { "length twice", STR_INIT(P "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), 400, NULL },
    { "length list", STR_INIT(P "Content-Length: 3, 3\r\n\r\nabc"), 400, NULL },
    { "length with plus", STR_INIT(P "Content-Length: +3\r\n\r\nabc"), 400, NULL },
    { "length with minus", STR_INIT(P "Content-Length: -3\r\n\r\nabc"), 400, NULL },
    { "length in hex", STR_INIT(P "Content-Length: 0x3\r\n\r\nabc"), 400, NULL },
    { "length with inner space", STR_INIT(P "Content-Length: 3 3\r\n\r\nabc"), 400, NULL },
    { "length empty", STR_INIT(P "Content-Length: \r\n\r\n"), 400, NULL },
    { "length and chunked",
      STR_INIT(P "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, NULL },
    { "chunked and length",
      STR_INIT(P "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), 400, NULL },
    { "chunked", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"), 0,
      "abcd" },
    { "chunked in capitals", STR_INIT(P "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"), 0, "" },
    { "chunked twice",
      STR_INIT(P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
      NULL },
    { "chunked after gzip", STR_INIT(P "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501,
      NULL },
    { "identity", STR_INIT(P "Transfer-Encoding: identity\r\n\r\n"), 501, NULL },
    { "chunked before something", STR_INIT(P "Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n"), 400,
      NULL },
    { "xchunked", STR_INIT(P "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 501, NULL },
    { "chunked with a vertical tab", STR_INIT(P "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
      400, NULL },
    { "chunked in HTTP/1.0",
      STR_INIT("POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400, NULL },
    { "chunk of the largest size",
      STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n40\r\n" TEN TEN TEN TEN TEN TEN
                 "0123\r\n0\r\n\r\n"),
      0, TEN TEN TEN TEN TEN TEN "0123" },
    { "chunk one byte larger", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n41\r\nx"), 413, NULL },
    { "chunks larger together", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n40\r\nx"),
      413, NULL },
    { "chunk of 2^64 - 1", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx"),
      413, NULL },
    { "chunk size of 17 digits",
      STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n00000000000000001\r\nx"), 400, NULL },
    { "chunk size with bare LF", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"),
      400, NULL },
    { "chunk data longer than its size",
      STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"), 400, NULL },
    { "chunk size with 0x", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"),
      400, NULL },
    { "chunk size with space", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n"),
      400, NULL },
    { "chunk extension", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0;c\r\n\r\n"),
      0, "x" },
    { "chunk extension with LF",
      STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n"), 400, NULL },
    { "trailer", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC:d\r\n\r\n"), 0, "" },
    { "trailer without name", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n0\r\n: b\r\n\r\n"), 400,
      NULL },
    { "folded trailer", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n"),
      400, NULL },
    { "trailer with bare LF", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n"), 400,
      NULL },
    { "chunks without end", STR_INIT(P "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"), -1,
      NULL },
    { "expectation", STR_INIT(P "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"), 0, "x" },
    { "other expectation", STR_INIT(P "Expect: 200-ok\r\n\r\n"), 417, NULL },
    { "upgrade is not taken up",
      STR_INIT(G "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"), 0, "" },
    { "eight headers", STR_INIT(G "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n"),
      0, "" },
    { "nine headers",
      STR_INIT(G "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n"), 431,
      NULL },
    { "head of the largest size",
      STR_INIT(G "A: " HUNDRED HUNDRED HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN "\r\n\r\n"),
      0, "" },
    { "head one byte larger",
      STR_INIT(G "A: " HUNDRED HUNDRED HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN "0\r\n\r\n"),
      431, NULL },
    { "request line without end", STR_INIT("GET /" HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED),
      414, NULL },
};

/* Feeds text in pieces of `first` bytes, then `step` bytes each; what is left of the last piece goes
 * to *ret_left. */
static int feed(struct parser *parser, struct arena *arena, str text, size_t first, size_t step,
                size_t *ret_left)
{
    enum parser_state state = PARSER_HEAD;

    parser_init(parser, &limits, arena);
    for (size_t size = first; text.len > 0; size = step) {
        str piece = str_slice(text, 0, size);
        text = str_skip(text, piece.len);
        while (piece.len > 0 && state != PARSER_DONE && state != PARSER_REFUSED) {
            state = parser_feed(parser, &piece);
        }
        if (state == PARSER_DONE || state == PARSER_REFUSED) {
            *ret_left = text.len + piece.len;
            return state == PARSER_DONE ? 0 : parser->status;
        }
    }
    return -1;
}

static void test_same_however_cut(void **state)
{
    struct arena arena;
    struct parser parser;
    size_t left = 0;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (size_t cut = 0; cut <= cases[i].text.len; cut++) {
            bool bytes = cut == 0;
            int got = feed(&parser, &arena, cases[i].text, bytes ? 1 : cut,
                           bytes ? 1 : cases[i].text.len, &left);
            if (got != cases[i].status) {
                fail_msg("%s, cut at %zu: %d, not %d", cases[i].name, cut, got, cases[i].status);
            }
            if (got == 0 && !str_eq(parser.request.body, str_cstr(cases[i].body))) {
                fail_msg("%s, cut at %zu: body is \"%.*s\"", cases[i].name, cut,
                         FMT(parser.request.body));
            }
            if (got > 0) {
                assert_non_null(parser.why);
            }
            arena_reset(&arena);
        }
    }
    arena_done(&arena);
}

static void test_views(void **state)
{
    static const str text = STR_INIT("PUT /a%20b/c?d=e?f HTTP/1.1\r\nhOST:  example.org:80 \r\n"
                                     "X-Empty:\r\nContent-Length: 2\r\n\r\nhiGET ");
    struct arena arena;
    struct parser parser;
    size_t left = 0;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_int_equal(feed(&parser, &arena, text, text.len, 1, &left), 0);
    assert_int_equal(left, 4); /* the next request stays where it is */
    assert_str(parser.request.method, "PUT");
    assert_str(parser.request.target, "/a%20b/c?d=e?f");
    assert_str(parser.request.path, "/a%20b/c");
    assert_str(parser.request.query, "d=e?f");
    assert_int_equal(parser.request.header_count, 3);
    assert_str(parser.request.headers[0].name, "hOST");
    assert_str(http_header_get(&parser.request, STR("Host")), "example.org:80");
    assert_str(http_header_get(&parser.request, STR("x-empty")), "");
    assert_non_null(http_header_get(&parser.request, STR("x-empty")).ptr);
    assert_null(http_header_get(&parser.request, STR("x-absent")).ptr);
    assert_str(parser.request.body, "hi");
    assert_true(parser.keep_alive);
    arena_done(&arena);
}

static const struct {
    const char *name;
    str text;
    bool keep;
} keeping[] = {
    { "HTTP/1.1 stays", STR_INIT(G "\r\n"), true },
    { "HTTP/1.1 asks to close", STR_INIT(G "Connection: close\r\n\r\n"), false },
    { "close in a list", STR_INIT(G "Connection: x, Close\r\n\r\n"), false },
    { "HTTP/1.0 closes", STR_INIT("GET / HTTP/1.0\r\n\r\n"), false },
    { "HTTP/1.0 asks to stay", STR_INIT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), true },
};

static void test_keep_alive(void **state)
{
    struct arena arena;
    struct parser parser;
    size_t left;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(keeping); i++) {
        assert_int_equal(feed(&parser, &arena, keeping[i].text, 1000, 1, &left), 0);
        if (parser.keep_alive != keeping[i].keep) {
            fail_msg("%s", keeping[i].name);
        }
    }
    arena_done(&arena);
}

/* Extensions and trailers of many chunks are counted together. */
static void test_chunk_extras_are_bounded(void **state)
{
    static const struct parser_limits wide = { 4096, 8, 1 << 20 };
    str head = STR(P "Transfer-Encoding: chunked\r\n\r\n");
    struct arena arena;
    struct parser parser;
    enum parser_state got = PARSER_HEAD;
    size_t sent = 0;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 24);
    parser_init(&parser, &wide, &arena);
    got = parser_feed(&parser, &head);
    while (got == PARSER_CHUNKED && sent < 1000) {
        str chunk = STR("1;" HUNDRED "\r\nx\r\n");
        while (chunk.len > 0 && got == PARSER_CHUNKED) {
            got = parser_feed(&parser, &chunk);
        }
        sent++;
    }
    assert_int_equal(got, PARSER_REFUSED);
    assert_int_equal(parser.status, 431);
    assert_int_equal(sent, CHUNKED_EXTRA_BYTES_MAX / 100 + 1);
    arena_done(&arena);
}

static void test_without_memory(void **state)
{
    bool fitted = false;
    str text = STR(P "Content-Length: 60\r\n\r\n" TEN TEN TEN TEN TEN TEN);

    (void)state;
    for (size_t max = 0; max < 8192; max += 64) {
        struct arena arena;
        struct parser parser;
        size_t left;
        int got;

        arena_init(&arena, &heap, 64, max);
        got = feed(&parser, &arena, text, text.len, 1, &left);
        assert_true(got == 503 || got == 0);
        assert_true(got == 0 || !fitted); /* once it fits, more room cannot hurt */
        fitted = got == 0;
        arena_done(&arena);
    }
    assert_true(fitted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_however_cut), cmocka_unit_test(test_views),
        cmocka_unit_test(test_keep_alive),       cmocka_unit_test(test_chunk_extras_are_bounded),
        cmocka_unit_test(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
