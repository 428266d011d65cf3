/* Tags of any entity: at most 50, keys kept as written. Those of users and roles are unique without
 * regard to case; other kinds may have "team" and "Team" side by side, as AWS documents it. */
#ifndef MANTLE_MODEL_TAG_H
#define MANTLE_MODEL_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct txn;

enum { TAGS_MAX = 50 };

struct tag {
    str key, value;
};

/* Are keys that differ in case only one key? */
bool tags_ignore_case(enum entity_kind kind);
/* RC_EXISTS when a key stands there twice. */
MUST_CHECK enum rc tags_check(enum entity_kind kind, const struct tag *tags, size_t count);
/* Adds or overwrites; where case is ignored a key is overwritten as it is written. RC_EXISTS as above,
 * RC_LIMIT when there would be more than TAGS_MAX. */
MUST_CHECK enum rc tags_put(struct txn *txn, int64_t account, str entity_id, const struct tag *tags,
                            size_t count, struct arena *arena);
/* Ignores keys that are not there. */
MUST_CHECK enum rc tags_remove(struct txn *txn, int64_t account, str entity_id, const str *keys,
                               size_t count, struct arena *arena);
/* All, sorted by key: where case is ignored, ignoring it; else bytewise, and those of a managed policy
 * by length first, as AWS does. */
MUST_CHECK enum rc tags_list(struct txn *txn, str entity_id, struct arena *arena, struct tag **ret,
                             size_t *ret_count);

#endif
