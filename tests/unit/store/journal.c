/* The journal of a move: what is in it stays, and who lost the lease writes nothing. */
#include "store/journal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

static char path[64];
static struct journal *journal;
static struct arena arena;

static const struct journal_intent probe = {
    .key = STR_INIT("AKIA1"),
    .user = STR_INIT("bob"),
    .kind = STR_INIT("probe"),
    .from_stage = 4,
    .to_stage = 5,
    .before = STR_INIT("{}"),
    .calls = STR_INIT("[1]"),
    .inverse = STR_INIT("[2]"),
    .deadline_s = 99,
    .operator_arn = STR_INIT("me"),
    .at_s = 10,
};

static int64_t lease(const char *holder, bool sure_dead, int64_t now_s, enum rc want)
{
    int64_t fence = -1, until_s = -1;

    assert_int_equal(
        journal_lease(journal, str_cstr(holder), sure_dead, now_s, 60, &fence, &until_s), want);
    if (want == RC_BUSY) {
        assert_true(until_s > now_s);
    }
    return fence;
}

static void a_lease_is_one_mans_until_it_ends(void **state UNUSED)
{
    int64_t first = lease("a:1", false, 100, RC_OK), second;

    (void)lease("b:2", false, 159, RC_BUSY);
    second = lease("b:2", false, 160, RC_OK);
    assert_int_equal(second, first + 1);
    assert_int_equal(journal_renew(journal, first, 500), RC_CONFLICT);
    assert_ok(journal_renew(journal, second, 500));
    (void)lease("c:3", false, 400, RC_BUSY);
    assert_int_equal(lease("c:3", true, 400, RC_OK), second + 1); /* known to be dead */
    assert_int_equal(journal_release(journal, second), RC_CONFLICT);
    assert_ok(journal_release(journal, second + 1));
    assert_int_equal(journal_renew(journal, second + 1, 900), RC_CONFLICT); /* given back */
}

static void who_lost_the_lease_writes_nothing(void **state UNUSED)
{
    struct journal_intent intent = probe, *found = NULL;
    struct journal_move move = { .key = STR("AKIA1"), .user = STR("bob"), .why = STR("x") };
    int64_t id = 0, old = lease("a:1", false, 100, RC_OK);
    size_t count = 9;

    (void)lease("b:2", true, 100, RC_OK);
    intent.fence = old;
    assert_int_equal(journal_begin(journal, &intent, &id), RC_CONFLICT);
    assert_int_equal(journal_called(journal, old, 1, 0, 1, STR_NONE), RC_CONFLICT);
    assert_int_equal(journal_end(journal, old, 1, STR("finished"), STR_NONE, 1, NULL), RC_CONFLICT);
    assert_int_equal(journal_put_move(journal, old, &move), RC_CONFLICT);
    assert_ok(journal_intents(journal, STR_NONE, false, &arena, &found, &count));
    assert_int_equal(count, 0);
}

static void an_intent_is_open_until_its_outcome(void **state UNUSED)
{
    struct journal_intent intent = probe, *found = NULL;
    struct journal_move *moves = NULL;
    struct journal_move move = {
        .key = STR("AKIA1"), .user = STR("bob"), .stage = 5, .why = STR("window"), .at_s = 12
    };
    int64_t id = 0;
    size_t count = 0;

    intent.fence = lease("a:1", false, 100, RC_OK);
    assert_ok(journal_begin(journal, &intent, &id));
    assert_ok(journal_called(journal, intent.fence, id, 0, 11, STR("r-1")));
    assert_ok(journal_called(journal, intent.fence, id, 0, 11, STR("again")));
    journal_close(journal); /* as after a crash */
    assert_ok(journal_open(path, false, &journal));
    assert_ok(journal_intents(journal, STR("AKIA1"), true, &arena, &found, &count));
    assert_int_equal(count, 1);
    assert_str(found[0].inverse, "[2]");
    assert_int_equal(found[0].deadline_s, 99);
    assert_int_equal(found[0].calls_done, 1);
    assert_null(found[0].outcome.ptr);
    move.intent = id;
    assert_ok(journal_end(journal, intent.fence, id, STR("finished"), STR_NONE, 12, &move));
    assert_int_equal(journal_end(journal, intent.fence, id, STR("undone"), STR_NONE, 13, NULL),
                     RC_EXISTS);
    assert_ok(journal_intents(journal, STR_NONE, true, &arena, &found, &count));
    assert_int_equal(count, 0);
    assert_ok(journal_moves(journal, STR_NONE, &arena, &moves, &count));
    assert_int_equal(count, 1);
    assert_int_equal(moves[0].stage, 5);
    assert_int_equal(moves[0].intent, id);
}

