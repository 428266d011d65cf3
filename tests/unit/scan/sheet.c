#include "unit.h"

#include <stdlib.h>

#include "scan/sheet.h"

static struct sheet opened(struct arena *arena, str text)
{
    struct sheet s;

    assert_ok(sheet_open(&s, text, arena));
    return s;
}

static void test_result_and_diff(void **state)
{
    struct arena arena;
    struct sheet s;
    buf diff;

    arena_init(&arena, &heap, 4096, 1 << 22);
    s = opened(&arena, STR("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n"));
    sheet_drop(&s, 0);
    sheet_replace(&s, 1, STR("two"));
    sheet_add_after(&s, 10, 2, "new %d", 1);
    assert_str(sheet_result(&s), "two\n3\n4\n5\n6\n7\n8\n9\n10\n11\n  new 1\n12\n");
    diff = buf_arena(&arena, 1 << 16);
    sheet_diff(&s, STR("d/f"), NULL, NULL, &diff);
    assert_str(buf_str(&diff), "--- a/d/f\n+++ b/d/f\n@@ -1,5 +1,4 @@\n-1\n-2\n+two\n 3\n 4\n 5\n"
                               "@@ -8,5 +7,6 @@\n 8\n 9\n 10\n 11\n+  new 1\n 12\n");
    arena_done(&arena);
}

static void test_no_newline_at_the_end(void **state)
{
    struct arena arena;
    struct sheet s;
    buf diff;

    arena_init(&arena, &heap, 4096, 1 << 22);
    s = opened(&arena, STR("a\nb"));
    sheet_add_after(&s, 1, 0, "c");
    assert_str(sheet_result(&s), "a\nb\nc\n");
    diff = buf_arena(&arena, 1 << 16);
    sheet_diff(&s, STR("f"), NULL, NULL, &diff);
    assert_str(buf_str(&diff),
               "--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n");
    s = opened(&arena, STR("a\nb"));
    sheet_drop(&s, 0);
    assert_str(sheet_result(&s), "b");
    arena_done(&arena);
}

static void test_carriage_returns_stay(void **state)
{
    struct arena arena;
    struct sheet s;

    arena_init(&arena, &heap, 4096, 1 << 22);
    s = opened(&arena, STR("a\r\nb\r\n"));
    sheet_replace(&s, 1, STR("c"));
    sheet_add_before(&s, 0, 0, "x");
    assert_str(sheet_result(&s), "x\r\na\r\nc\r\n");
    arena_done(&arena);
}

static void test_one_past_the_limits(void **state)
{
    struct arena arena;
    struct sheet s;
    char *lines = malloc(SHEET_LINES_MAX + 1);

    assert_non_null(lines);
    memset(lines, '\n', SHEET_LINES_MAX + 1);
    arena_init(&arena, &heap, 4096, 1 << 26);
    assert_ok(sheet_open(&s, str_from(lines, SHEET_LINES_MAX), &arena));
    assert_int_equal(sheet_open(&s, str_from(lines, SHEET_LINES_MAX + 1), &arena), RC_LIMIT);
    arena_done(&arena);
    free(lines);
}

/* A minified file is one line as long as the file may be. */
static void test_the_longest_line(void **state)
{
    struct arena arena;
    struct sheet s;
    char *line = malloc(SHEET_BYTES_MAX);

    assert_non_null(line);
    memset(line, 'x', SHEET_BYTES_MAX);
    arena_init(&arena, &heap, 4096, 1 << 26);
    s = opened(&arena, str_from(line, SHEET_BYTES_MAX));
    sheet_replace(&s, 0, str_from(line, SHEET_BYTES_MAX - 1));
    assert_ok(s.rc);
    assert_int_equal(sheet_result(&s).len, SHEET_BYTES_MAX - 1);
    arena_done(&arena);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_and_diff),       cmocka_unit_test(test_no_newline_at_the_end),
        cmocka_unit_test(test_carriage_returns_stay), cmocka_unit_test(test_one_past_the_limits),
        cmocka_unit_test(test_the_longest_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
