/* The policy engine: parses AWS policy documents, compiles them, decides. Pure: no I/O, no clock,
 * no global state. The rules are numbered (docs/evaluation-rules.md); comments in this folder name
 * them.
 *
 *   policy_parse     text -> document with source spans, or the refusal AWS would give
 *   policy_compile   documents of one set -> immutable compiled policy, shareable among threads
 *   policy_decide    principal, action, resource, context + compiled policies -> decision,
 *                    without allocating
 *
 * Whatever cannot be decided is not allowed. */
#ifndef MANTLE_POLICY_POLICY_H
#define MANTLE_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

/* Which grammar a document has to follow (G-3, G-8). */
enum policy_kind {
    POLICY_IDENTITY, /* identity policies, permissions boundaries and session policies */
    POLICY_TRUST,
    POLICY_RESOURCE,
    POLICY_ENDPOINT,
    POLICY_SCP,
    POLICY_RCP,
};

struct policy_refusal {            /* written on RC_SYNTAX and RC_LIMIT only */
    uint32_t offset, line, column; /* 0 when the document as a whole is meant */
    str code;                      /* AWS error code: "MalformedPolicyDocument" */
    str message; /* AWS's text where it is known, e.g. "Syntax errors in policy."; in the arena */
    str detail;  /* ours: what exactly, e.g. "unknown element \"Resources\""; in the arena */
};

struct policy_document; /* parsed; immutable; lives in the arena it was parsed into */

/* Checks everything AWS checks when a document is stored (section 5 of the rules): grammar,
 * unknown and duplicate elements, vendors, ARNs, Sids, characters, operators. text must outlive the
 * document. RC_SYNTAX, RC_LIMIT (depth, counts), RC_NOMEM. */
MUST_CHECK enum rc policy_parse(enum policy_kind kind, str text, struct arena *arena,
                                const struct policy_document **ret, struct policy_refusal *reterr);

/* The same for a customer managed policy that is written: the 2008 language, also by leaving Version
 * out, is refused. Those stored elsewhere (inline, trust, session) may be of 2008 (G-7). */
MUST_CHECK enum rc policy_parse_managed(str text, struct arena *arena,
                                        const struct policy_document **ret,
                                        struct policy_refusal *reterr);

/* The same for a document that is asked about but not stored (case files, what-if): only what cannot
 * be evaluated at all is refused. What policy_parse would refuse besides (unknown operators, values
 * that cannot be parsed, wildcards in a principal's ARN...) never grants and never fails to deny
 * (C-9, C-10, P-6). Stored documents go through policy_parse when they are read, too. */
MUST_CHECK enum rc policy_parse_loosely(enum policy_kind kind, str text, struct arena *arena,
                                        const struct policy_document **ret,
                                        struct policy_refusal *reterr);

/* Characters as quotas count them (G-6): without white space (space, tab, CR, LF), wherever it
 * stands, inside strings too: AWS says "white space" without exception. SCP and RCP quotas count
 * white space as well and do not use this. text is UTF-8. */
size_t policy_size(str text);

/* Principals of a trust or resource policy, for resolving them to unique ids when it is written
 * (P-13). The array lives in the document's arena. */
enum principal_entry_kind { ENTRY_AWS, ENTRY_SERVICE, ENTRY_FEDERATED, ENTRY_CANONICAL };
struct principal_entry {
    enum principal_entry_kind kind;
    str value; /* as written, escapes resolved */
    uint32_t line, column;
    uint32_t offset, end; /* bytes of the text, quotes included: [offset, end) */
};
/* In the order of the document. *ret is NULL, and the count 0, when memory ran out. */
size_t policy_principals(const struct policy_document *doc, struct arena *arena,
                         const struct principal_entry **ret);

/* The context keys a document asks about, in conditions and as variables: each once, in the order of
 * the document; those of conditions as written, those of variables folded to lower case. action:
 * only of statements whose Action part covers it; absent: of all. RC_NOMEM. */
MUST_CHECK enum rc policy_context_keys(const struct policy_document *doc, str action,
                                       struct arena *arena, const str **ret, size_t *ret_count);

