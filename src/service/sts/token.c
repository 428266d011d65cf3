/* GetSessionToken and GetFederationToken: temporary credentials from a long-term key. */
#include "service/sts/sts.h"

/* A root session lasts an hour at most, whatever was asked for. */
static int64_t seconds_for(const struct rq *rq, int64_t wanted)
{
    bool is_root = rq->caller->type == PRINCIPAL_ROOT;

    return is_root && wanted > STS_ROOT_SECONDS_MAX ? STS_ROOT_SECONDS_MAX : wanted;
}

enum rc sts_GetSessionToken(struct rq *rq, const struct sts_GetSessionToken_in *in,
                            struct sts_GetSessionToken_out *out)
{
    struct session session = { .kind = SESSION_USER,
                               .account = rq->account,
                               .unique_id = rq->caller->unique_id,
                               .name = STR(""),
                               .mfa_s = rq->caller->mfa_s };

    return sts_issue(rq, &session, STR_NONE, seconds_for(rq, in->DurationSeconds.value),
                     &out->Credentials);
}

static enum rc name_user(struct rq *rq, str name, struct sts_GetFederationToken_out *out)
{
    struct sts_FederatedUser *user = NEW(rq->arena, struct sts_FederatedUser);

    if (user == NULL) {
        return RC_NOMEM;
    }
    user->FederatedUserId = arena_printf(rq->arena, "%.*s:%.*s", FMT(rq->account_text), FMT(name));
    user->Arn = arena_printf(rq->arena, "arn:%.*s:sts::%.*s:federated-user/%.*s",
                             FMT(rq->partition), FMT(rq->account_text), FMT(name));
    out->FederatedUser = user;
    return user->FederatedUserId.ptr == NULL || user->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc sts_GetFederationToken(struct rq *rq, const struct sts_GetFederationToken_in *in,
                               struct sts_GetFederationToken_out *out)
{
    struct session session = { .kind = SESSION_FEDERATED,
                               .account = rq->account,
                               .unique_id = rq->caller->unique_id,
                               .name = in->Name };
    struct api_str_list none = { 0 };
    str packed = STR_NONE;
    int64_t percent;

    TRY(sts_session_policies(rq, in->Policy, &in->PolicyArns, rq->account, &session, &packed));
    TRY(sts_session_tags(rq, &in->Tags, &none, NULL, &session));
    TRY(sts_packed_size(rq, &session, packed, &percent));
    TRY(sts_issue(rq, &session, packed, seconds_for(rq, in->DurationSeconds.value),
                  &out->Credentials));
    TRY(name_user(rq, in->Name, out));
    out->PackedPolicySize = (struct opt_int){ percent, true }; /* AWS answers 0, too */
    return RC_OK;
}
