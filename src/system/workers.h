/* Threads for work that blocks: password hashing, outbound HTTP, the helper process. Loops and the
 * writer never wait; they hand such work to a pool and go on when it reports back.
 *
 * A pool is bounded twice: so many threads, and so many pieces of work waiting for one. What comes
 * beyond is refused at once (RC_BUSY), so that a slow peer costs its own callers and nobody else. */
#ifndef MANTLE_SYSTEM_WORKERS_H
#define MANTLE_SYSTEM_WORKERS_H

#include "base/rc.h"

struct workers;

/* Embedded in whatever the work is about; the pool does not touch it after `run` was called. */
struct work {
    void (*run)(struct work *work); /* on a thread of the pool; says itself when it is done */
    struct work *next;              /* the pool's */
};

struct workers_config {
    unsigned threads;         /* 1 to WORKERS_THREADS_MAX */
    unsigned waiting_max;     /* pieces of work not yet begun */
    int nice;                 /* 1 to 19: threads that leave the cores to others first; 0: as all */
    void (*thread_end)(void); /* called on each thread before it ends; may be NULL */
};

enum { WORKERS_THREADS_MAX = 64 };

/* RC_NOMEM. All threads are started before it returns. */
MUST_CHECK enum rc workers_open(const struct workers_config *config, struct workers **ret);
/* Any thread. RC_BUSY: waiting_max are waiting, or the pool is closing; `run` is then not called. */
MUST_CHECK enum rc workers_submit(struct workers *workers, struct work *work);
/* Lets finish what has begun and drops what has not: whoever wants that done waits for it before. So a
 * stop takes no longer than the longest piece of work. Accepts NULL. */
void workers_close(struct workers *workers);

#endif
