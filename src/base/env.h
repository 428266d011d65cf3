/* Time and randomness come through here, so that a test can run the same seconds twice. The real
 * one is system_env() in system/. */
#ifndef MANTLE_BASE_ENV_H
#define MANTLE_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

struct env {
    int64_t (*now_ns)(const struct env *env);  /* wall clock: ns since 1970-01-01T00:00:00Z */
    int64_t (*mono_ns)(const struct env *env); /* monotonic clock, for deadlines */
    enum rc (*random)(const struct env *env, void *out, size_t len); /* unpredictable bytes */
};

static inline int64_t env_now_s(const struct env *env)
{
    return env->now_ns(env) / NS_PER_S;
}

#endif
