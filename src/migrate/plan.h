/* The plan of a move: what would be done to each key, in which order, with the calls and what undoes
 * them. It is a file that is signed by the estate's own key, holds for one account and a limited time,
 * and is applied as it is written. Making one touches nothing. */
#ifndef MANTLE_MIGRATE_PLAN_H
#define MANTLE_MIGRATE_PLAN_H

#include "migrate/call.h"
#include "migrate/estate.h"
#include "migrate/live.h"
#include "migrate/stage.h"
#include "migrate/uses.h"
#include "store/journal.h"

enum {
    PLAN_BYTES_MAX = 256 << 20,
    PLAN_INLINE_CHARS_MAX =
        2048, /* of all inline policies of a user together, without white space */
    PLAN_ROLE_CHARS_MAX = 10240, /* of a role */
    PLAN_ATTACHED_MAX = 10,
    PLAN_KEY_BYTES = 32,
};

struct plan_origin {
    str family, block, product; /* as in struct use_origin */
};

struct plan_role {
    str name, arn;
    str folder; /* where its documents came from */
    struct calls make, unmake;
    bool proofs;
};

struct plan_key {
    str id, user, owner, class_word;
    unsigned hours_from, hours_to; /* of the owner, UTC: probes begin then, Monday to Friday */
    str held;                      /* why it is left alone; absent: it is not */
    bool seen_anywhere;            /* its role may be used from elsewhere */
    unsigned period_days, silent_days;
    int64_t last_use_s;
    struct plan_origin *origins;
    size_t origin_count;
    str *services; /* "s3.amazonaws.com", by the trail */
    size_t service_count;
    struct plan_role *roles;
    size_t role_count;
    bool deletable_user;
    struct live_user live; /* of its user, as exported */
    /* "{from}", "{until}" and "{stamp}" stand for what is known only when a window opens. */
    struct calls probe, probe_undo, canary; /* canary: the first window, narrower; may be empty */
    struct calls inactive, inactive_undo, delete_key;
};

struct plan {
    str account, partition, estate;
    int64_t made_s, expires_s, trail_oldest_s, trail_newest_s; /* USE_NEVER: no trail */
    struct stage_rules rules;
    unsigned at_once, per_owner,
        per_service; /* keys that may be denied or switched off at a time */
    struct plan_key *keys;
    size_t key_count;
};

struct plan_options {
    const char *roles_dir; /* NULL: none */
    enum plan_canary { CANARY_NONE, CANARY_SOURCE_IP, CANARY_USER_AGENT, CANARY_REGION } canary;
    int64_t now_s, valid_s;
    /* Where the keys stand by the journal: those deleted are not in the exports any more, but what is left
     * of their users is. */
    const struct journal_move *moves;
    size_t move_count;
    struct stage_rules rules;
    unsigned at_once, per_owner, per_service;
};

/* Of one user, without policies: the names, ARNs and folders of the roles that stand in `dir`. *ret: an
 * array of *ret_count. RC_NOMEM, RC_IO. */
MUST_CHECK enum rc plan_roles_named(const char *dir, str user, str account, str partition,
                                    struct arena *arena, struct plan_role **ret, size_t *ret_count,
                                    str *ret_why);

/* Everything said lives in `arena` or the estate's. Problems with owners, roles and so on become what a
 * key waits for, and lines in *problems. RC_NOMEM, RC_SYNTAX (owners.json), RC_IO. */
MUST_CHECK enum rc plan_make(struct estate *estate, const struct uses *uses,
                             const struct plan_options *options, struct arena *arena,
                             struct plan *ret, str *ret_why);
/* plan_roles.c: the roles of a user, from DIR/USER or the folders in it. */
MUST_CHECK enum rc plan_roles(const char *dir, const struct estate *estate, str partition,
                              struct arena *arena, struct plan_key *key, str *ret_why);
/* plan_calls.c: the steps after them. */
MUST_CHECK enum rc plan_calls(const struct plan *plan, enum plan_canary canary, struct arena *arena,
                              struct plan_key *key);

/* plan_file.c. The signing key is DIR/move/plan.key, made at the first plan. */
MUST_CHECK enum rc plan_write(const struct plan *plan, const char *estate_dir, const char *path,
                              const struct env *env, str *ret_why, struct arena *arena);
/* RC_DENIED: not signed by this estate's key; RC_SYNTAX; RC_NOENT; RC_IO. */
MUST_CHECK enum rc plan_read(const char *path, const char *estate_dir, struct arena *arena,
                             struct plan *ret, str *ret_why);

/* Characters that count against the limits on policies. */
size_t plan_chars(str document);

#endif
