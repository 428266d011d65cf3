/* Session policies inside tokens: deflated against a dictionary, so that a short policy of common
 * phrases takes little of the space a token has. */
#include "access/session.h"

#define ZLIB_CONST
#include <zlib.h>

enum {
    WINDOW_BITS = 13, /* 8 KiB: dictionary and the longest policy */
    MEM_LEVEL = 4,
    /* Percentages: see session_packed_percent. */
    BUDGET = 400 * 4,
    UNITS_PER_TAG_BYTE = 4,
    UNITS_PER_TAG = 2 * UNITS_PER_TAG_BYTE,
    UNITS_PER_INLINE_POLICY = 64,
    UNITS_PER_POLICY_BYTE = 3,
    UNITS_PER_MANAGED_POLICY = 24,
};

_Static_assert(SESSION_DICTIONARY_BYTES_MAX + SESSION_POLICY_BYTES_MAX <= 1 << WINDOW_BITS,
               "every phrase must stay within reach of the end of the longest policy");

static void *take_memory(void *arena, unsigned count, unsigned size)
{
    return arena_array(arena, count, size);
}

static void leave_memory(void *arena, void *ptr)
{
    (void)arena; /* the arena frees everything at once */
    (void)ptr;
}

static z_stream stream_of(struct arena *arena)
{
    return (z_stream){ .zalloc = take_memory, .zfree = leave_memory, .opaque = arena };
}

enum rc session_pack(str policy, struct arena *arena, str *ret_packed)
{
    z_stream stream = stream_of(arena);
    unsigned long bound;
    char *out;

    if (policy.len > SESSION_POLICY_BYTES_MAX) {
        return RC_LIMIT;
    }
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetDictionary(&stream, (const Bytef *)session_dictionary.ptr,
                             (unsigned)session_dictionary.len) != Z_OK) {
        return RC_NOMEM;
    }
    bound = deflateBound(&stream, policy.len);
    out = arena_bytes(arena, bound);
    if (out == NULL) {
        return RC_NOMEM;
    }
    stream.next_in = (const Bytef *)policy.ptr;
    stream.avail_in = (unsigned)policy.len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)bound;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        return RC_NOMEM;
    }
    *ret_packed = str_from(out, stream.total_out);
    return RC_OK;
}

unsigned session_packed_percent(str packed_policy, size_t managed_policies,
                                const struct session_tag *tags, size_t tag_count)
{
    size_t units = managed_policies * UNITS_PER_MANAGED_POLICY;

    if (packed_policy.ptr != NULL) {
        units += UNITS_PER_INLINE_POLICY + packed_policy.len * UNITS_PER_POLICY_BYTE;
    }
    for (size_t i = 0; i < tag_count; i++) {
        units += UNITS_PER_TAG + (tags[i].key.len + tags[i].value.len) * UNITS_PER_TAG_BYTE;
    }
    return (unsigned)((units * 100 + BUDGET - 1) / BUDGET);
}
