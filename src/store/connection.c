#include "store/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/faults.h"
#include "store/statement.h"

static const char *const control_texts[CONTROL_COUNT] = {
    [CONTROL_BEGIN_READ] = "BEGIN",      [CONTROL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [CONTROL_COMMIT] = "COMMIT",         [CONTROL_ROLLBACK] = "ROLLBACK",
    [CONTROL_SAVEPOINT] = "SAVEPOINT j", [CONTROL_RELEASE] = "RELEASE j",
    [CONTROL_UNDO] = "ROLLBACK TO j",
};

/* Memory-mapped reading stays off: an unreadable page would be a SIGBUS instead of RC_IO, and every
 * page touched would count as ours. temp_store: savepoints keep their undo pages in memory, so a
 * full disk cannot break an undo. trusted_schema: a doctored file must not run functions. */
static const char settings[] = "PRAGMA foreign_keys = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA journal_size_limit = 16777216;"
                               "PRAGMA wal_autocheckpoint = 0;";

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_setup(void)
{
    /* Accounting of memory takes a process-wide lock on every allocation. Too late when someone
     * has used SQLite before us, and then merely slower. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
#ifdef MANTLE_FAULTS
    faults_setup();
#endif
    (void)sqlite3_initialize();
}

enum rc connection_rc(struct connection *connection, int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return RC_EXISTS;
    case SQLITE_IOERR_NOMEM:
        return RC_NOMEM;
    default:
        break;
    }
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return RC_OK;
    case SQLITE_CONSTRAINT:
        return RC_CONFLICT;
    case SQLITE_FULL:
        return RC_FULL;
    case SQLITE_NOMEM:
        return RC_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
        return RC_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RC_BUSY;
    case SQLITE_TOOBIG:
        return RC_LIMIT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return RC_DENIED;
    default: /* a quota that ran out is a full disk too; SQLite only knows ENOSPC */
        if (connection->db != NULL && (sqlite3_system_errno(connection->db) == EDQUOT ||
                                       sqlite3_system_errno(connection->db) == ENOSPC)) {
            return RC_FULL;
        }
        return RC_IO;
    }
}

/* Before SQLite does it, with a mode of our own: the -wal and -shm files take theirs from it. */
static enum rc file_create(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return errno == ENOSPC || errno == EDQUOT ? RC_FULL : RC_IO;
    }
    (void)close(fd);
    return RC_OK;
}

/* All at once: to roll back because there is no memory, none must be needed. */
static enum rc controls_prepare(struct connection *connection)
{
    for (unsigned i = 0; i < CONTROL_COUNT; i++) {
        int code = sqlite3_prepare_v3(connection->db, control_texts[i], -1,
                                      SQLITE_PREPARE_PERSISTENT, &connection->controls[i], NULL);
        TRY(connection_rc(connection, code));
    }
    return RC_OK;
}

static enum rc setup(struct connection *connection, enum connection_mode mode, size_t cache_bytes)
{
    char text[64];

    (void)sqlite3_extended_result_codes(connection->db, 1);
    /* Only recovery and checkpoints of another process ever make us wait. */
    (void)sqlite3_busy_timeout(connection->db, 5000);
    (void)sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    TRY(connection_script(connection, settings));
    (void)snprintf(text, sizeof(text), "PRAGMA cache_size = -%zu", cache_bytes / 1024 + 1);
    TRY(connection_script(connection, text));
    if (mode == CONNECTION_WRITE) {
        TRY(connection_script(connection, "PRAGMA journal_mode = WAL"));
    } else if (mode == CONNECTION_READ) {
        TRY(connection_script(connection, "PRAGMA query_only = ON"));
    }
    connection->queries = alloc_array(&heap, query_count, sizeof(connection->queries[0]));
    return connection->queries == NULL ? RC_NOMEM : controls_prepare(connection);
}

enum rc connection_open(struct connection *connection, const char *path, enum connection_mode mode,
                        size_t cache_bytes)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
    enum rc rc = RC_OK;
    int code;

    *connection = (struct connection){ 0 };
    (void)pthread_once(&library_once, library_setup);
    if (mode == CONNECTION_WRITE || mode == CONNECTION_COPY) {
        TRY(file_create(path));
    }
    flags |= mode == CONNECTION_BESIDE ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    code = sqlite3_open_v2(path, &connection->db, flags, NULL);
    rc = connection_rc(connection, code);
    if (rc == RC_OK) {
        rc = setup(connection, mode, cache_bytes);
    }
    if (rc != RC_OK) {
        connection_close(connection);
    }
    return rc;
}

void connection_close(struct connection *connection)
{
    for (unsigned i = 0; connection->queries != NULL && i < query_count; i++) {
        (void)sqlite3_finalize(connection->queries[i]);
    }
    for (unsigned i = 0; i < CONTROL_COUNT; i++) {
        (void)sqlite3_finalize(connection->controls[i]);
    }
    alloc_free(&heap, connection->queries, query_count * sizeof(connection->queries[0]));
    (void)sqlite3_close(connection->db);
    *connection = (struct connection){ 0 };
}

enum rc connection_run(struct connection *connection, enum control control)
{
    sqlite3_stmt *stmt = connection->controls[control];
    int code = sqlite3_step(stmt);

    (void)sqlite3_reset(stmt);
    return connection_rc(connection, code);
}

void connection_rollback(struct connection *connection)
{
    if (connection->db != NULL && connection_in_transaction(connection)) {
        enum rc rc = connection_run(connection, CONTROL_ROLLBACK);
        (void)rc;
    }
}

enum rc connection_script(struct connection *connection, const char *sql)
{
    return connection_rc(connection, sqlite3_exec(connection->db, sql, NULL, NULL, NULL));
}

enum rc connection_number(struct connection *connection, const char *sql, sqlite3_int64 *ret)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(connection->db, sql, -1, &stmt, NULL);
    enum rc rc;

    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
    }
    rc = code == SQLITE_DONE ? RC_NOENT : connection_rc(connection, code);
    if (rc == RC_OK) {
        *ret = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

void connection_foreign_keys(struct connection *connection, bool on)
{
    (void)sqlite3_db_config(connection->db, SQLITE_DBCONFIG_ENABLE_FKEY, on ? 1 : 0, NULL);
}

bool connection_in_transaction(const struct connection *connection)
{
    return sqlite3_get_autocommit(connection->db) == 0;
}
