/* Thumbprints: SHA-1 of a certificate in the chain a provider's server presents (AWS's form). What
 * the trust store vouches for needs none; what it does not is trusted when the chain leads up to a
 * certificate with one of them: a private CA, or the server's own certificate. The name in the
 * certificate is checked either way, by libcurl. */
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "codec/base64.h"
#include "federation/inside.h"

enum { SHA1_BYTES = 20 };

static bool is_pinned(X509 *cert, str thumbprints)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * SHA1_BYTES];
    unsigned len = 0;
    str item;

    if (X509_digest(cert, EVP_sha1(), digest, &len) != 1 || len != SHA1_BYTES) {
        return false;
    }
    hex_encode(digest, len, hex);
    while (take_item(&thumbprints, ' ', &item)) {
        if (str_eq_nocase(item, str_from(hex, sizeof(hex)))) {
            return true;
        }
    }
    return false;
}

static bool verify_with(X509_STORE *store, X509 *leaf, STACK_OF(X509) * chain)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool good = false;

    if (ctx != NULL && X509_STORE_CTX_init(ctx, store, leaf, chain) == 1 &&
        X509_STORE_CTX_set_default(ctx, "ssl_server") == 1) {
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
        good = X509_verify_cert(ctx) == 1;
    }
    X509_STORE_CTX_free(ctx);
    return good;
}

/* The pinned certificates of the chain are the trust store. */
static bool verify_pinned(X509 *leaf, STACK_OF(X509) * chain, str thumbprints)
{
    X509_STORE *store = X509_STORE_new();
    bool any = false, good;

    for (int i = 0; store != NULL && i < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);
        if (is_pinned(cert, thumbprints)) {
            any = X509_STORE_add_cert(store, cert) == 1 || any;
        }
    }
    good = any && verify_with(store, leaf, chain);
    X509_STORE_free(store);
    return good;
}

static int verify(X509_STORE_CTX *ctx, void *thumbprints)
{
    if (X509_verify_cert(ctx) == 1) {
        return 1;
    }
    if (!verify_pinned(X509_STORE_CTX_get0_cert(ctx), X509_STORE_CTX_get0_untrusted(ctx),
                       str_cstr(thumbprints))) {
        return 0;
    }
    X509_STORE_CTX_set_error(ctx, X509_V_OK);
    return 1;
}

CURLcode pin_setup(CURL *easy UNUSED, void *ssl_ctx, void *thumbprints)
{
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, thumbprints);
    return CURLE_OK;
}
