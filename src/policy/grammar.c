/* What AWS refuses to store, in the order in which it says so (section 5 of the rules): operators,
 * elements a kind of policy must not or must have, legacy parsing, Sids, missing actions, faults of
 * resources, missing resources, faults of actions. Where several texts could be given, this order
 * decides which. */
#include <stdlib.h>

#include "policy/parse.h"

#define SID_NOT_UNIQUE "Statement IDs (SID) in a single policy must be unique."
#define SID_CHARACTERS                                                                             \
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "      \
    "expression [0-9A-Za-z]*"

/* An operator without keys asks nothing, and AWS stores it under any name. */
static enum rc operators_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json *block = doc->statements[i].condition;
        for (const struct json *op = list_first(block) == NULL ? NULL : block->first; op != NULL;
             op = op->next) {
            const struct operator_row *row;
            enum quantifier quantifier;
            bool if_exists;
            enum rc rc = operator_parse(op->key, &row, &quantifier, &if_exists);
            if (rc != RC_OK && op->count > 0) {
                return reject(r, op, STR(SYNTAX_ERRORS),
                              rc == RC_SYNTAX
                                  ? "operator \"%.*s\": Null takes no IfExists" /* G-9 */
                                  : "unknown condition operator \"%.*s\"",
                              FMT(op->key));
            }
        }
    }
    return RC_OK;
}

enum demand { OPTIONAL, REQUIRED, FORBIDDEN };

/* G-3, G-8: which elements each kind of policy has. */
static const struct {
    enum demand principal, not_principal, resource, not_action;
    bool plain_sids; /* G-5 */
} kinds[] = {
    [POLICY_IDENTITY] = { FORBIDDEN, FORBIDDEN, REQUIRED, OPTIONAL, true },
    [POLICY_TRUST] = { REQUIRED, FORBIDDEN, FORBIDDEN, OPTIONAL, true },
    [POLICY_RESOURCE] = { REQUIRED, OPTIONAL, REQUIRED, OPTIONAL, false },
    [POLICY_ENDPOINT] = { OPTIONAL, OPTIONAL, REQUIRED, OPTIONAL, false },
    [POLICY_SCP] = { FORBIDDEN, FORBIDDEN, REQUIRED, OPTIONAL, false },
    [POLICY_RCP] = { REQUIRED, FORBIDDEN, REQUIRED, FORBIDDEN, false },
};

static str principal_text(enum policy_kind kind, enum effect effect)
{
    if (kind == POLICY_TRUST) {
        return effect == EFFECT_DENY ? STR("AssumeRole policy must not contain NotPrincipal field.")
                                     : STR("Allow with NotPrincipal is not allowed.");
    }
    return kind == POLICY_RCP ? STR(SYNTAX_ERRORS)
                              : STR("Policy document should not specify a principal.");
}

static enum rc elements_check(struct reader *r, const struct doc_statement *s)
{
    enum demand principal = s->not_principal ? kinds[r->kind].not_principal
                                             : kinds[r->kind].principal;

    if (s->principal != NULL && principal == FORBIDDEN) {
        return reject(r, s->principal, principal_text(r->kind, s->effect),
                      "this kind of policy has no \"%s\"",
                      s->not_principal ? "NotPrincipal" : "Principal");
    }
    if (s->resource != NULL && kinds[r->kind].resource == FORBIDDEN) {
        return reject(r, s->resource,
                      s->not_resource ? STR("AssumeRole policy must not contain resources.")
                                      : STR("Has prohibited field Resource"),
                      "a trust policy has no resource: it is the role's own");
    }
    if (s->principal == NULL && kinds[r->kind].principal == REQUIRED) {
        return reject(r, s->node, STR("Missing required field Principal"),
                      "a statement without \"Principal\"");
    }
    if (s->not_action && kinds[r->kind].not_action == FORBIDDEN) {
        return reject(r, s->action, STR(SYNTAX_ERRORS), "this kind of policy has no \"NotAction\"");
    }
    return RC_OK;
}

struct sid_at {
    str sid;
    const struct json *node;
};

static int sid_order(const void *left, const void *right)
{
    const struct sid_at *a = left, *b = right;
    int order = str_cmp(a->sid, b->sid);

    return order != 0 ? order
                      : (a->node->span.offset > b->node->span.offset) -
                            (a->node->span.offset < b->node->span.offset);
}

