/* What a crash may have left in the outbox and the segments, made by hand; then a start. */
#include "trail/recover.h"

#include "store/queries.h"
#include "store/store.h"
#include "system/system.h"
#include "trail/scratch.h"
#include "trail/trail.h"
#include "unit.h"

struct wreck {
    struct arena arena;
    char dir[64];
    const char *trail_dir;
    struct store *store;
    struct segment_writer segment;
};

static void wreck_make(struct wreck *w, uint64_t segment_bytes_max)
{
    struct store_config store = { .dir = w->dir, .env = system_env() };
    str why = STR("");

    arena_init(&w->arena, &heap, 4096, 1 << 20);
    scratch_make(w->dir);
    w->trail_dir = arena_printf(&w->arena, "%s/trail", w->dir).ptr;
    assert_ok(dir_make(w->trail_dir));
    assert_ok(store_open(&store, &w->arena, &w->store, &why));
    assert_ok(segment_writer_open(&w->segment, w->trail_dir, segment_bytes_max));
}

static void wreck_done(struct wreck *w)
{
    segment_writer_close(&w->segment);
    store_close(w->store);
    scratch_remove(w->dir);
    arena_done(&w->arena);
}

struct row {
    int64_t seq;
    str lines;
    struct segment_position synced;
};

static enum rc add_row(struct txn *txn, void *arg)
{
    const struct row *row = arg;

    return q_outbox_add(txn, row->seq, row->lines, (int64_t)row->synced.number,
                        (int64_t)row->synced.bytes);
}

static void leave_row(struct wreck *w, int64_t seq, str lines)
{
    struct row row = { seq, lines, { w->segment.number, w->segment.synced } };

    assert_ok(store_write(w->store, add_row, &row));
}

static void append(struct wreck *w, str lines)
{
    assert_ok(segment_append(&w->segment, lines));
}

/* As the next start does. */
static uint64_t start_again(struct wreck *w)
{
    uint64_t seq = 0, bytes_max = w->segment.bytes_max;

    segment_writer_close(&w->segment);
    assert_ok(segment_writer_open(&w->segment, w->trail_dir, bytes_max));
    assert_ok(trail_recover(&w->segment, w->store, &seq));
    return seq;
}

/* All lines, in order, with a space between. */
static void expect_lines(struct wreck *w, const char *want)
{
    buf got = buf_arena(&w->arena, 65536);
    struct trail_reader *reader;
    str why, line;

    assert_ok(trail_reader_open(w->trail_dir, &w->arena, &reader, &why));
    while (trail_reader_next(reader, &line) == RC_OK) {
        if (got.len > 0) {
            buf_add_char(&got, ' ');
        }
        buf_add(&got, line);
    }
    trail_reader_close(reader);
    if (!str_eq(buf_str(&got), str_cstr(want))) {
        fail_msg("the trail is \"%.*s\", not \"%s\"", FMT(buf_str(&got)), want);
    }
}

static void a_line_many_segments_back_is_recognised(void **state UNUSED)
{
    struct wreck w;

    wreck_make(&w, 8);
    append(&w, STR("r1\n"));
    leave_row(&w, 5, STR("c1\nc2\n"));
    append(&w, STR("c1\nc2\n"));
    append(&w, STR("r2-----\n"));
    append(&w, STR("r3-----\n"));
    append(&w, STR("r4-----\n"));
    append(&w, STR("r5-----\n"));
    assert_true(w.segment.number > 4);
    assert_int_equal(start_again(&w), 5);
    expect_lines(&w, "r1 c1 c2 r2----- r3----- r4----- r5-----");
    assert_int_equal(start_again(&w), 0);
    expect_lines(&w, "r1 c1 c2 r2----- r3----- r4----- r5-----");
    wreck_done(&w);
}

