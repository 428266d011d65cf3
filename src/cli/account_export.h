/* An export of get-account-authorization-details, read: users, groups, roles, managed policies. */
#ifndef MANTLE_CLI_ACCOUNT_EXPORT_H
#define MANTLE_CLI_ACCOUNT_EXPORT_H

#include "base/table.h"
#include "codec/json.h"
#include "policy/policy.h"

struct account_export {
    const struct json *users, *groups, *roles, *policies; /* arrays; NULL when absent */
    struct table policy_by_arn, group_by_name;            /* of const struct json * */
};

/* One page or several, one behind the other. *ret_why, in the arena, says what is wrong with the file.
 * text outlives the export. */
MUST_CHECK enum rc account_export_read(str text, struct arena *arena, struct account_export *ret,
                                       str *ret_why);
void account_export_done(struct account_export *export_);

/* What became of a principal's policies. */
struct export_stack {
    struct policy_stack stack;
    str incomplete; /* what could not be taken into account, or absent */
};
/* Policies of one user or role, its groups' and its boundary. entity: of users or roles. */
MUST_CHECK enum rc account_export_stack(const struct account_export *export_,
                                        const struct json *entity, struct arena *arena,
                                        struct export_stack *ret);
/* A role's trust policy. *ret is NULL when there is no such role or its document cannot be read. */
MUST_CHECK enum rc account_export_trust(const struct account_export *export_, str role_arn,
                                        struct arena *arena, const struct policy_set **ret);

#endif
