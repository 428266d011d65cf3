#include "remote/retry.h"

#include "unit.h"

static void codes_and_statuses(void **state UNUSED)
{
    static const struct {
        long status;
        str code;
        enum retry_why want;
    } cases[] = {
        { 200, STR_INIT(""), RETRY_NEVER },
        { 400, STR_INIT("Throttling"), RETRY_THROTTLED },
        { 409, STR_INIT("LimitExceeded"), RETRY_NEVER }, /* a quota, not a rate */
        { 409, STR_INIT("EntityTemporarilyUnmodifiable"), RETRY_NEVER },
        { 403, STR_INIT("AccessDenied"), RETRY_NEVER },
        { 429, STR_INIT("Unknown"), RETRY_THROTTLED },
        { 500, STR_INIT("ServiceFailure"), RETRY_TRANSIENT },
        { 501, STR_INIT("NotImplemented"), RETRY_NEVER },
        { 503, STR_INIT("NotXML"), RETRY_TRANSIENT },
        { 403, STR_INIT("RequestExpired"), RETRY_SKEW },
        { 403, STR_INIT("ExpiredToken"), RETRY_EXPIRED },
        { 0, STR_INIT("NoAnswer"), RETRY_TIMEOUT },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(retry_why(cases[i].status, cases[i].code), cases[i].want);
    }
}

static void the_quota_runs_out_and_comes_back(void **state UNUSED)
{
    struct retry retry = { .quota = RETRY_QUOTA };
    unsigned calls = 0;

    while (retry_again(&retry, RETRY_TRANSIENT, 1000000)) {
        calls++;
    }
    assert_int_equal(calls, RETRY_QUOTA / RETRY_COST);
    retry_good(&retry);
    assert_int_equal(retry.quota, RETRY_COST);
    retry_good(&retry);
    assert_int_equal(retry.quota, RETRY_COST + 1);
    assert_false(retry_again(&retry, RETRY_TIMEOUT, 9)); /* costs 10 */
    assert_true(retry_again(&retry, RETRY_THROTTLED, 9));
}

static void attempts_count_the_first(void **state UNUSED)
{
    struct retry retry = { .quota = RETRY_QUOTA };

    assert_true(retry_again(&retry, RETRY_THROTTLED, 3));
    assert_true(retry_again(&retry, RETRY_THROTTLED, 3));
    assert_false(retry_again(&retry, RETRY_THROTTLED, 3));
    assert_false(retry_again(&(struct retry){ .quota = RETRY_QUOTA }, RETRY_THROTTLED, 1));
}

static void waits_grow_with_full_jitter(void **state UNUSED)
{
    static const int64_t ceilings[] = { 1000, 2000, 4000, 8000, 16000, 20000, 20000 };

    for (unsigned n = 1; n <= COUNT_OF(ceilings); n++) {
        struct retry retry = { .n = n };
        assert_int_equal(retry_wait_ms(&retry, 0), 0);
        assert_int_equal(retry_wait_ms(&retry, UINT64_MAX), ceilings[n - 1] - 1);
        assert_int_equal(retry_wait_ms(&retry, UINT64_C(1) << 63), ceilings[n - 1] / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_and_statuses),
        cmocka_unit_test(the_quota_runs_out_and_comes_back),
        cmocka_unit_test(attempts_count_the_first),
        cmocka_unit_test(waits_grow_with_full_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
