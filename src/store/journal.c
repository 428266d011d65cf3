#include "store/journal.h"

#include <sys/stat.h>

#include "base/alloc.h"
#include "store/connection.h"
#include "store/statement.h"

enum { JOURNAL_VERSION = 1, CACHE_BYTES = 1 << 20, BINDS_MAX = 16, ROWS_MAX = 1000000 };

static const char schema[] =
    "CREATE TABLE account (one INTEGER PRIMARY KEY CHECK (one = 1), number TEXT NOT NULL) STRICT;"
    "CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), holder TEXT,"
    "  fence INTEGER NOT NULL, until_s INTEGER NOT NULL) STRICT;"
    "INSERT INTO lease VALUES (1, NULL, 0, 0);"
    "CREATE TABLE intent (id INTEGER PRIMARY KEY AUTOINCREMENT, fence INTEGER NOT NULL, key TEXT,"
    "  user TEXT NOT NULL, kind TEXT NOT NULL, from_stage INTEGER NOT NULL,"
    "  to_stage INTEGER NOT NULL, before TEXT NOT NULL, calls TEXT NOT NULL,"
    "  inverse TEXT NOT NULL, deadline_s INTEGER NOT NULL, operator TEXT NOT NULL,"
    "  at_s INTEGER NOT NULL) STRICT;"
    "CREATE TABLE call (intent INTEGER NOT NULL REFERENCES intent, n INTEGER NOT NULL,"
    "  at_s INTEGER NOT NULL, request_id TEXT, PRIMARY KEY (intent, n)) STRICT;"
    "CREATE TABLE outcome (intent INTEGER PRIMARY KEY REFERENCES intent, what TEXT NOT NULL"
    "  CHECK (what IN ('finished', 'undone', 'failed')), detail TEXT,"
    "  at_s INTEGER NOT NULL) STRICT;"
    "CREATE TABLE move (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, user TEXT NOT "
    "NULL,"
    "  stage INTEGER NOT NULL, alert INTEGER NOT NULL, why TEXT NOT NULL, detail TEXT,"
    "  intent INTEGER REFERENCES intent, at_s INTEGER NOT NULL) STRICT;"
    "CREATE INDEX move_of_key ON move (key, id);"
    "CREATE TRIGGER intent_stays BEFORE UPDATE ON intent BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER intent_kept BEFORE DELETE ON intent BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER call_stays BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER call_kept BEFORE DELETE ON call BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER outcome_stays BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER outcome_kept BEFORE DELETE ON outcome BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER move_stays BEFORE UPDATE ON move BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    "CREATE TRIGGER move_kept BEFORE DELETE ON move BEGIN SELECT RAISE(ABORT, 'stays'); END;"
    /* "MNTJ": a file of ours, of this version. */
    "PRAGMA application_id = 1296979018;"
    "PRAGMA user_version = 1;";

struct journal {
    struct connection connection;
};

/* -- statements ---------------------------------------------------------------------------------- */

struct bind {
    enum { BIND_INT, BIND_TEXT } type;
    int64_t n;
    str text; /* absent: NULL */
};
#define INT(value) ((struct bind){ .type = BIND_INT, .n = (value) })
#define TEXT(value) ((struct bind){ .type = BIND_TEXT, .text = (value) })
#define BINDS(...)                                                                                 \
    (const struct bind[]){ __VA_ARGS__ },                                                          \
        sizeof((const struct bind[]){ __VA_ARGS__ }) / sizeof(struct bind)

static enum rc start(struct journal *journal, const char *sql, const struct bind *binds,
                     size_t count, struct statement *ret)
{
    int code;

    *ret = (struct statement){ .connection = &journal->connection };
    code = sqlite3_prepare_v2(journal->connection.db, sql, -1, &ret->stmt, NULL);
    for (size_t i = 0; code == SQLITE_OK && i < count; i++) {
        int at = (int)i + 1;
        if (binds[i].type == BIND_INT) {
            code = sqlite3_bind_int64(ret->stmt, at, binds[i].n);
        } else if (binds[i].text.ptr != NULL) {
            code = sqlite3_bind_text64(ret->stmt, at, binds[i].text.ptr, binds[i].text.len,
                                       SQLITE_STATIC, SQLITE_UTF8);
        }
    }
    if (code != SQLITE_OK) {
        (void)sqlite3_finalize(ret->stmt);
        ret->stmt = NULL;
    }
    return connection_rc(&journal->connection, code);
}

static enum rc run(struct journal *journal, const char *sql, const struct bind *binds, size_t count)
{
    struct statement st;
    int code;

