#include "analysis/analysis.h"

#include "analysis/kinds.h"

const char *analysis_reason_text(enum analysis_reason reason)
{
    switch (reason) {
    case REASON_NONE:
        return "";
    case REASON_STEPS:
        return "the steps of the budget are spent";
    case REASON_MEMORY:
        return "the memory of the budget is spent";
    case REASON_VARIABLES:
        return "it depends on a policy variable whose value is not known";
    case REASON_TYPES:
        return "operators of different types ask about one key";
    case REASON_REQUEST:
        return "the example found is no request that can be made";
    }
    return "";
}

static const struct principal anybody = {
    .type = PRINCIPAL_USER,
    .account = STR_INIT(CALLER_ACCOUNT),
    .arn = STR_INIT("arn:aws:iam::" CALLER_ACCOUNT ":user/example-user"),
};
static const struct principal anybody_in_a_role = {
    .type = PRINCIPAL_ROLE_SESSION,
    .account = STR_INIT(CALLER_ACCOUNT),
    .arn = STR_INIT("arn:aws:sts::" CALLER_ACCOUNT ":assumed-role/example-role/example-session"),
    .role_arn = STR_INIT("arn:aws:iam::" CALLER_ACCOUNT ":role/example-role"),
};

static bool has_identity_side(const struct analysis_stack *s)
{
    return s->identity != NULL || s->boundary != NULL || s->session != NULL || s->scp_count > 0;
}

static bool has_resource_side(const struct analysis_stack *s)
{
    return s->resource != NULL || s->endpoint != NULL || s->rcp_count > 0;
}

/* Whoever the stacks tell apart. An identity side is that of one principal, user or role. */
static enum rc callers_of(const struct analysis_stack *const stacks[2],
                          const struct analysis_options *options, struct arena *arena,
                          struct callers *ret)
{
    struct principal *items;

    if (options->principal == NULL &&
        (has_resource_side(stacks[0]) || has_resource_side(stacks[1]))) {
        TRY(callers_find(stacks, 2, false, arena, ret));
    } else {
        *ret = (struct callers){ NULL, 0, 0 };
    }
    items = NEW_ARRAY(arena, ret->count + 3, struct principal);
    if (items == NULL) {
        return RC_NOMEM;
    }
    if (options->principal != NULL) {
        items[ret->count++] = *options->principal;
    } else {
        for (size_t i = 0; i < ret->count; i++) {
            items[i] = ret->items[i];
        }
        if (ret->count == 0 || has_identity_side(stacks[0]) || has_identity_side(stacks[1])) {
            items[ret->count++] = anybody;
            items[ret->count++] = anybody_in_a_role;
        }
    }
    ret->items = items;
    return RC_OK;
}

/* PROVED is what is left when nothing spoke against it. */
static void conclude(struct analysis_result *result)
{
    if (result->verdict == ANALYSIS_UNKNOWN && result->reason == REASON_NONE) {
        result->verdict = ANALYSIS_PROVED;
    }
}

static enum rc stacks_compare(const struct analysis_stack *old, const struct analysis_stack *new,
                              const struct analysis_options *options, const struct callers *callers,
                              also_fn *also, struct arena *arena, struct analysis_result *ret)
{
    struct comparison c = {
        .options = options, .arena = arena, .also = also, .steps = ret->steps, .result = ret
    };

    TRY(stack_compile(old, arena, &c.old));
    TRY(stack_compile(new, arena, &c.new));
    return compare_callers(&c, callers->items, callers->count);
}

enum rc analysis_compare(const struct analysis_stack *old, const struct analysis_stack *new,
                         const struct analysis_options *options, struct arena *arena,
                         struct analysis_result *ret)
{
    const struct analysis_stack *const stacks[2] = { old, new };
    struct analysis_result result = { .verdict = ANALYSIS_UNKNOWN };
    struct analysis_options complete;
    struct callers callers;

    TRY(options_complete(options, arena, &complete));
    TRY(callers_of(stacks, &complete, arena, &callers));
    TRY(stacks_compare(old, new, &complete, &callers, NULL, arena, &result));
    conclude(&result);
    *ret = result;
    return RC_OK;
}

