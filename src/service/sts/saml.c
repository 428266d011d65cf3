/* AssumeRoleWithSAML: the provider is looked up on the loop, the helper process reads and verifies the
 * assertion, its claims are checked here, and the role's trust policy decides (federated.c). */
#include "service/sts/saml.h"

#include "codec/arn.h"
#include "codec/base64.h"
#include "model/account.h"
#include "model/saml_provider.h"
#include "vault/saml_key.h"

struct assuming { /* from the prepare step to the handler */
    struct saml_provider provider;
    str *certificates;
    size_t certificate_count;
    struct saml_key *keys;
    size_t key_count;
    str xml;
    struct saml_response response;
};

static enum rc invalid(struct rq *rq, const char *text, str detail)
{
    rq->error_detail = detail;
    return api_fail(rq, ERR_InvalidIdentityToken, "%s", text);
}

/* --- before: the provider, on the loop ------------------------------------------------------------ */

/* The provider stands in the role's account, and its name is written as it is. */
static enum rc find_provider(struct rq *rq, const struct sts_AssumeRoleWithSAML_in *in,
                             struct saml_provider *ret)
{
    struct entity entity;
    int64_t account = 0;
    enum rc rc;

    TRY(sts_role_account(rq, in->RoleArn, &account));
    rc = entity_by_arn(rq->txn, in->PrincipalArn, rq->arena, &entity);
    if (rc == RC_NOENT || rc == RC_SYNTAX ||
        (rc == RC_OK && (entity.kind != ENTITY_SAML_PROVIDER || entity.account != account))) {
        return invalid(rq, "Specified provider doesn't exist", STR_NONE);
    }
    TRY(rc);
    TRY(saml_provider_trust(rq->txn, &entity, rq->arena, ret));
    if (ret->valid_until_s != 0 && ret->valid_until_s <= rq->now_s) {
        return invalid(rq, "Specified provider is not valid: its metadata has expired", STR_NONE);
    }
    return RC_OK;
}

static enum rc split_certificates(struct rq *rq, struct assuming *assuming)
{
    str rest = assuming->provider.certificates;

    assuming->certificates = NEW_ARRAY(rq->arena, SAML_CERTIFICATES_MAX, str);
    if (assuming->certificates == NULL) {
        return RC_NOMEM;
    }
    while (assuming->certificate_count < SAML_CERTIFICATES_MAX &&
           take_until(&rest, '\n', &assuming->certificates[assuming->certificate_count])) {
        assuming->certificate_count++;
    }
    return RC_OK;
}

/* Clients wrap lines, and files end in one. */
static enum rc decode_assertion(struct rq *rq, str text, str *ret)
{
    buf packed = buf_arena(rq->arena, text.len + 1), out = buf_arena(rq->arena, text.len + 1);

    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_space(text.ptr[i])) {
            buf_add_char(&packed, text.ptr[i]);
        }
    }
    TRY(packed.err);
    enum rc rc = base64_decode(BASE64_STANDARD, buf_str(&packed), &out);
    if (rc == RC_SYNTAX) {
        return invalid(rq, "Invalid base64 SAMLResponse", STR_NONE);
    }
    TRY(rc);
    *ret = buf_str(&out);
    return RC_OK;
}

static enum rc verify(struct rq *rq);

enum rc sts_AssumeRoleWithSAML_prepare(struct rq *rq, const struct sts_AssumeRoleWithSAML_in *in)
{
    struct assuming *assuming = NEW(rq->arena, struct assuming);

    if (assuming == NULL) {
        return RC_NOMEM;
    }
    TRY(find_provider(rq, in, &assuming->provider));
    TRY(split_certificates(rq, assuming));
    TRY(saml_keys_list(rq->txn, assuming->provider.entity.id, rq->arena, &assuming->keys,
                       &assuming->key_count));
    TRY(decode_assertion(rq, in->SAMLAssertion, &assuming->xml));
    rq->prepared = assuming;
    rq_block(rq, RQ_POOL_OUTSIDE, verify);
    return RC_OK;
}

/* --- between: the helper, on a thread of the pool ------------------------------------------------- */

static enum rc ask_helper(struct rq *rq, struct assuming *assuming, str decrypted)
{
    struct saml_response_in in = { .xml = assuming->xml,
                                   .certificates = assuming->certificates,
                                   .certificate_count = assuming->certificate_count,
                                   .decrypted = decrypted };
    str why = STR_NONE;
    enum rc rc = saml_ask_response(&in, rq->arena, &assuming->response, &why);

