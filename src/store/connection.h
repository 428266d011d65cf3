/* One SQLite connection with its prepared statements. Used by one thread at a time. */
#ifndef MANTLE_STORE_CONNECTION_H
#define MANTLE_STORE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/rc.h"

struct store;

enum control { /* statements that carry transactions */
               CONTROL_BEGIN_READ,
               CONTROL_BEGIN_WRITE,
               CONTROL_COMMIT,
               CONTROL_ROLLBACK,
               CONTROL_SAVEPOINT,
               CONTROL_RELEASE,
               CONTROL_UNDO, /* back to the savepoint, which stays */
               CONTROL_COUNT,
};

struct connection {
    sqlite3 *db;
    sqlite3_stmt **queries; /* query_count, prepared on first use */
    sqlite3_stmt *controls[CONTROL_COUNT];
};

/* What a transaction function of this folder works on. */
struct txn {
    struct connection *connection;
    struct store *store; /* NULL for a reader's: nothing can be touched */
};

enum connection_mode {
    CONNECTION_WRITE,      /* creates the file, switches to WAL */
    CONNECTION_READ,       /* refuses changes */
    CONNECTION_BESIDE,     /* the file read-only, beside a running server */
    CONNECTION_CHECKPOINT, /* copies the log into the file, changes nothing else */
    CONNECTION_COPY,       /* creates the file, which gets another one's pages */
};

MUST_CHECK enum rc connection_open(struct connection *connection, const char *path,
                                   enum connection_mode mode, size_t cache_bytes);
void connection_close(struct connection *connection);

MUST_CHECK enum rc connection_run(struct connection *connection, enum control control);
/* Ends a transaction if there is one; what cannot be rolled back now is when the file is closed. */
void connection_rollback(struct connection *connection);
/* Several statements, none of them with parameters or results wanted. */
MUST_CHECK enum rc connection_script(struct connection *connection, const char *sql);
/* First column of the first row as a number. RC_NOENT when there is no row. */
MUST_CHECK enum rc connection_number(struct connection *connection, const char *sql,
                                     sqlite3_int64 *ret);
/* True between BEGIN and its end; SQLite itself ends a transaction after some failures. */
bool connection_in_transaction(const struct connection *connection);

/* Outside of transactions. */
void connection_foreign_keys(struct connection *connection, bool on);

/* What an SQLite result means to us. */
enum rc connection_rc(struct connection *connection, int sqlite_code);

#endif
