/* SHA-256 and HMAC-SHA-256 without per-call costs: nothing here allocates or can fail. */
#ifndef MANTLE_SIGN_DIGEST_H
#define MANTLE_SIGN_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { SHA256_BYTES = 32 };

void sha256(str data, uint8_t ret[SHA256_BYTES]);
/* The concatenation of parts. */
void sha256_parts(const str *parts, size_t count, uint8_t ret[SHA256_BYTES]);

/* Piece by piece. */
struct sha256_state {
    uint32_t words[28]; /* libcrypto's */
};
void sha256_start(struct sha256_state *state);
void sha256_add(struct sha256_state *state, str data);
void sha256_end(struct sha256_state *state, uint8_t ret[SHA256_BYTES]);

/* A text that carries its own padding is hashed where it stands, not copied. The padding is as for
 * a text behind the block of an HMAC's key where `keyed`; it takes SHA256_PADDING_MAX bytes of room
 * behind the text. Returns how many blocks that makes, which the others want to know. */
enum { SHA256_PADDING_MAX = 72 };
size_t sha256_pad(char *text, size_t len, bool keyed);
void sha256_padded(const char *text, size_t blocks, uint8_t ret[SHA256_BYTES]);

/* An HMAC key made ready: SHA-256 after the padded key, inside and outside. Saves two of the four
 * compressions of a short HMAC. As secret as the key itself: wipe it after use. */
struct hmac_key {
    uint32_t inner[8], outer[8];
};
void hmac_key_init(struct hmac_key *key, const void *bytes, size_t len);
void hmac_with(const struct hmac_key *key, str data, uint8_t ret[SHA256_BYTES]);
void hmac_with_parts(const struct hmac_key *key, const str *parts, size_t count,
                     uint8_t ret[SHA256_BYTES]);
void hmac_padded(const struct hmac_key *key, const char *text, size_t blocks,
                 uint8_t ret[SHA256_BYTES]);
/* The same in one step, for a key used once. */
void hmac_sha256(const void *key, size_t key_len, str data, uint8_t ret[SHA256_BYTES]);

#endif
