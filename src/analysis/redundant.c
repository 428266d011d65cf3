/* Statements that add nothing: taken away one after the other, from the last, each time asking
 * whether anything is lost or gained. */
#include "analysis/kinds.h"
#include "policy/inside.h"

struct thinning {
    enum policy_kind kind;
    const struct analysis_set *from;
    const struct analysis_options *options;
    struct arena *arena;
    bool *dropped; /* per statement, counted through */
    struct surroundings around;
};

/* A Deny of an identity policy or an SCP also takes from what other documents of its set allow. */
static bool denies_others(enum policy_kind kind)
{
    return kind == POLICY_IDENTITY || kind == POLICY_SCP;
}

/* The set without what is dropped; with a document that allows everything beside it, if `open`. */
static enum rc thinned(const struct thinning *t, bool open, struct analysis_set *ret)
{
    struct policy_source *sources = NEW_ARRAY(t->arena, t->from->count + 1, struct policy_source);
    size_t at = 0;

    if (sources == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < t->from->count; i++) {
        const struct policy_document *doc = t->from->sources[i].doc;
        struct policy_document *copy = NEW(t->arena, struct policy_document);
        struct doc_statement *kept = NEW_ARRAY(t->arena, doc->count, struct doc_statement);
        if (copy == NULL || kept == NULL) {
            return RC_NOMEM;
        }
        *copy = *doc;
        copy->count = 0;
        copy->statements = kept;
        for (uint32_t j = 0; j < doc->count; j++, at++) {
            if (!t->dropped[at]) {
                kept[copy->count++] = doc->statements[j];
            }
        }
        sources[i] = t->from->sources[i];
        sources[i].doc = copy;
    }
    sources[t->from->count] = t->around.all->sources[0];
    *ret = (struct analysis_set){ sources, t->from->count + (open ? 1 : 0) };
    return RC_OK;
}

/* Without an Allow nothing may be lost, without a Deny nothing gained. */
static enum rc drop_try(struct thinning *t, size_t at, bool deny, bool *ret_open)
{
    struct analysis_set with, without;
    struct analysis_result result;
    bool open = deny && denies_others(t->kind);

    TRY(thinned(t, open, &with));
    t->dropped[at] = true;
    TRY(thinned(t, open, &without));
    TRY(deny ? analysis_compare_kind(t->kind, &with, &without, t->options, t->arena, &result)
             : analysis_compare_kind(t->kind, &without, &with, t->options, t->arena, &result));
    t->dropped[at] = result.verdict == ANALYSIS_PROVED;
    *ret_open = *ret_open || result.verdict == ANALYSIS_UNKNOWN;
    return RC_OK;
}

enum rc analysis_redundant(enum policy_kind kind, const struct analysis_set *set,
                           const struct analysis_options *options, struct arena *arena, bool **ret,
                           size_t *ret_count, bool *ret_open)
{
    struct analysis_options all = { .steps_max = 0 };
    struct thinning t = { .kind = kind, .from = set, .options = &all, .arena = arena };
    size_t count = 0, at;
    bool open = false;

    for (size_t i = 0; i < set->count; i++) {
        count += set->sources[i].doc->count;
    }
    all = options == NULL ? all : *options;
    all.ungranted = true;
    TRY(surroundings_make(STR(CALLER_ACCOUNT), arena, &t.around));
    t.dropped = NEW_ARRAY(arena, count, bool);
    if (t.dropped == NULL) {
        return RC_NOMEM;
    }
    at = count;
    for (size_t i = set->count; i-- > 0;) {
        const struct policy_document *doc = set->sources[i].doc;
        for (uint32_t j = doc->count; j-- > 0;) {
            at--;
            TRY(drop_try(&t, at, doc->statements[j].effect == EFFECT_DENY, &open));
        }
    }
    *ret = t.dropped;
    *ret_count = count;
    *ret_open = open;
    return RC_OK;
}
