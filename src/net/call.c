#include <string.h>

#include "net/internal.h"
#include "net/tls.h"
#include "system/log.h"

static struct call *take(struct http_loop *loop)
{
    struct call *call = loop->free_calls;

    if (call != NULL) {
        loop->free_calls = call->next;
        loop->free_call_count--;
        return call;
    }
    call = ALLOC_NEW(&heap, struct call);
    if (call != NULL) {
        arena_init(&call->arena, &heap, CALL_CHUNK_BYTES, loop->server->config.exchange_bytes_max);
    }
    return call;
}

struct call *call_new(struct conn *conn)
{
    struct http_loop *loop = conn->loop;
    struct call *call = take(loop);

    if (call == NULL) {
        return NULL;
    }
    call->arena.max_bytes = loop->server->config.exchange_bytes_max; /* one may have had more */
    parser_init(&call->parser, &loop->server->limits, &call->arena);
    call->conn = conn;
    call->exchange = (struct http_exchange){ .arena = &call->arena, .loop = loop, .status = 200 };
    return call;
}

void call_free(struct http_loop *loop, struct call *call)
{
    loop->held_bytes -= call->held_bytes;
    call->held_bytes = 0;
    atomic_fetch_sub(&loop->server->large_bytes, call->large_bytes);
    call->large_bytes = 0;
    if (loop->free_call_count < CALLS_KEPT && !loop->stopping) {
        arena_reset(&call->arena);
        call->conn = NULL;
        call->next = loop->free_calls;
        loop->free_calls = call;
        loop->free_call_count++;
        return;
    }
    arena_done(&call->arena);
    ALLOC_FREE(&heap, call);
}

bool http_hold(struct http_exchange *exchange, size_t bytes)
{
    struct call *call = CONTAINER_OF(exchange, struct call, exchange);
    struct http_server *server = exchange->loop->server;
    size_t held = atomic_load(&server->large_bytes);

    do {
        if (bytes > server->config.large_bytes_max - held) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&server->large_bytes, &held, held + bytes));
    call->large_bytes += bytes;
    call->arena.max_bytes += bytes;
    return true;
}

bool call_takes_large(struct call *call, int *ret_status, const char **ret_why)
{
    struct http_loop *loop = call->exchange.loop;
    struct parser *parser = &call->parser;

    if (!loop->server->hooks.takes_large(loop->state, &parser->request, &call->arena)) {
        *ret_status = 413;
        *ret_why = "The body is larger than this server accepts.";
        return false;
    }
    /* The body, what it says, and what is made of that. */
    if (!http_hold(&call->exchange, (size_t)parser->body_len * LARGE_BODY_TIMES)) {
        *ret_status = 503;
        *ret_why = "The server holds too many large requests. Try again.";
        return false;
    }
    return true;
}

bool call_fits(struct call *call)
{
    struct http_loop *loop = call->exchange.loop;

    if (call->large_bytes > 0) {
        loop->held_bytes -= call->held_bytes;
        call->held_bytes = 0;
        return true;
    }
    loop->held_bytes += call->arena.used_bytes - call->held_bytes;
    call->held_bytes = call->arena.used_bytes;
    return loop->held_bytes <= loop->server->config.held_bytes_max / loop->server->loop_count;
}

/* The connection may be gone before the handler is done with its words. */
static void fill_peer(struct call *call)
{
    struct http_request *request = &call->exchange.request;
    const struct conn *conn = call->conn;
    size_t len = strlen(conn->peer);

    memcpy(call->peer, conn->peer, len);
    *request = call->parser.request;
    request->peer_address = str_from(call->peer, len);
    request->peer_port = conn->peer_port;
    if (conn->tls != NULL) {
        tls_describe(conn->tls, request);
    }
}

void call_dispatch(struct call *call)
{
    struct http_loop *loop = call->exchange.loop;

    fill_peer(call);
    call->exchange.received_mono_ns = loop->server->env->mono_ns(loop->server->env);
    count_request();
    loop->calls_out++;
    loop->server->hooks.handle(loop->state, &call->exchange);
}

/* The call's last act. It leaves the connection first: a failing write closes that. */
static void finish(struct call *call, bool keep, bool linger)
{
    struct http_loop *loop = call->exchange.loop;
    struct conn *conn = call->conn;
    struct answer answer;

    conn->call = NULL;
    conn->linger = linger;
    if (answer_build(call, keep, &answer)) {
        conn_send(conn, answer.bufs, answer.count);
    } else {
        conn_close(conn);
    }
    call_free(loop, call);
    conn_answered(conn, keep);
}

void http_answer(struct http_exchange *exchange)
{
    struct call *call = CONTAINER_OF(exchange, struct call, exchange);
    struct http_loop *loop = exchange->loop;
    bool keep = call->parser.keep_alive && !exchange->close_after && !loop->stopping;

    loop->calls_out--;
    if (call->conn != NULL) {
        /* A client that asked for the end closes by itself: no need to wait for it. */
        finish(call, keep, call->parser.keep_alive);
        return;
    }
    call_free(loop, call);
    loop_maybe_end(loop);
}

void call_refuse(struct call *call, int status, const char *why)
{
    struct http_exchange *exchange = &call->exchange;
    struct http_loop *loop = exchange->loop;

    fill_peer(call);
    exchange->status = status;
    exchange->refusal = why;
    exchange->content_type = STR("text/plain");
    exchange->answer = str_cstr(why);
    exchange->received_mono_ns = loop->server->env->mono_ns(loop->server->env);
    count_refusal(status);
    if (log_wants(LOG_LEVEL_DEBUG)) {
        log_event(LOG_LEVEL_DEBUG, "http.refused", "peer", call->peer, "why", why, NULL);
    }
    if (loop->server->hooks.refuse != NULL) {
        loop->server->hooks.refuse(loop->state, exchange);
    }
    finish(call, false, true);
}
