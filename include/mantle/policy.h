/* Policies: parse documents, compile them, decide requests, say why.
 *
 *   mantle_policy_parse     text -> document, or the refusal AWS would give, with its place
 *   mantle_policy_compile   documents of one set -> compiled set
 *   mantle_policy_decide    sets + request -> decision, without allocating and without locks
 *   mantle_policy_ask, mantle_policy_combine   the same in two steps, for a host that has resource
 *                           policies or access lists of its own kind
 *   mantle_policy_explain   which statement decided, and what a denial lacks
 *
 * Whatever cannot be decided is not allowed: a zeroed decision says implicit deny.
 *
 * Documents (mantle_policy) and compiled sets (mantle_policy_set) are immutable: threads may share
 * them. A set does not need the documents it was compiled from. */
#ifndef MANTLE_POLICY_H
#define MANTLE_POLICY_H

#include <mantle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- documents ---- */

/* Which grammar a document has to follow. */
typedef enum mantle_policy_kind {
    MANTLE_POLICY_IDENTITY, /* identity policies, permissions boundaries and session policies */
    MANTLE_POLICY_TRUST,
    MANTLE_POLICY_RESOURCE,
    MANTLE_POLICY_ENDPOINT,
    MANTLE_POLICY_SCP,
    MANTLE_POLICY_RCP
} mantle_policy_kind;

typedef struct mantle_policy mantle_policy;

/* Why a document was refused. NUL-terminated; cut to fit. */
typedef struct mantle_policy_refusal {
    uint32_t offset, line, column; /* bytes, from 1; line 0: the document as a whole */
    char code[64];                 /* AWS's error code: "MalformedPolicyDocument" */
    char message[512];             /* AWS's text where it is known: "Syntax errors in policy." */
    char detail[512];              /* what exactly: "unknown element \"Resources\"" */
} mantle_policy_refusal;

enum {
    /* Only what cannot be evaluated at all is refused; what IAM would not store besides (unknown
     * operators, values that cannot be parsed) never grants and never fails to deny. For documents
     * that are asked about, not stored. */
    MANTLE_POLICY_LOOSELY = 1
};

/* The longest text that is parsed, in bytes, and the most memory a document or a set may take. */
#define MANTLE_POLICY_TEXT_MAX ((size_t)1 << 20)
#define MANTLE_POLICY_MEMORY_MAX ((size_t)256 << 20)

/* Everything AWS checks when a document is stored, unless flags say otherwise. The text is copied.
 * MANTLE_SYNTAX and MANTLE_LIMIT fill *reterr, which may be NULL; it is left alone otherwise.
 * MANTLE_NO_MEMORY, MANTLE_INVALID (flags or kind unknown). Free *ret with mantle_policy_free. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_parse(const mantle_allocator *allocator,
                                                           mantle_policy_kind kind, mantle_str text,
                                                           unsigned flags, mantle_policy **ret,
                                                           mantle_policy_refusal *reterr);
MANTLE_API void mantle_policy_free(mantle_policy *policy); /* accepts NULL */

/* The text as it was parsed; a view into the document. */
MANTLE_API mantle_str mantle_policy_text(const mantle_policy *policy);

/* Characters as AWS's quotas count them: without white space. text is UTF-8. */
MANTLE_API size_t mantle_policy_size(mantle_str text);

/* ---- sets ---- */

/* Ties a principal written as an ARN to the unique id it had when the policy was written ("AIDA...",
 * "AROA..."), so that a namesake made later is somebody else. */
typedef struct mantle_principal_binding {
    mantle_str arn, unique_id;
} mantle_principal_binding;

typedef struct mantle_policy_source {
    const mantle_policy *policy;
    mantle_str name; /* for explanations and denials: the policy's ARN, or a name of yours */
    const mantle_principal_binding *bindings;
    size_t binding_count;
    bool bound_only; /* an ARN of a user or role without a binding matches nobody */
} mantle_policy_source;

typedef struct mantle_policy_set mantle_policy_set;

/* One set: documents that count together, such as all identity policies of one principal with those of
 * his groups; the session policies; one SCP level; one boundary; one resource policy. A set of no
 * documents allows nothing. Everything is copied. MANTLE_NO_MEMORY, MANTLE_LIMIT, MANTLE_INVALID.
 * Free *ret with mantle_policy_set_free. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_compile(const mantle_allocator *allocator,
                                                             const mantle_policy_source *sources,
                                                             size_t count, mantle_policy_set **ret);
MANTLE_API void mantle_policy_set_free(mantle_policy_set *set); /* accepts NULL */

