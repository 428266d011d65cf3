#include "trail/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include "system/system.h"
#include "trail/scratch.h"
#include "trail/trail.h"
#include "unit.h"

static void put_file(const char *dir, const char *name, str content)
{
    char path[256];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content.ptr, content.len), content.len);
    (void)close(fd);
}

static void a_torn_last_line_is_cut_off(void **state UNUSED)
{
    struct segment_writer w;
    char dir[64];

    scratch_make(dir);
    put_file(dir, "0000000001.jsonl", STR("{\"a\":1}\n{\"torn"));
    assert_ok(segment_writer_open(&w, dir, 1 << 20));
    assert_int_equal(w.bytes, 8);
    assert_ok(segment_append(&w, STR("{\"b\":2}\n")));
    segment_writer_close(&w);
    assert_ok(segment_writer_open(&w, dir, 1 << 20));
    assert_int_equal(w.bytes, 16);
    segment_writer_close(&w);
    scratch_remove(dir);
}

static void a_full_segment_is_followed_by_the_next(void **state UNUSED)
{
    struct segment_writer w;
    uint64_t first, last;
    char dir[64];

    scratch_make(dir);
    assert_ok(segment_writer_open(&w, dir, 16));
    for (int i = 0; i < 5; i++) {
        assert_ok(segment_append(&w, STR("12345678\n")));
    }
    assert_ok(segment_range(dir, &first, &last));
    assert_int_equal(first, 1);
    assert_int_equal(last, 3);
    segment_writer_close(&w);
    scratch_remove(dir);
}

static void names_that_are_not_segments_are_passed_over(void **state UNUSED)
{
    uint64_t first, last;
    char dir[64];

    scratch_make(dir);
    put_file(dir, "0000000007.jsonl", STR(""));
    put_file(dir, "notes.txt", STR("x"));
    put_file(dir, "00000000xx.jsonl", STR("x"));
    assert_ok(segment_range(dir, &first, &last));
    assert_int_equal(first, 7);
    assert_int_equal(last, 7);
    assert_int_equal(segment_range("/nonexistent/dir", &first, &last), RC_NOENT);
    scratch_remove(dir);
}

static void expect_line(struct trail_reader *reader, const char *want)
{
    str line;

    assert_ok(trail_reader_next(reader, &line));
    if (!str_eq(line, str_cstr(want))) {
        fail_msg("read \"%.*s\", wanted \"%s\"", FMT(line), want);
    }
}

static void a_reader_crosses_segments_and_follows(void **state UNUSED)
{
    struct segment_writer w;
    struct trail_reader *reader;
    struct arena arena;
    char dir[64];
    str why, line;

    scratch_make(dir);
    arena_init(&arena, &heap, 4096, 1 << 16);
    assert_ok(segment_writer_open(&w, dir, 8));
    assert_ok(segment_append(&w, STR("one\ntwo\n")));
    assert_ok(segment_append(&w, STR("three\n")));
    assert_ok(trail_reader_open(dir, &arena, &reader, &why));
    expect_line(reader, "one");
    expect_line(reader, "two");
    expect_line(reader, "three");
    assert_int_equal(trail_reader_next(reader, &line), RC_NOENT);
    assert_ok(segment_append(&w, STR("four\n")));
    assert_ok(segment_append(&w, STR("five\n")));
    expect_line(reader, "four");
    expect_line(reader, "five");
    assert_int_equal(trail_reader_next(reader, &line), RC_NOENT);
    trail_reader_close(reader);
    segment_writer_close(&w);
    arena_done(&arena);
    scratch_remove(dir);
}

static void the_last_n_lines_may_span_segments(void **state UNUSED)
{
    static const struct {
        uint64_t n;
        const char *first;
    } cases[] = { { 1, "five" }, { 2, "four" }, { 3, "three" },
                  { 4, "two" },  { 5, "one" },  { 9, "one" } };
    struct segment_writer w;
    struct arena arena;
    char dir[64];
    str why, line;

    scratch_make(dir);
    arena_init(&arena, &heap, 4096, 1 << 16);
    assert_ok(segment_writer_open(&w, dir, 6));
    assert_ok(segment_append(&w, STR("one\ntwo\n")));
    assert_ok(segment_append(&w, STR("three\n")));
    assert_ok(segment_append(&w, STR("four\nfive\n")));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct trail_reader *reader;
        assert_ok(trail_reader_open(dir, &arena, &reader, &why));
        assert_ok(trail_reader_last(reader, cases[i].n));
        expect_line(reader, cases[i].first);
        trail_reader_close(reader);
    }
    struct trail_reader *reader;
    assert_ok(trail_reader_open(dir, &arena, &reader, &why));
    assert_ok(trail_reader_last(reader, 0));
    assert_int_equal(trail_reader_next(reader, &line), RC_NOENT);
    trail_reader_close(reader);
    segment_writer_close(&w);
    arena_done(&arena);
    scratch_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_last_line_is_cut_off),
        cmocka_unit_test(a_full_segment_is_followed_by_the_next),
        cmocka_unit_test(names_that_are_not_segments_are_passed_over),
        cmocka_unit_test(a_reader_crosses_segments_and_follows),
        cmocka_unit_test(the_last_n_lines_may_span_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
