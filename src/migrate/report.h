/* What the steps of a move have left in an estate, put together for its readers: a page (report_page), JSON
 * for machines (report_json). It reads and decides nothing: a step that was not done is named, and what only
 * that step could tell is left open. */
#ifndef MANTLE_MIGRATE_REPORT_H
#define MANTLE_MIGRATE_REPORT_H

#include "codec/json.h"
#include "migrate/inventory.h"
#include "migrate/plan.h"
#include "store/journal.h"

#define REPORT_FORMAT "mantle-report/1"

enum report_step {
    REPORT_INVENTORY,
    REPORT_CLASSIFY,
    REPORT_ROLES,
    REPORT_SCAN,
    REPORT_PLAN,
    REPORT_MOVE,
};
enum { REPORT_STEPS = REPORT_MOVE + 1 };

enum report_state { STEP_MISSING, STEP_UNREADABLE, STEP_DONE };

struct report_step_row {
    enum report_state state;
    str what; /* STEP_DONE: what it found; else why there is nothing of it */
};
extern const struct report_step_words {
    const char *name, *command; /* "mantle migrate scan": what does it */
} report_steps[REPORT_STEPS];

struct report_key {
    str id, user;
    bool in_exports, active;
    int64_t created_s, used_s;        /* used: the later of report and trail; ESTATE_NEVER */
    const struct inventory_key *seen; /* NULL: no inventory, or not in it */
    const struct plan_key *plan;      /* NULL: no plan, or not in it */
    const struct journal_move *move;  /* NULL: the journal does not know it */
    str class_word, owner;            /* absent: not known */
    const struct json *person;        /* of classify.json; NULL */
    enum stage stage;
    uint64_t places; /* where scan found it, besides what only refers to one */
};

enum report_claim { CLAIM_UNKNOWN, CLAIM_PROVED, CLAIM_OPEN }; /* open: read, and not proved */

struct report_role {
    str name, consumer;             /* consumer: its folder below the name's; absent */
    const struct estate_user *user; /* whom it replaces; NULL: a role, or nobody any more */
    const struct json *evidence;    /* never NULL */
    enum report_claim new_in_old, observed_in_new;
    str failed; /* words of a claim that is not proved; may be absent */
};

enum { REPORT_AGES = 6, REPORT_OLD_DAYS = 180 };

struct report_sum {
    size_t users, keys, active, old,
        unused;               /* of keys in the exports; old and unused: active ones */
    size_t consumers, shared; /* shared: keys with more than one consumer */
    size_t owned, held, alerts, by_stage[STAGES], alerts_at[STAGES];
    uint64_t ages[REPORT_AGES], ages_inactive[REPORT_AGES]; /* the first: inactive ones included */
    int64_t oldest_days;
    size_t proved, of_consumers; /* roles: with both claims; of one consumer of several */
};
extern const char *const report_age_words[REPORT_AGES];

struct report {
    struct estate *estate;
    struct arena *arena;
    int64_t now_s;
    struct report_step_row steps[REPORT_STEPS];
    struct inventory inventory; /* zeroed when there is none */
    const struct json *classes, *scan;
    struct plan plan;
    struct journal_move *moves;
    size_t move_count;
    struct journal_intent *open;
    size_t open_count;
    struct report_key *keys; /* by stage, the furthest last; alerts first; then by user */
    size_t key_count;
    struct report_role *roles;
    size_t role_count, role_room;
    struct report_sum sum;
    str *troubles; /* what could not be read */
    size_t trouble_count;
};

struct report_options {
    const char *roles_dir, *plan_file;
    int64_t now_s;
    struct journal *journal; /* NULL: none */
    str journal_trouble;     /* why it cannot be read; absent */
};

/* Everything lives in the arena or the estate's. RC_NOMEM; what cannot be read is a trouble. */
MUST_CHECK enum rc report_gather(const struct report_options *options, struct estate *estate,
                                 struct arena *arena, struct report *ret);
void report_page(const struct report *report, buf *out);
void report_json(const struct report *report, buf *out);

/* -- inside ---------------------------------------------------------------------------------------- */

/* Formatted; forgotten when there is no room for it. */
void report_trouble(struct report *r, const char *format, ...) PRINTF_LIKE(2, 3);
/* *ret NULL: there is none (RC_NOENT), or it cannot be read, which is a trouble (RC_SYNTAX). */
MUST_CHECK enum rc report_read(struct report *r, str path, const struct json **ret);
MUST_CHECK enum rc report_read_roles(struct report *r, const char *dir);
MUST_CHECK enum rc report_join_keys(struct report *r);
void report_count(struct report *r);

/* Walking lists and numbers of others' JSON: NULL and 0 for what is not there. */
const struct json *report_first(const struct json *object, str name);
uint64_t report_number(const struct json *object, str name);
int64_t report_age_days(const struct report *r, const struct report_key *key); /* -1: not known */

/* Parts of the page. */
void report_put_top(const struct report *r, buf *out);
void report_put_attention(const struct report *r, buf *out);
void report_put_board(const struct report *r, buf *out);
void report_put_keys(const struct report *r, buf *out);
void report_put_consumers(const struct report *r, buf *out);
void report_put_roles(const struct report *r, buf *out);
void report_put_places(const struct report *r, buf *out);
void report_put_blind(const struct report *r, buf *out);
/* "not done yet: ..."; false when the step is done. */
bool report_put_missing(const struct report *r, enum report_step step, buf *out);

#endif
