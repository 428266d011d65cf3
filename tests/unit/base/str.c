#include "unit.h"

#include "base/str.h"

static void test_utf8(void **state)
{
    static const struct {
        const char *name;
        str text;
        bool valid;
    } cases[] = {
        { "empty", STR_INIT(""), true },
        { "ASCII with NUL", STR_INIT("a\0b"), true },
        { "two, three, four bytes", STR_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), true },
        { "first and last of each length",
          STR_INIT("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
          true },
        { "last before and first after the surrogates", STR_INIT("\xED\x9F\xBF\xEE\x80\x80"),
          true },
        { "lonely continuation", STR_INIT("\x80"), false },
        { "cut short", STR_INIT("\xE2\x82"), false },
        { "cut by ASCII",
          STR_INIT("\xE2\x82"
                   "a"),
          false },
        { "overlong slash, two bytes", STR_INIT("\xC0\xAF"), false },
        { "overlong slash, three bytes", STR_INIT("\xE0\x80\xAF"), false },
        { "overlong slash, four bytes", STR_INIT("\xF0\x80\x80\xAF"), false },
        { "overlong NUL", STR_INIT("\xC0\x80"), false },
        { "surrogate", STR_INIT("\xED\xA0\x80"), false },
        { "last surrogate", STR_INIT("\xED\xBF\xBF"), false },
        { "past U+10FFFF", STR_INIT("\xF4\x90\x80\x80"), false },
        { "five bytes", STR_INIT("\xF8\x88\x80\x80\x80"), false },
        { "FE", STR_INIT("\xFE"), false },
        { "FF", STR_INIT("\xFF"), false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (str_is_utf8(cases[i].text) != cases[i].valid) {
            fail_msg("%s", cases[i].name);
        }
    }
}

static void test_utf8_round_trip(void **state)
{
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t back = 0;
        str rest;
        if (code == 0xD800) {
            code = 0xE000;
        }
        rest = str_from(bytes, utf8_encode(code, bytes));
        assert_true(take_utf8(&rest, &back));
        assert_int_equal(back, code);
        assert_int_equal(rest.len, 0);
    }
}

