/* Answers of the query protocol: small XML documents of elements and text. No DTD, no entity but the
 * five and characters by number, no CDATA, no processing instruction behind the declaration, bounded
 * depth and size: what a service of AWS sends, and nothing that could mean more. */
#ifndef MANTLE_REMOTE_ANSWER_H
#define MANTLE_REMOTE_ANSWER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum { ANSWER_DEPTH_MAX = 32 };

struct answer_node {
    str name;                         /* without a namespace prefix; a view of the text */
    str text;                         /* of a leaf, references resolved; "" with children */
    struct answer_node *first, *next; /* children in order */
};

/* RC_SYNTAX, RC_LIMIT (depth), RC_NOMEM. text must outlive the nodes. */
MUST_CHECK enum rc answer_parse(str text, struct arena *arena, struct answer_node **ret);

/* The first child of that name; NULL when node is NULL or has none. */
const struct answer_node *answer_child(const struct answer_node *node, str name);
/* Its text; absent when there is none. */
str answer_text(const struct answer_node *node, str name);
/* Depth first, node itself included. */
const struct answer_node *answer_find(const struct answer_node *node, str name);
/* Written back, for the tests: parse of it gives the same tree. */
void answer_write(const struct answer_node *node, buf *out);

#endif