enum rc analysis_is_empty(const struct analysis_stack *stack,
                          const struct analysis_options *options, struct arena *arena,
                          struct analysis_result *ret)
{
    static const struct analysis_set nothing = { NULL, 0 };
    static const struct analysis_stack empty = { .identity = &nothing, .session = &nothing };

    return analysis_compare(&empty, stack, options, arena, ret);
}

/* -- one kind ---------------------------------------------------------------------------------- */

/* what needs no permission is nothing that a document allows. */
static const struct node *needs_grant(struct model *model, const void *data UNUSED)
{
    static const str token = STR_INIT("sts:getsessiontoken");

    return node_not(model, model_actions(model, &token, 1));
}

static bool asks_one_caller(enum policy_kind kind)
{
    return kind == POLICY_IDENTITY || kind == POLICY_SCP;
}

static enum rc kind_callers(enum policy_kind kind, const struct analysis_stack *const stacks[2],
                            const struct analysis_options *options, struct arena *arena,
                            struct callers *ret)
{
    struct principal *one;

    if (!asks_one_caller(kind) || options->principal != NULL) {
        return callers_of(stacks, options, arena, ret);
    }
    one = NEW(arena, struct principal);
    if (one == NULL) {
        return RC_NOMEM;
    }
    *one = anybody;
    *ret = (struct callers){ one, 1, 1 };
    return RC_OK;
}

enum rc analysis_compare_kind(enum policy_kind kind, const struct analysis_set *old,
                              const struct analysis_set *new,
                              const struct analysis_options *options, struct arena *arena,
                              struct analysis_result *ret)
{
    struct analysis_result result = { .verdict = ANALYSIS_UNKNOWN };
    const struct analysis_set *levels[2];
    struct analysis_options complete;
    struct surroundings around;
    struct callers callers = { NULL, 0, 0 };
    str account;

    TRY(options_complete(options, arena, &complete));
    account = complete.principal != NULL && complete.principal->account.ptr != NULL
                  ? complete.principal->account
                  : STR(CALLER_ACCOUNT);
    if (asks_one_caller(kind) && complete.resource_account.ptr == NULL) {
        complete.resource_account = account; /* in another account no more is allowed */
    }
    TRY(surroundings_make(account, arena, &around));
    for (unsigned i = 0;
         i < scenario_count(kind, old, new) && result.verdict != ANALYSIS_COUNTEREXAMPLE; i++) {
        /* Examples of callers with nothing of their own say most, so they come first. */
        static const unsigned order[SCENARIOS_MAX] = { 1, 2, 0, 3 };
        unsigned scenario = scenario_count(kind, old, new) == 1 ? 0 : order[i];
        struct analysis_stack stacks[2];
        const struct analysis_stack *const both[2] = { &stacks[0], &stacks[1] };
        (void)scenario_make(kind, scenario, &around, old, &levels[0], &stacks[0]);
        (void)scenario_make(kind, scenario, &around, new, &levels[1], &stacks[1]);
        if (i == 0) {
            TRY(kind_callers(kind, both, &complete, arena, &callers));
        }
        TRY(stacks_compare(&stacks[0], &stacks[1], &complete, &callers,
                           complete.ungranted ? NULL : needs_grant, arena, &result));
    }
    conclude(&result);
    *ret = result;
    return RC_OK;
}

enum rc analysis_equivalent(enum policy_kind kind, const struct analysis_set *a,
                            const struct analysis_set *b, const struct analysis_options *options,
                            struct arena *arena, struct analysis_result *ret, bool *ret_b_more)
{
    struct analysis_result first, second;

    TRY(analysis_compare_kind(kind, a, b, options, arena, &first));
    if (first.verdict == ANALYSIS_COUNTEREXAMPLE) {
        *ret = first;
        *ret_b_more = true;
        return RC_OK;
    }
    TRY(analysis_compare_kind(kind, b, a, options, arena, &second));
    second.steps += first.steps;
    if (second.verdict == ANALYSIS_PROVED && first.verdict == ANALYSIS_UNKNOWN) {
        second.verdict = first.verdict;
        second.reason = first.reason;
    }
    *ret = second;
    *ret_b_more = false;
    return RC_OK;
}
