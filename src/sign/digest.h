/* SHA-256 and HMAC over libcrypto, without its per-call costs. */
#ifndef MANTLE_SIGN_DIGEST_H
#define MANTLE_SIGN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum { SHA256_BYTES = 32 };

MUST_CHECK enum rc sha256(str data, uint8_t ret[SHA256_BYTES]);
/* The concatenation of parts. */
MUST_CHECK enum rc sha256_parts(const str *parts, size_t count, uint8_t ret[SHA256_BYTES]);
MUST_CHECK enum rc hmac_sha256(const void *key, size_t key_len, str data,
                               uint8_t ret[SHA256_BYTES]);

#endif
