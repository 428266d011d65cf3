/* What one analysis may spend, and where it stands. Every step of every search is counted here, so
 * that no document, however made, costs more than its caller allowed. */
#ifndef MANTLE_ANALYSIS_WORK_H
#define MANTLE_ANALYSIS_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum stop {
    STOP_NONE,
    STOP_STEPS,  /* the steps of the budget are spent */
    STOP_MEMORY, /* its memory is */
    STOP_NOMEM,  /* an allocation failed */
};

struct work {
    struct arena arena; /* lives as long as the analysis */
    uint64_t steps, steps_max;
    enum stop stop; /* once set, every search ends */
    char *stack;    /* memory of searches, taken and given back in order */
    size_t used, cap;
};

/* RC_NOMEM. work_done accepts a work whose init failed. */
MUST_CHECK enum rc work_init(struct work *work, const struct alloc *backing, uint64_t steps_max,
                             size_t memory_max);
void work_done(struct work *work);

/* False when the budget is spent or an allocation failed. */
bool work_step(struct work *work, uint64_t steps);
/* From the arena, zeroed; NULL with stop set. */
void *work_alloc(struct work *work, size_t count, size_t size);
/* From the stack, not zeroed; NULL with stop set. Given back by setting used to what it was. */
void *work_push(struct work *work, size_t count, size_t size);

#define WORK_NEW(work, count, type) ((type *)work_alloc((work), (count), sizeof(type)))
#define WORK_PUSH(work, count, type) ((type *)work_push((work), (count), sizeof(type)))

#endif
