#include "failing_alloc.h"
#include "unit.h"

#include "base/alloc.h"

static void test_new(void **state)
{
    struct failing_alloc fa;
    unsigned char *bytes;

    failing_init(&fa);
    bytes = alloc_new(&fa.as_alloc, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(bytes[i], 0);
    }
    assert_null(alloc_new(&fa.as_alloc, 0));
    alloc_free(&fa.as_alloc, bytes, 100);
    alloc_free(&fa.as_alloc, NULL, 100);
    assert_int_equal(fa.live_blocks, 0);
}

static void test_array_does_not_wrap(void **state)
{
    void *array = alloc_array(&heap, 10, 8);

    assert_non_null(array);
    alloc_free(&heap, array, 80);
    assert_null(alloc_array(&heap, SIZE_MAX / 4 + 2, 4));
    assert_null(alloc_array(&heap, 4, SIZE_MAX / 4 + 2));
    assert_null(alloc_array(&heap, 0, 8));
    assert_null(alloc_array(&heap, 8, 0));
}

static void test_no_memory(void **state)
{
    struct failing_alloc fa;

    for (failing_init(&fa); failing_again(&fa);) {
        int *number = ALLOC_NEW(&fa.as_alloc, int);
        assert_int_equal(number == NULL, fa.failed);
        if (number != NULL) {
            ALLOC_FREE(&fa.as_alloc, number);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_array_does_not_wrap),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