/* ---- requests ---- */

typedef enum mantle_principal_type {
    MANTLE_PRINCIPAL_ANONYMOUS,
    MANTLE_PRINCIPAL_ROOT,
    MANTLE_PRINCIPAL_USER,
    MANTLE_PRINCIPAL_ROLE_SESSION,
    MANTLE_PRINCIPAL_FEDERATED_USER,
    MANTLE_PRINCIPAL_SERVICE,
    MANTLE_PRINCIPAL_WEB_IDENTITY,
    MANTLE_PRINCIPAL_SAML
} mantle_principal_type;

typedef struct mantle_principal {
    mantle_principal_type type;
    mantle_str account;   /* twelve digits; absent for anonymous and service */
    mantle_str arn;       /* user, root, session or federated-user ARN; service name; provider */
    mantle_str role_arn;  /* role sessions: the role with its path */
    mantle_str user_arn;  /* federated users: the user behind */
    mantle_str unique_id; /* of the user or role, without session name; absent: ARNs are compared */
    bool service_linked;
} mantle_principal;

/* A context key and its values. Key names compare ignoring case. A single-valued key has one value
 * and `many` false; a multivalued one has `many` true and any number of values, also none. The
 * engine adds no keys of its own, not even aws:PrincipalArn: what is not given is absent. */
typedef struct mantle_context_entry {
    mantle_str key;
    const mantle_str *values;
    uint32_t count;
    bool many;
} mantle_context_entry;

typedef struct mantle_policy_request {
    mantle_principal principal;
    mantle_str action;           /* "s3:GetObject" */
    mantle_str resource;         /* an ARN, or "*" */
    mantle_str resource_account; /* twelve digits; absent: the principal's own */
    const mantle_context_entry *context;
    size_t context_count;
    bool principal_in_management_account, resource_in_management_account;
} mantle_policy_request;

/* What bears on one decision. NULL and count 0 mean "there is none", not "allows nothing"; but an SCP
 * level that is NULL allows nothing, and so does the identity side of a federated user whose `session`
 * is NULL. resource is the trust policy for sts:AssumeRole and its siblings. Assembling one costs
 * nothing: put it on the stack. */
typedef struct mantle_policy_stack {
    const mantle_policy_set *identity, *boundary, *session, *resource, *endpoint;
    const mantle_policy_set *const *scp; /* levels, root first */
    size_t scp_count;
    const mantle_policy_set *const *rcp; /* customer RCPs per level */
    size_t rcp_count;
} mantle_policy_stack;

/* ---- decisions ---- */

typedef enum mantle_decision_result {
    MANTLE_IMPLICIT_DENY,
    MANTLE_EXPLICIT_DENY,
    MANTLE_ALLOW
} mantle_decision_result;

typedef enum mantle_policy_layer {
    MANTLE_LAYER_NONE,
    MANTLE_LAYER_RCP,
    MANTLE_LAYER_SCP,
    MANTLE_LAYER_RESOURCE,
    MANTLE_LAYER_ENDPOINT,
    MANTLE_LAYER_IDENTITY,
    MANTLE_LAYER_BOUNDARY,
    MANTLE_LAYER_SESSION,
    MANTLE_LAYER_SERVICE_RULE /* a rule of the service itself, such as those of sts:AssumeRole */
} mantle_policy_layer;
enum { MANTLE_LAYER_COUNT = MANTLE_LAYER_SERVICE_RULE + 1 };

typedef struct mantle_decision {
    mantle_decision_result result;
    mantle_policy_layer layer;    /* that denies, lacks the allow, or allowed */
    const mantle_policy_set *set; /* of the deciding statement; NULL for an implicit deny */
    uint32_t statement;           /* for mantle_policy_statement */
    const char *rule;             /* number of the rule that decided: "D-2"; static text */
} mantle_decision;

/* Allocates nothing, takes no lock, cannot fail: what is no request (no "service:Name" action, no
 * resource) is denied. All three pointers must be valid; ret need not be initialised. */
MANTLE_API void mantle_policy_decide(const mantle_policy_stack *stack,
                                     const mantle_policy_request *request, mantle_decision *ret);

/* How strongly an Allow names the caller. Identity-side statements name nobody: direct. */
typedef enum mantle_strength {
    MANTLE_STRENGTH_NONE,
    MANTLE_STRENGTH_ACCOUNT, /* the account's root: delegates to the account's own policies */
    MANTLE_STRENGTH_ROLE,    /* the role behind the session */
    MANTLE_STRENGTH_OTHERS,  /* everybody NotPrincipal does not list */
    MANTLE_STRENGTH_DIRECT   /* the caller itself, or "*" */
} mantle_strength;

