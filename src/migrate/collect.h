/* Collecting an account's exports by reading calls: the files of an estate, as the AWS CLI writes them.
 * What was read is kept page by page in ESTATE/collect, so that a run that broke off goes on where it
 * was; the files appear only when they are whole. */
#ifndef MANTLE_MIGRATE_COLLECT_H
#define MANTLE_MIGRATE_COLLECT_H

#include "base/env.h"
#include "remote/remote.h"

struct collect {
    struct remote *remote;
    const struct env *env;
    const char *dir;
    int64_t keep_s; /* parts older than that are read anew */
    /* A step: how far it is; total 0: not known. */
    void (*progress)(void *context, const char *step, size_t done, size_t total);
    /* Something could not be read: the rest goes on. */
    void (*problem)(void *context, str what);
    void (*sleep_ms)(void *context, int64_t ms);
    void *context;
    size_t users, problems; /* results */
};

/* RC_API, RC_IO: the account details, without which there is no estate, cannot be read (a problem was
 * told). RC_FULL, RC_NOMEM. */
MUST_CHECK enum rc collect_run(struct collect *c);
/* The least policy that lets somebody collect. */
extern const char collect_policy[];

/* An answer as the CLI prints it: lists where IAM has lists, documents as objects, dates and numbers as
 * they are. */
struct json_out;
void collect_json(const struct answer_node *node, struct json_out *out);

#endif
