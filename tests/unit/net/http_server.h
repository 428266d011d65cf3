/* A real server on a free port of 127.0.0.1, with a handler that does what the path says, and a
 * client made of bare sockets. */
#ifndef MANTLE_TESTS_NET_HTTP_SERVER_H
#define MANTLE_TESTS_NET_HTTP_SERVER_H

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net/http.h"

enum { BIG_BYTES = 12 << 20, CLIENT_TIMEOUT_MS = 20000 };

struct late { /* an answer given by another thread after a while */
    struct http_task task;
    struct http_exchange *exchange;
    struct http_loop *loop;
    int wait_ms;
};

static char big[BIG_BYTES];
static atomic_int handled, ticks, loops_started, loops_stopped;

static inline void sleep_ms(int ms)
{
    struct timespec time = { ms / 1000, (long)(ms % 1000) * 1000000 };

    (void)nanosleep(&time, NULL);
}

static inline int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *on_start(void *ctx, struct http_loop *loop, unsigned index)
{
    (void)loop;
    (void)index;
    atomic_fetch_add(&loops_started, 1);
    return ctx;
}

static void on_stop(void *state)
{
    (void)state;
    atomic_fetch_add(&loops_stopped, 1);
}

static void on_tick(void *state)
{
    (void)state;
    atomic_fetch_add(&ticks, 1);
}

static void answer_text(struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;

    exchange->content_type = STR("text/plain");
    exchange->answer = arena_printf(exchange->arena, "%.*s %.*s [%.*s] %.*s%s%.*s",
                                    FMT(request->method), FMT(request->target), FMT(request->body),
                                    FMT(request->peer_address), request->tls ? " " : "",
                                    FMT(request->tls_version));
}

static void on_late_task(struct http_task *task)
{
    struct late *late = (struct late *)(void *)task;

    answer_text(late->exchange);
    http_answer(late->exchange);
    free(late);
}

static void *late_thread(void *arg)
{
    struct late *late = arg;

    sleep_ms(late->wait_ms);
    http_loop_post(late->loop, &late->task);
    return NULL;
}

static void answer_late(struct http_exchange *exchange, int wait_ms)
{
    struct late *late = calloc(1, sizeof(*late));
    pthread_t thread;

    assert_non_null(late);
    *late = (struct late){ { on_late_task, NULL }, exchange, exchange->loop, wait_ms };
    assert_int_equal(pthread_create(&thread, NULL, late_thread, late), 0);
    assert_int_equal(pthread_detach(thread), 0);
}

static void on_handle(void *state, struct http_exchange *exchange)
{
    static const struct http_header extra[] = {
        { STR_INIT("X-Sound"), STR_INIT("yes") },
        { STR_INIT("X-Split"), STR_INIT("a\r\nX-Forged: b") },
        { STR_INIT("X Name"), STR_INIT("c") },
    };
    str path = exchange->request.path, wait = path;
    uint64_t wait_ms = 0;

    (void)state;
    atomic_fetch_add(&handled, 1);
    if (take_prefix(&wait, STR("/late/")) && str_to_u64(wait, &wait_ms) == RC_OK) {
        answer_late(exchange, (int)wait_ms);
        return;
    }
    answer_text(exchange);
    if (str_eq(path, STR("/big"))) {
        exchange->answer = str_from(big, sizeof(big));
    } else if (str_eq(path, STR("/close"))) {
        exchange->close_after = true;
    } else if (str_eq(path, STR("/extra"))) {
        exchange->extra = extra;
        exchange->extra_count = COUNT_OF(extra);
    } else if (str_eq(path, STR("/none"))) {
        exchange->status = 204;
    } else if (str_eq(path, STR("/teapot"))) {
        exchange->status = 418;
    }
    http_answer(exchange);
}

static void on_refuse(void *state, struct http_exchange *exchange)
{
    (void)state;
    exchange->answer = arena_printf(exchange->arena, "refused: %s", exchange->refusal);
}