static void what_never_reached_a_segment_is_appended_once(void **state UNUSED)
{
    struct wreck w;

    wreck_make(&w, 1 << 20);
    leave_row(&w, 1, STR("c1\nc2\n"));
    append(&w, STR("c1\n")); /* a disk that kept half of it */
    leave_row(&w, 2, STR("c3\n"));
    append(&w, STR("r1\n"));
    assert_int_equal(start_again(&w), 2);
    expect_lines(&w, "c1 r1 c2 c3");
    /* Killed before its rows were deleted, and started again. */
    w.segment.synced = 0;
    leave_row(&w, 1, STR("c1\nc2\n"));
    leave_row(&w, 2, STR("c3\n"));
    assert_int_equal(start_again(&w), 2);
    expect_lines(&w, "c1 r1 c2 c3");
    wreck_done(&w);
}

static void a_row_without_a_position_is_sought_everywhere(void **state UNUSED)
{
    struct wreck w;

    wreck_make(&w, 4);
    append(&w, STR("c1\n"));
    append(&w, STR("r1--\n"));
    append(&w, STR("r2--\n"));
    struct row row = { 1, STR("c1\n"), { 0, 0 } };
    assert_ok(store_write(w.store, add_row, &row));
    (void)start_again(&w);
    expect_lines(&w, "c1 r1-- r2--");
    wreck_done(&w);
}

static void what_lies_before_the_position_is_not_read(void **state UNUSED)
{
    struct wreck w;

    wreck_make(&w, 1 << 20);
    append(&w, STR("same\n")); /* no record is twice the same; here to see where reading begins */
    assert_ok(segment_sync(&w.segment));
    leave_row(&w, 1, STR("same\n"));
    (void)start_again(&w);
    expect_lines(&w, "same same");
    wreck_done(&w);
}

static void archived_segments_are_passed_over(void **state UNUSED)
{
    char path[SEGMENT_PATH_MAX];
    struct wreck w;

    wreck_make(&w, 4);
    append(&w, STR("r1--\n"));
    leave_row(&w, 1, STR("c1--\n"));
    append(&w, STR("r2--\n"));
    append(&w, STR("c1--\n"));
    append(&w, STR("r3--\n"));
    assert_ok(segment_path(w.trail_dir, 1, path, sizeof(path)));
    assert_int_equal(unlink(path), 0);
    (void)start_again(&w);
    expect_lines(&w, "r2-- c1-- r3--");
    wreck_done(&w);
}

/* Far more than one portion; every third row is in the segments already. */
static void very_many_rows_are_taken_in_portions(void **state UNUSED)
{
    enum { ROWS = 48, LINES = 500 };
    static unsigned char seen[ROWS * LINES];
    buf lines = buf_heap(1 << 20);
    struct trail_reader *reader;
    struct wreck w;
    str why, line;

    wreck_make(&w, 1 << 20);
    for (int row = 0; row < ROWS; row++) {
        buf_clear(&lines);
        for (int i = 0; i < LINES; i++) {
            buf_printf(&lines, "%06d%0600d\n", row * LINES + i, 0);
        }
        assert_ok(lines.err);
        leave_row(&w, row + 1, buf_str(&lines));
        if (row % 3 == 0) {
            append(&w, buf_str(&lines));
        }
    }
    assert_int_equal(start_again(&w), ROWS);
    assert_ok(trail_reader_open(w.trail_dir, &w.arena, &reader, &why));
    while (trail_reader_next(reader, &line) == RC_OK) {
        uint64_t n = UINT64_MAX;
        assert_int_equal(line.len, 606);
        assert_ok(str_to_u64(str_slice(line, 0, 6), &n));
        seen[n]++;
    }
    trail_reader_close(reader);
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        assert_int_equal(seen[i], 1);
    }
    buf_done(&lines);
    wreck_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_many_segments_back_is_recognised),
        cmocka_unit_test(what_never_reached_a_segment_is_appended_once),
        cmocka_unit_test(a_row_without_a_position_is_sought_everywhere),
        cmocka_unit_test(what_lies_before_the_position_is_not_read),
        cmocka_unit_test(archived_segments_are_passed_over),
        cmocka_unit_test(very_many_rows_are_taken_in_portions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
