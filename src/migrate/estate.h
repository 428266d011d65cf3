/* An estate: a folder with the exports of one AWS account, and what the steps of the move add to it.
 *
 *   account-authorization-details.json   get-account-authorization-details: one answer, several pages one
 *                                         behind the other, or an array of pages; documents as objects or
 *                                         as (URL-encoded) strings
 *   credential-report.csv                 the report, or get-credential-report's answer with it in base64
 *   access-keys.json                      list-access-keys of every user: [{UserName, AccessKeyMetadata}],
 *                                         answers one behind the other, or one array of metadata
 *
 * Only the first must be there. Everything said lives in the estate's arena. Times are seconds since
 * 1970; INT64_MIN: not known, or never. Lists are sorted by name (keys: by user, then id). */
#ifndef MANTLE_MIGRATE_ESTATE_H
#define MANTLE_MIGRATE_ESTATE_H

#include "analysis/analysis.h"
#include "base/arena.h"
#include "base/table.h"
#include "policy/policy.h"

#define ESTATE_NEVER INT64_MIN

struct estate_tag {
    str key, value;
};

/* One document that bears on a principal. */
struct estate_policy {
    str name;      /* "inline:NAME" or the ARN */
    str text;      /* the document, JSON */
    str group;     /* of a user's: the group it comes from; absent: the user's own */
    uint64_t line; /* in account-authorization-details.json */
    const struct policy_document *doc; /* parsed loosely; NULL: not in the export, or unreadable */
};

struct estate_policies {
    struct estate_policy *items;
    size_t count;
    size_t unknown; /* of them without a document: what the principal may do is not known then */
    /* For analysis_compare and policy_compile: the documents that are known. */
    struct analysis_set set;
};

struct estate_key { /* a long-lived access key */
    str id, user;
    bool active;
    bool listed;                    /* in access-keys.json; false: only seen elsewhere */
    int64_t created_s, last_used_s; /* last use by the report */
    str last_region, last_service;
};

struct estate_report { /* a row of the credential report */
    str user, arn;
    bool password_enabled, mfa_active;
    int64_t created_s, password_used_s, password_changed_s;
    struct {
        bool active;
        int64_t rotated_s, used_s;
        str region, service;
    } keys[2];
    bool cert_active;
    uint64_t line;
};

struct estate_user {
    str name, path, id, arn, account;
    int64_t created_s;
    str *groups;
    size_t group_count;
    struct estate_policies policies; /* own, attached, and those of the groups */
    struct estate_policies boundary; /* count 0: there is none */
    struct estate_tag *tags;
    size_t tag_count;
    struct estate_key **keys;
    size_t key_count;
    const struct estate_report *report; /* NULL: not in the report, or no report */
};

struct estate_role {
    str name, path, id, arn, account;
    int64_t created_s, last_used_s;
    str last_region;
    str trust; /* the document, JSON; absent when unreadable */
    struct estate_policies policies, boundary;
    struct estate_tag *tags;
    size_t tag_count;
    str *instance_profiles; /* their ARNs */
    size_t instance_profile_count;
};

struct estate_problem {
    str file;
    uint64_t line; /* 0: the file as a whole */
    str what;      /* an English sentence without its full stop */
};

struct estate {
    struct arena arena;
    str folder;
    str account;      /* twelve digits; absent when nothing says */
    int64_t report_s; /* when the report was made; ESTATE_NEVER: it does not say */
    struct estate_user *users;
    size_t user_count;
    struct estate_role *roles;
    size_t role_count;
    struct estate_key *keys;
    size_t key_count;
    struct estate_report *reports; /* with "<root_account>" */
    size_t report_count;
    size_t report_bad_rows; /* of the report, that could not be read */
    bool has_report,
        has_keys; /* false: missing or not whole; what could be read of keys is there */
    /* What could not be read, and where the exports disagree: they are of different days, then. */
    struct estate_problem *problems;
    size_t problem_count;
    struct estate_lookup *lookup;
};

/* RC_NOENT: no folder, or no authorization details in it; RC_SYNTAX: those are no JSON of that kind;
 * the last problem says which file and why. RC_NOMEM, RC_IO, RC_LIMIT. estate_close after any result. */
MUST_CHECK enum rc estate_open(const char *folder, struct estate *ret);
void estate_close(struct estate *estate);

/* By name, by ARN, by key id; NULL when there is none. */
struct estate_user *estate_user(const struct estate *estate, str name);
struct estate_user *estate_user_by_arn(const struct estate *estate, str arn);
struct estate_role *estate_role_by_arn(const struct estate *estate, str arn);
struct estate_key *estate_key(const struct estate *estate, str id);

/* What a user or role may do today by himself, for policy_decide: identity policies and boundary,
 * compiled into the arena. Organization policies are not in the exports. RC_NOMEM, RC_LIMIT. */
MUST_CHECK enum rc estate_stack(const struct estate_policies *policies,
                                const struct estate_policies *boundary, struct arena *arena,
                                struct policy_stack *ret);
/* The same for analysis_compare; views into the estate. */
struct analysis_stack estate_analysis(const struct estate_policies *policies,
                                      const struct estate_policies *boundary);

/* "estate/NAME" in the estate's arena, ptr NULL without memory. */
str estate_path(struct estate *estate, str name);

#endif
