#include "unit.h"

#include "base/bytes.h"

static void test_wipe(void **state)
{
    char secret[] = "secret, secret";

    wipe(secret, 6);
    assert_memory_equal(secret, "\0\0\0\0\0\0, secret", sizeof(secret));
    wipe(NULL, 0);
    wipe(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++) {
        assert_int_equal(secret[i], 0);
    }
}

static void test_equal_ct(void **state)
{
    unsigned char a[64], b[64];

    for (size_t i = 0; i < sizeof(a); i++) {
        a[i] = b[i] = (unsigned char)(i * 37);
    }
    assert_true(equal_ct(NULL, NULL, 0));
    assert_true(equal_ct(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) { /* every bit of every byte counts */
        for (int bit = 0; bit < 8; bit++) {
            b[i] ^= (unsigned char)(1 << bit);
            assert_false(equal_ct(a, b, sizeof(a)));
            assert_true(equal_ct(a, b, i));
            b[i] = a[i];
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_equal_ct),
    };

    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
