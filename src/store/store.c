#include "store/store.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/backup.h"
#include "store/schema.h"
#include "store/writer.h"
#include "system/system.h"

struct store {
    struct changes changes;
    struct writer writer;
    int lock_fd; /* holds DIR; -1 beside a server */
    char path[PATH_MAX];
    size_t cache_bytes;
    bool beside;
};

struct reader {
    struct connection connection;
    struct txn txn;
};

/* --- opening ----------------------------------------------------------------------------------- */

static enum rc say(enum rc rc, struct arena *arena, str *ret_why, const char *what,
                   const char *path)
{
    *ret_why = arena_printf(arena, "%s %s: %s", what, path, rc_name(rc));
    return rc;
}

/* The lock goes with the process however it ends. The file stays: removing it would let two servers
 * lock two files of one name. */
static enum rc dir_lock(struct store *store, const char *dir, struct arena *arena, str *ret_why)
{
    char path[PATH_MAX];
    enum rc rc;

    (void)snprintf(path, sizeof(path), "%s/mantle.lock", dir);
    rc = file_lock(path, &store->lock_fd);
    if (rc == RC_BUSY) {
        *ret_why = arena_printf(arena,
                                "another Mantle server holds %s: stop it, or give this one a data "
                                "directory of its own",
                                dir);
        return rc;
    }
    return rc == RC_OK ? RC_OK : say(rc, arena, ret_why, "cannot lock", path);
}

