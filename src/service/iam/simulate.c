/* SimulatePrincipalPolicy and SimulateCustomPolicy: the engine itself, asked what it would decide. */
#include "codec/arn.h"
#include "model/managed_policy.h"
#include "service/iam/simulation.h"

struct question {
    str action, resource;
};

/* --- what is asked ------------------------------------------------------------------------------ */

/* "service:Name": what a request can name, so no wildcard. */
static enum rc check_actions(struct rq *rq, const struct api_str_list *actions)
{
    for (size_t i = 0; i < actions->count; i++) {
        str action = actions->items[i], rest = action, service;
        size_t at;

        if (!take_until(&rest, ':', &service) || service.len == 0 || rest.len == 0 ||
            str_find_char(rest, ':', &at) || str_find_char(action, '*', &at) ||
            str_find_char(action, '?', &at)) {
            return api_fail(rq, ERR_InvalidInput,
                            "Invalid action %.*s: it must be SERVICE:ACTION without wildcards.",
                            FMT(action));
        }
    }
    return RC_OK;
}

static enum rc check_resources(struct rq *rq, const struct api_str_list *resources)
{
    for (size_t i = 0; i < resources->count; i++) {
        struct arn arn;

        if (!str_eq(resources->items[i], STR("*")) &&
            arn_parse(resources->items[i], &arn) != RC_OK) {
            return api_fail(rq, ERR_InvalidInput, "Invalid resource %.*s: it must be an ARN or *.",
                            FMT(resources->items[i]));
        }
    }
    return RC_OK;
}

/* What an EC2 scenario needs among its resources, as the API reference lists it. */
static const struct {
    str option;
    str needed[6];
} scenarios[] = {
    { STR_INIT("EC2-VPC-InstanceStore"),
      { STR_INIT("instance/"), STR_INIT("image/"), STR_INIT("security-group/"),
        STR_INIT("network-interface/") } },
    { STR_INIT("EC2-VPC-InstanceStore-Subnet"),
      { STR_INIT("instance/"), STR_INIT("image/"), STR_INIT("security-group/"),
        STR_INIT("network-interface/"), STR_INIT("subnet/") } },
    { STR_INIT("EC2-VPC-EBS"),
      { STR_INIT("instance/"), STR_INIT("image/"), STR_INIT("security-group/"),
        STR_INIT("network-interface/"), STR_INIT("volume/") } },
    { STR_INIT("EC2-VPC-EBS-Subnet"),
      { STR_INIT("instance/"), STR_INIT("image/"), STR_INIT("security-group/"),
        STR_INIT("network-interface/"), STR_INIT("subnet/"), STR_INIT("volume/") } },
};

static bool is_among(const struct api_str_list *resources, str type)
{
    for (size_t i = 0; i < resources->count; i++) {
        struct arn arn;
        if (arn_parse(resources->items[i], &arn) == RC_OK && str_starts(arn.resource, type)) {
            return true;
        }
    }
    return false;
}

static enum rc check_scenario(struct rq *rq, str option, const struct api_str_list *resources)
{
    size_t at = 0;

    if (option.ptr == NULL) {
        return RC_OK;
    }
    while (at < COUNT_OF(scenarios) && !str_eq(scenarios[at].option, option)) {
        at++;
    }
    if (at == COUNT_OF(scenarios)) {
        return api_fail(rq, ERR_InvalidInput, "Invalid ResourceHandlingOption: %.*s", FMT(option));
    }
    for (size_t i = 0; i < COUNT_OF(scenarios[at].needed); i++) {
        str type = scenarios[at].needed[i];
        if (type.ptr != NULL && !is_among(resources, type)) {
            return api_fail(rq, ERR_InvalidInput,
                            "ResourceHandlingOption %.*s needs a resource of type %.*s.",
                            FMT(option), (int)type.len - 1, type.ptr);
        }
    }
    return RC_OK;
}

/* --- one answer --------------------------------------------------------------------------------- */

static str account_of(const struct simulation *sim, str resource)
{
    struct arn arn;

    if (arn_parse(resource, &arn) == RC_OK && account_id_is_valid(arn.account)) {
        return arn.account;
    }
    return sim->resource_owner;
}

static str decision_word(enum decision_result result)
{
    switch (result) {
    case DECIDED_ALLOW:
        return STR("allowed");
    case DECIDED_EXPLICIT_DENY:
        return STR("explicitDeny");
    case DECIDED_IMPLICIT_DENY:
        break;
    }
    return STR("implicitDeny");
}

/* Where AWS says a statement begins: right behind the sign before it. AdministratorAccess, whose
 * statement's brace stands at line 4, column 5, is shown from line 3, column 17 on. */
