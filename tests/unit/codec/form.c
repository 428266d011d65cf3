#include "failing_alloc.h"
#include "unit.h"

#include "codec/form.h"

static struct arena arena;

static int setup(void **state)
{
    arena_init(&arena, &heap, 4096, 16 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_done(&arena);
    return 0;
}

/* "name|value;" for each pair, in order. */
static void show(const struct form *form, buf *out)
{
    for (size_t i = 0; i < form->count; i++) {
        buf_add(out, form->pairs[i].name);
        buf_add_char(out, '|');
        buf_add(out, form->pairs[i].value);
        buf_add_char(out, ';');
    }
}

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        str text;
        enum rc want;
        str shown;
    } cases[] = {
        { "absent", STR_NONE, RC_OK, STR_INIT("") },
        { "empty", STR_INIT(""), RC_OK, STR_INIT("") },
        { "one pair", STR_INIT("Action=ListUsers"), RC_OK, STR_INIT("Action|ListUsers;") },
        { "order is kept", STR_INIT("b=1&a=2"), RC_OK, STR_INIT("b|1;a|2;") },
        { "no value", STR_INIT("a&b="), RC_OK, STR_INIT("a|;b|;") },
        { "value with '='", STR_INIT("a=b=c"), RC_OK, STR_INIT("a|b=c;") },
        { "plus and escapes", STR_INIT("a+b=%41%2b%2B+%26%3d"), RC_OK, STR_INIT("a b|A++ &=;") },
        { "NUL and any byte", STR_INIT("a=%00%fF"), RC_OK, STR_INIT("a|\0\xFF;") },
        { "empty pairs", STR_INIT("&a=1&&b=2&"), RC_OK, STR_INIT("a|1;b|2;") },
        { "names differ in case", STR_INIT("a=1&A=2"), RC_OK, STR_INIT("a|1;A|2;") },
        { "escape cut", STR_INIT("a=%4"), RC_SYNTAX, STR_INIT("") },
        { "escape cut by the next pair", STR_INIT("a=%4&1=2"), RC_SYNTAX, STR_INIT("") },
        { "lonely percent", STR_INIT("a=%"), RC_SYNTAX, STR_INIT("") },
        { "no digits", STR_INIT("a=%zz"), RC_SYNTAX, STR_INIT("") },
        { "sign is no digit", STR_INIT("a=%+1"), RC_SYNTAX, STR_INIT("") },
        { "broken escape in a name", STR_INIT("%x=1"), RC_SYNTAX, STR_INIT("") },
        { "empty name", STR_INIT("=1"), RC_SYNTAX, STR_INIT("") },
        { "name twice", STR_INIT("a=1&b=2&a=1"), RC_SYNTAX, STR_INIT("") },
        { "name twice, once escaped", STR_INIT("Action=A&%41ction=B"), RC_SYNTAX, STR_INIT("") },
        { "eight pairs", STR_INIT("a&b&c&d&e&f&g&h"), RC_OK, STR_INIT("a|;b|;c|;d|;e|;f|;g|;h|;") },
        { "nine pairs", STR_INIT("a&b&c&d&e&f&g&h&i"), RC_LIMIT, STR_INIT("") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct form form = { 0 };
        buf out = buf_heap(1000);
        enum rc rc = form_parse(cases[i].text, 8, &arena, &form);
        show(&form, &out);
        if (rc != cases[i].want || !str_eq(buf_str(&out), cases[i].shown)) {
            fail_msg("%s: %s, %.*s", cases[i].name, rc_name(rc), FMT(buf_str(&out)));
        }
        buf_done(&out);
    }
}

static void test_plain_values_are_views(void **state)
{
    str text = STR("Action=ListUsers&x=%41");
    struct form form;

    assert_ok(form_parse(text, 10, &arena, &form));
    assert_ptr_equal(form.pairs[0].value.ptr, text.ptr + 7);
}

static void test_get(void **state)
{
    struct form form;

    assert_ok(form_parse(STR("a=1&b=&c=%33"), 10, &arena, &form));
    assert_str(form_get(&form, STR("a")), "1");
    assert_str(form_get(&form, STR("c")), "3");
    assert_non_null(form_get(&form, STR("b")).ptr);
    assert_int_equal(form_get(&form, STR("b")).len, 0);
    assert_null(form_get(&form, STR("A")).ptr);
    assert_null(form_get(&form, STR("")).ptr);
}

/* `count` names, of which the one at `again` repeats the one before it in the text. */
static enum rc parse_many(size_t count, size_t from, size_t again)
{
    buf text = buf_heap(8 << 20);
    struct form form;
    enum rc rc;

