/* Moves the write-ahead log into the database beside the writer: copying and syncing thousands of
 * pages would otherwise be a pause in answering. A thread and a connection of its own. */
#ifndef MANTLE_STORE_CHECKPOINT_H
#define MANTLE_STORE_CHECKPOINT_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/connection.h"

struct checkpointer {
    struct connection connection; /* the thread's alone */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool wanted, stop;  /* guarded by lock */
    _Atomic int copied; /* pages of the log that stand in the database, by the last run */
    _Atomic bool busy;
};

MUST_CHECK enum rc checkpointer_start(struct checkpointer *checkpointer, const char *path,
                                      size_t cache_bytes);
/* Never waits. */
void checkpointer_wake(struct checkpointer *checkpointer);
void checkpointer_stop(struct checkpointer *checkpointer);

/* One run on a connection of the caller's: copies what no reader holds up, never waiting for any.
 * Returns how many pages of the log are in the database, -1 when it could not be done now. */
int checkpoint_run(struct connection *connection);

#endif
