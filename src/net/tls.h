/* TLS 1.2 and 1.3 on a connection, by OpenSSL. Cipher text comes from libuv and goes back to it;
 * OpenSSL sees no socket. */
#ifndef MANTLE_NET_TLS_H
#define MANTLE_NET_TLS_H

#include <stdbool.h>
#include <uv.h>

#include "base/arena.h"
#include "net/http.h"

struct conn;
struct tls;
struct tls_context;

/* cert, key: PEM paths. *ret_why on failure: which file, why. */
MUST_CHECK enum rc tls_context_new(const char *cert, const char *key, const struct env *env,
                                   struct arena *arena, struct tls_context **ret, str *ret_why);
void tls_context_free(struct tls_context *context);
/* Connections from now on use the files as they are now; on failure the old ones stay. From any
 * thread. */
MUST_CHECK enum rc tls_context_reload(struct tls_context *context, struct arena *arena,
                                      str *ret_why);

bool tls_accept(struct conn *conn); /* sets conn->tls; false without memory */
void tls_input(struct conn *conn, str cipher_text);
void tls_send(struct conn *conn, const uv_buf_t *bufs, unsigned count);
void tls_say_goodbye(struct conn *conn); /* close_notify, if it can be sent at once */
void tls_free(struct tls *tls);          /* accepts NULL */
void tls_describe(const struct tls *tls, struct http_request *ret);

#endif
