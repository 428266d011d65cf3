#include "federation/inside.h"

#include "base/alloc.h"

enum { ENTRY_BYTES_MAX = 16 * 1024 };

int64_t federation_now_s(const struct federation *federation)
{
    return federation->config.env->mono_ns(federation->config.env) / NS_PER_S;
}

bool federation_allows_loopback(const struct federation *federation)
{
    return federation->config.allow_loopback;
}

/* --- entries ------------------------------------------------------------------------------------ */

static void entry_free(struct entry *entry)
{
    issuer_keys_unref(entry->keys);
    arena_done(&entry->arena);
    ALLOC_FREE(&heap, entry);
}

/* The one not used for longest goes; those under way stay. */
static void make_room(struct federation *f)
{
    struct entry *oldest = NULL;
    size_t at = 0;
    void *value;
    str key;

    if (f->entries.count < FEDERATION_ISSUERS_MAX) {
        return;
    }
    while (table_next(&f->entries, &at, &key, &value)) {
        struct entry *entry = value;
        if (!entry->fetching && (oldest == NULL || entry->used_s < oldest->used_s)) {
            oldest = entry;
        }
    }
    if (oldest != NULL) {
        (void)table_remove(&f->entries, oldest->key);
        entry_free(oldest);
    }
}

static str key_of(const struct federation_issuer *issuer, struct arena *arena)
{
    return ARENA_JOIN(arena, issuer->url, STR(" "), issuer->thumbprints);
}

static struct entry *entry_new(struct federation *f, const struct federation_issuer *issuer)
{
    struct entry *entry = ALLOC_NEW(&heap, struct entry);

    if (entry == NULL) {
        return NULL;
    }
    arena_init(&entry->arena, &heap, 512, ENTRY_BYTES_MAX);
    entry->key = key_of(issuer, &entry->arena);
    entry->url = arena_str(&entry->arena, issuer->url);
    entry->thumbprints = arena_str(&entry->arena,
                                   issuer->thumbprints.ptr == NULL ? STR("") : issuer->thumbprints);
    make_room(f);
    if (entry->key.ptr == NULL || entry->url.ptr == NULL || entry->thumbprints.ptr == NULL ||
        table_set(&f->entries, entry->key, entry, NULL) != RC_OK) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

static struct entry *find(struct federation *f, const struct federation_issuer *issuer)
{
    struct arena scratch;
    struct entry *entry;

    arena_init(&scratch, &heap, 512, ENTRY_BYTES_MAX);
    str key = key_of(issuer, &scratch);
    entry = key.ptr == NULL ? NULL : table_get(&f->entries, key);
    arena_done(&scratch);
    return entry;
}

/* --- the queue of the thread -------------------------------------------------------------------- */

static void wake(struct federation *f)
{
    if (f->multi == NULL) {
        (void)pthread_cond_signal(&f->work);
    } else {
        (void)f->curl.multi_wakeup(f->multi);
    }
}

static void enqueue(struct federation *f, struct entry *entry)
{
    entry->fetching = true;
    entry->next_queued = NULL;
    if (f->queue_tail == NULL) {
        f->queue = entry;
    } else {
        f->queue_tail->next_queued = entry;
    }
    f->queue_tail = entry;
    wake(f);
}

struct entry *fetch_next(struct federation *f, bool *ret_closing)
{
    struct entry *entry = NULL;

