/* What every object of the public interface starts with: the host's allocator and one arena. The
 * public structs that are filled in by the host have the layout of the engine's own, so that nothing
 * is copied on the way to a decision; the files of this folder assert that, member by member. */
#ifndef MANTLE_LIB_OBJECT_H
#define MANTLE_LIB_OBJECT_H

#include <mantle/base.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct host_memory {
    struct alloc as_alloc; /* first: what the arena is given */
    mantle_allocator host; /* resize NULL: the C library's */
};

struct object {
    struct host_memory memory;
    struct arena arena;
};

/* size: of the struct that starts with a struct object, zeroed; NULL without memory. */
void *object_new(const mantle_allocator *allocator, size_t size, size_t chunk_bytes,
                 size_t memory_max);
void object_free(struct object *object, size_t size); /* accepts NULL */

static inline str str_of(mantle_str s)
{
    return str_from(s.ptr, s.len);
}

static inline mantle_str public_str(str s)
{
    return mantle_bytes(s.ptr, s.len);
}

/* A length without bytes is the one lie a view can tell. */
static inline bool is_view(mantle_str s)
{
    return s.ptr != NULL || s.len == 0;
}

/* Codes the public header does not know never leave: they say that the caller may not go on. */
mantle_rc public_rc(enum rc rc);

#define SAME_SIZE(ours, theirs)                                                                    \
    _Static_assert(sizeof(ours) == sizeof(theirs), #ours " has the layout of " #theirs)
#define SAME_PLACE(ours, our_member, theirs, their_member)                                         \
    _Static_assert(offsetof(ours, our_member) == offsetof(theirs, their_member) &&                 \
                       sizeof(((ours *)0)->our_member) == sizeof(((theirs *)0)->their_member),     \
                   #ours "." #our_member " stands where " #theirs "." #their_member " does")

#endif
