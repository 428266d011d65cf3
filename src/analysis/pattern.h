/* Patterns of text as sequences of tokens over code points. One form serves actions, resources and
 * the values of conditions.
 *
 * A policy variable whose value is not known is a token of its own, which only its own letter
 * matches: "home/${aws:username}/x" lies within "home/${aws:username}" followed by a wildcard,
 * whoever the user is. What is proved with such letters holds for every value (docs/analysis.md,
 * "Variables"); what is found with them has to be tried with real values. */
#ifndef MANTLE_ANALYSIS_PATTERN_H
#define MANTLE_ANALYSIS_PATTERN_H

#include "analysis/work.h"
#include "base/buf.h"
#include "base/str.h"

enum token_kind {
    TOKEN_LITERAL,
    TOKEN_NOCASE, /* c is lower case */
    TOKEN_ANY,    /* '?' */
    TOKEN_ANY_INSIDE,
    TOKEN_STAR,
    TOKEN_STAR_INSIDE, /* not across a colon: the first five segments of an ARN */
    TOKEN_SYMBOL,      /* a variable: c is its letter */
};
struct token {
    enum token_kind kind;
    uint32_t c;
};

/* Letters: code points; bytes that are no UTF-8, from LETTER_BYTE on; variables, from
 * LETTER_SYMBOL on, four to each, one per flavour. */
enum { LETTER_BYTE = 0x110000, LETTER_SYMBOL = 0x200000, LETTER_OTHER = 0x100 };
enum flavour {
    FLAVOUR_PLAIN,
    FLAVOUR_NOCASE, /* the value in any case */
    FLAVOUR_ARN,    /* the value as part of an ARN: its colons count as segments */
};

struct letters { /* a text; views memory of the analysis */
    const uint32_t *ptr;
    uint32_t len;
};

struct pattern {
    const struct token *tokens;
    uint32_t count;
    bool literal;         /* one text only */
    bool symbols;         /* holds variables */
    bool loose;           /* ARN with variables: matches more than it says when it must match */
    bool positive_only;   /* says too much to exclude anything by it */
    str text;             /* as written, for showing */
    struct letters fixed; /* when literal */
    uint32_t hash;        /* of fixed */
    uint8_t *within;      /* per atom: see search.c; NULL until asked */
};

struct pattern_draft {
    struct work *work;
    struct token *tokens;
    uint32_t count, cap;
};
/* room: most tokens that will be added. */
bool draft_begin(struct pattern_draft *draft, struct work *work, size_t room);
void draft_add(struct pattern_draft *draft, enum token_kind kind, uint32_t c);
/* wild: '*' and '?' are wildcards, inside or across segments. kind: of the literals. */
void draft_text(struct pattern_draft *draft, str text, enum token_kind kind, bool wild,
                bool inside);
bool draft_end(struct pattern_draft *draft, str text, struct pattern *ret);

bool pattern_match(const struct pattern *pattern, struct letters text);
/* No text matches both; false when that is not plain to see. */
bool patterns_apart(const struct pattern *a, const struct pattern *b);
/* Whatever matches p matches q; false when that is not plain to see. */
bool pattern_within(const struct pattern *p, const struct pattern *q);

bool letters_from(struct work *work, str text, struct letters *ret);
/* Variables are left out. */
void letters_print(struct letters text, buf *out);

/* A text that matches all of `yes` and none of `no`. Exact unless variables are among them: then a
 * text may be found where there is none, never the other way round. */
enum verdict {
    VERDICT_NO,
    VERDICT_YES,
    VERDICT_OPEN, /* not decided: work->stop says why, or nothing could */
};
enum verdict patterns_solve(struct work *work, const struct pattern *const *yes, size_t yes_count,
                            const struct pattern *const *no, size_t no_count, struct letters *ret);

bool token_takes(struct token token, uint32_t letter);

#endif
