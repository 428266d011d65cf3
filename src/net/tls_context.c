#include "net/tls_context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/bytes.h"

/* Tickets are sealed under keys of our own so that they change: whoever takes a key from memory later
 * reads no older TLS 1.2 session than this. A ticket of the key before is still good, and renewed. */
enum { TICKET_KEY_LIFE_S = 6 * 3600 };

/* ---- tickets ---- */

/* Under the lock. */
static bool ticket_keys_fresh(struct tls_context *context)
{
    int64_t now_s = context->env->mono_ns(context->env) / NS_PER_S + 1;
    struct ticket_key fresh = { .made_s = now_s };

    if (context->tickets[0].made_s != 0 && now_s - context->tickets[0].made_s < TICKET_KEY_LIFE_S) {
        return true;
    }
    if (context->env->random(context->env, fresh.name, sizeof(fresh.name)) != RC_OK ||
        context->env->random(context->env, fresh.cipher, sizeof(fresh.cipher)) != RC_OK ||
        context->env->random(context->env, fresh.mac, sizeof(fresh.mac)) != RC_OK) {
        return false;
    }
    context->tickets[1] = context->tickets[0];
    context->tickets[0] = fresh;
    wipe(&fresh, sizeof(fresh));
    return true;
}

/* *ret_renew: the key is not the newest, or was never ours (then false comes back). */
static bool ticket_key_get(struct tls_context *context, const unsigned char *name, bool sealing,
                           struct ticket_key *ret, bool *ret_renew)
{
    bool found = false;

    (void)pthread_mutex_lock(&context->lock);
    if (ticket_keys_fresh(context)) {
        for (size_t i = 0; i < COUNT_OF(context->tickets) && !found; i++) {
            const struct ticket_key *key = &context->tickets[i];
            bool live = key->made_s != 0 &&
                        key->made_s + 2 * (int64_t)TICKET_KEY_LIFE_S > context->tickets[0].made_s;
            found = sealing || (live && memcmp(name, key->name, sizeof(key->name)) == 0);
            if (found) {
                *ret = *key;
                *ret_renew = i > 0;
            }
        }
    }
    (void)pthread_mutex_unlock(&context->lock);
    return found;
}

static bool ticket_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t) "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* OpenSSL's contract: -1 failure, 0 unknown ticket, 1 good, 2 good but give out a new one. */
static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int sealing)
{
    struct tls_context *context = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    struct ticket_key key;
    bool renew = false, ready;

    if (!ticket_key_get(context, name, sealing != 0, &key, &renew)) {
        return sealing ? -1 : 0;
    }
    if (sealing) {
        memcpy(name, key.name, sizeof(key.name));
        ready = context->env->random(context->env, iv, TICKET_IV_BYTES) == RC_OK &&
                EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1;
    } else {
        ready = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher, iv) == 1;
    }
    ready = ready && ticket_mac(mac, &key);
    wipe(&key, sizeof(key));
    /* In TLS 1.3 a client uses a ticket once (RFC 8446, C.4): it always gets the next. */
    return !ready ? -1 : renew || SSL_version(ssl) >= TLS1_3_VERSION ? 2 : 1;
}

/* ---- certificates ---- */

static const char *openssl_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);

    return reason == NULL ? "not readable" : reason;
}

static enum rc fail(struct arena *arena, str *ret_why, const char *what, const char *path)
{
    *ret_why = arena_printf(arena, "%s %s: %s", what, path, openssl_reason());
    ERR_clear_error();
    return RC_IO;
}

