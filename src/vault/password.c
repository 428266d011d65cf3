#include "vault/password.h"

#include <sodium.h>

#include "base/bytes.h"
#include "vault/inside.h"

/* What libsodium advises for logins: two passes over 64 MiB. The parameters stand in each hash, so
 * raising them leaves older ones good. */
static const unsigned long long passes = crypto_pwhash_OPSLIMIT_INTERACTIVE;
static const size_t memory_bytes = crypto_pwhash_MEMLIMIT_INTERACTIVE;

static bool make(char hash[crypto_pwhash_STRBYTES], str password)
{
    return crypto_pwhash_str_alg(hash, password.ptr, password.len, passes, memory_bytes,
                                 crypto_pwhash_ALG_ARGON2ID13) == 0;
}

enum rc password_hash(struct vault *vault, str about, str password, struct arena *arena,
                      str *ret_wrapped)
{
    char hash[crypto_pwhash_STRBYTES] = { 0 };
    enum rc rc = RC_NOMEM;

    if (make(hash, password)) {
        rc = vault_wrap(vault, about, str_from(hash, sizeof(hash)), arena, ret_wrapped);
    }
    wipe(hash, sizeof(hash));
    return rc;
}

enum rc password_verify(struct vault *vault, str about, str wrapped, str password)
{
    char hash[crypto_pwhash_STRBYTES];
    enum rc rc = RC_CORRUPT;

    if (wrapped.ptr == NULL) {
        return make(hash, password) ? RC_DENIED : RC_NOMEM;
    }
    if (wrapped.len == sizeof(hash) + CAPSULE_EXTRA_BYTES) {
        rc = capsule_open(vault, VAULT_MASTER, about, wrapped, (uint8_t *)hash);
    }
    if (rc != RC_OK) {
        return rc == RC_NOMEM ? rc : RC_CORRUPT;
    }
    hash[sizeof(hash) - 1] = '\0';
    rc = crypto_pwhash_str_verify(hash, password.ptr, password.len) == 0 ? RC_OK : RC_DENIED;
    wipe(hash, sizeof(hash));
    return rc;
}
