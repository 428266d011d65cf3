#include "unit.h"

#include "sign/sigv4.h"
#include "vault/support.h"

static const str date = STR_INIT("20261123"), region = STR_INIT("eu-west-1");
static const str sts = STR_INIT("sts");

static void expect_secret_shape(str secret)
{
    assert_int_equal(secret.len, 40);
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.ptr[i];
        assert_true(ascii_is_alnum(c) || c == '+' || c == '/');
    }
}

static void expect_key_of(const struct hmac_key *key, str secret)
{
    struct hmac_key want;

    assert_ok(sigv4_derive_key(secret, date, region, sts, &want));
    assert_memory_equal(key, &want, sizeof(want));
}

static void test_new_secrets_have_shape_and_differ(void **state)
{
    (void)state;
    str first = STR_NONE, second = STR_NONE;

    assert_ok(vault_new_secret(vault, &arena, &first));
    assert_ok(vault_new_secret(vault, &arena, &second));
    expect_secret_shape(first);
    expect_secret_shape(second);
    assert_false(str_eq(first, second));
}

static void test_signing_key_of_a_wrapped_secret(void **state)
{
    (void)state;
    str about = STR("123456789012/AKIAEXAMPLE"), secret = STR_NONE, wrapped = STR_NONE;
    struct hmac_key key;
    size_t at;

    assert_ok(vault_new_secret(vault, &arena, &secret));
    assert_ok(vault_wrap(vault, about, secret, &arena, &wrapped));
    assert_false(str_find(wrapped, str_slice(secret, 0, 6), &at));
    for (int i = 0; i < 3; i++) { /* derived, then twice out of the cache */
        memset(&key, 0, sizeof(key));
        assert_ok(vault_signing_key(vault, about, wrapped, date, region, sts, &key));
        expect_key_of(&key, secret);
    }
}

static void test_moved_or_changed_row_is_refused(void **state)
{
    (void)state;
    str about = STR("123456789012/AKIAEXAMPLE"), wrapped = STR_NONE;
    struct hmac_key key;
    char *bytes;

    assert_ok(vault_wrap(vault, about, STR("a secret"), &arena, &wrapped));
    bytes = (char *)(uintptr_t)wrapped.ptr;
    assert_ok(vault_signing_key(vault, about, wrapped, date, region, sts, &key)); /* now cached */
    assert_int_equal(
        vault_signing_key(vault, STR("123456789012/AKIAEXAMPLF"), wrapped, date, region, sts, &key),
        RC_CORRUPT);
    for (size_t i = 0; i < 8 * wrapped.len; i++) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        assert_int_equal(vault_signing_key(vault, about, wrapped, date, region, sts, &key),
                         RC_CORRUPT);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
    }
    for (size_t len = 0; len < wrapped.len; len++) {
        assert_int_equal(
            vault_signing_key(vault, about, str_slice(wrapped, 0, len), date, region, sts, &key),
            RC_CORRUPT);
    }
}

static void test_cached_keys_depend_on_the_whole_scope(void **state)
{
    (void)state;
    static const struct {
        const char *name, *date, *region, *service;
    } cases[] = {
        { "as cached", "20261123", "eu-west-1", "sts" },
        { "next day", "20261124", "eu-west-1", "sts" },
        { "another region", "20261123", "eu-west-2", "sts" },
        { "another service", "20261123", "eu-west-1", "iam" },
        { "a letter moved over the border", "20261123", "eu-west-", "1sts" },
        { "and the other way", "2026112", "3eu-west-1", "sts" },
    };
    str about = STR("123456789012/AKIAEXAMPLE"), wrapped = STR_NONE, secret = STR("a secret");

    assert_ok(vault_wrap(vault, about, secret, &arena, &wrapped));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            str day = str_cstr(cases[i].date), where = str_cstr(cases[i].region);
            str service = str_cstr(cases[i].service);
            struct hmac_key key, want;

            assert_ok(sigv4_derive_key(secret, day, where, service, &want));
            assert_ok(vault_signing_key(vault, about, wrapped, day, where, service, &key));
            if (memcmp(&key, &want, sizeof(key)) != 0) {
                fail_msg("%s", cases[i].name);
            }
        }
    }
}

