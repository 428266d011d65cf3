#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Under AddressSanitizer a byte nobody was given is as forbidden as one behind a malloc, so that a
 * view kept across a reset is found by the tests. */
#if defined(__SANITIZE_ADDRESS__)
#define MANTLE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MANTLE_ASAN 1
#endif
#endif
#ifdef MANTLE_ASAN
#include <sanitizer/asan_interface.h>
#define FORBID(ptr, size) ASAN_POISON_MEMORY_REGION(ptr, size)
#define PERMIT(ptr, size) ASAN_UNPOISON_MEMORY_REGION(ptr, size)
#else
#define FORBID(ptr, size) ((void)(ptr), (void)(size))
#define PERMIT(ptr, size) ((void)(ptr), (void)(size))
#endif

struct arena_chunk {
    struct arena_chunk *older;
    size_t size, used; /* of data[] */
    alignas(max_align_t) char data[];
};

static void *arena_resize(const struct alloc *self, void *ptr, size_t old_size, size_t new_size);

void arena_init(struct arena *arena, const struct alloc *backing, size_t chunk_bytes,
                size_t max_bytes)
{
    *arena = (struct arena){
        .as_alloc = { arena_resize },
        .backing = backing,
        .chunk_bytes = chunk_bytes,
        .max_bytes = max_bytes,
    };
}

static void chunk_free(struct arena *arena, struct arena_chunk *chunk)
{
    size_t total = sizeof(*chunk) + chunk->size;

    PERMIT(chunk->data, chunk->size);
    arena->used_bytes -= total;
    alloc_free(arena->backing, chunk, total);
}

void arena_done(struct arena *arena)
{
    while (arena->chunk != NULL) {
        struct arena_chunk *older = arena->chunk->older;
        chunk_free(arena, arena->chunk);
        arena->chunk = older;
    }
}

void arena_reset(struct arena *arena)
{
    while (arena->chunk != NULL && arena->chunk->older != NULL) {
        struct arena_chunk *older = arena->chunk->older;
        chunk_free(arena, arena->chunk);
        arena->chunk = older;
    }
    if (arena->chunk == NULL) {
        return;
    }
    if (arena->chunk->size > arena->chunk_bytes) { /* one huge request must not pin its memory */
        arena_done(arena);
        return;
    }
    arena->chunk->used = 0;
    FORBID(arena->chunk->data, arena->chunk->size);
}

static bool chunk_add(struct arena *arena, size_t need)
{
    size_t size = need > arena->chunk_bytes ? need : arena->chunk_bytes;
    struct arena_chunk *chunk;

    if (size > SIZE_MAX - sizeof(*chunk) || arena->used_bytes > arena->max_bytes ||
        sizeof(*chunk) + size > arena->max_bytes - arena->used_bytes) {
        return false;
    }
    chunk = arena->backing->resize(arena->backing, NULL, 0, sizeof(*chunk) + size);
    if (chunk == NULL) {
        return false;
    }
    chunk->older = arena->chunk;
    chunk->size = size;
    chunk->used = 0;
    FORBID(chunk->data, size);
    arena->chunk = chunk;
    arena->used_bytes += sizeof(*chunk) + size;
    return true;
}

static char *take(struct arena *arena, size_t size, size_t align)
{
    struct arena_chunk *chunk = arena->chunk;
    size_t start = chunk == NULL ? 0 : (chunk->used + align - 1) & ~(align - 1);

    if (chunk == NULL || start > chunk->size || size > chunk->size - start) {
        if (!chunk_add(arena, size)) {
            return NULL;
        }
        chunk = arena->chunk;
        start = 0;
    }
    chunk->used = start + size;
    PERMIT(chunk->data + start, size);
    return chunk->data + start;
}

char *arena_bytes(struct arena *arena, size_t size)
{
    return take(arena, size, 1);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *ptr = take(arena, size, alignof(max_align_t));

    if (ptr != NULL) {
        memset(ptr, 0, size);
    }
    return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(arena, count * size);
}

static void *arena_resize(const struct alloc *self, void *ptr, size_t old_size, size_t new_size)
{
    struct arena *arena = CONTAINER_OF(self, struct arena, as_alloc);
    struct arena_chunk *chunk = arena->chunk;
    void *fresh;

    if (new_size == 0) {
        return NULL;
    }
    if (ptr != NULL && new_size <= old_size) {
        return ptr;
    }
    if (ptr != NULL && chunk != NULL && (char *)ptr + old_size == chunk->data + chunk->used &&
        new_size - old_size <= chunk->size - chunk->used) {
        chunk->used += new_size - old_size;
        PERMIT(ptr, new_size);
        return ptr;
    }
    fresh = take(arena, new_size, alignof(max_align_t));
    if (fresh != NULL && ptr != NULL) {
        memcpy(fresh, ptr, old_size);
    }
    return fresh;
}

str arena_str(struct arena *arena, str s)
{
    char *copy;

    if (s.ptr == NULL || s.len == SIZE_MAX) {
        return STR_NONE;
    }
    copy = arena_bytes(arena, s.len + 1);
    if (copy == NULL) {
        return STR_NONE;
    }
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return str_from(copy, s.len);
}

str arena_join_parts(struct arena *arena, const str *parts, size_t count)
{
    size_t len = 0;
    char *text, *at;

    for (size_t i = 0; i < count; i++) {
        if (parts[i].len >= SIZE_MAX - len) {
            return STR_NONE;
        }
        len += parts[i].len;
    }
    text = at = arena_bytes(arena, len + 1);
    if (text == NULL) {
        return STR_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(at, parts[i].ptr, parts[i].len);
            at += parts[i].len;
        }
    }
    *at = '\0';
    return str_from(text, len);
}

str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = len < 0 ? NULL : arena_bytes(arena, (size_t)len + 1);
    if (text == NULL) {
        return STR_NONE;
    }
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    return str_from(text, (size_t)len);
}

str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    str out;

    va_start(args, format);
    out = arena_vprintf(arena, format, args);
    va_end(args);
    return out;
}
