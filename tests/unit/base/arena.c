#include "failing_alloc.h"
#include "unit.h"

#include <stdalign.h>

#include "base/arena.h"

static void test_blocks_are_apart_aligned_and_zeroed(void **state)
{
    struct failing_alloc fa;
    struct arena arena;
    unsigned char *blocks[200];

    failing_init(&fa);
    arena_init(&arena, &fa.as_alloc, 256, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++) {
            assert_int_equal(blocks[i][k], 0);
        }
        memset(blocks[i], (int)i, i);
        assert_non_null(arena_bytes(&arena, i % 3)); /* puts the next one off the grid */
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        for (size_t k = 0; k < i; k++) {
            assert_int_equal(blocks[i][k], i);
        }
    }
    assert_int_equal(arena.used_bytes, fa.live_bytes);
    arena_done(&arena);
    arena_done(&arena);
    assert_int_equal(fa.live_blocks, 0);
    assert_int_equal(arena.used_bytes, 0);
}

static void test_max(void **state)
{
    struct arena arena;
    size_t got = 0;

    arena_init(&arena, &heap, 1000, 5000);
    assert_null(arena_alloc(&arena, 5000)); /* the chunk's own head counts too */
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    while (arena_bytes(&arena, 100) != NULL) {
        got += 100;
    }
    assert_true(got >= 3000 && got <= 5000);
    assert_true(arena.used_bytes <= 5000);
    arena_reset(&arena);
    assert_non_null(arena_bytes(&arena, 100)); /* usable again */
    arena_done(&arena);
}

static void test_reset_keeps_one_ordinary_chunk(void **state)
{
    struct failing_alloc fa;
    struct arena arena;
    long calls;

    failing_init(&fa);
    arena_init(&arena, &fa.as_alloc, 256, 1 << 20);
    arena_reset(&arena); /* nothing yet */
    for (int i = 0; i < 10; i++) {
        assert_non_null(arena_alloc(&arena, 200));
    }
    arena_reset(&arena);
    assert_int_equal(fa.live_blocks, 1);
    calls = fa.calls;
    for (int i = 0; i < 10; i++) {
        char *block = arena_alloc(&arena, 200);
        assert_non_null(block);
        assert_int_equal(block[199], 0); /* zeroed though used before */
        memset(block, 'x', 200);
        arena_reset(&arena);
    }
    assert_int_equal(fa.calls, calls);
    arena_done(&arena);

    arena_init(&arena, &fa.as_alloc, 256, 1 << 20);
    assert_non_null(arena_alloc(&arena, 5000)); /* the oldest chunk is a huge one */
    arena_reset(&arena);
    assert_int_equal(fa.live_blocks, 0);
    arena_done(&arena);
}

static void test_as_alloc(void **state)
{
    struct arena arena;
    const struct alloc *alloc;
    char *first, *grown, *other, *moved;

    arena_init(&arena, &heap, 1024, 1 << 16);
    alloc = &arena.as_alloc;
    first = alloc_new(alloc, 10);
    memcpy(first, "0123456789", 10);
    grown = alloc->resize(alloc, first, 10, 20);
    assert_ptr_equal(grown, first); /* the last block grows where it stands */
    other = alloc_new(alloc, 10);
    assert_true(other >= grown + 20);
    moved = alloc->resize(alloc, grown, 20, 40);
    assert_ptr_not_equal(moved, grown);
    assert_memory_equal(moved, "0123456789", 10);
    assert_ptr_equal(alloc->resize(alloc, moved, 40, 5), moved);
    moved = alloc->resize(alloc, moved, 5, 2000); /* past the chunk */
    assert_memory_equal(moved, "01234", 5);
    assert_null(alloc->resize(alloc, moved, 2000, 1 << 20));
    assert_memory_equal(moved, "01234", 5); /* still there */
    alloc_free(alloc, moved, 2000);
    arena_done(&arena);
}

static void test_text(void **state)
{
    struct arena arena;
    str copy;

    arena_init(&arena, &heap, 64, 1 << 16);
    copy = arena_str(&arena, STR("a\0b"));
    assert_str(copy, "a\0b");
    assert_int_equal(copy.ptr[3], '\0');
    assert_non_null(arena_str(&arena, STR("")).ptr);
    assert_null(arena_str(&arena, STR_NONE).ptr);
    copy = ARENA_JOIN(&arena, STR("arn:"), STR_NONE, STR("aws"), STR(""));
    assert_str(copy, "arn:aws");
    assert_int_equal(copy.ptr[copy.len], '\0');
    assert_null(ARENA_JOIN(&arena, STR("a"), str_from("b", SIZE_MAX - 1)).ptr);
    copy = arena_printf(&arena, "%s-%0*d", "x", 500, 7);
    assert_int_equal(copy.len, 502);
    assert_str(str_slice(copy, 0, 3), "x-0");
    assert_int_equal(copy.ptr[502], '\0');
    arena_done(&arena);
}

static void test_no_memory(void **state)
{
    struct failing_alloc fa;

    for (failing_init(&fa); failing_again(&fa);) {
        struct arena arena;
        bool all = true;
        arena_init(&arena, &fa.as_alloc, 64, 1 << 16);
        for (int i = 0; i < 10 && all; i++) {
            all = arena_alloc(&arena, 50) != NULL && arena_str(&arena, STR("text")).ptr != NULL &&
                  arena_printf(&arena, "%d", i).ptr != NULL &&
                  ARENA_JOIN(&arena, STR("a"), STR("b")).ptr != NULL;
        }
        assert_int_equal(all, !fa.failed);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_apart_aligned_and_zeroed),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_reset_keeps_one_ordinary_chunk),
        cmocka_unit_test(test_as_alloc),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
