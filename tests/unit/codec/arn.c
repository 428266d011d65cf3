#include "unit.h"

#include "codec/arn.h"

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        str text;
        enum rc want;
    } cases[] = {
        { "iam role has empty region", STR_INIT("arn:aws:iam::123456789012:role/app"), RC_OK },
        { "resource may hold colons", STR_INIT("arn:aws:logs:eu-west-1:1:log-group:a:*"), RC_OK },
        { "patterns parse", STR_INIT("arn:*:s?::*:*"), RC_OK },
        { "a NUL is an ordinary byte", STR_INIT("arn:aws:\0::1:r"), RC_OK },
        { "all but the resource may be empty", STR_INIT("arn:::::x"), RC_OK },
        { "resource is required", STR_INIT("arn:aws:iam::123456789012:"), RC_SYNTAX },
        { "five segments", STR_INIT("arn:aws:iam::123456789012"), RC_SYNTAX },
        { "scheme is lower case", STR_INIT("ARN:aws:iam::1:r"), RC_SYNTAX },
        { "scheme is required", STR_INIT(":aws:iam::1:r"), RC_SYNTAX },
        { "no space in front", STR_INIT(" arn:aws:iam::1:r"), RC_SYNTAX },
        { "star is no ARN", STR_INIT("*"), RC_SYNTAX },
        { "empty", STR_INIT(""), RC_SYNTAX },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arn arn = { .service = STR("untouched") };
        enum rc rc = arn_parse(cases[i].text, &arn);
        if (rc != cases[i].want) {
            fail_msg("%s: %s", cases[i].name, rc_name(rc));
        }
        if (rc != RC_OK) {
            assert_str(arn.service, "untouched");
        } else {
            buf out = buf_heap(1000);
            arn_print(&arn, &out);
            assert_true(str_eq(buf_str(&out), cases[i].text));
            buf_done(&out);
        }
    }
}

static void test_segments(void **state)
{
    struct arn arn;

    assert_ok(arn_parse(STR("arn:aws:sts:eu-west-1:123456789012:assumed-role/R/s:x"), &arn));
    assert_str(arn.partition, "aws");
    assert_str(arn.service, "sts");
    assert_str(arn.region, "eu-west-1");
    assert_str(arn.account, "123456789012");
    assert_str(arn.resource, "assumed-role/R/s:x");
}

static void test_account_id(void **state)
{
    static const struct {
        str text;
        bool valid;
        int64_t number;
    } cases[] = {
        { STR_INIT("123456789012"), true, INT64_C(123456789012) },
        { STR_INIT("000000000000"), true, 0 },
        { STR_INIT("000000000042"), true, 42 },
        { STR_INIT("999999999999"), true, INT64_C(999999999999) },
        { STR_INIT("12345678901"), false, 0 },
        { STR_INIT("1234567890123"), false, 0 },
        { STR_INIT("12345678901a"), false, 0 },
        { STR_INIT("-12345678901"), false, 0 },
        { STR_INIT(" 12345678901"), false, 0 },
        { STR_INIT("12345678901\0"), false, 0 },
        { STR_INIT(""), false, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t number = -5;
        char back[12];
        assert_int_equal(account_id_is_valid(cases[i].text), cases[i].valid);
        assert_int_equal(account_id_parse(cases[i].text, &number),
                         cases[i].valid ? RC_OK : RC_SYNTAX);
        assert_int_equal(number, cases[i].valid ? cases[i].number : -5);
        if (cases[i].valid) {
            account_id_print(number, back);
            assert_true(str_eq(str_from(back, 12), cases[i].text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_account_id),
    };

    return cmocka_run_group_tests_name("arn", tests, NULL, NULL);
}