static enum rc sids_check(struct reader *r, const struct policy_document *doc)
{
    struct sid_at *sids = NEW_ARRAY(r->arena, doc->count, struct sid_at);
    size_t n = 0;

    if (sids == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct doc_statement *s = &doc->statements[i];
        for (size_t at = 0; kinds[r->kind].plain_sids && at < s->sid.len; at++) {
            if (!ascii_is_alnum(s->sid.ptr[at])) {
                return reject(r, s->node, STR(SID_CHARACTERS), "Sid \"%.*s\"", FMT(s->sid));
            }
        }
        if (s->sid.len > 0) { /* any number of empty ones */
            sids[n++] = (struct sid_at){ s->sid, s->node };
        }
    }
    if (n > 0) {
        qsort(sids, n, sizeof(*sids), sid_order);
    }
    for (size_t i = 1; i < n; i++) {
        if (str_eq(sids[i - 1].sid, sids[i].sid)) {
            return reject(
                r, sids[i].node,
                TRUST_OR(r, "The Statement Ids in the policy are not unique", SID_NOT_UNIQUE),
                "Sid \"%.*s\" twice", FMT(sids[i].sid));
        }
    }
    return RC_OK;
}

static enum rc actions_exist(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        if (list_count(doc->statements[i].action) == 0) {
            return reject(r, doc->statements[i].node,
                          TRUST_OR(r, "Missing required field Action",
                                   "Policy statement must contain actions."),
                          "statement %u has no actions", i + 1);
        }
    }
    return RC_OK;
}

static enum rc resources_exist(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        if (kinds[r->kind].resource == REQUIRED && list_count(doc->statements[i].resource) == 0) {
            return reject(r, doc->statements[i].node,
                          STR("Policy statement must contain resources."),
                          "statement %u has no resources", i + 1);
        }
    }
    return RC_OK;
}

/* G-8: a customer's RCP only takes away, from everybody, and never everything. The newer syntax of
 * SCPs (conditions and resources on Allow) is taken. */
static enum rc rcp_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; r->kind == POLICY_RCP && i < doc->count; i++) {
        const struct doc_statement *s = &doc->statements[i];
        if (s->effect != EFFECT_DENY) {
            return reject(r, s->node, STR(SYNTAX_ERRORS), "a resource control policy only denies");
        }
        if (s->principal->type != JSON_STRING) {
            return reject(r, s->principal, STR(SYNTAX_ERRORS),
                          "the principal of a resource control policy is \"*\"");
        }
        for (const struct json *a = list_first(s->action); a != NULL; a = list_next(s->action, a)) {
            if (str_eq(a->text, STR("*"))) {
                return reject(r, a, STR(SYNTAX_ERRORS),
                              "a resource control policy names the services it denies");
            }
        }
    }
    return RC_OK;
}

enum rc grammar_check(struct reader *r, const struct policy_document *doc)
{
    TRY(operators_check(r, doc));
    for (uint32_t i = 0; i < doc->count; i++) {
        TRY(elements_check(r, &doc->statements[i]));
    }
    TRY(legacy_check(r, doc));
    TRY(sids_check(r, doc));
    TRY(actions_exist(r, doc));
    TRY(resources_check(r, doc));
    TRY(resources_exist(r, doc));
    TRY(actions_check(r, doc));
    TRY(rcp_check(r, doc));
    return principals_check(r, doc);
}

/* The least a document needs to be evaluated as written (policy_parse_loosely). */
enum rc evaluable_check(struct reader *r, const struct policy_document *doc)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct doc_statement *s = &doc->statements[i];
        if (s->effect == EFFECT_NONE) { /* E-5: never an allow */
            return reject(r, s->node, STR(LEGACY_PARSING), "\"Effect\" is case-sensitive");
        }
        if (s->principal != NULL && kinds[r->kind].principal == FORBIDDEN) {
            return reject(r, s->principal, principal_text(r->kind, s->effect),
                          "this kind of policy has no \"Principal\"");
        }
    }
    TRY(actions_exist(r, doc));
    return resources_exist(r, doc);
}