    for (size_t i = 0; i < count; i++) {
        buf_printf(&text, "Tags.member.%zu.Key=v&", i == again ? from : i * 7919 % 1000003);
    }
    assert_ok(text.err);
    rc = form_parse(buf_str(&text), count, &arena, &form);
    if (rc == RC_OK) {
        assert_int_equal(form.count, count);
    }
    buf_done(&text);
    return rc;
}

static void test_repeats_among_many(void **state)
{
    static const size_t counts[] = { 2, 31, 32, 33, 34, 100, 1000 };

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        size_t last = counts[i] - 1;
        assert_ok(parse_many(counts[i], 0, SIZE_MAX));
        assert_int_equal(parse_many(counts[i], 0, last), RC_SYNTAX);
        assert_int_equal(parse_many(counts[i], (last - 1) * 7919 % 1000003, last), RC_SYNTAX);
        arena_reset(&arena);
    }
    assert_ok(parse_many(100000, 0, SIZE_MAX)); /* within the test's time: not quadratic */
    assert_int_equal(parse_many(100000, 49999 * 7919 % 1000003, 99999), RC_SYNTAX);
}

static void test_uri_encode(void **state)
{
    static const struct {
        str text;
        bool keep_slash;
        str want;
    } cases[] = {
        { STR_INIT(""), false, STR_INIT("") },
        { STR_INIT("AZaz09-._~"), false, STR_INIT("AZaz09-._~") },
        { STR_INIT("a/b"), true, STR_INIT("a/b") },
        { STR_INIT("a/b"), false, STR_INIT("a%2Fb") },
        { STR_INIT(" +%\0\xFF"), true, STR_INIT("%20%2B%25%00%FF") },
        { STR_INIT("\xC3\xA9"), true, STR_INIT("%C3%A9") },
        { STR_INIT("@[`{*'()!"), true, STR_INIT("%40%5B%60%7B%2A%27%28%29%21") },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf out = buf_heap(cases[i].want.len); /* takes no more than it writes */
        uri_encode(cases[i].text, cases[i].keep_slash, &out);
        assert_ok(out.err);
        assert_true(str_eq(buf_str(&out), cases[i].want));
        buf_done(&out);
    }
}

/* All 256 bytes: 66 unreserved ones stay, and every one comes back. */
static void test_uri_all_bytes(void **state)
{
    size_t plain = 0;

    for (int c = 0; c < 256; c++) {
        char byte = (char)c;
        buf out = buf_heap(3);
        str back = STR_NONE;
        uri_encode(str_from(&byte, 1), false, &out);
        assert_ok(uri_decode(buf_str(&out), &arena, &back));
        assert_true(str_eq(back, str_from(&byte, 1)));
        plain += out.len == 1;
        assert_true(out.len == 1 || out.len == 3);
        assert_int_equal(out.len == 1, ascii_is_alnum(byte) || (c != 0 && strchr("-._~", c)));
        buf_done(&out);
    }
    assert_int_equal(plain, 66);
}

static void test_uri_decode(void **state)
{
    str plain = STR("a+b/c"), ret = STR_NONE;

    assert_ok(uri_decode(plain, &arena, &ret));
    assert_ptr_equal(ret.ptr, plain.ptr);
    assert_ok(uri_decode(STR("a+%2bb%00"), &arena, &ret));
    assert_str(ret, "a++b\0");
    assert_int_equal(uri_decode(STR("%2"), &arena, &ret), RC_SYNTAX);
    assert_int_equal(uri_decode(STR("%"), &arena, &ret), RC_SYNTAX);
    assert_int_equal(uri_decode(STR("%g0"), &arena, &ret), RC_SYNTAX);
    assert_int_equal(uri_decode(STR("%0g"), &arena, &ret), RC_SYNTAX);
    assert_str(ret, "a++b\0");
}

static void test_no_memory(void **state)
{
    struct failing_alloc fa;
    buf text = buf_heap(10000);

    for (int i = 0; i < 100; i++) {
        buf_printf(&text, "n%d=%%41&", i);
    }
    for (failing_init(&fa); failing_again(&fa);) {
        struct arena small;
        struct form form;
        str decoded = STR_NONE;
        enum rc rc;
        arena_init(&small, &fa.as_alloc, 16, 1 << 20);
        rc = form_parse(buf_str(&text), 100, &small, &form);
        if (rc == RC_OK) {
            rc = uri_decode(STR("%41"), &small, &decoded);
        }
        assert_int_equal(rc, fa.failed ? RC_NOMEM : RC_OK);
        arena_done(&small);
    }
    assert_true(fa.fail_at > 3);
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),      cmocka_unit_test(test_plain_values_are_views),
        cmocka_unit_test(test_get),        cmocka_unit_test(test_repeats_among_many),
        cmocka_unit_test(test_uri_encode), cmocka_unit_test(test_uri_all_bytes),
        cmocka_unit_test(test_uri_decode), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("form", tests, setup, teardown);
}
