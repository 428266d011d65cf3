/* mantle admin issuer: the keys of accounts that issue tokens. */
#include "cli/admin_call.h"
#include "codec/base64.h"
#include "model/token_issuer.h"
#include "store/store.h"

struct rotation {
    struct call *call;
    struct token_key keys[TOKEN_ALGS];
};

/* A key's name: random, and no secret. */
static str new_kid(struct call *call)
{
    uint8_t bytes[16];
    char hex[2 * sizeof(bytes)];

    if (call->admin->env->random(call->admin->env, bytes, sizeof(bytes)) != RC_OK) {
        return STR_NONE;
    }
    hex_encode(bytes, sizeof(bytes), hex);
    return arena_str(call->arena, str_from(hex, sizeof(hex)));
}

static enum rc issuer_rotate_in(struct txn *txn, void *arg)
{
    struct rotation *rotation = arg;
    struct call *call = rotation->call;

    TRY(token_issuer_rotate(txn, call->account, rotation->keys, env_now_s(call->admin->env),
                            call->arena));
    json_open(&call->json, '{');
    for (size_t i = 0; i < TOKEN_ALGS; i++) {
        json_put_str(&call->json, token_alg_name((enum vault_token_alg)i), rotation->keys[i].kid);
    }
    json_close(&call->json, '}');
    return admin_record(call);
}

int admin_issuer_rotate(struct call *call)
{
    struct rotation rotation = { .call = call };
    enum rc rc = RC_OK;

    if (!admin_account_word(call, 0)) {
        return call->status;
    }
    for (size_t i = 0; i < TOKEN_ALGS && rc == RC_OK; i++) {
        str kid = new_kid(call);
        rc = kid.ptr == NULL
                 ? RC_NOMEM
                 : token_key_make(call->admin->vault, call->account, (enum vault_token_alg)i, kid,
                                  call->arena, &rotation.keys[i]);
    }
    if (rc == RC_OK) {
        rc = store_write(call->admin->store, issuer_rotate_in, &rotation);
    }
    return rc == RC_OK ? 0
           : rc == RC_NOENT
               ? admin_refuse(call,
                              "the account issues no tokens (EnableOutboundWebIdentityFederation)")
               : admin_refuse(call, "cannot rotate the keys: %s", rc_name(rc));
}
