/* The only folder that touches key material. Its interface is narrow enough to become a process of
 * its own. Keys live in guarded, locked memory (libsodium); nothing here is ever logged.
 *
 * Key sets, each with its own current and retired keys and its own rotation:
 *   master   wraps long-lived secrets (access keys of users and root)
 *   token    seals session tokens, derives the secrets of temporary access keys
 *   message  seals encoded authorization messages
 * They are kept in DIR/keys (0600), one file per set, or come from a systemd credential. */
#ifndef MANTLE_VAULT_VAULT_H
#define MANTLE_VAULT_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct vault;

enum vault_set { VAULT_MASTER, VAULT_TOKEN, VAULT_MESSAGE };

/* Opens, or makes on first use, the key files under dir. dir NULL: keys in memory only (tests).
 * RC_DENIED when a key file is readable by others, RC_CORRUPT, RC_IO, RC_NOMEM. */
MUST_CHECK enum rc vault_open(const char *dir, const struct env *env, struct vault **ret);
void vault_close(struct vault *vault); /* wipes; accepts NULL */

/* Adds a new current key to a set; older ones still open what they sealed. Thread-safe. */
MUST_CHECK enum rc vault_rotate(struct vault *vault, enum vault_set set);

/* Random secret access key: 40 characters of A-Za-z0-9+/, in the arena. */
MUST_CHECK enum rc vault_new_secret(struct vault *vault, struct arena *arena, str *ret_secret);

/* Wrap and unwrap a long-lived secret under the master key (AES-256-GCM, random nonce). `about`
 * is authenticated, not stored: account and access key id, so a row cannot be moved. */
MUST_CHECK enum rc vault_wrap(struct vault *vault, str about, str secret, struct arena *arena,
                              str *ret_wrapped);

/* The signing key of a long-lived access key, for one (date, region, service). Keeps a small cache
 * per thread. RC_CORRUPT when `wrapped` does not open for `about`. */
MUST_CHECK enum rc vault_signing_key(struct vault *vault, str about, str wrapped, str date,
                                     str region, str service, uint8_t ret_key[32]);

/* Sealed capsules: authenticated, versioned, key-id'd. `about` as above. The text is base64, fit
 * for a session token. Opening: RC_SYNTAX for bytes that never were ours, RC_DENIED for a failed
 * check or an unknown key; both without hint which. */
MUST_CHECK enum rc vault_seal(struct vault *vault, enum vault_set set, str about, str plain,
                              struct arena *arena, str *ret_text);
MUST_CHECK enum rc vault_open_sealed(struct vault *vault, enum vault_set set, str about, str text,
                                     struct arena *arena, str *ret_plain);

/* Temporary keys: the secret is derived from the token set and the capsule, never stored.
 * `session_token` is the text vault_seal gave, bound to its access key id by `about`. */
MUST_CHECK enum rc vault_session_secret(struct vault *vault, str access_key_id, str session_token,
                                        struct arena *arena, str *ret_secret);
MUST_CHECK enum rc vault_session_signing_key(struct vault *vault, str access_key_id,
                                             str session_token, str date, str region, str service,
                                             uint8_t ret_key[32]);

#endif
