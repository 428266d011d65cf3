#include "migrate/stage.h"

enum { DAY_S = 86400 };

static const struct {
    str code, word;
} names[STAGES] = {
    [STAGE_INVENTORIED] = { STR_INIT("S0"), STR_INIT("inventoried") },
    [STAGE_OWNED] = { STR_INIT("S1"), STR_INIT("owned") },
    [STAGE_ROLE] = { STR_INIT("S2"), STR_INIT("role") },
    [STAGE_SEEN] = { STR_INIT("S3"), STR_INIT("seen") },
    [STAGE_SILENT] = { STR_INIT("S4"), STR_INIT("silent") },
    [STAGE_PROBED] = { STR_INIT("S5"), STR_INIT("probe") },
    [STAGE_INACTIVE] = { STR_INIT("S6"), STR_INIT("inactive") },
    [STAGE_KEY_DELETED] = { STR_INIT("S7"), STR_INIT("delete-key") },
    [STAGE_USER_DELETED] = { STR_INIT("S8"), STR_INIT("delete-user") },
};

str stage_code(enum stage stage)
{
    return names[stage].code;
}

str stage_word(enum stage stage)
{
    return names[stage].word;
}

bool stage_parse(str text, enum stage *ret)
{
    for (unsigned i = 0; i < STAGES; i++) {
        if (str_eq_nocase(names[i].code, text) || str_eq(names[i].word, text)) {
            *ret = (enum stage)i;
            return true;
        }
    }
    return false;
}

struct stage_rules stage_rules_default(void)
{
    return (struct stage_rules){ .windows_s = { 300, 3600, DAY_S, INT64_C(7) * DAY_S },
                                 .windows = 4,
                                 .inactive_s = INT64_C(30) * DAY_S };
}

static const struct {
    str word;
    enum stage of;
} deeds[] = {
    [DO_NOTHING] = { STR_INIT("nothing"), STAGE_INVENTORIED },
    [DO_NOTE] = { STR_INIT("note"), STAGE_INVENTORIED },
    [DO_MAKE_ROLE] = { STR_INIT("make-role"), STAGE_ROLE },
    [DO_OPEN_WINDOW] = { STR_INIT("open-window"), STAGE_PROBED },
    [DO_CLOSE_WINDOW] = { STR_INIT("close-window"), STAGE_INVENTORIED },
    [DO_DEACTIVATE] = { STR_INIT("deactivate"), STAGE_INACTIVE },
    [DO_DELETE_KEY] = { STR_INIT("delete-key"), STAGE_KEY_DELETED },
    [DO_DELETE_USER] = { STR_INIT("delete-user"), STAGE_USER_DELETED },
    [DO_ALERT] = { STR_INIT("alert"), STAGE_INVENTORIED },
};

str stage_do_word(enum stage_do what)
{
    return deeds[what].word;
}

enum stage stage_of(enum stage_do what)
{
    return deeds[what].of;
}

unsigned stage_silent_days(unsigned period_days)
{
    static const struct {
        unsigned up_to, days;
    } rows[] = { { 7, 14 }, { 20, 0 }, { 33, 35 }, { 93, 95 } };

    for (unsigned i = 0; i < COUNT_OF(rows); i++) {
        if (period_days <= rows[i].up_to) {
            return rows[i].days > 0 ? rows[i].days : 2 * period_days;
        }
    }
    return period_days + 5; /* a yearly job: once round */
}

/* -- what each stage waits for: the first row that holds decides ---------------------------------- */

struct asked {
    const struct stage_facts *f;
    const struct stage_rules *r;
    int64_t now_s;
};

static bool attempted(const struct asked *a)
{
    return a->f->last_use_s != STAGE_NEVER && a->f->last_use_s >= a->f->silent_since_s;
}

static bool silent(const struct asked *a)
{
    return a->f->last_use_s == STAGE_NEVER || a->now_s - a->f->last_use_s >= a->f->silent_s;
}

static bool always(const struct asked *a UNUSED)
{
    return true;
}

static bool held(const struct asked *a)
{
    return a->f->held != NULL;
}

static bool unowned(const struct asked *a)
{
    return !a->f->owned;
}

/* A new plan is how somebody says that he has looked at the attempt. */
static bool alerted(const struct asked *a)
{
    return a->f->alert && a->r->plan_made_s <= a->f->since_s;
}

static bool roleless(const struct asked *a)
{
    return a->f->roles == 0 && a->f->last_use_s != STAGE_NEVER && !silent(a);
}

