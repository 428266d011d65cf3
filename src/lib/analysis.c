/* Comparing policies for all requests at once. */
#include <mantle/analysis.h>

#include "analysis/analysis.h"
#include "lib/policy.h"

enum { CHUNK_BYTES = 64 * 1024 };

struct mantle_comparison {
    struct object object;
    struct analysis_result result;
};

/* ---- the host's documents as ours ---- */

static mantle_rc set_convert(const mantle_document_set *set, struct arena *arena,
                             const struct analysis_set **ret)
{
    struct analysis_set *ours;
    struct policy_source *sources = NULL;
    mantle_rc rc;

    *ret = NULL;
    if (set == NULL) {
        return MANTLE_OK;
    }
    ours = NEW(arena, struct analysis_set);
    if (ours == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = sources_convert(set->sources, set->count, arena, &sources);
    if (rc == MANTLE_OK) {
        *ours = (struct analysis_set){ sources, set->count };
        *ret = ours;
    }
    return rc;
}

static mantle_rc levels_convert(const mantle_document_set *const *levels, size_t count,
                                struct arena *arena, const struct analysis_set *const **ret)
{
    const struct analysis_set **ours;
    mantle_rc rc = MANTLE_OK;

    if (levels == NULL && count > 0) {
        return MANTLE_INVALID;
    }
    ours = NEW_ARRAY(arena, count, const struct analysis_set *);
    if (ours == NULL) {
        return MANTLE_NO_MEMORY;
    }
    for (size_t i = 0; i < count && rc == MANTLE_OK; i++) {
        rc = set_convert(levels[i], arena, &ours[i]);
    }
    *ret = ours;
    return rc;
}

static mantle_rc stack_convert(const mantle_document_stack *stack, struct arena *arena,
                               struct analysis_stack *ret)
{
    const struct {
        const mantle_document_set *from;
        const struct analysis_set **to;
    } layers[] = {
        { stack->identity, &ret->identity }, { stack->boundary, &ret->boundary },
        { stack->session, &ret->session },   { stack->resource, &ret->resource },
        { stack->endpoint, &ret->endpoint },
    };
    mantle_rc rc = MANTLE_OK;

    for (size_t i = 0; i < COUNT_OF(layers) && rc == MANTLE_OK; i++) {
        rc = set_convert(layers[i].from, arena, layers[i].to);
    }
    if (rc == MANTLE_OK) {
        rc = levels_convert(stack->scp, stack->scp_count, arena, &ret->scp);
    }
    if (rc == MANTLE_OK) {
        rc = levels_convert(stack->rcp, stack->rcp_count, arena, &ret->rcp);
    }
    ret->scp_count = stack->scp_count;
    ret->rcp_count = stack->rcp_count;
    return rc;
}

static const struct analysis_options *options_of(const mantle_analysis_options *options)
{
    return (const struct analysis_options *)(const void *)options;
}

/* ---- the questions ---- */

/* An example may show values of the host's options: copied, so that they may go. */
static enum rc keep(struct arena *arena, mantle_comparison *comparison)
{
    struct policy_request *rq = &comparison->result.request;
    str *const texts[] = {
        &rq->principal.account,  &rq->principal.arn,       &rq->principal.role_arn,
        &rq->principal.user_arn, &rq->principal.unique_id, &rq->action,
        &rq->resource,           &rq->resource_account
    };
    struct context_entry *entries = NEW_ARRAY(arena, rq->context_count, struct context_entry);

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        str copy = arena_str(arena, *texts[i]);
        if (copy.ptr == NULL && texts[i]->ptr != NULL) {
            return RC_NOMEM;
        }
        *texts[i] = copy;
    }
    if (entries == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < rq->context_count; i++) {
        str *values = NEW_ARRAY(arena, rq->context[i].count, str);

        entries[i] = rq->context[i];
        entries[i].key = arena_str(arena, entries[i].key);
        if (values == NULL || entries[i].key.ptr == NULL) {
            return RC_NOMEM;
        }
        for (size_t v = 0; v < entries[i].count; v++) {
            values[v] = arena_str(arena, entries[i].values[v]);
            if (values[v].ptr == NULL) {
                return RC_NOMEM;
            }
        }
        entries[i].values = values;
    }
    rq->context = entries;
    return RC_OK;
}

struct question {
    bool stacks, public; /* else: sets of one kind */
    mantle_policy_kind kind;
    const mantle_document_set *old_set, *new_set;
    const mantle_document_stack *old_stack, *new_stack;
    const mantle_analysis_options *options;
};

static mantle_rc ask_stacks(const struct question *q, struct arena *arena,
                            struct analysis_result *ret)
{
    struct analysis_stack old = { 0 }, new = { 0 };
    mantle_rc rc = stack_convert(q->old_stack, arena, &old);

