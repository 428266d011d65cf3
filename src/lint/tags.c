/* Conditions on tags, which many services do not know. */
#include "lint/walk.h"
#include "policy/text.h"

static const str tag_keys[] = { STR_INIT("aws:ResourceTag/"), STR_INIT("aws:RequestTag/") };

/* Whether any action of the service that the pattern names carries the key. */
static bool pattern_carries(const struct lint *l, str pattern, str key)
{
    struct catalogue_walk walk;
    struct catalogue_action action;

    for (catalogue_walk_init(&walk, pattern); catalogue_walk_next(l->catalogue, &walk, &action);) {
        if (catalogue_action_has_key(l->catalogue, &action, key)) {
            return true;
        }
    }
    return false;
}

static bool names_actions(const struct lint *l, str pattern)
{
    struct catalogue_walk walk;
    struct catalogue_action action;

    catalogue_walk_init(&walk, pattern);
    return catalogue_walk_next(l->catalogue, &walk, &action);
}

static void check_list(struct lint *l, const struct lint_statement *s,
                       const struct condition_entry *e)
{
    enum lint_code code = s->effect == EFFECT_DENY
                              ? LINT_DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
                              : LINT_ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE;

    FOR_STRINGS(a, s->actions)
    {
        str rest = a->text, service;
        if (!take_until(&rest, ':', &service) || glob_has_wildcard(service) ||
            !names_actions(l, a->text)) {
            continue;
        }
        if (!pattern_carries(l, a->text, e->key->key)) {
            report(l, code, a,
                   "\"%.*s\" does not know %.*s, so this statement never applies to it.",
                   FMT(a->text), FMT(e->key->key));
        }
    }
}

void check_tags(struct lint *l, const struct lint_statement *s)
{
    if (s->effect == EFFECT_NONE || s->actions == NULL || l->kind == POLICY_TRUST) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(tag_keys); i++) {
        const struct condition_entry *e = find_condition(s, tag_keys[i]);
        /* Absent keys satisfy IfExists, Null and negated operators. */
        if (e == NULL || !e->known || e->if_exists || e->op.negated || e->op.type == OPERAND_NULL ||
            e->quantifier == QUANTIFIER_ALL) {
            continue;
        }
        if (s->not_action) {
            report_key(l,
                       s->effect == EFFECT_DENY
                           ? LINT_DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
                           : LINT_ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
                       e->key, "Many actions that NotAction leaves do not know %.*s.",
                       FMT(e->key->key));
        } else {
            check_list(l, s, e);
        }
    }
}