static const struct http_loop_hooks hooks = {
    .start = on_start, .stop = on_stop, .handle = on_handle, .refuse = on_refuse, .tick = on_tick
};

static inline struct http_config test_config(void)
{
    struct http_config config;

    http_config_defaults(&config);
    config.loops = 2;
    config.server_name = "test";
    return config;
}

static inline struct http_server *serve(const struct http_config *config)
{
    struct http_server *server = NULL;
    struct arena arena;
    str why = STR_NONE;

    arena_init(&arena, &heap, 4096, 1 << 20);
    if (http_server_start(config, &hooks, big, &arena, &server, &why) != RC_OK) {
        fail_msg("%.*s", FMT(why));
    }
    arena_done(&arena);
    return server;
}

/* ---- the client ---- */

static inline int dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval timeout = { CLIENT_TIMEOUT_MS / 1000, 0 };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* False when the peer has closed. */
static inline bool say(int fd, str text)
{
    while (text.len > 0) {
        ssize_t put = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (put <= 0) {
            return false;
        }
        text = str_skip(text, (size_t)put);
    }
    return true;
}

struct reply {
    int status; /* 0: closed without an answer, -1: reset */
    char head[4096];
    char body[65536]; /* its beginning */
    size_t body_len;
};

static inline int read_byte(int fd, char *ret)
{
    ssize_t got = recv(fd, ret, 1, 0);

    return got == 1 ? 1 : got == 0 ? 0 : -1;
}

static inline void read_body(int fd, struct reply *reply, size_t len)
{
    while (len > 0) {
        char buffer[65536];
        ssize_t got = recv(fd, buffer, len < sizeof(buffer) ? len : sizeof(buffer), 0);

        assert_true(got > 0);
        if (reply->body_len + (size_t)got < sizeof(reply->body)) {
            memcpy(reply->body + reply->body_len, buffer, (size_t)got);
        }
        reply->body_len += (size_t)got;
        len -= (size_t)got;
    }
    if (reply->body_len < sizeof(reply->body)) {
        reply->body[reply->body_len] = '\0';
    }
}

static inline str reply_header(const struct reply *reply, const char *name)
{
    char wanted[100];
    const char *at;

    (void)snprintf(wanted, sizeof(wanted), "\r\n%s: ", name);
    at = strstr(reply->head, wanted);
    if (at == NULL) {
        return STR_NONE;
    }
    at += strlen(wanted);
    return str_from(at, (size_t)(strstr(at, "\r\n") - at));
}

/* bodiless: the answer to a HEAD. */
static inline void hear(int fd, struct reply *reply, bool bodiless)
{
    size_t len = 0;
    uint64_t body = 0;

    memset(reply, 0, sizeof(*reply));
    while (len + 1 < sizeof(reply->head) && strstr(reply->head, "\r\n\r\n") == NULL) {
        int got = read_byte(fd, reply->head + len);
        if (got != 1) {
            assert_int_equal(len, 0); /* a head is whole or not there */
            reply->status = got;
            return;
        }
        len++;
    }
    assert_int_equal(strncmp(reply->head, "HTTP/1.1 ", 9), 0);
    reply->status = (int)strtol(reply->head + 9, NULL, 10);
    if (reply_header(reply, "Content-Length").ptr != NULL) {
        assert_int_equal(str_to_u64(reply_header(reply, "Content-Length"), &body), RC_OK);
    }
    if (!bodiless) {
        read_body(fd, reply, body);
    }
}

static inline int ask(int fd, const char *text, struct reply *reply)
{
    (void)say(fd, str_cstr(text));
    hear(fd, reply, false);
    return reply->status;
}

/* True when the server closes within the time. */
static inline bool closes_within(int fd, int ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    int64_t end = now_ms() + ms;
    char byte;

    while (now_ms() < end) {
        if (poll(&poll_fd, 1, (int)(end - now_ms())) > 0 && recv(fd, &byte, 1, 0) <= 0) {
            return true;
        }
    }
    return false;
}

#endif
