#include "net/tls.h"

#include "net/internal.h"

enum rc tls_context_new(const char *cert UNUSED, const char *key UNUSED, struct arena *arena UNUSED,
                        struct tls_context **ret UNUSED, str *ret_why)
{
    *ret_why = STR("TLS is not built yet");
    return RC_UNSUPPORTED;
}

void tls_context_free(struct tls_context *context UNUSED)
{
}

enum rc tls_context_reload(struct tls_context *context UNUSED, struct arena *arena UNUSED,
                           str *ret_why UNUSED)
{
    return RC_UNSUPPORTED;
}

bool tls_accept(struct conn *conn UNUSED)
{
    return false;
}

void tls_input(struct conn *conn UNUSED, str cipher_text UNUSED)
{
}

void tls_send(struct conn *conn UNUSED, const uv_buf_t *bufs UNUSED, unsigned count UNUSED)
{
}

void tls_say_goodbye(struct conn *conn UNUSED)
{
}

void tls_free(struct tls *tls UNUSED)
{
}

void tls_describe(const struct tls *tls UNUSED, struct http_request *ret UNUSED)
{
}
