/* GetWebIdentityToken: a token that says to third parties who the caller is. */
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "model/token_issuer.h"
#include "service/issuer.h"
#include "service/sts/sts.h"
#include "vault/vault.h"

enum { PAYLOAD_BYTES_MAX = 8192, TOKEN_BYTES_MAX = 16384, ISO_BYTES = 20 };

struct pending { /* rq->prepared */
    enum vault_token_alg alg;
    struct token_key key;
    int64_t expires_s;
    str payload, token;
};

static enum rc check_alg(struct rq *rq, str name, enum vault_token_alg *ret)
{
    for (size_t i = 0; i < TOKEN_ALGS; i++) {
        if (str_eq(name, token_alg_name((enum vault_token_alg)i))) {
            *ret = (enum vault_token_alg)i;
            return RC_OK;
        }
    }
    return api_fail(rq, ERR_ValidationError,
                    "The SigningAlgorithm %.*s is not supported: use RS256 or ES384.", FMT(name));
}

static enum rc check_tags(struct rq *rq, const struct sts_Tag_list *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (str_eq_nocase(tags->items[i].Key, tags->items[j].Key)) {
                return api_fail(rq, ERR_InvalidParameterValue,
                                "Duplicate tag keys found. Please note that Tag keys are case "
                                "insensitive.");
            }
        }
    }
    return RC_OK;
}

/* Security rule 4: nothing made from a session outlives it. */
static enum rc check_duration(struct rq *rq, int64_t seconds)
{
    const struct session *session = rq->caller->session;

    if (session != NULL && rq->now_s + seconds > session->expires_s) {
        return api_fail(rq, ERR_SessionDurationEscalationException,
                        "The requested token duration would extend the session beyond its original "
                        "expiration time.");
    }
    return RC_OK;
}

/* --- claims ------------------------------------------------------------------------------------- */

