#include "analysis/compare.h"

#include "policy/text.h"

#include <string.h>

/* -- options ----------------------------------------------------------------------------------- */

static str last_part(str arn)
{
    str part = arn;

    for (size_t i = 0; i < arn.len; i++) {
        if (arn.ptr[i] == '/') {
            part = str_skip(arn, i + 1);
        }
    }
    return part;
}

static str type_name(enum principal_type type)
{
    switch (type) {
    case PRINCIPAL_ROOT:
        return STR("Account");
    case PRINCIPAL_USER:
        return STR("User");
    case PRINCIPAL_ROLE_SESSION:
        return STR("AssumedRole");
    case PRINCIPAL_FEDERATED_USER:
        return STR("FederatedUser");
    case PRINCIPAL_ANONYMOUS:
        return STR("Anonymous");
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        return STR_NONE;
    }
    return STR_NONE;
}

/* "AROA...:session", "AIDA..."; absent when nobody knows (K-2). */
static enum rc userid_of(const struct principal *p, struct arena *arena, str *ret)
{
    *ret = p->type == PRINCIPAL_ROOT        ? p->account
           : p->type == PRINCIPAL_USER      ? p->unique_id
           : p->type == PRINCIPAL_ANONYMOUS ? STR("anonymous")
                                            : STR_NONE;
    if (p->type == PRINCIPAL_ROLE_SESSION && p->unique_id.ptr != NULL) {
        *ret = arena_printf(arena, "%.*s:%.*s", FMT(p->unique_id), FMT(last_part(p->arn)));
        return ret->ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

/* The keys of section 4 that say who the caller is. */
static enum rc caller_keys(const struct principal *p, struct arena *arena,
                           struct context_entry *keys, size_t *count)
{
    bool role = p->type == PRINCIPAL_ROLE_SESSION, user = p->type == PRINCIPAL_USER;
    bool signed_by_iam = role || user || p->type == PRINCIPAL_ROOT ||
                         p->type == PRINCIPAL_FEDERATED_USER;
    struct {
        str key, value;
        bool known;
    } rows[] = {
        { STR("aws:PrincipalArn"), role ? p->role_arn : p->arn, signed_by_iam },
        { STR("aws:PrincipalAccount"), p->account, signed_by_iam },
        { STR("aws:PrincipalType"), type_name(p->type), type_name(p->type).ptr != NULL },
        { STR("aws:username"), user ? last_part(p->arn) : STR_NONE, true },
        { STR("aws:userid"), STR_NONE, false },
    };

    TRY(userid_of(p, arena, &rows[4].value));
    rows[4].known = rows[4].value.ptr != NULL;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        str *value = NEW(arena, str);
        if (value == NULL) {
            return RC_NOMEM;
        }
        if (rows[i].known) {
            *value = rows[i].value;
            keys[(*count)++] = (struct context_entry){ rows[i].key, value,
                                                       rows[i].value.ptr == NULL ? 0 : 1, false };
        }
    }
    return RC_OK;
}

enum rc options_complete(const struct analysis_options *options, struct arena *arena,
                         struct analysis_options *ret)
{
    struct analysis_options out = { .steps_max = 0 };
    struct context_entry *known;
    size_t count = 0;

    out = options == NULL ? out : *options;
    out.steps_max = out.steps_max == 0 ? ANALYSIS_STEPS : out.steps_max;
    out.memory_max = out.memory_max == 0 ? ANALYSIS_MEMORY : out.memory_max;
    known = NEW_ARRAY(arena, out.known_count + 8, struct context_entry);
    if (known == NULL) {
        return RC_NOMEM;
    }
    for (; count < out.known_count; count++) { /* first: they win over what follows */
        known[count] = out.known[count];
    }
    if (out.principal != NULL) {
        TRY(caller_keys(out.principal, arena, known, &count));
    }
    out.known = known;
    out.known_count = count;
    *ret = out;
    return RC_OK;
}

/* -- the example ------------------------------------------------------------------------------- */

enum rc letters_str(struct letters text, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, (size_t)text.len * 4 + 1);

    letters_print(text, &out);
    *ret = buf_str(&out);
    return out.err == RC_OK ? RC_OK : RC_NOMEM;
}

