/* AssumeRole. The trust policy, the caller's own policies and the permissions that tags and a
 * source identity take have been decided when the handler runs (pipeline_authorize.c), on a one-time
 * code too (pipeline_mfa.c). Its session does not say that one was shown: user guide, "Secure API
 * access with MFA". */
#include "service/sts/sts.h"

static bool is_chained(const struct rq *rq)
{
    return rq->caller->session != NULL && rq->caller->session->kind == SESSION_ROLE;
}

/* A context assertion is something STS itself has signed for a context provider. This one signs none, as no
 * provider is connected to it, so each that comes was made elsewhere and is refused, never ignored. */
static enum rc refuse_contexts(struct rq *rq, const struct sts_AssumeRole_in *in)
{
    static const str known = STR_INIT("arn:aws:iam::aws:contextProvider/IdentityCenter");

    for (size_t i = 0; i < in->ProvidedContexts.count; i++) {
        str provider = in->ProvidedContexts.items[i].ProviderArn;
        if (!str_eq(provider, known)) {
            return api_fail(rq, ERR_ValidationError, "Context provider %.*s does not exist.",
                            FMT(provider));
        }
        return api_fail(
            rq, ERR_ValidationError,
            "ProvidedContexts.member.%zu.ContextAssertion is not valid: it was not signed "
            "by this STS, which no context provider is connected to.",
            i + 1);
    }
    return RC_OK;
}

static enum rc check_duration(struct rq *rq, const struct subject *role, int64_t seconds)
{
    if (is_chained(rq) && seconds > STS_CHAINED_SECONDS_MAX) {
        return api_fail(rq, ERR_ValidationError,
                        "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                        "assumed by role chaining.");
    }
    if (seconds > role->max_session_s) {
        return api_fail(rq, ERR_ValidationError,
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for "
                        "this role.");
    }
    return RC_OK;
}

/* Set once, it stays through every role assumed from there on. */
static enum rc set_source_identity(struct rq *rq, str wanted, struct session *session)
{
    const struct session *parent = rq->caller->session;

    session->source_identity = wanted;
    if (parent == NULL || parent->source_identity.ptr == NULL) {
        return RC_OK;
    }
    if (wanted.ptr != NULL && !str_eq(wanted, parent->source_identity)) {
        return api_fail(rq, ERR_AccessDenied,
                        "The source identity of the calling session cannot be changed.");
    }
    session->source_identity = parent->source_identity;
    return RC_OK;
}

enum rc sts_AssumeRole(struct rq *rq, const struct sts_AssumeRole_in *in,
                       struct sts_AssumeRole_out *out)
{
    const struct subject *role = turn_of(rq)->target;
    const struct session *parent = is_chained(rq) ? rq->caller->session : NULL;
    struct session session = { .kind = SESSION_ROLE,
                               .account = role->account,
                               .unique_id = role->unique_id,
                               .name = in->RoleSessionName,
                               .chain_depth = parent == NULL ? 0 : parent->chain_depth + 1 };
    str packed = STR_NONE;
    int64_t percent;

    TRY(refuse_contexts(rq, in));
    TRY(check_duration(rq, role, in->DurationSeconds.value));
    TRY(set_source_identity(rq, in->SourceIdentity, &session));
    TRY(sts_session_policies(rq, in->Policy, &in->PolicyArns, role->account, &session, &packed));
    TRY(sts_session_tags(rq, &in->Tags, &in->TransitiveTagKeys, parent, &session));
    TRY(sts_packed_size(rq, &session, packed, &percent));
    TRY(sts_issue(rq, &session, packed, in->DurationSeconds.value, &out->Credentials));
    TRY(sts_name_session(rq, &session, role, &out->AssumedRoleUser));
    out->SourceIdentity = session.source_identity;
    if (in->Policy.ptr != NULL || in->PolicyArns.count > 0 || in->Tags.count > 0) {
        out->PackedPolicySize = (struct opt_int){ percent, true };
    }
    return RC_OK;
}
