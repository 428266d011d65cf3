#include "analysis/work.h"

enum { CHUNK_BYTES = 1 << 16, ALIGNMENT = 16 };

enum rc work_init(struct work *work, const struct alloc *backing, uint64_t steps_max,
                  size_t memory_max)
{
    size_t half = memory_max / 2;

    *work = (struct work){ .steps_max = steps_max };
    arena_init(&work->arena, backing, CHUNK_BYTES, memory_max);
    work->stack = arena_bytes(&work->arena, half + ALIGNMENT); /* touched only as far as needed */
    if (work->stack == NULL) {
        return RC_NOMEM;
    }
    work->stack += (ALIGNMENT - (uintptr_t)work->stack % ALIGNMENT) % ALIGNMENT;
    work->cap = half;
    return RC_OK;
}

void work_done(struct work *work)
{
    arena_done(&work->arena);
}

bool work_step(struct work *work, uint64_t steps)
{
    work->steps += steps;
    if (work->steps > work->steps_max && work->stop == STOP_NONE) {
        work->stop = STOP_STEPS;
    }
    return work->stop == STOP_NONE;
}

void *work_alloc(struct work *work, size_t count, size_t size)
{
    size_t room = work->arena.max_bytes - work->arena.used_bytes;
    void *ptr = arena_array(&work->arena, count, size);

    if (ptr == NULL && work->stop == STOP_NONE) {
        /* The arena takes a chunk at a time: with less than that left, it was the budget. */
        bool large = count > room / size || room < CHUNK_BYTES + 256 + count * size;
        work->stop = large ? STOP_MEMORY : STOP_NOMEM;
    }
    return ptr;
}

void *work_push(struct work *work, size_t count, size_t size)
{
    char *ptr = work->stack + work->used;

    if (count > (work->cap - work->used) / size) {
        work->stop = work->stop == STOP_NONE ? STOP_MEMORY : work->stop;
        return NULL;
    }
    size = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    work->used = size > work->cap - work->used ? work->cap : work->used + size;
    return ptr;
}