    TRY(start(journal, sql, binds, count, &st));
    code = sqlite3_step(st.stmt);
    (void)sqlite3_finalize(st.stmt);
    return connection_rc(&journal->connection, code);
}

/* `read` gets each row; its struct is `size` bytes, zeroed. */
static enum rc rows(struct journal *journal, const char *sql, const struct bind *binds,
                    size_t count, statement_reader *read, size_t size, struct arena *arena,
                    void **ret, size_t *ret_count)
{
    struct statement st;
    char *items = NULL;
    size_t used = 0, room = 0;
    enum rc rc = start(journal, sql, binds, count, &st);
    int code = SQLITE_DONE;

    while (rc == RC_OK && (code = sqlite3_step(st.stmt)) == SQLITE_ROW) {
        if (used == room) {
            char *more = arena_array(arena, room == 0 ? 16 : room * 2, size);
            if (more == NULL || room >= ROWS_MAX) {
                rc = RC_NOMEM;
                break;
            }
            if (used > 0) {
                memcpy(more, items, used * size);
            }
            items = more;
            room = room == 0 ? 16 : room * 2;
        }
        rc = read(&st, arena, items + used * size);
        used++;
    }
    (void)sqlite3_finalize(st.stmt);
    if (rc == RC_OK && code != SQLITE_DONE) {
        rc = connection_rc(&journal->connection, code);
    }
    if (rc == RC_OK) {
        *ret = items;
        *ret_count = used;
    }
    return rc;
}

/* -- opening ------------------------------------------------------------------------------------- */

static enum rc setup(struct journal *journal, bool read_only)
{
    sqlite3_int64 version = 0, tables = 0, application = 0;

    TRY(connection_number(&journal->connection, "PRAGMA user_version", &version));
    TRY(connection_number(&journal->connection, "PRAGMA application_id", &application));
    TRY(connection_number(&journal->connection, "SELECT count(*) FROM sqlite_master", &tables));
    if (version == 0 && tables == 0 && !read_only) {
        enum rc rc = connection_run(&journal->connection, CONTROL_BEGIN_WRITE);
        if (rc == RC_OK) {
            rc = connection_script(&journal->connection, schema);
        }
        return rc == RC_OK ? connection_run(&journal->connection, CONTROL_COMMIT) : rc;
    }
    if (application != 1296979018) {
        return RC_CORRUPT;
    }
    return version == JOURNAL_VERSION ? RC_OK : RC_UNSUPPORTED;
}

enum rc journal_open(const char *path, bool read_only, struct journal **ret)
{
    struct journal *journal;
    struct stat st;
    enum rc rc;

    if (read_only && stat(path, &st) != 0) {
        return RC_NOENT;
    }
    journal = ALLOC_NEW(&heap, struct journal);
    if (journal == NULL) {
        return RC_NOMEM;
    }
    /* Read-only still takes a writer's mode: after a crash the log must be played back first. */
    rc = connection_open(&journal->connection, path, read_only ? CONNECTION_READ : CONNECTION_WRITE,
                         CACHE_BYTES);
    if (rc == RC_OK) {
        rc = setup(journal, read_only);
    }
    if (rc != RC_OK) {
        journal_close(journal);
        return rc;
    }
    *ret = journal;
    return RC_OK;
}

void journal_close(struct journal *journal)
{
    if (journal != NULL) {
        connection_rollback(&journal->connection);
        connection_close(&journal->connection);
        ALLOC_FREE(&heap, journal);
    }
}

/* -- account and lease --------------------------------------------------------------------------- */

static enum rc read_text(struct statement *st, struct arena *arena, void *into)
{
    return statement_null(st, 0) ? RC_OK : statement_text(st, 0, arena, into);
}

enum rc journal_account(struct journal *journal, str account, struct arena *arena, str *ret_account)
{
    void *found = NULL;
    size_t count = 0;

    if (account.ptr != NULL) {
        TRY(run(journal, "INSERT INTO account VALUES (1, ?1) ON CONFLICT DO NOTHING",
                BINDS(TEXT(account))));
    }
    TRY(rows(journal, "SELECT number FROM account", NULL, 0, read_text, sizeof(str), arena, &found,
             &count));
    if (count == 0) {
        return RC_NOENT;
    }
    *ret_account = *(str *)found;
    return account.ptr != NULL && !str_eq(*ret_account, account) ? RC_CONFLICT : RC_OK;
}

struct lease {
    str holder;
    int64_t fence, until_s;
};

static enum rc read_lease(struct statement *st, struct arena *arena, void *into)
{
    struct lease *lease = into;

