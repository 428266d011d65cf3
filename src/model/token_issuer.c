#include "model/token_issuer.h"

#include "codec/arn.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "store/queries.h"

enum { JWK_BYTES_MAX = 4096 };

static const struct {
    str name, type, a, b;
} algs[TOKEN_ALGS] = {
    [VAULT_RS256] = { STR_INIT("RS256"), STR_INIT("RSA"), STR_INIT("n"), STR_INIT("e") },
    [VAULT_ES384] = { STR_INIT("ES384"), STR_INIT("EC"), STR_INIT("x"), STR_INIT("y") },
};

str token_alg_name(enum vault_token_alg alg)
{
    return algs[alg].name;
}

str token_key_about(int64_t account, str kid, struct arena *arena)
{
    char digits[12];

    account_id_print(account, digits);
    return arena_printf(arena, "token-key/%.12s/%.*s", digits, FMT(kid));
}

/* --- keys --------------------------------------------------------------------------------------- */

static void put_bytes(struct json_out *o, str name, str bytes, struct arena *arena)
{
    buf text = buf_arena(arena, JWK_BYTES_MAX);

    base64_encode(BASE64_URL, bytes.ptr, bytes.len, &text);
    json_put_str(o, name, buf_str(&text));
}

static enum rc print_jwk(enum vault_token_alg alg, str kid, const struct vault_public_key *key,
                         struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, JWK_BYTES_MAX);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_put_str(&o, STR("kty"), algs[alg].type);
    json_put_str(&o, STR("use"), STR("sig"));
    json_put_str(&o, STR("alg"), algs[alg].name);
    json_put_str(&o, STR("kid"), kid);
    if (alg == VAULT_ES384) {
        json_put_str(&o, STR("crv"), STR("P-384"));
    }
    put_bytes(&o, algs[alg].a, key->a, arena);
    put_bytes(&o, algs[alg].b, key->b, arena);
    json_close(&o, '}');
    *ret = buf_str(&out);
    return out.err;
}

enum rc token_key_make(struct vault *vault, int64_t account, enum vault_token_alg alg, str kid,
                       struct arena *arena, struct token_key *ret)
{
    str about = token_key_about(account, kid, arena);
    struct vault_public_key public;

    if (about.ptr == NULL) {
        return RC_NOMEM;
    }
    ret->kid = kid;
    TRY(vault_new_token_key(vault, alg, about, arena, &ret->wrapped, &public));
    return print_jwk(alg, kid, &public, arena, &ret->jwk);
}

static enum rc insert_keys(struct txn *txn, int64_t account,
                           const struct token_key keys[TOKEN_ALGS], int64_t now_s)
{
    for (size_t i = 0; i < TOKEN_ALGS; i++) {
        TRY(q_token_key_insert(txn, keys[i].kid, account, algs[i].name, now_s, keys[i].wrapped,
                               keys[i].jwk));
    }
    return RC_OK;
}

enum rc token_key_current(struct txn *txn, int64_t account, enum vault_token_alg alg,
                          struct arena *arena, struct token_key *ret)
{
    struct q_token_key_current_row row;

    TRY(q_token_key_current(txn, account, algs[alg].name, arena, &row));
    *ret = (struct token_key){ .kid = row.kid, .wrapped = row.wrapped };
    return RC_OK;
}

enum rc token_keys_published(struct txn *txn, int64_t account, int64_t now_s, struct arena *arena,
                             str **ret, size_t *ret_count)
{
    struct q_token_key_list_row *rows = NULL;
    size_t count = 0, kept = 0;
    str *jwks;

    TRY(q_token_key_list(txn, account, arena, &rows, &count));
    jwks = NEW_ARRAY(arena, count, str);
    if (jwks == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].retired_s_null || rows[i].retired_s + TOKEN_KEY_PUBLISHED_S > now_s) {
            jwks[kept++] = rows[i].jwk;
        }
    }
    *ret = jwks;
    *ret_count = kept;
    return RC_OK;
}

/* --- issuers ------------------------------------------------------------------------------------ */

enum rc token_issuer_get(struct txn *txn, int64_t account, struct arena *arena,
                         struct token_issuer *ret)
{
    struct q_token_issuer_get_row row;

    TRY(q_token_issuer_get(txn, account, arena, &row));
    *ret = (struct token_issuer){ account, row.issuer_id, row.enabled != 0 };
    return RC_OK;
}

enum rc token_issuer_by_id(struct txn *txn, str id, struct arena *arena, struct token_issuer *ret)
{
    struct q_token_issuer_find_row row;

    TRY(q_token_issuer_find(txn, id, arena, &row));
    *ret = (struct token_issuer){ row.account, id, row.enabled != 0 };
    return RC_OK;
}

enum rc token_issuer_add(struct txn *txn, const struct token_issuer *issuer,
                         const struct token_key keys[TOKEN_ALGS], int64_t now_s)
{
    TRY(q_token_issuer_insert(txn, issuer->account, issuer->id, now_s));
    return insert_keys(txn, issuer->account, keys, now_s);
}

enum rc token_issuer_enable(struct txn *txn, int64_t account, bool enabled)
{
    return q_token_issuer_enable(txn, enabled ? 1 : 0, account);
}

enum rc token_issuer_rotate(struct txn *txn, int64_t account,
                            const struct token_key keys[TOKEN_ALGS], int64_t now_s,
                            struct arena *arena)
{
    struct token_issuer issuer;

    TRY(token_issuer_get(txn, account, arena, &issuer));
    TRY(q_token_key_retire(txn, now_s, account));
    TRY(q_token_key_forget(txn, account, now_s - TOKEN_KEY_PUBLISHED_S));
    return insert_keys(txn, account, keys, now_s);
}
