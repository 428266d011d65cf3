#include <arpa/inet.h>
#include <string.h>

#include "net/internal.h"
#include "net/tls.h"

static void unlist(struct conn *conn)
{
    struct conn_list *list = &conn->loop->lists[conn->phase];

    *(conn->prev == NULL ? &list->first : &conn->prev->next) = conn->next;
    *(conn->next == NULL ? &list->last : &conn->next->prev) = conn->prev;
    conn->prev = conn->next = NULL;
}

static void enlist(struct conn *conn, enum phase phase)
{
    struct conn_list *list = &conn->loop->lists[phase];

    conn->phase = phase;
    conn->since_ms = (int64_t)uv_now(&conn->loop->uv);
    conn->prev = list->last;
    *(list->last == NULL ? &list->first : &list->last->next) = conn;
    list->last = conn;
}

void conn_phase(struct conn *conn, enum phase phase)
{
    unlist(conn);
    enlist(conn, phase);
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = CONTAINER_OF(handle, struct conn, tcp);
    struct http_loop *loop = conn->loop;

    limit_leave(loop->server->limit, conn->address);
    count_connection(-1);
    tls_free(conn->tls);
    alloc_free(&heap, conn->backlog, conn->backlog_cap);
    ALLOC_FREE(&heap, conn);
    loop->conns--;
    loop_maybe_end(loop);
}

static void close_with(struct conn *conn, bool reset)
{
    struct call *call = conn->call;

    if (conn->closing) {
        return;
    }
    conn->closing = true;
    unlist(conn);
    if (call != NULL) {
        conn->call = NULL;
        if (call->parser.state == PARSER_DONE) {
            call->conn = NULL; /* the handler has it, and will answer into the void */
        } else {
            call_free(conn->loop, call);
        }
    }
    if (!reset || uv_tcp_close_reset(&conn->tcp, on_closed) != 0) {
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
    }
}

void conn_close(struct conn *conn)
{
    close_with(conn, false);
}

static void on_alloc(uv_handle_t *handle, size_t suggested UNUSED, uv_buf_t *ret)
{
    struct conn *conn = CONTAINER_OF(handle, struct conn, tcp);

    *ret = uv_buf_init(conn->loop->in, sizeof(conn->loop->in));
}

/* It may have closed only its own side: what it asked is still answered. */
void conn_peer_done(struct conn *conn)
{
    if (conn->phase == PHASE_HANDLE || conn->phase == PHASE_WRITE) {
        conn->peer_done = true;
        (void)uv_read_stop((uv_stream_t *)&conn->tcp);
    } else {
        conn_close(conn);
    }
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *data)
{
    struct conn *conn = CONTAINER_OF(stream, struct conn, tcp);

    if (got > 0) {
        str in = str_from(data->base, (size_t)got);

        if (conn->tls != NULL && conn->phase != PHASE_LINGER) {
            tls_input(conn, in);
        } else {
            conn_input(conn, in);
        }
    } else if (got == UV_EOF) {
        conn_peer_done(conn);
    } else if (got < 0) {
        conn_close(conn);
    }
}

/* Busy: one request at a time. What comes behind it waits in the backlog. */
static bool busy(const struct conn *conn)
{
    return conn->closing || conn->finish || conn->phase == PHASE_LINGER || conn->writes > 0 ||
           (conn->call != NULL && conn->call->parser.state == PARSER_DONE);
}

static void ask_to_continue(struct conn *conn)
{
    uv_buf_t line = uv_buf_init((char *)(uintptr_t) "HTTP/1.1 100 Continue\r\n\r\n", 25);

    conn_send(conn, &line, 1);
}

static void dispatch(struct conn *conn)
{
    conn->dispatching = true;
    call_dispatch(conn->call);
    conn->dispatching = false;
    if (conn->call != NULL && !conn->closing) {
        conn_phase(conn, PHASE_HANDLE); /* answered later */
    }
}

static bool admit_large(struct conn *conn)
{
    const char *why = NULL;
    int status = 0;

    conn->call->parser.large = false;
    if (call_takes_large(conn->call, &status, &why)) {
        return true;
    }
    conn_refuse(conn, status, why);
    return false;
}