static void start_of(str text, uint32_t line, uint32_t column, struct iam_Position *ret)
{
    uint32_t at_line = 1, at_column = 1, from_line = 1, from_column = 1;

    for (size_t i = 0; i < text.len && (at_line < line || at_column < column); i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\n') {
            at_line++;
            at_column = 1;
        } else if ((c & 0xc0) != 0x80) {
            at_column++;
        }
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            from_line = at_line;
            from_column = at_column;
        }
    }
    ret->Line = (struct opt_int){ from_line, true };
    ret->Column = (struct opt_int){ from_column, true };
}

static enum rc statement_view(const struct simulation *sim, const struct policy_match *match,
                              struct iam_Statement *ret)
{
    const struct sim_document *document = NULL;
    struct statement_info info;

    if (policy_statement_info(match->set, match->statement, &info)) {
        document = sim_document_of(sim, &info);
    }
    ret->StartPosition = NEW(sim->rq->arena, struct iam_Position);
    ret->EndPosition = NEW(sim->rq->arena, struct iam_Position);
    if (document == NULL || ret->StartPosition == NULL || ret->EndPosition == NULL) {
        return RC_NOMEM;
    }
    ret->SourcePolicyId = document->id;
    ret->SourcePolicyType = document->type;
    start_of(document->text, info.line, info.column, ret->StartPosition);
    ret->EndPosition->Line = (struct opt_int){ info.end_line, true };
    ret->EndPosition->Column = (struct opt_int){ info.end_column, true };
    return RC_OK;
}

/* What determined the result: with one denial, the denials alone. */
static enum rc statements_view(const struct simulation *sim, const struct policy_request *request,
                               enum decision_result result, struct iam_Statement_list *ret)
{
    size_t count = policy_matches(&sim->stack, request, NULL, 0);
    struct policy_match *matches = NEW_ARRAY(sim->rq->arena, count, struct policy_match);
    struct iam_Statement *items = NEW_ARRAY(sim->rq->arena, count, struct iam_Statement);

    if (matches == NULL || items == NULL) {
        return RC_NOMEM;
    }
    (void)policy_matches(&sim->stack, request, matches, count);
    *ret = (struct iam_Statement_list){ items, 0, true };
    for (size_t i = 0; i < count; i++) {
        if (matches[i].deny == (result == DECIDED_EXPLICIT_DENY)) {
            TRY(statement_view(sim, &matches[i], &items[ret->count++]));
        }
    }
    return RC_OK;
}

/* Across accounts both sides are shown apart; within one the map stays empty. */
static enum rc details_view(const struct simulation *sim, const struct policy_request *request,
                            const struct policy_answers *answers,
                            struct iam_EvalDecisionDetails *ret)
{
    struct iam_EvalDecisionDetails_entry *items;

    *ret = (struct iam_EvalDecisionDetails){ .present = true };
    if (!sim->cross_checked || str_eq(request->principal.account, request->resource_account)) {
        return RC_OK;
    }
    items = NEW_ARRAY(sim->rq->arena, 2, struct iam_EvalDecisionDetails_entry);
    if (items == NULL) {
        return RC_NOMEM;
    }
    items[0].key = STR("IAM Policy");
    items[0].value = decision_word(answers->by_layer[LAYER_IDENTITY].result);
    items[1].key = STR("Resource Policy");
    items[1].value = decision_word(answers->by_layer[LAYER_RESOURCE].result);
    ret->items = items;
    ret->count = 2;
    return RC_OK;
}

static enum rc limits_view(const struct simulation *sim, const struct policy_answers *answers,
                           struct iam_EvaluationResult *ret)
{
    bool scp = sim->stack.scp_count == 0 || answers->by_layer[LAYER_SCP].result == DECIDED_ALLOW;

    ret->OrganizationsDecisionDetail = NEW(sim->rq->arena, struct iam_OrganizationsDecisionDetail);
    if (ret->OrganizationsDecisionDetail == NULL) {
        return RC_NOMEM;
    }
    ret->OrganizationsDecisionDetail->AllowedByOrganizations = (struct opt_bool){ scp, true };
    if (sim->stack.boundary == NULL) {
        return RC_OK;
    }
    ret->PermissionsBoundaryDecisionDetail = NEW(sim->rq->arena,
                                                 struct iam_PermissionsBoundaryDecisionDetail);
    if (ret->PermissionsBoundaryDecisionDetail == NULL) {
        return RC_NOMEM;
    }
    ret->PermissionsBoundaryDecisionDetail->AllowedByPermissionsBoundary =
        (struct opt_bool){ answers->by_layer[LAYER_BOUNDARY].result == DECIDED_ALLOW, true };
    return RC_OK;
}