/* Binding of a principal written as an ARN to the unique id it had at write time. Evaluation
 * compares ids where a binding is given; a written user or role ARN of the document without one
 * matches nobody when `bound_only`, and a caller without an id is then nobody either. Ids: "AIDA..." or "AROA...". */
struct principal_binding {
    str arn, unique_id;
};

enum policy_layer { /* order of D-3 and of AWS's denial texts */
                    LAYER_NONE,
                    LAYER_RCP,
                    LAYER_SCP,
                    LAYER_RESOURCE, /* resource and trust policies */
                    LAYER_ENDPOINT,
                    LAYER_IDENTITY,
                    LAYER_BOUNDARY,
                    LAYER_SESSION,
                    LAYER_SERVICE_RULE, /* a rule of the service itself: ... */
};
enum { LAYER_COUNT = LAYER_SERVICE_RULE + 1 };

/* One set: documents that combine as E-2 says (all identity policies of one principal; the session
 * policies; one SCP level; a single boundary or resource document). */
struct policy_source { /* what is compiled; strings are copied into the compiled set */
    const struct policy_document *doc;
    str name; /* for explanations: policy ARN, or "inline:NAME" */
    str text; /* what doc was parsed from, copied to tell what a statement wants; may be absent */
    const struct principal_binding *bindings;
    size_t binding_count;
    bool bound_only;
};
struct policy_set; /* compiled, immutable, thread-safe to share */

/* Strings of the documents are copied: the set needs only its own arena. RC_NOMEM; RC_LIMIT when a
 * value of a loosely parsed document has too many variables. */
MUST_CHECK enum rc policy_compile(const struct policy_source *sources, size_t count,
                                  struct arena *arena, const struct policy_set **ret);

/* A word for whoever compiled the set, who finds his own object again from a decision; NULL before.
 * Before the set is shared. */
void policy_set_own(const struct policy_set *set, void *owner);
void *policy_set_owner(const struct policy_set *set);

enum principal_type {
    PRINCIPAL_ANONYMOUS,
    PRINCIPAL_ROOT,
    PRINCIPAL_USER,
    PRINCIPAL_ROLE_SESSION,
    PRINCIPAL_FEDERATED_USER,
    PRINCIPAL_SERVICE,
    PRINCIPAL_WEB_IDENTITY,
    PRINCIPAL_SAML,
};

/* "user", "role-session"...; false: there is no such type. */
bool principal_type_parse(str name, enum principal_type *ret);
str principal_type_word(enum principal_type type);

struct principal {
    enum principal_type type;
    str account;   /* twelve digits; absent for anonymous and service */
    str arn;       /* user, root, session or federated-user ARN; service name; provider */
    str role_arn;  /* role sessions: the role with its path */
    str user_arn;  /* federated users: the user behind */
    str unique_id; /* id of the user, role or user behind, without session name; may be absent in
                      offline use, then ARNs compare */
    bool service_linked;
};

/* Context: single-valued keys have one value and `many` false. Key names compare ignoring case.
 * `values` may have count 0 (an empty multivalued key). The evaluator adds nothing (K-1). */
struct context_entry {
    str key;
    const str *values;
    uint32_t count;
    bool many;
};

struct policy_request {
    struct principal principal;
    str action;           /* "s3:GetObject" */
    str resource;         /* an ARN or "*" */
    str resource_account; /* twelve digits; absent: unknown, treated as the principal's own */
    const struct context_entry *context;
    size_t context_count;
    bool principal_in_management_account, resource_in_management_account;
};

/* Everything that bears on one decision; NULL or count 0 means "there is none" (boundary, session,
 * scp...), not "allows nothing". Two exceptions: an SCP level that is NULL allows nothing (D-11), and
 * a federated user (PRINCIPAL_FEDERATED_USER) whose `session` is NULL is allowed nothing by his
 * identity side (D-33). A set compiled from no documents allows nothing anywhere. For the root user
 * `session` is the task policy of AssumeRoot (D-37); identity and boundary grant him nothing and
 * take nothing but what identity denies. resource is the trust policy for sts:AssumeRole and the
 * actions that go with it (sts:TagSession, sts:SetSourceIdentity, sts:SetContext). */