static str new_token(str key_id)
{
    str token = STR_NONE;

    assert_ok(vault_seal(vault, VAULT_TOKEN, key_id,
                         STR("a session of some length, to have a "
                             "token of ordinary size"),
                         &arena, &token));
    return token;
}

static void test_session_secret_follows_from_the_token(void **state)
{
    (void)state;
    str id = STR("ASIAEXAMPLE"), token = new_token(id), secret = STR_NONE, again = STR_NONE;
    str other = STR_NONE;
    struct hmac_key key;

    assert_ok(vault_session_secret(vault, id, token, &arena, &secret));
    expect_secret_shape(secret);
    assert_ok(vault_session_secret(vault, id, token, &arena, &again));
    assert_true(str_eq(secret, again));
    for (int i = 0; i < 2; i++) {
        assert_ok(vault_session_signing_key(vault, id, token, date, region, sts, &key));
        expect_key_of(&key, secret);
    }
    assert_ok(vault_session_secret(vault, STR("ASIAEXAMPLF"), token, &arena, &other));
    assert_false(str_eq(secret, other));
    assert_ok(vault_session_secret(vault, id, new_token(id), &arena, &other));
    assert_false(str_eq(secret, other));
}

static void test_changed_token_has_another_key(void **state)
{
    (void)state;
    str id = STR("ASIAEXAMPLE"), token = new_token(id);
    char *bytes = (char *)(uintptr_t)token.ptr;
    struct hmac_key key, changed;

    assert_ok(vault_session_signing_key(vault, id, token, date, region, sts, &key));
    for (size_t i = 0; i < 8 * token.len; i++) {
        enum rc rc;

        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        rc = vault_session_signing_key(vault, id, token, date, region, sts, &changed);
        assert_true(rc == RC_SYNTAX || rc == RC_DENIED ||
                    (rc == RC_OK && memcmp(&key, &changed, sizeof(key)) != 0));
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
    }
}

static void test_more_keys_than_the_cache_holds(void **state)
{
    (void)state;
    enum { MANY = 6000 };
    str wrapped[MANY];

    for (int i = 0; i < MANY; i++) {
        str about = arena_printf(&arena, "123456789012/AKIA%d", i);
        str secret = arena_printf(&arena, "secret %d", i);

        assert_ok(vault_wrap(vault, about, secret, &arena, &wrapped[i]));
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            str about = arena_printf(&arena, "123456789012/AKIA%d", i);
            struct hmac_key key;

            assert_ok(vault_signing_key(vault, about, wrapped[i], date, region, sts, &key));
            expect_key_of(&key, arena_printf(&arena, "secret %d", i));
        }
    }
}

static void test_caches_of_two_vaults_are_apart(void **state)
{
    (void)state;
    struct vault *other = NULL;
    str why = STR_NONE, about = STR("123456789012/AKIAEXAMPLE"), wrapped = STR_NONE;
    struct hmac_key key;

    assert_ok(vault_open(NULL, system_env(), &arena, &other, &why));
    assert_ok(vault_wrap(vault, about, STR("a secret"), &arena, &wrapped));
    assert_ok(vault_signing_key(vault, about, wrapped, date, region, sts, &key));
    assert_int_equal(vault_signing_key(other, about, wrapped, date, region, sts, &key), RC_CORRUPT);
    vault_close(other);
    assert_ok(vault_signing_key(vault, about, wrapped, date, region, sts, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_secrets_have_shape_and_differ),
        cmocka_unit_test(test_signing_key_of_a_wrapped_secret),
        cmocka_unit_test(test_moved_or_changed_row_is_refused),
        cmocka_unit_test(test_cached_keys_depend_on_the_whole_scope),
        cmocka_unit_test(test_session_secret_follows_from_the_token),
        cmocka_unit_test(test_changed_token_has_another_key),
        cmocka_unit_test(test_more_keys_than_the_cache_holds),
        cmocka_unit_test(test_caches_of_two_vaults_are_apart),
    };

    return cmocka_run_group_tests(tests, vault_set_up, vault_tear_down);
}
