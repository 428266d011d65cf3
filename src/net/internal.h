/* What the files of net/ share. Each loop owns its connections and calls; only `tasks`, `stopping` and
 * what stands in http_server is touched by other threads. */
#ifndef MANTLE_NET_INTERNAL_H
#define MANTLE_NET_INTERNAL_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "net/http.h"
#include "net/limit.h"
#include "net/parser.h"

enum { DESCRIPTORS_SPARE = 512 }; /* refused connections, files, the store */

enum {
    READ_BYTES = 65536,
    OUT_BYTES = 16384,     /* an answer up to this size leaves in one write(2) from one buffer */
    BACKLOG_BYTES = 65536, /* read ahead of the answer; past it reading stops */
    LARGE_BODY_TIMES = 4,
    CALLS_KEPT = 64, /* idle exchanges kept per loop, with their first arena chunk */
    CALL_CHUNK_BYTES = 16384 - 64,
    TICK_MS = 100,
    LINGER_MS = 2000,
    LINGER_BYTES = 16 << 20, /* thrown away after a refusal, so that the client gets to read it */
    PLAIN_BYTES = 16384,     /* the largest TLS record */
    CIPHER_BYTES_KEPT = 65536,
    LISTENERS_MAX = 2,
    PEER_BYTES = INET6_ADDRSTRLEN,
};

struct tls;

/* A connection is in exactly one phase, and in that phase's list in order of entry: the deadline of a
 * phase is the same for all in it, so the oldest stands first. */
enum phase {
    PHASE_HEAD,   /* from accept, or from the first byte of a request */
    PHASE_BODY,   /* head read */
    PHASE_HANDLE, /* with the handler; no deadline */
    PHASE_WRITE,  /* the peer does not take the answer as fast as we give it */
    PHASE_IDLE,   /* between requests */
    PHASE_LINGER, /* said all; waits for the peer to close */
    PHASE_COUNT,
};

struct conn_list {
    struct conn *first, *last;
    int64_t timeout_ms; /* 0: none */
};

struct conn {
    uv_tcp_t tcp;
    int fd; /* the tcp handle's */
    struct http_loop *loop;
    struct conn *prev, *next;
    enum phase phase;
    int64_t since_ms; /* loop time of entry into the phase */
    struct call *call;
    struct tls *tls; /* NULL: plain */
    char *backlog;   /* read, but behind the request being answered */
    size_t backlog_start, backlog_len, backlog_cap;
    size_t discarded_bytes;
    unsigned writes;  /* uv_write requests under way */
    bool closing;     /* uv_close was called */
    bool dispatching; /* conn_run is on the stack: http_answer leaves going on to it */
    bool peer_done;   /* the peer closed its sending side */
    bool read_paused;
    bool finish; /* close when all is written */
    bool linger; /* and then wait for the peer: it may not have finished sending */
    struct limit_key address;
    char peer[PEER_BYTES];
    uint16_t peer_port;
};

/* An exchange with what the public struct does not show. */
struct call {
    struct http_exchange exchange;
    struct arena arena;
    struct parser parser;
    struct conn *conn;  /* NULL: the connection is gone, the handler does not know yet */
    struct call *next;  /* in loop->free_calls */
    size_t held_bytes;  /* of the arena, as far as counted in loop->held_bytes */
    size_t large_bytes; /* of http_hold; such a call is not counted there */
    char peer[PEER_BYTES];
};

