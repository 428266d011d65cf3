#include "sign/rsa.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "sign/libcrypto.h"

enum { BITS_MIN = 2048 };

static EVP_PKEY *read_key(str der)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    EVP_PKEY *key = der.len == 0 || der.len > RSA_DER_MAX
                        ? NULL
                        : d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len);

    if (key != NULL &&
        (at != (const unsigned char *)der.ptr + der.len || EVP_PKEY_get_bits(key) < BITS_MIN)) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

enum rc rsa_verify_sha256(str key, str text, str signature)
{
    unsigned long begun = libcrypto_begin();
    EVP_PKEY *pkey = read_key(key);
    EVP_MD_CTX *ctx = pkey == NULL ? NULL : EVP_MD_CTX_new();
    enum rc rc = pkey == NULL ? RC_SYNTAX : RC_NOMEM;

    if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1) {
        rc = EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                              (const unsigned char *)text.ptr, text.len) == 1
                 ? RC_OK
                 : RC_DENIED;
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return libcrypto_end(begun, rc);
}
