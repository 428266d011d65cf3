/* Each write fails in turn, and SQLite's allocations (the crash suite lets each fail): errors are clean, what was acknowledged
 * is there, what was refused is not there in part. And a disk that fills up and empties again. */
#include "store/faults.h"

#include <sqlite3.h>
#include <time.h>

#include "store/support.h"

enum { STEPS = 6 };

static void name_of(int step, const char *half, char out[16])
{
    (void)snprintf(out, 16, "%s%d", half, step);
}

static enum rc put_halves(struct txn *txn, void *arg)
{
    static char large[6000];
    char key[16];

    memset(large, 'v', sizeof(large));
    name_of(*(int *)arg, "left", key);
    TRY(q_meta_set(txn, str_cstr(key), str_from(large, sizeof(large))));
    name_of(*(int *)arg, "right", key);
    return q_meta_set(txn, str_cstr(key), STR("1"));
}

static bool is_clean(enum rc rc)
{
    return rc == RC_OK || rc == RC_IO || rc == RC_FULL || rc == RC_NOMEM;
}

/* Opens, writes, reads, checkpoints (by closing); remembers what was acknowledged. */
static void script(struct fixture *fixture, bool acknowledged[STEPS])
{
    for (int half = 0; half < 2; half++) {
        struct reader *reader = NULL;
        str why = STR_NONE;
        enum rc rc = store_open(&fixture->config, &fixture->arena, &fixture->store, &why);
        assert_true(is_clean(rc));
        assert_true(rc == RC_OK || fixture->store == NULL);
        if (rc != RC_OK) {
            continue;
        }
        for (int i = half * STEPS / 2; i < (half + 1) * STEPS / 2; i++) {
            rc = store_write(fixture->store, put_halves, &i);
            assert_true(is_clean(rc));
            acknowledged[i] = rc == RC_OK;
        }
        rc = reader_open(fixture->store, &reader);
        assert_true(is_clean(rc));
        if (rc == RC_OK) {
            struct q_meta_get_row row;
            struct txn *txn = NULL;
            rc = reader_begin(reader, &txn);
            if (rc == RC_OK) {
                rc = q_meta_get(txn, STR("right0"), &fixture->arena, &row);
            }
            assert_true(is_clean(rc) || (rc == RC_NOENT && !acknowledged[0]));
        }
        reader_close(reader);
        fixture_close(fixture);
    }
}

static void check(struct fixture *fixture, const bool acknowledged[STEPS])
{
    struct reader *reader = NULL;

    fixture_open(fixture);
    assert_ok(reader_open(fixture->store, &reader));
    for (int i = 0; i < STEPS; i++) {
        char key[16];
        bool left, right;
        name_of(i, "left", key);
        left = fixture_get(fixture, reader, key).ptr != NULL;
        name_of(i, "right", key);
        right = fixture_get(fixture, reader, key).ptr != NULL;
        assert_int_equal(left, right);
        /* A failed sync leaves the outcome open; a promise does not. */
        assert_true(right || !acknowledged[i]);
    }
    reader_close(reader);
    fixture_close(fixture);
    arena_reset(&fixture->arena);
}

static void files_remove(struct fixture *fixture)
{
    static const char *const names[] = { "mantle.db", "mantle.db-wal", "mantle.db-shm" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[100];
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, names[i]);
        (void)unlink(path);
    }
}

static void never_strikes(void)
{
    faults_fail_write(0, false);
    faults_fail_alloc(0);
    faults_disk_room(-1);
}

static int write_once(long n)
{
    faults_fail_write(n, false);
    return 0;
}

static int write_onward(long n)
{
    faults_fail_write(n, true);
    return 0;
}

static int alloc_once(long n)
{
    faults_fail_alloc(n);
    return 0;
}

/* A stride of more than 1 starts at another one each run. from_nothing: the script makes the
 * database too. */
static void each_in_turn(struct fixture *fixture, int (*arm)(long n), const char *what, long stride,
                         bool from_nothing)
{
    long first = 1 + (long)time(NULL) % stride, n = first;
    bool struck = true;

    fixture_close(fixture);
    for (; struck; n += stride) {
        bool acknowledged[STEPS] = { false };
        files_remove(fixture);
        if (!from_nothing) {
            fixture_open(fixture);
            fixture_close(fixture);
        }
        (void)arm(n);
        script(fixture, acknowledged);
        struck = faults_have_struck();
        never_strikes();
        check(fixture, acknowledged);
    }
    assert_true(n > 20); /* else the script reaches nothing */
    print_message("# %s %ld to %ld, every %ld.\n", what, first, n, stride);
}

static void each_write_fails_in_turn(void **state)
{
    each_in_turn(*state, write_once, "write", 1, true);
}

static void all_writes_fail_from_one_on(void **state)
{
    each_in_turn(*state, write_onward, "write", 1, true);
}

static void allocations_fail_in_turn(void **state)
{
    each_in_turn(*state, alloc_once, "allocation", 29, false);
    each_in_turn(*state, alloc_once, "allocation", 211, true);
}

/* --- a full disk ------------------------------------------------------------------------------- */

static void wait_until_writable(struct fixture *fixture, int *step)
{
    enum rc rc = RC_FULL;

    for (int i = 0; i < 200 && rc != RC_OK; i++) {
        const struct timespec pause = { 0, 10 * 1000 * 1000 };
        rc = store_write(fixture->store, put_halves, step);
        (void)nanosleep(&pause, NULL);
    }
    assert_ok(rc);
}

static void a_full_disk_refuses_writes_serves_reads_and_heals(void **state)
{
    struct fixture *fixture = *state;
    struct reader *reader = NULL;
    int step = 0, refused;
    enum rc rc = RC_OK;
    char key[16];

    assert_ok(reader_open(fixture->store, &reader));
    for (int times = 0; times < 3; times++) {
        int last = step;
        faults_disk_room(100 * 1024);
        for (; step < last + 1000; step++) {
            rc = store_write(fixture->store, put_halves, &step);
            if (rc != RC_OK) {
                break;
            }
        }
        assert_int_equal(rc, RC_FULL);
        refused = step;
        rc = store_write(fixture->store, put_halves, &step);
        assert_int_equal(rc, RC_FULL);
        for (int i = 0; i < refused; i++) { /* reads go on, also of a new reader */
            name_of(i, "right", key);
            assert_str(fixture_get(fixture, reader, key), "1");
        }
        name_of(refused, "left", key);
        assert_null(fixture_get(fixture, reader, key).ptr);
        faults_disk_room(-1);
        wait_until_writable(fixture, &step);
        step++;
    }
    reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(each_write_fails_in_turn),
        STORE_TEST(all_writes_fail_from_one_on),
        STORE_TEST(allocations_fail_in_turn),
        STORE_TEST(a_full_disk_refuses_writes_serves_reads_and_heals),
    };

    faults_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
