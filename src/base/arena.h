/* Memory with one lifetime: one request, one subject, one compiled policy. Nothing in it is freed
 * one by one; the whole is reset or released at once. */
#ifndef MANTLE_BASE_ARENA_H
#define MANTLE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/str.h"

struct arena_chunk;

/* `as_alloc` comes first so that an arena can stand wherever an allocator is asked for (a buf that
 * grows inside a request): freeing is then a no-op and growing the last block happens in place. */
struct arena {
    struct alloc as_alloc;
    const struct alloc *backing;
    struct arena_chunk *chunk;    /* newest first; the oldest survives a reset */
    size_t chunk_bytes;           /* size of an ordinary chunk */
    size_t used_bytes, max_bytes; /* bytes held from `backing`, and the most it may hold */
};

/* Takes no memory yet. max_bytes says how big one request, subject or document may get. */
void arena_init(struct arena *arena, const struct alloc *backing, size_t chunk_bytes,
                size_t max_bytes);
void arena_done(struct arena *arena);
/* Forgets everything allocated; keeps one ordinary chunk for the next use. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type; NULL when memory or max_bytes ran out. size 0 gives a valid,
 * useless pointer. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;
void *arena_array(struct arena *arena, size_t count, size_t size) MUST_CHECK;
/* The same without zeroing and without alignment: for bytes. */
char *arena_bytes(struct arena *arena, size_t size) MUST_CHECK;

#define NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define NEW_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/* Copies; ret.ptr == NULL only on failure or when s is absent. A NUL follows the copy, so that
 * ret.ptr may be handed to the operating system. */
str arena_str(struct arena *arena, str s);
/* The parts one behind the other, with a NUL behind them; an absent part counts as empty. ptr NULL
 * on failure. What arena_printf does for strings alone, without reading a format twice. */
str arena_join_parts(struct arena *arena, const str *parts, size_t count);
#define ARENA_JOIN(arena, ...)                                                                     \
    arena_join_parts((arena), (const str[]){ __VA_ARGS__ },                                        \
                     sizeof((const str[]){ __VA_ARGS__ }) / sizeof(str))
/* Formatted; ptr NULL on failure. */
str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
str arena_vprintf(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);

#endif
