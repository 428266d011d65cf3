/* The trail's own thread moves lines to the segment: those of changes from the outbox batches the
 * writer committed, those of reads and refusals from the lanes. A line of a change is deleted from
 * the outbox only after the segment that holds it was synced, so a crash loses none; what was
 * written but not yet deleted is recognised at the next start (recover.c), so a crash doubles none.
 * The next commit with a record deletes; when none comes, the thread has it done. */
#include "trail/trail.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "store/queries.h"
#include "store/store.h"
#include "system/log.h"
#include "system/metrics.h"
#include "system/system.h"
#include "trail/recover.h"
#include "trail/segment.h"

enum {
    FLUSH_MS = 50,                 /* a read's record is in the segment this soon */
    LANE_BYTES_MAX = 8 << 20,      /* then records of reads are dropped, and counted */
    BATCH_BYTES_MAX = 32 << 20,    /* lines of one commit */
    PENDING_BYTES_MAX = 256 << 20, /* committed, not yet in a segment; then changes are refused */
    SYNC_BYTES_MAX =
        8 << 20, /* written since: then records of reads are synced, and rows that stand
                               * in a segment deleted; what a start after a crash has to read */
};

struct trail_lane {
    pthread_mutex_t lock;
    buf lines;     /* guarded by lock */
    uint64_t lost; /* guarded by lock */
};

struct trail {
    struct segment_writer segment; /* owned by the trail thread once it runs */
    struct store *store;
    const struct env *env;
    struct trail_lane *lanes;
    unsigned lane_count;
    size_t sync_bytes;

    buf batch;             /* writer thread only: lines of the commit being made */
    uint64_t next_seq;     /* writer thread only: outbox row of that commit */
    uint64_t deleting_seq; /* writer thread only: rows up to here go with that commit */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    buf pending;                    /* guarded by lock: committed lines, in commit order */
    uint64_t pending_seq;           /* guarded by lock: the newest of them */
    bool stopping;                  /* guarded by lock */
    struct segment_position synced; /* guarded by lock: later lines stand behind it */

    buf spare;             /* trail thread only: what is being written */
    uint64_t since_sweep;  /* trail thread only: bytes written */
    uint64_t failed_at_ns; /* trail thread only: when writing began to fail; 0: it works */
    atomic_uint_fast64_t durable_seq; /* outbox rows up to here may go */
    atomic_uint_fast64_t deleted_seq; /* and up to here are gone */
    atomic_bool healthy;
    pthread_t thread;
    bool running;
};

static struct metric records_total = { .type = METRIC_COUNTER,
                                       .name = "mantle_trail_records_bytes_total",
                                       .help = "Bytes of audit records written to segments." };
static struct metric dropped_total = {
    .type = METRIC_COUNTER,
    .name = "mantle_trail_dropped_total",
    .help = "Audit records of reads and refusals dropped because the disk could not follow."
};
static struct metric failing = { .type = METRIC_GAUGE,
                                 .name = "mantle_trail_failing",
                                 .help = "1 while the trail cannot be written." };

static enum rc lanes_open(struct trail *trail, unsigned count)
{
    trail->lanes = alloc_array(&heap, count, sizeof(*trail->lanes));
    if (trail->lanes == NULL) {
        return RC_NOMEM;
    }
    trail->lane_count = count;
    for (unsigned i = 0; i < count; i++) {
        (void)pthread_mutex_init(&trail->lanes[i].lock, NULL);
        trail->lanes[i].lines = buf_heap(LANE_BYTES_MAX);
    }
    return RC_OK;
}

enum rc trail_open(const struct trail_config *config, struct arena *arena, struct trail **ret,
                   str *ret_why)
{
    struct trail *trail = ALLOC_NEW(&heap, struct trail);
    pthread_condattr_t clock;
    enum rc rc;

    if (trail == NULL) {
        return RC_NOMEM;
    }
    trail->segment.fd = -1;
    trail->env = config->env;
    trail->batch = buf_heap(BATCH_BYTES_MAX);
    trail->pending = buf_heap(PENDING_BYTES_MAX);
    trail->spare = buf_heap(PENDING_BYTES_MAX);
    trail->next_seq = 1;
    trail->sync_bytes = config->segment_bytes_max / 2 < SYNC_BYTES_MAX
                            ? (size_t)config->segment_bytes_max / 2
                            : SYNC_BYTES_MAX;
    atomic_store(&trail->healthy, true);
    (void)pthread_mutex_init(&trail->lock, NULL);
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&trail->wake, &clock);
    (void)pthread_condattr_destroy(&clock);
    metric_register(&records_total);
    metric_register(&dropped_total);
    metric_register(&failing);

    rc = dir_make(config->dir);
    if (rc == RC_OK) {
        rc = segment_writer_open(&trail->segment, config->dir, config->segment_bytes_max);
    }
    if (rc == RC_OK) {
        rc = lanes_open(trail, config->lanes == 0 ? 1 : config->lanes);
    }
    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "cannot open the audit trail in %s: %s", config->dir,
                                rc == RC_IO ? "not readable and writable" : rc_name(rc));
        trail_close(trail);
        return rc;
    }
    *ret = trail;
    return RC_OK;
}