static int choose_alpn(SSL *ssl UNUSED, const unsigned char **ret, unsigned char *ret_len,
                       const unsigned char *offered, unsigned offered_len, void *arg UNUSED)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;

    if (SSL_select_next_proto(&chosen, ret_len, ours, sizeof(ours) - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301: refuse what we do not speak */
    }
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static void set_rules(SSL_CTX *ssl, struct tls_context *context)
{
    static const unsigned char session_context[] = "mantle";

    (void)SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* TLS 1.2: forward secret, authenticated encryption only. */
    (void)SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20");
    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Tickets carry the session; nothing is kept here. No early data: it can be replayed. */
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(ssl, 1);
    (void)SSL_CTX_set_max_early_data(ssl, 0);
    (void)SSL_CTX_set_session_id_context(ssl, session_context, sizeof(session_context) - 1);
    (void)SSL_CTX_set_app_data(ssl, context);
    (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, on_ticket);
    SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, NULL);
}

static enum rc load(struct tls_context *context, struct arena *arena, SSL_CTX **ret, str *ret_why)
{
    SSL_CTX *ssl;
    enum rc rc = RC_OK;

    ERR_clear_error();
    ssl = SSL_CTX_new(TLS_server_method());
    if (ssl == NULL) {
        *ret_why = STR("no memory for TLS");
        return RC_NOMEM;
    }
    set_rules(ssl, context);
    if (SSL_CTX_use_certificate_chain_file(ssl, context->cert) != 1) {
        rc = fail(arena, ret_why, "cannot use the TLS certificate", context->cert);
    } else if (SSL_CTX_use_PrivateKey_file(ssl, context->key, SSL_FILETYPE_PEM) != 1) {
        rc = fail(arena, ret_why, "cannot use the TLS key", context->key);
    } else if (SSL_CTX_check_private_key(ssl) != 1) {
        rc = fail(arena, ret_why, "the TLS certificate does not belong to the key", context->key);
    }
    if (rc != RC_OK) {
        SSL_CTX_free(ssl);
        return rc;
    }
    *ret = ssl;
    return RC_OK;
}

static char *copy_path(const char *path, size_t *ret_bytes)
{
    size_t bytes = strlen(path) + 1;
    char *copy = alloc_new(&heap, bytes);

    if (copy != NULL) {
        memcpy(copy, path, bytes);
        *ret_bytes = bytes;
    }
    return copy;
}

enum rc tls_context_new(const char *cert, const char *key, const struct env *env,
                        struct arena *arena, struct tls_context **ret, str *ret_why)
{
    struct tls_context *context;
    enum rc rc;

    if (cert == NULL || key == NULL) {
        *ret_why = STR("TLS needs both a certificate and its key");
        return RC_SYNTAX;
    }
    context = ALLOC_NEW(&heap, struct tls_context);
    if (context == NULL) {
        *ret_why = STR("no memory for TLS");
        return RC_NOMEM;
    }
    (void)pthread_mutex_init(&context->lock, NULL);
    context->env = env;
    context->method = tls_pipe_method();
    context->cert = copy_path(cert, &context->cert_bytes);
    context->key = copy_path(key, &context->key_bytes);
    rc = context->method == NULL || context->cert == NULL || context->key == NULL ? RC_NOMEM
                                                                                  : RC_OK;
    *ret_why = STR("no memory for TLS");
    if (rc == RC_OK) {
        rc = load(context, arena, &context->ssl, ret_why);
    }
    if (rc != RC_OK) {
        tls_context_free(context);
        return rc;
    }
    *ret = context;
    return RC_OK;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL) {
        return;
    }
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    alloc_free(&heap, context->cert, context->cert_bytes);
    alloc_free(&heap, context->key, context->key_bytes);
    (void)pthread_mutex_destroy(&context->lock);
    wipe(context->tickets, sizeof(context->tickets));
    ALLOC_FREE(&heap, context);
}

enum rc tls_context_reload(struct tls_context *context, struct arena *arena, str *ret_why)
{
    SSL_CTX *fresh = NULL, *old;

    TRY(load(context, arena, &fresh, ret_why));
    (void)pthread_mutex_lock(&context->lock);
    old = context->ssl;
    context->ssl = fresh;
    (void)pthread_mutex_unlock(&context->lock);
    SSL_CTX_free(old);
    return RC_OK;
}
