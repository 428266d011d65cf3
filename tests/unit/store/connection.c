/* Settings that durability stands on, and what SQLite's results mean. */
#include "store/connection.h"

#include <sys/stat.h>

#include "store/support.h"

static void results_are_named(void **state)
{
    static const struct {
        int code;
        enum rc rc;
    } rows[] = {
        { SQLITE_OK, RC_OK },
        { SQLITE_ROW, RC_OK },
        { SQLITE_DONE, RC_OK },
        { SQLITE_CONSTRAINT_UNIQUE, RC_EXISTS },
        { SQLITE_CONSTRAINT_PRIMARYKEY, RC_EXISTS },
        { SQLITE_CONSTRAINT_ROWID, RC_EXISTS },
        { SQLITE_CONSTRAINT_FOREIGNKEY, RC_CONFLICT },
        { SQLITE_CONSTRAINT_NOTNULL, RC_CONFLICT },
        { SQLITE_CONSTRAINT_CHECK, RC_CONFLICT },
        { SQLITE_FULL, RC_FULL },
        { SQLITE_IOERR_WRITE, RC_IO },
        { SQLITE_IOERR_FSYNC, RC_IO },
        { SQLITE_IOERR_NOMEM, RC_NOMEM },
        { SQLITE_NOMEM, RC_NOMEM },
        { SQLITE_CORRUPT_INDEX, RC_CORRUPT },
        { SQLITE_NOTADB, RC_CORRUPT },
        { SQLITE_BUSY_SNAPSHOT, RC_BUSY },
        { SQLITE_LOCKED, RC_BUSY },
        { SQLITE_READONLY, RC_DENIED },
        { SQLITE_TOOBIG, RC_LIMIT },
        { SQLITE_CANTOPEN, RC_IO },
        { SQLITE_MISUSE, RC_IO },
    };
    struct connection none = { 0 };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (connection_rc(&none, rows[i].code) != rows[i].rc) {
            fail_msg("SQLite %d is %s", rows[i].code, rc_name(connection_rc(&none, rows[i].code)));
        }
    }
}

static void durability_is_switched_on(void **state)
{
    static const struct {
        const char *pragma;
        sqlite3_int64 value;
    } rows[] = {
        { "PRAGMA synchronous", 2 }, /* FULL */
        { "PRAGMA foreign_keys", 1 },
        { "PRAGMA trusted_schema", 0 },
        { "PRAGMA temp_store", 2 }, /* memory */
        { "PRAGMA wal_autocheckpoint", 0 },
        { "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1 },
    };
    struct fixture *fixture = *state;
    struct connection connection;
    char path[100];

    fixture_close(fixture);
    (void)snprintf(path, sizeof(path), "%s/mantle.db", fixture->dir);
    assert_ok(connection_open(&connection, path, CONNECTION_WRITE, 65536));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        sqlite3_int64 value = -1;
        assert_ok(connection_number(&connection, rows[i].pragma, &value));
        if (value != rows[i].value) {
            fail_msg("%s is %lld", rows[i].pragma, value);
        }
    }
    connection_close(&connection);
}

static void files_are_the_owners_alone(void **state)
{
    static const char *const names[] = { "mantle.db", "mantle.db-wal", "mantle.db-shm",
                                         "mantle.lock" };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct stat info;
        char path[100];
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, names[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
}

static void a_link_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct connection connection;
    char path[100];

    (void)snprintf(path, sizeof(path), "%s/link.db", fixture->dir);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_int_equal(connection_open(&connection, path, CONNECTION_WRITE, 65536), RC_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_named),
        STORE_TEST(durability_is_switched_on),
        STORE_TEST(files_are_the_owners_alone),
        STORE_TEST(a_link_is_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
