#include "trailfile/seen.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"

enum { LINES = 1 << 17, LINE_IDS = 7 }; /* 8 MiB, 917,504 ids */

/* One cache line: the latest ids whose hash leads here, newest first. */
struct seen_line {
    _Atomic uint64_t locked;
    uint64_t ids[LINE_IDS];
};
_Static_assert(sizeof(struct seen_line) == 64, "a cache line");

enum rc seen_init(struct seen *seen)
{
    seen->lines = alloc_array(&heap, LINES, sizeof(*seen->lines));
    return seen->lines == NULL ? RC_NOMEM : RC_OK;
}

void seen_done(struct seen *seen)
{
    alloc_free(&heap, seen->lines, LINES * sizeof(*seen->lines));
    seen->lines = NULL;
}

/* Ids are random, made by the service: mixing is for spreading, not against an opponent. */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 29;
}

static uint64_t hash_of(str id)
{
    uint64_t h = id.len * UINT64_C(0xC2B2AE3D27D4EB4F), word;

    for (; id.len >= 8; id = str_skip(id, 8)) {
        memcpy(&word, id.ptr, 8);
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, id.ptr, id.len);
    h = mix(mix(h, word), 1);
    return h == 0 ? 1 : h; /* 0: a free place */
}

bool seen_before(struct seen *seen, str id)
{
    uint64_t hash = hash_of(id);
    struct seen_line *line = &seen->lines[hash % LINES];
    bool found = false;

    while (atomic_exchange_explicit(&line->locked, 1, memory_order_acquire) != 0) {
    }
    for (unsigned i = 0; i < LINE_IDS && !found; i++) {
        found = line->ids[i] == hash;
    }
    if (!found) {
        memmove(line->ids + 1, line->ids, (LINE_IDS - 1) * sizeof(line->ids[0]));
        line->ids[0] = hash;
    }
    atomic_store_explicit(&line->locked, 0, memory_order_release);
    return found;
}