/* As the document spells it, as far as that is literal. */
static enum rc action_str(const struct solution *found, struct arena *arena, str *ret)
{
    str written = STR("");
    char *copy;

    TRY(letters_str(found->action, arena, ret));
    if (found->action_pattern != NULL) {
        written = found->action_pattern->text;
    } else if (str_eq_nocase(*ret, STR(FIRST_ACTION))) {
        written = STR(FIRST_ACTION);
    }
    copy = arena_bytes(arena, ret->len + 1);
    if (copy == NULL) {
        return RC_NOMEM;
    }
    memcpy(copy, ret->ptr, ret->len);
    for (size_t i = 0;
         i < ret->len && i < written.len && written.ptr[i] != '*' && written.ptr[i] != '?'; i++) {
        copy[i] = written.ptr[i];
    }
    *ret = str_from(copy, ret->len);
    return RC_OK;
}

static enum rc entry_make(const struct model_key *key, const struct key_state *state,
                          struct arena *arena, struct context_entry *ret)
{
    str *values = NEW_ARRAY(arena, state->count + 1u, str);
    str name = arena_str(arena, key->shown);

    if (values == NULL || name.ptr == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < state->count; i++) {
        TRY(letters_str(state->values[i], arena, &values[i]));
    }
    *ret = (struct context_entry){ name, values, state->count, state->form == KEY_MANY };
    return RC_OK;
}

static enum rc context_make(const struct model *model, const struct solution *found,
                            struct arena *arena, struct policy_request *rq)
{
    struct context_entry *context = NEW_ARRAY(arena, model->pin_count + model->key_count + 1u,
                                              struct context_entry);
    size_t count = 0;

    if (context == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < model->pin_count; i++) {
        const struct context_entry *pin = &model->pins[i];
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++) {
            twice = str_eq_nocase(model->pins[j].key, pin->key);
        }
        if (!twice && (pin->count > 0 || pin->many)) {
            context[count++] = *pin;
        }
    }
    for (uint32_t i = 0; i < model->key_count; i++) {
        if (found->keys[i].form != KEY_ABSENT) {
            TRY(entry_make(&model->keys[i], &found->keys[i], arena, &context[count++]));
        }
    }
    rq->context = context;
    rq->context_count = count;
    return RC_OK;
}

/* What the search found, put to the evaluator: only what it confirms is an example. */
static enum rc confirm(struct comparison *c, const struct model *model, const struct view *view,
                       str resource_account, const struct solution *found, bool *ret_confirmed)
{
    struct analysis_result *out = c->result;
    struct policy_request rq = { .principal = *view->principal,
                                 .resource_account = resource_account };

    rq.principal_in_management_account = view->principal_in_management_account;
    rq.resource_in_management_account = view->resource_in_management_account;
    TRY(action_str(found, c->arena, &rq.action));
    TRY(letters_str(found->resource, c->arena, &rq.resource));
    TRY(context_make(model, found, c->arena, &rq));
    policy_decide(&c->old.compiled, &rq, &out->old_decision);
    policy_decide(&c->new.compiled, &rq, &out->new_decision);
    *ret_confirmed = out->new_decision.result == DECIDED_ALLOW &&
                     out->old_decision.result != DECIDED_ALLOW;
    if (*ret_confirmed) {
        struct policy_stack *stacks = NEW_ARRAY(c->arena, 2, struct policy_stack);
        if (stacks == NULL) {
            return RC_NOMEM;
        }
        TRY(example_polish(
            c, found->action_pattern == NULL ? STR_NONE : found->action_pattern->text, &rq));
        stacks[0] = c->old.compiled;
        stacks[1] = c->new.compiled;
        out->old_stack = &stacks[0];
        out->new_stack = &stacks[1];
        out->request = rq;
        out->verdict = ANALYSIS_COUNTEREXAMPLE;
        out->reason = REASON_NONE;
    }
    return RC_OK;
}

/* -- one search -------------------------------------------------------------------------------- */

