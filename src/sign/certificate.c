#include "sign/certificate.h"

#include <openssl/x509.h>
#include <time.h>

#include "base/bytes.h"
#include "codec/pem.h"
#include "sign/libcrypto.h"

/* The next block as DER; at most what PEM of the API's longest parameter holds. */
static enum rc take_der(str *rest, buf *der, struct pem_block *ret_block)
{
    TRY(pem_take(rest, ret_block));
    return pem_decode(ret_block, der);
}

static enum rc take_x509(str *rest, X509 **ret)
{
    buf der = buf_heap(CERTIFICATE_DER_BYTES_MAX);
    struct pem_block block;
    enum rc rc = take_der(rest, &der, &block);
    X509 *x509 = NULL;

    if (rc == RC_OK) {
        const unsigned char *at = (const unsigned char *)der.ptr;
        if (str_eq(block.label, STR("CERTIFICATE"))) {
            x509 = d2i_X509(NULL, &at, (long)der.len);
        }
        if (x509 == NULL || at != (const unsigned char *)der.ptr + der.len) {
            rc = RC_SYNTAX;
        }
    }
    buf_done(&der);
    if (rc != RC_OK) {
        X509_free(x509);
        return rc == RC_LIMIT ? RC_SYNTAX : rc;
    }
    *ret = x509;
    return RC_OK;
}

/* One, and nothing behind it. */
static enum rc read_one(str pem, X509 **ret)
{
    X509 *x509 = NULL;
    enum rc rc = take_x509(&pem, &x509);

    if (rc == RC_OK && str_trim(pem).len > 0) {
        rc = RC_SYNTAX;
    }
    if (rc != RC_OK) {
        X509_free(x509);
        return rc == RC_NOENT ? RC_SYNTAX : rc;
    }
    *ret = x509;
    return RC_OK;
}

static enum rc time_of(const ASN1_TIME *time, int64_t *ret)
{
    struct tm tm = { 0 };

    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1) {
        return RC_SYNTAX;
    }
    *ret = (int64_t)timegm(&tm);
    return RC_OK;
}

static enum rc describe(X509 *x509, struct certificate *ret)
{
    struct certificate certificate = { 0 };
    unsigned char *der = NULL;
    int len;

    TRY(time_of(X509_get0_notBefore(x509), &certificate.not_before_s));
    TRY(time_of(X509_get0_notAfter(x509), &certificate.not_after_s));
    len = i2d_X509(x509, &der);
    if (len <= 0) {
        return RC_SYNTAX;
    }
    sha256(str_from((const char *)der, (size_t)len), certificate.fingerprint);
    OPENSSL_free(der);
    *ret = certificate;
    return RC_OK;
}

enum rc certificate_read(str pem, struct certificate *ret)
{
    unsigned long begun = libcrypto_begin();
    X509 *x509 = NULL;
    enum rc rc = read_one(pem, &x509);

    if (rc == RC_OK) {
        rc = X509_get0_pubkey(x509) == NULL ? RC_SYNTAX : describe(x509, ret);
    }
    X509_free(x509);
    return libcrypto_end(begun, rc);
}

/* --- the private key ---------------------------------------------------------------------------- */

static EVP_PKEY *parse_key(str label, str der)
{
    static const struct {
        str label;
        int type; /* EVP_PKEY_NONE: PKCS #8 says itself */
    } kinds[] = {
        { STR_INIT("PRIVATE KEY"), EVP_PKEY_NONE },
        { STR_INIT("RSA PRIVATE KEY"), EVP_PKEY_RSA },
        { STR_INIT("EC PRIVATE KEY"), EVP_PKEY_EC },
    };
    const unsigned char *at = (const unsigned char *)der.ptr;
    EVP_PKEY *key = NULL;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!str_eq(label, kinds[i].label)) {
            continue;
        }
        key = kinds[i].type == EVP_PKEY_NONE
                  ? d2i_AutoPrivateKey(NULL, &at, (long)der.len)
                  : d2i_PrivateKey(kinds[i].type, NULL, &at, (long)der.len);
        if (key != NULL && at != (const unsigned char *)der.ptr + der.len) {
            EVP_PKEY_free(key);
            key = NULL;
        }
    }
    return key;
}

/* `openssl ecparam -genkey` writes the curve's parameters before the key. */
static enum rc read_key(str pem, EVP_PKEY **ret)
{
    buf der = buf_heap(CERTIFICATE_DER_BYTES_MAX);
    struct pem_block block;
    enum rc rc = take_der(&pem, &der, &block);

    if (rc == RC_OK && str_eq(block.label, STR("EC PARAMETERS"))) {
        buf_clear(&der);
        rc = take_der(&pem, &der, &block);
    }
    if (rc == RC_OK) {
        *ret = str_trim(pem).len > 0 ? NULL : parse_key(block.label, buf_str(&der));
        rc = *ret == NULL ? RC_SYNTAX : RC_OK;
    }
    if (der.ptr != NULL) {
        wipe(der.ptr, der.cap);
    }
    buf_done(&der);
    return rc == RC_NOENT || rc == RC_LIMIT ? RC_SYNTAX : rc;
}

enum rc certificate_check_key(str pem, str key_pem)
{
    unsigned long begun = libcrypto_begin();
    EVP_PKEY *key = NULL;
    X509 *x509 = NULL;
    enum rc rc = read_one(pem, &x509);

    if (rc == RC_OK) {
        rc = read_key(key_pem, &key);
    }
    if (rc == RC_OK && X509_check_private_key(x509, key) != 1) {
        rc = RC_CONFLICT;
    }
    EVP_PKEY_free(key);
    X509_free(x509);
    return libcrypto_end(begun, rc);
}

/* --- the chain ---------------------------------------------------------------------------------- */

static bool has_signed(X509 *issuer, X509 *subject)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key != NULL &&
           X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) == 0 &&
           X509_verify(subject, key) == 1;
}

enum rc certificate_check_chain(str pem, str chain_pem, int *reterr_index)
{
    unsigned long begun = libcrypto_begin();
    X509 *subject = NULL, *issuer = NULL;
    int index = 0;
    enum rc rc = read_one(pem, &subject);

    while (rc == RC_OK) {
        rc = take_x509(&chain_pem, &issuer);
        if (rc == RC_OK && index == CERTIFICATE_CHAIN_MAX) {
            rc = RC_LIMIT;
        } else if (rc == RC_OK && !has_signed(issuer, subject)) {
            rc = RC_SYNTAX;
        }
        if (rc == RC_OK) {
            X509_free(subject);
            subject = issuer;
            issuer = NULL;
            index++;
        }
    }
    X509_free(subject);
    X509_free(issuer);
    if (rc == RC_NOENT) { /* the end of the chain */
        rc = index > 0 ? RC_OK : RC_SYNTAX;
    }
    *reterr_index = index;
    return libcrypto_end(begun, rc);
}
