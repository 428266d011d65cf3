#include "unit.h"

#include "codec/base64.h"
#include "vault/support.h"
#include "vault/totp.h"

static const str about = STR_INIT("mfa/arn:aws:iam::123456789012:mfa/phone");

/* RFC 6238, appendix B, for SHA-1; its eight digits end in our six. RFC 4226, appendix D, has the
 * first ten counters of the same seed. */
static void the_vectors_of_the_rfcs(void **state)
{
    static const struct {
        int64_t unix_s;
        uint32_t code;
    } times[] = { { 59, 94287082 },         { 1111111109, 7081804 },  { 1111111111, 14050471 },
                  { 1234567890, 89005924 }, { 2000000000, 69279037 }, { 20000000000, 65353130 } };
    static const uint32_t counters[] = { 755224, 287082, 359152, 969429, 338314,
                                         254676, 287922, 162583, 399871, 520489 };
    str wrapped = STR_NONE;
    uint32_t codes[COUNT_OF(counters)];

    (void)state;
    assert_ok(vault_wrap(vault, about, STR("12345678901234567890"), &arena, &wrapped));
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_ok(totp_codes(vault, about, wrapped, times[i].unix_s / TOTP_STEP_S, 1, codes));
        assert_int_equal(codes[0], times[i].code % 1000000);
    }
    assert_ok(totp_codes(vault, about, wrapped, 0, COUNT_OF(counters), codes));
    assert_memory_equal(codes, counters, sizeof(counters));
}

static void a_fresh_seed_gives_the_codes_of_its_text(void **state)
{
    str wrapped = STR_NONE, text = STR_NONE, again = STR_NONE, other = STR_NONE, ours = STR_NONE;
    buf seed = buf_arena(&arena, 64);
    uint32_t codes[3], same[3];

    (void)state;
    assert_ok(totp_new_seed(vault, about, &arena, &wrapped, &text));
    assert_int_equal(text.len, 64);
    assert_ok(base32_decode(text, &seed));
    assert_int_equal(seed.len, TOTP_SEED_BYTES);
    assert_ok(vault_wrap(vault, about, buf_str(&seed), &arena, &ours));
    assert_ok(totp_codes(vault, about, wrapped, 60000000, 3, codes));
    assert_ok(totp_codes(vault, about, ours, 60000000, 3, same));
    assert_memory_equal(codes, same, sizeof(codes));
    assert_ok(totp_new_seed(vault, about, &arena, &other, &again));
    assert_false(str_eq(text, again));
}

static void a_seed_belongs_to_its_device(void **state)
{
    str wrapped = STR_NONE, text = STR_NONE;
    uint32_t code;

    (void)state;
    assert_ok(totp_new_seed(vault, about, &arena, &wrapped, &text));
    assert_int_equal(totp_codes(vault, STR("mfa/another"), wrapped, 1, 1, &code), RC_CORRUPT);
    for (size_t len = 0; len < wrapped.len; len++) {
        assert_int_equal(totp_codes(vault, about, str_slice(wrapped, 0, len), 1, 1, &code),
                         RC_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfcs),
        cmocka_unit_test(a_fresh_seed_gives_the_codes_of_its_text),
        cmocka_unit_test(a_seed_belongs_to_its_device),
    };

    return cmocka_run_group_tests(tests, vault_set_up, vault_tear_down);
}