static void test_numbers(void **state)
{
    static const struct {
        str text;
        enum rc rc_u, rc_i;
        uint64_t u;
        int64_t i;
    } cases[] = {
        { STR_INIT("0"), RC_OK, RC_OK, 0, 0 },
        { STR_INIT("007"), RC_OK, RC_OK, 7, 7 },
        { STR_INIT("9223372036854775807"), RC_OK, RC_OK, INT64_MAX, INT64_MAX },
        { STR_INIT("9223372036854775808"), RC_OK, RC_LIMIT, (uint64_t)INT64_MAX + 1, 0 },
        { STR_INIT("-9223372036854775808"), RC_SYNTAX, RC_OK, 0, INT64_MIN },
        { STR_INIT("-9223372036854775809"), RC_SYNTAX, RC_LIMIT, 0, 0 },
        { STR_INIT("18446744073709551615"), RC_OK, RC_LIMIT, UINT64_MAX, 0 },
        { STR_INIT("18446744073709551616"), RC_LIMIT, RC_LIMIT, 0, 0 },
        { STR_INIT("99999999999999999999999999"), RC_LIMIT, RC_LIMIT, 0, 0 },
        { STR_INIT("99999999999999999999999999x"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT("-1"), RC_SYNTAX, RC_OK, 0, -1 },
        { STR_INIT("-0"), RC_SYNTAX, RC_OK, 0, 0 },
        { STR_INIT("--1"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT("-"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT("+1"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT(" 1"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT("1 "), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT("1\0"), RC_SYNTAX, RC_SYNTAX, 0, 0 },
        { STR_INIT(""), RC_SYNTAX, RC_SYNTAX, 0, 0 },
    };

    for (size_t k = 0; k < COUNT_OF(cases); k++) {
        uint64_t u = 77;
        int64_t i = 77;
        assert_int_equal(str_to_u64(cases[k].text, &u), cases[k].rc_u);
        assert_int_equal(u, cases[k].rc_u == RC_OK ? cases[k].u : 77);
        assert_int_equal(str_to_i64(cases[k].text, &i), cases[k].rc_i);
        assert_int_equal(i, cases[k].rc_i == RC_OK ? cases[k].i : 77);
    }
}

static void test_compare(void **state)
{
    assert_true(str_eq(STR(""), STR_NONE));
    assert_false(str_eq(STR("a"), STR("A")));
    assert_true(str_eq_nocase(STR("aZ09[`{"), STR("Az09[`{")));
    assert_false(str_eq_nocase(STR("["), STR("{"))); /* 32 apart, but no letters */
    assert_false(str_eq_nocase(STR("\xC3\xA9"), STR("\xC3\x89")));
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_cmp(STR("\xFF"), STR("a")) > 0); /* bytes are unsigned */
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_int_equal(str_cmp_nocase(STR("ROLE"), STR("role")), 0);
    assert_true(str_cmp_nocase(STR("ROLE"), STR("roles")) < 0);
    assert_true(str_cmp_nocase(STR("\xFF"), STR("z")) > 0);
    assert_true(str_starts(STR("arn:aws"), STR("arn:")));
    assert_false(str_starts(STR("arn"), STR("arn:")));
    assert_true(str_starts_nocase(STR("AWS4-x"), STR("aws4-")));
    assert_true(str_ends(STR("/*"), STR("*")));
    assert_false(str_ends(STR("*"), STR("/*")));
    assert_true(str_ends(STR_NONE, STR("")));
}

static void test_find_and_slice(void **state)
{
    size_t at = 99;

    assert_true(str_find(STR("aaab"), STR("ab"), &at));
    assert_int_equal(at, 2);
    assert_true(str_find(STR("abc"), STR(""), &at));
    assert_int_equal(at, 0);
    at = 99;
    assert_false(str_find(STR("ab"), STR("abc"), &at));
    assert_false(str_find_char(STR_NONE, 'a', &at));
    assert_int_equal(at, 99);
    assert_true(str_find_char(STR("a\0b"), 'b', &at));
    assert_int_equal(at, 2);
    assert_str(str_slice(STR("abcdef"), 2, 3), "cde");
    assert_str(str_slice(STR("abc"), 2, SIZE_MAX), "c");
    assert_str(str_slice(STR("abc"), 9, 1), "");
    assert_non_null(str_slice(STR("abc"), 9, 1).ptr);
    assert_null(str_skip(STR_NONE, 3).ptr);
    assert_str(str_trim(STR(" \t\r\n a b \n")), "a b");
    assert_str(str_trim(STR("  ")), "");
}

static void test_take(void **state)
{
    str rest = STR("a,,b"), item = STR_NONE;

    assert_true(take_until(&rest, ',', &item));
    assert_str(item, "a");
    assert_false(take_until(&rest, ';', &item));
    assert_str(rest, ",b");
    assert_false(take_prefix(&rest, STR(",b,")));
    assert_true(take_prefix(&rest, STR(",")));
    assert_str(rest, "b");
    rest = STR("a,,b,");
    assert_true(take_item(&rest, ',', &item));
    assert_str(item, "a");
    assert_true(take_item(&rest, ',', &item));
    assert_str(item, "");
    assert_true(take_item(&rest, ',', &item));
    assert_str(item, "b");
    assert_false(take_item(&rest, ',', &item));
}

static void test_split(void **state)
{
    str parts[3];

    (void)state;
    assert_int_equal(str_split(STR("a//c"), '/', parts, 3), 3);
    assert_str(parts[0], "a");
    assert_str(parts[1], "");
    assert_str(parts[2], "c");
    assert_int_equal(str_split(STR("/"), '/', parts, 3), 2);
    assert_str(parts[0], "");
    assert_str(parts[1], "");
    assert_int_equal(str_split(STR("a"), '/', parts, 3), 1);
    assert_int_equal(str_split(STR(""), '/', parts, 3), 1);
    assert_int_equal(str_split(STR_NONE, '/', parts, 3), 1);
    assert_int_equal(str_split(STR("a/b/c/"), '/', parts, 3), 4);
    assert_int_equal(str_split(STR("////////"), '/', parts, 3), 4);
}

/* SipHash-1-3 with the key 00..0f over 00, 01, ...: the values of the reference implementation. */
static void test_hash(void **state)
{
    uint8_t key[16];
    char text[64];

    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)i;
    }
    assert_int_equal(str_hash(key, str_from(text, 0)), UINT64_C(0xabac0158050fc4dc));
    assert_int_equal(str_hash(key, str_from(text, 1)), UINT64_C(0xc9f49bf37d57ca93));
    assert_int_equal(str_hash(key, str_from(text, 2)), UINT64_C(0x82cb9b024dc7d44d));
    assert_int_equal(str_hash(key, str_from(text, 4)), UINT64_C(0xcf75576088d38328));
    assert_int_equal(str_hash(key, str_from(text, 8)), UINT64_C(0x369095118d299a8e));
    assert_int_equal(str_hash(key, str_from(text, 15)), UINT64_C(0xd320d86d2a519956));
    assert_int_equal(str_hash(key, str_from(text, 16)), UINT64_C(0xcc4fdd1a7d908b66));
    assert_int_equal(str_hash(key, str_from(text, 63)), UINT64_C(0x9d199062b7bbb3a8));
    assert_int_equal(str_hash_nocase(key, STR("Admin-Role-Name")),
                     str_hash(key, STR("admin-role-name")));
    assert_int_not_equal(str_hash(key, STR("Admin")), str_hash(key, STR("admin")));
}

static void test_hex(void **state)
{
    for (int c = -128; c < 128; c++) {
        unsigned want = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                        : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                        : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                               : 16;
        unsigned got = ascii_hex_value((char)c);
        assert_int_equal(got > 15 ? 16 : got, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),    cmocka_unit_test(test_utf8_round_trip),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_compare),
        cmocka_unit_test(test_take),    cmocka_unit_test(test_find_and_slice),
        cmocka_unit_test(test_split),   cmocka_unit_test(test_hash),
        cmocka_unit_test(test_hex),
    };

    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