static enum rc resource_view(const struct simulation *sim, struct iam_EvaluationResult *result)
{
    struct iam_ResourceSpecificResult *item = NEW(sim->rq->arena,
                                                  struct iam_ResourceSpecificResult);

    if (item == NULL) {
        return RC_NOMEM;
    }
    *item = (struct iam_ResourceSpecificResult){
        .EvalResourceName = result->EvalResourceName,
        .EvalResourceDecision = result->EvalDecision,
        .MatchedStatements = result->MatchedStatements,
        .MissingContextValues = result->MissingContextValues,
        .EvalDecisionDetails = result->EvalDecisionDetails,
        .PermissionsBoundaryDecisionDetail = result->PermissionsBoundaryDecisionDetail,
    };
    result->ResourceSpecificResults = (struct iam_ResourceSpecificResult_list){ item, 1, true };
    return RC_OK;
}

static enum rc answer(const struct simulation *sim, const struct question *question,
                      struct iam_EvaluationResult *ret)
{
    struct policy_request request = { .principal = sim->principal,
                                      .action = question->action,
                                      .resource = question->resource,
                                      .resource_account = account_of(sim, question->resource),
                                      .context = sim->context,
                                      .context_count = sim->context_count };
    struct policy_answers answers;
    struct decision decision;

    policy_ask(&sim->stack, &request, &answers);
    policy_combine(&answers, &request, &decision);
    ret->EvalActionName = question->action;
    ret->EvalResourceName = question->resource;
    ret->EvalDecision = decision_word(decision.result);
    TRY(statements_view(sim, &request, decision.result, &ret->MatchedStatements));
    TRY(sim_missing_keys(sim, question->action, &ret->MissingContextValues));
    TRY(details_view(sim, &request, &answers, &ret->EvalDecisionDetails));
    TRY(limits_view(sim, &answers, ret));
    return str_eq(question->resource, STR("*")) ? RC_OK : resource_view(sim, ret);
}

/* --- all of them -------------------------------------------------------------------------------- */

struct asked { /* what both operations take */
    struct api_str_list actions, resources;
    str marker;
    struct opt_int max_items;
    struct iam_EvaluationResult_list *results;
    struct opt_bool *truncated;
    str *next_marker;
};

/* Each action on each resource; without one, on "*". */
static enum rc answer_all(const struct simulation *sim, const struct asked *asked)
{
    static str star = STR_INIT("*");
    struct api_str_list resources = asked->resources;
    struct iam_EvaluationResult *items;
    struct iam_slice slice;

    if (resources.count == 0) {
        resources = (struct api_str_list){ &star, 1, true };
    }
    TRY(iam_slice(sim->rq, asked->marker, asked->max_items, asked->actions.count * resources.count,
                  &slice, asked->truncated, asked->next_marker));
    items = NEW_ARRAY(sim->rq->arena, slice.count, struct iam_EvaluationResult);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        size_t at = slice.from + i;
        struct question question = { asked->actions.items[at / resources.count],
                                     resources.items[at % resources.count] };
        TRY(answer(sim, &question, &items[i]));
    }
    *asked->results = (struct iam_EvaluationResult_list){ items, slice.count, true };
    return RC_OK;
}

static enum rc put_boundary(struct simulation *sim, const struct api_str_list *given,
                            const struct entity *entity)
{
    size_t from = sim->count;
    struct managed_policy policy;
    struct policy_version version;
    struct entity boundary;

    if (given->count > 0) { /* takes the place of the entity's own */
        TRY(sim_add_list(sim, POLICY_IDENTITY, "PermissionsBoundaryPolicyInputList", given));
        return sim_compile(sim, from, &sim->stack.boundary);
    }
    if (entity == NULL || entity->boundary_id.ptr == NULL) {
        return RC_OK;
    }
    TRY(entity_by_id(sim->rq->txn, entity->boundary_id, sim->rq->arena, &boundary));
    TRY(managed_policy_of_entity(sim->rq->txn, &boundary, sim->rq->arena, &policy));
    TRY(policy_version_get(sim->rq->txn, &policy, policy.default_version, sim->rq->arena,
                           &version));
    TRY(sim_add_given(sim, POLICY_IDENTITY, boundary.name, STR("IAM Policy"), version.document));
    return sim_compile(sim, from, &sim->stack.boundary);
}

static enum rc put_organization(struct simulation *sim,
                                const struct iam_OrderedOrganizationPolicyType_list *levels)
{
    const struct policy_set **sets = NEW_ARRAY(sim->rq->arena, levels->count,
                                               const struct policy_set *);

    if (sets == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < levels->count; i++) {
        size_t from = sim->count;
        TRY(sim_add_list(sim, POLICY_SCP, "ServiceControlPolicyInputList",
                         &levels->items[i].ServiceControlPolicyInputList));
        TRY(sim_compile(sim, from, &sets[i]));
    }
    sim->stack.scp = sets;
    sim->stack.scp_count = levels->count;
    return RC_OK;
}