static bool is_session_tag(const struct session *session, str key)
{
    for (size_t i = 0; session != NULL && i < session->tag_count; i++) {
        if (str_eq_nocase(session->tags[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void put_tag(struct json_out *o, str key, str value)
{
    json_key(o, key);
    json_str(o, value);
}

static void put_principal_tags(const struct caller *caller, struct json_out *o)
{
    const struct session *session = caller->session;
    const struct subject *subject = caller->subject;

    if (subject->tag_count == 0 && (session == NULL || session->tag_count == 0)) {
        return;
    }
    json_own_key(o, STR("principal_tags"));
    json_open(o, '{');
    for (size_t i = 0; i < subject->tag_count; i++) {
        if (!is_session_tag(session, subject->tags[i].key)) {
            put_tag(o, subject->tags[i].key, subject->tags[i].value);
        }
    }
    for (size_t i = 0; session != NULL && i < session->tag_count; i++) {
        put_tag(o, session->tags[i].key, session->tags[i].value);
    }
    json_close(o, '}');
}

static void put_session(const struct session *session, struct json_out *o)
{
    char expires[ISO_BYTES];

    if (session == NULL) {
        return;
    }
    date_print_iso(session->expires_s, expires);
    json_put_str(o, STR("original_session_exp"), str_from(expires, sizeof(expires)));
    if (session->source_identity.ptr != NULL) {
        json_put_str(o, STR("source_identity"), session->source_identity);
    }
    for (size_t i = 0; i < session->key_count; i++) {
        if (str_eq(session->keys[i].key, STR("aws:FederatedProvider"))) {
            json_put_str(o, STR("federated_provider"), session->keys[i].value);
        }
    }
}

/* The role, not its session: what a third party lets in is the role. */
static str principal_of(const struct caller *caller)
{
    return caller->type == PRINCIPAL_ROLE_SESSION ? caller->role_arn : caller->arn;
}

static void put_aws(struct rq *rq, const struct sts_Tag_list *tags, struct json_out *o)
{
    json_own_key(o, STR("https://sts.amazonaws.com/"));
    json_open(o, '{');
    json_put_str(o, STR("aws_account"), rq->account_text);
    json_put_str(o, STR("source_region"), rq->region);
    json_put_str(o, STR("principal_id"), principal_of(rq->caller));
    put_session(rq->caller->session, o);
    put_principal_tags(rq->caller, o);
    if (tags->count > 0) {
        json_own_key(o, STR("request_tags"));
        json_open(o, '{');
        for (size_t i = 0; i < tags->count; i++) {
            put_tag(o, tags->items[i].Key, tags->items[i].Value);
        }
        json_close(o, '}');
    }
    json_close(o, '}');
}

static void put_audience(const struct api_str_list *audience, struct json_out *o)
{
    json_own_key(o, STR("aud"));
    if (audience->count == 1) {
        json_str(o, audience->items[0]);
        return;
    }
    json_open(o, '[');
    for (size_t i = 0; i < audience->count; i++) {
        json_str(o, audience->items[i]);
    }
    json_close(o, ']');
}

static enum rc print_claims(struct rq *rq, const struct sts_GetWebIdentityToken_in *in,
                            str issuer_id, struct pending *pending)
{
    buf out = buf_arena(rq->arena, PAYLOAD_BYTES_MAX);
    struct json_out o = { .out = &out };
    str jti = turn_uuid(turn_of(rq)->loop, rq->arena), issuer;

    TRY(issuer_url(rq, issuer_id, &issuer));
    if (jti.ptr == NULL) {
        return RC_NOMEM;
    }
    json_open(&o, '{');
    json_put_str(&o, STR("iss"), issuer);
    put_audience(&in->Audience, &o);
    json_put_str(&o, STR("sub"), principal_of(rq->caller));
    json_put_i64(&o, STR("iat"), rq->now_s);
    json_put_i64(&o, STR("exp"), pending->expires_s);
    json_put_str(&o, STR("jti"), jti);
    put_aws(rq, &in->Tags, &o);
    json_close(&o, '}');
    if (out.err == RC_LIMIT) {
        return api_fail(rq, ERR_JWTPayloadSizeExceededException,
                        "The requested token payload size exceeds the maximum allowed size of %d "
                        "bytes. Reduce the number of request tags.",
                        PAYLOAD_BYTES_MAX);
    }
    pending->payload = buf_str(&out);
    return out.err;
}

/* --- signing ------------------------------------------------------------------------------------ */

static enum rc sign(struct rq *rq)
{
    struct pending *pending = rq->prepared;
    str about = token_key_about(rq->account, pending->key.kid, rq->arena);
    str header = ARENA_JOIN(rq->arena, STR("{\"alg\":\""), token_alg_name(pending->alg),
                            STR("\",\"kid\":\""), pending->key.kid, STR("\",\"typ\":\"JWT\"}"));
    buf out = buf_arena(rq->arena, TOKEN_BYTES_MAX);
    str signature;

    if (about.ptr == NULL || header.ptr == NULL) {
        return RC_NOMEM;
    }
    base64_encode(BASE64_URL, header.ptr, header.len, &out);
    buf_add_char(&out, '.');
    base64_encode(BASE64_URL, pending->payload.ptr, pending->payload.len, &out);
    TRY(out.err);
    TRY(vault_sign_token(rq->vault, pending->alg, about, pending->key.wrapped, buf_str(&out),
                         rq->arena, &signature));
    buf_add_char(&out, '.');
    base64_encode(BASE64_URL, signature.ptr, signature.len, &out);
    pending->token = buf_str(&out);
    return out.err;
}

enum rc sts_GetWebIdentityToken_prepare(struct rq *rq, const struct sts_GetWebIdentityToken_in *in)
{
    struct pending *pending = NEW(rq->arena, struct pending);
    struct token_issuer issuer;
    enum rc rc;

    if (pending == NULL) {
        return RC_NOMEM;
    }
    rq->prepared = pending;
    TRY(check_alg(rq, in->SigningAlgorithm, &pending->alg));
    TRY(check_tags(rq, &in->Tags));
    rc = token_issuer_get(rq->txn, rq->account, rq->arena, &issuer);
    if (rc == RC_NOENT || (rc == RC_OK && !issuer.enabled)) {
        return api_fail(rq, ERR_OutboundWebIdentityFederationDisabledException,
                        "The outbound web identity federation feature is not enabled for this "
                        "account.");
    }
    TRY(rc);
    TRY(check_duration(rq, in->DurationSeconds.value));
    TRY(token_key_current(rq->txn, rq->account, pending->alg, rq->arena, &pending->key));
    pending->expires_s = rq->now_s + in->DurationSeconds.value;
    TRY(print_claims(rq, in, issuer.id, pending));
    rq_block(rq, RQ_POOL_COMPUTE, sign);
    return RC_OK;
}

enum rc sts_GetWebIdentityToken(struct rq *rq, const struct sts_GetWebIdentityToken_in *in UNUSED,
                                struct sts_GetWebIdentityToken_out *out)
{
    const struct pending *pending = rq->prepared;

    out->WebIdentityToken = pending->token;
    out->Expiration = (struct opt_int){ pending->expires_s, true };
    return RC_OK;
}
