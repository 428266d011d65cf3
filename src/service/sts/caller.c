/* Who am I, whose key is this, what did that denial say. */
#include "codec/arn.h"
#include "model/entity.h"
#include "service/sts/sts.h"
#include "vault/vault.h"

enum rc sts_GetCallerIdentity(struct rq *rq, struct sts_GetCallerIdentity_out *out)
{
    out->UserId = rq->caller->user_id;
    out->Account = rq->account_text;
    out->Arn = rq->caller->arn;
    return RC_OK;
}

/* Users, roles and bearer tokens have ids of the same form. */
static bool is_access_key_id(str id)
{
    return id.len == 20 && (str_starts(id, STR("AKIA")) || str_starts(id, STR("ASIA")));
}

/* The id alone says it; whether the key exists is not told. */
enum rc sts_GetAccessKeyInfo(struct rq *rq, const struct sts_GetAccessKeyInfo_in *in,
                             struct sts_GetAccessKeyInfo_out *out)
{
    char *digits = arena_bytes(rq->arena, 12);
    int64_t account;

    if (digits == NULL) {
        return RC_NOMEM;
    }
    if (!is_access_key_id(in->AccessKeyId) ||
        unique_id_account(in->AccessKeyId, &account) != RC_OK) {
        return api_fail(rq, ERR_ValidationError, "Access key ID is not valid.");
    }
    account_id_print(account, digits);
    out->Account = str_from(digits, 12);
    return RC_OK;
}

enum rc sts_DecodeAuthorizationMessage(struct rq *rq,
                                       const struct sts_DecodeAuthorizationMessage_in *in,
                                       struct sts_DecodeAuthorizationMessage_out *out)
{
    enum rc rc = vault_open_sealed(rq->vault, VAULT_MESSAGE, rq->account_text, in->EncodedMessage,
                                   rq->arena, &out->DecodedMessage);

    if (rc == RC_SYNTAX || rc == RC_DENIED) {
        return api_fail(rq, ERR_InvalidAuthorizationMessageException, "Message is not valid");
    }
    return rc;
}

/* Trade-in tokens are given to AWS's product partners, by AWS: there is none that anybody could have. */
enum rc sts_GetDelegatedAccessToken(struct rq *rq, const struct sts_GetDelegatedAccessToken_in *in,
                                    struct sts_GetDelegatedAccessToken_out *out)
{
    (void)in;
    (void)out;
    return api_fail(rq, ERR_AccessDenied,
                    "User: %.*s is not authorized to perform: sts:GetDelegatedAccessToken",
                    FMT(rq->caller->arn));
}
