#include "trailfile/seen.h"

#include <stdatomic.h>
#include <string.h>

enum { LINES = 1 << 15, LINE_IDS = 7 }; /* 2 MiB, 229,376 ids: one huge page */

/* One cache line: the latest events whose ids lead here, newest first. */
struct seen_line {
    _Atomic uint64_t locked;
    uint64_t marks[LINE_IDS];
};
_Static_assert(sizeof(struct seen_line) == 64, "a cache line");

enum rc seen_init(struct seen *seen, bool shared)
{
    /* Looked up at random: in small pages each look costs a walk of the page tables too. */
    TRY(huge_init(&seen->memory, LINES * sizeof(struct seen_line)));
    memset(seen->memory.at, 0, seen->memory.bytes);
    seen->lines = (struct seen_line *)(void *)seen->memory.at;
    seen->shared = shared;
    return RC_OK;
}

void seen_done(struct seen *seen)
{
    huge_done(&seen->memory);
    seen->lines = NULL;
}

/* Ids are random, made by the service: mixing is for spreading, not against an opponent. */
static inline uint64_t mix(const char *a, const char *b, uint64_t k)
{
    uint64_t x, y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    x = (x ^ k) * UINT64_C(0x9E3779B97F4A7C15);
    y = (y ^ k) * UINT64_C(0xC2B2AE3D27D4EB4F);
    x ^= x >> 32;
    return (x ^ (y << 17 | y >> 47)) * UINT64_C(0xD6E8FEB86659FD93);
}

static uint64_t hash_of(str id)
{
    enum { UUID = 36 };
    char padded[16] = "";
    uint64_t h = id.len;

    if (LIKELY(id.len == UUID)) { /* the digits between the hyphens that always stand there */
        h = mix(id.ptr, id.ptr + 9, 1) + mix(id.ptr + 19, id.ptr + 28, 2);
    } else {
        for (; id.len > 16; id = str_skip(id, 16)) {
            h = h * 31 + mix(id.ptr, id.ptr + 8, h);
        }
        memcpy(padded, id.ptr, id.len);
        h = h * 31 + mix(padded, padded + 8, h);
    }
    return h ^ h >> 29;
}

uint64_t seen_hash(const struct seen *seen, str id)
{
    uint64_t hash = hash_of(id);

    __builtin_prefetch(&seen->lines[hash % LINES], 1);
    return hash;
}

/* Which event it is of those with one id; 0 is a free place. */
static uint64_t mark_of(uint64_t hash, int64_t time_s, str name)
{
    char padded[16] = "";
    uint64_t time = (uint64_t)time_s * UINT64_C(0x9E3779B97F4A7C15);

    memcpy(padded, name.ptr, name.len < sizeof(padded) ? name.len : sizeof(padded));
    hash ^= mix(padded, padded + 8, time ^ name.len);
    return hash == 0 ? 1 : hash;
}

bool seen_before(struct seen *seen, uint64_t hash, int64_t time_s, str name)
{
    struct seen_line *line = &seen->lines[hash % LINES];
    uint64_t mark = mark_of(hash, time_s, name);
    bool found = false;

    while (seen->shared && atomic_exchange_explicit(&line->locked, 1, memory_order_acquire) != 0) {
    }
    for (unsigned i = 0; i < LINE_IDS && !found; i++) {
        found = line->marks[i] == mark;
    }
    if (!found) {
        memmove(line->marks + 1, line->marks, (LINE_IDS - 1) * sizeof(line->marks[0]));
        line->marks[0] = mark;
    }
    if (seen->shared) {
        atomic_store_explicit(&line->locked, 0, memory_order_release);
    }
    return found;
}
