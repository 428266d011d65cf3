/* An HTTP/1.1 server: one libuv loop per thread, each with its own listener (SO_REUSEPORT), llhttp
 * for the grammar, OpenSSL for TLS. It owns connections, deadlines and limits; what a request means
 * is the handler's business. A loop never waits. */
#ifndef MANTLE_NET_HTTP_H
#define MANTLE_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct http_header {
    str name, value; /* as sent; value without surrounding white space */
};

/* One request, complete. All views live until http_answer. */
struct http_request {
    str method;      /* "GET" */
    str target;      /* raw request target */
    str path, query; /* raw, split at the first '?' */
    struct http_header *headers;
    size_t header_count;
    str body;
    str peer_address; /* textual IP, from the socket */
    uint16_t peer_port;
    bool tls;
    str tls_version, tls_cipher; /* "TLSv1.3", "TLS_AES_128_GCM_SHA256"; absent without TLS */
};

/* First header of that name, ignoring case; absent if none. */
str http_header_get(const struct http_request *request, str name);

struct http_exchange { /* request and answer, and the memory of both */
    struct http_request request;
    struct arena *arena; /* reset by http_answer */
    struct http_loop *loop;
    void *user;               /* the handler's own */
    int64_t received_mono_ns; /* when the last byte of the request came */
    /* Filled in before http_answer(): */
    int status; /* 200 */
    str content_type;
    const struct http_header *extra; /* further headers; live in the arena */
    size_t extra_count;
    str answer; /* body; lives in the arena or is static */
    bool close_after;
    const char *refusal; /* in hooks->refuse: one English sentence, static; else NULL */
};

struct http_loop_hooks { /* all on the loop's own thread */
    /* Per-loop state; NULL is a failure and ends http_server_start. */
    void *(*start)(void *ctx, struct http_loop *loop, unsigned index);
    void (*stop)(void *loop_state); /* after the last answer */
    /* Must end in http_answer(exchange), now or later. */
    void (*handle)(void *loop_state, struct http_exchange *exchange);
    /* A request that is not HTTP, too large or too slow. status is set (400, 408, 413, 414, 417, 431,
     * 501, 503 or 505), as are refusal and a plain-text answer; the hook may fill in another answer
     * in the API's own shape. It does not call http_answer: the server sends when it returns, and
     * closes the connection. Of the request only the peer is sure to be there; method, target and
     * headers are absent unless they were read. NULL: the plain text goes out. */
    void (*refuse)(void *loop_state, struct http_exchange *exchange);
    /* The head of a request was read that announces a body longer than body_bytes_max, but not than
     * large_body_bytes_max: is it to be taken? The body is absent. NULL: no. */
    bool (*takes_large)(void *loop_state, const struct http_request *request, struct arena *arena);
    /* About every 100 ms, for the handler's own periodic work. May be NULL. */
    void (*tick)(void *loop_state);
};

/* Sends and forgets the exchange: it, its arena and all views are invalid when this returns. On the
 * loop's thread only, from inside hooks->handle or later; exactly once per exchange. The peer may be
 * gone already. Header values with control bytes in them are left out: they would split the answer. */
void http_answer(struct http_exchange *exchange);

/* Lets this exchange use that much more memory than others may, out of what the server has for such:
 * large_bytes_max over all loops. False: others have it now. Given back with the exchange. On the loop's
 * thread only. */
MUST_CHECK bool http_hold(struct http_exchange *exchange, size_t bytes);

/* Runs fn(arg) on the loop's thread soon. From any thread. A task is embedded in the caller's own
 * struct: posting allocates nothing and cannot fail. Not after http_server_stop has returned; what is
 * posted while it stops may be forgotten, unless it leads to an http_answer that is still owed. */
struct http_task {
    void (*fn)(struct http_task *task);
    struct http_task *next; /* the loop's */
};
void http_loop_post(struct http_loop *loop, struct http_task *task);
unsigned http_loop_index(const struct http_loop *loop);

struct http_config {
    /* IPv4 or IPv6 literal without brackets ("::" takes IPv4 as well), or "localhost": both. */
    const char *host;
    uint16_t port;                        /* 0: any; see http_server_port */
    unsigned loops;                       /* threads; 0: one per core */
    const char *tls_cert, *tls_key;       /* PEM paths; both or none */
    size_t head_bytes_max;                /* request line and headers: 64 KiB by default */
    size_t headers_max;                   /* 100 */
    size_t body_bytes_max;                /* 1 MiB */
    unsigned connections_max;             /* in all: 10,000 */
    unsigned connections_per_address_max; /* 1,000; loopback counts too; IPv6: per /64 */
    int64_t head_timeout_ms;              /* accept or first byte to end of headers: 10 s */
    int64_t body_timeout_ms;              /* end of headers to end of body: 30 s */
    int64_t idle_timeout_ms;              /* between requests: 75 s */
    int64_t write_timeout_ms;             /* answer not taken: 30 s */
    int64_t stop_timeout_ms;              /* graceful stop: 10 s; then connections are cut */
    size_t exchange_bytes_max;            /* arena per exchange: 16 MiB */
    size_t held_bytes_max;                /* all requests in memory, over all loops: 256 MiB */
    size_t large_body_bytes_max;          /* where hooks->takes_large says so: 32 MiB */
    size_t large_bytes_max;               /* what http_hold gives, over all loops: 256 MiB */
    const char *server_name;              /* Server header; NULL: none */
    const struct env *env;                /* NULL: system_env() */
};
/* Fills the defaults above. */
void http_config_defaults(struct http_config *config);

struct http_server;
/* Binds, starts the loops, returns when all listen. *ret_why (static or in the arena) on failure
 * says what failed, to what, and what to do. */
MUST_CHECK enum rc http_server_start(const struct http_config *config,
                                     const struct http_loop_hooks *hooks, void *ctx,
                                     struct arena *arena, struct http_server **ret, str *ret_why);
uint16_t http_server_port(const struct http_server *server);
/* Reads the certificate files again (SIGHUP). On failure says why in the log and keeps the old ones.
 * RC_OK without TLS. */
MUST_CHECK enum rc http_server_reload_tls(struct http_server *server);
/* Stops accepting, finishes what was accepted, closes idle connections, joins the threads. A handler
 * that has still not answered stop_timeout_ms after its connection was cut is given up on: its loop's
 * memory is then left alone, so that a late http_loop_post lands in live memory and runs nothing. */
void http_server_stop(struct http_server *server);

#endif
