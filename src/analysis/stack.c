/* Section 3 of the rules as a formula: what policy/decide.c does for one request, for all of one
 * caller. Strengths are known once the caller is, so they fold away. */
#include "analysis/stack.h"

#include <assert.h>

static enum rc set_compile(const struct analysis_set *from, struct arena *arena,
                           struct layer_set *ret)
{
    ret->from = from;
    if (from == NULL) {
        return RC_OK;
    }
    for (size_t i = 0; i < from->count; i++) {
        ret->count += from->sources[i].doc->count;
    }
    return policy_compile(from->sources, from->count, arena, &ret->compiled);
}

static enum rc levels_compile(const struct analysis_set *const *from, size_t count,
                              struct arena *arena, struct layer_set **ret,
                              const struct policy_set *const **ret_compiled)
{
    struct layer_set *levels = NEW_ARRAY(arena, count, struct layer_set);
    const struct policy_set **compiled = NEW_ARRAY(arena, count, const struct policy_set *);

    if (levels == NULL || compiled == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(set_compile(from[i], arena, &levels[i]));
        compiled[i] = levels[i].compiled;
    }
    *ret = levels;
    *ret_compiled = compiled;
    return RC_OK;
}

enum rc stack_compile(const struct analysis_stack *from, struct arena *arena, struct stack *ret)
{
    struct stack out = { .scp_count = from->scp_count, .rcp_count = from->rcp_count };

    TRY(set_compile(from->identity, arena, &out.identity));
    TRY(set_compile(from->boundary, arena, &out.boundary));
    TRY(set_compile(from->session, arena, &out.session));
    TRY(set_compile(from->resource, arena, &out.resource));
    TRY(set_compile(from->endpoint, arena, &out.endpoint));
    TRY(levels_compile(from->scp, from->scp_count, arena, &out.scp, &out.compiled.scp));
    TRY(levels_compile(from->rcp, from->rcp_count, arena, &out.rcp, &out.compiled.rcp));
    out.compiled.identity = out.identity.compiled;
    out.compiled.boundary = out.boundary.compiled;
    out.compiled.session = out.session.compiled;
    out.compiled.resource = out.resource.compiled;
    out.compiled.endpoint = out.endpoint.compiled;
    out.compiled.scp_count = out.scp_count;
    out.compiled.rcp_count = out.rcp_count;
    *ret = out;
    return RC_OK;
}

void stack_forget(struct stack *stack)
{
    stack->identity.applies = stack->boundary.applies = stack->session.applies = NULL;
    stack->resource.applies = stack->endpoint.applies = NULL;
    for (size_t i = 0; i < stack->scp_count; i++) {
        stack->scp[i].applies = NULL;
    }
    for (size_t i = 0; i < stack->rcp_count; i++) {
        stack->rcp[i].applies = NULL;
    }
}

/* -- services ---------------------------------------------------------------------------------- */

static const struct node *actions_of(struct model *model, const char *const *names, uint32_t count)
{
    str list[16];

    assert(count <= COUNT_OF(list)); /* the lists below */
    for (uint32_t i = 0; i < count; i++) {
        list[i] = str_cstr(names[i]);
    }
    return model_actions(model, list, count);
}

#define ACTIONS(model, list) actions_of((model), (list), (uint32_t)COUNT_OF(list))

/* */
static void forbidden_make(struct model *model, struct service_nodes *out)
{
    static const char *const changes[] = {
        "iam:createpolicy",        "iam:createpolicyversion",     "iam:deletepolicy",
        "iam:deletepolicyversion", "iam:setdefaultpolicyversion", "iam:tagpolicy",
        "iam:untagpolicy"
    };
    static const char *const iam[] = { "iam:*" };
    static const char *const reads[] = { "iam:get*", "iam:list*", "iam:simulate*",
                                         "iam:generate*" };
    static const char *const aliases[] = { "kms:createalias", "kms:updatealias",
                                           "kms:deletealias" };

    out->forbidden_policy = node_and(model, ACTIONS(model, changes),
                                     model_resource(model, STR("*:*:iam:*:aws:policy/*")));
    out->forbidden_alias = node_and(model, ACTIONS(model, aliases),
                                    model_resource(model, STR("*:*:kms:*:*:alias/aws/*")));
    out->reserved_role = node_and(model, ACTIONS(model, iam),
                                  node_not(model, ACTIONS(model, reads)));
    out->reserved_role = node_and(model, out->reserved_role,
                                  model_resource(model, STR("*:*:iam:*:*:role/aws-reserved/*")));
}

