#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "system/system.h"

enum { WIDTH = 30 };

void progress_start(struct progress *progress, const char *what)
{
    *progress = (struct progress){ .what = what, .on = isatty(STDERR_FILENO) == 1 };
}

void progress_at(struct progress *progress, uint64_t done, uint64_t total, const char *unit)
{
    int64_t now = system_env()->mono_ns(system_env());
    unsigned percent = total == 0 ? 0 : (unsigned)(done >= total ? 100 : done * 100 / total);
    char bar[WIDTH + 1];

    if (!progress->on || (progress->drawn && now - progress->drawn_ns < 100 * NS_PER_MS)) {
        return;
    }
    progress->drawn = true;
    progress->drawn_ns = now;
    for (unsigned i = 0; i < WIDTH; i++) {
        bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
    }
    bar[WIDTH] = '\0';
    if (total == 0) {
        (void)fprintf(stderr, "\r%s: %" PRIu64 " %s\033[K", progress->what, done, unit);
    } else {
        (void)fprintf(stderr, "\r%s [%s] %3u %% of %" PRIu64 " %s\033[K", progress->what, bar,
                      percent, total, unit);
    }
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->drawn) {
        (void)fprintf(stderr, "\r\033[K");
        (void)fflush(stderr);
    }
    progress->drawn = false;
}
