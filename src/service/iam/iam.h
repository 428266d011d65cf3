/* What the handlers of IAM share: finding what a request names and refusing in AWS's words. */
#ifndef MANTLE_SERVICE_IAM_IAM_H
#define MANTLE_SERVICE_IAM_IAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/access.h"
#include "model/attachment.h"
#include "model/entity.h"
#include "model/tag.h"
#include "policy/policy.h"
#include "service/iam/iam_api.h"
#include "service/protocol/page.h"
#include "service/request.h"

/* --- finding ---------------------------------------------------------------------------------- */

/* In the caller's account, by name; NoSuchEntity. */
MUST_CHECK enum rc iam_find(struct rq *rq, enum entity_kind kind, str name, struct entity *ret);

/* UserName where AWS lets it out: the user named, or else the caller. */
struct iam_owner {
    bool is_root;
    str id;             /* unique id of the user; for root the account's twelve digits */
    struct entity user; /* zeroed for root */
};
MUST_CHECK enum rc iam_find_owner(struct rq *rq, str user_name, struct iam_owner *ret);

/* The managed policy of an ARN, for attaching: of the caller's account or AWS's own. */
MUST_CHECK enum rc iam_find_policy(struct rq *rq, str arn, struct entity *ret);
/* The same for use as a permissions boundary. */
MUST_CHECK enum rc iam_find_boundary(struct rq *rq, str arn, struct entity *ret);

/* --- refusing --------------------------------------------------------------------------------- */

/* "Cannot exceed quota for UsersPerAccount: 5000" */
MUST_CHECK enum rc iam_fail_quota(struct rq *rq, enum quota quota);
/* "User with name bob already exists." */
MUST_CHECK enum rc iam_fail_exists(struct rq *rq, enum entity_kind kind, str name);
/* DeleteConflict unless `n` is 0: "Cannot delete entity, must WHAT first." */
MUST_CHECK enum rc iam_refuse_while(struct rq *rq, int64_t n, const char *what);
/* Roles of services (under /aws-service-role/) change through their service only: X-29.
 * UnmodifiableEntity; other kinds pass. */
MUST_CHECK enum rc iam_refuse_protected(struct rq *rq, const struct entity *entity);
/* AWS's policies under /aws-service-role/ are for roles of services alone. PolicyNotAttachable. */
MUST_CHECK enum rc iam_refuse_for_services(struct rq *rq, const struct entity *policy);
/* MalformedPolicyDocument unless the document follows the grammar of identity policies; managed ones
 * have to be of 2012. */
MUST_CHECK enum rc iam_check_policy(struct rq *rq, str document, bool managed);
/* InvalidInput when a key stands there twice: on users and roles also when case differs. */
MUST_CHECK enum rc iam_check_tags(struct rq *rq, enum entity_kind kind,
                                  const struct iam_Tag_list *tags);
/* entity_insert with its refusals. */
MUST_CHECK enum rc iam_insert(struct rq *rq, struct entity *entity);
/* What CreateUser and CreateRole are given besides: tags, and a boundary's ARN when present. */
MUST_CHECK enum rc iam_insert_extras(struct rq *rq, struct entity *entity,
                                     const struct iam_Tag_list *tags, str boundary_arn);

/* --- writing tags ----------------------------------------------------------------------------- */

MUST_CHECK enum rc iam_put_tags(struct rq *rq, str entity_id, const struct iam_Tag_list *tags);
MUST_CHECK enum rc iam_remove_tags(struct rq *rq, str entity_id, const struct api_str_list *keys);

/* --- answering -------------------------------------------------------------------------------- */

static inline struct opt_int iam_time(int64_t seconds)
{
    return (struct opt_int){ seconds, true };
}

/* What was just made is answered with the tags as given; absent when there are none. */
static inline struct iam_Tag_list iam_given_tags(const struct iam_Tag_list *tags)
{
    return (struct iam_Tag_list){ tags->items, tags->count, tags->count > 0 };
}
/* Absent when there are none: users and roles. */
MUST_CHECK enum rc iam_get_tags(struct rq *rq, str entity_id, struct iam_Tag_list *ret);
/* Present even when empty: what Get... shows of the other kinds. */
MUST_CHECK enum rc iam_get_all_tags(struct rq *rq, str entity_id, struct iam_Tag_list *ret);
/* A page of them, present even when empty, as List...Tags has it. */
MUST_CHECK enum rc iam_page_tags(struct rq *rq, str entity_id, str marker, struct opt_int max_items,
                                 struct iam_Tag_list *ret, struct opt_bool *ret_truncated,
                                 str *ret_marker);
/* NULL when the entity has no boundary. */
MUST_CHECK enum rc iam_get_boundary(struct rq *rq, const struct entity *entity,
                                    struct iam_AttachedPermissionsBoundary **ret);
/* The members every answer has: neither tags nor boundary. */
MUST_CHECK enum rc iam_user_view(struct rq *rq, const struct entity *user, struct iam_User *ret);
/* The root user, who has neither a name nor a path. */
MUST_CHECK enum rc iam_root_view(struct rq *rq, struct iam_User *ret);
MUST_CHECK enum rc iam_group_view(struct rq *rq, const struct entity *group, struct iam_Group *ret);
MUST_CHECK enum rc iam_user_views(struct rq *rq, const struct entity *users, size_t count,
                                  struct iam_User_list *ret);
MUST_CHECK enum rc iam_group_views(struct rq *rq, const struct entity *groups, size_t count,
                                   struct iam_Group_list *ret);

/* Marker and MaxItems of a listing by name, and IsTruncated and Marker of its answer. */
MUST_CHECK enum rc iam_page_begin(struct rq *rq, str marker, struct opt_int max_items,
                                  struct page *ret);
MUST_CHECK enum rc iam_page_end(struct rq *rq, const struct page *page,
                                struct opt_bool *ret_truncated, str *ret_marker);

/* The same for a listing that is small and whole in memory, where a marker is a position. */
struct iam_slice {
    size_t from, count;
};
MUST_CHECK enum rc iam_slice(struct rq *rq, str marker, struct opt_int max_items, size_t total,
                             struct iam_slice *ret, struct opt_bool *ret_truncated,
                             str *ret_marker);

#endif
