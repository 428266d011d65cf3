/* Trust policies as they are stored: the document, and what its principals meant when it was
 * written (rule P-13: a principal that is deleted and made again under its old name is another). */
#ifndef MANTLE_MODEL_TRUST_H
#define MANTLE_MODEL_TRUST_H

#include <stddef.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "policy/policy.h"

struct txn;

struct trust {
    str document;
    struct principal_binding *bindings;
    size_t binding_count;
};

/* Resolves the user and role ARNs of a parsed trust policy. RC_NOENT: *reterr_principal names the
 * one that does not exist. Accounts are taken as they are: one that does not exist has no callers. */
MUST_CHECK enum rc trust_resolve(struct txn *txn, str text, const struct policy_document *doc,
                                 struct arena *arena, struct trust *ret,
                                 struct principal_entry *reterr_principal);

MUST_CHECK enum rc trust_bindings_put(struct txn *txn, str role_id, const struct trust *trust);

/* The document as AWS shows it: ARNs of principals that were deleted since are their unique ids. The
 * text itself when there are none. */
MUST_CHECK enum rc trust_as_read(struct txn *txn, str role_id, str document, struct arena *arena,
                                 str *ret);

#endif
