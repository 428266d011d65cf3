/* AssumeRoleWithWebIdentity. The order: what the token claims, whose provider that would be, its keys
 * (fetched when they are not at hand), the signature; only then the audience, the claims as condition
 * keys, and the role's trust policy. */
#include "service/sts/web_identity.h"

#include "federation/federation.h"
#include "model/oidc_provider.h"
#include "service/issuer.h"

enum { KEPT_MAX = 4 };

struct pending { /* rq->prepared */
    struct rq *rq;
    struct web_identity who;
    struct oidc_provider provider;
    struct federation_wait wait;
    bool verified;
    bool audience_known;
};

static struct federation_issuer issuer_of(const struct pending *pending)
{
    return (struct federation_issuer){ pending->provider.url, pending->provider.thumbprints };
}

static struct federation *federation_of(struct rq *rq)
{
    return turn_of(rq)->loop->config->federation;
}

static enum rc find_provider(struct rq *rq, const struct sts_AssumeRoleWithWebIdentity_in *in,
                             struct pending *pending)
{
    str issuer = pending->who.issuer;
    int64_t account;
    enum rc rc;

    TRY(sts_role_account(rq, in->RoleArn, &account));
    /* A token of our own would let whoever may ask for one for some audience walk into roles that
     * trust it; AWS refuses its own, too. */
    if (issuer_is_ours(rq, issuer)) {
        return api_fail(rq, ERR_InvalidIdentityToken,
                        "Tokens of GetWebIdentityToken cannot be used to assume a role.");
    }
    rc = oidc_provider_by_url(rq->txn, account, issuer, rq->arena, &pending->provider);
    if (rc == RC_NOENT) {
        return api_fail(rq, ERR_InvalidIdentityToken,
                        "No OpenIDConnect provider found in your account for %.*s", FMT(issuer));
    }
    TRY(rc);
    rc = oidc_client_find(rq->txn, pending->provider.entity.id, pending->who.audience, rq->arena);
    pending->audience_known = rc == RC_OK;
    return rc == RC_NOENT ? RC_OK : rc;
}

/* --- keys --------------------------------------------------------------------------------------- */

/* RC_NOENT: no keys at hand, or none the token names. */
static enum rc verify(struct rq *rq, struct pending *pending)
{
    struct federation_issuer issuer = issuer_of(pending);
    struct issuer_keys *keys = NULL;
    enum rc rc = federation_keys(federation_of(rq), &issuer, &keys);

    if (rc == RC_NOENT) {
        return RC_NOENT;
    }
    TRY(rc);
    rc = issuer_keys_verify(keys, &pending->who.jwt);
    issuer_keys_unref(keys);
    pending->verified = rc == RC_OK;
    if (rc == RC_DENIED) {
        return api_fail(rq, ERR_InvalidIdentityToken, "The signature of the token is invalid.");
    }
    return rc;
}

static void fetched(struct federation_wait *wait, enum rc rc)
{
    struct pending *pending = CONTAINER_OF(wait, struct pending, wait);

    /* Without new keys the old ones decide, or that there are none. */
    rq_resume(pending->rq, rc == RC_IO ? RC_OK : rc);
}

static enum rc fetch(struct rq *rq)
{
    struct pending *pending = rq->prepared;
    struct federation_issuer issuer = issuer_of(pending);
    enum rc rc = federation_fetch(federation_of(rq), &issuer, &pending->wait);

    return rc == RC_IO ? RC_EXISTS : rc;
}

enum rc sts_AssumeRoleWithWebIdentity_prepare(struct rq *rq,
                                              const struct sts_AssumeRoleWithWebIdentity_in *in)
{
    struct pending *pending = NEW(rq->arena, struct pending);
    enum rc rc;

    if (pending == NULL) {
        return RC_NOMEM;
    }
    if (in->ProviderId.ptr != NULL) {
        return api_fail(rq, ERR_InvalidIdentityToken,
                        "ProviderId is for access tokens of OAuth 2.0, which are not supported: "
                        "leave it out and pass an OpenID Connect token.");
    }
    pending->rq = rq;
    pending->wait.done = fetched;
    rq->prepared = pending;
    TRY(web_identity_read(rq, in->WebIdentityToken, &pending->who));
    TRY(find_provider(rq, in, pending));
    TRY(web_identity_check_times(rq, &pending->who));
    rc = verify(rq, pending);
    if (rc == RC_NOENT) {
        rq_await(rq, fetch);
        return RC_OK;
    }
    return rc;
}

