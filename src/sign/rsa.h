/* Signatures with RSA keys of others: CloudTrail signs its digests. Pure. */
#ifndef MANTLE_SIGN_RSA_H
#define MANTLE_SIGN_RSA_H

#include "base/rc.h"
#include "base/str.h"

enum { RSA_DER_MAX = 2100 }; /* bytes of a public key of 16,384 bits */

/* SHA-256 and PKCS #1 v1.5. key: RSAPublicKey of PKCS #1 in DER. RC_SYNTAX: it is none, or has fewer than
 * 2,048 bits; RC_DENIED: the signature is not of that text by that key. */
MUST_CHECK enum rc rsa_verify_sha256(str key, str text, str signature);

#endif
