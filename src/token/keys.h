/* Keys that seal: what is derived from one, and the text of a key file. Whoever holds them decides where
 * they are kept: the server in guarded memory (vault/), another program in its own. */
#ifndef MANTLE_TOKEN_KEYS_H
#define MANTLE_TOKEN_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "sign/digest.h"

enum {
    KEY_BYTES = 32,
    SECRET_CHARS = 40, /* of a temporary access key */
};

struct sealing_key {
    uint32_t id; /* random: sets of two servers must not mistake each other's keys */
    int64_t created_s;
    uint8_t raw[KEY_BYTES]; /* as in the file; used only to derive the next two */
    /* AES-256-GCM with random 96-bit nonces: at most 2^32 seals under one key keep the chance of a
     * repeated nonce below 2^-32 (NIST SP 800-38D, section 8.3). Rotate a set before that: at 1,000
     * sessions a second, every seven weeks. */
    uint8_t seal[KEY_BYTES];
    struct hmac_key session; /* secrets of temporary access keys */
};

/* Fills seal and session from raw. set: "master", "token", "message". */
void key_derive(struct sealing_key *key, str set);

/* Newest first: that is what is asked for. NULL if absent. */
const struct sealing_key *key_find(const struct sealing_key *keys, size_t count, uint32_t id);

/* The text of a key file:
 *     mantle-keys 1 token
 *     key 5f3a90c1 20261123T182557Z <64 hex digits>
 *     end <hex SHA-256 of everything before this line>
 * RC_CORRUPT: not a file of this set, changed since it was written, without a key, or with more than
 * room. ret: oldest first. */
MUST_CHECK enum rc keys_parse(str text, str set, struct sealing_key *ret, size_t room,
                              size_t *ret_count);

/* The secret of a temporary access key: derived from the key that sealed its token, never stored. */
void session_secret(const struct sealing_key *key, str access_key_id, str token,
                    char ret[SECRET_CHARS]);
/* The key a token says it was sealed with, from its first characters. Whether it was is not asked
 * here: a token that was not sealed by us gives a secret that nobody was ever told. RC_SYNTAX; *ret_id. */
MUST_CHECK enum rc token_key_id(str token, uint32_t *ret_id);

#endif
