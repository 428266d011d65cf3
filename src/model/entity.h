/* Entities: users, groups, roles, instance profiles, managed policies and server certificates share
 * their skeleton —
 * an account, a name unique without regard to case and kept as written, a path, a unique id that
 * encodes the account and is never used again, tags, and (principals) inline policies, attached
 * policies and a permissions boundary. What they share is written once, here and in its siblings
 * (tag.h, attachment.h, inline_policy.h); what differs is in user.h, role.h, managed_policy.h ... */
#ifndef MANTLE_MODEL_ENTITY_H
#define MANTLE_MODEL_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/quota.h"

struct txn;

enum entity_kind { /* stored: never renumber */
                   ENTITY_USER = 1,
                   ENTITY_GROUP = 2,
                   ENTITY_ROLE = 3,
                   ENTITY_PROFILE = 4,     /* instance profile */
                   ENTITY_POLICY = 5,      /* managed policy */
                   ENTITY_CERTIFICATE = 6, /* server certificate */
                   ENTITY_MFA = 7,         /* virtual MFA device */
                   ENTITY_OIDC = 8,        /* OpenID Connect provider; always at path "/" */
                   ENTITY_SAML_PROVIDER = 9,
};

enum { ACCOUNT_AWS = 0 }; /* owner of arn:aws:iam::aws:policy/... */

struct entity {
    str id; /* "AIDA...", 21 characters */
    int64_t account;
    enum entity_kind kind;
    str name; /* as written */
    str path; /* "/" or "/a/b/" */
    int64_t created_s;
    str boundary_id; /* unique id of the boundary policy; absent */
};

/* From the prefix of an id; 0 when it is none of an entity's. */
enum entity_kind entity_kind_of_id(str id);

/* arn:aws:iam::123456789012:role/path/name; in the arena, absent on failure. */
str entity_arn(const struct entity *entity, struct arena *arena);

/* By name within an account, ignoring case. RC_NOENT. Of MFA devices, which are named together with
 * their path, one under "/". */
MUST_CHECK enum rc entity_by_name(struct txn *txn, int64_t account, enum entity_kind kind, str name,
                                  struct arena *arena, struct entity *ret);
MUST_CHECK enum rc entity_by_id(struct txn *txn, str id, struct arena *arena, struct entity *ret);
/* By full ARN; path and name must fit exactly. RC_NOENT, RC_SYNTAX (not an ARN of an entity). */
MUST_CHECK enum rc entity_by_arn(struct txn *txn, str arn, struct arena *arena, struct entity *ret);

/* Makes an id and inserts; created_s 0 means now. RC_EXISTS, RC_LIMIT (the account's quota for the
 * kind is used up). */
MUST_CHECK enum rc entity_insert(struct txn *txn, const struct env *env, struct entity *entity,
                                 struct arena *arena);
/* The row and its tags; callers have taken away its boundary and checked everything else that depends
 * on it. Its id is never given again. */
MUST_CHECK enum rc entity_delete(struct txn *txn, const struct entity *entity);
/* New name and path, in *entity too; RC_EXISTS. */
MUST_CHECK enum rc entity_rename(struct txn *txn, struct entity *entity, str name, str path,
                                 struct arena *arena);
/* How many of a kind an account has. */
MUST_CHECK enum rc entity_count(struct txn *txn, int64_t account, enum entity_kind kind,
                                int64_t *ret);
/* The quota that bounds how many there may be. */
enum quota entity_quota(enum entity_kind kind);
/* The form names are unique by and sorted by: ASCII lower case. Absent when memory ran out. */
str name_fold(str name, struct arena *arena);

enum { PAGE_MAX = 1000 };

struct page {        /* of a listing: everything sorts by name ignoring case */
    str marker;      /* in: resume strictly behind this key; absent: from the start */
    size_t max;      /* in: items wanted, 1 to PAGE_MAX */
    bool truncated;  /* out */
    str next_marker; /* out: present when truncated */
};
/* With a path prefix a page may be shorter than asked for, even empty, and still be truncated: one
 * call looks at a bounded number of names. path_prefix absent, "" or "/": all. */
MUST_CHECK enum rc entity_list(struct txn *txn, int64_t account, enum entity_kind kind,
                               str path_prefix, struct page *page, struct arena *arena,
                               struct entity **ret, size_t *ret_count);

/* What a mutation here may change for a principal is told to the change log by the functions of
 * model/ themselves (txn_touched): with the id of the user, role, group or policy concerned. */

/* A fresh id: prefix ("AIDA") + account in bits 46..7 + randomness; 21 characters for entities, 20
 * for access keys. */
MUST_CHECK enum rc unique_id_new(const struct env *env, str prefix, int64_t account, size_t length,
                                 struct arena *arena, str *ret);
/* The account number an id or access key id encodes. RC_SYNTAX. */
MUST_CHECK enum rc unique_id_account(str id, int64_t *ret_account);

#endif
