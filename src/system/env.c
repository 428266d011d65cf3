#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "system/system.h"

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now = { 0 };

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t real_now_ns(const struct env *env UNUSED)
{
    return clock_ns(CLOCK_REALTIME);
}

static int64_t real_mono_ns(const struct env *env UNUSED)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static enum rc real_random(const struct env *env UNUSED, void *out, size_t len)
{
    char *at = out;

    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return RC_IO;
        }
        at += got;
        len -= (size_t)got;
    }
    return RC_OK;
}

const struct env *system_env(void)
{
    static const struct env real = { real_now_ns, real_mono_ns, real_random };

    return &real;
}
