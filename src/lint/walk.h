/* What the files of this folder share: the document as the lint sees it, one walk over it, and how a
 * finding is reported. Elements may be absent or of the wrong type anywhere; what is handed on to a
 * check has the type said here. */
#ifndef MANTLE_LINT_WALK_H
#define MANTLE_LINT_WALK_H

#include "lint/lint.h"
#include "policy/inside.h"

struct finding_list {
    struct lint_finding finding;
    struct finding_list *next;
};

/* One key under one operator. */
struct condition_entry {
    const struct json *operator_node, *key; /* the key's value: scalars, or an array */
    struct operator_facts op;
    enum quantifier quantifier;
    bool if_exists, known; /* known: the operator exists */
    bool key_known;
    struct catalogue_key facts; /* when key_known */
};

struct lint_statement {
    const struct json *node;
    enum effect effect; /* EFFECT_NONE: absent or wrong */
    /* NULL unless a string or an array; elements of the array may still be of another type. */
    const struct json *actions, *resources;
    bool not_action, not_resource, not_principal;
    const struct json *principal; /* as it stands, any type */
    const struct json *condition; /* an object, or NULL */
    const struct condition_entry *conditions;
    size_t condition_count;
};

struct lint {
    const struct catalogue *catalogue;
    struct arena *arena;
    enum policy_kind kind;
    str resource_type; /* absent: any */
    str text;
    const struct json *root;
    bool version_2012;
    struct lint_statement *statements;
    size_t statement_count;
    struct finding_list *first, **last;
    size_t count;
    uint32_t work; /* comparisons made by checks whose time is not linear */
    enum rc rc;    /* RC_NOMEM sticks */
};

/* Pairs that redundancy checks may compare in one document; past it they stay silent. */
enum { WORK_MAX = 2000000 };

void report(struct lint *l, enum lint_code code, const struct json *node, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The place is the node's key. */
void report_key(struct lint *l, enum lint_code code, const struct json *node, const char *format,
                ...) PRINTF_LIKE(4, 5);
/* Advice about the finding just reported, better than that of its row. */
void advise(struct lint *l, const char *format, ...) PRINTF_LIKE(2, 3);

#define FOR_STRINGS(item, list)                                                                    \
    for (const struct json *item = list_first(list); (item) != NULL;                               \
         (item) = list_next(list, item))                                                           \
        if ((item)->type == JSON_STRING)

/* -- the checks, in the order in which they run ------------------------------------------------- */

void check_document(struct lint *l); /* document.c: version, size, elements; fills statements */
void check_statement_elements(struct lint *l, const struct json *node, struct lint_statement *ret);
void check_sids(struct lint *l);
void check_conditions(struct lint *l,
                      struct lint_statement *s); /* conditions.c; fills conditions */
void check_condition_values(struct lint *l, const struct lint_statement *s,
                            const struct condition_entry *e);         /* values.c */
void check_key_rules(struct lint *l, const struct lint_statement *s); /* keys.c */
void check_actions(struct lint *l, const struct lint_statement *s);
void check_resources(struct lint *l, const struct lint_statement *s);
void check_principals(struct lint *l, const struct lint_statement *s);
void check_trust(struct lint *l, const struct lint_statement *s);
void check_grants(struct lint *l, const struct lint_statement *s); /* passing and creating roles */
void check_tags(struct lint *l, const struct lint_statement *s);
void check_organization(struct lint *l, const struct lint_statement *s); /* SCP and RCP */
void check_redundancy(struct lint *l);

/* -- helpers ------------------------------------------------------------------------------------ */

/* Variables of a value outside and inside the elements that know them. */
void check_variables(struct lint *l, const struct json *value, bool supported);
bool has_variable(str text); /* "${" and a condition key's colon, or V-10's characters */

/* NULL: the statement has no such key. The name compares ignoring case; "aws:ResourceTag/" stands
 * for every tag. */
const struct condition_entry *find_condition(const struct lint_statement *s, str name);
/* Whether the action pattern covers this action, "iam:passrole". */
bool action_covers(str pattern, str action);
/* Whether the statement's actions include it. */
bool statement_has_action(const struct lint_statement *s, str action);

/* Whether everything that `inner` matches is matched by `outer`; false when unsure. */
bool pattern_covers(str outer, str inner, bool nocase);
/* Whether some text matches both patterns; "${...}" in either stands for any run. */
bool patterns_meet(str a, str b);
/* How many letters to insert, remove, change or swap; stops counting at `max`. */
size_t edit_distance(str a, str b, size_t max);

bool is_region(str text);
bool service_is_retired(str prefix);
bool is_account(str text);
bool is_service_principal(str text);
/* "s3" of "AWS::S3::Bucket"; absent when unknown. */
str service_of_resource_type(str type);

#endif
