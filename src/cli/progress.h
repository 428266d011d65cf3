/* A bar on standard error for steps that take a while; nothing when that is no terminal. */
#ifndef MANTLE_CLI_PROGRESS_H
#define MANTLE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; /* "reading the trail" */
    int64_t drawn_ns;
    bool on, drawn;
};

void progress_start(struct progress *progress, const char *what);
/* Draws at most ten times a second. total 0: not known. unit: "MB"; may be "". */
void progress_at(struct progress *progress, uint64_t done, uint64_t total, const char *unit);
/* Takes the bar away. */
void progress_end(struct progress *progress);

#endif
