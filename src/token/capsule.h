/* Capsules: what a server seals for itself and hands out. Version, key id, nonce, ciphertext, tag;
 * AES-256-GCM. Here is the format; whose keys and contexts are used is the caller's. */
#ifndef MANTLE_TOKEN_CAPSULE_H
#define MANTLE_TOKEN_CAPSULE_H

#include <openssl/types.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum { CAPSULE_HEAD_BYTES = 1 + 4 + 12, CAPSULE_TAG_BYTES = 16 };
enum {
    CAPSULE_EXTRA_BYTES = CAPSULE_HEAD_BYTES + CAPSULE_TAG_BYTES,
    CAPSULE_NONCE_BYTES = 12,
    CAPSULE_PLAIN_BYTES_MAX = 1024 * 1024,
};

/* What a capsule is. Part of the authenticated data: never renumber. A token never opens as a message. */
enum capsule_kind { CAPSULE_MASTER = 1, CAPSULE_TOKEN = 2, CAPSULE_MESSAGE = 3 };

/* The key a capsule says it was sealed with, unverified. RC_SYNTAX: it is none of this version. */
MUST_CHECK enum rc capsule_key_id(str capsule, uint32_t *ret_id);

/* ctx is initialised with AES-256-GCM and the key. out: plain.len + CAPSULE_EXTRA_BYTES. RC_LIMIT past
 * CAPSULE_PLAIN_BYTES_MAX; RC_NOMEM. */
MUST_CHECK enum rc capsule_encrypt(EVP_CIPHER_CTX *ctx, enum capsule_kind kind, uint32_t key_id,
                                   const uint8_t nonce[CAPSULE_NONCE_BYTES], str about, str plain,
                                   uint8_t *out);
/* out: capsule.len - CAPSULE_EXTRA_BYTES; holds nothing on failure. RC_SYNTAX; RC_DENIED: not sealed
 * with this key, as this kind, about this. */
MUST_CHECK enum rc capsule_decrypt(EVP_CIPHER_CTX *ctx, enum capsule_kind kind, str about,
                                   str capsule, uint8_t *out);

#endif
