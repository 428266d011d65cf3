/* Applying a plan: one pass over its keys does what is due and says what the others wait for. Every
 * change of the account is an intent in the journal before its first call and an outcome after its
 * last; a pass begins with the intents that somebody's death left open. */
#ifndef MANTLE_MIGRATE_APPLY_H
#define MANTLE_MIGRATE_APPLY_H

#include "base/env.h"
#include "migrate/plan.h"
#include "remote/remote.h"
#include "store/journal.h"

enum {
    APPLY_LEASE_S = 300, /* renewed before every call */
    APPLY_TRAIL_FRESH_S = 2 * 86400,
    APPLY_JUST_OFF_S = 86400, /* keys switched off since then count against the caps */
};

enum apply_kind {
    APPLY_DID,     /* something was done; in a dry run: would be */
    APPLY_WAITS,   /* for something that comes by itself or from somebody */
    APPLY_REFUSED, /* the account is not as planned */
    APPLY_ALERT,   /* somebody still uses the key; it was brought back */
    APPLY_WARNING, /* worth knowing, changes nothing */
    APPLY_FAILED,
};

struct apply_news {
    enum apply_kind kind;
    str key, user; /* may be absent */
    enum stage stage;
    enum stage_do what;
    str text;
    const struct calls *calls; /* of DID; may be NULL */
    int64_t not_before_s;      /* of WAITS; 0: not known */
};

struct apply {
    const struct plan *plan;
    struct remote *remote;
    struct journal *journal;
    const struct env *env;
    struct arena *arena; /* of one pass */
    const char *estate_dir;
    const struct uses *uses;   /* the newest evidence */
    const struct json *freeze; /* NULL: no calendar */
    str operator_arn;
    int64_t fence;
    bool dry, may_delete;
    enum stage until;
    str only; /* a key id; absent: all */
    void (*tell)(void *context, const struct apply_news *news);
    void *context;
    size_t told[APPLY_FAILED + 1];
};

/* What one pass needs to know of a key, gathered by apply_facts.c. */
struct apply_key {
    const struct plan_key *plan;
    struct journal_move now; /* stage S0 when the journal does not know it */
    struct stage_facts facts;
    int64_t probed_since_s; /* since when at S5 or beyond; 0: not yet */
    str window_undo;        /* JSON calls, of an open window; absent */
    str attempt;            /* JSON: the last one; for alerts */
};

/* One pass. RC_OK also when keys wait or were refused (see told); RC_CONFLICT: the lease is lost;
 * RC_IO: the account or the journal cannot be reached. */
MUST_CHECK enum rc apply_pass(struct apply *a);
/* Open intents alone: finished or undone. */
MUST_CHECK enum rc apply_recover(struct apply *a);

/* -- inside -------------------------------------------------------------------------------------- */

MUST_CHECK enum rc apply_gather(struct apply *a, const struct plan_key *key, struct apply_key *ret);
/* Commits the intent, makes the calls, commits the outcome and the move. What fails is undone. The
 * news is told. RC_OK also when it failed and was undone. */
MUST_CHECK enum rc apply_run(struct apply *a, const struct journal_intent *intent,
                             const struct calls *calls, const struct calls *inverse,
                             const struct journal_move *move, bool *ret_done);
/* The calls that take what is left of a user away, and those that bring back what can be. */
MUST_CHECK enum rc apply_user_calls(const struct live_user *live, struct arena *arena,
                                    struct calls *ret, struct calls *ret_inverse);
/* ESTATE/move/restore/NAME.json: what was there before the irreversible. */
MUST_CHECK enum rc apply_save_recipe(struct apply *a, str name, const struct live_user *live);
void apply_say(struct apply *a, enum apply_kind kind, const struct apply_key *key,
               const struct stage_verdict *verdict, const struct calls *calls, str text);
/* {"live": ..., "move": {...}}: the before-image, and the move that follows, for whoever comes after a
 * crash. */
str apply_before(struct apply *a, const struct live_user *live, const struct journal_move *move);
MUST_CHECK enum rc apply_renew(struct apply *a);
/* *ret_good: the user is as planned, and *ret is the before-image; else it was told what is not. */
MUST_CHECK enum rc apply_check(struct apply *a, const struct apply_key *k, bool whole,
                               struct live_user *ret, bool *ret_good);
/* *ret: why one more key may not be denied now; absent: it may. */
MUST_CHECK enum rc apply_cap(struct apply *a, const struct apply_key *k, str *ret);

struct apply_deed {
    struct apply *a;
    struct apply_key *k;
    const struct stage_verdict *verdict;
    struct journal_move move; /* where the key stands afterwards */
    struct journal_intent intent;
    bool done; /* and another step may follow */
};
MUST_CHECK enum rc apply_do(struct apply_deed *deed);

/* revert.c: what undoes the present state of a key by the journal alone: no plan is needed.
 * *ret: 0 calls when nothing stands in its way. */
MUST_CHECK enum rc revert_calls(struct journal *journal, const struct journal_move *now,
                                bool with_roles, struct arena *arena, struct calls *ret);
/* By journal and account: a's plan may be NULL. key absent: all. */
MUST_CHECK enum rc revert_keys(struct apply *a, str key, bool with_roles, size_t *ret_count);

#endif
