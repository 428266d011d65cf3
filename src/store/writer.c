#include "store/writer.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "store/reset.h"
#include "store/thread.h"

enum {
    PROBE_MS = 100, /* how often a full disk is tried again */
    /* Pages of the log, 4 KiB each. It starts over when all of it stands in the database and no
     * reader needs it. */
    LOG_COPY = 512,     /* from here on it is copied, beside the writer */
    LOG_FINISH = 2048,  /* from here on the writer copies a small rest itself, */
    LOG_REST = 1024,    /* no more than this, so that the log can start over */
    LOG_TOO_BIG = 16384 /* 64 MiB: the writer copies whatever is left, and that is a pause */
};

/* Jobs of one commit, in the order they ran. */
struct batch {
    struct write_job *first, **last_next;
    unsigned count;
};

static void queue_put(struct write_job ***last_next, struct write_job *job)
{
    job->next = NULL;
    **last_next = job;
    *last_next = &job->next;
}

enum rc writer_touched(struct writer *writer, int64_t account, str unique_id)
{
    struct store_change *change;

    if (writer->touched_lost || writer->touched_count == CHANGES_KEPT) {
        writer->touched_lost = true;
        return RC_OK;
    }
    if (unique_id.len >= sizeof(change->unique_id)) {
        return RC_LIMIT;
    }
    if (writer->touched_count == writer->touched_cap) {
        size_t cap = writer->touched_cap == 0 ? 64 : writer->touched_cap * 2;
        change = heap.resize(&heap, writer->touched, writer->touched_cap * sizeof(*change),
                             cap * sizeof(*change));
        if (change == NULL) {
            return RC_NOMEM;
        }
        writer->touched = change;
        writer->touched_cap = cap;
    }
    change = &writer->touched[writer->touched_count++];
    *change = (struct store_change){ .account = account };
    if (unique_id.len > 0) {
        memcpy(change->unique_id, unique_id.ptr, unique_id.len);
    }
    return RC_OK;
}

/* --- one batch --------------------------------------------------------------------------------- */

/* RC_OK when the transaction still stands, whatever became of the job. */
static enum rc job_run(struct writer *writer, struct write_job *job)
{
    size_t touched = writer->touched_count;
    bool lost = writer->touched_lost;

    TRY(connection_run(&writer->connection, CONTROL_SAVEPOINT));
    job->rc = job->run(job, &writer->txn);
    if (!connection_in_transaction(&writer->connection)) {
        /* SQLite has undone everything by itself (no memory, no space, a failing disk). */
        return job->rc != RC_OK ? job->rc : RC_IO;
    }
    if (job->rc != RC_OK) {
        TRY(connection_run(&writer->connection, CONTROL_UNDO));
        writer->touched_count = touched;
        writer->touched_lost = lost;
    }
    return connection_run(&writer->connection, CONTROL_RELEASE);
}

/* Alone in its batch a job needs no savepoint: undoing it is undoing everything. */
static enum rc jobs_run(struct writer *writer, struct batch *batch)
{
    if (batch->count == 1) {
        batch->first->rc = batch->first->run(batch->first, &writer->txn);
        return batch->first->rc;
    }
    for (struct write_job *job = batch->first; job != NULL; job = job->next) {
        TRY(job_run(writer, job));
    }
    return RC_OK;
}

static enum rc alone_run(struct writer *writer, struct write_job *job)
{
    struct writer_alone *alone = CONTAINER_OF(job, struct writer_alone, job);

    writer->touched_lost = true;
    return reset_run(&writer->connection, &writer->txn, alone->seed, alone->arg);
}

static enum rc finish(struct writer *writer)
{
    if (!connection_in_transaction(&writer->connection)) {
        return RC_IO; /* SQLite gave up on it and the job did not say so */
    }
    if (writer->config.before_commit != NULL) {
        TRY(writer->config.before_commit(writer->config.ctx, &writer->txn));
    }
    return connection_run(&writer->connection, CONTROL_COMMIT);
}

static void rollback(struct writer *writer)
{
    connection_rollback(&writer->connection);
    if (writer->config.after_abort != NULL) {
        writer->config.after_abort(writer->config.ctx);
    }
}

static void published(struct writer *writer)
{
    uint64_t revision = changes_publish(writer->changes, writer->touched, writer->touched_count,
                                        writer->touched_lost);

    if (writer->config.after_commit != NULL) {
        writer->config.after_commit(writer->config.ctx, revision);
    }
}

static enum rc batch_run(struct writer *writer, struct batch *batch)
{
    bool alone = batch->first->run == writer_run_alone;
    enum rc rc;

    writer->touched_count = 0;
    writer->touched_lost = false;
    if (alone) {
        connection_foreign_keys(&writer->connection, false);
        rc = alone_run(writer, batch->first);
    } else {
        rc = connection_run(&writer->connection, CONTROL_BEGIN_WRITE);
        if (rc == RC_OK) {
            rc = jobs_run(writer, batch);
        }
    }
    if (rc == RC_OK) {
        rc = finish(writer);
    }
    if (rc == RC_OK) {
        published(writer);
    } else {
        rollback(writer);
    }
    if (alone) {
        connection_foreign_keys(&writer->connection, true);
    }
    return rc;
}

static void batch_done(struct batch *batch, enum rc rc)
{
    struct write_job *next;

    for (struct write_job *job = batch->first; job != NULL; job = next) {
        next = job->next; /* done() may free the job or queue it again */
        job->done(job, rc != RC_OK ? rc : job->rc);
    }
}

/* --- the thread -------------------------------------------------------------------------------- */