    lease->fence = statement_int(st, 1);
    lease->until_s = statement_int(st, 2);
    return statement_null(st, 0) ? RC_OK : statement_text(st, 0, arena, &lease->holder);
}

static enum rc lease_now(struct journal *journal, struct arena *arena, struct lease *ret)
{
    void *found = NULL;
    size_t count = 0;

    TRY(rows(journal, "SELECT holder, fence, until_s FROM lease", NULL, 0, read_lease, sizeof(*ret),
             arena, &found, &count));
    if (count != 1) {
        return RC_CORRUPT;
    }
    *ret = *(struct lease *)found;
    return RC_OK;
}

static enum rc commit(struct journal *journal, enum rc rc)
{
    if (rc == RC_OK) {
        rc = connection_run(&journal->connection, CONTROL_COMMIT);
    }
    if (rc != RC_OK) {
        connection_rollback(&journal->connection);
    }
    return rc;
}

enum rc journal_lease(struct journal *journal, str holder, bool sure_dead, int64_t now_s,
                      int64_t ttl_s, int64_t *ret_fence, int64_t *ret_until_s)
{
    struct lease lease = { 0 };
    struct arena arena;
    enum rc rc;

    TRY(connection_run(&journal->connection, CONTROL_BEGIN_WRITE));
    arena_init(&arena, &heap, 1024, 65536);
    rc = lease_now(journal, &arena, &lease);
    if (rc == RC_OK && lease.holder.ptr != NULL && lease.until_s > now_s && !sure_dead) {
        *ret_until_s = lease.until_s;
        rc = RC_BUSY;
    }
    if (rc == RC_OK) {
        rc = run(journal, "UPDATE lease SET holder = ?1, fence = fence + 1, until_s = ?2",
                 BINDS(TEXT(holder), INT(now_s + ttl_s)));
    }
    arena_done(&arena);
    rc = commit(journal, rc);
    if (rc == RC_OK) {
        *ret_fence = lease.fence + 1;
        *ret_until_s = now_s + ttl_s;
    }
    return rc;
}

/* Inside a transaction: the number must be the last one given out. */
static enum rc check_fence(struct journal *journal, int64_t fence)
{
    sqlite3_int64 now = 0;

    TRY(connection_number(&journal->connection, "SELECT fence FROM lease WHERE holder IS NOT NULL",
                          &now));
    return now == fence ? RC_OK : RC_CONFLICT;
}

static enum rc begin(struct journal *journal, int64_t fence)
{
    enum rc rc;

    TRY(connection_run(&journal->connection, CONTROL_BEGIN_WRITE));
    rc = check_fence(journal, fence);
    if (rc != RC_OK) {
        connection_rollback(&journal->connection);
        return rc == RC_NOENT ? RC_CONFLICT : rc;
    }
    return RC_OK;
}

enum rc journal_renew(struct journal *journal, int64_t fence, int64_t until_s)
{
    TRY(begin(journal, fence));
    return commit(journal, run(journal, "UPDATE lease SET until_s = ?1", BINDS(INT(until_s))));
}

enum rc journal_release(struct journal *journal, int64_t fence)
{
    TRY(begin(journal, fence));
    return commit(journal, run(journal, "UPDATE lease SET holder = NULL", NULL, 0));
}

enum rc journal_holder(struct journal *journal, struct arena *arena, str *ret, int64_t *ret_until_s)
{
    struct lease lease = { 0 };

    TRY(lease_now(journal, arena, &lease));
    *ret = lease.holder;
    *ret_until_s = lease.until_s;
    return RC_OK;
}

/* -- intents and moves --------------------------------------------------------------------------- */

static enum rc insert_move(struct journal *journal, const struct journal_move *m)
{
    return run(journal,
               "INSERT INTO move (key, user, stage, alert, why, detail, intent, at_s)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8)",
               BINDS(TEXT(m->key), TEXT(m->user), INT(m->stage), INT(m->alert ? 1 : 0),
                     TEXT(m->why), TEXT(m->detail), INT(m->intent), INT(m->at_s)));
}

enum rc journal_begin(struct journal *journal, const struct journal_intent *i, int64_t *ret_id)
{
    sqlite3_int64 id;
    enum rc rc;

    TRY(begin(journal, i->fence));
    rc = run(journal,
             "INSERT INTO intent (fence, key, user, kind, from_stage, to_stage, before, calls,"
             " inverse, deadline_s, operator, at_s)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
             BINDS(INT(i->fence), TEXT(i->key), TEXT(i->user), TEXT(i->kind), INT(i->from_stage),
                   INT(i->to_stage), TEXT(i->before), TEXT(i->calls), TEXT(i->inverse),
                   INT(i->deadline_s), TEXT(i->operator_arn), INT(i->at_s)));
    id = sqlite3_last_insert_rowid(journal->connection.db);
    TRY(commit(journal, rc));
    *ret_id = id;
    return RC_OK;
}

