/* The account as an issuer of tokens: enabling, disabling. Tokens: service/sts/identity_token.c; what
 * others verify them with: service/issuer.c. */
#include "model/token_issuer.h"

#include "service/iam/iam.h"
#include "service/issuer.h"
#include "service/turn.h"

struct making { /* rq->prepared */
    struct token_issuer issuer;
    struct token_key keys[TOKEN_ALGS];
};

static enum rc find(struct rq *rq, struct token_issuer *ret)
{
    enum rc rc = token_issuer_get(rq->txn, rq->account, rq->arena, ret);

    if (rc == RC_NOENT || (rc == RC_OK && !ret->enabled)) {
        return api_fail(rq, ERR_FeatureDisabled,
                        "Outbound identity federation is not enabled for this account.");
    }
    return rc;
}

static enum rc make_keys(struct rq *rq)
{
    struct making *making = rq->prepared;

    for (size_t i = 0; i < TOKEN_ALGS; i++) {
        TRY(token_key_make(rq->vault, rq->account, (enum vault_token_alg)i, making->keys[i].kid,
                           rq->arena, &making->keys[i]));
    }
    return RC_OK;
}

/* Keys are made before the transaction: it must not hold up other changes. */
enum rc iam_EnableOutboundWebIdentityFederation_prepare(struct rq *rq)
{
    struct making *making = NEW(rq->arena, struct making);
    struct token_issuer known;
    enum rc rc;

    if (making == NULL) {
        return RC_NOMEM;
    }
    rq->prepared = making;
    rc = token_issuer_get(rq->txn, rq->account, rq->arena, &known);
    if (rc != RC_NOENT) {
        return rc;
    }
    making->issuer.account = rq->account;
    making->issuer.id = turn_uuid(turn_of(rq)->loop, rq->arena);
    for (size_t i = 0; i < TOKEN_ALGS; i++) {
        making->keys[i].kid = turn_uuid(turn_of(rq)->loop, rq->arena);
        if (making->keys[i].kid.ptr == NULL || making->issuer.id.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    rq_block(rq, RQ_POOL_COMPUTE, make_keys);
    return RC_OK;
}

enum rc iam_EnableOutboundWebIdentityFederation(
    struct rq *rq, struct iam_EnableOutboundWebIdentityFederation_out *out)
{
    const struct making *making = rq->prepared;
    struct token_issuer issuer;
    enum rc rc = token_issuer_get(rq->txn, rq->account, rq->arena, &issuer);

    if (rc == RC_OK && issuer.enabled) {
        return api_fail(rq, ERR_FeatureEnabled,
                        "Outbound identity federation is already enabled for this account.");
    }
    if (rc == RC_OK) {
        TRY(token_issuer_enable(rq->txn, rq->account, true));
    } else if (rc == RC_NOENT && making->issuer.id.ptr != NULL) {
        issuer = making->issuer;
        TRY(token_issuer_add(rq->txn, &issuer, making->keys, rq->now_s));
    } else {
        return rc;
    }
    return issuer_url(rq, issuer.id, &out->IssuerIdentifier);
}

enum rc iam_DisableOutboundWebIdentityFederation(struct rq *rq)
{
    struct token_issuer issuer;

    TRY(find(rq, &issuer));
    return token_issuer_enable(rq->txn, rq->account, false);
}

enum rc iam_GetOutboundWebIdentityFederationInfo(
    struct rq *rq, struct iam_GetOutboundWebIdentityFederationInfo_out *out)
{
    struct token_issuer issuer;

    TRY(find(rq, &issuer));
    out->JwtVendingEnabled = (struct opt_bool){ true, true };
    return issuer_url(rq, issuer.id, &out->IssuerIdentifier);
}
