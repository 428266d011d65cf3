/* AssumeRoot: from the management account, for minutes, a member's root with one task. That the
 * caller may, and that the organization has the member, was decided before (authz_resource.c). */
#include "codec/arn.h"
#include "model/organization.h"
#include "service/sts/sts.h"

static enum rc find_task(struct rq *rq, const struct sts_PolicyDescriptorType *wanted,
                         struct entity *ret, unsigned *ret_feature)
{
    str arn = wanted->arn.ptr == NULL ? STR("") : wanted->arn, name = arn;
    struct txn *txn;

    TRY(sts_snapshot(rq, &txn));
    if (take_prefix(&name, STR("arn:aws:iam::aws:policy/root-task/")) &&
        organization_task_feature(name, ret_feature) == RC_OK) {
        return entity_by_arn(txn, arn, rq->arena, ret);
    }
    return api_fail(rq, ERR_ValidationError,
                    "TaskPolicyArn must be one of the root task policies "
                    "arn:aws:iam::aws:policy/root-task/..., not %.*s.",
                    FMT(arn));
}

static enum rc target_account(struct rq *rq, str target, int64_t *ret)
{
    struct arn arn;

    if (arn_parse(target, &arn) == RC_OK) {
        target = arn.account;
    }
    return account_id_parse(target, ret) == RC_OK
               ? RC_OK
               : api_fail(rq, ERR_ValidationError, "%.*s is invalid", FMT(target));
}

enum rc sts_AssumeRoot(struct rq *rq, const struct sts_AssumeRoot_in *in,
                       struct sts_AssumeRoot_out *out)
{
    const struct session *parent = rq->caller->session;
    struct session session = { .kind = SESSION_ROOT_TASK };
    struct organization organization;
    struct entity task;
    unsigned feature = 0;
    char *digits = arena_bytes(rq->arena, 12);

    TRY(find_task(rq, in->TaskPolicyArn, &task, &feature));
    TRY(target_account(rq, in->TargetPrincipal, &session.account));
    enum rc rc = organization_root_task(rq->txn, rq->account, session.account, feature, rq->arena);
    if (rc == RC_DENIED) {
        return api_fail(rq, ERR_AccessDenied,
                        "The organization has not enabled the feature that the task %.*s needs, or "
                        "the account %.*s is not one of its members.",
                        FMT(task.name), FMT(in->TargetPrincipal));
    }
    TRY(rc);
    TRY(organization_of(rq->txn, session.account, rq->arena, &organization));
    session.name = organization.id; /* it ends when the account leaves this one */
    if (digits == NULL) {
        return RC_NOMEM;
    }
    account_id_print(session.account, digits);
    session.unique_id = str_from(digits, 12);
    session.policy_ids = &task.id;
    session.policy_id_count = 1;
    if (parent != NULL) {
        session.source_identity = parent->source_identity;
    }
    out->SourceIdentity = session.source_identity;
    return sts_issue(rq, &session, STR_NONE, in->DurationSeconds.value, &out->Credentials);
}
