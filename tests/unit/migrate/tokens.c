/* Names as rows of tokens: where they may be cut, and what varies in them. */
#include "migrate/tokens.h"

#include "unit.h"

static void what_varies(void **state UNUSED)
{
    static const struct {
        const char *token;
        bool varies;
    } cases[] = {
        { "2026", true },
        { "7", true },
        { "20260501T120000Z", true },
        { "20260501", true },
        { "9f86d081884c7d65", true },
        { "0acc59eff90a93f3e", true },
        { "AbCd12EfGh34IjKl56", true },
        { "01ARZ3NDEKTSV4RRFFQ69G5FAV", true },
        { "v1", false },
        { "app5", false },
        { "deadbeef", false }, /* a word of eight such letters */
        { "feedbacks", false },
        { "T", false },
        { "", false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (token_varies(str_cstr(cases[i].token)) != cases[i].varies) {
            fail_msg("\"%s\"", cases[i].token);
        }
    }
}

static void where_names_are_cut(void **state UNUSED)
{
    assert_int_equal(tokens_common(STR("orders-main"), STR("orders-mail")), strlen("orders-"));
    assert_int_equal(tokens_common(STR("orders"), STR("orders-main")), 0);
    assert_int_equal(tokens_common(STR("a/b-c"), STR("a/b-d")), strlen("a/b-"));
    assert_int_equal(tokens_common(STR(""), STR("x")), 0);
    assert_int_equal(tokens_before_last(STR("a/b-c")), strlen("a/b-"));
    assert_int_equal(tokens_before_last(STR("abc")), 0);
    assert_int_equal(tokens_before_last(STR("abc-")), strlen("abc-"));
    assert_int_equal(tokens_until_varying(STR("out/2026/03/x.json")), strlen("out/"));
    assert_int_equal(tokens_until_varying(STR("conf/app.json")), strlen("conf/app.json"));
    assert_int_equal(tokens_until_varying(STR("2026/x")), 0);
}

static void what_is_an_id(void **state UNUSED)
{
    assert_true(text_is_id(STR("1234abcd-12ab-34cd-56ef-1234567890ab")));
    assert_true(text_is_id(STR("i-0acc59eff90a93f3e")));
    assert_true(text_is_id(STR("vpce-svc-0acc59eff90a93f3e")));
    assert_false(text_is_id(STR("orders-main")));
    assert_false(text_is_id(STR("1234abcd-12ab-34cd-56ef-1234567890zz")));
    assert_false(text_is_id(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_varies),
        cmocka_unit_test(where_names_are_cut),
        cmocka_unit_test(what_is_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
