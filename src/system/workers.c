#include "system/workers.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "base/alloc.h"

struct workers {
    struct workers_config config;
    pthread_t threads[WORKERS_THREADS_MAX];
    unsigned started;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct work *first, **last_next; /* guarded by lock */
    unsigned waiting;                /* guarded by lock */
    bool closing;                    /* guarded by lock */
};

/* The lock is held. NULL: the pool closes. */
static struct work *take(struct workers *workers)
{
    struct work *work;

    while (workers->first == NULL && !workers->closing) {
        (void)pthread_cond_wait(&workers->wake, &workers->lock);
    }
    if (workers->closing) {
        return NULL;
    }
    work = workers->first;
    workers->first = work->next;
    workers->waiting--;
    if (workers->first == NULL) {
        workers->last_next = &workers->first;
    }
    return work;
}

static void *thread_main(void *arg)
{
    struct workers *workers = arg;
    struct work *work;

    if (workers->config.nice != 0) { /* in Linux: of this thread alone */
        (void)setpriority(PRIO_PROCESS, 0, workers->config.nice);
    }
    (void)pthread_mutex_lock(&workers->lock);
    while ((work = take(workers)) != NULL) {
        (void)pthread_mutex_unlock(&workers->lock);
        work->run(work);
        (void)pthread_mutex_lock(&workers->lock);
    }
    (void)pthread_mutex_unlock(&workers->lock);
    if (workers->config.thread_end != NULL) {
        workers->config.thread_end();
    }
    return NULL;
}

/* Signals are the main thread's. */
static bool start_all(struct workers *workers)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (workers->started < workers->config.threads &&
           pthread_create(&workers->threads[workers->started], NULL, thread_main, workers) == 0) {
        workers->started++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return workers->started == workers->config.threads;
}

enum rc workers_open(const struct workers_config *config, struct workers **ret)
{
    struct workers *workers = ALLOC_NEW(&heap, struct workers);

    assert(config->threads > 0 && config->threads <= WORKERS_THREADS_MAX);
    if (workers == NULL) {
        return RC_NOMEM;
    }
    workers->config = *config;
    workers->last_next = &workers->first;
    (void)pthread_mutex_init(&workers->lock, NULL);
    (void)pthread_cond_init(&workers->wake, NULL);
    if (!start_all(workers)) {
        workers_close(workers);
        return RC_NOMEM;
    }
    *ret = workers;
    return RC_OK;
}

enum rc workers_submit(struct workers *workers, struct work *work)
{
    enum rc rc = RC_BUSY;

    work->next = NULL;
    (void)pthread_mutex_lock(&workers->lock);
    if (workers->waiting < workers->config.waiting_max && !workers->closing) {
        *workers->last_next = work;
        workers->last_next = &work->next;
        workers->waiting++;
        (void)pthread_cond_signal(&workers->wake);
        rc = RC_OK;
    }
    (void)pthread_mutex_unlock(&workers->lock);
    return rc;
}

void workers_close(struct workers *workers)
{
    if (workers == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    (void)pthread_cond_broadcast(&workers->wake);
    (void)pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->started; i++) {
        (void)pthread_join(workers->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&workers->wake);
    (void)pthread_mutex_destroy(&workers->lock);
    ALLOC_FREE(&heap, workers);
}
