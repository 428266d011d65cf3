/* Whether a resource or trust policy is open to the world: to somebody it does not name, coming from
 * where it does not say. */
#include "analysis/kinds.h"
#include "policy/text.h"

/* Keys that say where a request comes from or to whom its caller belongs. A condition on one of
 * them with a fixed value closes a statement to strangers, as for S3's Block Public Access. */
static bool is_source_key(str folded_or_not)
{
    static const str keys[] = {
        STR_INIT("aws:SourceArn"),
        STR_INIT("aws:SourceAccount"),
        STR_INIT("aws:SourceOwner"),
        STR_INIT("aws:SourceOrgID"),
        STR_INIT("aws:SourceOrgPaths"),
        STR_INIT("aws:SourceIp"),
        STR_INIT("aws:VpcSourceIp"),
        STR_INIT("aws:SourceVpc"),
        STR_INIT("aws:SourceVpce"),
        STR_INIT("aws:VpceAccount"),
        STR_INIT("aws:VpceOrgID"),
        STR_INIT("aws:VpceOrgPaths"),
        STR_INIT("aws:userid"),
        STR_INIT("aws:PrincipalAccount"),
        STR_INIT("aws:PrincipalArn"),
        STR_INIT("aws:PrincipalOrgID"),
        STR_INIT("aws:PrincipalOrgPaths"),
        STR_INIT("kms:CallerAccount"),
        STR_INIT("s3:DataAccessPointArn"),
        STR_INIT("s3:DataAccessPointAccount"),
        STR_INIT("s3:x-amz-server-side-encryption-aws-kms-key-id"),
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (str_eq_nocase(folded_or_not, keys[i])) {
            return true;
        }
    }
    return false;
}

static bool names_account(str value)
{
    str segment = STR_NONE;

    for (int i = 0; i < 5; i++) {
        if (!take_until(&value, ':', &segment)) {
            return false;
        }
    }
    for (size_t i = 0; i < segment.len; i++) {
        if (!ascii_is_digit(segment.ptr[i])) {
            return false;
        }
    }
    return segment.len == 12;
}

/* Wider ranges than these say nothing about who it is. */
static bool is_narrow(str value)
{
    struct cidr range;

    return cidr_parse(value, true, &range) && range.bits >= (range.length == 4 ? 8 : 32);
}

/* A path of units, "o-a1b2c3d4e5/r-ab12/...", begins with the organization. */
static bool names_organization(str key, str value)
{
    static const str paths = STR_INIT("OrgPaths");
    str organization;

    return key.len > paths.len && str_eq_nocase(str_skip(key, key.len - paths.len), paths) &&
           take_until(&value, '/', &organization) && str_starts(organization, STR("o-")) &&
           !glob_has_wildcard(organization);
}

static bool is_fixed(const struct operator_facts *op, str key, str value, bool variables)
{
    size_t at;
    bool wild = op->type == OPERAND_ARN || str_ends(op->name, STR("Like"));

    if (op->type == OPERAND_IP) {
        return is_narrow(value);
    }
    if (variables && str_find(value, STR("${"), &at)) {
        return false;
    }
    return !wild || !glob_has_wildcard(value) || names_account(value) ||
           names_organization(key, value);
}

static bool all_fixed(const struct operator_facts *op, const struct json *key, bool variables)
{
    for (const struct json *v = list_first(key); v != NULL; v = list_next(key, v)) {
        if (!is_fixed(op, key->key, scalar_text(v), variables)) {
            return false;
        }
    }
    return op->type != OPERAND_NULL;
}

static const struct node *statement_elsewhere(struct model *model,
                                              const struct policy_document *doc,
                                              const struct doc_statement *in,
                                              const struct node *node)
{
    for (const struct json *op = in->condition == NULL ? NULL : in->condition->first; op != NULL;
         op = op->next) {
        const struct operator_row *row;
        struct operator_facts facts;
        enum quantifier quantifier;
        bool if_exists;
        if (operator_parse(op->key, &row, &quantifier, &if_exists) != RC_OK) {
            continue;
        }
        facts = operator_facts(row);
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            if (is_source_key(key->key) && all_fixed(&facts, key, doc->variables)) {
                node = node_and(model, node,
                                node_not(model, model_hit(model, op->key, key, doc->variables)));
            }
        }
    }
    return node;
}

/* The request comes from nowhere the documents name. */
static const struct node *elsewhere(struct model *model, const void *data)
{
    const struct analysis_set *set = data;
    const struct node *node = &node_true;

    for (size_t i = 0; i < set->count; i++) {
        const struct policy_document *doc = set->sources[i].doc;
        for (uint32_t j = 0; j < doc->count && node != NULL; j++) {
            node = statement_elsewhere(model, doc, &doc->statements[j], node);
        }
    }
    return node;
}

enum rc analysis_is_public(enum policy_kind kind, const struct analysis_set *set,
                           const struct analysis_options *options, struct arena *arena,
                           struct analysis_result *ret)
{
    struct analysis_result result = { .verdict = ANALYSIS_UNKNOWN };
    struct comparison c = { .arena = arena, .also = elsewhere, .data = set, .result = &result };
    const struct analysis_set *level, *no_level;
    struct analysis_options complete;
    struct surroundings around;
    struct analysis_stack stack, none;
    const struct analysis_stack *const stacks[1] = { &stack };
    struct callers callers;

    TRY(options_complete(options, arena, &complete));
    TRY(surroundings_make(STR(STRANGER_ACCOUNT), arena, &around));
    (void)scenario_make(kind, 0, &around, set, &level, &stack);
    /* What is allowed without it is not its doing (X-23). */
    (void)scenario_make(kind, 0, &around, NULL, &no_level, &none);
    TRY(callers_find(stacks, 1, true, arena, &callers));
    if (complete.resource_account.ptr == NULL) {
        complete.resource_account = STR(CALLER_ACCOUNT);
    }
    c.options = &complete;
    TRY(stack_compile(&none, arena, &c.old));
    TRY(stack_compile(&stack, arena, &c.new));
    TRY(compare_callers(&c, callers.items, callers.count));
    if (result.verdict == ANALYSIS_UNKNOWN && result.reason == REASON_NONE) {
        result.verdict = ANALYSIS_PROVED;
    }
    *ret = result;
    return RC_OK;
}
