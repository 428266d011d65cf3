/* mantle migrate roles, in parts: what is asked, what is being made of it. */
#ifndef MANTLE_CLI_MIGRATE_ROLES_H
#define MANTLE_CLI_MIGRATE_ROLES_H

#include "cli/migrate.h"
#include "migrate/classify.h"
#include "migrate/roles.h"

struct roles_wish {
    struct option_list trail, users, roles, runs_on, scp;
    const char *out, *profile, *public_keys;
    uint64_t threads;
    bool all_users, json, quiet;
};

struct roles_work {
    const struct roles_wish *wish;
    struct estate estate;
    struct catalogue catalogue;
    struct evidence raw, evidence; /* by origin; by principal and consumer */
    struct books books;
    struct inventory inventory;
    struct classification classes;
    struct trail_list list;
    struct trail_problems problems;
    struct trail_counts counts;
    struct trail_digests digests;
    struct trail_keys keys; /* CloudTrail's */
    struct roles_job job;
    struct arena arena;
    struct role_of *made, *parts; /* of principals; of their consumers */
    size_t made_count, part_count, people, unseen;
    size_t proved_new, proved_observed;
};

/* Each returns false after a message. migrate_roles_make.c: */
bool roles_read_trail(struct roles_work *w);
bool roles_regroup(struct roles_work *w);
bool roles_survey(struct roles_work *w);
bool roles_make_users(struct roles_work *w);
bool roles_make_existing(struct roles_work *w);
bool roles_all_found(struct roles_work *w, const struct option_list *list, const char *what);
/* migrate_roles_say.c */
void roles_print_text(struct roles_work *w);
void roles_print_json(struct roles_work *w);

#endif
