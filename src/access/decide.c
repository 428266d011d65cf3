#include "access/live.h"

enum { DENIAL_BYTES_MAX = 16 * 1024 };

/* no account, no policies, no id; the provider is all a trust policy can name. */
static struct principal federated_principal(const struct caller *caller)
{
    return (struct principal){ .type = caller->type, .arn = caller->federated->provider };
}

static struct principal principal_of(const struct caller *caller)
{
    struct principal principal = {
        .type = caller->type,
        .account = caller->account_text,
        .arn = caller->arn,
        .unique_id = caller->unique_id,
        .service_linked = caller->subject->service_linked,
    };

    if (caller->type == PRINCIPAL_ROLE_SESSION) {
        principal.role_arn = caller->role_arn;
    } else if (caller->type == PRINCIPAL_FEDERATED_USER) {
        principal.user_arn = caller->subject->arn;
    }
    return principal;
}

static struct policy_stack stack_of(const struct caller *caller, const struct ask *ask)
{
    struct policy_stack stack = { .resource = ask->resource_policy };

    if (caller->subject != NULL) {
        stack.identity = caller->subject->identity;
        stack.boundary = caller->subject->boundary;
    }
    if (caller->live != NULL) {
        stack.session = caller->live->policies;
    }
    return stack;
}

/* Security rule: a stored document that no longer validates evaluates to Deny (D-6). */
static bool is_broken(const struct caller *caller)
{
    return (caller->subject != NULL && caller->subject->broken) ||
           (caller->live != NULL && caller->live->broken);
}

enum rc access_decide(const struct caller *caller, const struct call *call, const struct ask *ask,
                      struct arena *arena, struct verdict *ret)
{
    struct verdict verdict = { 0 };
    /* always allowed, so no key can matter. */
    bool always = str_eq(ask->action, STR("sts:GetCallerIdentity"));

    verdict.request = (struct policy_request){
        .principal = caller->federated != NULL ? federated_principal(caller) : principal_of(caller),
        .action = ask->action,
        .resource = ask->resource,
        .resource_account = ask->deciding_account.ptr == NULL ? ask->resource_account
                                                              : ask->deciding_account,
    };
    if (is_broken(caller) && !always) {
        verdict.decision = (struct decision){ .result = DECIDED_EXPLICIT_DENY,
                                              .layer = LAYER_IDENTITY,
                                              .rule = "D-6" };
    } else {
        struct policy_stack stack = stack_of(caller, ask);
        if (!always) {
            TRY(context_build(caller, call, ask, arena, &verdict.request.context,
                              &verdict.request.context_count));
        }
        policy_decide(&stack, &verdict.request, &verdict.decision);
        if (verdict.decision.result != DECIDED_ALLOW) {
            verdict.explanation = NEW(arena, struct explanation);
            TRY(verdict.explanation == NULL
                    ? RC_NOMEM
                    : policy_explain(&stack, &verdict.request, arena, verdict.explanation));
        }
    }
    if (verdict.decision.result != DECIDED_ALLOW) {
        buf text = buf_arena(arena, DENIAL_BYTES_MAX);
        policy_denial_message(&verdict.decision, &verdict.request, &text);
        TRY(text.err);
        verdict.denial = buf_str(&text);
    }
    *ret = verdict;
    if (ret->explanation != NULL) {
        ret->explanation->request = &ret->request;
    }
    return RC_OK;
}