/* --- the thread --- */

/* Lines of changes first: they are what somebody waits for to be deletable. */
static uint64_t gather_changes(struct trail *trail, bool wait, bool *ret_stopping)
{
    struct timespec until;
    uint64_t seq;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += FLUSH_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;

    (void)pthread_mutex_lock(&trail->lock);
    while (wait && !trail->stopping &&
           pthread_cond_timedwait(&trail->wake, &trail->lock, &until) == 0) {
    }
    buf_add(&trail->spare, buf_str(&trail->pending));
    seq = trail->spare.err == RC_OK ? trail->pending_seq : 0;
    if (trail->spare.err == RC_OK) {
        buf_clear(&trail->pending);
    }
    *ret_stopping = trail->stopping;
    (void)pthread_mutex_unlock(&trail->lock);
    return seq;
}

static void gather_lanes(struct trail *trail)
{
    for (unsigned i = 0; i < trail->lane_count; i++) {
        struct trail_lane *lane = &trail->lanes[i];
        uint64_t lost;

        (void)pthread_mutex_lock(&lane->lock);
        if (buf_reserve(&trail->spare, lane->lines.len) != NULL) {
            buf_add(&trail->spare, buf_str(&lane->lines));
            buf_clear(&lane->lines);
        }
        lost = lane->lost;
        lane->lost = 0;
        (void)pthread_mutex_unlock(&lane->lock);
        if (lost > 0) {
            metric_add(&dropped_total, (int64_t)lost);
        }
    }
}

static void set_health(struct trail *trail, enum rc rc)
{
    uint64_t now_ns = (uint64_t)trail->env->mono_ns(trail->env);
    bool good = rc == RC_OK;
    char seconds[32];

    if (atomic_exchange(&trail->healthy, good) == good) {
        return;
    }
    metric_set(&failing, good ? 0 : 1);
    if (!good) {
        trail->failed_at_ns = now_ns;
        log_event(
            LOG_LEVEL_ERROR, "trail.write_failed", "dir", trail->segment.dir, "error", rc_name(rc),
            "meaning",
            "records of changes stay in the database and are tried again; those of reads wait "
            "in memory",
            NULL);
        return;
    }
    (void)snprintf(seconds, sizeof(seconds), "%.1f", (double)(now_ns - trail->failed_at_ns) / 1e9);
    log_event(LOG_LEVEL_INFO, "trail.recovered", "dir", trail->segment.dir, "after_seconds",
              seconds, "meaning",
              "all records of changes are in the segment and synced; those of reads too, unless "
              "mantle_trail_dropped_total rose",
              NULL);
}

static enum rc write_out(struct trail *trail, bool owed)
{
    struct segment_writer *segment = &trail->segment;

    if (trail->spare.len > 0) {
        TRY(segment_append(segment, buf_str(&trail->spare)));
        metric_add(&records_total, (int64_t)trail->spare.len);
        trail->since_sweep += trail->spare.len;
        buf_clear(&trail->spare);
    }
    return owed || segment->doubtful || segment->unsynced.len >= trail->sync_bytes
               ? segment_sync(segment)
               : RC_OK;
}

static void flush(struct trail *trail, uint64_t seq)
{
    bool owed = seq > atomic_load(&trail->durable_seq);
    enum rc rc = write_out(trail, owed);

    if (rc == RC_OK && owed) {
        atomic_store(&trail->durable_seq, seq);
    }
    (void)pthread_mutex_lock(&trail->lock);
    trail->synced = (struct segment_position){ trail->segment.number, trail->segment.synced };
    (void)pthread_mutex_unlock(&trail->lock);
    set_health(trail, rc);
}

static enum rc empty_outbox(struct txn *txn, void *arg)
{
    struct trail *trail = arg;

    return q_outbox_delete(txn, (int64_t)atomic_load(&trail->durable_seq));
}

/* Without this the rows of the last change would stay while nothing but reads follow, and a start
 * after a crash had all their records to look through. */
static void sweep(struct trail *trail)
{
    uint64_t durable = atomic_load(&trail->durable_seq);

    if (durable <= atomic_load(&trail->deleted_seq)) {
        trail->since_sweep = 0;
    } else if (trail->since_sweep >= trail->sync_bytes) {
        trail->since_sweep = 0; /* a failure: tried again after as many bytes */
        if (store_write(trail->store, empty_outbox, trail) == RC_OK) {
            atomic_store(&trail->deleted_seq, durable);
        }
    }
}

static void *trail_thread(void *arg)
{
    struct trail *trail = arg;
    bool stopping = false;
    uint64_t seq = 0;

    while (!stopping) {
        uint64_t newest = gather_changes(trail, true, &stopping);
        seq = newest > seq ? newest : seq;
        gather_lanes(trail);
        trail->spare.err = RC_OK; /* what did not fit waits in its lane */
        flush(trail, seq);
        sweep(trail);
    }
    return NULL;
}

