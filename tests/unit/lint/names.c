/* Patterns and names: covering, meeting, distance. */
#include "lint/walk.h"
#include "unit.h"

static void covering(void **state UNUSED)
{
    static const struct {
        const char *outer, *inner;
        bool covers;
    } rows[] = {
        { "*", "s3:Get*", true },
        { "s3:Get*", "s3:GetObject", true },
        { "s3:get*", "s3:GetX*", true },
        { "s3:Get*", "s3:*Object", false },
        { "s3:?et", "s3:Get", true },
        { "s3:?et", "s3:?et", true },
        { "s3:?et", "s3:*et", false },
        { "a", "a", true },
        { "a", "?", false },
        { "", "", true },
        { "a*", "", false },
        { "*a*b", "xaxxb", true },
        { "*a*b", "xb", false },
        { "**", "*", true },
        { "a*c", "a*b*c", true },
        { "a?c*", "abc*d?", true },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (pattern_covers(str_cstr(rows[i].outer), str_cstr(rows[i].inner), true) !=
            rows[i].covers) {
            fail_msg("\"%s\" and \"%s\"", rows[i].outer, rows[i].inner);
        }
    }
    assert_false(pattern_covers(STR("s3:get"), STR("s3:Get"), false));
}

static void meeting(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        bool meet;
    } rows[] = {
        { "table/x", "table/${TableName}", true },
        { "tabel/x", "table/${TableName}", false },
        { "*", "table/${TableName}", true },
        { "t*", "table/${TableName}/index/${IndexName}", true },
        { "table/*/stream/*", "table/${TableName}/index/${IndexName}", true },
        { "${aws:username}", "user/${UserName}", true },
        { "user", "user/${UserName}", false },
        { "", "${X}", true },
        { "", "x", false },
        { "?", "x", true },
        { "??", "x", false },
        { "*x", "y*", true },
        { "ab", "a${X}b", true },
        { "*:*", "function:${Name}", true },
    };
    static char longer[600];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (patterns_meet(str_cstr(rows[i].a), str_cstr(rows[i].b)) != rows[i].meet ||
            patterns_meet(str_cstr(rows[i].b), str_cstr(rows[i].a)) != rows[i].meet) {
            fail_msg("\"%s\" and \"%s\"", rows[i].a, rows[i].b);
        }
    }
    memset(longer, 'x', sizeof(longer));
    assert_true(patterns_meet(str_from(longer, 513), STR("y"))); /* too long to tell */
    assert_false(patterns_meet(str_from(longer, 512), STR("y")));
}

static void distance(void **state UNUSED)
{
    assert_int_equal(edit_distance(STR("GetObject"), STR("GetObjekt"), 4), 1);
    assert_int_equal(edit_distance(STR("getobject"), STR("GetObject"), 4), 0);
    assert_int_equal(edit_distance(STR("GteObject"), STR("GetObject"), 4), 1);
    assert_int_equal(edit_distance(STR("Get"), STR("GetObject"), 4), 4);
    assert_int_equal(edit_distance(STR("abcdef"), STR("uvwxyz"), 3), 3);
    assert_int_equal(edit_distance(STR(""), STR("ab"), 4), 2);
}

static void principals_and_regions(void **state UNUSED)
{
    assert_true(is_service_principal(STR("ec2.amazonaws.com")));
    assert_true(is_service_principal(STR("s3.eu-west-1.amazonaws.com")));
    assert_false(is_service_principal(STR("EC2.amazonaws.com")));
    assert_false(is_service_principal(STR(".amazonaws.com")));
    assert_false(is_service_principal(STR("ec2")));
    assert_true(is_region(STR("eu-central-2")));
    assert_false(is_region(STR("eu-central-9")));
    assert_true(is_account(STR("111122223333")));
    assert_false(is_account(STR("11112222333")));
    assert_false(is_account(STR("11112222333x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covering),
        cmocka_unit_test(meeting),
        cmocka_unit_test(distance),
        cmocka_unit_test(principals_and_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
