#include "unit.h"

#include "base/rc.h"

static void test_names_differ(void **state)
{
    for (int a = RC_OK; a >= RC_API; a--) {
        assert_string_not_equal(rc_name((enum rc)a), "unknown error");
        for (int b = RC_OK; b > a; b--) {
            assert_string_not_equal(rc_name((enum rc)a), rc_name((enum rc)b));
        }
    }
}

static void test_unknown(void **state)
{
    assert_string_equal(rc_name((enum rc)1), "unknown error");
    assert_string_equal(rc_name((enum rc)(RC_API - 1)), "unknown error");
    assert_string_equal(rc_name((enum rc)INT32_MIN), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_differ),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests_name("rc", tests, NULL, NULL);
}
