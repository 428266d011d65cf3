#include "failing_alloc.h"
#include "unit.h"

#include "base/buf.h"

static void test_appends(void **state)
{
    buf b = buf_heap(4096);

    assert_str(buf_str(&b), "");
    BUF_LIT(&b, "a");
    buf_add(&b, STR_NONE);
    buf_add_char(&b, '\0');
    buf_add_u64(&b, UINT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, INT64_MIN);
    buf_add_i64(&b, 0);
    buf_add_i64(&b, -7);
    buf_printf(&b, "[%d %s]", 5, "x");
    assert_str(buf_str(&b), "a\0"
                            "18446744073709551615 -92233720368547758080-7[5 x]");
    buf_clear(&b);
    assert_str(buf_str(&b), "");
    buf_done(&b);
    buf_done(&b);
}

/* The ceiling is exact for every way to append, and what stood before stays as it was. */
static void test_max(void **state)
{
    for (size_t max = 0; max < 600; max += max < 8 ? 1 : 37) {
        buf b = buf_heap(max);
        for (size_t i = 0; i < max; i++) {
            buf_add_char(&b, 'x');
        }
        assert_ok(b.err);
        assert_int_equal(b.len, max);
        assert_true(b.cap <= max);
        buf_add(&b, STR(""));
        assert_ok(b.err);
        buf_add_char(&b, 'y');
        assert_int_equal(b.err, RC_LIMIT);
        assert_int_equal(b.len, max);
        buf_clear(&b);
        assert_ok(b.err);
        buf_done(&b);
    }
}

static void test_printf_fills_to_max(void **state)
{
    buf b = buf_heap(5);

    buf_printf(&b, "%s", "12345");
    assert_ok(b.err);
    assert_str(buf_str(&b), "12345");
    buf_printf(&b, "%s", "");
    assert_ok(b.err);
    buf_printf(&b, "%s", "6");
    assert_int_equal(b.err, RC_LIMIT);
    assert_str(buf_str(&b), "12345");
    buf_done(&b);
}

static void test_long_printf(void **state)
{
    buf b = buf_heap(10000);

    buf_printf(&b, "%0*d|%d", 3000, 7, 9);
    assert_ok(b.err);
    assert_int_equal(b.len, 3002);
    assert_str(str_skip(buf_str(&b), 2999), "7|9");
    buf_done(&b);
}

static void test_errors_stick(void **state)
{
    buf b = buf_heap(3);

    BUF_LIT(&b, "ab");
    BUF_LIT(&b, "cdef"); /* too long */
    BUF_LIT(&b, "c");    /* would fit, but must not: the text would have a hole */
    assert_int_equal(b.err, RC_LIMIT);
    assert_str(buf_str(&b), "ab");
    assert_null(buf_reserve(&b, 0));
    buf_done(&b);
}

static void test_huge_reserve(void **state)
{
    buf b = buf_heap(SIZE_MAX);

    BUF_LIT(&b, "ab");
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_int_equal(b.err, RC_LIMIT);
    buf_done(&b);
}

static void test_reserve_nothing(void **state)
{
    struct failing_alloc fa;

    failing_init(&fa);
    for (size_t max = 0; max < 2; max++) {
        buf b = { .max = max, .alloc = &fa.as_alloc };
        assert_non_null(buf_reserve(&b, 0));
        assert_ok(b.err);
        buf_done(&b);
        assert_int_equal(fa.live_blocks, 0);
    }
}

static void test_no_memory(void **state)
{
    struct failing_alloc fa;

    for (failing_init(&fa); failing_again(&fa);) {
        buf b = { .max = 100000, .alloc = &fa.as_alloc };
        for (size_t i = 0; i < 1000; i++) {
            buf_printf(&b, "%04d", (int)i);
        }
        assert_int_equal(b.err, fa.failed ? RC_NOMEM : RC_OK);
        assert_int_equal(b.len % 4, 0);
        for (size_t i = 0; i < b.len / 4; i++) { /* all that was accepted is there */
            uint64_t n = 0;
            assert_ok(str_to_u64(str_slice(buf_str(&b), 4 * i, 4), &n));
            assert_int_equal(n, i);
        }
        buf_done(&b);
    }
    assert_true(fa.fail_at > 3);
}

static void test_in_arena(void **state)
{
    struct arena arena;
    buf b;

    arena_init(&arena, &heap, 1024, 1 << 20);
    b = buf_arena(&arena, 10000);
    for (size_t i = 0; i < 10000; i++) {
        buf_add_char(&b, (char)('a' + i % 26));
    }
    assert_ok(b.err);
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(b.ptr[i], (char)('a' + i % 26));
    }
    buf_done(&b);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_printf_fills_to_max),
        cmocka_unit_test(test_long_printf),
        cmocka_unit_test(test_errors_stick),
        cmocka_unit_test(test_huge_reserve),
        cmocka_unit_test(test_reserve_nothing),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_in_arena),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
