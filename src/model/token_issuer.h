/* Accounts as issuers of tokens (outbound web identity federation): whether they are, under which id,
 * and with which keys. */
#ifndef MANTLE_MODEL_TOKEN_ISSUER_H
#define MANTLE_MODEL_TOKEN_ISSUER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "vault/vault.h"

struct txn;

enum { TOKEN_ALGS = VAULT_ES384 + 1, TOKEN_KEY_PUBLISHED_S = 24 * 3600 };

struct token_issuer {
    int64_t account;
    str id; /* a UUID in the issuer's URL */
    bool enabled;
};
struct token_key {
    str kid, wrapped;
    str jwk; /* the public key */
};

/* "RS256", "ES384" */
str token_alg_name(enum vault_token_alg alg);
/* What a key is wrapped about. In the arena, absent on failure. */
str token_key_about(int64_t account, str kid, struct arena *arena);
/* Makes a key: takes a tenth of a second and no transaction. */
MUST_CHECK enum rc token_key_make(struct vault *vault, int64_t account, enum vault_token_alg alg,
                                  str kid, struct arena *arena, struct token_key *ret);

/* RC_NOENT: it never was one. */
MUST_CHECK enum rc token_issuer_get(struct txn *txn, int64_t account, struct arena *arena,
                                    struct token_issuer *ret);
MUST_CHECK enum rc token_issuer_by_id(struct txn *txn, str id, struct arena *arena,
                                      struct token_issuer *ret);
/* A new one with a key of each algorithm, or one that was disabled under its old id and keys. */
MUST_CHECK enum rc token_issuer_add(struct txn *txn, const struct token_issuer *issuer,
                                    const struct token_key keys[TOKEN_ALGS], int64_t now_s);
MUST_CHECK enum rc token_issuer_enable(struct txn *txn, int64_t account, bool enabled);
/* New keys from now on; the old ones are published for another day. RC_NOENT. */
MUST_CHECK enum rc token_issuer_rotate(struct txn *txn, int64_t account,
                                       const struct token_key keys[TOKEN_ALGS], int64_t now_s,
                                       struct arena *arena);
/* What to sign with; jwk is absent. */
MUST_CHECK enum rc token_key_current(struct txn *txn, int64_t account, enum vault_token_alg alg,
                                     struct arena *arena, struct token_key *ret);
/* Public keys to publish: JSON texts. */
MUST_CHECK enum rc token_keys_published(struct txn *txn, int64_t account, int64_t now_s,
                                        struct arena *arena, str **ret, size_t *ret_count);

#endif