static const struct node *goal_make(struct comparison *c, struct model *model,
                                    const struct view *view)
{
    struct service_nodes services = { NULL };
    const struct node *old, *new;

    stack_forget(&c->old);
    stack_forget(&c->new);
    if (!service_nodes_make(model, &services)) {
        return NULL;
    }
    new = stack_allows(model, &services, &c->new, view);
    if (new == NULL || new->kind == NODE_FALSE) {
        return new;
    }
    if (c->also != NULL) {
        new = node_and(model, new, c->also(model, c->data));
    }
    new = node_and(model, new, model_assumptions(model));
    old = stack_allows(model, &services, &c->old, view);
    return node_and(model, new, node_not(model, old));
}

void compare_unknown(struct comparison *c, enum analysis_reason reason)
{
    c->result->reason = c->result->reason == REASON_NONE ? reason : c->result->reason;
}

static enum rc attempt_in(struct comparison *c, struct work *work, const struct view *view,
                          str resource_account, const struct premises *premises,
                          struct attempt *ret)
{
    struct model model = { .work = work,
                           .pins = premises->pins,
                           .pin_count = premises->pin_count,
                           .assumed = premises->assumed,
                           .assumed_count = premises->assumed_count };
    const struct node *goal = goal_make(c, &model, view);
    struct solution found;
    bool confirmed;

    ret->verdict = goal == NULL ? VERDICT_OPEN : search_solve(&model, goal, &found);
    if (ret->verdict == VERDICT_YES && model.symbol_count > 0) {
        return variables_take(&model, &found, c->arena, ret);
    }
    if (ret->verdict == VERDICT_YES) {
        TRY(confirm(c, &model, view, resource_account, &found, &confirmed));
        if (!confirmed) {
            ret->verdict = VERDICT_OPEN;
            compare_unknown(c, REASON_REQUEST);
        }
    }
    return RC_OK;
}

enum rc compare_attempt(struct comparison *c, const struct view *view, str resource_account,
                        const struct premises *premises, struct attempt *ret)
{
    struct work work;
    enum rc rc = work_init(&work, c->arena->backing,
                           c->options->steps_max - (c->steps < c->options->steps_max
                                                        ? c->steps
                                                        : c->options->steps_max),
                           c->options->memory_max);

    *ret = (struct attempt){ .verdict = VERDICT_OPEN };
    if (rc == RC_OK) {
        rc = attempt_in(c, &work, view, resource_account, premises, ret);
    }
    c->steps += work.steps;
    if (rc == RC_OK && work.stop == STOP_NOMEM) {
        rc = RC_NOMEM;
    }
    if (rc == RC_OK && ret->verdict == VERDICT_OPEN) {
        compare_unknown(c, work.stop == STOP_STEPS    ? REASON_STEPS
                           : work.stop == STOP_MEMORY ? REASON_MEMORY
                                                      : REASON_TYPES);
    }
    work_done(&work);
    return rc;
}

/* -- all callers ------------------------------------------------------------------------------- */

static enum rc compare_caller(struct comparison *c, const struct principal *p)
{
    str accounts[2] = { p->account, str_eq(p->account, STR(CALLER_ACCOUNT)) ? STR(STRANGER_ACCOUNT)
                                                                            : STR(CALLER_ACCOUNT) };
    size_t count = p->account.ptr == NULL ? 1 : 2;

    if (c->options->resource_account.ptr != NULL) {
        accounts[0] = c->options->resource_account;
        count = 1;
    } else if (p->account.ptr == NULL) {
        accounts[0] = STR(CALLER_ACCOUNT);
    }
    for (size_t i = 0; i < count && c->result->verdict != ANALYSIS_COUNTEREXAMPLE; i++) {
        struct view view = {
            .principal = p,
            .cross_account = p->account.ptr == NULL || !str_eq(p->account, accounts[i]),
            .principal_in_management_account = c->options->principal_in_management_account,
            .resource_in_management_account = c->options->resource_in_management_account,
        };
        TRY(compare_view(c, &view, accounts[i]));
    }
    return RC_OK;
}

enum rc compare_callers(struct comparison *c, const struct principal *callers, size_t count)
{
    for (size_t i = 0; i < count && c->result->verdict != ANALYSIS_COUNTEREXAMPLE; i++) {
        TRY(compare_caller(c, &callers[i]));
    }
    c->result->steps = c->steps;
    return RC_OK;
}
