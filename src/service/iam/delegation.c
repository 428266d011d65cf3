/* Delegation: AWS's product partners ask for permissions in a customer's account. Nobody here is one
 * of them, so no request is ever made: who looks for one is told that there is none. */
#include "codec/arn.h"
#include "service/iam/iam.h"

static enum rc no_request(struct rq *rq, str id)
{
    return api_fail(rq, ERR_NoSuchEntity, "Delegation request with id %.*s cannot be found.",
                    FMT(id));
}

enum rc iam_CreateDelegationRequest(struct rq *rq, const struct iam_CreateDelegationRequest_in *in,
                                    struct iam_CreateDelegationRequest_out *out)
{
    (void)in;
    (void)out;
    return api_fail(rq, ERR_AccessDenied,
                    "User: %.*s is not authorized to perform: iam:CreateDelegationRequest",
                    FMT(rq->caller->arn));
}

enum rc iam_AcceptDelegationRequest(struct rq *rq, const struct iam_AcceptDelegationRequest_in *in)
{
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_AssociateDelegationRequest(struct rq *rq,
                                       const struct iam_AssociateDelegationRequest_in *in)
{
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_RejectDelegationRequest(struct rq *rq, const struct iam_RejectDelegationRequest_in *in)
{
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_SendDelegationToken(struct rq *rq, const struct iam_SendDelegationToken_in *in)
{
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_UpdateDelegationRequest(struct rq *rq, const struct iam_UpdateDelegationRequest_in *in)
{
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_GetDelegationRequest(struct rq *rq, const struct iam_GetDelegationRequest_in *in,
                                 struct iam_GetDelegationRequest_out *out)
{
    (void)out;
    return no_request(rq, in->DelegationRequestId);
}

enum rc iam_ListDelegationRequests(struct rq *rq, const struct iam_ListDelegationRequests_in *in,
                                   struct iam_ListDelegationRequests_out *out)
{
    struct iam_slice slice;

    TRY(iam_slice(rq, in->Marker, in->MaxItems, 0, &slice, &out->isTruncated, &out->Marker));
    out->DelegationRequests.present = true;
    return RC_OK;
}

/* Of requests only; nothing else has a summary. */
enum rc iam_GetHumanReadableSummary(struct rq *rq, const struct iam_GetHumanReadableSummary_in *in,
                                    struct iam_GetHumanReadableSummary_out *out)
{
    static const str kind = STR_INIT("delegation-request/");
    struct arn arn;

    (void)out;
    if (arn_parse(in->EntityArn, &arn) != RC_OK || !str_eq(arn.service, STR("iam")) ||
        !str_starts(arn.resource, kind) || arn.resource.len == kind.len) {
        return api_fail(rq, ERR_InvalidInput, "%.*s is not the ARN of a delegation request.",
                        FMT(in->EntityArn));
    }
    return no_request(rq, str_skip(arn.resource, kind.len));
}
