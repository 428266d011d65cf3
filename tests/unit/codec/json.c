#include "failing_alloc.h"
#include "unit.h"

#include "codec/json.h"

static struct arena arena;
static const struct json_limits limits = { .depth_max = 64, .values_max = 1000000 };

static int setup(void **state)
{
    arena_init(&arena, &heap, 1 << 16, 512 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_done(&arena);
    return 0;
}

static struct json *parse(str text)
{
    struct json *value = NULL;
    struct json_error error = { .reason = "" };

    if (json_parse(text, &limits, &arena, &value, &error) != RC_OK) {
        fail_msg("%.*s: %u:%u %s", FMT(text), error.line, error.column, error.reason);
    }
    return value;
}

static void test_scalars(void **state)
{
    static const struct {
        str text;
        enum json_type type;
        str value;
    } cases[] = {
        { STR_INIT("null"), JSON_NULL, STR_INIT("") },
        { STR_INIT(" true "), JSON_TRUE, STR_INIT("") },
        { STR_INIT("\r\n\tfalse"), JSON_FALSE, STR_INIT("") },
        { STR_INIT("0"), JSON_NUMBER, STR_INIT("0") },
        { STR_INIT("-0"), JSON_NUMBER, STR_INIT("-0") },
        { STR_INIT("-12.50e+07"), JSON_NUMBER, STR_INIT("-12.50e+07") },
        { STR_INIT("1E-2"), JSON_NUMBER, STR_INIT("1E-2") },
        { STR_INIT("123456789012345678901234567890"), JSON_NUMBER,
          STR_INIT("123456789012345678901234567890") },
        { STR_INIT("\"\""), JSON_STRING, STR_INIT("") },
        { STR_INIT("\"a b\x7F\""), JSON_STRING, STR_INIT("a b\x7F") },
        { STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), JSON_STRING, STR_INIT("\"\\/\b\f\n\r\t") },
        { STR_INIT("\"x\\u0041\\u00e9\\u20AC\\uD83D\\uDE00y\""), JSON_STRING,
          STR_INIT("xA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80y") },
        { STR_INIT("\"\\u0000\""), JSON_STRING, STR_INIT("\0") },
        { STR_INIT("\"\\udbff\\udfff\\uFFFF\""), JSON_STRING,
          STR_INIT("\xF4\x8F\xBF\xBF\xEF\xBF\xBF") },
        { STR_INIT("\"\xC3\xA9\xF0\x9F\x98\x80\""), JSON_STRING,
          STR_INIT("\xC3\xA9\xF0\x9F\x98\x80") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *value = parse(cases[i].text);
        assert_int_equal(value->type, cases[i].type);
        assert_true(str_eq(value->text, cases[i].value));
        assert_null(value->key.ptr);
        assert_null(value->parent);
    }
}

static void test_refused(void **state)
{
    static const struct {
        str text;
        uint32_t line, column;
        const char *reason;
    } cases[] = {
        { STR_INIT(""), 1, 1, "unexpected end" },
        { STR_INIT(" \n "), 2, 2, "unexpected end" },
        { STR_INIT("nul"), 1, 1, "expected a value" },
        { STR_INIT("True"), 1, 1, "expected a value" },
        { STR_INIT("nullx"), 1, 5, "unexpected text behind the value" },
        { STR_INIT("null null"), 1, 6, "unexpected text behind the value" },
        { STR_INIT("{} }"), 1, 4, "unexpected text behind the value" },
        { STR_INIT("null\0"), 1, 5, "unexpected text behind the value" },
        { STR_INIT("\0"), 1, 1, "expected a value" },
        { STR_INIT("\xEF\xBB\xBF{}"), 1, 1, "expected a value" },
        { STR_INIT("'a'"), 1, 1, "expected a value" },
        { STR_INIT("/* */ 1"), 1, 1, "expected a value" },
        { STR_INIT("1 // x"), 1, 3, "unexpected text behind the value" },
        { STR_INIT("\f1"), 1, 1, "expected a value" },
        { STR_INIT("\xC2\xA0"
                   "1"),
          1, 1, "expected a value" },
        { STR_INIT("NaN"), 1, 1, "expected a value" },
        { STR_INIT("-"), 1, 2, "unexpected end" },
        { STR_INIT("-x"), 1, 2, "invalid number" },
        { STR_INIT("+1"), 1, 1, "expected a value" },
        { STR_INIT("01"), 1, 2, "invalid number" },
        { STR_INIT("-01"), 1, 3, "invalid number" },
        { STR_INIT("1."), 1, 3, "unexpected end" },
        { STR_INIT("[1.]"), 1, 4, "invalid number" },
        { STR_INIT(".5"), 1, 1, "expected a value" },
        { STR_INIT("1e"), 1, 3, "unexpected end" },
        { STR_INIT("1e+"), 1, 4, "unexpected end" },
        { STR_INIT("[1e+]"), 1, 5, "invalid number" },
        { STR_INIT("1.2.3"), 1, 4, "invalid number" },
        { STR_INIT("0x10"), 1, 2, "invalid number" },
        { STR_INIT("1_000"), 1, 2, "unexpected text behind the value" },
        { STR_INIT("["), 1, 2, "unexpected end" },
        { STR_INIT("[1"), 1, 3, "unexpected end" },
        { STR_INIT("[1,"), 1, 4, "unexpected end" },
        { STR_INIT("[1,]"), 1, 4, "trailing comma" },
        { STR_INIT("[,1]"), 1, 2, "expected a value" },
        { STR_INIT("[1,,2]"), 1, 4, "expected a value" },
        { STR_INIT("[1 2]"), 1, 4, "expected ',' or ']'" },
        { STR_INIT("[1}"), 1, 3, "expected ',' or ']'" },
        { STR_INIT("]"), 1, 1, "expected a value" },
        { STR_INIT("{"), 1, 2, "unexpected end" },
        { STR_INIT("{]"), 1, 2, "expected a member name" },
        { STR_INIT("{a:1}"), 1, 2, "expected a member name" },
        { STR_INIT("{1:1}"), 1, 2, "expected a member name" },
        { STR_INIT("{\"a\"}"), 1, 5, "expected ':'" },
        { STR_INIT("{\"a\":}"), 1, 6, "expected a value" },
        { STR_INIT("{\"a\":1,}"), 1, 8, "trailing comma" },
        { STR_INIT("{,\"a\":1}"), 1, 2, "expected a member name" },
        { STR_INIT("{\"a\":1 \"b\":2}"), 1, 8, "expected ',' or '}'" },
        { STR_INIT("{\"a\":1,\n\"a\":2}"), 2, 1, "duplicate key" },
        { STR_INIT("{\"a\":1,\"b\":{\"c\":1,\"c\":2},\"a\":3}"), 1, 19, "duplicate key" },
        { STR_INIT("{\"a\":1, \"\\u0061\":2}"), 1, 9, "duplicate key" },
        { STR_INIT("{\"\":1,\"\":2}"), 1, 7, "duplicate key" },
        { STR_INIT("\""), 1, 2, "unexpected end" },
        { STR_INIT("\"a"), 1, 3, "unexpected end" },
        { STR_INIT("\"a\\"), 1, 3, "invalid escape" },
        { STR_INIT("\"a\\\""), 1, 5, "unexpected end" },
        { STR_INIT("\"\n\""), 1, 2, "control character in string" },
        { STR_INIT("\"\0\""), 1, 2, "control character in string" },
        { STR_INIT("\"\x1F\""), 1, 2, "control character in string" },
        { STR_INIT("\"\\x41\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\'\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\\0\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\u12\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\u12g4\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\U0041\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\ud800\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\udc00\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\ud800\\u0041\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\ud800\\ud800\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\ud800\\n\""), 1, 2, "invalid escape" },
        { STR_INIT("\"\\ud800\\udc0\""), 1, 2, "invalid escape" },
        { STR_INIT("\"ab\xFF\""), 1, 4, "invalid UTF-8" },
        { STR_INIT("\"\xC0\xAF\""), 1, 2, "invalid UTF-8" },
        { STR_INIT("\"\xED\xA0\x80\""), 1, 2, "invalid UTF-8" },
        { STR_INIT("\"\xE2\x82"), 1, 2, "invalid UTF-8" },
        { STR_INIT("{\"\xE2\x82\":1}"), 1, 3, "invalid UTF-8" },
        { STR_INIT("{\n  \"a\": [1,\r\n   x]\n}"), 3, 4, "expected a value" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *value = (struct json *)&cases; /* must stay untouched */
        struct json_error error = { .reason = "none" };
        enum rc rc = json_parse(cases[i].text, &limits, &arena, &value, &error);
        if (rc != RC_SYNTAX || strcmp(error.reason, cases[i].reason) != 0 ||
            error.line != cases[i].line || error.column != cases[i].column) {
            fail_msg("%.*s: %s, %u:%u %s", FMT(cases[i].text), rc_name(rc), error.line,
                     error.column, error.reason);
        }
        assert_ptr_equal(value, &cases);
    }
}

static void check_span(const struct json_span *span, str text, const char *want, uint32_t line,
                       uint32_t column, uint32_t end_line, uint32_t end_column)
{
    str part = str_slice(text, span->offset, span->end - span->offset);

    if (!str_eq(part, str_cstr(want)) || span->line != line || span->column != column ||
        span->end_line != end_line || span->end_column != end_column) {
        fail_msg("\"%.*s\" at %u:%u to %u:%u, not \"%s\"", FMT(part), span->line, span->column,
                 span->end_line, span->end_column, want);
    }
}

static void test_spans(void **state)
{
    str text = STR(" {\n  \"key\\n\" : [ 1.5,\r\n\"x\" ],\n\"b\":{}\n} \n");
    const struct json *top = parse(text), *list = top->first, *object = list->next;

    check_span(&top->span, text, "{\n  \"key\\n\" : [ 1.5,\r\n\"x\" ],\n\"b\":{}\n}", 1, 2, 5, 2);
    check_span(&list->key_span, text, "\"key\\n\"", 2, 3, 2, 10);
    check_span(&list->span, text, "[ 1.5,\r\n\"x\" ]", 2, 13, 3, 6);
    check_span(&list->first->span, text, "1.5", 2, 15, 2, 18);
    check_span(&list->first->next->span, text, "\"x\"", 3, 1, 3, 4);
    check_span(&object->key_span, text, "\"b\"", 4, 1, 4, 4);
    check_span(&object->span, text, "{}", 4, 5, 4, 7);
    assert_str(list->key, "key\n");
    assert_int_equal(top->count, 2);
    assert_int_equal(list->count, 2);
    assert_int_equal(object->count, 0);
    assert_null(object->next);
    assert_ptr_equal(list->first->next->parent, list);
    assert_ptr_equal(object->parent, top);
}

static void test_member(void **state)
{
    const struct json *top = parse(STR("{\"a\":1,\"A\":2,\"\":3,\"l\":[4]}"));

    assert_str(json_member(top, STR("a"))->text, "1");
    assert_str(json_member(top, STR("A"))->text, "2");
    assert_str(json_member(top, STR(""))->text, "3");
    assert_null(json_member(top, STR("b")));
    assert_null(json_member(json_member(top, STR("l")), STR("4")));
    assert_null(json_member(json_member(top, STR("a")), STR("a")));
    assert_null(json_member(NULL, STR("a")));
}

static void test_depth(void **state)
{
    buf text = buf_heap(1 << 20);
    struct json_error error = { 0 };
    struct json *value;

    for (int i = 0; i < 64; i++) {
        BUF_LIT(&text, "[");
    }
    for (int i = 0; i < 64; i++) {
        BUF_LIT(&text, "]");
    }
    assert_int_equal(parse(buf_str(&text))->count, 1);
    buf_clear(&text);
    for (int i = 0; i < 10000; i++) {
        BUF_LIT(&text, "{\"a\":");
    }
    assert_int_equal(json_parse(buf_str(&text), &limits, &arena, &value, &error), RC_LIMIT);
    assert_string_equal(error.reason, "nesting too deep");
    assert_int_equal(error.column, 64 * 5 + 1);
    assert_ok(json_parse(STR("1"), &(struct json_limits){ 0, 1 }, &arena, &value, &error));
    assert_int_equal(json_parse(STR("[]"), &(struct json_limits){ 0, 1 }, &arena, &value, &error),
                     RC_LIMIT);
    assert_ok(json_parse(STR("[[],[],[[]]]"), &(struct json_limits){ 3, 9 }, &arena, &value,
                         &error)); /* beside each other is not in each other */
    buf_done(&text);
}

/* However deep the caller allows: neither reading nor printing uses the stack for it. */
static void test_very_deep(void **state)
{
    struct json_limits deep = { UINT32_MAX, UINT32_MAX };
    struct json_error error = { 0 };
    struct json *value = NULL;
    buf text = buf_heap(8 << 20), out = buf_heap(8 << 20);

    for (int i = 0; i < 500000; i++) {
        buf_add(&text, i % 2 == 0 ? STR("[") : STR("{\"a\":"));
    }
    BUF_LIT(&text, "1");
    for (int i = 500000; i-- > 0;) {
        buf_add(&text, i % 2 == 0 ? STR("]") : STR("}"));
    }
    assert_ok(text.err);
    assert_ok(json_parse(buf_str(&text), &deep, &arena, &value, &error));
    json_print(value, false, &out);
    assert_true(str_eq(buf_str(&out), buf_str(&text)));
    buf_done(&text);
    buf_done(&out);
}

static void test_values_max(void **state)
{
    struct json_error error = { 0 };
    struct json *value;

    assert_ok(
        json_parse(STR("[1,{\"a\":2}]"), &(struct json_limits){ 9, 4 }, &arena, &value, &error));
    assert_int_equal(
        json_parse(STR("[1,{\"a\":2}]"), &(struct json_limits){ 9, 3 }, &arena, &value, &error),
        RC_LIMIT);
    assert_string_equal(error.reason, "too many values");
    assert_int_equal(error.column, 5);
}

/* An object of `count` members; the last one repeats number `again` if that is one of them. */
static enum rc parse_big(size_t count, size_t again, struct json_error *reterr_at)
{
    buf text = buf_heap(64 << 20);
    struct json *value = NULL;
    enum rc rc;

    BUF_LIT(&text, "{");
    for (size_t i = 0; i < count; i++) {
        size_t name = i + 1 == count && again < i ? again : i;
        buf_printf(&text, "%s\n\"key-%zu\":%zu", i == 0 ? "" : ",", name * 7919 % 1000003, i);
    }
    BUF_LIT(&text, "}");
    assert_ok(text.err);
    rc = json_parse(buf_str(&text), &limits, &arena, &value, reterr_at);
    buf_done(&text);
    arena_reset(&arena);
    return rc;
}

static void test_duplicates_in_big_objects(void **state)
{
    static const size_t counts[] = { 2, 31, 32, 33, 34, 1000, 200000 };

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct json_error error = { .reason = "none" };
        assert_ok(parse_big(counts[i], SIZE_MAX, &error));
        assert_int_equal(parse_big(counts[i], 0, &error), RC_SYNTAX);
        assert_string_equal(error.reason, "duplicate key");
        assert_int_equal(error.line, counts[i] + 1); /* the second of the two is named */
        assert_int_equal(error.column, 1);
        assert_int_equal(parse_big(counts[i], counts[i] / 2 - 1, &error), RC_SYNTAX);
    }
}

static void test_values_one_behind_the_other(void **state)
{
    static const struct json_limits some = { 4, 100, false };
    struct json_error at;
    struct json *value;
    str rest = STR("{\"a\": [1]}\n[2]  {\"b\": 3}\n");

    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_OK);
    assert_non_null(json_member(value, STR("a")));
    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_OK);
    assert_true(value->type == JSON_ARRAY && value->count == 1);
    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_OK);
    assert_non_null(json_member(value, STR("b")));
    assert_int_equal(rest.len, 0);
    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_SYNTAX);
    rest = STR("{} x"); /* not the beginning of another one */
    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_SYNTAX);
    rest = STR("{\"a\": } {}"); /* what stands before a beginning must be whole */
    assert_int_equal(json_take_value(&rest, &some, &arena, &value, &at), RC_SYNTAX);
    assert_int_equal(rest.len, 10);
}

