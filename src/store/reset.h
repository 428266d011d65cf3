/* Emptying the database, for --insecure-test-mode. */
#ifndef MANTLE_STORE_RESET_H
#define MANTLE_STORE_RESET_H

#include "store/connection.h"

/* Begins a transaction, deletes every row of every table, seeds, checks foreign keys (which the
 * caller has switched off) and leaves the transaction for the caller to end. The file keeps its
 * size, so nothing has to be created anew. */
MUST_CHECK enum rc reset_run(struct connection *connection, struct txn *txn,
                             enum rc (*seed)(struct txn *txn, void *arg), void *arg);

#endif
