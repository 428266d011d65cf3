#include "store/schema.h"

#include "store/statement.h"

/* PRAGMA application_id: "Mntl". Set with the first table, so that no other program's database is
 * ever taken for ours. */
#define APPLICATION_ID 0x4d6e746c

static enum rc refuse(enum rc rc, struct arena *arena, str *ret_why, const char *format, ...)
    PRINTF_LIKE(4, 5);

static enum rc refuse(enum rc rc, struct arena *arena, str *ret_why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *ret_why = arena_vprintf(arena, format, args);
    va_end(args);
    return rc;
}

static enum rc version_read(struct connection *connection, struct arena *arena, unsigned *ret,
                            str *ret_why)
{
    sqlite3_int64 version, application, tables;

    TRY(connection_number(connection, "PRAGMA user_version", &version));
    TRY(connection_number(connection, "PRAGMA application_id", &application));
    TRY(connection_number(connection, "SELECT count(*) FROM sqlite_schema", &tables));
    if (tables == 0 && version == 0 && application == 0) {
        *ret = 0;
        return RC_OK;
    }
    if (application != APPLICATION_ID || version < 1) {
        return refuse(RC_CORRUPT, arena, ret_why,
                      "mantle.db is a database of another program; name an empty directory");
    }
    if (version > (sqlite3_int64)schema_step_count) {
        return refuse(
            RC_UNSUPPORTED, arena, ret_why,
            "the data is of schema version %lld, written by a newer Mantle; this one (%s) "
            "knows versions up to %u: start the newer one, or restore a backup from before "
            "the upgrade",
            version, MANTLE_VERSION, schema_step_count);
    }
    *ret = (unsigned)version;
    return RC_OK;
}

static enum rc steps_run(struct connection *connection, unsigned version)
{
    char text[96];

    for (unsigned i = version; i < schema_step_count; i++) {
        TRY(connection_script(connection, schema_steps[i].sql));
    }
    (void)snprintf(text, sizeof(text), "PRAGMA application_id = %d; PRAGMA user_version = %u",
                   APPLICATION_ID, schema_step_count);
    return connection_script(connection, text);
}

enum rc schema_migrate(struct connection *connection, struct arena *arena, str *ret_why)
{
    unsigned version = 0;
    enum rc rc;

    TRY(version_read(connection, arena, &version, ret_why));
    if (version == schema_step_count) {
        return RC_OK;
    }
    TRY(connection_run(connection, CONTROL_BEGIN_WRITE));
    rc = steps_run(connection, version);
    if (rc == RC_OK) {
        rc = connection_run(connection, CONTROL_COMMIT);
    }
    if (rc != RC_OK) {
        connection_rollback(connection);
        return refuse(rc, arena, ret_why, "cannot bring the database from version %u to %u: %s",
                      version, schema_step_count, rc_name(rc));
    }
    return RC_OK;
}

enum rc schema_check(struct connection *connection, struct arena *arena, str *ret_why)
{
    unsigned version = 0;

    TRY(version_read(connection, arena, &version, ret_why));
    if (version != schema_step_count) {
        return refuse(RC_CONFLICT, arena, ret_why,
                      "the data is of schema version %u and this Mantle (%s) uses %u: start the "
                      "server once to bring it up to date",
                      version, MANTLE_VERSION, schema_step_count);
    }
    return RC_OK;
}
