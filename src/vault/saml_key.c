#include "vault/saml_key.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include "base/bytes.h"
#include "sign/libcrypto.h"
#include "vault/inside.h"

enum {
    BITS_MIN = 2048,
    BITS_MAX = 8192,
    KEY_BYTES_MAX = 1024,
    IV_BYTES = 16,
    NONCE_BYTES = 12,
    TAG_BYTES = 16
};

#define XMLENC "http://www.w3.org/2001/04/xmlenc#"
#define XMLENC11 "http://www.w3.org/2009/xmlenc11#"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"

/* PKCS #1 v1.5 is not among the ways a key may travel, nor 3DES among the ciphers. */
static const struct cipher {
    str uri;
    const EVP_CIPHER *(*cipher)(void);
    size_t key_bytes;
    bool gcm;
} ciphers[] = {
    { STR_INIT(XMLENC "aes128-cbc"), EVP_aes_128_cbc, 16, false },
    { STR_INIT(XMLENC "aes192-cbc"), EVP_aes_192_cbc, 24, false },
    { STR_INIT(XMLENC "aes256-cbc"), EVP_aes_256_cbc, 32, false },
    { STR_INIT(XMLENC11 "aes128-gcm"), EVP_aes_128_gcm, 16, true },
    { STR_INIT(XMLENC11 "aes192-gcm"), EVP_aes_192_gcm, 24, true },
    { STR_INIT(XMLENC11 "aes256-gcm"), EVP_aes_256_gcm, 32, true },
};
/* OAEP's digest and mask function; SHA-1 in them is not broken, and is the standard's default. */
static const struct digest {
    str uri, mgf_uri;
    const char *name;
} digests[] = {
    { STR_INIT(DSIG "sha1"), STR_INIT(XMLENC11 "mgf1sha1"), "SHA1" },
    { STR_INIT(XMLENC "sha256"), STR_INIT(XMLENC11 "mgf1sha256"), "SHA256" },
    { STR_INIT("http://www.w3.org/2001/04/xmldsig-more#sha384"), STR_INIT(XMLENC11 "mgf1sha384"),
      "SHA384" },
    { STR_INIT(XMLENC "sha512"), STR_INIT(XMLENC11 "mgf1sha512"), "SHA512" },
};

/* --- private keys ------------------------------------------------------------------------------- */

/* Never asks a terminal. */
static int no_password(char *out, int size, int writing, void *arg)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static EVP_PKEY *key_read(str pem)
{
    BIO *bio = pem.len > INT_MAX ? NULL : BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);

    BIO_free(bio);
    if (key != NULL && (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
                        EVP_PKEY_get_bits(key) < BITS_MIN || EVP_PKEY_get_bits(key) > BITS_MAX)) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

enum rc saml_key_check(str pem)
{
    unsigned long begun = libcrypto_begin();
    EVP_PKEY *key = key_read(pem);

    EVP_PKEY_free(key);
    return libcrypto_end(begun, key == NULL ? RC_SYNTAX : RC_OK);
}

/* --- the key that travels ----------------------------------------------------------------------- */

static const struct digest *digest_of(str uri, bool is_mgf)
{
    if (uri.ptr == NULL) {
        return &digests[0];
    }
    for (size_t i = 0; i < COUNT_OF(digests); i++) {
        if (str_eq(uri, is_mgf ? digests[i].mgf_uri : digests[i].uri)) {
            return &digests[i];
        }
    }
    return NULL;
}

/* rsa-oaep-mgf1p has SHA-1 in its mask function whatever the digest. */
static bool oaep_of(const struct saml_sealed *sealed, const struct digest **ret_digest,
                    const struct digest **ret_mgf)
{
    bool fixed = str_eq(sealed->key_algorithm, STR(XMLENC "rsa-oaep-mgf1p"));

    if (!fixed && !str_eq(sealed->key_algorithm, STR(XMLENC11 "rsa-oaep"))) {
        return false;
    }
    *ret_digest = digest_of(sealed->key_digest, false);
    *ret_mgf = fixed ? &digests[0] : digest_of(sealed->key_mgf, true);
    return *ret_digest != NULL && *ret_mgf != NULL;
}

static bool decrypt_set_up(EVP_PKEY_CTX *ctx, const struct saml_sealed *sealed)
{
    const struct digest *digest = NULL, *mgf = NULL;
    OSSL_PARAM params[5], *at = params;

    if (!oaep_of(sealed, &digest, &mgf)) {
        return false;
    }
    *at++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE,
                                             (char *)(uintptr_t)OSSL_PKEY_RSA_PAD_MODE_OAEP, 0);
    *at++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST,
                                             (char *)(uintptr_t)digest->name, 0);
    *at++ = OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST,
                                             (char *)(uintptr_t)mgf->name, 0);
    if (sealed->key_label.len > 0) {
        *at++ = OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
                                                  (void *)(uintptr_t)sealed->key_label.ptr,
                                                  sealed->key_label.len);
    }
    *at = OSSL_PARAM_construct_end();
    return EVP_PKEY_decrypt_init_ex(ctx, params) == 1;
}

