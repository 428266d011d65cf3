/* Finds access keys in a text. Pure: no file, no clock, no network; a secret that is found leaves
 * this folder only as its last four characters and a hash. */
#ifndef MANTLE_SCAN_FIND_H
#define MANTLE_SCAN_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "scan/known.h"
#include "scan/shape.h"

enum find_what {
    FIND_KEY,       /* an access key id, with the secret that belongs to it if that stands near */
    FIND_SECRET,    /* a secret without an id */
    FIND_REFERENCE, /* a setting that takes a key from elsewhere: ${{ secrets.AWS_ACCESS_KEY_ID }} */
};

struct find_secret {
    size_t at, len; /* in the text; len 0: none */
    uint32_t line, column;
    char last4[5];
    char hash
        [13]; /* the first 48 bits of its SHA-256, hexadecimal: tells secrets apart, reveals none */
    bool smtp; /* an SMTP password made from a secret, which has no form with a role */
};

struct find_hit {
    enum find_what what;
    size_t at, len; /* in the text: of the id (as encoded there), the secret or the name */
    uint32_t line, column;
    str key_id;                      /* FIND_KEY; lives in the arena */
    const struct known_key *known;   /* NULL: an id that no list names */
    char account[ACCOUNT_CHARS + 1]; /* empty when the id names none */
    struct find_secret secret;
    str name;        /* what the value is called there; may be absent; lives in the arena */
    bool packed;     /* inside a larger encoded value, which is what `at` and `len` cover */
    const char *via; /* "base64", "UTF-16", "gzip in base64"; NULL: as it is */
};

struct find_result {
    struct find_hit *hits; /* in the order of the text */
    size_t count, cap;
    bool cut; /* more than FIND_HITS_MAX in one text: the rest is not listed */
};

enum { FIND_HITS_MAX = 100000, FIND_DEPTH_MAX = 4 };

/* False quickly when nothing in the text needs a closer look: most texts. */
bool find_worth(str text);
/* known may be NULL. Writes *ret on RC_OK; RC_NOMEM. */
MUST_CHECK enum rc find_text(str text, const struct known *known, struct arena *arena,
                             struct find_result *ret);

#endif
