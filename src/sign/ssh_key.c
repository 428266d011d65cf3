#include "sign/ssh_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "codec/pem.h"
#include "sign/libcrypto.h"

enum { BLOB_BYTES_MAX = 8 * 1024, TEXT_BYTES_MAX = 16 * 1024, MD5_BYTES = 16 };
static const str algorithm = STR_INIT("ssh-rsa");

struct rsa_numbers { /* big endian, no leading zeroes */
    str e, n;
};

/* --- the wire form ------------------------------------------------------------------------------ */

static bool take_string(str *rest, str *ret)
{
    size_t len = 0;

    if (rest->len < 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        len = len << 8 | (unsigned char)rest->ptr[i];
    }
    if (len > rest->len - 4) {
        return false;
    }
    *ret = str_slice(*rest, 4, len);
    *rest = str_skip(*rest, 4 + len);
    return true;
}

/* A positive number in its shortest form; the zero byte before a set top bit is not part of it. */
static bool take_mpint(str *rest, str *ret)
{
    str n;

    if (!take_string(rest, &n) || n.len == 0 || ((unsigned char)n.ptr[0] & 0x80)) {
        return false;
    }
    if (n.ptr[0] == 0) {
        n = str_skip(n, 1);
        if (n.len == 0 || !((unsigned char)n.ptr[0] & 0x80)) {
            return false;
        }
    }
    *ret = n;
    return true;
}

static void put_length(buf *out, size_t len)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_add_char(out, (char)(len >> shift & 0xff));
    }
}

static void put_mpint(buf *out, str n)
{
    size_t zero = (unsigned char)n.ptr[0] & 0x80 ? 1 : 0;

    put_length(out, n.len + zero);
    if (zero) {
        buf_add_char(out, 0);
    }
    buf_add(out, n);
}

static bool take_numbers(str blob, struct rsa_numbers *ret)
{
    str name;

    return take_string(&blob, &name) && str_eq(name, algorithm) && take_mpint(&blob, &ret->e) &&
           take_mpint(&blob, &ret->n) && blob.len == 0;
}

static unsigned bits_of(str n)
{
    unsigned bits = (unsigned)n.len * 8;

    for (unsigned mask = 0x80; mask > 0 && !((unsigned char)n.ptr[0] & mask); mask >>= 1) {
        bits--;
    }
    return bits;
}

/* An exponent that is even or 1, or an even modulus, is nobody's RSA key. */
static bool is_rsa(const struct rsa_numbers *numbers)
{
    unsigned char e_last = (unsigned char)numbers->e.ptr[numbers->e.len - 1];
    unsigned char n_last = (unsigned char)numbers->n.ptr[numbers->n.len - 1];

    return (e_last & 1) && (n_last & 1) && !(numbers->e.len == 1 && e_last == 1) &&
           numbers->e.len <= numbers->n.len;
}

/* --- PEM ---------------------------------------------------------------------------------------- */

static enum rc number_of(const EVP_PKEY *key, const char *name, struct arena *arena, str *ret)
{
    BIGNUM *n = NULL;
    enum rc rc = RC_SYNTAX;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) > 0) {
        size_t len = (size_t)BN_num_bytes(n);
        char *bytes = arena_bytes(arena, len);
        rc = bytes == NULL ? RC_NOMEM : RC_OK;
        if (bytes != NULL) {
            (void)BN_bn2bin(n, (unsigned char *)bytes);
            *ret = str_from(bytes, len);
        }
    }
    BN_free(n);
    return rc;
}

static enum rc numbers_of_der(str der, struct arena *arena, struct rsa_numbers *ret)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    enum rc rc = RC_SYNTAX;

    if (key != NULL && at == (const unsigned char *)der.ptr + der.len &&
        EVP_PKEY_is_a(key, "RSA")) {
        rc = number_of(key, OSSL_PKEY_PARAM_RSA_E, arena, &ret->e);
        if (rc == RC_OK) {
            rc = number_of(key, OSSL_PKEY_PARAM_RSA_N, arena, &ret->n);
        }
    }
    EVP_PKEY_free(key);
    return rc;
}

static enum rc read_pem(str text, struct arena *arena, struct rsa_numbers *ret)
{
    buf der = buf_arena(arena, TEXT_BYTES_MAX);
    struct pem_block block;

    TRY(pem_take(&text, &block));
    if (!str_eq(block.label, STR("PUBLIC KEY"))) {
        return RC_UNSUPPORTED;
    }
    if (str_trim(text).len > 0) {
        return RC_SYNTAX;
    }
    TRY(pem_decode(&block, &der));
    return numbers_of_der(buf_str(&der), arena, ret);
}

/* --- reading ------------------------------------------------------------------------------------ */

