/* X.509 certificates as users upload them, in PEM: read by OpenSSL, nothing trusted. Pure. That
 * memory ran out is RC_NOMEM everywhere, never the document's fault. */
#ifndef MANTLE_SIGN_CERTIFICATE_H
#define MANTLE_SIGN_CERTIFICATE_H

#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "sign/digest.h"

struct certificate {
    int64_t not_before_s, not_after_s;
    uint8_t fingerprint[SHA256_BYTES]; /* of the DER bytes */
};

enum { CERTIFICATE_DER_BYTES_MAX = 16 * 1024, CERTIFICATE_CHAIN_MAX = 32 };

/* Exactly one certificate and white space around it. RC_SYNTAX. */
MUST_CHECK enum rc certificate_read(str pem, struct certificate *ret);

/* Does that private key belong to the certificate? RC_SYNTAX: no private key in PEM, or an encrypted
 * one; RC_CONFLICT: another certificate's. The decoded key is wiped. */
MUST_CHECK enum rc certificate_check_key(str pem, str key_pem);

/* The first of the chain has signed the certificate, each next one its predecessor; up to
 * CERTIFICATE_CHAIN_MAX. RC_SYNTAX, RC_LIMIT with *reterr_index, the first that does not fit,
 * from 0. Costs a verification for each: not for a loop's thread. */
MUST_CHECK enum rc certificate_check_chain(str pem, str chain_pem, int *reterr_index);

#endif
