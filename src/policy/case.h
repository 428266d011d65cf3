/* Case files: unit tests of policies, in the format mantle-eval-cases/1 (docs/guides/
 * policy-testing.md). From JSON to what policy_decide takes; a mistake is said with its place. */
#ifndef MANTLE_POLICY_CASE_H
#define MANTLE_POLICY_CASE_H

#include "codec/json.h"
#include "policy/policy.h"

struct case_mistake {
    uint32_t line, column; /* in the file */
    str member;            /* "request.principal.type"; in the arena, or static */
    str message;           /* what is wrong and what to write instead; in the arena, or static */
};

struct case_file {
    str text;
    const struct json *cases; /* an array; each item goes to case_read */
};

/* One document of a case. Its path is also the policy_name of its statements. A document that is
 * refused contributes nothing, and a case that has one is never allowed (E-5, D-6). */
struct case_document {
    str path; /* "policies.scp[0][1]" */
    enum policy_layer layer;
    const struct json *json;
    bool refused;
    struct policy_refusal refusal; /* places count from the document's first byte */
    struct case_document *next;
};

struct case_policies { /* documents as JSON, for evaluators that parse themselves; NULL: none */
    const struct json *identity, *resource, *boundary, *session, *scp, *rcp, *endpoint;
};

struct eval_case {
    str id, title;
    const struct json *json;
    struct policy_request request;
    struct policy_stack stack;
    struct case_policies policies;
    struct case_document *documents; /* in the order of the file */
    size_t refused_count;
    enum decision_result expect;
};

/* text must outlive the file. RC_SYNTAX, RC_LIMIT: *reterr says why. RC_NOMEM. */
MUST_CHECK enum rc case_file_read(str text, struct arena *arena, struct case_file *ret,
                                  struct case_mistake *reterr);

/* `stored`: documents go through policy_parse, else through policy_parse_loosely. text: of the file
 * that json is from. RC_SYNTAX: *reterr says why. RC_NOMEM. */
MUST_CHECK enum rc case_read(str text, const struct json *json, bool stored, struct arena *arena,
                             struct eval_case *ret, struct case_mistake *reterr);

/* policy_decide, and what documents that could not be read mean for it. */
void case_decide(const struct eval_case *c, struct decision *ret);

/* A place inside a document as a place in the case file. */
void case_place(const struct case_document *document, uint32_t *line, uint32_t *column);
/* NULL when there is none of that path. */
const struct case_document *case_document_find(const struct eval_case *c, str path);

/* A role's resource document is its trust policy; everything else's is a resource policy. */
enum policy_kind resource_document_kind(str action, str resource);

#endif
