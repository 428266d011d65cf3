#include "service/authz_resource.h"

static const str results[] = { [DECIDED_IMPLICIT_DENY] = STR_INIT("implicit_deny"),
                               [DECIDED_EXPLICIT_DENY] = STR_INIT("explicit_deny"),
                               [DECIDED_ALLOW] = STR_INIT("allow") };

static const str layers[] = { [LAYER_NONE] = STR_INIT("none"),
                              [LAYER_RCP] = STR_INIT("resource control policy"),
                              [LAYER_SCP] = STR_INIT("service control policy"),
                              [LAYER_RESOURCE] = STR_INIT("resource-based policy"),
                              [LAYER_ENDPOINT] = STR_INIT("VPC endpoint policy"),
                              [LAYER_IDENTITY] = STR_INIT("identity-based policy"),
                              [LAYER_BOUNDARY] = STR_INIT("permissions boundary"),
                              [LAYER_SESSION] = STR_INIT("session policy"),
                              [LAYER_SERVICE_RULE] = STR_INIT("rule of the service") };

enum { DETAIL_BYTES_MAX = 32 * 1024 };

/* What a denial was decided from and what it lacked; left out when it would be too long. */
static void note_denial(struct turn *turn, const struct verdict *verdict,
                        struct trail_evaluated *out)
{
    const struct explain_style style = { .foreign_hidden = true };
    buf context = buf_arena(turn->rq.arena, DETAIL_BYTES_MAX);
    buf missing = buf_arena(turn->rq.arena, DETAIL_BYTES_MAX);
    struct json_out c = { .out = &context }, m = { .out = &missing };

    if (verdict->explanation == NULL) {
        return;
    }
    request_context_json(&verdict->request, &c);
    explanation_missing_json(verdict->explanation, &style, &m);
    out->context = context.err == RC_OK ? buf_str(&context) : STR_NONE;
    out->missing = missing.err == RC_OK ? buf_str(&missing) : STR_NONE;
}

/* For the trail: why, by name. The names are copied: their policy may be gone by the time the
 * record of a change is written. */
static void note(struct turn *turn, const struct ask *ask, const struct verdict *verdict)
{
    const struct decision *decision = &verdict->decision;
    struct statement_info info;
    struct trail_evaluated *out;

    if (turn->evaluated_count == EVALUATED_MAX) {
        return;
    }
    out = &turn->evaluated[turn->evaluated_count++];
    *out = (struct trail_evaluated){ .action = ask->action,
                                     .resource = ask->resource,
                                     .allowed = decision->result == DECIDED_ALLOW,
                                     .result = results[decision->result],
                                     .layer = layers[decision->layer],
                                     .statement = -1,
                                     .rule = str_cstr(decision->rule) };
    if (decision->set != NULL && policy_statement_info(decision->set, decision->statement, &info)) {
        out->policy = arena_str(turn->rq.arena, info.policy_name);
        out->sid = arena_str(turn->rq.arena, info.sid);
        out->statement = info.index;
    }
    if (decision->result != DECIDED_ALLOW) {
        note_denial(turn, verdict, out);
    }
}

/* AWS names no policy type when a role may not be assumed, and nothing but the action to who is
 * nobody yet. */
static str denial_text(struct turn *turn, const struct ask *ask, const struct verdict *verdict)
{
    if (turn->caller.federated != NULL) {
        return arena_printf(turn->rq.arena, "Not authorized to perform %.*s", FMT(ask->action));
    }
    if (!str_eq(turn->rq.op->service->name, STR("sts")) || ask->resource_policy == NULL) {
        return verdict->denial;
    }
    return arena_printf(turn->rq.arena,
                        "User: %.*s is not authorized to perform: %.*s on resource: %.*s",
                        FMT(turn->caller.arn), FMT(ask->action), FMT(ask->resource));
}

enum rc turn_decide(struct turn *turn, const struct ask *ask)
{
    struct verdict verdict = { 0 };
    enum rc rc = access_decide(&turn->caller, &turn->call, ask, turn->rq.arena, &verdict);

    TRY(rc);
    note(turn, ask, &verdict);
    if (verdict.decision.result == DECIDED_ALLOW) {
        return RC_OK;
    }
    turn->sealed_denial = turn_seal_denial(turn, &verdict);
    return api_fail(&turn->rq, ERR_AccessDenied, "%.*s", FMT(denial_text(turn, ask, &verdict)));
}

/* What a role session hands on to the next one takes the same permission as when it was set. */
static bool is_inherited(const struct turn *turn, str action)
{
    const struct session *session = turn->caller.session;

    if (session == NULL || session->kind != SESSION_ROLE) {
        return false;
    }
    if (str_eq(action, STR("sts:SetSourceIdentity"))) {
        return session->source_identity.ptr != NULL;
    }
    for (size_t i = 0; str_eq(action, STR("sts:TagSession")) && i < session->tag_count; i++) {
        if (session->tags[i].transitive) {
            return true;
        }
    }
    return false;
}

static bool is_asked(const struct turn *turn, const struct api_authz *authz)
{
    if (authz->when_count == 0 || is_inherited(turn, authz->action)) {
        return true;
    }
    for (size_t i = 0; i < authz->when_count; i++) {
        if (input_was_sent(turn, authz->when[i])) {
            return true;
        }
    }
    return false;
}

/* Assuming needs a trust policy that grants: without one nobody is asked further, and
 * the answer does not tell whether the role exists. */
static enum rc refuse_unknown_role(struct turn *turn, const struct ask *ask)
{
    struct verdict verdict = { .decision = { .layer = LAYER_RESOURCE, .rule = "X-20" } };

    note(turn, ask, &verdict);
    return api_fail(&turn->rq, ERR_AccessDenied,
                    "User: %.*s is not authorized to perform: %.*s on resource: %.*s",
                    FMT(turn->caller.arn), FMT(ask->action), FMT(ask->resource));
}

static enum rc authorize_one(struct turn *turn, const struct api_authz *authz)
{
    bool assumes = str_eq(turn->rq.op->service->name, STR("sts")) &&
                   authz->resource == RESOURCE_MEMBER && str_eq(authz->entity_kind, STR("role"));
    struct resource resource = { 0 };
    struct ask ask = { .action = authz->action };

    TRY(resource_resolve(turn, authz, &resource));
    ask.resource = resource.arn;
    ask.resource_account = resource.account;
    ask.resource_policy = resource.role == NULL ? NULL : resource.role->trust;
    if (resource.role != NULL) {
        ask.resource_org_id = resource.role->org_id;
        ask.resource_org_path = resource.role->org_path;
    }
    if (resource.is_member_root) { /* the member has given itself into the organization's hands */
        ask.deciding_account = turn->rq.account_text;
        ask.resource_org_id = turn->caller.subject->org_id;
        ask.resource_org_path = turn->caller.subject->org_path;
    }
    if (assumes && ask.resource_policy == NULL) {
        return refuse_unknown_role(turn, &ask);
    }
    TRY(authz_keys(turn, authz, &resource, &ask.keys, &ask.key_count));
    return turn_decide(turn, &ask);
}

enum rc turn_authorize(struct turn *turn)
{
    const struct api_operation *op = turn->rq.op;

    for (size_t i = 0; i < op->authz_count; i++) {
        if (is_asked(turn, &op->authz[i])) {
            TRY(authorize_one(turn, &op->authz[i]));
        }
    }
    return RC_OK;
}
