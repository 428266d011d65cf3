/* The roles that take users' places, from a trail and an estate to folders of documents. */
#ifndef MANTLE_MIGRATE_ROLES_H
#define MANTLE_MIGRATE_ROLES_H

#include "migrate/proof.h"
#include "migrate/trusted.h"

enum { BLIND_MAX = 12 };

struct role_of {
    const struct who *who;          /* NULL: not in the trail */
    const struct estate_user *user; /* NULL: a role, or not in the estate */
    const struct estate_role *role;
    str name, arn, account, partition;
    struct grants grants;
    struct today today;
    struct cut cut;
    struct trusted trusted;
    str consumer; /* empty: all of them together */
    const char *blind[BLIND_MAX];
    size_t blind_count;
};

struct roles_job {
    struct evidence *evidence;
    const struct estate *estate;
    struct landscape landscape;
    enum profile profile;
    struct arena *arena;
    const struct analysis_set *const *scp; /* levels, root first */
    size_t scp_count;
    const struct trail_problems *problems; /* of the trail; NULL: none */
};

/* The name, user or role and trusted of *ret are given. RC_NOMEM. */
MUST_CHECK enum rc role_make(const struct roles_job *job, struct role_of *ret);

/* Documents of one role. Each is whole; RC_NOMEM sticks in the buf. */
void role_print_evidence(const struct role_of *role, const struct evidence *e, buf *out);
void role_print_proofs(const struct role_of *role, buf *out);
void role_print_terraform(const struct role_of *role, buf *out);
void role_print_readme(const struct role_of *role, const struct evidence *e, buf *out);

/* Makes DIR (and those above it) and writes what belongs there: policy.json, policy-2.json...,
 * trust.json, main.tf, evidence.json, proofs.json, README.md. with_trust false: the policies and the
 * evidence of several consumers together. RC_IO, RC_FULL, RC_NOMEM. */
MUST_CHECK enum rc role_write(const struct role_of *role, const struct evidence *e, const char *dir,
                              bool with_trust, struct arena *arena);

#endif
