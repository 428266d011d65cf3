/* Between the files of the finder only. */
#ifndef MANTLE_SCAN_FIND_INSIDE_H
#define MANTLE_SCAN_FIND_INSIDE_H

#include "scan/anchor.h"
#include "scan/find.h"
#include "scan/token.h"

/* An id that was seen, also one that is not reported: it still takes the secret beside it. */
struct find_id {
    struct find_hit hit;
    bool dummy;
    bool exact_boundary;
};

struct find_run {
    str text;
    const struct known *known;
    struct arena *arena;
    struct find_result *result;
    struct find_id *ids;
    size_t ids_count, ids_cap;
    struct token *tokens;
    size_t tokens_count, tokens_cap;
    size_t *names; /* where "secret" or "access key" stand */
    size_t names_count, names_cap;
    unsigned depth; /* of encodings inside encodings */
};

/* One more of an array in the arena. NULL: no memory, or max reached. */
void *find_grow(struct arena *arena, void *array, size_t *count, size_t *cap, size_t size);

/* A text inside the text, at [at, at + len), with its own hits: these are added with that place. */
MUST_CHECK enum rc find_layer(struct find_run *run, str inner, size_t at, size_t len,
                              const char *via);
MUST_CHECK enum rc find_id_add(struct find_run *run, size_t at, size_t len, str id,
                               const char *via);
/* base64, gzip in it, UTF-16. *next: where the fast pass may go on. */
MUST_CHECK enum rc find_encoded(struct find_run *run, const struct anchor *anchor, size_t *next);

/* Gives ids their secrets; what is left and has a name becomes a finding of its own. */
MUST_CHECK enum rc find_pair(struct find_run *run);
MUST_CHECK enum rc find_names(struct find_run *run);
MUST_CHECK enum rc find_add(struct find_run *run, const struct find_hit *hit);
/* A copy of a name that may be shown: absent when it is so long that it could be a value, a secret even
 * ("SECRET:ID" makes the secret a name). RC_NOMEM. */
MUST_CHECK enum rc find_name_copy(struct arena *arena, str name, str *ret);
void find_secret_set(struct find_secret *secret, const struct token *token);

#endif