enum rc trail_start(struct trail *trail, struct store *store)
{
    uint64_t seq;

    trail->store = store;
    TRY(trail_recover(&trail->segment, store, &seq));
    trail->next_seq = seq + 1;
    atomic_store(&trail->durable_seq, seq);
    atomic_store(&trail->deleted_seq, seq);
    trail->synced = (struct segment_position){ trail->segment.number, trail->segment.synced };
    if (pthread_create(&trail->thread, NULL, trail_thread, trail) != 0) {
        return RC_NOMEM;
    }
    trail->running = true;
    return RC_OK;
}

void trail_close(struct trail *trail)
{
    if (trail == NULL) {
        return;
    }
    if (trail->running) {
        (void)pthread_mutex_lock(&trail->lock);
        trail->stopping = true;
        (void)pthread_cond_signal(&trail->wake);
        (void)pthread_mutex_unlock(&trail->lock);
        (void)pthread_join(trail->thread, NULL);
        /* If this fails the next start finds the lines in the segment and deletes the rows then. */
        (void)!store_write(trail->store, empty_outbox, trail);
    }
    if (trail->segment.fd >= 0) {
        (void)!segment_sync(&trail->segment);
    }
    segment_writer_close(&trail->segment);
    for (unsigned i = 0; i < trail->lane_count; i++) {
        buf_done(&trail->lanes[i].lines);
        (void)pthread_mutex_destroy(&trail->lanes[i].lock);
    }
    alloc_free(&heap, trail->lanes, trail->lane_count * sizeof(*trail->lanes));
    buf_done(&trail->batch);
    buf_done(&trail->pending);
    buf_done(&trail->spare);
    (void)pthread_cond_destroy(&trail->wake);
    (void)pthread_mutex_destroy(&trail->lock);
    ALLOC_FREE(&heap, trail);
}

/* --- the writer thread --- */

enum rc trail_change(struct trail *trail, str line)
{
    if (line.len >= SEGMENT_LINE_MAX) {
        return RC_LIMIT;
    }
    buf_add(&trail->batch, line);
    buf_add_char(&trail->batch, '\n');
    return trail->batch.err;
}

enum rc trail_before_commit(void *ctx, struct txn *txn)
{
    struct trail *trail = ctx;
    uint64_t durable = atomic_load(&trail->durable_seq);
    struct segment_position synced;
    bool room;

    if (trail->batch.err != RC_OK) {
        return trail->batch.err;
    }
    if (trail->batch.len == 0) {
        return RC_OK;
    }
    (void)pthread_mutex_lock(&trail->lock);
    room = buf_reserve(&trail->pending, trail->batch.len) != NULL;
    trail->pending.err = RC_OK;
    synced = trail->synced;
    (void)pthread_mutex_unlock(&trail->lock);
    if (!room) {
        return RC_FULL; /* a change that cannot be recorded does not happen */
    }
    TRY(q_outbox_add(txn, (int64_t)trail->next_seq, buf_str(&trail->batch), (int64_t)synced.number,
                     (int64_t)synced.bytes));
    trail->deleting_seq = durable;
    return durable <= atomic_load(&trail->deleted_seq) ? RC_OK
                                                       : q_outbox_delete(txn, (int64_t)durable);
}

void trail_after_commit(void *ctx, uint64_t revision UNUSED)
{
    struct trail *trail = ctx;

    if (trail->batch.len == 0) {
        return;
    }
    (void)pthread_mutex_lock(&trail->lock);
    buf_add(&trail->pending, buf_str(&trail->batch)); /* room was made before the commit */
    trail->pending_seq = trail->next_seq++;
    (void)pthread_mutex_unlock(&trail->lock);
    buf_clear(&trail->batch);
    if (trail->deleting_seq > atomic_load(&trail->deleted_seq)) {
        atomic_store(&trail->deleted_seq, trail->deleting_seq);
    }
}

void trail_after_abort(void *ctx)
{
    struct trail *trail = ctx;

    buf_clear(&trail->batch);
}

/* --- the loops --- */

void trail_note(struct trail *trail, unsigned lane_index, str line)
{
    struct trail_lane *lane = &trail->lanes[lane_index % trail->lane_count];
    size_t before;

    (void)pthread_mutex_lock(&lane->lock);
    before = lane->lines.len;
    buf_add(&lane->lines, line);
    buf_add_char(&lane->lines, '\n');
    if (line.len >= SEGMENT_LINE_MAX) {
        lane->lines.err = RC_LIMIT;
    }
    if (lane->lines.err != RC_OK) {
        lane->lines.err = RC_OK;
        lane->lines.len = before;
        lane->lost++;
    }
    (void)pthread_mutex_unlock(&lane->lock);
}

bool trail_is_healthy(const struct trail *trail)
{
    return atomic_load(&trail->healthy);
}
