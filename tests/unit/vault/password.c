#include "unit.h"

#include "vault/password.h"
#include "vault/support.h"

static const str about = STR_INIT("password/123456789012/AIDABOB");

static void only_the_password_itself_is_accepted(void **state)
{
    str wrapped = STR_NONE, again = STR_NONE;

    (void)state;
    assert_ok(password_hash(vault, about, STR("Correct-Horse-1"), &arena, &wrapped));
    assert_ok(password_verify(vault, about, wrapped, STR("Correct-Horse-1")));
    assert_int_equal(password_verify(vault, about, wrapped, STR("Correct-Horse-2")), RC_DENIED);
    assert_int_equal(password_verify(vault, about, wrapped, STR("Correct-Horse-1 ")), RC_DENIED);
    assert_int_equal(password_verify(vault, about, wrapped, STR("")), RC_DENIED);
    assert_ok(password_hash(vault, about, STR("Correct-Horse-1"), &arena, &again));
    assert_false(str_eq(wrapped, again)); /* salted */
}

static void a_zero_byte_ends_no_password(void **state)
{
    str wrapped = STR_NONE;

    (void)state;
    assert_ok(password_hash(vault, about, STR("abc\0def"), &arena, &wrapped));
    assert_ok(password_verify(vault, about, wrapped, STR("abc\0def")));
    assert_int_equal(password_verify(vault, about, wrapped, STR("abc")), RC_DENIED);
    assert_int_equal(password_verify(vault, about, wrapped, STR("abc\0xyz")), RC_DENIED);
}

static void a_hash_belongs_to_its_owner(void **state)
{
    str wrapped = STR_NONE, other = STR("password/123456789012/AIDACAROL");

    (void)state;
    assert_ok(password_hash(vault, about, STR("Correct-Horse-1"), &arena, &wrapped));
    assert_int_equal(password_verify(vault, other, wrapped, STR("Correct-Horse-1")), RC_CORRUPT);
    assert_int_equal(password_verify(vault, about, str_skip(wrapped, 1), STR("Correct-Horse-1")),
                     RC_CORRUPT);
    assert_int_equal(password_verify(vault, about, STR(""), STR("Correct-Horse-1")), RC_CORRUPT);
}

static void nobody_has_no_password(void **state)
{
    (void)state;
    assert_int_equal(password_verify(vault, about, STR_NONE, STR("Correct-Horse-1")), RC_DENIED);
    assert_int_equal(password_verify(vault, about, STR_NONE, STR("")), RC_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_password_itself_is_accepted),
        cmocka_unit_test(a_zero_byte_ends_no_password),
        cmocka_unit_test(a_hash_belongs_to_its_owner),
        cmocka_unit_test(nobody_has_no_password),
    };

    return cmocka_run_group_tests(tests, vault_set_up, vault_tear_down);
}
