/* What group commit is worth: 64 threads that each wait for their own change to be durable, against
 * one connection committing the same rows one transaction at a time. Both on the disk named by the
 * first argument (default: the present directory), with the same schema and synchronous=FULL.
 *
 * With --bare-seconds DIR N only the yardstick runs: it writes what N CreateUser requests write (the
 * user, the count of users, the trail's line) and prints the seconds that took; for bench.py. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/queries.h"
#include "store/statement.h"
#include "store/store.h"

enum { CLIENTS = 64, ROWS = 12800 };

static const char record[] =
    "{\"path\":\"/engineering/\",\"id\":\"AIDAQX4RJ7ZK2EXAMPLE0\",\"created\":1764000000,"
    "\"tags\":{\"team\":\"orders\",\"cost-center\":\"4711\"},\"boundary\":null,\"account\":1}";
static char line[900]; /* about the size of one trail record */

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "bench/store: %s\n", what);
    exit(1);
}

/* --- the yardstick ----------------------------------------------------------------------------- */

static void bare_step(sqlite3 *db, sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE || sqlite3_reset(stmt) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
}

static sqlite3 *bare_open(const char *dir)
{
    char path[512];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/bare.db", dir);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", NULL, NULL, NULL)) {
        die("cannot open the bare database");
    }
    for (unsigned i = 0; i < schema_step_count; i++) {
        if (sqlite3_exec(db, schema_steps[i].sql, NULL, NULL, NULL) != SQLITE_OK) {
            die(sqlite3_errmsg(db));
        }
    }
    return db;
}

static sqlite3_stmt *bare_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        die(sqlite3_errmsg(db));
    }
    return stmt;
}

enum { BARE_STEPS_MAX = 5 };

/* Runs the statements once for each row; the seconds that took. ?1 is a name made of the row's number,
 * ?2 an entity's record, ?3 a trail line. */
static double bare_run(sqlite3 *db, const char *const *sql, size_t count, int rows)
{
    sqlite3_stmt *steps[BARE_STEPS_MAX];
    double start;

    for (size_t k = 0; k < count; k++) {
        steps[k] = bare_prepare(db, sql[k]);
        if (sqlite3_bind_parameter_index(steps[k], "?2") > 0) {
            (void)sqlite3_bind_text(steps[k], 2, record, sizeof(record) - 1, SQLITE_STATIC);
        }
        if (sqlite3_bind_parameter_index(steps[k], "?3") > 0) {
            (void)sqlite3_bind_blob(steps[k], 3, line, sizeof(line), SQLITE_STATIC);
        }
    }
    start = now();
    for (int i = 0; i < rows; i++) {
        for (size_t k = 0; k < count; k++) {
            char key[32];
            int len = snprintf(key, sizeof(key), "user-%06d", i);
            if (sqlite3_bind_parameter_index(steps[k], "?1") > 0) {
                (void)sqlite3_bind_text(steps[k], 1, key, len, SQLITE_STATIC);
            }
            bare_step(db, steps[k]);
        }
    }
    start = now() - start;
    for (size_t k = 0; k < count; k++) {
        (void)sqlite3_finalize(steps[k]);
    }
    (void)sqlite3_close(db);
    return start;
}

static double bare(const char *dir)
{
    static const char *const sql[] = { "BEGIN IMMEDIATE", "INSERT INTO meta VALUES (?1, ?2)",
                                       "INSERT INTO trail_outbox (lines) VALUES (?3)", "COMMIT" };

    return bare_run(bare_open(dir), sql, COUNT_OF(sql), ROWS);
}

/* The id is as unlike its neighbours as a real one: no luck with the index's order. */
static double bare_users(const char *dir, int rows)
{
    static const char *const sql[] = {
        "BEGIN IMMEDIATE",
        ("INSERT INTO entity (id, account, kind, name, name_key, path, created_s) VALUES "
         "('AIDA' || upper(hex(randomblob(8))) || substr(?1, -1), 123456789012, 1, ?1, ?1, '/', "
         "1764000000)"),
        ("INSERT INTO counter (account, what, n) VALUES (123456789012, 'users', 1) "
         "ON CONFLICT (account, what) DO UPDATE SET n = counter.n + excluded.n"),
        "INSERT INTO trail_outbox (lines) VALUES (?3)",
        "COMMIT",
    };

    return bare_run(bare_open(dir), sql, COUNT_OF(sql), rows);
}

