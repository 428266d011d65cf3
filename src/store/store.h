/* The only folder that knows SQL. SQLite in WAL mode with synchronous=FULL: what was committed is on
 * disk. One writer thread runs all changes; every loop has a reader of its own.
 *
 * Statements are declared in store/queries/NAME.sql and become typed C functions (tools/sqlgen.py),
 * declared in the generated header "store/queries.h"; tables are in store/schema/NNNN_NAME.sql,
 * numbered and forward-only. */
#ifndef MANTLE_STORE_STORE_H
#define MANTLE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct store;
struct txn; /* a connection inside a transaction: a reader's snapshot or the writer's change */

struct store_config {
    const char *dir;    /* DIR/mantle.db */
    size_t cache_bytes; /* page cache per connection; 2 MiB */
    unsigned batch_max; /* changes that may share one commit; 256 */
    unsigned queue_max; /* changes waiting; one more is RC_BUSY */
    bool beside;        /* read-only, without the lock: a tool next to a running server */
    const struct env *env;
    /* Called on the writer thread with the changes of the batch about to commit, inside the
     * transaction; a failure aborts the whole batch. The trail puts its records here. May be NULL. */
    enum rc (*before_commit)(void *ctx, struct txn *txn);
    /* After the commit is durable, before any answer leaves. May be NULL. */
    void (*after_commit)(void *ctx, uint64_t revision);
    /* The batch was rolled back. May be NULL. */
    void (*after_abort)(void *ctx);
    void *ctx;
};

/* Zero for cache_bytes, batch_max or queue_max means the value named above (queue_max: 4096).
 * RC_UNSUPPORTED: written by a newer version of Mantle; RC_BUSY: another server holds DIR;
 * RC_CORRUPT; RC_IO. *ret_why (in the arena) says what to do. */
MUST_CHECK enum rc store_open(const struct store_config *config, struct arena *arena,
                              struct store **ret, str *ret_why);
void store_close(struct store *store);

/* Reading. One reader per thread; a transaction sees one snapshot and must be short. */
struct reader;
MUST_CHECK enum rc reader_open(struct store *store, struct reader **ret);
void reader_close(struct reader *reader);
MUST_CHECK enum rc reader_begin(struct reader *reader, struct txn **ret);
void reader_end(struct reader *reader);

/* Changing. A job runs on the writer thread under a savepoint of its own: RC_OK keeps its changes,
 * anything else undoes exactly them. `done` runs on the writer thread after the shared commit (or
 * after the rollback) with the final result: RC_OK only when durable. */
struct write_job {
    enum rc (*run)(struct write_job *job, struct txn *txn);
    void (*done)(struct write_job *job, enum rc rc);
    struct write_job *next; /* the queue's */
    enum rc rc;             /* the queue's */
};
/* From any thread; RC_BUSY when the queue is full, RC_FULL when the disk is and a probe has not
 * succeeded since (reads go on). After RC_OK `done` is called exactly once. */
MUST_CHECK enum rc store_submit(struct store *store, struct write_job *job);
/* For start-up and the command line: the same, waiting. */
MUST_CHECK enum rc store_write(struct store *store, enum rc (*run)(struct txn *txn, void *arg),
                               void *arg);

/* The change log. A job says what it touched; after the commit every cache learns of it.
 * `subject`: the unique id of the user, role or group whose permissions may have changed, or a
 * managed policy's; account alone (id absent) means everything in the account. */
MUST_CHECK enum rc txn_touched(struct txn *txn, int64_t account, str unique_id);
/* Revision of the last durable commit; one atomic load. */
uint64_t store_revision(const struct store *store);
/* False while the disk is full and changes are refused. */
bool store_is_healthy(const struct store *store);
struct store_change {
    uint64_t revision;
    int64_t account;
    char unique_id[32]; /* NUL-terminated; "" for the whole account */
};
/* Changes after `since`, oldest first, at most max and whole commits only; *ret_lost when older ones
 * are no longer in the ring, or one commit has more than max, and the caller must drop everything
 * it cached. Lock-free. Read the revision first, then call; on a full array call again with the
 * last change's revision. */
size_t store_changes(const struct store *store, uint64_t since, struct store_change *out,
                     size_t max, bool *ret_lost);

/* Wipes everything and seeds anew through `seed`, on the writer thread, as one change
 * (--insecure-test-mode only). Caches are told to drop everything. */
MUST_CHECK enum rc store_reset(struct store *store, enum rc (*seed)(struct txn *txn, void *arg),
                               void *arg);

/* A consistent copy of the database while the server runs. */
MUST_CHECK enum rc store_backup(struct store *store, const char *path);

#endif
