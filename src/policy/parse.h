/* Reading a document: shared by parse.c (what stands where) and grammar.c (what AWS refuses). */
#ifndef MANTLE_POLICY_PARSE_H
#define MANTLE_POLICY_PARSE_H

#include "policy/engine.h"

struct reader {
    enum policy_kind kind;
    struct arena *arena;
    struct policy_refusal *err;
};

/* AWS's sentences, used in more than one place. */
#define SYNTAX_ERRORS "Syntax errors in policy."
#define LEGACY_PARSING "The policy failed legacy parsing"

/* Trust policies go through another parser of AWS's, with words of its own. */
#define TRUST_OR(r, trust, other) ((r)->kind == POLICY_TRUST ? STR(trust) : STR(other))

/* Fills the refusal and returns RC_SYNTAX, or RC_NOMEM. node NULL: the document as a whole.
 * message is AWS's text (absent when making it failed: RC_NOMEM); the detail, ours, is
 * formatted. */
MUST_CHECK enum rc reject(struct reader *r, const struct json *node, str message,
                          const char *detail, ...) PRINTF_LIKE(4, 5);

/* The checks behind the structure, in AWS's order. */
MUST_CHECK enum rc grammar_check(struct reader *r, const struct policy_document *doc);
MUST_CHECK enum rc evaluable_check(struct reader *r, const struct policy_document *doc);

/* In grammar_value.c: legacy parsing (effect, conditions), principals, actions, resources. */
MUST_CHECK enum rc legacy_check(struct reader *r, const struct policy_document *doc);
MUST_CHECK enum rc principals_check(struct reader *r, const struct policy_document *doc);
MUST_CHECK enum rc actions_check(struct reader *r, const struct policy_document *doc);
MUST_CHECK enum rc resources_check(struct reader *r, const struct policy_document *doc);

#endif