    if (rc != RC_OK) {
        rq_trouble(rq, "saml.helper_failed", why);
    }
    if (rc == RC_CORRUPT || rc == RC_LIMIT) { /* of this one document; others: of this machine */
        return invalid(rq, "Your request included an invalid SAML response", why);
    }
    return rc;
}

/* One of the provider's keys opens one of the message's: who asks is not told which did not. */
static enum rc decrypt(struct rq *rq, const struct assuming *assuming, str *ret)
{
    const struct saml_encrypted *sealed = &assuming->response.encrypted;

    for (size_t i = 0; i < assuming->key_count; i++) {
        const struct saml_key *key = &assuming->keys[i];
        str about = saml_key_about(assuming->provider.entity.id, key->key_id, rq->arena);
        if (about.ptr == NULL) {
            return RC_NOMEM;
        }
        for (size_t j = 0; j < sealed->key_count; j++) {
            const struct saml_encrypted_key *with = &sealed->keys[j];
            struct saml_sealed one = { with->algorithm, with->digest, with->mgf,
                                       with->label,     with->bytes,  sealed->algorithm,
                                       sealed->bytes };
            enum rc rc = vault_open_assertion(rq->vault, about, key->wrapped, &one, rq->arena, ret);
            if (rc != RC_DENIED) {
                return rc;
            }
        }
    }
    return RC_DENIED;
}

/* The second call verifies the first's signatures again: nothing is carried over. What is decrypted and
 * then does not verify gets the words of what does not decrypt, lest the difference tell about padding. */
static enum rc open_encrypted(struct rq *rq, struct assuming *assuming)
{
    static const char refusal[] = "The encrypted assertion cannot be opened and verified";
    str plain = STR_NONE;
    enum rc rc = decrypt(rq, assuming, &plain);

    if (rc == RC_DENIED) {
        return invalid(rq, refusal, STR_NONE);
    }
    TRY(rc);
    TRY(ask_helper(rq, assuming, plain));
    return assuming->response.verdict == SAML_VERIFIED ? RC_OK : invalid(rq, refusal, STR_NONE);
}

static enum rc refuse_unverified(struct rq *rq, const struct saml_response *response)
{
    str status = response->claims.status;

    switch (response->verdict) {
    case SAML_VERIFIED:
        return RC_OK;
    case SAML_BAD_SIGNATURE:
        return invalid(rq, "Response signature invalid", response->why);
    case SAML_MALFORMED:
    case SAML_ENCRYPTED:
        break;
    }
    if (status.ptr != NULL && !str_ends(status, STR(":status:Success"))) {
        rq->error_detail = response->why;
        return api_fail(rq, ERR_IDPRejectedClaim, "The identity provider reported a failure: %.*s",
                        FMT(status));
    }
    return invalid(rq, "Your request included an invalid SAML response", response->why);
}

static enum rc verify(struct rq *rq)
{
    struct assuming *assuming = rq->prepared;

    TRY(ask_helper(rq, assuming, STR_NONE));
    if (assuming->response.verdict == SAML_ENCRYPTED) {
        return open_encrypted(rq, assuming);
    }
    TRY(refuse_unverified(rq, &assuming->response));
    if (assuming->provider.encryption == SAML_ENCRYPTION_REQUIRED) {
        return invalid(rq, "The specified provider requires encrypted assertions", STR_NONE);
    }
    return RC_OK;
}

/* --- after: what it says, on the loop -------------------------------------------------------------- */

static enum rc check(struct rq *rq, const struct sts_AssumeRoleWithSAML_in *in,
                     struct saml_identity *ret)
{
    static const enum api_error_id errors[] = { [SAML_INVALID] = ERR_InvalidIdentityToken,
                                                [SAML_EXPIRED] = ERR_ExpiredTokenException,
                                                [SAML_REJECTED] = ERR_IDPRejectedClaim,
                                                [SAML_DENIED] = ERR_AccessDenied };
    const struct assuming *assuming = rq->prepared;
    struct saml_rules rules = { .now_s = rq->now_s,
                                .entity_id = assuming->provider.entity_id,
                                .role_arn = in->RoleArn,
                                .provider_arn = in->PrincipalArn };
    enum saml_refusal refusal = SAML_INVALID;
    str text = STR_NONE;

