/* The trail over a real store: exactly once, whatever dies in between. */
#include "trail/trail.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/queries.h"
#include "store/store.h"
#include "system/system.h"
#include "trail/scratch.h"
#include "trail/segment.h"
#include "unit.h"

static atomic_bool syncs_fail; /* of segments; the database's go on */

int fdatasync(int fd)
{
    char link[64], path[256];
    ssize_t len;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path));
    if (atomic_load(&syncs_fail) && len > 6 && memcmp(path + len - 6, ".jsonl", 6) == 0) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

struct house {
    struct arena arena;
    struct trail *trail;
    struct store *store;
};

static void house_open(struct house *h, const char *dir)
{
    str trail_dir, why = STR("");

    arena_init(&h->arena, &heap, 4096, 1 << 20);
    trail_dir = arena_printf(&h->arena, "%s/trail", dir);
    struct trail_config trail = {
        .dir = trail_dir.ptr, .segment_bytes_max = 4096, .lanes = 2, .env = system_env()
    };
    assert_ok(trail_open(&trail, &h->arena, &h->trail, &why));
    struct store_config store = { .dir = dir,
                                  .cache_bytes = 1 << 20,
                                  .batch_max = 16,
                                  .queue_max = 256,
                                  .env = system_env(),
                                  .before_commit = trail_before_commit,
                                  .after_commit = trail_after_commit,
                                  .after_abort = trail_after_abort,
                                  .ctx = h->trail };
    if (store_open(&store, &h->arena, &h->store, &why) != RC_OK) {
        fail_msg("%.*s", FMT(why));
    }
    assert_ok(trail_start(h->trail, h->store));
}

static void house_close(struct house *h)
{
    trail_close(h->trail);
    store_close(h->store);
    arena_done(&h->arena);
}

struct change {
    struct trail *trail;
    const char *key;
    int number;
    enum rc result;
};

static enum rc one_change(struct txn *txn, void *arg)
{
    struct change *c = arg;
    char line[64];
    int len = snprintf(line, sizeof(line), "{\"key\":\"%s\",\"n\":%d}", c->key, c->number);

    TRY(q_meta_set(txn, str_cstr(c->key), str_from(line, (size_t)len)));
    if (c->result == RC_OK) {
        TRY(trail_change(c->trail, str_from(line, (size_t)len)));
    }
    return c->result;
}

static unsigned count_lines(const char *dir, const char *part)
{
    struct arena arena;
    struct trail_reader *reader;
    unsigned count = 0;
    str path, why, line;
    size_t at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    path = arena_printf(&arena, "%s/trail", dir);
    assert_ok(trail_reader_open(path.ptr, &arena, &reader, &why));
    while (trail_reader_next(reader, &line) == RC_OK) {
        count += str_find(line, str_cstr(part), &at) ? 1 : 0;
    }
    trail_reader_close(reader);
    arena_done(&arena);
    return count;
}

static void changes_reads_and_refused_changes(void **state UNUSED)
{
    struct house h;
    char dir[64];

    scratch_make(dir);
    house_open(&h, dir);
    struct change good = { h.trail, "good", 1, RC_OK }, bad = { h.trail, "bad", 1, RC_CONFLICT };
    assert_ok(store_write(h.store, one_change, &good));
    assert_int_equal(store_write(h.store, one_change, &bad), RC_CONFLICT);
    trail_note(h.trail, 0, STR("{\"read\":0}"));
    trail_note(h.trail, 1, STR("{\"read\":1}"));
    assert_true(trail_is_healthy(h.trail));
    house_close(&h);
    assert_int_equal(count_lines(dir, "good"), 1);
    assert_int_equal(count_lines(dir, "bad"), 0);
    assert_int_equal(count_lines(dir, "read"), 2);
    scratch_remove(dir);
}

/* A child writes and tells each acknowledged number through a pipe until it is killed. */
static void write_until_killed(const char *dir, int pipe_fd)
{
    struct house h;

    house_open(&h, dir);
    for (int n = 0; n < 1000000; n++) {
        struct change c = { h.trail, "kill", n, RC_OK };
        if (store_write(h.store, one_change, &c) != RC_OK ||
            write(pipe_fd, &n, sizeof(n)) != sizeof(n)) {
            _exit(1);
        }
    }
    _exit(0);
}

