/* What AWS itself owns: managed policies that every account finds under arn:aws:iam::aws:policy/,
 * and what is known of service-linked roles. The tables are made from data/ by
 * tools/aws_objects.py. */
#ifndef MANTLE_MODEL_AWS_OBJECTS_H
#define MANTLE_MODEL_AWS_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

struct aws_policy {
    str id, name, path;
    int64_t version, created_s, updated_s;
    str document;
};
extern const struct aws_policy aws_policies[];
extern const size_t aws_policy_count;

struct aws_service_role {
    str service, name;
    str policy;      /* the managed policy attached to it, under /aws-service-role/ */
    bool suffix;     /* its name may go on with "_" and a suffix of the caller's */
    str description; /* absent when none */
};
extern const struct aws_service_role aws_service_roles[];
extern const size_t aws_service_role_count;

/* NULL: the service has no service-linked role, as far as is known. */
const struct aws_service_role *aws_service_role_of(str service);

enum aws_policy_change { AWS_POLICY_SAME, AWS_POLICY_ADDED, AWS_POLICY_CHANGED };

/* Adds the policy, or makes another document a new default version of it: attached policies follow
 * at once. id absent, or taken by something else: one made from the name. version 0: the next.
 * RC_SYNTAX: no name, path or document of a managed policy. */
MUST_CHECK enum rc aws_policy_put(struct txn *txn, const struct aws_policy *policy,
                                  struct arena *arena, enum aws_policy_change *ret);

/* Sees to it that the policies of the table are there. What was imported or is newer stays.
 * Idempotent, and one look-up when nothing is to be done. */
MUST_CHECK enum rc aws_policies_seed(struct txn *txn, struct arena *arena);

#endif