    (void)pthread_mutex_lock(&f->lock);
    *ret_closing = f->closing;
    if (f->queue != NULL && (f->closing || f->running < FEDERATION_FETCHES_MAX)) {
        entry = f->queue;
        f->queue = entry->next_queued;
        if (f->queue == NULL) {
            f->queue_tail = NULL;
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    return entry;
}

bool fetch_wanted(struct federation *f)
{
    (void)pthread_mutex_lock(&f->lock);
    while (f->queue == NULL && !f->closing) {
        (void)pthread_cond_wait(&f->work, &f->lock);
    }
    bool wanted = !f->closing;
    (void)pthread_mutex_unlock(&f->lock);
    return wanted;
}

void fetch_ready(struct federation *f, CURLM *multi)
{
    (void)pthread_mutex_lock(&f->lock);
    f->multi = multi;
    (void)pthread_mutex_unlock(&f->lock);
}

static int64_t fresh_for(int64_t max_age_s)
{
    int64_t wanted = max_age_s < 0 ? FEDERATION_FRESH_S : max_age_s;

    return wanted < FEDERATION_FRESH_S_MIN   ? FEDERATION_FRESH_S_MIN
           : wanted > FEDERATION_FRESH_S_MAX ? FEDERATION_FRESH_S_MAX
                                             : wanted;
}

void fetch_ended(struct federation *f, struct entry *entry, struct issuer_keys *keys,
                 int64_t max_age_s)
{
    struct federation_wait *waiting;
    int64_t now = federation_now_s(f);
    struct issuer_keys *old = NULL;
    enum rc rc = keys != NULL ? RC_OK : RC_IO;

    (void)pthread_mutex_lock(&f->lock);
    if (keys != NULL) {
        old = entry->keys;
        entry->keys = keys;
        entry->fresh_until_s = now + fresh_for(max_age_s);
        entry->stale_until_s = entry->fresh_until_s + FEDERATION_STALE_S;
    }
    entry->tried = true;
    entry->failed = keys == NULL;
    entry->tried_s = now;
    entry->fetching = false;
    waiting = entry->waiting;
    entry->waiting = NULL;
    entry->waiting_count = 0;
    rc = f->closing ? RC_BUSY : rc;
    (void)pthread_mutex_unlock(&f->lock);
    issuer_keys_unref(old);
    while (waiting != NULL) {
        struct federation_wait *next = waiting->next;
        waiting->done(waiting, rc); /* it may be gone when this returns */
        waiting = next;
    }
}

/* --- asking ------------------------------------------------------------------------------------- */

/* How long after the last try the next one may be. */
static bool may_try(const struct entry *entry, int64_t now)
{
    int64_t pause = entry->failed ? FEDERATION_RETRY_S : FEDERATION_REFETCH_S;

    return !entry->tried || now - entry->tried_s >= pause;
}

static enum rc keys_locked(struct federation *f, const struct federation_issuer *issuer,
                           struct issuer_keys **ret)
{
    struct entry *entry = find(f, issuer);
    int64_t now = federation_now_s(f);

    if (entry == NULL || entry->keys == NULL || now >= entry->stale_until_s) {
        return RC_NOENT;
    }
    entry->used_s = now;
    if (now >= entry->fresh_until_s && !entry->fetching && may_try(entry, now)) {
        enqueue(f, entry);
    }
    issuer_keys_ref(entry->keys);
    *ret = entry->keys;
    return RC_OK;
}

enum rc federation_keys(struct federation *f, const struct federation_issuer *issuer,
                        struct issuer_keys **ret)
{
    (void)pthread_mutex_lock(&f->lock);
    enum rc rc = keys_locked(f, issuer, ret);
    (void)pthread_mutex_unlock(&f->lock);
    return rc;
}

static enum rc fetch_locked(struct federation *f, const struct federation_issuer *issuer,
                            struct federation_wait *wait)
{
    struct entry *entry = find(f, issuer);
    int64_t now = federation_now_s(f);

    if (f->closing) {
        return RC_BUSY;
    }
    if (entry == NULL) {
        entry = entry_new(f, issuer);
        if (entry == NULL) {
            return RC_NOMEM;
        }
    }
    entry->used_s = now;
    if (!entry->fetching && !may_try(entry, now)) {
        return entry->failed ? RC_IO : RC_EXISTS;
    }
    if (entry->waiting_count >= FEDERATION_WAITING_MAX) {
        return RC_BUSY;
    }
    wait->next = entry->waiting;
    entry->waiting = wait;
    entry->waiting_count++;
    if (!entry->fetching) {
        enqueue(f, entry);
    }
    return RC_OK;
}

enum rc federation_fetch(struct federation *f, const struct federation_issuer *issuer,
                         struct federation_wait *wait)
{
    (void)pthread_mutex_lock(&f->lock);
    enum rc rc = fetch_locked(f, issuer, wait);
    (void)pthread_mutex_unlock(&f->lock);
    return rc;
}

/* --- opening and closing ------------------------------------------------------------------------ */

enum rc federation_open(const struct federation_config *config, struct federation **ret)
{
    struct federation *f = ALLOC_NEW(&heap, struct federation);
    uint8_t hash_key[16];

    if (f == NULL) {
        return RC_NOMEM;
    }
    f->config = *config;
    if (config->env->random(config->env, hash_key, sizeof(hash_key)) != RC_OK) {
        ALLOC_FREE(&heap, f);
        return RC_IO;
    }
    table_init(&f->entries, &heap, hash_key);
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->work, NULL);
    if (pthread_create(&f->thread, NULL, fetch_thread, f) != 0) {
        table_done(&f->entries);
        (void)pthread_cond_destroy(&f->work);
        (void)pthread_mutex_destroy(&f->lock);
        ALLOC_FREE(&heap, f);
        return RC_IO;
    }
    *ret = f;
    return RC_OK;
}

void federation_close(struct federation *f)
{
    size_t at = 0;
    void *value;
    str key;

    if (f == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&f->lock);
    f->closing = true;
    wake(f);
    (void)pthread_mutex_unlock(&f->lock);
    (void)pthread_join(f->thread, NULL);
    while (table_next(&f->entries, &at, &key, &value)) {
        entry_free(value);
    }
    table_done(&f->entries);
    if (f->multi != NULL) {
        (void)f->curl.multi_cleanup(f->multi);
    }
    (void)pthread_cond_destroy(&f->work);
    (void)pthread_mutex_destroy(&f->lock);
    ALLOC_FREE(&heap, f);
}
