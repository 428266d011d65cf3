/* The key ids that are looked for: those of the estate. Found in one pass however many they are. */
#ifndef MANTLE_SCAN_KNOWN_H
#define MANTLE_SCAN_KNOWN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/table.h"

enum { KNOWN_ID_MIN = 16, KNOWN_ID_MAX = 128 };

struct known_role { /* that was made to take the key's place */
    str arn, trust; /* trust: the document, JSON; absent when there is none */
};

struct known_key {
    str id;
    str user;                       /* absent when the list names none */
    str status;                     /* "Active", "Inactive"; absent */
    str account;                    /* 12 digits; absent */
    const struct known_role *roles; /* one for each program that uses it */
    size_t role_count;
};

struct known {
    struct table ids; /* by their first KNOWN_ID_MIN characters: struct known_entry * */
    struct arena *arena;
    size_t count;
};

/* Everything lives in the arena. hash_key: random, since ids can come from strangers. */
void known_init(struct known *known, struct arena *arena, const uint8_t hash_key[16]);
/* RC_SYNTAX: not an access key id (it must begin with AKIA, ASIA, ABIA or ACCA, and have 16 to 128
 * letters and digits). An id given twice counts once, and keeps the user it has. RC_NOMEM. */
MUST_CHECK enum rc known_add(struct known *known, const struct known_key *key);
/* The longest known id that text starts with; NULL when none. */
const struct known_key *known_at(const struct known *known, str text);

/* Ids out of a text: one a line (with # comments), or JSON: every AccessKeyId in it, with the UserName
 * beside it, as `aws iam list-access-keys` prints it. RC_SYNTAX with *reterr_line: not an id. */
MUST_CHECK enum rc known_read(struct known *known, str text, uint32_t *reterr_line);

#endif