struct policy_stack {
    const struct policy_set *identity, *boundary, *session, *resource, *endpoint;
    const struct policy_set *const
        *scp; /* levels, root first; a level that is NULL allows nothing (D-11) */
    size_t scp_count;
    const struct policy_set *const *rcp; /* customer RCPs per level (D-21) */
    size_t rcp_count;
};

enum decision_result { DECIDED_IMPLICIT_DENY, DECIDED_EXPLICIT_DENY, DECIDED_ALLOW };
str policy_result_name(enum decision_result result); /* "implicit_deny"... */
str policy_layer_name(enum policy_layer layer);      /* "identity", "scp"...; NONE: "none" */

/* Deny from zeroed memory: a decision never filled says implicit deny. */
struct decision {
    enum decision_result result;
    enum policy_layer
        layer; /* the layer that decided: that denies, or lacks the allow, or allowed */
    const struct policy_set *set; /* where the deciding statement is; NULL for an implicit deny */
    uint32_t statement;           /* index into the set, for policy_statement_info */
    const char *rule;             /* number of the rule that decided: "D-2", "X-20" */
};

void policy_decide(const struct policy_stack *stack, const struct policy_request *request,
                   struct decision *ret);

/* -- more than the decision -------------------------------------------------------------------- */

/* How strongly a statement names the caller (1.3 of the rules). Identity-side statements name nobody
 * and count as direct. */
enum strength {
    STRENGTH_NONE,
    STRENGTH_ACCOUNT,
    STRENGTH_ROLE,
    STRENGTH_OTHERS, /* by not being listed in NotPrincipal (P-10) */
    STRENGTH_DIRECT,
};

/* What one layer says by itself (E-2). Zeroed: it is not asked. */
struct layer_answer {
    enum decision_result result; /* implicit deny: nothing applies. Of SCPs, what all levels say
                                    together; RCPs allow what none denies (D-21) */
    bool asked; /* there is such a policy, and it bears on this request (D-12, D-20, D-35) */
    enum strength strength;       /* of an allow */
    uint32_t level;               /* SCP, RCP: which one denies, lacks the allow, or allows */
    const struct policy_set *set; /* the layer's set, or its level's; NULL when there is none */
    uint32_t statement;           /* that denies or allows */
};
struct policy_answers {
    struct layer_answer by_layer[LAYER_COUNT]; /* RCP to SESSION; the others stay zeroed */
};

/* Asks every layer, also behind one that denies. policy_decide is policy_ask, then policy_combine;
 * a host with grants of its own kind (bucket policies, access lists) asks without a resource
 * policy, says in by_layer[LAYER_RESOURCE] what they say, and combines. */
void policy_ask(const struct policy_stack *stack, const struct policy_request *request,
                struct policy_answers *ret);
void policy_combine(const struct policy_answers *answers, const struct policy_request *request,
                    struct decision *ret);

struct policy_match {
    enum policy_layer layer;
    uint32_t level; /* of SCP and RCP, root first */
    const struct policy_set *set;
    uint32_t statement; /* for policy_statement_info */
    bool deny;
    enum strength strength;
};

/* Every statement that applies (E-1), not only the one that decides: layers in the order above,
 * levels root first, statements as they stand in the documents. Layers that do not bear on the
 * request are left out. Returns how many there are; at most room_count are written. */
size_t policy_matches(const struct policy_stack *stack, const struct policy_request *request,
                      struct policy_match *room, size_t room_count);

struct statement_info { /* views into the set */
    str policy_name, sid;
    uint32_t index; /* of the statement in its document, from 0 */
    uint32_t line, column, end_line, end_column;
};
bool policy_statement_info(const struct policy_set *set, uint32_t statement,
                           struct statement_info *ret);

/* AWS's words for a denial: "User: ARN is not authorized to perform: ACTION on resource: R because
 * no identity-based policy allows the ACTION action" and its siblings, explicit denies with the
 * policy named where AWS names it. Appended to *out. */
struct buf;
void policy_denial_message(const struct decision *decision, const struct policy_request *request,
                           struct buf *out);

#endif
