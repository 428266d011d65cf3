/* What the files of this folder share: the compiled set, one decision's view of its request. Nobody
 * outside policy/ includes this; what the floor above may see is in inside.h. */
#ifndef MANTLE_POLICY_ENGINE_H
#define MANTLE_POLICY_ENGINE_H

#include "codec/json.h"
#include "policy/inside.h"
#include "policy/policy.h"
#include "policy/text.h"
#include "policy/value.h"

enum {
    JSON_DEPTH_MAX = 16,       /* a valid document is at most seven deep */
    JSON_VALUES_MAX = 1 << 16, /* the API takes at most 131,072 characters */
    ACTION_MAX = 128,          /* bytes of a request's action (ActionNameType) */
};

/* -- the request, prepared once per decision --------------------------------------------------- */

struct query {
    const struct policy_request *rq;
    str action;  /* folded to lower case */
    str service; /* the part before ':', with the ':' */
    uint64_t action_hash, service_hash;
    bool resource_is_arn; /* at least six segments */
    bool has_boundary;    /* P-11 */
    str segments[6];      /* of the resource, when it is an ARN */
    union {               /* holds action */
        char folded[ACTION_MAX];
        uint64_t words[ACTION_MAX / 8];
    };
};

/* NULL when absent. folded_key is lower case (C-7). */
const struct context_entry *context_find(const struct policy_request *rq, str folded_key);
/* The next one of the same key: tags may differ in case only. */
const struct context_entry *context_find_after(const struct policy_request *rq,
                                               const struct context_entry *entry, str folded_key);

/* false when there are fewer than six segments. */
bool arn_segments(str text, str ret[6]);

/* -- compiled ---------------------------------------------------------------------------------- */

enum resource_kind {
    RESOURCE_NEVER,  /* matches nothing */
    RESOURCE_ANY,    /* */
    RESOURCE_EXACT,  /* no wildcard anywhere: equality */
    RESOURCE_BEGINS, /* nothing but a '*' at the end */
    RESOURCE_TAIL,   /* the first five segments are literal */
    RESOURCE_GLOBS,  /* wildcards among the first five segments */
};
struct resource_pattern {
    enum resource_kind kind;
    str begins;               /* literal: up to the first wildcard or variable */
    struct text_pattern tail; /* TAIL: what follows `begins`; GLOBS: the sixth segment */
    const str *segments;      /* GLOBS: the first five */
};

enum who_kind {
    WHO_NOBODY,
    WHO_ANY,       /* P-1 */
    WHO_ACCOUNT,   /* P-2 */
    WHO_ARN,       /* P-3 to P-5 */
    WHO_ID,        /* a unique id as written */
    WHO_SERVICE,   /* P-7 */
    WHO_FEDERATED, /* P-8 */
    WHO_MALFORMED, /* P-6 */
};
struct who {
    enum who_kind kind;
    str value;        /* account digits, ARN, id, service name or provider */
    str bound_id;     /* P-13; absent: ARNs compare */
    bool id_required; /* P-13: a caller without an id is nobody (bound_only) */
    bool session;     /* an sts ARN: one session, not everything of the role or user */
};

enum who_part {
    WHO_EVERYONE, /* identity side; endpoint policies without Principal (P-12) */
    WHO_NEVER,    /* a resource-side statement without Principal (P-12) */
    WHO_LISTED,
    WHO_NOT_LISTED,
};

struct condition_value {
    bool valid; /* false: could not be parsed for the operator, never matches (C-10) */
    union {
        struct text_pattern text;
        struct decimal number;
        struct instant date;
        struct cidr range;
        bool boolean;
        str bytes;
    };
    const str *segments; /* Arn*: six of them, when the value holds no variable */
};
struct condition {
    const struct operator_row *op; /* NULL: unknown (C-9) */
    enum quantifier quantifier;
    bool if_exists;
    str key; /* folded (C-7) */
    const struct condition_value *values;
    uint32_t value_count;
};

struct statement { /* what deciding reads; the rest is in struct origin */
    enum effect effect;
    enum who_part who_part;
    bool not_action, not_resource;
    bool any_resource;    /* no Resource part, or it lists "*" */
    bool resource_policy; /* P-11 */
    uint32_t action_count, resource_count, who_count, condition_count;
    const str *actions; /* patterns, folded */
    const struct resource_pattern *resources;
    const struct who *whos;
    const struct condition *conditions;
};

struct origin {
    str policy_name, sid;
    str text; /* the statement as written, for explanations; absent when not asked for */
    uint32_t index;
    uint32_t line, column, end_line, end_column;
};

struct action_slot;
struct slot_hint;
struct policy_set {
    uint32_t count;
    uint32_t hint_mask; /* hints are a power of two; at least one is free */
    const struct statement *statements;
    const struct origin *origins;
    const struct slot_hint *hints; /* small, so that what is not there is soon known */
    const struct action_slot *slots;
    const struct action_slot *any; /* patterns over several services, and NotAction; may be NULL */
    void *owner;                   /* policy_set_own */
};

/* -- steps of compiling ------------------------------------------------------------------------ */

MUST_CHECK enum rc resource_compile(str text, const struct policy_document *doc,
                                    struct arena *arena, struct resource_pattern *ret);
MUST_CHECK enum rc who_compile(str key, str value, const struct policy_source *source,
                               struct arena *arena, struct who *ret);
/* False for what AWS refuses as a principal (P-6, P-15). key: "AWS", "Service"... */
bool who_is_valid(str key, str value);
MUST_CHECK enum rc condition_compile(str operator_name, const struct json *key, bool variables,
                                     struct arena *arena, struct condition *ret);
/* Folded copy of an action pattern; absent when it can match nothing. */
MUST_CHECK enum rc action_fold(str pattern, struct arena *arena, str *ret);
/* Builds slots and any; statements are compiled already. */
MUST_CHECK enum rc index_build(struct arena *arena, struct policy_set *set);

/* -- steps of deciding ------------------------------------------------------------------------- */

bool resource_matches(const struct resource_pattern *pattern, const struct query *query);
enum strength who_strength(const struct statement *statement, const struct query *query);
bool condition_holds(const struct condition *condition, enum effect effect,
                     const struct query *query);

/* What one set says: a Deny if any applies, else the strongest Allow (E-2, P-9). */
struct finding {
    enum effect effect;
    enum strength strength;
    uint32_t statement;
};
/* False when the request is not one: no "service:Name" action, no resource. */
bool query_prepare(struct query *query, const struct policy_request *rq);
struct finding set_find(const struct policy_set *set, const struct query *query);

/* For explanations: the parts of a statement by themselves. hits: one for each statement; true where
 * the action part matches. */
void set_actions(const struct policy_set *set, const struct query *query, bool *hits);
bool statement_resource(const struct statement *statement, const struct query *query);

/* The first statement at or behind `from` that applies, in the order of the documents. False: none. */
bool set_next(const struct policy_set *set, const struct query *query, uint32_t from,
              struct finding *ret);

/* How a value that is to be stored offends against its operator: *ret_fault is a static text, or NULL
 * when it does not. RC_NOMEM. */
MUST_CHECK enum rc operator_value_check(const struct operator_row *op, str value, bool variables,
                                        struct arena *arena, const char **ret_fault);

#endif
