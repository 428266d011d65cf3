#include "store/statement.h"

#include <limits.h>
#include <string.h>

void statement_begin(struct statement *st, struct txn *txn, unsigned query)
{
    struct connection *connection = txn->connection;
    sqlite3_stmt **cached = &connection->queries[query];

    *st = (struct statement){ .connection = connection };
    if (!connection_in_transaction(connection)) {
        /* SQLite undoes a transaction by itself when there is no memory or no space. Whoever goes on
         * all the same would change the database for good, without the rest and without a record. */
        st->rc = RC_IO;
        return;
    }
    if (*cached == NULL) {
        int code = sqlite3_prepare_v3(connection->db, query_texts[query], -1,
                                      SQLITE_PREPARE_PERSISTENT, cached, NULL);
        st->rc = connection_rc(connection, code);
    }
    st->stmt = *cached;
}

static void note(struct statement *st, int code)
{
    if (code != SQLITE_OK) {
        st->rc = connection_rc(st->connection, code);
    }
}

void statement_bind_int(struct statement *st, int at, int64_t value)
{
    if (st->rc == RC_OK) {
        note(st, sqlite3_bind_int64(st->stmt, at, value));
    }
}

void statement_bind_int_opt(struct statement *st, int at, const int64_t *value)
{
    if (value != NULL) {
        statement_bind_int(st, at, *value);
    } else if (st->rc == RC_OK) {
        note(st, sqlite3_bind_null(st->stmt, at));
    }
}

void statement_bind_text(struct statement *st, int at, str value)
{
    if (st->rc == RC_OK) {
        note(st,
             sqlite3_bind_text64(st->stmt, at, value.ptr, value.len, SQLITE_STATIC, SQLITE_UTF8));
    }
}

void statement_bind_blob(struct statement *st, int at, str value)
{
    if (st->rc == RC_OK) {
        note(st, sqlite3_bind_blob64(st->stmt, at, value.ptr, value.len, SQLITE_STATIC));
    }
}

/* RC_NOENT at the end. */
static enum rc step(struct statement *st)
{
    int code;

    if (st->rc != RC_OK) {
        return st->rc;
    }
    code = sqlite3_step(st->stmt);
    return code == SQLITE_DONE ? RC_NOENT : connection_rc(st->connection, code);
}

/* The bindings point at the caller's memory and must not outlive the call. */
static void give_back(struct statement *st)
{
    if (st->stmt != NULL) {
        (void)sqlite3_reset(st->stmt);
        (void)sqlite3_clear_bindings(st->stmt);
    }
}

enum rc statement_run(struct statement *st, int64_t *ret_rows)
{
    enum rc rc = step(st);

    if (rc == RC_NOENT) {
        rc = RC_OK;
    }
    if (rc == RC_OK && ret_rows != NULL) {
        *ret_rows = sqlite3_changes64(st->connection->db);
    }
    give_back(st);
    return rc;
}

/* A statement with RETURNING has done all its work before its first row comes. */
enum rc statement_one(struct statement *st, struct arena *arena, statement_reader *read, void *into)
{
    enum rc rc = step(st);

    if (rc == RC_OK) {
        rc = read(st, arena, into);
    }
    give_back(st);
    return rc;
}

static enum rc grow(struct arena *arena, size_t row_size, void **rows, size_t *cap)
{
    size_t more = *cap == 0 ? 8 : *cap * 2;
    void *fresh;

    if (more > SIZE_MAX / 2 / row_size) {
        return RC_NOMEM;
    }
    fresh = arena->as_alloc.resize(&arena->as_alloc, *rows, *cap * row_size, more * row_size);
    if (fresh == NULL) {
        return RC_NOMEM;
    }
    *rows = fresh;
    *cap = more;
    return RC_OK;
}

enum rc statement_many(struct statement *st, struct arena *arena, statement_reader *read,
                       size_t row_size, void **ret, size_t *ret_count)
{
    size_t count = 0, cap = 0;
    void *rows = NULL;
    enum rc rc;

    while ((rc = step(st)) == RC_OK) {
        if (count == cap) {
            rc = grow(arena, row_size, &rows, &cap);
        }
        if (rc == RC_OK) {
            char *row = (char *)rows + count * row_size;
            memset(row, 0, row_size);
            rc = read(st, arena, row);
        }
        if (rc != RC_OK) {
            break;
        }
        count++;
    }
    give_back(st);
    if (rc != RC_NOENT) {
        return rc;
    }
    *ret = rows;
    *ret_count = count;
    return RC_OK;
}

int64_t statement_int(struct statement *st, int at)
{
    return sqlite3_column_int64(st->stmt, at);
}

bool statement_null(struct statement *st, int at)
{
    return sqlite3_column_type(st->stmt, at) == SQLITE_NULL;
}

static enum rc copy(struct statement *st, int at, const void *bytes, struct arena *arena, str *ret)
{
    int len = sqlite3_column_bytes(st->stmt, at);

    if (bytes == NULL) { /* SQLite also says so for an empty blob, and when memory is short */
        if (len != 0 || sqlite3_errcode(st->connection->db) == SQLITE_NOMEM) {
            return RC_NOMEM;
        }
        bytes = "";
    }
    *ret = arena_str(arena, str_from(bytes, (size_t)len));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc statement_text(struct statement *st, int at, struct arena *arena, str *ret)
{
    if (statement_null(st, at)) {
        *ret = STR_NONE;
        return RC_OK;
    }
    return copy(st, at, sqlite3_column_text(st->stmt, at), arena, ret);
}

enum rc statement_blob(struct statement *st, int at, struct arena *arena, str *ret)
{
    if (statement_null(st, at)) {
        *ret = STR_NONE;
        return RC_OK;
    }
    return copy(st, at, sqlite3_column_blob(st->stmt, at), arena, ret);
}