struct http_loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t timer;
    uv_poll_t table_filler; /* see fill_table; closed before anybody is served */
    uv_tcp_t listeners[LISTENERS_MAX];
    unsigned listener_count;
    uv_tcp_t turned_away; /* for a peer we have no memory for */
    bool turned_away_busy;
    bool accept_pending[LISTENERS_MAX]; /* libuv holds a peer we could not take yet */
    struct http_server *server;
    unsigned index;
    void *state; /* of the hooks */
    struct conn_list lists[PHASE_COUNT];
    unsigned conns;
    struct call *free_calls;
    unsigned free_call_count, calls_out; /* calls_out: with the handler */
    size_t held_bytes;                   /* by the arenas of all calls but the free ones */
    _Atomic(struct http_task *) tasks;   /* newest first */
    bool stopping, cut, done;
    int64_t stop_at_ms;
    char date[64]; /* "Date: ...\r\n" */
    size_t date_len;
    uv_thread_t thread;
    bool thread_started;
    char in[READ_BYTES];
    char out[OUT_BYTES];
    char plain[PLAIN_BYTES]; /* out of a TLS record */
    buf cipher_text;         /* of the connection being served; empty between turns */
};

struct http_server {
    struct http_config config;
    struct http_loop_hooks hooks;
    void *ctx;
    const struct env *env;
    struct parser_limits limits;
    struct limit *limit;
    struct http_loop **loops;
    unsigned loop_count;
    uint16_t port;
    char *server_line; /* "Server: name\r\n" */
    size_t server_line_len;
    struct tls_context *tls; /* NULL: plain */
    atomic_bool stopping;
    _Atomic size_t large_bytes; /* held by http_hold, over all loops */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned ready, failed; /* loops that came up, or did not; guarded by lock */
};

/* conn.c */
void conn_accept(struct http_loop *loop, unsigned listener);
void conn_input(struct conn *conn, str in); /* plain bytes of the peer */
void conn_close(struct conn *conn);         /* at once; idempotent */
void conn_peer_done(struct conn *conn);     /* the peer will send no more */
void conn_timeout(struct conn *conn);
void conn_phase(struct conn *conn, enum phase phase);
void conn_refuse(struct conn *conn, int status, const char *why);
/* An answer of this connection was given to conn_send; what now. */
void conn_answered(struct conn *conn, bool keep);

/* write.c */
/* Writes now what the kernel takes, the rest (copied) later. Closes the connection on failure. */
void conn_write(struct conn *conn, uv_buf_t *bufs, unsigned count);
/* The same through TLS when the connection has it. */
void conn_send(struct conn *conn, uv_buf_t *bufs, unsigned count);
void conn_drained(struct conn *conn);

/* call.c */
struct call *call_new(struct conn *conn); /* NULL without memory */
void call_free(struct http_loop *loop, struct call *call);
/* Counts what the call holds. False when all calls of the loop hold too much: senders of bodies they
 * never finish must not fill the memory, however many they are. */
bool call_takes_large(struct call *call, int *ret_status, const char **ret_why);
bool call_fits(struct call *call);
void call_dispatch(struct call *call); /* request complete: to the handler */
void call_refuse(struct call *call, int status, const char *why);

/* answer.c */
struct answer {
    uv_buf_t bufs[2];
    unsigned count;
};
/* In loop->out, the call's arena and the exchange's own bytes; false without memory. */
bool answer_build(struct call *call, bool keep, struct answer *ret);
str http_reason(int status);

/* loop.c */
MUST_CHECK enum rc loop_open(struct http_server *server, unsigned index, const int *fds,
                             unsigned fd_count, struct http_loop **ret, const char **ret_what);
MUST_CHECK enum rc loop_start(struct http_loop *loop);
void loop_wake(struct http_loop *loop);
void loop_free(struct http_loop *loop);
/* Called whenever a connection or a call went away: ends a stopping loop when none is left. */
void loop_maybe_end(struct http_loop *loop);

/* listen.c */
/* Sockets of one loop: at most LISTENERS_MAX, bound, not yet listening. *port: 0 takes a free one,
 * and says which. */
MUST_CHECK enum rc listen_bind(const char *host, uint16_t *port, bool first,
                               int ret_fds[LISTENERS_MAX], unsigned *ret_count, struct arena *arena,
                               str *ret_why);

/* Metrics. */
void count_connection(int by);
void count_request(void);
void count_refusal(int status);
void count_register(void);

#endif
