#include "unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "system/system.h"

static char folder[] = "/tmp/mantle-dir-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static void make(unsigned count)
{
    char path[128];

    for (unsigned i = count; i > 0; i--) {
        (void)snprintf(path, sizeof(path), "%s/%s%03u", folder, i % 2 == 0 ? "f" : ".", i);
        assert_ok(file_replace(path, STR(""), 0600));
    }
}

static int clear(void **state)
{
    char path[128];

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s%03u", folder, i % 2 == 0 ? "f" : ".", i);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static void test_names_are_sorted_and_hidden_ones_left_out(void **state)
{
    struct arena arena;
    size_t count = 7;
    str *names;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_ok(dir_list(folder, 10, &arena, &names, &count));
    assert_int_equal(count, 0);
    make(100);
    assert_ok(dir_list(folder, 50, &arena, &names, &count));
    assert_int_equal(count, 50);
    for (size_t i = 0; i < count; i++) {
        char want[8];
        (void)snprintf(want, sizeof(want), "f%03zu", 2 * (i + 1));
        assert_true(str_eq(names[i], str_cstr(want)));
    }
    arena_done(&arena);
}

static void test_limits(void **state)
{
    struct arena arena, tight;
    size_t count;
    str *names;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_int_equal(dir_list(folder, 49, &arena, &names, &count),
                     RC_LIMIT); /* nothing is dropped */
    assert_int_equal(count, 0);
    assert_int_equal(dir_list("/tmp/mantle-no-such-folder", 49, &arena, &names, &count), RC_NOENT);
    arena_init(&tight, &heap, 64, 256);
    assert_int_equal(dir_list(folder, 50, &tight, &names, &count), RC_NOMEM);
    arena_done(&tight);
    arena_done(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_sorted_and_hidden_ones_left_out),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, setup, clear);
}
