/* The change that replaces a key at a place by a role: new text, the trust policy the role needs, and the
 * traps that would keep the role from being used. Pure but for reading the files. */
#ifndef MANTLE_SCAN_PATCH_H
#define MANTLE_SCAN_PATCH_H

#include "scan/scan.h"
#include "scan/sheet.h"

enum { TRAPS_MAX = 12 };

struct scan_trap {
    uint32_t line; /* 0: of the file as a whole */
    str text;
};

/* One file that holds keys or takes them from elsewhere. Strings live in the arena given. */
struct scan_change {
    str file;
    const struct place *place;
    const struct known_key *key;   /* the first known one there; NULL */
    const struct known_role *role; /* that was made for the key and is taken; NULL: none is known */
    str role_arn;                  /* the role it is replaced by; may be a placeholder */
    size_t keys, secrets, references;
    str before, after; /* the file's text; after is absent when there is no sound change */
    str why_not;       /* then: what to do instead */
    str trust;         /* the role's trust policy, JSON; absent when none is needed */
    str note;          /* about the trust policy: what to put in */
    struct scan_trap traps[TRAPS_MAX];
    size_t trap_count;
    const struct sheet *sheet; /* the change line by line; NULL when there is none */
    str patch_file;            /* where the patch was written; absent */
};

struct scan_roles {
    str role;    /* --role: an ARN, or absent */
    str account; /* for ARNs of roles; absent: that of the key */
};

/* One file: file and before of *c are given (before absent: it could not be read), the rest is written.
 * RC_NOMEM. */
MUST_CHECK enum rc scan_change_text(const struct scan_finding *findings, size_t count,
                                    const struct scan_roles *roles, struct arena *arena,
                                    struct scan_change *c);
/* For every file of the report with findings: *ret in the order of paths. RC_NOMEM. */
MUST_CHECK enum rc scan_changes(const struct scan_report *report, const struct scan_roles *roles,
                                struct arena *arena, struct scan_change **ret, size_t *ret_count);

#endif