static bool needs_no_role(const struct asked *a)
{
    return a->f->roles == 0;
}

static bool unproven(const struct asked *a)
{
    return a->f->roles > 0 && !a->f->proofs;
}

static bool roles_made(const struct asked *a)
{
    return a->f->roles_made;
}

static bool roles_gone(const struct asked *a)
{
    return a->f->roles > 0 && !a->f->roles_made;
}

static bool not_seen(const struct asked *a)
{
    return a->f->roles > 0 && !a->f->roles_seen;
}

static bool not_silent(const struct asked *a)
{
    return !silent(a);
}

static bool window_open(const struct asked *a)
{
    return a->f->window_until_s > a->now_s;
}

static bool window_over(const struct asked *a)
{
    return a->f->window_until_s != 0;
}

static bool windows_left(const struct asked *a)
{
    return a->f->windows_done < a->r->windows;
}

static bool user_in_use(const struct asked *a)
{
    return a->f->user_in_use;
}

static bool off_hours(const struct asked *a)
{
    return !a->f->working_hours;
}

static bool frozen(const struct asked *a)
{
    return a->f->frozen;
}

static bool too_soon(const struct asked *a)
{
    return a->now_s - a->f->since_s < a->r->inactive_s;
}

static bool user_stays(const struct asked *a)
{
    return !a->f->deletable_user;
}

enum until { UNTIL_NONE, UNTIL_SILENT, UNTIL_WINDOW, UNTIL_INACTIVE };