/* Reads requests from *in while they can be answered; leaves the rest. */
static void run(struct conn *conn, str *in)
{
    while (in->len > 0 && !busy(conn)) {
        struct call *call = conn->call;
        enum phase wanted = PHASE_HEAD;
        enum parser_state state;

        if (call == NULL) {
            call = conn->call = call_new(conn);
            if (call == NULL) {
                conn_close(conn);
                return;
            }
        }
        state = parser_feed(&call->parser, in);
        if (!call_fits(call) && state != PARSER_REFUSED) {
            conn_refuse(conn, 503, "The server holds too many unfinished requests.");
            return;
        }
        switch (state) {
        case PARSER_HEAD:
            break;
        case PARSER_BODY:
        case PARSER_CHUNKED:
            wanted = PHASE_BODY;
            if (call->parser.large && !admit_large(conn)) {
                return;
            }
            if (call->parser.expects_continue && in->len == 0) {
                call->parser.expects_continue = false;
                ask_to_continue(conn);
            }
            break;
        case PARSER_DONE:
            dispatch(conn);
            continue;
        case PARSER_REFUSED:
            conn_refuse(conn, call->parser.status, call->parser.why);
            return;
        }
        if (conn->phase != wanted && !conn->closing) {
            conn_phase(conn, wanted);
        }
    }
}

static void backlog_add(struct conn *conn, str in)
{
    size_t end = conn->backlog_start + conn->backlog_len;
    char *grown;

    if (in.len > conn->backlog_cap - end && conn->backlog_start > 0) {
        memmove(conn->backlog, conn->backlog + conn->backlog_start, conn->backlog_len);
        conn->backlog_start = 0;
        end = conn->backlog_len;
    }
    if (in.len > conn->backlog_cap - end) {
        grown = heap.resize(&heap, conn->backlog, conn->backlog_cap, end + in.len);
        if (grown == NULL) {
            conn_close(conn);
            return;
        }
        conn->backlog = grown;
        conn->backlog_cap = end + in.len;
    }
    memcpy(conn->backlog + end, in.ptr, in.len);
    conn->backlog_len += in.len;
    if (conn->backlog_len >= BACKLOG_BYTES && !conn->read_paused) {
        conn->read_paused = true;
        (void)uv_read_stop((uv_stream_t *)&conn->tcp);
    }
}

static void backlog_clear(struct conn *conn)
{
    alloc_free(&heap, conn->backlog, conn->backlog_cap);
    conn->backlog = NULL;
    conn->backlog_start = conn->backlog_len = conn->backlog_cap = 0;
}

static void discard(struct conn *conn, size_t len)
{
    conn->discarded_bytes += len;
    if (conn->discarded_bytes > LINGER_BYTES) {
        conn_close(conn);
    }
}

void conn_input(struct conn *conn, str in)
{
    if (conn->backlog_len == 0) {
        run(conn, &in);
    }
    if (in.len == 0 || conn->closing) {
        return;
    }
    if (conn->finish || conn->phase == PHASE_LINGER) {
        discard(conn, in.len);
        return;
    }
    backlog_add(conn, in);
}

/* The last request is answered and written: go on with what came meanwhile. */
static void resume(struct conn *conn)
{
    if (conn->backlog_len > 0) {
        str rest = str_from(conn->backlog + conn->backlog_start, conn->backlog_len);

        run(conn, &rest);
        if (conn->closing) {
            return;
        }
        conn->backlog_start += conn->backlog_len - rest.len;
        conn->backlog_len = rest.len;
    }
    if (conn->finish || conn->phase == PHASE_LINGER) {
        return;
    }
    if (conn->backlog_len == 0 && conn->backlog != NULL) {
        backlog_clear(conn);
    }
    if (conn->peer_done && !busy(conn)) {
        conn_close(conn); /* nothing more can come, and nothing is owed */
    } else if (conn->read_paused && conn->backlog_len < BACKLOG_BYTES / 2) {
        conn->read_paused = false;
        (void)uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
    }
}

/* All was said. Closing with unread bytes in the kernel would send a reset, and a reset can destroy
 * the answer on its way: so our side closes first and the peer gets a moment to read. */
static void part(struct conn *conn)
{
    if (conn->tls != NULL) {
        tls_say_goodbye(conn);
        if (conn->closing) {
            return;
        }
    }
    if (!conn->linger || conn->peer_done || shutdown(conn->fd, SHUT_WR) != 0) {
        conn_close(conn);
        return;
    }
    backlog_clear(conn);
    conn_phase(conn, PHASE_LINGER);
    if (conn->read_paused) {
        conn->read_paused = false;
        (void)uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
    }
}

void conn_answered(struct conn *conn, bool keep)
{
    if (conn->closing) {
        return;
    }
    conn->finish = !keep;
    conn->linger = conn->linger || conn->backlog_len > 0;
    if (conn->writes > 0) {
        conn_phase(conn, PHASE_WRITE);
        return;
    }
    if (!keep) {
        part(conn);
        return;
    }
    conn_phase(conn, PHASE_IDLE);
    if (!conn->dispatching) {
        resume(conn);
    }
}

