#include "unit.h"

#include <ctype.h>

#include "codec/base64.h"
#include "vault/support.h"

static const str about = STR_INIT("123456789012/ASIAQEXAMPLE");

static str seal(enum vault_set set, str subject, str plain)
{
    str text = STR_NONE;

    assert_ok(vault_seal(vault, set, subject, plain, &arena, &text));
    return text;
}

static enum rc open_as(enum vault_set set, str subject, str text)
{
    str plain = STR_NONE;
    enum rc rc = vault_open_sealed(vault, set, subject, text, &arena, &plain);

    if (rc != RC_OK) {
        assert_null(plain.ptr); /* nothing on failure */
    }
    return rc;
}

static void test_opens_what_it_sealed(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 400, 4096, 65536 };

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        str plain = { arena_bytes(&arena, sizes[i]), sizes[i] }, back = STR_NONE, text;

        memset((char *)(uintptr_t)plain.ptr, 'p', plain.len);
        text = seal(VAULT_TOKEN, about, plain);
        assert_ok(vault_open_sealed(vault, VAULT_TOKEN, about, text, &arena, &back));
        assert_true(str_eq(plain, back));
    }
}

static void test_every_changed_bit_is_refused(void **state)
{
    (void)state;
    str text = seal(VAULT_TOKEN, about, STR("what a session token says"));
    char *bytes = (char *)(uintptr_t)text.ptr;

    for (size_t i = 0; i < 8 * text.len; i++) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
        assert_int_not_equal(open_as(VAULT_TOKEN, about, text), RC_OK);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
    }
    assert_ok(open_as(VAULT_TOKEN, about, text));
}

static void test_every_changed_bit_of_the_capsule_is_refused(void **state)
{
    (void)state;
    str text = seal(VAULT_TOKEN, about, STR("what a session token says"));
    buf raw = buf_arena(&arena, 4096);

    assert_ok(base64_decode(BASE64_STANDARD, text, &raw));
    for (size_t i = 0; i < 8 * raw.len; i++) {
        buf again = buf_arena(&arena, 4096);

        raw.ptr[i / 8] = (char)(raw.ptr[i / 8] ^ (1 << i % 8));
        base64_encode(BASE64_STANDARD, raw.ptr, raw.len, &again);
        assert_int_not_equal(open_as(VAULT_TOKEN, about, buf_str(&again)), RC_OK);
        raw.ptr[i / 8] = (char)(raw.ptr[i / 8] ^ (1 << i % 8));
    }
}

static void test_every_shorter_token_is_refused(void **state)
{
    (void)state;
    str text = seal(VAULT_TOKEN, about, STR("what a session token says"));

    for (size_t len = 0; len < text.len; len++) {
        assert_int_not_equal(open_as(VAULT_TOKEN, about, str_slice(text, 0, len)), RC_OK);
    }
}

static void test_bound_to_subject_and_kind(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum vault_set set;
        const char *subject;
        enum rc want;
    } cases[] = {
        { "as it was sealed", VAULT_TOKEN, "123456789012/ASIAQEXAMPLE", RC_OK },
        { "another access key id", VAULT_TOKEN, "123456789012/ASIAQEXAMPLF", RC_DENIED },
        { "another account", VAULT_TOKEN, "123456789013/ASIAQEXAMPLE", RC_DENIED },
        { "a prefix of the subject", VAULT_TOKEN, "123456789012/ASIAQEXAMPL", RC_DENIED },
        { "no subject", VAULT_TOKEN, "", RC_DENIED },
        { "a token is no message", VAULT_MESSAGE, "123456789012/ASIAQEXAMPLE", RC_DENIED },
        { "a token is no wrapped secret", VAULT_MASTER, "123456789012/ASIAQEXAMPLE", RC_DENIED },
    };
    str text = seal(VAULT_TOKEN, about, STR("plain"));

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (open_as(cases[i].set, str_cstr(cases[i].subject), text) != cases[i].want) {
            fail_msg("%s", cases[i].name);
        }
    }
}

static void test_what_never_was_ours(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        enum rc want;
    } cases[] = {
        { "empty", "", RC_SYNTAX },
        { "a client's dummy", "dummy-session-token//////////dummy", RC_SYNTAX },
        { "a JSON web token", "eyJhbGciOiJub25lIn0.e30.", RC_SYNTAX },
        { "another version", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_SYNTAX },
        { "an unknown key", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_DENIED },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (open_as(VAULT_TOKEN, about, str_cstr(cases[i].text)) != cases[i].want) {
            fail_msg("%s", cases[i].name);
        }
    }
}

static void test_reveals_nothing(void **state)
{
    (void)state;
    str plain = STR("arn:aws:iam::123456789012:role/very-secret-name");
    str first = seal(VAULT_TOKEN, about, plain), second = seal(VAULT_TOKEN, about, plain);
    buf raw = buf_arena(&arena, 4096);
    size_t at;

    assert_false(str_eq(first, second)); /* same text twice shows no pattern */
    assert_ok(base64_decode(BASE64_STANDARD, first, &raw));
    for (size_t i = 0; i + 4 <= plain.len; i++) {
        assert_false(str_find(buf_str(&raw), str_slice(plain, i, 4), &at));
    }
}

static void test_another_vault_cannot_open(void **state)
{
    (void)state;
    struct vault *other = NULL;
    str why = STR_NONE, text, plain = STR_NONE;

    assert_ok(vault_open(NULL, system_env(), &arena, &other, &why));
    assert_ok(vault_seal(other, VAULT_TOKEN, about, STR("plain"), &arena, &text));
    assert_int_equal(open_as(VAULT_TOKEN, about, text), RC_DENIED);
    assert_ok(vault_open_sealed(other, VAULT_TOKEN, about, text, &arena, &plain));
    vault_close(other);
}

static void test_too_large_is_refused(void **state)
{
    (void)state;
    str huge = { arena_bytes(&arena, 1024 * 1024 + 1), 1024 * 1024 + 1 }, text = STR_NONE;

    assert_non_null(huge.ptr);
    assert_int_equal(vault_seal(vault, VAULT_TOKEN, about, huge, &arena, &text), RC_LIMIT);
    huge.len--;
    assert_ok(vault_seal(vault, VAULT_TOKEN, about, huge, &arena, &text));
    assert_ok(open_as(VAULT_TOKEN, about, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_what_it_sealed),
        cmocka_unit_test(test_every_changed_bit_is_refused),
        cmocka_unit_test(test_every_changed_bit_of_the_capsule_is_refused),
        cmocka_unit_test(test_every_shorter_token_is_refused),
        cmocka_unit_test(test_bound_to_subject_and_kind),
        cmocka_unit_test(test_what_never_was_ours),
        cmocka_unit_test(test_reveals_nothing),
        cmocka_unit_test(test_another_vault_cannot_open),
        cmocka_unit_test(test_too_large_is_refused),
    };

    return cmocka_run_group_tests(tests, vault_set_up, vault_tear_down);
}