enum rc journal_called(struct journal *journal, int64_t fence, int64_t intent, int64_t n,
                       int64_t at_s, str request_id)
{
    TRY(begin(journal, fence));
    return commit(journal,
                  run(journal, "INSERT INTO call VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                      BINDS(INT(intent), INT(n), INT(at_s), TEXT(request_id))));
}

enum rc journal_end(struct journal *journal, int64_t fence, int64_t intent, str outcome, str detail,
                    int64_t at_s, const struct journal_move *move)
{
    enum rc rc;

    TRY(begin(journal, fence));
    rc = run(journal, "INSERT INTO outcome VALUES (?1, ?2, ?3, ?4)",
             BINDS(INT(intent), TEXT(outcome), TEXT(detail), INT(at_s)));
    if (rc == RC_OK && move != NULL) {
        rc = insert_move(journal, move);
    }
    return commit(journal, rc);
}

enum rc journal_put_move(struct journal *journal, int64_t fence, const struct journal_move *move)
{
    TRY(begin(journal, fence));
    return commit(journal, insert_move(journal, move));
}

static enum rc read_opt(struct statement *st, int at, struct arena *arena, str *ret)
{
    return statement_null(st, at) ? RC_OK : statement_text(st, at, arena, ret);
}

static enum rc read_intent(struct statement *st, struct arena *arena, void *into)
{
    struct journal_intent *i = into;
    str *const texts[] = { &i->key,     &i->user,         &i->kind,    &i->before, &i->calls,
                           &i->inverse, &i->operator_arn, &i->outcome, &i->detail };

    for (size_t at = 0; at < COUNT_OF(texts); at++) {
        TRY(read_opt(st, (int)at, arena, texts[at]));
    }
    i->id = statement_int(st, 9);
    i->fence = statement_int(st, 10);
    i->from_stage = statement_int(st, 11);
    i->to_stage = statement_int(st, 12);
    i->deadline_s = statement_int(st, 13);
    i->at_s = statement_int(st, 14);
    i->ended_s = statement_null(st, 15) ? 0 : statement_int(st, 15);
    i->calls_done = statement_int(st, 16);
    return RC_OK;
}

enum rc journal_intents(struct journal *journal, str key, bool open_only, struct arena *arena,
                        struct journal_intent **ret, size_t *ret_count)
{
    void *found = NULL;

    *ret_count = 0;
    TRY(rows(journal,
             "SELECT i.key, i.user, i.kind, i.before, i.calls, i.inverse, i.operator, o.what,"
             " o.detail, i.id, i.fence, i.from_stage, i.to_stage, i.deadline_s, i.at_s, o.at_s,"
             " (SELECT count(*) FROM call c WHERE c.intent = i.id)"
             " FROM intent i LEFT JOIN outcome o ON o.intent = i.id"
             " WHERE (?1 IS NULL OR i.key = ?1) AND (?2 = 0 OR o.intent IS NULL) ORDER BY i.id",
             BINDS(TEXT(key), INT(open_only ? 1 : 0)), read_intent, sizeof(struct journal_intent),
             arena, &found, ret_count));
    *ret = found;
    return RC_OK;
}

static enum rc read_move(struct statement *st, struct arena *arena, void *into)
{
    struct journal_move *m = into;
    str *const texts[] = { &m->key, &m->user, &m->why, &m->detail };

    for (size_t at = 0; at < COUNT_OF(texts); at++) {
        TRY(read_opt(st, (int)at, arena, texts[at]));
    }
    m->id = statement_int(st, 4);
    m->stage = statement_int(st, 5);
    m->alert = statement_int(st, 6) != 0;
    m->intent = statement_null(st, 7) ? 0 : statement_int(st, 7);
    m->at_s = statement_int(st, 8);
    return RC_OK;
}

enum rc journal_moves(struct journal *journal, str key, struct arena *arena,
                      struct journal_move **ret, size_t *ret_count)
{
    void *found = NULL;

    *ret_count = 0;
    TRY(rows(
        journal,
        "SELECT key, user, why, detail, id, stage, alert, intent, at_s FROM move m"
        " WHERE CASE WHEN ?1 IS NULL THEN id = (SELECT max(id) FROM move n WHERE n.key = m.key)"
        " ELSE key = ?1 END ORDER BY id",
        BINDS(TEXT(key)), read_move, sizeof(struct journal_move), arena, &found, ret_count));
    *ret = found;
    return RC_OK;
}