static void test_no_memory(void **state)
{
    str text = STR("{\"a\\n\":[1,\"\\u0041\",{}],\"b\":{\"c\":\"x\\ty\",\"d\":null}}");
    struct failing_alloc fa;
    buf big = buf_heap(10000);

    BUF_LIT(&big, "{");
    for (int i = 0; i < 40; i++) {
        buf_printf(&big, "%s\"%d\":0", i == 0 ? "" : ",", i);
    }
    BUF_LIT(&big, "}");
    for (failing_init(&fa); failing_again(&fa);) {
        struct arena small;
        struct json *value = NULL;
        struct json_error error = { 0 };
        enum rc rc;
        arena_init(&small, &fa.as_alloc, 16, 1 << 20); /* one chunk for each value */
        rc = json_parse(text, &limits, &small, &value, &error);
        if (rc == RC_OK) {
            rc = json_parse(buf_str(&big), &limits, &small, &value, &error);
        }
        assert_int_equal(rc, fa.failed ? RC_NOMEM : RC_OK);
        arena_done(&small);
    }
    assert_true(fa.fail_at > 50);
    buf_done(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_member),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_very_deep),
        cmocka_unit_test(test_values_max),
        cmocka_unit_test(test_duplicates_in_big_objects),
        cmocka_unit_test(test_values_one_behind_the_other),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("json", tests, setup, teardown);
}