static void a_killed_process_loses_and_doubles_no_record(void **state UNUSED)
{
    for (unsigned round = 0; round < 8; round++) {
        struct house h;
        char dir[64], want[64];
        int fds[2], n, last = -1;
        pid_t child;

        scratch_make(dir);
        assert_int_equal(pipe(fds), 0);
        child = fork();
        if (child == 0) {
            (void)close(fds[0]);
            write_until_killed(dir, fds[1]);
        }
        (void)close(fds[1]);
        (void)usleep(30000 + round * 17000);
        (void)kill(child, SIGKILL);
        while (read(fds[0], &n, sizeof(n)) == sizeof(n)) {
            last = n;
        }
        (void)close(fds[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        house_open(&h, dir);
        house_close(&h);
        for (int i = 0; i <= last; i++) {
            (void)snprintf(want, sizeof(want), "\"n\":%d}", i);
            assert_int_equal(count_lines(dir, want), 1);
        }
        scratch_remove(dir);
    }
}

static enum rc count_outbox(struct txn *txn, void *arg)
{
    struct q_outbox_list_row *rows;
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 4096, 16 << 20);
    rc = q_outbox_list(txn, 0, 1000, &arena, &rows, arg);
    arena_done(&arena);
    return rc;
}

static size_t outbox_rows(struct house *h)
{
    size_t count = 0;

    assert_ok(store_write(h->store, count_outbox, &count));
    return count;
}

/* For what another thread does soon: half a minute, then it failed. */
#define WAIT_FOR(condition)                                                                        \
    for (int tries_ = 0; !(condition); tries_++) {                                                 \
        assert_in_range(tries_, 0, 3000);                                                          \
        (void)usleep(10000);                                                                       \
    }

static void the_outbox_empties_while_only_reads_follow(void **state UNUSED)
{
    struct house h;
    char dir[64], read[600] = "{\"read\":\"";

    memset(read + 9, 'x', sizeof(read) - 9);
    scratch_make(dir);
    house_open(&h, dir);
    struct change c = { h.trail, "only", 1, RC_OK };
    assert_ok(store_write(h.store, one_change, &c));
    assert_int_equal(outbox_rows(&h), 1);
    WAIT_FOR((trail_note(h.trail, 0, str_from(read, sizeof(read))), outbox_rows(&h) == 0));
    house_close(&h);
    assert_int_equal(count_lines(dir, "only"), 1);
    scratch_remove(dir);
}

static void it_recovers_by_itself_when_syncs_succeed_again(void **state UNUSED)
{
    struct house h;
    char dir[64], want[64];

    scratch_make(dir);
    house_open(&h, dir);
    for (int round = 0; round < 3; round++) {
        struct change c = { h.trail, "again", round, RC_OK };
        atomic_store(&syncs_fail, true);
        assert_ok(store_write(h.store, one_change, &c));
        WAIT_FOR(!trail_is_healthy(h.trail));
        c.number += 100; /* changes go on: their records are safe in the database */
        assert_ok(store_write(h.store, one_change, &c));
        assert_true(outbox_rows(&h) >= 2);
        atomic_store(&syncs_fail, false);
        WAIT_FOR(trail_is_healthy(h.trail));
    }
    house_close(&h);
    for (int round = 0; round < 6; round++) {
        (void)snprintf(want, sizeof(want), "\"n\":%d}", round % 3 + round / 3 * 100);
        assert_int_equal(count_lines(dir, want), 1);
    }
    house_open(&h, dir);
    assert_int_equal(outbox_rows(&h), 0);
    house_close(&h);
    scratch_remove(dir);
}

struct long_line {
    struct trail *trail;
    size_t len;
};

static enum rc write_long(struct txn *txn UNUSED, void *arg)
{
    struct long_line *l = arg;
    char *text = malloc(l->len);
    enum rc rc;

    assert_non_null(text);
    memset(text, 'l', l->len);
    rc = trail_change(l->trail, str_from(text, l->len));
    free(text);
    return rc;
}

static void a_line_longer_than_a_reader_takes_is_refused(void **state UNUSED)
{
    struct house h;
    char dir[64];

    scratch_make(dir);
    house_open(&h, dir);
    struct long_line fits = { h.trail, SEGMENT_LINE_MAX - 1 };
    struct long_line too_long = { h.trail, SEGMENT_LINE_MAX };
    assert_int_equal(store_write(h.store, write_long, &too_long), RC_LIMIT);
    assert_ok(store_write(h.store, write_long, &fits));
    house_close(&h);
    assert_int_equal(count_lines(dir, "lll"), 1);
    scratch_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_reads_and_refused_changes),
        cmocka_unit_test(a_killed_process_loses_and_doubles_no_record),
        cmocka_unit_test(the_outbox_empties_while_only_reads_follow),
        cmocka_unit_test(it_recovers_by_itself_when_syncs_succeed_again),
        cmocka_unit_test(a_line_longer_than_a_reader_takes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
