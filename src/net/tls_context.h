/* What all TLS connections of a server share: certificate, rules, ticket keys. */
#ifndef MANTLE_NET_TLS_CONTEXT_H
#define MANTLE_NET_TLS_CONTEXT_H

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <pthread.h>

#include "net/tls.h"

enum { TICKET_NAME_BYTES = 16, TICKET_IV_BYTES = 16 };

struct ticket_key {
    unsigned char name[TICKET_NAME_BYTES], cipher[32], mac[32];
    int64_t made_s; /* 0: none yet */
};

struct tls_context {
    pthread_mutex_t lock;
    const struct env *env;
    struct ticket_key tickets[2]; /* newest first; guarded by lock */
    SSL_CTX *ssl;                 /* guarded by lock; a connection holds a reference of its own */
    BIO_METHOD *method;
    char *cert, *key;
    size_t cert_bytes, key_bytes;
};

/* How OpenSSL reaches a connection (tls.c); NULL without memory. */
BIO_METHOD *tls_pipe_method(void);

#endif