bool service_nodes_make(struct model *model, struct service_nodes *ret)
{
    static const char *const identity[] = { "sts:getcalleridentity" };
    static const char *const token[] = { "sts:getsessiontoken" };
    static const char *const assume[] = { "sts:assumerole", "sts:tagsession",
                                          "sts:setsourceidentity", "sts:setcontext" };
    static const char *const federated[] = { "sts:assumerolewithsaml",
                                             "sts:assumerolewithwebidentity" };
    static const char *const tag[] = { "sts:tagsession" };
    static const char *const pass[] = { "iam:passrole" };
    static const char *const rcp[] = {
        "s3:*",  "sts:*",  "kms:*",         "sqs:*",  "secretsmanager:*",  "dynamodb:*",
        "ecr:*", "logs:*", "cognito-idp:*", "aoss:*", "cognito-identity:*"
    };

    forbidden_make(model, ret);
    ret->caller_identity = ACTIONS(model, identity);
    ret->session_token = ACTIONS(model, token);
    ret->assume = ACTIONS(model, assume);
    ret->federated = ACTIONS(model, federated);
    ret->tags_federated = node_and(model, ACTIONS(model, tag),
                                   model_resource(model, STR("*:*:sts:*:*:federated-user/*")));
    ret->pass_role = ACTIONS(model, pass);
    ret->is_key = model_resource(model, STR("*:*:kms:*:*:key/*"));
    ret->rcp_service = ACTIONS(model, rcp);
    return model->work->stop == STOP_NONE;
}

/* -- sets -------------------------------------------------------------------------------------- */

struct builder {
    struct model *model;
    const struct service_nodes *services;
    struct stack *stack;
    const struct view *view;
    bool has_boundary;
};

static const struct node *join(struct builder *b, bool and, const struct node *x,
                               const struct node *y)
{
    return and? node_and(b->model, x, y) : node_or(b->model, x, y);
}

static bool set_model(struct builder *b, struct layer_set *set)
{
    size_t at = 0;

    set->applies = WORK_NEW(b->model->work, set->count + 1u, const struct node *);
    for (size_t i = 0; set->applies != NULL && i < set->from->count; i++) {
        const struct policy_document *doc = set->from->sources[i].doc;
        for (uint32_t j = 0; j < doc->count; j++, at++) {
            set->applies[at] = model_statement(b->model, doc, &doc->statements[j]);
            if (set->applies[at] == NULL) {
                set->applies = NULL;
                return false;
            }
        }
    }
    return set->applies != NULL;
}

/* Some statement of this effect applies that names the caller at least so strongly. */
static const struct node *set_says(struct builder *b, struct layer_set *set, enum effect effect,
                                   enum strength enough)
{
    const struct node **kids;
    uint32_t at = 0, count = 0;

    if (set->from == NULL) {
        return &node_false;
    }
    if (set->applies == NULL && !set_model(b, set)) {
        return NULL;
    }
    kids = WORK_NEW(b->model->work, set->count + 1u, const struct node *);
    if (kids == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < set->from->count; i++) {
        const struct policy_document *doc = set->from->sources[i].doc;
        for (uint32_t j = 0; j < doc->count; j++, at++) {
            if (doc->statements[j].effect == effect &&
                policy_strength(set->compiled, at, b->view->principal, b->has_boundary) >= enough) {
                kids[count++] = set->applies[at];
            }
        }
    }
    return node_any(b->model, kids, count);
}

static const struct node *set_denies(struct builder *b, struct layer_set *set)
{
    return set_says(b, set, EFFECT_DENY, STRENGTH_ACCOUNT);
}

static const struct node *set_grants(struct builder *b, struct layer_set *set)
{
    return set_says(b, set, EFFECT_ALLOW, STRENGTH_ACCOUNT);
}

/* -- layers ------------------------------------------------------------------------------------ */

static bool has_identity(const struct principal *p)
{
    return p->type == PRINCIPAL_ROOT || p->type == PRINCIPAL_USER ||
           p->type == PRINCIPAL_ROLE_SESSION || p->type == PRINCIPAL_FEDERATED_USER;
}

static bool scp_applies(const struct builder *b)
{
    return has_identity(b->view->principal) && !b->view->principal->service_linked &&
           !b->view->principal_in_management_account; /* D-10, D-12 */
}

static bool rcp_applies(const struct builder *b)
{
    return !b->view->principal->service_linked && !b->view->resource_in_management_account;
}

/* D-2 */
static const struct node *denied(struct builder *b)
{
    struct stack *s = b->stack;
    bool root = b->view->principal->type == PRINCIPAL_ROOT;
    const struct node *node = join(b, false, set_denies(b, &s->resource),
                                   set_denies(b, &s->endpoint));

    for (size_t i = 0; i < s->rcp_count && rcp_applies(b); i++) { /* D-20 */
        node = join(b, false, node,
                    join(b, true, b->services->rcp_service, set_denies(b, &s->rcp[i])));
    }
    for (size_t i = 0; i < s->scp_count && scp_applies(b); i++) {
        node = join(b, false, node, set_denies(b, &s->scp[i]));
    }
    if (has_identity(b->view->principal)) {
        node = join(b, false, node, set_denies(b, &s->identity));
        node = root ? node : join(b, false, node, set_denies(b, &s->boundary)); /* D-35 */
        node = join(b, false, node, set_denies(b, &s->session));
    }
    return node;
}

