#include "lib/object.h"

#include "base/bytes.h"

_Static_assert(sizeof(mantle_str) == sizeof(str) &&
                   offsetof(mantle_str, ptr) == offsetof(str, ptr) &&
                   offsetof(mantle_str, len) == offsetof(str, len),
               "views of the host are views of ours");

static void *host_resize(const struct alloc *self, void *ptr, size_t old_size, size_t new_size)
{
    const struct host_memory *memory = CONTAINER_OF(self, const struct host_memory, as_alloc);

    if (memory->host.resize == NULL) {
        return heap.resize(&heap, ptr, old_size, new_size);
    }
    return memory->host.resize(memory->host.context, ptr, old_size, new_size);
}

void *object_new(const mantle_allocator *allocator, size_t size, size_t chunk_bytes,
                 size_t memory_max)
{
    struct host_memory memory = { .as_alloc = { host_resize } };
    struct object *object;

    if (allocator != NULL) {
        memory.host = *allocator;
    }
    object = alloc_new(&memory.as_alloc, size);
    if (object == NULL) {
        return NULL;
    }
    object->memory = memory;
    arena_init(&object->arena, &object->memory.as_alloc, chunk_bytes, memory_max);
    return object;
}

void object_free(struct object *object, size_t size)
{
    struct host_memory memory;

    if (object == NULL) {
        return;
    }
    memory = object->memory;
    arena_done(&object->arena);
    alloc_free(&memory.as_alloc, object, size);
}

static const struct {
    enum rc ours;
    mantle_rc theirs;
    const char *text;
} codes[] = {
    { RC_OK, MANTLE_OK, "ok" },
    { RC_NOMEM, MANTLE_NO_MEMORY, "out of memory" },
    { RC_SYNTAX, MANTLE_SYNTAX, "syntax error" },
    { RC_LIMIT, MANTLE_LIMIT, "limit exceeded" },
    { RC_NOENT, MANTLE_NOT_FOUND, "does not exist" },
    { RC_DENIED, MANTLE_DENIED, "not authentic" },
    { RC_EXPIRED, MANTLE_EXPIRED, "expired" },
    { RC_CORRUPT, MANTLE_CORRUPT, "corrupt data" },
    { RC_UNSUPPORTED, MANTLE_UNSUPPORTED, "not supported" },
};

mantle_rc public_rc(enum rc rc)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (codes[i].ours == rc) {
            return codes[i].theirs;
        }
    }
    return MANTLE_INVALID;
}

const char *mantle_rc_text(mantle_rc rc)
{
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (codes[i].theirs == rc) {
            return codes[i].text;
        }
    }
    return rc == MANTLE_INVALID ? "invalid argument" : "unknown error";
}

const char *mantle_version(void)
{
    return MANTLE_VERSION;
}

void mantle_wipe(void *ptr, size_t len)
{
    if (ptr != NULL) {
        wipe(ptr, len);
    }
}
