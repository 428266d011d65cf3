/* Private keys of SAML providers: they open encrypted assertions, here and nowhere else. The process
 * that reads XML gets the plain assertion, never a key: whoever takes it over cannot carry away what
 * opens tomorrow's assertions. */
#ifndef MANTLE_VAULT_SAML_KEY_H
#define MANTLE_VAULT_SAML_KEY_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct vault;

/* RC_SYNTAX unless it is an unencrypted PEM private key, RSA of 2048 to 8192 bits. RC_NOMEM. */
MUST_CHECK enum rc saml_key_check(str pem);

struct saml_sealed { /* XML Encryption, as the assertion names its algorithms */
    str key_algorithm, key_digest, key_mgf, key_label, key_bytes;
    str algorithm, bytes;
};
/* `about` and `wrapped` as vault_wrap had and gave them. The plain text is in the arena. RC_DENIED
 * whatever went wrong with the message, in one word: which step failed is nobody's business (padding
 * oracles). RC_CORRUPT when the key does not unwrap. */
MUST_CHECK enum rc vault_open_assertion(struct vault *vault, str about, str wrapped,
                                        const struct saml_sealed *sealed, struct arena *arena,
                                        str *ret_plain);

#endif
