#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

#include "net/internal.h"

struct tls_context {
    pthread_mutex_t lock;
    SSL_CTX *ssl; /* guarded by lock; a connection holds a reference of its own */
    BIO_METHOD *method;
    char *cert, *key;
    size_t cert_bytes, key_bytes;
};

/* One connection's session. OpenSSL reads from `in` (the bytes libuv just brought) and writes to
 * the loop's buffer, which is sent before the loop turns to anything else. */
struct tls {
    SSL *ssl;
    str in;
    buf *out;
    bool failed; /* a fatal error: only the alert may still go out */
};

/* ---- the pipe between OpenSSL and libuv ---- */

static int pipe_read(BIO *bio, char *out, size_t len, size_t *ret_got)
{
    struct tls *tls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (tls->in.len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    len = len < tls->in.len ? len : tls->in.len;
    memcpy(out, tls->in.ptr, len);
    tls->in = str_skip(tls->in, len);
    *ret_got = len;
    return 1;
}

static int pipe_write(BIO *bio, const char *data, size_t len, size_t *ret_put)
{
    struct tls *tls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    buf_add(tls->out, str_from(data, len));
    if (tls->out->err != RC_OK) {
        return 0;
    }
    *ret_put = len;
    return 1;
}

static long pipe_ctrl(BIO *bio UNUSED, int command, long n UNUSED, void *ptr UNUSED)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *pipe_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loop");

    if (method == NULL || BIO_meth_set_read_ex(method, pipe_read) != 1 ||
        BIO_meth_set_write_ex(method, pipe_write) != 1 ||
        BIO_meth_set_ctrl(method, pipe_ctrl) != 1) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
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

static void set_rules(SSL_CTX *ssl)
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
    SSL_CTX_set_alpn_select_cb(ssl, choose_alpn, NULL);
}

static enum rc load(const char *cert, const char *key, struct arena *arena, SSL_CTX **ret,
                    str *ret_why)
{
    SSL_CTX *ssl;
    enum rc rc = RC_OK;

    ERR_clear_error();
    ssl = SSL_CTX_new(TLS_server_method());
    if (ssl == NULL) {
        *ret_why = STR("no memory for TLS");
        return RC_NOMEM;
    }
    set_rules(ssl);
    if (SSL_CTX_use_certificate_chain_file(ssl, cert) != 1) {
        rc = fail(arena, ret_why, "cannot use the TLS certificate", cert);
    } else if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1) {
        rc = fail(arena, ret_why, "cannot use the TLS key", key);
    } else if (SSL_CTX_check_private_key(ssl) != 1) {
        rc = fail(arena, ret_why, "the TLS certificate does not belong to the key", key);
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

enum rc tls_context_new(const char *cert, const char *key, struct arena *arena,
                        struct tls_context **ret, str *ret_why)
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
    context->method = pipe_method();
    context->cert = copy_path(cert, &context->cert_bytes);
    context->key = copy_path(key, &context->key_bytes);
    rc = context->method == NULL || context->cert == NULL || context->key == NULL ? RC_NOMEM
                                                                                  : RC_OK;
    *ret_why = STR("no memory for TLS");
    if (rc == RC_OK) {
        rc = load(cert, key, arena, &context->ssl, ret_why);
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
    ALLOC_FREE(&heap, context);
}

/* Tickets given out under the old certificate end with it: the new context has new ticket keys. */
enum rc tls_context_reload(struct tls_context *context, struct arena *arena, str *ret_why)
{
    SSL_CTX *fresh = NULL, *old;

    TRY(load(context->cert, context->key, arena, &fresh, ret_why));
    (void)pthread_mutex_lock(&context->lock);
    old = context->ssl;
    context->ssl = fresh;
    (void)pthread_mutex_unlock(&context->lock);
    SSL_CTX_free(old);
    return RC_OK;
}

/* ---- one connection ---- */

bool tls_accept(struct conn *conn)
{
    struct tls_context *context = conn->loop->server->tls;
    struct tls *tls = ALLOC_NEW(&heap, struct tls);
    BIO *bio = tls == NULL ? NULL : BIO_new(context->method);

    if (bio == NULL) {
        alloc_free(&heap, tls, sizeof(*tls));
        return false;
    }
    (void)pthread_mutex_lock(&context->lock);
    tls->ssl = SSL_new(context->ssl);
    (void)pthread_mutex_unlock(&context->lock);
    if (tls->ssl == NULL) {
        BIO_free(bio);
        ALLOC_FREE(&heap, tls);
        return false;
    }
    tls->out = &conn->loop->cipher_text;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    conn->tls = tls;
    return true;
}

void tls_free(struct tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        ALLOC_FREE(&heap, tls);
    }
}