static void the_last_move_of_each_key_counts(void **state UNUSED)
{
    struct journal_move *moves = NULL;
    int64_t fence = lease("a:1", false, 100, RC_OK);
    size_t count = 0;

    for (int64_t i = 1; i <= 3; i++) {
        struct journal_move move = { .key = i == 2 ? STR("K2") : STR("K1"),
                                     .user = STR("u"),
                                     .stage = i,
                                     .alert = i == 3,
                                     .why = STR("w"),
                                     .at_s = i };
        assert_ok(journal_put_move(journal, fence, &move));
    }
    assert_ok(journal_moves(journal, STR_NONE, &arena, &moves, &count));
    assert_int_equal(count, 2);
    assert_str(moves[0].key, "K2");
    assert_int_equal(moves[1].stage, 3);
    assert_true(moves[1].alert);
    assert_ok(journal_moves(journal, STR("K1"), &arena, &moves, &count));
    assert_int_equal(count, 2);
    assert_int_equal(moves[0].stage, 1);
}

/* Even somebody with a shell for the database leaves what is written as it is. */
static void what_is_written_stays(void **state UNUSED)
{
    static const char *const changes[] = { "UPDATE intent SET user = 'eve'",
                                           "DELETE FROM intent",
                                           "UPDATE move SET stage = 0",
                                           "DELETE FROM move",
                                           "UPDATE outcome SET what = 'undone'",
                                           "DELETE FROM outcome",
                                           "DELETE FROM call",
                                           "UPDATE call SET at_s = 0" };
    struct journal_intent intent = probe;
    struct journal_move move = { .key = STR("AKIA1"), .user = STR("bob"), .why = STR("w") };
    sqlite3 *db = NULL;
    int64_t id = 0;

    intent.fence = lease("a:1", false, 100, RC_OK);
    assert_ok(journal_begin(journal, &intent, &id));
    assert_ok(journal_called(journal, intent.fence, id, 0, 11, STR_NONE));
    assert_ok(journal_end(journal, intent.fence, id, STR("finished"), STR_NONE, 12, &move));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        assert_int_equal(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_CONSTRAINT);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_journal_is_of_one_account(void **state UNUSED)
{
    str number = STR_NONE;

    assert_int_equal(journal_account(journal, STR_NONE, &arena, &number), RC_NOENT);
    assert_ok(journal_account(journal, STR("111122223333"), &arena, &number));
    assert_int_equal(journal_account(journal, STR("444455556666"), &arena, &number), RC_CONFLICT);
    assert_str(number, "111122223333");
    assert_ok(journal_account(journal, STR_NONE, &arena, &number));
}

static void other_files_are_refused(void **state UNUSED)
{
    struct journal *other = NULL;
    sqlite3 *db = NULL;

    journal_close(journal);
    journal = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(journal_open(path, false, &other), RC_UNSUPPORTED);
    assert_int_equal(sqlite3_exec(db, "PRAGMA application_id = 7", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(journal_open(path, false, &other), RC_CORRUPT);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(journal_open("/nonexistent/journal.db", true, &other), RC_NOENT);
}

static int setup(void **state UNUSED)
{
    strcpy(path, "/tmp/mantle-journal-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    arena_init(&arena, &heap, 4096, 1 << 20);
    return journal_open(path, false, &journal) == RC_OK ? 0 : -1;
}

static int teardown(void **state UNUSED)
{
    static const char *const ends[] = { "", "-wal", "-shm" };

    journal_close(journal);
    journal = NULL;
    arena_done(&arena);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char name[80];
        (void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_lease_is_one_mans_until_it_ends),
        TEST(who_lost_the_lease_writes_nothing),
        TEST(an_intent_is_open_until_its_outcome),
        TEST(the_last_move_of_each_key_counts),
        TEST(what_is_written_stays),
        TEST(a_journal_is_of_one_account),
        TEST(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