    TRY(saml_check(&assuming->response.claims, &rules, rq->arena, ret, &refusal, &text));
    return refusal == SAML_ACCEPTED ? RC_OK : api_fail(rq, errors[refusal], "%.*s", FMT(text));
}

static enum rc put_tags(struct rq *rq, const struct saml_identity *who,
                        struct sts_federation *federation)
{
    struct sts_Tag *tags = NEW_ARRAY(rq->arena, who->tag_count, struct sts_Tag);

    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < who->tag_count; i++) {
        tags[i] = (struct sts_Tag){ .Key = who->tags[i].key, .Value = who->tags[i].value };
    }
    federation->tags = (struct sts_Tag_list){ tags, who->tag_count, true };
    federation->transitive = (struct api_str_list){ who->transitive, who->transitive_count, true };
    return RC_OK;
}

/* What its session keeps of the person: the four keys permissions policies may ask for. */
static enum rc put_kept(struct rq *rq, const struct saml_identity *who, str provider_arn,
                        str qualifier, struct sts_federation *federation)
{
    const struct session_key kept[] = {
        { STR("aws:FederatedProvider"), provider_arn },
        { STR("saml:namequalifier"), qualifier },
        { STR("saml:sub"), who->subject },
        { STR("saml:sub_type"), who->subject_type },
    };
    struct session_key *keys = NEW_ARRAY(rq->arena, COUNT_OF(kept), struct session_key);

    if (keys == NULL) {
        return RC_NOMEM;
    }
    memcpy(keys, kept, sizeof(kept));
    federation->kept = keys;
    federation->kept_count = COUNT_OF(kept);
    return RC_OK;
}

static enum rc federate(struct rq *rq, const struct sts_AssumeRoleWithSAML_in *in,
                        const struct saml_identity *who, str qualifier, str doc,
                        struct sts_federation *ret)
{
    const struct assuming *assuming = rq->prepared;
    struct federated_identity *identity = &ret->identity;

    *ret = (struct sts_federation){ .type = PRINCIPAL_SAML,
                                    .action = STR("sts:AssumeRoleWithSAML"),
                                    .source_identity = who->source_identity,
                                    .seconds_max = who->seconds_max };
    identity->provider = in->PrincipalArn;
    identity->issuer = who->issuer;
    identity->subject = who->subject;
    identity->principal_id = ARENA_JOIN(rq->arena, qualifier, STR(":"), who->subject);
    if (identity->principal_id.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(sts_saml_keys(rq, &assuming->response.claims, who, qualifier, doc, &identity->keys,
                      &identity->key_count));
    TRY(put_kept(rq, who, in->PrincipalArn, qualifier, ret));
    return put_tags(rq, who, ret);
}

enum rc sts_AssumeRoleWithSAML(struct rq *rq, const struct sts_AssumeRoleWithSAML_in *in,
                               struct sts_AssumeRoleWithSAML_out *out)
{
    const struct assuming *assuming = rq->prepared;
    const struct entity *provider = &assuming->provider.entity;
    struct sts_federated_in wanted = { .role_arn = in->RoleArn,
                                       .policy = in->Policy,
                                       .policy_arns = &in->PolicyArns,
                                       .seconds = in->DurationSeconds.value };
    struct sts_federated_out made = { 0 };
    struct sts_federation *federation = NEW(rq->arena,
                                            struct sts_federation); /* the caller, later */
    struct saml_identity who = { 0 };
    char account[12];
    str qualifier = STR_NONE, doc;

    TRY(check(rq, in, &who));
    account_id_print(provider->account, account);
    TRY(saml_name_qualifier(who.issuer, str_from(account, sizeof(account)), provider->name,
                            rq->arena, &qualifier));
    doc = ARENA_JOIN(rq->arena, str_from(account, sizeof(account)), STR("/"), provider->name);
    if (doc.ptr == NULL || federation == NULL) {
        return RC_NOMEM;
    }
    TRY(federate(rq, in, &who, qualifier, doc, federation));
    wanted.session_name = who.session_name;
    TRY(sts_assume_federated(rq, federation, &wanted, &made));
    out->Credentials = made.credentials;
    out->AssumedRoleUser = made.user;
    out->PackedPolicySize = made.packed_size;
    out->Subject = who.subject;
    out->SubjectType = who.subject_type;
    out->Issuer = who.issuer;
    out->Audience = who.recipient;
    out->NameQualifier = qualifier;
    out->SourceIdentity = who.source_identity;
    return RC_OK;
}
