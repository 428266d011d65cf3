/* Versions: newer ones are refused, older ones brought up to date, others' files left alone. */
#include "store/schema.h"

#include <sqlite3.h>

#include "store/statement.h"
#include "store/support.h"

static void raw(struct fixture *fixture, const char *sql)
{
    char path[100], *error = NULL;
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/mantle.db", fixture->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) {
        fail_msg("%s", error);
    }
    (void)sqlite3_close(db);
}

static enum rc reopen(struct fixture *fixture, str *ret_why)
{
    return store_open(&fixture->config, &fixture->arena, &fixture->store, ret_why);
}

static void a_newer_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    str why = STR_NONE;
    size_t at;

    fixture_close(fixture);
    raw(fixture, "PRAGMA user_version = 9999");
    assert_int_equal(reopen(fixture, &why), RC_UNSUPPORTED);
    assert_true(str_find(why, STR("9999"), &at));
    assert_true(str_find(why, STR("start the newer one"), &at));
    fixture->config.beside = true;
    assert_int_equal(reopen(fixture, &why), RC_UNSUPPORTED);
}

static void another_programs_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    str why = STR_NONE;

    fixture_close(fixture);
    raw(fixture, "PRAGMA application_id = 77");
    assert_int_equal(reopen(fixture, &why), RC_CORRUPT);
}

static void bytes_that_are_no_database_are_refused(void **state)
{
    struct fixture *fixture = *state;
    char path[100];
    str why = STR_NONE;
    FILE *file;

    fixture_close(fixture);
    (void)snprintf(path, sizeof(path), "%s/mantle.db", fixture->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        (void)fputs("this is not a database ", file);
    }
    (void)fclose(file);
    assert_int_equal(reopen(fixture, &why), RC_CORRUPT);
    assert_non_null(why.ptr);
}

static void empty_the_dir(struct fixture *fixture)
{
    char path[100];

    (void)snprintf(path, sizeof(path), "%s/mantle.db", fixture->dir);
    (void)unlink(path);
}

static void every_older_version_is_brought_up_to_date(void **state)
{
    struct fixture *fixture = *state;

    fixture_close(fixture);
    for (unsigned version = 1; version < schema_step_count; version++) {
        struct reader *reader = NULL;
        char text[128];
        str why = STR_NONE;

        empty_the_dir(fixture);
        for (unsigned i = 0; i < version; i++) {
            raw(fixture, schema_steps[i].sql);
        }
        (void)snprintf(text, sizeof(text),
                       "PRAGMA application_id = 0x4d6e746c; PRAGMA user_version = %u;"
                       "INSERT INTO meta VALUES ('old', 'kept')",
                       version);
        raw(fixture, text);
        fixture->config.beside = true;
        assert_int_equal(reopen(fixture, &why), RC_CONFLICT);
        fixture->config.beside = false;
        fixture_open(fixture);
        assert_ok(reader_open(fixture->store, &reader));
        assert_str(fixture_get(fixture, reader, "old"), "kept");
        reader_close(reader);
        fixture_close(fixture);
    }
}

/* The last step fails: the database must be exactly what it was. */
static void a_failing_step_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct connection connection;
    sqlite3_int64 version = -1, tables = -1;
    char path[100];
    str why = STR_NONE;

    fixture_close(fixture);
    empty_the_dir(fixture);
    (void)snprintf(path, sizeof(path), "%s/mantle.db", fixture->dir);
    raw(fixture, "PRAGMA application_id = 0x4d6e746c; PRAGMA user_version = 1;"
                 "CREATE TABLE trail_outbox (seq INTEGER) STRICT");
    size_t last = schema_step_count - 1; /* that makes a table: it refers to none of the first's */
    while (last > 0 && strstr(schema_steps[last].sql, "CREATE TABLE") == NULL) {
        last--;
    }
    if (last > 0) {
        raw(fixture, schema_steps[last].sql);
        assert_int_equal(reopen(fixture, &why) == RC_OK, false);
        assert_ok(connection_open(&connection, path, CONNECTION_READ, 65536));
        assert_ok(connection_number(&connection, "PRAGMA user_version", &version));
        assert_int_equal(version, 1);
        connection_close(&connection);
    }
    empty_the_dir(fixture);
    raw(fixture, "PRAGMA application_id = 0x4d6e746c");
    assert_int_equal(reopen(fixture, &why), RC_CORRUPT); /* ours, and no version */
    assert_ok(connection_open(&connection, path, CONNECTION_READ, 65536));
    assert_ok(connection_number(&connection, "SELECT count(*) FROM sqlite_schema", &tables));
    assert_int_equal(tables, 0);
    connection_close(&connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_newer_database_is_refused),
        STORE_TEST(another_programs_database_is_refused),
        STORE_TEST(bytes_that_are_no_database_are_refused),
        STORE_TEST(every_older_version_is_brought_up_to_date),
        STORE_TEST(a_failing_step_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
