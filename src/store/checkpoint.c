#include "store/checkpoint.h"

#include "store/thread.h"

int checkpoint_run(struct connection *connection)
{
    int pages = 0, copied = 0;
    int code = sqlite3_wal_checkpoint_v2(connection->db, "main", SQLITE_CHECKPOINT_PASSIVE, &pages,
                                         &copied);

    return code == SQLITE_OK ? copied : -1;
}

static void *checkpointer_main(void *arg)
{
    struct checkpointer *checkpointer = arg;

    (void)pthread_mutex_lock(&checkpointer->lock);
    for (;;) {
        int copied;

        while (!checkpointer->wanted && !checkpointer->stop) {
            (void)pthread_cond_wait(&checkpointer->wake, &checkpointer->lock);
        }
        if (checkpointer->stop) {
            break;
        }
        checkpointer->wanted = false;
        (void)pthread_mutex_unlock(&checkpointer->lock);
        copied = checkpoint_run(&checkpointer->connection);
        if (copied >= 0) {
            checkpointer->copied = copied;
        }
        checkpointer->busy = false;
        (void)pthread_mutex_lock(&checkpointer->lock);
    }
    (void)pthread_mutex_unlock(&checkpointer->lock);
    return NULL;
}

enum rc checkpointer_start(struct checkpointer *checkpointer, const char *path, size_t cache_bytes)
{
    TRY(connection_open(&checkpointer->connection, path, CONNECTION_CHECKPOINT, cache_bytes));
    (void)pthread_mutex_init(&checkpointer->lock, NULL);
    (void)pthread_cond_init(&checkpointer->wake, NULL);
    checkpointer->started = thread_start(&checkpointer->thread, checkpointer_main, checkpointer);
    return checkpointer->started ? RC_OK : RC_NOMEM;
}

void checkpointer_wake(struct checkpointer *checkpointer)
{
    if (!checkpointer->busy) {
        checkpointer->busy = true;
        (void)pthread_mutex_lock(&checkpointer->lock);
        checkpointer->wanted = true;
        (void)pthread_cond_signal(&checkpointer->wake);
        (void)pthread_mutex_unlock(&checkpointer->lock);
    }
}

void checkpointer_stop(struct checkpointer *checkpointer)
{
    if (checkpointer->started) {
        (void)pthread_mutex_lock(&checkpointer->lock);
        checkpointer->stop = true;
        (void)pthread_cond_signal(&checkpointer->wake);
        (void)pthread_mutex_unlock(&checkpointer->lock);
        (void)pthread_join(checkpointer->thread, NULL);
        (void)pthread_cond_destroy(&checkpointer->wake);
        (void)pthread_mutex_destroy(&checkpointer->lock);
        checkpointer->started = false;
    }
    connection_close(&checkpointer->connection);
}