/* A comment runs to the end of the one line there may be. */
static enum rc read_line(str text, struct arena *arena, struct rsa_numbers *ret)
{
    buf blob = buf_arena(arena, BLOB_BYTES_MAX);
    size_t at = 0;
    str body;

    text = str_trim(text);
    if (!take_prefix(&text, algorithm) || text.len == 0 || text.ptr[0] != ' ') {
        return RC_UNSUPPORTED;
    }
    text = str_trim(text);
    if (str_find_char(text, '\n', &at) || str_find_char(text, '\r', &at)) {
        return RC_SYNTAX;
    }
    body = str_find_char(text, ' ', &at) ? str_slice(text, 0, at) : text;
    TRY(base64_decode(BASE64_STANDARD, body, &blob));
    return take_numbers(buf_str(&blob), ret) ? RC_OK : RC_SYNTAX;
}

static enum rc print_fingerprint(str blob, char ret[SSH_FINGERPRINT_CHARS])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(blob.ptr, blob.len, digest, &len, EVP_md5(), NULL) != 1 || len != MD5_BYTES) {
        return RC_IO; /* a provider without MD5: not the key's fault */
    }
    for (size_t i = 0; i < MD5_BYTES; i++) {
        hex_encode(&digest[i], 1, ret + 3 * i);
        if (i + 1 < MD5_BYTES) {
            ret[3 * i + 2] = ':';
        }
    }
    return RC_OK;
}

static enum rc print_blob(const struct rsa_numbers *numbers, struct arena *arena, str *ret)
{
    buf blob = buf_arena(arena, BLOB_BYTES_MAX);

    put_length(&blob, algorithm.len);
    buf_add(&blob, algorithm);
    put_mpint(&blob, numbers->e);
    put_mpint(&blob, numbers->n);
    TRY(blob.err);
    *ret = buf_str(&blob);
    return RC_OK;
}

static enum rc read_any(str text, struct arena *arena, struct ssh_key *ret)
{
    struct ssh_key key = { .is_pem = str_starts(str_trim(text), STR("-----BEGIN ")) };
    struct rsa_numbers numbers = { 0 };
    enum rc rc = key.is_pem ? read_pem(text, arena, &numbers) : read_line(text, arena, &numbers);

    if (rc == RC_LIMIT) {
        return RC_SYNTAX;
    }
    TRY(rc);
    key.bits = bits_of(numbers.n);
    if (key.bits < SSH_KEY_BITS_MIN || key.bits > SSH_KEY_BITS_MAX || !is_rsa(&numbers)) {
        return RC_SYNTAX;
    }
    TRY(print_blob(&numbers, arena, &key.blob));
    TRY(print_fingerprint(key.blob, key.fingerprint));
    *ret = key;
    return RC_OK;
}

enum rc ssh_key_read(str text, struct arena *arena, struct ssh_key *ret)
{
    unsigned long begun = libcrypto_begin();
    enum rc rc = read_any(text, arena, ret);

    return libcrypto_end(begun, rc);
}

/* --- writing ------------------------------------------------------------------------------------ */

enum rc ssh_key_line(const struct ssh_key *key, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, TEXT_BYTES_MAX);

    buf_add(&out, algorithm);
    buf_add_char(&out, ' ');
    base64_encode(BASE64_STANDARD, key->blob.ptr, key->blob.len, &out);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

static EVP_PKEY *pkey_of(const struct rsa_numbers *numbers)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = BN_bin2bn((const unsigned char *)numbers->e.ptr, (int)numbers->e.len, NULL);
    BIGNUM *n = BN_bin2bn((const unsigned char *)numbers->n.ptr, (int)numbers->n.len, NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build != NULL && ctx != NULL && e != NULL && n != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        params = OSSL_PARAM_BLD_to_param(build);
    }
    if (params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    BN_free(n);
    return key;
}

enum rc ssh_key_pem(const struct ssh_key *key, struct arena *arena, str *ret)
{
    unsigned long begun = libcrypto_begin();
    buf out = buf_arena(arena, TEXT_BYTES_MAX);
    struct rsa_numbers numbers;
    unsigned char *der = NULL;
    EVP_PKEY *pkey = NULL;
    int len = -1;

    if (take_numbers(key->blob, &numbers)) {
        pkey = pkey_of(&numbers);
    }
    if (pkey != NULL) {
        len = i2d_PUBKEY(pkey, &der);
    }
    EVP_PKEY_free(pkey);
    TRY(libcrypto_end(begun, len > 0 ? RC_OK : RC_SYNTAX));
    pem_print(STR("PUBLIC KEY"), str_from((const char *)der, (size_t)len), &out);
    OPENSSL_free(der);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}
