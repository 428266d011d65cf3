/* One-time codes (RFC 6238): SHA-1, six digits, steps of thirty seconds, as virtual MFA devices and
 * authenticator apps have them. The seed is wrapped under the master key and shown once. */
#ifndef MANTLE_VAULT_TOTP_H
#define MANTLE_VAULT_TOTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct vault;

enum {
    TOTP_STEP_S = 30,
    TOTP_DIGITS = 6,
    TOTP_SEED_BYTES = 40, /* 64 characters of base32, as AWS hands them out */
};

/* `about` as for vault_wrap: which device. The base32 text is in the arena. */
MUST_CHECK enum rc totp_new_seed(struct vault *vault, str about, struct arena *arena,
                                 str *ret_wrapped, str *ret_base32);
/* The codes of `count` steps (unix seconds / 30) from `first` on. RC_CORRUPT when `wrapped` does
 * not open for `about`. The caller wipes ret_codes. */
MUST_CHECK enum rc totp_codes(struct vault *vault, str about, str wrapped, int64_t first,
                              size_t count, uint32_t *ret_codes);

#endif
