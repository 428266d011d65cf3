/* Wildcards, pieces and variables. */
#include "policy/text.h"

#include "policy/policy.h"
#include "unit.h"

static const struct {
    const char *pattern, *text;
    bool match;
} globs[] = {
    { "", "", true },           { "", "a", false },
    { "a", "", false },         { "*", "", true },
    { "**", "", true },         { "?", "", false },
    { "?", "ab", false },       { "a*", "a", true },
    { "*a", "ba", true },       { "*a", "ab", false },
    { "a*b*c", "axbxc", true }, { "a*b*c", "acb", false },
    { "*ab", "aab", true },     { "*aab", "aaab", true },
    { "a?c*", "abcd", true },   { "*?*", "", false },
    { "*?*", "x", true },       { "[a]", "a", false },
    { "?", "\xC3\xA9", true },  { "??", "\xC3\xA9", false },
    { "*?", "\xC3\xA9", true }, { "*??", "\xC3\xA9", false },
    { "A", "a", false },
};

static void wildcards(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(globs); i++) {
        str pattern = str_cstr(globs[i].pattern), text = str_cstr(globs[i].text);
        struct piece whole = { pattern, false };
        struct piece split[2] = { { str_slice(pattern, 0, pattern.len / 2), false },
                                  { str_skip(pattern, pattern.len / 2), false } };
        if (glob_match(pattern, text) != globs[i].match ||
            pieces_match(&whole, 1, text) != globs[i].match ||
            pieces_match(split, 2, text) != globs[i].match) {
            fail_msg("\"%s\" and \"%s\"", globs[i].pattern, globs[i].text);
        }
    }
}

/* A pattern of many stars must not take exponential time. */
static void stars_are_not_exponential(void **state UNUSED)
{
    static char pattern[2000], text[20000];

    for (size_t i = 0; i < sizeof(pattern) - 1; i += 2) {
        pattern[i] = '*';
        pattern[i + 1] = 'a';
    }
    pattern[sizeof(pattern) - 1] = 'b';
    memset(text, 'a', sizeof(text));
    assert_false(glob_match(str_from(pattern, sizeof(pattern)), str_from(text, sizeof(text))));
}

static void literal_pieces_have_no_wildcards(void **state UNUSED)
{
    struct piece pieces[] = { { STR("a"), false }, { STR("*"), true }, { STR("*"), false } };

    assert_true(pieces_match(pieces, 3, STR("a*")));
    assert_true(pieces_match(pieces, 3, STR("a*bc")));
    assert_false(pieces_match(pieces, 3, STR("abc")));
}

static void folding_is_ascii_only(void **state UNUSED)
{
    char folded[256], text[256];

    for (int i = 0; i < 256; i++) {
        text[i] = (char)i;
        folded[i] = ascii_lower((char)i);
    }
    for (size_t from = 0; from < 256; from++) {
        for (size_t len = 0; from + len <= 256 && len < 40; len++) {
            assert_true(equals_folded(str_from(text + from, len), str_from(folded + from, len)));
        }
    }
    for (size_t i = 0; i < 256; i++) { /* one byte off is noticed wherever it stands */
        char kept = text[i];
        text[i] = (char)(text[i] ^ 1);
        assert_false(equals_folded(str_from(text, 256), str_from(folded, 256)));
        text[i] = kept;
    }
    assert_false(equals_folded(STR("ab"), STR("abc")));
}

static const struct {
    const char *text;
    enum rc rc;
} checks[] = {
    { "plain", RC_OK },         { "${a}", RC_OK },      { "x${a}y${b}z", RC_OK },
    { "${a, 'd'}", RC_OK },     { "${a,'d'}", RC_OK },  { "${a, '}'}", RC_OK },
    { "${*}${?}${$}", RC_OK },  { "$", RC_OK },         { "{}", RC_OK },
    { "$ {", RC_OK },           { "${", RC_SYNTAX },    { "${}", RC_SYNTAX },
    { "${a", RC_SYNTAX },       { "${a,}", RC_SYNTAX }, { "${a,'d}", RC_SYNTAX },
    { "${a,'d'x}", RC_SYNTAX }, { "${ }", RC_SYNTAX },  { "ok${a}${", RC_SYNTAX },
};

static void variables_are_checked(void **state UNUSED)
{
    char many[32 * 4 + 1] = "";

    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (text_check(str_cstr(checks[i].text)) != checks[i].rc) {
            fail_msg("\"%s\"", checks[i].text);
        }
    }
    for (size_t i = 0; i < sizeof(many) - 1; i += 4) {
        memcpy(many + i, "${a}", 4);
    }
    assert_int_equal(text_check(STR_NONE), RC_OK);
    assert_int_equal(text_check(str_from(many, 31 * 4)), RC_OK);
    assert_int_equal(text_check(str_from(many, 32 * 4)), RC_LIMIT);
}

static void the_most_variables_resolve(void **state UNUSED)
{
    static const str x = STR_INIT("x");
    static const struct context_entry context[] = { { STR_INIT("A"), &x, 1, false } };
    struct policy_request rq = { .context = context, .context_count = 1 };
    struct text_pattern pattern;
    struct arena arena;
    char text[31 * 5], want[31 * 2];

    for (size_t i = 0; i < 31; i++) {
        memcpy(text + i * 5, ":${a}", 5);
        memcpy(want + i * 2, ":x", 2);
    }
    arena_init(&arena, &heap, 4096, 1u << 20);
    assert_ok(text_compile(str_from(text, sizeof(text)), true, &arena, &pattern));
    assert_true(text_like(&pattern, &rq, str_from(want, sizeof(want))));
    assert_true(text_equals(&pattern, &rq, str_from(want, sizeof(want)), false));
    want[61] = 'y';
    assert_false(text_like(&pattern, &rq, str_from(want, sizeof(want))));
    { /* as an ARN: five cuts more */
        str segments[6] = { STR(""),  STR("x"), STR("x"),
                            STR("x"), STR("x"), str_from(want + 9, sizeof(want) - 9) };
        want[61] = 'x';
        assert_true(text_arn_like(&pattern, &rq, segments));
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards),
        cmocka_unit_test(stars_are_not_exponential),
        cmocka_unit_test(literal_pieces_have_no_wildcards),
        cmocka_unit_test(folding_is_ascii_only),
        cmocka_unit_test(variables_are_checked),
        cmocka_unit_test(the_most_variables_resolve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
