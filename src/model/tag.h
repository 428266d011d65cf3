/* Tags of any entity: at most 50, keys unique without regard to case and kept as written. */
#ifndef MANTLE_MODEL_TAG_H
#define MANTLE_MODEL_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

enum { TAGS_MAX = 50 };

struct tag {
    str key, value;
};

/* RC_EXISTS when two keys are equal but for case. */
MUST_CHECK enum rc tags_check(const struct tag *tags, size_t count);
/* Adds or overwrites; a key that differs in case only is overwritten, its case too. RC_EXISTS as
 * above, RC_LIMIT when there would be more than TAGS_MAX. */
MUST_CHECK enum rc tags_put(struct txn *txn, int64_t account, str entity_id, const struct tag *tags,
                            size_t count, struct arena *arena);
/* Ignores keys that are not there. */
MUST_CHECK enum rc tags_remove(struct txn *txn, int64_t account, str entity_id, const str *keys,
                               size_t count, struct arena *arena);
/* All, sorted by key ignoring case. */
MUST_CHECK enum rc tags_list(struct txn *txn, str entity_id, struct arena *arena, struct tag **ret,
                             size_t *ret_count);

#endif
