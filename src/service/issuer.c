#include "service/issuer.h"

#include <stdatomic.h>

#include "codec/json.h"
#include "model/token_issuer.h"
#include "service/turn.h"

enum { DOCUMENT_BYTES_MAX = 256 * 1024 };

static const str prefix = STR_INIT("/issuer/");

static str base_of(const struct pipeline_config *config)
{
    return str_cstr(atomic_load(&((struct pipeline_config *)(uintptr_t)config)->public_url));
}

static str url_of(const struct pipeline_config *config, str id, struct arena *arena)
{
    str base = base_of(config);

    return base.ptr == NULL ? STR_NONE : ARENA_JOIN(arena, base, prefix, id);
}

enum rc issuer_url(struct rq *rq, str id, str *ret)
{
    *ret = url_of(turn_of(rq)->loop->config, id, rq->arena);
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

bool issuer_is_ours(struct rq *rq, str iss)
{
    str base = base_of(turn_of(rq)->loop->config);

    return base.ptr != NULL && take_prefix(&iss, base) && str_starts(iss, prefix);
}

/* --- documents ---------------------------------------------------------------------------------- */

static void put_list(struct json_out *o, str key, const str *items, size_t count)
{
    json_own_key(o, key);
    json_open(o, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(o, items[i]);
    }
    json_close(o, ']');
}

static enum rc discovery(struct pipeline_loop *loop, const struct token_issuer *issuer,
                         struct http_exchange *exchange, buf *out)
{
    static const str algs[] = { STR_INIT("RS256"), STR_INIT("ES384") };
    static const str types[] = { STR_INIT("id_token") }, subjects[] = { STR_INIT("public") };
    str url = url_of(loop->config, issuer->id, exchange->arena);
    str keys = ARENA_JOIN(exchange->arena, url, STR("/.well-known/jwks.json"));
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("issuer"), url);
    json_put_str(&o, STR("jwks_uri"), keys);
    put_list(&o, STR("response_types_supported"), types, COUNT_OF(types));
    put_list(&o, STR("subject_types_supported"), subjects, COUNT_OF(subjects));
    put_list(&o, STR("id_token_signing_alg_values_supported"), algs, COUNT_OF(algs));
    json_close(&o, '}');
    return url.ptr == NULL || keys.ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc jwks(struct pipeline_loop *loop, const struct token_issuer *issuer,
                    struct http_exchange *exchange, buf *out)
{
    struct json_out o = { .out = out };
    struct txn *txn;
    size_t count = 0;
    str *keys = NULL;

    TRY(access_txn(loop->access, &txn));
    TRY(token_keys_published(txn, issuer->account, env_now_s(loop->config->env), exchange->arena,
                             &keys, &count));
    json_open(&o, '{');
    json_own_key(&o, STR("keys"));
    json_open(&o, '[');
    for (size_t i = 0; i < count; i++) {
        json_raw(&o, keys[i]);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    return RC_OK;
}

static const struct {
    str path;
    enum rc (*print)(struct pipeline_loop *loop, const struct token_issuer *issuer,
                     struct http_exchange *exchange, buf *out);
} documents[] = {
    { STR_INIT(".well-known/openid-configuration"), discovery },
    { STR_INIT(".well-known/jwks.json"), jwks },
};

/* Issuers that were disabled are not there any more: their last tokens verify nowhere. */
static enum rc print(struct pipeline_loop *loop, str id, str document,
                     struct http_exchange *exchange, buf *out)
{
    struct token_issuer issuer;
    struct txn *txn;

    TRY(access_txn(loop->access, &txn));
    TRY(token_issuer_by_id(txn, id, exchange->arena, &issuer));
    for (size_t i = 0; issuer.enabled && i < COUNT_OF(documents); i++) {
        if (str_eq(document, documents[i].path)) {
            TRY(documents[i].print(loop, &issuer, exchange, out));
            return out->err;
        }
    }
    return RC_NOENT;
}

bool issuer_serve(struct pipeline_loop *loop, struct http_exchange *exchange)
{
    str rest = exchange->request.path, id;
    buf out = buf_arena(exchange->arena, DOCUMENT_BYTES_MAX);
    enum rc rc;

    if (!take_prefix(&rest, prefix) || !take_until(&rest, '/', &id)) {
        return false;
    }
    exchange->content_type = STR("text/plain; charset=utf-8");
    if (!str_eq(exchange->request.method, STR("GET"))) {
        exchange->status = 405;
        exchange->answer = STR("method not allowed\n");
        return true;
    }
    rc = print(loop, id, rest, exchange, &out);
    access_txn_end(loop->access);
    exchange->status = rc == RC_OK ? 200 : rc == RC_NOENT ? 404 : 503;
    exchange->answer = rc == RC_OK ? buf_str(&out) : STR("there is no such document here\n");
    if (rc == RC_OK) {
        exchange->content_type = STR("application/json");
    }
    return true;
}
