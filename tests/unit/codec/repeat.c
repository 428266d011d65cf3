#include "failing_alloc.h"
#include "unit.h"

#include "codec/repeat.h"

/* Against comparing each with each, over random lists full of near misses: same length, same
 * first and last eight bytes. */
static void test_equals_naive(void **state)
{
    enum { MAX = 80 };
    char bytes[MAX][24];
    str names[MAX];
    unsigned seed = 11;
    struct arena arena;
    int with_repeat = 0;

    arena_init(&arena, &heap, 4096, 1 << 20);
    for (int round = 0; round < 20000; round++) {
        size_t count = (size_t)rand_r(&seed) % MAX, got = 0, want = count;
        for (size_t i = 0; i < count; i++) {
            size_t len = (size_t)rand_r(&seed) % sizeof(bytes[i]);
            memset(bytes[i], 'a', sizeof(bytes[i]));
            if (len > 0) {
                bytes[i][len / 2] = (char)rand_r(&seed);
                bytes[i][len / 3] = (char)rand_r(&seed);
            }
            names[i] = str_from(bytes[i], len);
        }
        for (size_t i = 0; i < count && want == count; i++) {
            for (size_t k = 0; k < i; k++) {
                if (str_eq(names[k], names[i])) {
                    want = i;
                    break;
                }
            }
        }
        assert_ok(repeat_find(names, count, &arena, &got));
        assert_int_equal(got, want);
        with_repeat += want < count;
        arena_reset(&arena);
    }
    assert_true(with_repeat > 1000 && with_repeat < 19000);
    arena_done(&arena);
}

static void test_small_takes_no_memory(void **state)
{
    str names[REPEAT_SMALL + 1];
    struct failing_alloc fa;
    struct arena arena;
    size_t at = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        names[i] = str_from(&"abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"[i], 1);
    }
    failing_init(&fa);
    arena_init(&arena, &fa.as_alloc, 64, 4096);
    assert_ok(repeat_find(names, REPEAT_SMALL, &arena, &at));
    assert_int_equal(at, REPEAT_SMALL);
    assert_int_equal(fa.calls, 0);
    fa.fail_at = 1;
    assert_int_equal(repeat_find(names, REPEAT_SMALL + 1, &arena, &at), RC_NOMEM);
    assert_int_equal(at, REPEAT_SMALL);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_naive),
        cmocka_unit_test(test_small_takes_no_memory),
    };

    return cmocka_run_group_tests_name("repeat", tests, NULL, NULL);
}