static enum rc put_resource_policy(struct simulation *sim, str text)
{
    size_t from = sim->count;

    if (text.ptr == NULL) {
        return RC_OK;
    }
    if (sim->principal.arn.ptr == NULL) {
        return api_fail(sim->rq, ERR_InvalidInput,
                        "A ResourcePolicy names callers: CallerArn must say who calls.");
    }
    sim->cross_checked = true;
    TRY(sim_add_given(sim, POLICY_RESOURCE, STR("ResourcePolicy"), STR("Resource Policy"), text));
    return sim_compile(sim, from, &sim->stack.resource);
}

/* ResourceOwner: an account, as its number or its root ARN. */
static enum rc put_owner(struct simulation *sim, str owner)
{
    struct arn arn;

    sim->resource_owner = sim->principal.account;
    if (owner.ptr == NULL) {
        return RC_OK;
    }
    if (account_id_is_valid(owner)) {
        sim->resource_owner = owner;
        return RC_OK;
    }
    if (arn_parse(owner, &arn) != RC_OK || !account_id_is_valid(arn.account)) {
        return api_fail(sim->rq, ERR_InvalidInput, "Invalid ResourceOwner: %.*s", FMT(owner));
    }
    sim->resource_owner = arn.account;
    return RC_OK;
}

enum rc iam_SimulatePrincipalPolicy(struct rq *rq, const struct iam_SimulatePrincipalPolicy_in *in,
                                    struct iam_SimulatePrincipalPolicy_out *out)
{
    struct simulation sim = { .rq = rq };
    struct asked asked = { in->ActionNames,         in->ResourceArns,  in->Marker,  in->MaxItems,
                           &out->EvaluationResults, &out->IsTruncated, &out->Marker };
    struct entity entity;

    TRY(check_actions(rq, &in->ActionNames));
    TRY(check_resources(rq, &in->ResourceArns));
    TRY(check_scenario(rq, in->ResourceHandlingOption, &in->ResourceArns));
    TRY(sim_find_entity(rq, in->PolicySourceArn, &entity));
    TRY(sim_act_as(&sim, &entity));
    if (in->CallerArn.ptr != NULL) {
        TRY(sim_act_as_caller(&sim, in->CallerArn));
    }
    TRY(sim_add_entity(&sim, &entity, &in->PolicyExclusionList));
    TRY(sim_add_list(&sim, POLICY_IDENTITY, "PolicyInputList", &in->PolicyInputList));
    TRY(sim_compile(&sim, 0, &sim.stack.identity));
    TRY(put_boundary(&sim, &in->PermissionsBoundaryPolicyInputList, &entity));
    TRY(put_resource_policy(&sim, in->ResourcePolicy));
    TRY(put_owner(&sim, in->ResourceOwner));
    TRY(sim_put_context(&sim, &in->ContextEntries));
    return answer_all(&sim, &asked);
}

enum rc iam_SimulateCustomPolicy(struct rq *rq, const struct iam_SimulateCustomPolicy_in *in,
                                 struct iam_SimulateCustomPolicy_out *out)
{
    struct simulation sim = {
        .rq = rq, .principal = { .type = PRINCIPAL_USER, .account = rq->account_text }
    };
    struct asked asked = { in->ActionNames,         in->ResourceArns,  in->Marker,  in->MaxItems,
                           &out->EvaluationResults, &out->IsTruncated, &out->Marker };

    TRY(check_actions(rq, &in->ActionNames));
    TRY(check_resources(rq, &in->ResourceArns));
    TRY(check_scenario(rq, in->ResourceHandlingOption, &in->ResourceArns));
    if (in->CallerArn.ptr != NULL) {
        TRY(sim_act_as_caller(&sim, in->CallerArn));
    }
    TRY(sim_add_list(&sim, POLICY_IDENTITY, "PolicyInputList", &in->PolicyInputList));
    TRY(sim_compile(&sim, 0, &sim.stack.identity));
    TRY(put_boundary(&sim, &in->PermissionsBoundaryPolicyInputList, NULL));
    TRY(put_organization(&sim, &in->OrderedOrganizationPolicyInputList));
    TRY(put_resource_policy(&sim, in->ResourcePolicy));
    TRY(put_owner(&sim, in->ResourceOwner));
    TRY(sim_put_context(&sim, &in->ContextEntries));
    return answer_all(&sim, &asked);
}
