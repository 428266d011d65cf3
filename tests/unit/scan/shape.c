#include "unit.h"

#include "scan/shape.h"

static const struct {
    const char *name;
    str text;
    bool id, dummy;
} ids[] = {
    { "a user's", STR_INIT("AKIA5RLBQT5PZKOIFORG"), true, false },
    { "a session's", STR_INIT("ASIA5RLBQT5PZKOIFORG"), true, false },
    { "a role is no key", STR_INIT("AROA5RLBQT5PZKOIFORG"), false, false },
    { "a user is no key", STR_INIT("AIDA5RLBQT5PZKOIFORG"), false, false },
    { "19 characters", STR_INIT("AKIA5RLBQT5PZKOIFOR"), false, false },
    { "21 characters", STR_INIT("AKIA5RLBQT5PZKOIFORGA"), false, false },
    { "a digit of base32's only", STR_INIT("AKIA5RLBQT5PZKOIFOR1"), false, false },
    { "lower case", STR_INIT("AKIA5RLBQT5PZKOIFORg"), false, false },
    { "documentation's", STR_INIT("AKIAIOSFODNN7EXAMPLE"), true, true },
    { "all one letter", STR_INIT("AKIAXXXXXXXXXXXXXXXX"), true, true },
    { "an alphabet", STR_INIT("AKIAABCDEFGHIJKLMNOP"), true, true },
};

static void test_ids(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        if (shape_is_key_id(ids[i].text) != ids[i].id ||
            (ids[i].id && shape_is_dummy_id(ids[i].text) != ids[i].dummy)) {
            fail_msg("%s", ids[i].name);
        }
    }
}

static void test_account_of_an_id(void **state)
{
    char account[ACCOUNT_CHARS + 1];

    assert_true(shape_account(STR("ASIAY34FZKBOKMUTVV7A"), account));
    assert_string_equal(account, "609629065308");
    assert_true(shape_account(STR("AKIA5RLBQT5PZKOIFORG"), account));
    assert_string_equal(account, "930601803615");
    assert_false(
        shape_account(STR("AKIAIOSFODNN7ABCDE2A"), account)); /* older than accounts in ids */
    assert_false(shape_account(STR("AKIA"), account));
}

static const struct {
    const char *name;
    str text;
    bool named, strict;
} secrets[] = {
    { "random", STR_INIT("q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZab"), true, true },
    { "39", STR_INIT("q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZa"), false, false },
    { "41", STR_INIT("q9X2+abcdEFghIJ12klmn/OPqr56stUVwx78YZabc"), false, false },
    { "a SHA-1", STR_INIT("2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"), false, false },
    { "documentation's", STR_INIT("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), false, false },
    { "a path", STR_INIT("com/amazonaws/services/s3/AmazonS3Client"), true, false },
    { "words", STR_INIT("AbstractSingletonProxyFactoryBeanManager"), true, false },
    { "one letter", STR_INIT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), false, false },
    { "a sign of another alphabet", STR_INIT("q9X2-abcdEFghIJ12klmn/OPqr56stUVwx78YZab"), false,
      false },
};

static void test_secrets(void **state)
{
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        if ((shape_is_secret(secrets[i].text, true)) != secrets[i].strict) {
            fail_msg("%s, strictly", secrets[i].name);
        }
        if (!secrets[i].named && shape_is_secret(secrets[i].text, false)) {
            fail_msg("%s", secrets[i].name);
        }
    }
    assert_true(shape_is_secret(secrets[0].text, false));
}

static void test_names(void **state)
{
    assert_int_equal(shape_name_role(STR("AWS_ACCESS_KEY_ID")), NAME_ID);
    assert_int_equal(shape_name_role(STR("awsSecretAccessKey")), NAME_SECRET);
    assert_int_equal(shape_name_role(STR("accessKeySecret")), NAME_SECRET);
    assert_int_equal(shape_name_role(STR("aws.session-token")), NAME_TOKEN);
    assert_int_equal(shape_name_role(STR("integrity")), NAME_HASH);
    assert_int_equal(shape_name_role(STR("value")), NAME_OTHER);
    assert_int_equal(shape_name_role(STR("--")), NAME_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_account_of_an_id),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
