#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "net/internal.h"
#include "net/tls_context.h"

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

BIO_METHOD *tls_pipe_method(void)
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