void conn_drained(struct conn *conn)
{
    if (conn->phase != PHASE_WRITE) {
        /* A handshake or "100 Continue" that took a while: requests may wait behind it. */
        if (conn->phase != PHASE_LINGER) {
            resume(conn);
        }
        return;
    }
    if (conn->finish) {
        part(conn);
        return;
    }
    conn_phase(conn, PHASE_IDLE);
    resume(conn);
}

void conn_refuse(struct conn *conn, int status, const char *why)
{
    if (conn->call == NULL) {
        conn->call = call_new(conn);
        if (conn->call == NULL) {
            conn_close(conn);
            return;
        }
    }
    call_refuse(conn->call, status, why);
}

void conn_timeout(struct conn *conn)
{
    bool started = conn->call != NULL && parser_started(&conn->call->parser);

    if (conn->phase == PHASE_WRITE) {
        /* Unsent bytes must not stay in the kernel for a peer that does not read. */
        close_with(conn, true);
    } else if (started && (conn->phase == PHASE_HEAD || conn->phase == PHASE_BODY)) {
        conn_refuse(conn, 408, "The request did not come to its end in time.");
    } else {
        conn_close(conn);
    }
}

/* libuv keeps a peer nobody took and stops listening, so one is always taken: if only to close it. */
static void on_turned_away(uv_handle_t *handle)
{
    struct http_loop *loop = handle->data;

    loop->turned_away_busy = false;
    loop_maybe_end(loop);
}

static void turn_away(struct http_loop *loop, unsigned listener)
{
    if (loop->turned_away_busy || uv_tcp_init(&loop->uv, &loop->turned_away) != 0) {
        loop->accept_pending[listener] = true; /* asked again at the next tick */
        return;
    }
    loop->turned_away_busy = true;
    loop->turned_away.data = loop;
    (void)uv_accept((uv_stream_t *)&loop->listeners[listener], (uv_stream_t *)&loop->turned_away);
    uv_close((uv_handle_t *)&loop->turned_away, on_turned_away);
}

static bool name_peer(struct conn *conn, const struct sockaddr *peer)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)peer;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)peer;
    const void *address = &four->sin_addr;
    int family = AF_INET;

    conn->peer_port = ntohs(four->sin_port);
    if (peer->sa_family == AF_INET6) {
        conn->peer_port = ntohs(six->sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
            address = &six->sin6_addr.s6_addr[12]; /* policies name it as the IPv4 it is */
        } else {
            address = &six->sin6_addr;
            family = AF_INET6;
        }
    }
    return inet_ntop(family, address, conn->peer, sizeof(conn->peer)) != NULL;
}

static bool describe_peer(struct conn *conn)
{
    struct sockaddr_storage peer = { 0 };
    const struct sockaddr *any = (const struct sockaddr *)&peer;
    int len = sizeof(peer);

    if (uv_fileno((uv_handle_t *)&conn->tcp, &conn->fd) != 0 ||
        uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&peer, &len) != 0) {
        return false; /* gone already */
    }
    conn->address = limit_key_of(any);
    return name_peer(conn, any);
}

static void on_failed_closed(uv_handle_t *handle)
{
    struct conn *conn = CONTAINER_OF(handle, struct conn, tcp);
    struct http_loop *loop = conn->loop;

    ALLOC_FREE(&heap, conn);
    loop->conns--;
    loop_maybe_end(loop);
}

static void begin(struct conn *conn, enum limit_verdict verdict)
{
    struct http_loop *loop = conn->loop;

    count_connection(1);
    enlist(conn, PHASE_HEAD);
    if (loop->server->tls != NULL) {
        if (verdict == LIMIT_FULL || !tls_accept(conn)) {
            conn_close(conn); /* a handshake only to say no costs more than the no is worth */
            return;
        }
    }
    if (uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read) != 0) {
        conn_close(conn);
    } else if (verdict == LIMIT_FULL) {
        conn_refuse(conn, 503, "There are too many connections.");
    }
}

void conn_accept(struct http_loop *loop, unsigned listener)
{
    struct conn *conn = ALLOC_NEW(&heap, struct conn);
    enum limit_verdict verdict = LIMIT_CLOSED;

    loop->accept_pending[listener] = false;
    if (conn == NULL || uv_tcp_init(&loop->uv, &conn->tcp) != 0) {
        alloc_free(&heap, conn, sizeof(*conn));
        turn_away(loop, listener);
        return;
    }
    conn->loop = loop;
    loop->conns++;
    if (uv_accept((uv_stream_t *)&loop->listeners[listener], (uv_stream_t *)&conn->tcp) == 0 &&
        describe_peer(conn)) {
        verdict = limit_enter(loop->server->limit, conn->address);
    }
    if (verdict == LIMIT_CLOSED) {
        uv_close((uv_handle_t *)&conn->tcp, on_failed_closed);
        return;
    }
    begin(conn, verdict);
}