/* SCPs of every level, and the endpoint. */
static const struct node *guarded(struct builder *b)
{
    struct stack *s = b->stack;
    const struct node *node = s->endpoint.from == NULL ? &node_true : set_grants(b, &s->endpoint);

    for (size_t i = 0; i < s->scp_count && scp_applies(b); i++) {
        node = join(b, true, node, set_grants(b, &s->scp[i])); /* D-11: none there, none allowed */
    }
    return node;
}

/* Boundary and session policy (D-34). */
static const struct node *limited(struct builder *b)
{
    struct stack *s = b->stack;
    enum principal_type type = b->view->principal->type;
    const struct node *node = &node_true;

    if (type != PRINCIPAL_ROOT && s->boundary.from != NULL) {
        node = set_grants(b, &s->boundary);
    }
    if (s->session.from != NULL || type == PRINCIPAL_FEDERATED_USER) { /* D-33 */
        node = join(b, true, node, set_grants(b, &s->session));
    }
    return node;
}

static const struct node *identity_allows(struct builder *b, const struct node *limits)
{
    return b->view->principal->type == PRINCIPAL_ROOT
               ? limits
               : join(b, true, limits, set_grants(b, &b->stack->identity));
}

/* 3.4, and what follows when the resource policy does not settle it. */
static const struct node *same_account(struct builder *b, const struct node *limits,
                                       const struct node *otherwise)
{
    struct layer_set *resource = &b->stack->resource;
    const struct node *role = set_says(b, resource, EFFECT_ALLOW, STRENGTH_ROLE);
    const struct node *node = join(b, false, otherwise, join(b, true, limits, role));

    return join(b, false, node, set_says(b, resource, EFFECT_ALLOW, STRENGTH_OTHERS));
}

/* */
static const struct node *assumed(struct builder *b, const struct node *limits,
                                  const struct node *identity)
{
    const struct node *node = join(b, true, identity, set_grants(b, &b->stack->resource));

    if (b->view->principal->type == PRINCIPAL_ROOT) {
        return &node_false;
    }
    return b->view->cross_account ? node : same_account(b, limits, node);
}

static const struct node *ordinary(struct builder *b, const struct node *limits,
                                   const struct node *identity)
{
    const struct node *granted = set_grants(b, &b->stack->resource);
    const struct node *node;

    if (b->view->cross_account) {
        return join(b, true, identity, granted); /* */
    }
    node = b->view->principal->type == PRINCIPAL_ROOT ? identity
                                                      : same_account(b, limits, identity);
    return join(b, true, node, /* */
                join(b, false, granted, node_not(b->model, b->services->is_key)));
}

static const struct node *insider_granted(struct builder *b)
{
    struct model *m = b->model;
    const struct service_nodes *s = b->services;
    const struct node *limits = limited(b), *identity = identity_allows(b, limits);
    const struct node *assume = join(b, true, s->assume, node_not(m, s->tags_federated));
    const struct node *rest = join(b, true, node_not(m, assume), node_not(m, s->federated));
    const struct node *node;

    rest = join(b, true, rest, node_not(m, s->pass_role));
    node = join(b, true, ordinary(b, limits, identity), rest);
    node = join(b, false, node, join(b, true, assumed(b, limits, identity), assume));
    if (b->view->cross_account) {
        return node; /* */
    }
    return join(b, false, node, join(b, true, identity, s->pass_role));
}

/* */
static const struct node *outsider_granted(struct builder *b)
{
    bool anonymous = b->view->principal->type == PRINCIPAL_ANONYMOUS;
    const struct node *trust = join(b, false, b->services->assume, b->services->federated);
    const struct node *node = set_says(b, &b->stack->resource, EFFECT_ALLOW,
                                       anonymous ? STRENGTH_OTHERS : STRENGTH_DIRECT);

    return anonymous ? join(b, true, node, node_not(b->model, trust)) : node;
}

static const struct node *forbidden(struct builder *b)
{
    const struct principal *p = b->view->principal;
    const struct service_nodes *s = b->services;
    const struct node *node = join(b, false, s->forbidden_policy, s->forbidden_alias);

    return p->type == PRINCIPAL_SERVICE || p->service_linked
               ? node
               : join(b, false, node, s->reserved_role); /* */
}

const struct node *stack_allows(struct model *model, const struct service_nodes *services,
                                struct stack *stack, const struct view *view)
{
    struct builder b = { model, services, stack, view, stack->boundary.from != NULL };
    bool insider = has_identity(view->principal);
    const struct node *node = insider ? insider_granted(&b) : outsider_granted(&b);

    node = join(&b, true, node, guarded(&b));
    if (insider) {
        node = join(&b, false, node, services->session_token); /* */
    }
    node = join(&b, true, node, node_not(model, denied(&b)));
    if (insider || view->principal->type == PRINCIPAL_SERVICE) {
        node = join(&b, false, node, services->caller_identity);
    }
    return join(&b, true, node, node_not(model, forbidden(&b)));
}