static enum rc verify_finally(struct rq *rq, struct pending *pending)
{
    struct federation_issuer issuer = issuer_of(pending);
    struct issuer_keys *keys = NULL;
    enum rc rc;

    if (pending->verified) {
        return RC_OK;
    }
    rc = verify(rq, pending);
    if (rc != RC_NOENT) {
        return rc;
    }
    if (federation_keys(federation_of(rq), &issuer, &keys) != RC_OK) {
        return api_fail(rq, ERR_IDPCommunicationError,
                        "The keys of the identity provider %.*s cannot be fetched. Try again; the "
                        "server's log says why.",
                        FMT(issuer.url));
    }
    issuer_keys_unref(keys);
    return api_fail(rq, ERR_InvalidIdentityToken,
                    "Couldn't retrieve verification key from your identity provider,  please "
                    "reference AssumeRoleWithWebIdentity documentation for requirements");
}

/* --- the role ----------------------------------------------------------------------------------- */

/* What permissions policies may ask about later, of a claim that fits into a session. */
static enum rc keep(struct rq *rq, const struct pending *pending, str arn,
                    struct sts_federation *federation)
{
    struct session_key *kept = NEW_ARRAY(rq->arena, KEPT_MAX, struct session_key);
    str name = pending->provider.entity.name;
    const struct web_identity *who = &pending->who;

    if (kept == NULL) {
        return RC_NOMEM;
    }
    kept[0] = (struct session_key){ STR("aws:FederatedProvider"), arn };
    kept[1] = (struct session_key){ ARENA_JOIN(rq->arena, name, STR(":aud")), who->audience };
    kept[2] = (struct session_key){ ARENA_JOIN(rq->arena, name, STR(":sub")), who->subject };
    federation->kept = kept;
    federation->kept_count = 3;
    if (who->audience_count == 1) {
        kept[3] = (struct session_key){ ARENA_JOIN(rq->arena, name, STR(":oaud")),
                                        who->audiences[0] };
        federation->kept_count = 4;
    }
    for (size_t i = 0; i < federation->kept_count; i++) {
        if (kept[i].key.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

static enum rc federate(struct rq *rq, const struct pending *pending, str arn,
                        struct sts_federation *ret)
{
    const struct web_identity *who = &pending->who;

    ret->type = PRINCIPAL_WEB_IDENTITY;
    ret->action = STR("sts:AssumeRoleWithWebIdentity");
    ret->identity.provider = arn;
    ret->identity.issuer = arn; /* as CloudTrail has it */
    ret->identity.subject = who->subject;
    ret->identity.principal_id = ARENA_JOIN(rq->arena, arn, STR(":"), who->audience, STR(":"),
                                            who->subject);
    if (ret->identity.principal_id.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(web_identity_keys(rq, who, pending->provider.entity.name, &ret->identity.keys,
                          &ret->identity.key_count));
    TRY(web_identity_session(rq, who, ret));
    return keep(rq, pending, arn, ret);
}

enum rc sts_AssumeRoleWithWebIdentity(struct rq *rq,
                                      const struct sts_AssumeRoleWithWebIdentity_in *in,
                                      struct sts_AssumeRoleWithWebIdentity_out *out)
{
    struct pending *pending = rq->prepared;
    struct sts_federation *federation = NEW(rq->arena, struct sts_federation);
    const struct sts_federated_in asked = { .role_arn = in->RoleArn,
                                            .session_name = in->RoleSessionName,
                                            .policy = in->Policy,
                                            .policy_arns = &in->PolicyArns,
                                            .seconds = in->DurationSeconds.value };
    struct sts_federated_out made = { 0 };
    str arn = entity_arn(&pending->provider.entity, rq->arena);

    if (federation == NULL || arn.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(verify_finally(rq, pending));
    if (!pending->audience_known) {
        return api_fail(rq, ERR_InvalidIdentityToken, "Incorrect token audience");
    }
    TRY(federate(rq, pending, arn, federation));
    TRY(sts_assume_federated(rq, federation, &asked, &made));
    out->Credentials = made.credentials;
    out->AssumedRoleUser = made.user;
    out->PackedPolicySize = made.packed_size;
    out->SubjectFromWebIdentityToken = pending->who.subject;
    out->Audience = pending->who.audience;
    out->Provider = arn;
    out->SourceIdentity = federation->source_identity;
    return RC_OK;
}
