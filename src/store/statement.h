/* What the generated functions of store/queries.c are made of. A statement collects the first
 * error; later steps then do nothing, and the one that runs it reports it. */
#ifndef MANTLE_STORE_STATEMENT_H
#define MANTLE_STORE_STATEMENT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/rc.h"
#include "base/str.h"
#include "store/connection.h"

/* Generated. schema_steps[n] leads from version n to n + 1. */
struct schema_step {
    const char *name, *sql;
};
extern const struct schema_step schema_steps[];
extern const unsigned schema_step_count;
extern const char *const query_texts[];
extern const unsigned query_count;

struct statement {
    sqlite3_stmt *stmt;
    struct connection *connection;
    enum rc rc;
};
typedef enum rc statement_reader(struct statement *st, struct arena *arena, void *into);

void statement_begin(struct statement *st, struct txn *txn, unsigned query);
/* Values are read when the statement runs: they must live until then. */
void statement_bind_int(struct statement *st, int at, int64_t value);
void statement_bind_int_opt(struct statement *st, int at, const int64_t *value);
void statement_bind_text(struct statement *st, int at, str value);
void statement_bind_blob(struct statement *st, int at, str value);

/* These run it and give it back. */
MUST_CHECK enum rc statement_run(struct statement *st, int64_t *ret_rows);
MUST_CHECK enum rc statement_one(struct statement *st, struct arena *arena, statement_reader *read,
                                 void *into);
MUST_CHECK enum rc statement_many(struct statement *st, struct arena *arena, statement_reader *read,
                                  size_t row_size, void **ret, size_t *ret_count);

/* Inside a reader. Text is copied into the arena. */
int64_t statement_int(struct statement *st, int at);
bool statement_null(struct statement *st, int at);
MUST_CHECK enum rc statement_text(struct statement *st, int at, struct arena *arena, str *ret);
MUST_CHECK enum rc statement_blob(struct statement *st, int at, struct arena *arena, str *ret);

#endif
