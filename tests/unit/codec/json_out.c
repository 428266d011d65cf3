#include "failing_alloc.h"
#include "unit.h"

#include "codec/json.h"

static void test_commas(void **state)
{
    buf out = buf_heap(1000);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_put_str(&o, STR("s"), STR("x"));
    json_put_i64(&o, STR("n"), INT64_MIN);
    json_put_bool(&o, STR("t"), true);
    json_key(&o, STR("a"));
    json_open(&o, '[');
    json_i64(&o, 1);
    json_bool(&o, false);
    json_null(&o);
    json_raw(&o, STR("{\"r\":1}"));
    json_open(&o, '[');
    json_close(&o, ']');
    json_open(&o, '{');
    json_close(&o, '}');
    json_str(&o, STR(""));
    json_close(&o, ']');
    json_key(&o, STR("k\"ey"));
    json_null(&o);
    json_own_key(&o, STR("own"));
    json_open(&o, '{');
    json_own_key(&o, STR("first"));
    json_null(&o);
    json_close(&o, '}');
    json_close(&o, '}');
    assert_ok(out.err);
    assert_str(buf_str(&out), "{\"s\":\"x\",\"n\":-9223372036854775808,\"t\":true,"
                              "\"a\":[1,false,null,{\"r\":1},[],{},\"\"],\"k\\\"ey\":null,"
                              "\"own\":{\"first\":null}}");
    buf_done(&out);
}

static void test_strings(void **state)
{
    static const struct {
        str text, want;
    } cases[] = {
        { STR_INIT(""), STR_INIT("\"\"") },
        { STR_INIT("plain /<>'"), STR_INIT("\"plain /<>'\"") },
        { STR_INIT("\"\\"), STR_INIT("\"\\\"\\\\\"") },
        { STR_INIT("\b\f\n\r\t"), STR_INIT("\"\\b\\f\\n\\r\\t\"") },
        { STR_INIT("\0\x01\x0B\x1F\x7F"), STR_INIT("\"\\u0000\\u0001\\u000b\\u001f\x7F\"") },
        { STR_INIT("\xC3\xA9\xEF\xBF\xBF"), STR_INIT("\"\xC3\xA9\xEF\xBF\xBF\"") },
        { STR_INIT("a\xFF\"\xE2\x82"), STR_INIT("\"a\xEF\xBF\xBD\\\"\xEF\xBF\xBD\xEF\xBF\xBD\"") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf out = buf_heap(1000);
        struct json_out o = { .out = &out };
        json_str(&o, cases[i].text);
        if (!str_eq(buf_str(&out), cases[i].want)) {
            fail_msg("%zu: %.*s", i, FMT(buf_str(&out)));
        }
        buf_done(&out);
    }
}

/* Every byte, written and read again: what is valid comes back as it was. */
static void test_every_byte_reads_back(void **state)
{
    struct json_limits limits = { 1, 1 };

    for (int c = 0; c < 256; c++) {
        char text[3] = { 'a', (char)c, 'z' };
        struct arena arena;
        struct json *value = NULL;
        struct json_error error;
        buf out = buf_heap(100);
        struct json_out o = { .out = &out };
        arena_init(&arena, &heap, 256, 10000);
        json_str(&o, str_from(text, 3));
        assert_ok(json_parse(buf_str(&out), &limits, &arena, &value, &error));
        if (c < 128) {
            assert_true(str_eq(value->text, str_from(text, 3)));
        } else {
            assert_str(value->text, "a\xEF\xBF\xBDz");
        }
        arena_done(&arena);
        buf_done(&out);
    }
}

static void print_text(str text, buf *out)
{
    struct json_out o = { .out = out };

    buf_clear(out);
    json_str(&o, text);
}

/* Long texts are looked at many bytes at once: a byte among others is written as when alone. */
static void test_every_byte_anywhere(void **state)
{
    enum { LEN = 37 };
    buf alone = buf_heap(100), among = buf_heap(1000);

    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        print_text(str_from(&c, 1), &alone);
        for (size_t at = 0; at < LEN; at++) {
            char text[LEN];
            str got;
            memset(text, 'a', LEN);
            text[at] = c;
            print_text(str_from(text, LEN), &among);
            got = str_slice(buf_str(&among), 1 + at, alone.len - 2);
            assert_int_equal(among.len, LEN - 1 + alone.len);
            assert_true(str_eq(got, str_slice(buf_str(&alone), 1, alone.len - 2)));
        }
    }
    buf_done(&alone);
    buf_done(&among);
}

static void print_as(str text, bool pretty, buf *out)
{
    struct json_limits limits = { 10, 100 };
    struct arena arena;
    struct json *value = NULL;
    struct json_error error;

    arena_init(&arena, &heap, 1024, 100000);
    assert_ok(json_parse(text, &limits, &arena, &value, &error));
    json_print(value, pretty, out);
    arena_done(&arena);
}

static void test_print(void **state)
{
    static const struct {
        str text, compact, pretty;
    } cases[] = {
        { STR_INIT(" 1.50e+3 "), STR_INIT("1.50e+3"), STR_INIT("1.50e+3") },
        { STR_INIT("[ ]"), STR_INIT("[]"), STR_INIT("[]") },
        { STR_INIT("{ }"), STR_INIT("{}"), STR_INIT("{}") },
        { STR_INIT("[[ [ ] ] , 1]"), STR_INIT("[[[]],1]"),
          STR_INIT("[\n  [\n    []\n  ],\n  1\n]") },
        { STR_INIT("{\"a\" : null, \"\\u0062\" : {\"c\" : [true, false]}, \"d\\n\":\"\\/\"}"),
          STR_INIT("{\"a\":null,\"b\":{\"c\":[true,false]},\"d\\n\":\"/\"}"),
          STR_INIT("{\n  \"a\": null,\n  \"b\": {\n    \"c\": [\n      true,\n      false\n    ]\n"
                   "  },\n  \"d\\n\": \"/\"\n}") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf out = buf_heap(1000);
        print_as(cases[i].text, false, &out);
        assert_true(str_eq(buf_str(&out), cases[i].compact));
        buf_clear(&out);
        print_as(cases[i].text, true, &out);
        assert_true(str_eq(buf_str(&out), cases[i].pretty));
        buf_done(&out);
    }
}

/* A part of a document prints alone: neither its siblings nor its parents follow. */
static void test_print_part(void **state)
{
    struct json_limits limits = { 10, 100 };
    struct arena arena;
    struct json *value = NULL;
    struct json_error error;
    buf out = buf_heap(1000);

    arena_init(&arena, &heap, 1024, 100000);
    assert_ok(json_parse(STR("{\"a\":{\"x\":[1,2]},\"b\":3}"), &limits, &arena, &value, &error));
    json_print(json_member(value, STR("a")), false, &out);
    buf_add_char(&out, ' ');
    json_print(json_member(value, STR("b")), false, &out);
    assert_str(buf_str(&out), "{\"x\":[1,2]} 3");
    buf_done(&out);
    arena_done(&arena);
}

static void test_limit(void **state)
{
    buf out = buf_heap(5);

    print_as(STR("[1,2,3,4,5]"), false, &out);
    assert_int_equal(out.err, RC_LIMIT);
    assert_true(out.len <= 5);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_every_byte_reads_back),
        cmocka_unit_test(test_every_byte_anywhere),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_part),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests_name("json_out", tests, NULL, NULL);
}
