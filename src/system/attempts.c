#include "system/attempts.h"

#include <pthread.h>

#include "base/alloc.h"

enum { PLACES = 16384 }; /* 128 KiB; a power of two */

static const int64_t regain_ns = ATTEMPTS_REGAIN_S * NS_PER_S;

/* Of each place only the moment is kept when it will be as good as new. */
struct attempts {
    const struct env *env;
    uint8_t hash_key[16];
    pthread_mutex_t lock;
    int64_t fresh_ns[PLACES]; /* monotonic; guarded by lock */
};

enum rc attempts_open(const struct env *env, struct attempts **ret)
{
    struct attempts *attempts = ALLOC_NEW(&heap, struct attempts);
    enum rc rc;

    if (attempts == NULL) {
        return RC_NOMEM;
    }
    attempts->env = env;
    (void)pthread_mutex_init(&attempts->lock, NULL); /* cannot fail with default attributes */
    rc = env->random(env, attempts->hash_key, sizeof(attempts->hash_key));
    if (rc != RC_OK) {
        attempts_close(attempts);
        return rc;
    }
    *ret = attempts;
    return RC_OK;
}

void attempts_close(struct attempts *attempts)
{
    if (attempts == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&attempts->lock);
    ALLOC_FREE(&heap, attempts);
}

static int64_t *place_of(struct attempts *attempts, str whom)
{
    return &attempts->fresh_ns[str_hash(attempts->hash_key, whom) & (PLACES - 1)];
}

enum rc attempts_take(struct attempts *attempts, str whom, int64_t *ret_wait_s)
{
    int64_t now_ns = attempts->env->mono_ns(attempts->env), wait_ns;
    int64_t *place = place_of(attempts, whom);

    (void)pthread_mutex_lock(&attempts->lock);
    if (*place < now_ns) {
        *place = now_ns;
    }
    wait_ns = *place - now_ns - (ATTEMPTS_AT_ONCE - 1) * regain_ns;
    if (wait_ns <= 0) {
        *place += regain_ns;
    }
    (void)pthread_mutex_unlock(&attempts->lock);
    if (wait_ns <= 0) {
        return RC_OK;
    }
    *ret_wait_s = (wait_ns + NS_PER_S - 1) / NS_PER_S;
    return RC_LIMIT;
}

void attempts_give_back(struct attempts *attempts, str whom)
{
    int64_t *place = place_of(attempts, whom);

    (void)pthread_mutex_lock(&attempts->lock);
    *place -= regain_ns;
    (void)pthread_mutex_unlock(&attempts->lock);
}
