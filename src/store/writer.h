/* The writer: one thread, one connection, a queue of jobs, many jobs to a commit. */
#ifndef MANTLE_STORE_WRITER_H
#define MANTLE_STORE_WRITER_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/changes.h"
#include "store/checkpoint.h"
#include "store/connection.h"
#include "store/store.h"

struct writer {
    struct store_config config;
    struct changes *changes;
    struct connection connection; /* the thread's alone */
    struct txn txn;               /* the same */
    struct checkpointer checkpointer;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock;
    pthread_cond_t wake;                  /* something was queued, or stop */
    struct write_job *first, **last_next; /* guarded by lock */
    unsigned queued;                      /* guarded by lock */
    bool stop;                            /* guarded by lock */
    _Atomic bool disk_full;               /* or failing; only the thread sets it */

    /* The batch at work; the thread's alone. */
    struct store_change *touched;
    size_t touched_count, touched_cap;
    bool touched_lost; /* more than the ring can carry, or a reset */
    int wal_pages;     /* in the write-ahead log after the last commit */
};

/* `connection` is ready and becomes the writer's; path: the database's. */
MUST_CHECK enum rc writer_start(struct writer *writer, const char *path);
MUST_CHECK enum rc writer_submit(struct writer *writer, struct write_job *job);
/* Runs what is queued, then ends the thread. */
void writer_stop(struct writer *writer);

MUST_CHECK enum rc writer_touched(struct writer *writer, int64_t account, str unique_id);

/* A job that needs the transaction to itself, without foreign keys being enforced statement by
 * statement: recognized by its run function. */
enum rc writer_run_alone(struct write_job *job, struct txn *txn);
struct writer_alone {
    struct write_job job; /* .run = writer_run_alone */
    enum rc (*seed)(struct txn *txn, void *arg);
    void *arg;
};

#endif