/* --- the store --------------------------------------------------------------------------------- */

static struct store *store;
static atomic_int commits;
static double slowest[CLIENTS];

struct pending { /* what the trail does: one outbox row for the whole batch */
    char lines[256 * sizeof(line)];
    size_t len;
};
static struct pending pending;

static enum rc before_commit(void *ctx, struct txn *txn)
{
    static int64_t seq;
    enum rc rc = q_outbox_add(txn, ++seq, str_from(pending.lines, pending.len), 0, 0);

    pending.len = 0;
    return rc;
}

static void after_commit(void *ctx, uint64_t revision)
{
    (void)atomic_fetch_add(&commits, 1);
}

static enum rc add(struct txn *txn, void *arg)
{
    memcpy(pending.lines + pending.len, line, sizeof(line));
    pending.len += sizeof(line);
    return q_meta_add(txn, *(str *)arg, STR(record));
}

static void *client(void *arg)
{
    int number = (int)(intptr_t)arg;

    for (int i = 0; i < ROWS / CLIENTS; i++) {
        char key[32];
        str view = str_from(key, (size_t)snprintf(key, sizeof(key), "user/%02d-%06d", number, i));
        double start = now();
        if (store_write(store, add, &view) != RC_OK) {
            die("a write failed");
        }
        start = now() - start;
        slowest[number] = start > slowest[number] ? start : slowest[number];
    }
    return NULL;
}

static double grouped(const char *dir)
{
    struct store_config config = {
        .dir = dir,
        .before_commit = before_commit,
        .after_commit = after_commit,
    };
    struct arena arena;
    pthread_t threads[CLIENTS];
    str why = STR_NONE;
    double start;

    arena_init(&arena, &heap, 4096, 1024 * 1024);
    if (store_open(&config, &arena, &store, &why) != RC_OK) {
        die(why.ptr == NULL ? "cannot open the store" : why.ptr);
    }
    start = now();
    for (int i = 0; i < CLIENTS; i++) {
        if (pthread_create(&threads[i], NULL, client, (void *)(intptr_t)i) != 0) {
            die("cannot start a thread");
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    start = now() - start;
    store_close(store);
    arena_done(&arena);
    return start;
}

static void remove_files(const char *dir)
{
    static const char *const files[] = { "bare.db", "bare.db-wal", "bare.db-shm", "mantle.db",
                                         "mantle.lock" };

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

static void compare(const char *dir)
{
    double bare_s = bare(dir), grouped_s = grouped(dir), worst = 0;

    for (int i = 0; i < CLIENTS; i++) {
        worst = slowest[i] > worst ? slowest[i] : worst;
    }
    (void)printf(
        "store: changes by 64 clients / bare SQLite one at a time   %.2fx   bar >= 1.5x   %s\n",
        bare_s / grouped_s, bare_s / grouped_s >= 1.5 ? "ok" : "MISSED");
    (void)printf("  (%.0f/s against %.0f/s; %.1f changes a commit; slowest answer %.0f ms)\n",
                 ROWS / grouped_s, ROWS / bare_s, (double)ROWS / commits, worst * 1e3);
}

int main(int argc, char **argv)
{
    bool only_bare = argc == 4 && strcmp(argv[1], "--bare-seconds") == 0;
    int rows = only_bare ? (int)strtol(argv[3], NULL, 10) : 0;
    char dir[400];

    memset(line, 'x', sizeof(line));
    (void)snprintf(dir, sizeof(dir), "%s/bench-store-XXXXXX",
                   only_bare  ? argv[2]
                   : argc > 1 ? argv[1]
                              : ".");
    if (mkdtemp(dir) == NULL) {
        die("cannot make a directory");
    }
    if (only_bare) {
        (void)printf("%.6f\n", bare_users(dir, rows));
    } else {
        compare(dir);
    }
    remove_files(dir);
    return 0;
}