/* The name of a new database must be as durable as its first commit. */
static enum rc dir_sync(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = fd >= 0 && fsync(fd) == 0 ? RC_OK : RC_IO;

    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

static enum rc open_beside(struct store *store, struct arena *arena, str *ret_why)
{
    struct connection connection;
    enum rc rc = connection_open(&connection, store->path, CONNECTION_BESIDE, store->cache_bytes);

    if (rc == RC_OK) {
        rc = schema_check(&connection, arena, ret_why);
        connection_close(&connection);
    }
    return rc;
}

static enum rc open_files(struct store *store, const struct store_config *config,
                          struct arena *arena, str *ret_why)
{
    int len = snprintf(store->path, sizeof(store->path), "%s/mantle.db", config->dir);

    if (len < 0 || (size_t)len >= sizeof(store->path)) {
        return RC_LIMIT;
    }
    store->beside = config->beside;
    store->cache_bytes = config->cache_bytes == 0 ? 2 * 1024 * 1024 : config->cache_bytes;
    if (store->beside) {
        return open_beside(store, arena, ret_why);
    }
    TRY(dir_lock(store, config->dir, arena, ret_why));
    TRY(connection_open(&store->writer.connection, store->path, CONNECTION_WRITE,
                        store->cache_bytes));
    TRY(schema_migrate(&store->writer.connection, arena, ret_why));
    TRY(dir_sync(config->dir));
    store->writer.config = *config;
    store->writer.config.cache_bytes = store->cache_bytes;
    store->writer.config.batch_max = config->batch_max == 0 ? 256 : config->batch_max;
    store->writer.config.queue_max = config->queue_max == 0 ? 4096 : config->queue_max;
    store->writer.changes = &store->changes;
    store->writer.txn = (struct txn){ .connection = &store->writer.connection, .store = store };
    return writer_start(&store->writer, store->path);
}

enum rc store_open(const struct store_config *config, struct arena *arena, struct store **ret,
                   str *ret_why)
{
    struct store *store = ALLOC_NEW(&heap, struct store);
    str why = STR_NONE;
    enum rc rc;

    if (store == NULL) {
        return say(RC_NOMEM, arena, ret_why, "cannot open", config->dir);
    }
    store->lock_fd = -1;
    atomic_store(&store->changes.revision, 1);
    rc = open_files(store, config, arena, &why);
    if (rc != RC_OK) {
        if (why.ptr == NULL) {
            (void)say(rc, arena, &why, "cannot open", store->path);
        }
        *ret_why = why;
        store_close(store);
        return rc;
    }
    *ret = store;
    return RC_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    writer_stop(&store->writer);
    file_unlock(store->lock_fd);
    ALLOC_FREE(&heap, store);
}

/* --- reading ----------------------------------------------------------------------------------- */

enum rc reader_open(struct store *store, struct reader **ret)
{
    struct reader *reader = ALLOC_NEW(&heap, struct reader);
    enum rc rc;

    if (reader == NULL) {
        return RC_NOMEM;
    }
    rc = connection_open(&reader->connection, store->path,
                         store->beside ? CONNECTION_BESIDE : CONNECTION_READ, store->cache_bytes);
    if (rc != RC_OK) {
        ALLOC_FREE(&heap, reader);
        return rc;
    }
    reader->txn.connection = &reader->connection;
    *ret = reader;
    return RC_OK;
}

void reader_close(struct reader *reader)
{
    if (reader != NULL) {
        reader_end(reader);
        connection_close(&reader->connection);
        ALLOC_FREE(&heap, reader);
    }
}

enum rc reader_begin(struct reader *reader, struct txn **ret)
{
    reader_end(reader); /* one that could not be ended must not be read from again */
    TRY(connection_run(&reader->connection, CONTROL_BEGIN_READ));
    *ret = &reader->txn;
    return RC_OK;
}

void reader_end(struct reader *reader)
{
    connection_rollback(&reader->connection); /* the same as COMMIT when nothing was changed */
}

/* --- changing ---------------------------------------------------------------------------------- */

enum rc store_submit(struct store *store, struct write_job *job)
{
    return store->beside ? RC_DENIED : writer_submit(&store->writer, job);
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool finished; /* guarded by lock */
    enum rc rc;
};

struct write_call {
    struct write_job job;
    enum rc (*run)(struct txn *txn, void *arg);
    void *arg;
    struct waiting waiting;
};

struct reset_call {
    struct writer_alone alone;
    struct waiting waiting;
};

static void waiting_finish(struct waiting *waiting, enum rc rc)
{
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->rc = rc;
    waiting->finished = true;
    (void)pthread_cond_signal(&waiting->wake);
    (void)pthread_mutex_unlock(&waiting->lock);
}

static enum rc submit_and_wait(struct store *store, struct write_job *job, struct waiting *waiting)
{
    enum rc rc;

    (void)pthread_mutex_init(&waiting->lock, NULL);
    (void)pthread_cond_init(&waiting->wake, NULL);
    rc = store_submit(store, job);
    if (rc == RC_OK) {
        (void)pthread_mutex_lock(&waiting->lock);
        while (!waiting->finished) {
            (void)pthread_cond_wait(&waiting->wake, &waiting->lock);
        }
        (void)pthread_mutex_unlock(&waiting->lock);
        rc = waiting->rc;
    }
    (void)pthread_cond_destroy(&waiting->wake);
    (void)pthread_mutex_destroy(&waiting->lock);
    return rc;
}

static enum rc write_call_run(struct write_job *job, struct txn *txn)
{
    struct write_call *call = CONTAINER_OF(job, struct write_call, job);

    return call->run(txn, call->arg);
}

static void write_call_done(struct write_job *job, enum rc rc)
{
    waiting_finish(&CONTAINER_OF(job, struct write_call, job)->waiting, rc);
}

enum rc store_write(struct store *store, enum rc (*run)(struct txn *txn, void *arg), void *arg)
{
    struct write_call call = {
        .job = { .run = write_call_run, .done = write_call_done },
        .run = run,
        .arg = arg,
    };

    return submit_and_wait(store, &call.job, &call.waiting);
}

static void reset_call_done(struct write_job *job, enum rc rc)
{
    waiting_finish(&CONTAINER_OF(job, struct reset_call, alone.job)->waiting, rc);
}

enum rc store_reset(struct store *store, enum rc (*seed)(struct txn *txn, void *arg), void *arg)
{
    struct reset_call call = {
        .alone = { .job = { .run = writer_run_alone, .done = reset_call_done },
                   .seed = seed,
                   .arg = arg },
    };

    return submit_and_wait(store, &call.alone.job, &call.waiting);
}

enum rc store_backup(struct store *store, const char *path)
{
    return backup_write(store->path, path, store->cache_bytes);
}

/* --- what changed ------------------------------------------------------------------------------ */

enum rc txn_touched(struct txn *txn, int64_t account, str unique_id)
{
    return txn->store == NULL ? RC_DENIED : writer_touched(&txn->store->writer, account, unique_id);
}

uint64_t store_revision(const struct store *store)
{
    return atomic_load_explicit(&store->changes.revision, memory_order_acquire);
}

bool store_is_healthy(const struct store *store)
{
    return !atomic_load_explicit(&store->writer.disk_full, memory_order_relaxed);
}

size_t store_changes(const struct store *store, uint64_t since, struct store_change *out,
                     size_t max, bool *ret_lost)
{
    return changes_read(&store->changes, since, out, max, ret_lost);
}