static int on_wal(void *arg, sqlite3 *db UNUSED, const char *name UNUSED, int pages)
{
    struct writer *writer = arg;

    writer->wal_pages = pages;
    return SQLITE_OK;
}

static void log_care(struct writer *writer)
{
    struct checkpointer *checkpointer = &writer->checkpointer;
    int pages = writer->wal_pages;
    int rest = pages - checkpointer->copied;

    if (pages < LOG_COPY || checkpointer->busy) {
        return;
    }
    if (pages >= LOG_TOO_BIG || (pages >= LOG_FINISH && rest > 0 && rest <= LOG_REST)) {
        int copied = checkpoint_run(&writer->connection);
        if (copied >= 0) {
            checkpointer->copied = copied;
        }
    } else if (rest != 0) { /* below zero: the log has started over since */
        checkpointer_wake(checkpointer);
    }
}

static bool probe(struct writer *writer)
{
    struct connection *connection = &writer->connection;
    enum rc rc = connection_script(connection, "BEGIN IMMEDIATE;"
                                               "INSERT INTO meta VALUES ('probe', '')"
                                               " ON CONFLICT DO NOTHING;"
                                               "DELETE FROM meta WHERE key = 'probe';"
                                               "COMMIT");

    connection_rollback(connection);
    return rc == RC_OK;
}

/* Waits for work with the lock held; false when the thread should end. With a full disk it comes
 * back every PROBE_MS. */
static bool wait_for_work(struct writer *writer)
{
    while (writer->first == NULL && !writer->stop) {
        struct timespec until;

        if (!writer->disk_full) {
            (void)pthread_cond_wait(&writer->wake, &writer->lock);
            continue;
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PROBE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&writer->wake, &writer->lock, &until) != 0) {
            break;
        }
    }
    return writer->first != NULL || !writer->stop;
}

/* Everything queued up to batch_max; a job that wants to be alone ends the batch before it. */
static void batch_take(struct writer *writer, struct batch *batch)
{
    *batch = (struct batch){ .last_next = &batch->first };
    while (writer->first != NULL && batch->count < writer->config.batch_max) {
        struct write_job *job = writer->first;
        bool alone = job->run == writer_run_alone;

        if (alone && batch->count > 0) {
            break;
        }
        writer->first = job->next;
        queue_put(&batch->last_next, job);
        batch->count++;
        writer->queued--;
        if (alone) {
            break;
        }
    }
    if (writer->first == NULL) {
        writer->last_next = &writer->first;
    }
}

static void work(struct writer *writer, struct batch *batch)
{
    enum rc rc = batch_run(writer, batch);

    if (rc == RC_FULL) { /* a log that starts over needs no room */
        (void)checkpoint_run(&writer->connection);
    }
    writer->disk_full = rc == RC_FULL;
    if (rc == RC_FULL || rc == RC_IO) {
        /* A commit that was written but could not be synced would be one after all to the next
         * start. It is written over before anybody hears that it failed; no change before that. */
        writer->disk_full = !probe(writer) || rc == RC_FULL;
    }
    batch_done(batch, rc);
    log_care(writer);
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;

    (void)pthread_mutex_lock(&writer->lock);
    for (;;) {
        struct batch batch;

        if (!wait_for_work(writer)) {
            break;
        }
        batch_take(writer, &batch);
        (void)pthread_mutex_unlock(&writer->lock);
        if (batch.count > 0) {
            work(writer, &batch);
        } else if (writer->disk_full && probe(writer)) {
            writer->disk_full = false;
        }
        (void)pthread_mutex_lock(&writer->lock);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* --- from outside ------------------------------------------------------------------------------ */

enum rc writer_start(struct writer *writer, const char *path)
{
    pthread_condattr_t attr;

    TRY(checkpointer_start(&writer->checkpointer, path, writer->config.cache_bytes));
    writer->last_next = &writer->first;
    (void)sqlite3_wal_hook(writer->connection.db, on_wal, writer);
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    writer->started = thread_start(&writer->thread, writer_main, writer);
    return writer->started ? RC_OK : RC_NOMEM;
}

enum rc writer_submit(struct writer *writer, struct write_job *job)
{
    enum rc rc = RC_OK;

    if (writer->disk_full) {
        return RC_FULL;
    }
    (void)pthread_mutex_lock(&writer->lock);
    if (writer->stop || writer->queued >= writer->config.queue_max) {
        rc = RC_BUSY;
    } else {
        job->rc = RC_OK;
        queue_put(&writer->last_next, job);
        if (writer->queued++ == 0) {
            (void)pthread_cond_signal(&writer->wake);
        }
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return rc;
}

void writer_stop(struct writer *writer)
{
    if (writer->started) {
        (void)pthread_mutex_lock(&writer->lock);
        writer->stop = true;
        (void)pthread_cond_signal(&writer->wake);
        (void)pthread_mutex_unlock(&writer->lock);
        (void)pthread_join(writer->thread, NULL);
        (void)pthread_cond_destroy(&writer->wake);
        (void)pthread_mutex_destroy(&writer->lock);
        writer->started = false;
    }
    checkpointer_stop(&writer->checkpointer);
    connection_close(&writer->connection); /* the last one: takes the log along */
    alloc_free(&heap, writer->touched, writer->touched_cap * sizeof(writer->touched[0]));
    writer->touched = NULL;
}

/* Never called: its address says what the job is. */
enum rc writer_run_alone(struct write_job *job UNUSED, struct txn *txn UNUSED)
{
    return RC_UNSUPPORTED;
}
