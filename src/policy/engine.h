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
    bool resource_is_star, resource_is_arn; /* R-8; at least six segments */
    str segments[6];                        /* of the resource, when it is an ARN */
    bool has_boundary;                      /* P-11 */
    char folded[ACTION_MAX];                /* holds action */
};

/* NULL when absent. folded_key is lower case (C-7). */
const struct context_entry *context_find(const struct policy_request *rq, str folded_key);

/* false when there are fewer than six segments. */
bool arn_segments(str text, str ret[6]);

/* -- compiled ---------------------------------------------------------------------------------- */

enum resource_kind {
    RESOURCE_NEVER, /* matches nothing */
    RESOURCE_ANY,   /* */
    RESOURCE_EXACT, /* no wildcard anywhere: equality */
    RESOURCE_TAIL,  /* the first five segments are literal: `head`, then `tail` */
    RESOURCE_GLOBS, /* wildcards among the first five segments */
};
struct resource_pattern {
    enum resource_kind kind;
    str head;        /* EXACT: all of it; TAIL: up to and with the fifth colon */
    str segments[5]; /* GLOBS */
    struct text_pattern tail;
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
    bool not_resource, any_resource; /* any_resource: no Resource part or it lists "*" */
    bool resource_policy;            /* P-11 */
    uint32_t excluded_count, resource_count, who_count, condition_count;
    const str *excluded; /* NotAction: patterns, folded */
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

/* Statements that may match one action, denies first. pattern NULL: the action matches already. */
struct action_entry {
    uint32_t statement;
    const str *pattern;
};
struct action_list {
    uint32_t first, denies, count;
};
struct action_slot {
    uint64_t hash;
    str key; /* "s3:getobject", or "s3:" for patterns inside one service; absent: free */
    struct action_list list;
};

struct policy_set {
    uint32_t count;
    const struct statement *statements;
    const struct origin *origins;
    const struct action_slot *slots;
    uint32_t slot_mask;     /* slots are a power of two; at least one is free */
    struct action_list any; /* patterns over several services, and NotAction */
    const struct action_entry *entries;
};

uint64_t action_hash(str folded);

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
/* Builds slots, any and entries from the documents; statements are compiled already, in order. */
MUST_CHECK enum rc index_build(const struct policy_source *sources, size_t count,
                               struct arena *arena, struct policy_set *set);

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

/* For explanations: the parts of a statement by themselves. hits: one for each statement, zeroed;
 * true where the action part matches. */
void set_actions(const struct policy_set *set, const struct query *query, bool *hits);
bool statement_resource(const struct statement *statement, const struct query *query);

/* All statements of a set that apply, in the order of the documents. */
struct run { /* of entries, in the order of their statements */
    uint32_t at, end;
};
struct walk {
    const struct policy_set *set;
    const struct query *query;
    struct run runs[6]; /* denies and allows of each list */
};
void walk_begin(struct walk *walk, const struct policy_set *set, const struct query *query);
bool walk_next(struct walk *walk, struct finding *ret);

/* How a value that is to be stored offends against its operator: *ret_fault is a static text, or NULL
 * when it does not. RC_NOMEM. */
MUST_CHECK enum rc operator_value_check(const struct operator_row *op, str value, bool variables,
                                        struct arena *arena, const char **ret_fault);

#endif
