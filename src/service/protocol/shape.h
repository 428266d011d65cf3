/* Reading and writing members of generated structs through their tables; for this folder only. */
#ifndef MANTLE_SERVICE_PROTOCOL_SHAPE_H
#define MANTLE_SERVICE_PROTOCOL_SHAPE_H

#include "service/protocol/api.h"
#include "service/protocol/query.h"

/* Where the i-th item of a list or map stands. */
static inline const void *shape_item(const struct api_shape *list, const struct api_list *items,
                                     size_t i)
{
    return (const char *)items->items + i * list->size;
}

/* A struct behind its slot: members hold pointers to structs, list items are structs. */
static inline const void *shape_struct(const void *slot)
{
    return *(void *const *)slot;
}

/* Is the member there at all? */
static inline bool shape_is_present(const struct api_shape *shape, const void *slot)
{
    switch (shape->type) {
    case API_STRING:
    case API_BLOB:
        return ((const str *)slot)->ptr != NULL;
    case API_INT:
    case API_TIME:
        return ((const struct opt_int *)slot)->present;
    case API_BOOL:
        return ((const struct opt_bool *)slot)->present;
    case API_LIST:
    case API_MAP:
        return ((const struct api_list *)slot)->present;
    case API_STRUCT:
        return shape_struct(slot) != NULL;
    }
    return false;
}

/* Checks a decoded input struct; RC_API with *reterr written (ValidationError), or RC_NOMEM. */
MUST_CHECK enum rc validate(const struct api_operation *op, const void *in, struct arena *arena,
                            struct api_fault *reterr);

#endif
