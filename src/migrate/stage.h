/* The states a key goes through on its way out, and what may be done in each. Pure: what is known goes
 * in, what follows comes out; the table in stage.c is the whole rule. */
#ifndef MANTLE_MIGRATE_STAGE_H
#define MANTLE_MIGRATE_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum stage {
    STAGE_INVENTORIED, /* S0: known */
    STAGE_OWNED,       /* S1: somebody answers for it */
    STAGE_ROLE,        /* S2: its roles stand, with proofs */
    STAGE_SEEN,        /* S3: each role was seen in use from where the key was used */
    STAGE_SILENT,      /* S4: the key is not used any more, long enough */
    STAGE_PROBED,      /* S5: deny windows on the user */
    STAGE_INACTIVE,    /* S6: switched off */
    STAGE_KEY_DELETED, /* S7 */
    STAGE_USER_DELETED /* S8 */
};
enum { STAGES = STAGE_USER_DELETED + 1 };

/* "S4 silent" in parts. */
str stage_code(enum stage stage);
str stage_word(enum stage stage);
/* By either. */
bool stage_parse(str text, enum stage *ret);

enum { WINDOWS_MAX = 8 };

struct stage_rules {
    int64_t windows_s[WINDOWS_MAX]; /* lengths of the deny windows, in order */
    unsigned windows;
    int64_t inactive_s; /* how long a key stays inactive before it is deleted */
    int64_t plan_made_s;
};

/* The default: 5 minutes, 1 hour, 24 hours, 7 days; 30 days inactive. */
struct stage_rules stage_rules_default(void);

#define STAGE_NEVER INT64_MIN

struct stage_facts {
    /* of the journal */
    enum stage at;
    int64_t since_s;        /* when it came to `at` */
    int64_t silent_since_s; /* from S4 on: when it came to S4; attempts count from then */
    bool alert;             /* an attempt brought it back; at since_s */
    unsigned windows_done;
    int64_t window_until_s; /* of the open window; 0: none is open */
    /* of the plan */
    bool owned, deletable_user;
    unsigned roles;   /* planned; 0: nothing uses the key, so nothing need replace it */
    bool proofs;      /* of all planned roles */
    int64_t silent_s; /* how long it must be silent */
    const char *held; /* a reason not to touch it (break-glass, human...); NULL: none */
    /* of the account, now */
    bool roles_made, roles_seen;
    int64_t last_use_s; /* any attempt to use it, refused ones too; STAGE_NEVER */
    bool user_in_use;   /* another active key of the user, or his password, is not silent */
    bool working_hours; /* of the owner */
    bool frozen;        /* by the calendar */
};

enum stage_do {
    DO_NOTHING,
    DO_NOTE,         /* the stage alone: nothing is called */
    DO_MAKE_ROLE,    /* to S2 */
    DO_OPEN_WINDOW,  /* S4, S5 */
    DO_CLOSE_WINDOW, /* S5: clean up behind a window that is over */
    DO_DEACTIVATE,   /* to S6 */
    DO_DELETE_KEY,   /* to S7 */
    DO_DELETE_USER,  /* to S8 */
    DO_ALERT,        /* back to S3, whatever stands in the way of the key taken away */
};
str stage_do_word(enum stage_do what);
/* The stage it belongs to: the one named with --stage. */
enum stage stage_of(enum stage_do what);

struct stage_verdict {
    enum stage_do what;
    enum stage to;        /* where it stands afterwards */
    const char *why;      /* one English clause: why this, or what it waits for */
    int64_t not_before_s; /* when waiting ends by itself; 0: not known */
};

/* `until`: the stage named; nothing that belongs to a later one is done. Alerts and the end of windows
 * are always dealt with. */
void stage_decide(const struct stage_facts *facts, const struct stage_rules *rules,
                  enum stage until, int64_t now_s, struct stage_verdict *ret);

/* How long a key must be silent, by the longest period observed between uses that recur (days; 0:
 * none): twice that and at least 14 days; 35 where it is monthly, 95 where it is quarterly. */
unsigned stage_silent_days(unsigned period_days);

#endif