    if (rc == MANTLE_OK) {
        rc = stack_convert(q->new_stack, arena, &new);
    }
    return rc != MANTLE_OK
               ? rc
               : public_rc(analysis_compare(&old, &new, options_of(q->options), arena, ret));
}

static mantle_rc ask_kind(const struct question *q, struct arena *arena,
                          struct analysis_result *ret)
{
    const struct analysis_set *old = NULL, *new = NULL;
    enum policy_kind kind;
    mantle_rc rc = kind_of(q->kind, &kind) ? set_convert(q->old_set, arena, &old) : MANTLE_INVALID;

    if (rc == MANTLE_OK) {
        rc = set_convert(q->new_set, arena, &new);
    }
    if (rc != MANTLE_OK) {
        return rc;
    }
    return public_rc(
        q->public ? analysis_is_public(kind, new, options_of(q->options), arena, ret)
                  : analysis_compare_kind(kind, old, new, options_of(q->options), arena, ret));
}

static mantle_rc ask(const mantle_allocator *allocator, const struct question *q,
                     mantle_comparison **ret)
{
    mantle_comparison *comparison;
    mantle_rc rc;

    if (ret == NULL) {
        return MANTLE_INVALID;
    }
    comparison = object_new(allocator, sizeof(*comparison), CHUNK_BYTES, MANTLE_POLICY_MEMORY_MAX);
    if (comparison == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = (q->stacks ? ask_stacks : ask_kind)(q, &comparison->object.arena, &comparison->result);
    if (rc == MANTLE_OK && comparison->result.verdict == ANALYSIS_COUNTEREXAMPLE) {
        rc = public_rc(keep(&comparison->object.arena, comparison));
    }
    if (rc != MANTLE_OK) {
        mantle_comparison_free(comparison);
        return rc;
    }
    *ret = comparison;
    return MANTLE_OK;
}

mantle_rc mantle_policy_compare(const mantle_allocator *allocator, mantle_policy_kind kind,
                                const mantle_document_set *old_set,
                                const mantle_document_set *new_set,
                                const mantle_analysis_options *options, mantle_comparison **ret)
{
    struct question q = {
        .kind = kind, .old_set = old_set, .new_set = new_set, .options = options
    };

    return ask(allocator, &q, ret);
}

mantle_rc mantle_policy_compare_stacks(const mantle_allocator *allocator,
                                       const mantle_document_stack *old_stack,
                                       const mantle_document_stack *new_stack,
                                       const mantle_analysis_options *options,
                                       mantle_comparison **ret)
{
    struct question q = {
        .stacks = true, .old_stack = old_stack, .new_stack = new_stack, .options = options
    };

    if (old_stack == NULL || new_stack == NULL) {
        return MANTLE_INVALID;
    }
    return ask(allocator, &q, ret);
}

mantle_rc mantle_policy_public(const mantle_allocator *allocator, mantle_policy_kind kind,
                               const mantle_document_set *set,
                               const mantle_analysis_options *options, mantle_comparison **ret)
{
    struct question q = { .public = true, .kind = kind, .new_set = set, .options = options };

    if (set == NULL || (kind != MANTLE_POLICY_RESOURCE && kind != MANTLE_POLICY_TRUST)) {
        return MANTLE_INVALID;
    }
    return ask(allocator, &q, ret);
}

void mantle_comparison_free(mantle_comparison *comparison)
{
    if (comparison != NULL) {
        object_free(&comparison->object, sizeof(*comparison));
    }
}

/* ---- the answer ---- */

mantle_verdict mantle_comparison_verdict(const mantle_comparison *comparison)
{
    return comparison == NULL ? MANTLE_UNKNOWN : (mantle_verdict)comparison->result.verdict;
}

const char *mantle_comparison_reason(const mantle_comparison *comparison)
{
    return comparison == NULL || comparison->result.verdict != ANALYSIS_UNKNOWN
               ? ""
               : analysis_reason_text(comparison->result.reason);
}

uint64_t mantle_comparison_steps(const mantle_comparison *comparison)
{
    return comparison == NULL ? 0 : comparison->result.steps;
}

static bool has_example(const mantle_comparison *comparison)
{
    return comparison != NULL && comparison->result.verdict == ANALYSIS_COUNTEREXAMPLE;
}

const mantle_policy_request *mantle_comparison_request(const mantle_comparison *comparison)
{
    return has_example(comparison) ? (const void *)&comparison->result.request : NULL;
}

const mantle_decision *mantle_comparison_old(const mantle_comparison *comparison)
{
    return has_example(comparison) ? (const void *)&comparison->result.old_decision : NULL;
}

const mantle_decision *mantle_comparison_new(const mantle_comparison *comparison)
{
    return has_example(comparison) ? (const void *)&comparison->result.new_decision : NULL;
}
