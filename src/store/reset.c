#include "store/reset.h"

#include "base/alloc.h"
#include "base/buf.h"

/* "DELETE FROM" of every table. Without a WHERE and with foreign keys off SQLite frees whole trees
 * instead of walking rows. */
static enum rc tables_empty(struct connection *connection, buf *script)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(connection->db,
                                  "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                  " AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')",
                                  -1, &stmt, NULL);

    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW) {
            buf_printf(script, "DELETE FROM \"%s\";", (const char *)sqlite3_column_text(stmt, 0));
        }
    }
    (void)sqlite3_finalize(stmt);
    TRY(connection_rc(connection, code));
    buf_add_char(script, '\0');
    TRY(script->err);
    return connection_script(connection, script->ptr);
}

static enum rc references_check(struct connection *connection)
{
    sqlite3_int64 broken = 0;

    TRY(connection_number(connection, "SELECT count(*) FROM pragma_foreign_key_check", &broken));
    return broken != 0 ? RC_CONFLICT : RC_OK;
}

enum rc reset_run(struct connection *connection, struct txn *txn,
                  enum rc (*seed)(struct txn *txn, void *arg), void *arg)
{
    buf script = buf_heap(64 * 1024);
    enum rc rc;

    TRY(connection_run(connection, CONTROL_BEGIN_WRITE));
    rc = tables_empty(connection, &script);
    buf_done(&script);
    TRY(rc);
    TRY(seed(txn, arg));
    return references_check(connection);
}