void tls_describe(const struct tls *tls, struct http_request *ret)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(tls->ssl);

    ret->tls = true;
    ret->tls_version = str_cstr(SSL_get_version(tls->ssl));
    ret->tls_cipher = cipher == NULL ? STR_NONE : str_cstr(SSL_CIPHER_standard_name(cipher));
}

static void forget(buf *out)
{
    if (out->cap > CIPHER_BYTES_KEPT) {
        buf_done(out); /* one huge answer must not pin its memory */
    }
    buf_clear(out);
}

static void flush(struct conn *conn)
{
    buf *out = conn->tls->out;

    if (out->err != RC_OK) {
        conn_close(conn);
    } else if (out->len > 0) {
        uv_buf_t all = uv_buf_init(out->ptr, (unsigned)out->len);
        conn_write(conn, &all, 1); /* copies what it cannot send */
    }
    forget(out);
}

static void lose(struct conn *conn)
{
    conn->tls->failed = true;
    flush(conn); /* the alert */
    conn_close(conn);
}

/* A client that speaks plain HTTP to this port is told so in its own language. */
static bool answer_in_plain(struct conn *conn)
{
    if (SSL_is_init_finished(conn->tls->ssl) ||
        ERR_GET_REASON(ERR_peek_error()) != SSL_R_HTTP_REQUEST) {
        return false;
    }
    forget(conn->tls->out);
    tls_free(conn->tls);
    conn->tls = NULL;
    conn_refuse(conn, 400, "This port speaks TLS: the address begins with https.");
    return true;
}

void tls_input(struct conn *conn, str cipher_text)
{
    struct tls *tls = conn->tls;
    char *plain = conn->loop->plain;
    size_t got = 0;

    tls->in = cipher_text;
    ERR_clear_error();
    while (!conn->closing && SSL_read_ex(tls->ssl, plain, PLAIN_BYTES, &got) == 1) {
        conn_input(conn, str_from(plain, got));
        ERR_clear_error();
    }
    if (conn->closing) {
        forget(tls->out);
        return;
    }
    switch (SSL_get_error(tls->ssl, 0)) {
    case SSL_ERROR_WANT_READ:
        flush(conn); /* handshake, tickets, key updates */
        break;
    case SSL_ERROR_ZERO_RETURN: /* close_notify: as a half-closed socket */
        flush(conn);
        conn_peer_done(conn);
        break;
    default:
        if (!answer_in_plain(conn)) {
            lose(conn);
        }
        break;
    }
}

void tls_send(struct conn *conn, const uv_buf_t *bufs, unsigned count)
{
    struct tls *tls = conn->tls;

    ERR_clear_error();
    for (unsigned i = 0; i < count; i++) {
        str rest = str_from(bufs[i].base, bufs[i].len);

        while (rest.len > 0) {
            size_t put = 0;
            if (SSL_write_ex(tls->ssl, rest.ptr, rest.len, &put) != 1) {
                lose(conn);
                return;
            }
            rest = str_skip(rest, put);
        }
    }
    flush(conn);
}

void tls_say_goodbye(struct conn *conn)
{
    struct tls *tls = conn->tls;

    if (!tls->failed && SSL_is_init_finished(tls->ssl)) {
        ERR_clear_error();
        (void)SSL_shutdown(tls->ssl);
        flush(conn);
    }
}
