/* Which services the policies of somebody could let him use: those of the catalogue that an Allow
 * statement names an action of. Denials and conditions do not count, as they do not at AWS. */
#ifndef MANTLE_SERVICE_IAM_REACH_H
#define MANTLE_SERVICE_IAM_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "catalogue/catalogue.h"
#include "model/entity.h"

struct given_policy {
    str name, document;
    str arn;             /* absent for inline policies */
    struct entity owner; /* whose it is or who it is attached to; for a policy itself, the policy */
};
/* Everything that gives the entity permissions, for users through their groups too; of a managed
 * policy, that policy. */
MUST_CHECK enum rc policies_given(struct txn *txn, const struct entity *entity, struct arena *arena,
                                  struct given_policy **ret, size_t *ret_count);

struct reach {
    struct catalogue catalogue;
    bool *services; /* by the number of the service */
    uint32_t count;
};
/* Nothing yet; in the arena. */
MUST_CHECK enum rc reach_init(struct reach *reach, struct arena *arena);
/* Adds what a document reaches. One that does not parse allows nothing. */
MUST_CHECK enum rc reach_add(struct reach *reach, str document, struct arena *arena);
/* Whether the service with that namespace is reached. */
bool reach_has(const struct reach *reach, str service);

#endif
