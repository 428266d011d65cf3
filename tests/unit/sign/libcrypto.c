#include "unit.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "codec/pem.h"
#include "sign/certificate.h"
#include "sign/libcrypto.h"

enum { DAY_S = 86400 };
#define HUGE_BYTES (SIZE_MAX / 2)
#define SANITIZED "ASan and TSan report each block that the heap cannot give"

/* --- memory that ends --------------------------------------------------------------------------- */

static long calls, fail_at; /* from 1; 0: none */

/* What libcrypto_count_failures() has put there. */
static CRYPTO_malloc_fn counted_take;
static CRYPTO_realloc_fn counted_resize;
static CRYPTO_free_fn counted_give_back;

/* More than there can be: the heap itself refuses, and it is counted. */
static size_t granted(size_t size)
{
    return ++calls == fail_at ? HUGE_BYTES : size;
}

static void *take(size_t size, const char *file, int line)
{
    return counted_take(granted(size), file, line);
}

static void *resize(void *ptr, size_t size, const char *file, int line)
{
    return counted_resize(ptr, size == 0 ? 0 : granted(size), file, line);
}

/* --- what is read ------------------------------------------------------------------------------- */

static buf cert, pkcs8, other;

static EVP_PKEY *make_key(buf *pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);

    assert_true(len > 0);
    pem_print(STR("PRIVATE KEY"), str_from((const char *)der, (size_t)len), pem);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

static int make(void **state)
{
    EVP_PKEY *key;
    X509 *x509 = X509_new();
    unsigned char *der = NULL;
    int len;

    cert = buf_heap(1 << 14);
    pkcs8 = buf_heap(1 << 14);
    other = buf_heap(1 << 14);
    EVP_PKEY_free(make_key(&other));
    key = make_key(&pkcs8);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), DAY_S));
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    len = i2d_X509(x509, &der);
    assert_true(len > 0);
    pem_print(STR("CERTIFICATE"), str_from((const char *)der, (size_t)len), &cert);
    OPENSSL_free(der);
    X509_free(x509);
    EVP_PKEY_free(key);
    return 0;
}

static int unmake(void **state)
{
    buf_done(&cert);
    buf_done(&pkcs8);
    buf_done(&other);
    return 0;
}

/* --- tests -------------------------------------------------------------------------------------- */

/* First of all: later it is too late. */
static void test_openssl_takes_its_memory_from_the_heap(void **state)
{
    unsigned long before = libcrypto_failures();
    void *block;

#ifdef MANTLE_SANITIZED
    SKIP(SANITIZED);
#endif
    assert_true(libcrypto_count_failures());
    block = OPENSSL_malloc(16);
    assert_non_null(block);
    assert_null(OPENSSL_realloc(block, HUGE_BYTES));
    OPENSSL_free(block);
    assert_null(OPENSSL_malloc(HUGE_BYTES));
    assert_null(OPENSSL_malloc(0));
    assert_int_equal(libcrypto_failures() - before, 2);
    CRYPTO_get_mem_functions(&counted_take, &counted_resize, &counted_give_back);
    assert_int_equal(CRYPTO_set_mem_functions(take, resize, counted_give_back), 1);
}

/* As often as there are allocations in it: the answer it gives otherwise, or that there was no memory. */
static void sweep(enum rc (*call)(void), enum rc otherwise)
{
    unsigned long before;
    long refused = 0;

    fail_at = 0;
    assert_int_equal(call(), otherwise); /* what OpenSSL makes once is made */
    do {
        calls = 0;
        fail_at++;
        before = libcrypto_failures();
        enum rc rc = call();
        if (rc != otherwise) {
            assert_int_equal(rc, RC_NOMEM);
            refused++;
        } else if (otherwise != RC_OK) {
            assert_int_equal(libcrypto_failures(), before);
        }
    } while (libcrypto_failures() != before);
    fail_at = 0;
    assert_true(refused > 0);
}

static enum rc read_certificate(void)
{
    struct certificate certificate;

    return certificate_read(buf_str(&cert), &certificate);
}

static enum rc check_key(void)
{
    return certificate_check_key(buf_str(&cert), buf_str(&pkcs8));
}

static enum rc check_other_key(void)
{
    return certificate_check_key(buf_str(&cert), buf_str(&other));
}

static enum rc check_chain(void)
{
    int index = 0;

    return certificate_check_chain(buf_str(&cert), buf_str(&cert), &index);
}

static void test_no_memory_is_not_the_documents_fault(void **state)
{
#ifdef MANTLE_SANITIZED
    SKIP(SANITIZED);
#endif
    sweep(read_certificate, RC_OK);
    sweep(check_key, RC_OK);
    sweep(check_other_key, RC_CONFLICT);
    sweep(check_chain, RC_OK);
}

static void test_a_wrong_document_is_wrong(void **state)
{
    struct certificate certificate;
    int index = 7;

    assert_int_equal(certificate_read(buf_str(&pkcs8), &certificate), RC_SYNTAX);
    assert_int_equal(certificate_check_key(buf_str(&cert), buf_str(&cert)), RC_SYNTAX);
    assert_int_equal(certificate_check_chain(buf_str(&cert), STR(""), &index), RC_SYNTAX);
    assert_int_equal(index, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl_takes_its_memory_from_the_heap),
        cmocka_unit_test_setup(test_no_memory_is_not_the_documents_fault, make),
        cmocka_unit_test_teardown(test_a_wrong_document_is_wrong, unmake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
