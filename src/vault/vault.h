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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "sign/digest.h"

struct vault;

/* Keys that sign tokens for others to verify. */
enum vault_token_alg { VAULT_RS256, VAULT_ES384 };
struct vault_public_key {
    str a, b; /* big-endian: n and e of RSA, x and y of the curve's point */
};

enum vault_set { VAULT_MASTER, VAULT_TOKEN, VAULT_MESSAGE };

/* Opens, or makes on first use, the key files under dir. dir NULL: keys in memory only (tests).
 * RC_DENIED when a key file is readable by others, RC_CORRUPT, RC_IO, RC_NOMEM; *ret_why (in the
 * arena) then says what, where, and what to do. */
MUST_CHECK enum rc vault_open(const char *dir, const struct env *env, struct arena *arena,
                              struct vault **ret, str *ret_why);
void vault_close(struct vault *vault); /* wipes; accepts NULL; no other thread may use it */

/* Adds a new current key to a set; older ones still open what they sealed. Thread-safe, also
 * beside another process that rotates. RC_UNSUPPORTED for a set that came as a systemd credential,
 * RC_LIMIT when the set is full. */
MUST_CHECK enum rc vault_rotate(struct vault *vault, enum vault_set set);
/* The id of a set's current key, not a secret: whether the set was rotated since. */
uint32_t vault_current_key(struct vault *vault, enum vault_set set);
bool vault_has_key(struct vault *vault, enum vault_set set, uint32_t id);
/* Reads the key files again (SIGHUP, after `mantle admin` rotated beside us). What fails to load
 * leaves the keys in use as they are. Thread-safe. *ret_why as above. */
MUST_CHECK enum rc vault_reload(struct vault *vault, struct arena *arena, str *ret_why);

/* False when RLIMIT_MEMLOCK did not let the keys be locked: they are guarded and kept out of core
 * dumps, but could reach swap. Belongs into the start message and /health. */
bool vault_memory_locked(const struct vault *vault);

/* Wipes and frees what this thread caches, of all vaults. At thread end it also happens by itself;
 * the main thread calls it before exit. */
void vault_thread_done(void);

/* Random secret access key: 40 characters of A-Za-z0-9+/, in the arena. */
MUST_CHECK enum rc vault_new_secret(struct vault *vault, struct arena *arena, str *ret_secret);

/* Wrap and unwrap a long-lived secret under the master key (AES-256-GCM, random nonce). `about`
 * is authenticated, not stored: account and access key id, so a row cannot be moved. */
MUST_CHECK enum rc vault_wrap(struct vault *vault, str about, str secret, struct arena *arena,
                              str *ret_wrapped);

/* The signing key of a long-lived access key, for one (date, region, service). Keeps a small cache
 * per thread. RC_CORRUPT when `wrapped` does not open for `about`. */
MUST_CHECK enum rc vault_signing_key(struct vault *vault, str about, str wrapped, str date,
                                     str region, str service, struct hmac_key *ret_key);

/* Sealed capsules: authenticated, versioned, key-id'd. `about` as above. The text is base64, fit
 * for a session token. Opening: RC_SYNTAX for bytes that never were ours, RC_DENIED for a failed
 * check or an unknown key; both without hint which. */
MUST_CHECK enum rc vault_seal(struct vault *vault, enum vault_set set, str about, str plain,
                              struct arena *arena, str *ret_text);
MUST_CHECK enum rc vault_open_sealed(struct vault *vault, enum vault_set set, str about, str text,
                                     struct arena *arena, str *ret_plain);

/* A new key to sign tokens with: RSA of 2,048 bits or P-384. Takes a tenth of a second. */
MUST_CHECK enum rc vault_new_token_key(struct vault *vault, enum vault_token_alg alg, str about,
                                       struct arena *arena, str *ret_wrapped,
                                       struct vault_public_key *ret);
/* The signature as JOSE has it. Takes a millisecond. RC_CORRUPT when `wrapped` does not open. */
MUST_CHECK enum rc vault_sign_token(struct vault *vault, enum vault_token_alg alg, str about,
                                    str wrapped, str message, struct arena *arena,
                                    str *ret_signature);

/* Temporary keys: the secret is derived from the token set and the capsule, never stored.
 * `session_token` is the text vault_seal gave, bound to its access key id by `about`. */
MUST_CHECK enum rc vault_session_secret(struct vault *vault, str access_key_id, str session_token,
                                        struct arena *arena, str *ret_secret);
MUST_CHECK enum rc vault_session_signing_key(struct vault *vault, str access_key_id,
                                             str session_token, str date, str region, str service,
                                             struct hmac_key *ret_key);

#endif