/* What one layer says by itself. Zeroed: it is not asked. */
typedef struct mantle_layer_answer {
    mantle_decision_result result; /* implicit deny: nothing applies */
    bool asked;                    /* there is such a policy, and it bears on this request */
    mantle_strength strength;      /* of an allow */
    uint32_t level;                /* SCP, RCP: which one decides */
    const mantle_policy_set *set;  /* NULL when there is none */
    uint32_t statement;            /* that denies or allows */
} mantle_layer_answer;

/* by_layer[MANTLE_LAYER_IDENTITY], by_layer[MANTLE_LAYER_SESSION]...; those of NONE and SERVICE_RULE
 * stay zeroed. */
typedef struct mantle_policy_answers {
    mantle_layer_answer by_layer[MANTLE_LAYER_COUNT];
} mantle_policy_answers;

/* Asks every layer, also behind one that denies. mantle_policy_decide is ask, then combine. A host
 * with grants of its own kind asks without a resource policy, writes what its own say into
 * by_layer[MANTLE_LAYER_RESOURCE] (asked, result, strength), and combines. Neither allocates. */
MANTLE_API void mantle_policy_ask(const mantle_policy_stack *stack,
                                  const mantle_policy_request *request, mantle_policy_answers *ret);
MANTLE_API void mantle_policy_combine(const mantle_policy_answers *answers,
                                      const mantle_policy_request *request, mantle_decision *ret);

/* ---- saying why ---- */

typedef struct mantle_statement { /* views into the set */
    mantle_str policy_name, sid;
    uint32_t index; /* in its document, from 0 */
    uint32_t line, column, end_line, end_column;
} mantle_statement;

/* False: the set has no such statement, or is NULL. */
MANTLE_API bool mantle_policy_statement(const mantle_policy_set *set, uint32_t statement,
                                        mantle_statement *ret);

/* "allow"; "identity". Static text, never NULL. */
MANTLE_API const char *mantle_decision_name(mantle_decision_result result);
MANTLE_API const char *mantle_layer_name(mantle_policy_layer layer);
/* The rule as a sentence. Static text, never NULL. */
MANTLE_API const char *mantle_rule_text(const char *rule);

/* AWS's words for a denial, NUL-terminated and cut to fit: "User: ARN is not authorized to perform:
 * ACTION on resource: R because no identity-based policy allows the ACTION action". Returns the
 * length of the whole text, as snprintf does; 0 when there was no memory. room may be NULL when
 * room_size is 0. */
MANTLE_API size_t mantle_denial_message(const mantle_decision *decision,
                                        const mantle_policy_request *request, char *room,
                                        size_t room_size);

typedef struct mantle_explanation mantle_explanation;

/* Which statements apply, what each layer says, and for a denial the nearest statement that would have
 * allowed it with everything it lacks. stack, its sets and request need not outlive it. Free *ret
 * with mantle_explanation_free. MANTLE_NO_MEMORY. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_explain(const mantle_allocator *allocator,
                                                             const mantle_policy_stack *stack,
                                                             const mantle_policy_request *request,
                                                             mantle_explanation **ret);
MANTLE_API void mantle_explanation_free(mantle_explanation *explanation); /* accepts NULL */
/* The decision explained; its set is the stack's, valid as long as that is. */
MANTLE_API mantle_decision mantle_explanation_decision(const mantle_explanation *explanation);
/* For people: several lines. For machines: one JSON object in the format mantle-explanation/1
 * (docs/reference/explanation.md). Views into the explanation. */
MANTLE_API mantle_str mantle_explanation_text(const mantle_explanation *explanation);
MANTLE_API mantle_str mantle_explanation_json(const mantle_explanation *explanation);

/* The context keys a document asks about, in conditions and as variables, each once: to know what to
 * gather. action: only of statements that cover it; absent: of all. *ret_keys, views into the list
 * itself, is freed with mantle_keys_free. */
typedef struct mantle_keys mantle_keys;
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_context_keys(const mantle_allocator *allocator,
                                                                  const mantle_policy *policy,
                                                                  mantle_str action,
                                                                  mantle_keys **ret_keys);
MANTLE_API size_t mantle_keys_count(const mantle_keys *keys);
MANTLE_API mantle_str mantle_keys_at(const mantle_keys *keys, size_t i); /* absent past the end */
MANTLE_API void mantle_keys_free(mantle_keys *keys);                     /* accepts NULL */

#ifdef __cplusplus
}
#endif

#endif
