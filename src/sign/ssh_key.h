/* RSA public keys as users upload them for SSH: "ssh-rsa AAAA... comment" or PEM. Pure. */
#ifndef MANTLE_SIGN_SSH_KEY_H
#define MANTLE_SIGN_SSH_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum {
    SSH_KEY_BITS_MIN = 2048,
    SSH_KEY_BITS_MAX = 16384,
    SSH_FINGERPRINT_CHARS = 47, /* sixteen bytes in hexadecimal with colons between */
};

struct ssh_key {
    str blob;    /* RFC 4253, 6.6: "ssh-rsa", e, n; in the arena */
    bool is_pem; /* how it was written */
    unsigned bits;
    char fingerprint[SSH_FINGERPRINT_CHARS]; /* MD5 of the blob, as ssh-keygen -E md5 prints it */
};

/* RC_UNSUPPORTED: neither ssh-rsa nor PEM of a public key; RC_SYNTAX: damaged, not RSA, or of fewer
 * than 2,048 bits. */
MUST_CHECK enum rc ssh_key_read(str text, struct arena *arena, struct ssh_key *ret);
/* "ssh-rsa AAAA..." without a comment. */
MUST_CHECK enum rc ssh_key_line(const struct ssh_key *key, struct arena *arena, str *ret);
/* "-----BEGIN PUBLIC KEY-----". */
MUST_CHECK enum rc ssh_key_pem(const struct ssh_key *key, struct arena *arena, str *ret);

#endif