static const struct rule {
    enum stage at;
    bool (*holds)(const struct asked *a);
    enum stage_do what;
    enum stage to;
    const char *why;
    enum until until;
} rules[] = {
#define WAIT(at, holds, why, until)                                                                \
    {                                                                                              \
        at, holds, DO_NOTHING, at, why, until                                                      \
    }
    /* S0 */
    WAIT(STAGE_INVENTORIED, held, NULL, UNTIL_NONE),
    WAIT(STAGE_INVENTORIED, unowned, "it has no owner (owners.json, or a tag Owner)", UNTIL_NONE),
    { STAGE_INVENTORIED, always, DO_NOTE, STAGE_OWNED, "it has an owner", UNTIL_NONE },
    /* S1 */
    WAIT(STAGE_OWNED, held, NULL, UNTIL_NONE),
    WAIT(STAGE_OWNED, unowned, "it has no owner any more", UNTIL_NONE),
    WAIT(STAGE_OWNED, roleless, "it is in use and no role is planned for it (mantle migrate roles)",
         UNTIL_NONE),
    WAIT(STAGE_OWNED, unproven, "the proofs of its role do not hold", UNTIL_NONE),
    { STAGE_OWNED, needs_no_role, DO_NOTE, STAGE_ROLE, "nothing uses it: no role is needed",
      UNTIL_NONE },
    { STAGE_OWNED, roles_made, DO_NOTE, STAGE_ROLE, "its roles stand as planned", UNTIL_NONE },
    { STAGE_OWNED, always, DO_MAKE_ROLE, STAGE_ROLE, "its roles are made", UNTIL_NONE },
    /* S2 */
    WAIT(STAGE_ROLE, held, NULL, UNTIL_NONE),
    WAIT(STAGE_ROLE, roles_gone, "a role of it is gone or was changed", UNTIL_NONE),
    WAIT(STAGE_ROLE, not_seen, "its role was not seen in use from where the key is used",
         UNTIL_NONE),
    { STAGE_ROLE, always, DO_NOTE, STAGE_SEEN, "its roles are in use", UNTIL_NONE },
    /* S3 */
    WAIT(STAGE_SEEN, held, NULL, UNTIL_NONE),
    WAIT(STAGE_SEEN, alerted, "an attempt brought it back; make a new plan when that is understood",
         UNTIL_NONE),
    WAIT(STAGE_SEEN, roles_gone, "a role of it is gone or was changed", UNTIL_NONE),
    WAIT(STAGE_SEEN, not_silent, "the key is still used, or was too lately", UNTIL_SILENT),
    { STAGE_SEEN, always, DO_NOTE, STAGE_SILENT, "the key is silent", UNTIL_NONE },
    /* S4 */
    { STAGE_SILENT, attempted, DO_ALERT, STAGE_SEEN, "the key was used again", UNTIL_NONE },
    WAIT(STAGE_SILENT, held, NULL, UNTIL_NONE),
    WAIT(STAGE_SILENT, user_in_use,
         "the user's other key or password is in use, and a deny hits the whole user", UNTIL_NONE),
    WAIT(STAGE_SILENT, frozen, "the calendar says freeze", UNTIL_NONE),
    WAIT(STAGE_SILENT, off_hours, "outside of the owner's working hours", UNTIL_NONE),
    { STAGE_SILENT, always, DO_OPEN_WINDOW, STAGE_PROBED, "the first deny window", UNTIL_NONE },
    /* S5 */
    { STAGE_PROBED, attempted, DO_ALERT, STAGE_SEEN, "somebody was hit by a deny window",
      UNTIL_NONE },
    WAIT(STAGE_PROBED, window_open, "a deny window is open", UNTIL_WINDOW),
    { STAGE_PROBED, window_over, DO_CLOSE_WINDOW, STAGE_PROBED,
      "the window is over, nobody was hit", UNTIL_NONE },
    WAIT(STAGE_PROBED, held, NULL, UNTIL_NONE),
    WAIT(STAGE_PROBED, frozen, "the calendar says freeze", UNTIL_NONE),
    WAIT(STAGE_PROBED, off_hours, "outside of the owner's working hours", UNTIL_NONE),
    WAIT(STAGE_PROBED, user_in_use,
         "the user's other key or password is in use, and a deny hits the whole user", UNTIL_NONE),
    { STAGE_PROBED, windows_left, DO_OPEN_WINDOW, STAGE_PROBED, "the next deny window",
      UNTIL_NONE },
    { STAGE_PROBED, always, DO_DEACTIVATE, STAGE_INACTIVE, "all windows passed, nobody was hit",
      UNTIL_NONE },
    /* S6 */
    { STAGE_INACTIVE, attempted, DO_ALERT, STAGE_SEEN, "the inactive key was tried", UNTIL_NONE },
    WAIT(STAGE_INACTIVE, held, NULL, UNTIL_NONE),
    WAIT(STAGE_INACTIVE, too_soon, "it must stay inactive for longer", UNTIL_INACTIVE),
    WAIT(STAGE_INACTIVE, frozen, "the calendar says freeze", UNTIL_NONE),
    WAIT(STAGE_INACTIVE, unproven, "the proofs of its role do not hold any more", UNTIL_NONE),
    WAIT(STAGE_INACTIVE, roles_gone, "a role of it is gone or was changed", UNTIL_NONE),
    { STAGE_INACTIVE, always, DO_DELETE_KEY, STAGE_KEY_DELETED, "long enough inactive, no attempt",
      UNTIL_NONE },
    /* S7 */
    WAIT(STAGE_KEY_DELETED, held, NULL, UNTIL_NONE),
    WAIT(STAGE_KEY_DELETED, user_stays, "the user stays: another key, or a password", UNTIL_NONE),
    WAIT(STAGE_KEY_DELETED, frozen, "the calendar says freeze", UNTIL_NONE),
    { STAGE_KEY_DELETED, always, DO_DELETE_USER, STAGE_USER_DELETED, "nothing is left of the user",
      UNTIL_NONE },
    /* S8 */
    WAIT(STAGE_USER_DELETED, always, "done", UNTIL_NONE),
};

static int64_t waiting_ends(const struct asked *a, enum until until)
{
    switch (until) {
    case UNTIL_NONE:
        return 0;
    case UNTIL_SILENT:
        return a->f->last_use_s + a->f->silent_s;
    case UNTIL_WINDOW:
        return a->f->window_until_s;
    case UNTIL_INACTIVE:
        return a->f->since_s + a->r->inactive_s;
    }
    return 0;
}

void stage_decide(const struct stage_facts *facts, const struct stage_rules *r, enum stage until,
                  int64_t now_s, struct stage_verdict *ret)
{
    struct asked a = { facts, r, now_s };
    const struct rule *rule = rules;

    while (rule->at != facts->at || !rule->holds(&a)) {
        rule++; /* the last row of each stage always holds */
    }
    *ret = (struct stage_verdict){ .what = rule->what,
                                   .to = rule->to,
                                   .why = rule->why == NULL ? facts->held : rule->why,
                                   .not_before_s = waiting_ends(&a, rule->until) };
    if (stage_of(rule->what) > until) {
        ret->what = DO_NOTHING;
        ret->to = facts->at;
        ret->why = "the next step belongs to a later stage than the one named";
    }
}