/* `out`: KEY_BYTES_MAX. */
static bool open_key(EVP_PKEY *key, const struct saml_sealed *sealed, uint8_t *out, size_t *ret_len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool good = ctx != NULL && decrypt_set_up(ctx, sealed);

    *ret_len = KEY_BYTES_MAX;
    good = good && EVP_PKEY_decrypt(ctx, out, ret_len, (const uint8_t *)sealed->key_bytes.ptr,
                                    sealed->key_bytes.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

/* --- the assertion ------------------------------------------------------------------------------ */

static bool run(EVP_CIPHER_CTX *ctx, const struct cipher *cipher, const uint8_t *key, str iv,
                str body, str tag, uint8_t *out, size_t *ret_len)
{
    int done = 0, last = 0;

    if (EVP_DecryptInit_ex(ctx, cipher->cipher(), NULL, key, (const uint8_t *)iv.ptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
        EVP_DecryptUpdate(ctx, out, &done, (const uint8_t *)body.ptr, (int)body.len) != 1) {
        return false;
    }
    if (cipher->gcm && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, (int)tag.len,
                                           (void *)(uintptr_t)tag.ptr) != 1) {
        return false;
    }
    *ret_len = (size_t)done;
    return EVP_DecryptFinal_ex(ctx, out + done, &last) == 1;
}

/* XML Encryption pads with anything and says how much in the last byte. */
static bool unpad(const uint8_t *plain, size_t *len)
{
    uint8_t pad = *len == 0 ? 0 : plain[*len - 1];

    if (pad == 0 || pad > IV_BYTES || pad > *len) {
        return false;
    }
    *len -= pad;
    return true;
}

static bool open_body(const struct cipher *cipher, const uint8_t *key, str bytes,
                      struct arena *arena, str *ret)
{
    size_t iv = cipher->gcm ? NONCE_BYTES : IV_BYTES, tag = cipher->gcm ? TAG_BYTES : 0, len = 0;
    EVP_CIPHER_CTX *ctx;
    uint8_t *plain;
    bool good;

    if (bytes.len <= iv + tag || bytes.len > INT_MAX ||
        (!cipher->gcm && bytes.len % IV_BYTES != 0)) {
        return false;
    }
    str body = str_slice(bytes, iv, bytes.len - iv - tag);
    plain = (uint8_t *)arena_bytes(arena, body.len + IV_BYTES);
    ctx = EVP_CIPHER_CTX_new();
    good = plain != NULL && ctx != NULL &&
           run(ctx, cipher, key, str_slice(bytes, 0, iv), body, str_skip(bytes, bytes.len - tag),
               plain, &len) &&
           (cipher->gcm || unpad(plain, &len));
    EVP_CIPHER_CTX_free(ctx);
    if (good) {
        *ret = str_from((const char *)plain, len);
    }
    return good;
}

static bool open_both(EVP_PKEY *key, const struct saml_sealed *sealed, struct arena *arena,
                      str *ret)
{
    uint8_t content_key[KEY_BYTES_MAX];
    size_t len = 0;
    bool good = false;

    for (size_t i = 0; i < COUNT_OF(ciphers); i++) {
        if (str_eq(sealed->algorithm, ciphers[i].uri)) {
            good = open_key(key, sealed, content_key, &len) && len == ciphers[i].key_bytes &&
                   open_body(&ciphers[i], content_key, sealed->bytes, arena, ret);
        }
    }
    wipe(content_key, sizeof(content_key));
    return good;
}

enum rc vault_open_assertion(struct vault *vault, str about, str wrapped,
                             const struct saml_sealed *sealed, struct arena *arena, str *ret_plain)
{
    unsigned long begun = libcrypto_begin();
    uint8_t *pem;
    size_t len;
    EVP_PKEY *key;
    enum rc rc;

    if (wrapped.len < CAPSULE_EXTRA_BYTES) {
        return RC_CORRUPT;
    }
    len = wrapped.len - CAPSULE_EXTRA_BYTES;
    pem = sodium_malloc(len + 1);
    if (pem == NULL) {
        return RC_NOMEM;
    }
    rc = capsule_open(vault, VAULT_MASTER, about, wrapped, pem);
    key = rc == RC_OK ? key_read(str_from((const char *)pem, len)) : NULL;
    sodium_free(pem); /* wipes */
    if (key == NULL) {
        return rc == RC_NOMEM ? RC_NOMEM : libcrypto_end(begun, RC_CORRUPT);
    }
    rc = open_both(key, sealed, arena, ret_plain) ? RC_OK : RC_DENIED;
    EVP_PKEY_free(key);
    return libcrypto_end(begun, rc);
}
