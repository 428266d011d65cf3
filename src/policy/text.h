/* Patterns of text: wildcards and policy variables. */
#ifndef MANTLE_POLICY_TEXT_H
#define MANTLE_POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct policy_request;

/* '*' matches any run of characters including none, '?' exactly one character (one code point of
 * well-formed UTF-8); anchored at both ends, case-sensitive (A-2, A-4, S-3). Time is at most
 * pattern.len * text.len. */
bool glob_match(str pattern, str text);
bool glob_has_wildcard(str pattern);

/* Whether text, with ASCII letters folded, is `folded`, which is lower case already. */
bool equals_folded(str text, str folded);

/* A piece of a pattern after substitution; text of a literal piece has no wildcards (V-6, V-9). */
struct piece {
    str text;
    bool literal;
};
bool pieces_match(const struct piece *pieces, size_t count, str text);

enum {
    VARIABLES_MAX = 31,                     /* in one value; more are refused when stored */
    PIECES_MAX = 2 * VARIABLES_MAX + 1 + 5, /* and five cuts at the colons of an ARN */
};

enum part_kind { PART_PATTERN, PART_LITERAL, PART_VARIABLE, PART_UNRESOLVABLE };
struct text_part {
    enum part_kind kind;
    str text;     /* the folded key of a variable */
    str fallback; /* V-4; absent when there is none */
};

/* A value as written: `text` alone, or with variables `parts`. */
struct text_pattern {
    str text;
    struct text_part *parts;
    uint16_t part_count; /* 0: no variables; wildcards in text count */
};

/* Copies text into the arena. RC_NOMEM, RC_LIMIT (more than VARIABLES_MAX). */
MUST_CHECK enum rc text_compile(str text, bool variables, struct arena *arena,
                                struct text_pattern *ret);
/* Drops the first `len` bytes, which are literal text. */
void text_cut(struct text_pattern *pattern, size_t len);
/* RC_SYNTAX: a variable is not closed or has no name; RC_LIMIT. */
MUST_CHECK enum rc text_check(str text);

/* Substitutes; false when a variable cannot be resolved (R-10, V-5, V-8). pieces has room for
 * PIECES_MAX. */
bool text_resolve(const struct text_pattern *pattern, const struct policy_request *rq,
                  struct piece *pieces, size_t *ret_count);

/* False also when a variable cannot be resolved. */
bool text_like(const struct text_pattern *pattern, const struct policy_request *rq, str text);
bool text_equals(const struct text_pattern *pattern, const struct policy_request *rq, str text,
                 bool nocase);
/* N-ARN-1: six segments, each a glob; segments are of the request's value. */
bool text_arn_like(const struct text_pattern *pattern, const struct policy_request *rq,
                   const str segments[6]);

#endif
