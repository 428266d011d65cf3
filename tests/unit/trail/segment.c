#include "trail/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/system.h"
#include "trail/scratch.h"
#include "trail/trail.h"
#include "unit.h"

static bool syncs_fail;

int fdatasync(int fd)
{
    if (syncs_fail) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

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

static void expect_file(const char *dir, const char *want)
{
    char path[256], got[256];
    ssize_t len;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/0000000001.jsonl", dir);
    fd = open(path, O_RDONLY);
    len = read(fd, got, sizeof(got));
    (void)close(fd);
    assert_true(len >= 0);
    if (!str_eq(str_from(got, (size_t)len), str_cstr(want))) {
        fail_msg("the segment holds \"%.*s\", wanted \"%s\"", (int)len, got, want);
    }
}

/* What a kernel may do behind a failed sync: the page is called clean, and lost. */
static void lose(const struct segment_writer *w)
{
    static const char zeros[64];

    assert_in_range(w->bytes - w->synced, 1, sizeof(zeros));
    assert_true(pwrite(w->fd, zeros, w->bytes - w->synced, (off_t)w->synced) > 0);
}

static void what_a_failed_sync_lost_is_written_again(void **state UNUSED)
{
    struct segment_writer w;
    char dir[64];

    scratch_make(dir);
    assert_ok(segment_writer_open(&w, dir, 1 << 20));
    assert_ok(segment_append(&w, STR("one\n")));
    assert_ok(segment_sync(&w));
    assert_ok(segment_append(&w, STR("two\n")));
    syncs_fail = true;
    assert_int_equal(segment_sync(&w), RC_IO);
    lose(&w);
    assert_int_equal(segment_append(&w, STR("three\n")),
                     RC_IO); /* nothing behind what is in doubt */
    assert_int_equal(w.synced, 4);
    syncs_fail = false;
    assert_ok(segment_append(&w, STR("three\n")));
    assert_int_equal(w.synced, 8);
    assert_ok(segment_sync(&w));
    assert_int_equal(w.synced, 14);
    expect_file(dir, "one\ntwo\nthree\n");
    segment_writer_close(&w);
    scratch_remove(dir);
}

static void a_full_segment_in_doubt_is_not_left(void **state UNUSED)
{
    struct segment_writer w;
    char dir[64];

    scratch_make(dir);
    assert_ok(segment_writer_open(&w, dir, 4));
    assert_ok(segment_append(&w, STR("one\n")));
    syncs_fail = true;
    assert_int_equal(segment_append(&w, STR("two\n")), RC_IO);
    assert_int_equal(w.number, 1);
    lose(&w);
    syncs_fail = false;
    assert_ok(segment_append(&w, STR("two\n")));
    assert_int_equal(w.number, 2);
    expect_file(dir, "one\n");
    segment_writer_close(&w);
    scratch_remove(dir);
}

static void a_reader_passes_over_what_is_longer_than_a_record(void **state UNUSED)
{
    size_t size = SEGMENT_LINE_MAX + 100000;
    char *zeros = calloc(1, size), dir[64];
    struct segment_writer w;
    struct trail_reader *reader;
    struct arena arena;
    unsigned broken = 0;
    str why, line;

    assert_non_null(zeros);
    scratch_make(dir);
    arena_init(&arena, &heap, 4096, 1 << 16);
    assert_ok(segment_writer_open(&w, dir, 1 << 30));
    assert_ok(segment_append(&w, str_from(zeros, size)));
    assert_ok(segment_append(&w, STR("\nlast\n")));
    assert_ok(trail_reader_open(dir, &arena, &reader, &why));
    do {
        assert_ok(trail_reader_next(reader, &line));
    } while (!str_eq(line, STR("last")) && ++broken < 3);
    assert_int_equal(broken, 2);
    trail_reader_close(reader);
    segment_writer_close(&w);
    arena_done(&arena);
    scratch_remove(dir);
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_last_line_is_cut_off),
        cmocka_unit_test(a_full_segment_is_followed_by_the_next),
        cmocka_unit_test(names_that_are_not_segments_are_passed_over),
        cmocka_unit_test(a_reader_crosses_segments_and_follows),
        cmocka_unit_test(the_last_n_lines_may_span_segments),
        cmocka_unit_test(what_a_failed_sync_lost_is_written_again),
        cmocka_unit_test(a_full_segment_in_doubt_is_not_left),
        cmocka_unit_test(a_reader_passes_over_what_is_longer_than_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
