#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "system/attempts.h"
#include "system/system.h"

static int64_t clock_ns;

static int64_t mono_ns(const struct env *env)
{
    (void)env;
    return clock_ns;
}

static enum rc some_bytes(const struct env *env, void *out, size_t len)
{
    (void)env;
    memset(out, 7, len);
    return RC_OK;
}

static const struct env env = { .now_ns = mono_ns, .mono_ns = mono_ns, .random = some_bytes };
static const str bob = STR_INIT("password/AIDABOB"), carol = STR_INIT("password/AIDACAROL");

static struct attempts *open_at(int64_t seconds)
{
    struct attempts *attempts = NULL;

    clock_ns = seconds * NS_PER_S;
    assert_ok(attempts_open(&env, &attempts));
    return attempts;
}

static void use_up(struct attempts *attempts, str whom)
{
    int64_t wait_s = -1;

    for (int i = 0; i < ATTEMPTS_AT_ONCE; i++) {
        assert_ok(attempts_take(attempts, whom, &wait_s));
    }
    assert_int_equal(wait_s, -1);
}

static void ten_then_one_every_five_minutes(void **state)
{
    struct attempts *attempts = open_at(1000);
    int64_t wait_s = 0;

    (void)state;
    use_up(attempts, bob);
    assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    assert_int_equal(wait_s, ATTEMPTS_REGAIN_S);
    clock_ns += ATTEMPTS_REGAIN_S * NS_PER_S - 1;
    assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    assert_int_equal(wait_s, 1);
    clock_ns += 1;
    assert_ok(attempts_take(attempts, bob, &wait_s));
    assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    attempts_close(attempts);
}

static void refusals_do_not_lengthen_the_wait(void **state)
{
    struct attempts *attempts = open_at(0);
    int64_t wait_s = 0;

    (void)state;
    use_up(attempts, bob);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    }
    assert_int_equal(wait_s, ATTEMPTS_REGAIN_S);
    attempts_close(attempts);
}

static void unused_ones_do_not_pile_up(void **state)
{
    struct attempts *attempts = open_at(1000);
    int64_t wait_s = 0;

    (void)state;
    use_up(attempts, bob);
    clock_ns += 365 * INT64_C(86400) * NS_PER_S;
    use_up(attempts, bob);
    assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    attempts_close(attempts);
}

static void right_guesses_cost_nothing(void **state)
{
    struct attempts *attempts = open_at(1000);
    int64_t wait_s = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_ok(attempts_take(attempts, bob, &wait_s));
        attempts_give_back(attempts, bob);
    }
    use_up(attempts, bob);
    assert_int_equal(attempts_take(attempts, bob, &wait_s), RC_LIMIT);
    use_up(attempts, carol);
    attempts_close(attempts);
}

static struct attempts *shared;
static atomic_int admitted;

static void *guess(void *arg)
{
    int64_t wait_s;

    (void)arg;
    for (int i = 0; i < 50; i++) {
        admitted += attempts_take(shared, bob, &wait_s) == RC_OK;
    }
    return NULL;
}

static void guesses_side_by_side_count_too(void **state)
{
    pthread_t threads[4];

    (void)state;
    shared = open_at(1000);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, guess, NULL), 0);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
    assert_int_equal(admitted, ATTEMPTS_AT_ONCE);
    attempts_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_then_one_every_five_minutes),
        cmocka_unit_test(refusals_do_not_lengthen_the_wait),
        cmocka_unit_test(unused_ones_do_not_pile_up),
        cmocka_unit_test(right_guesses_cost_nothing),
        cmocka_unit_test(guesses_side_by_side_count_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
