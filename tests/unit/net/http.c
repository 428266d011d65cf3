#include "http_server.h"

#define H " HTTP/1.1\r\nHost: a\r\n"

static void test_answers(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    struct reply reply;

    (void)state;
    assert_int_equal(ask(fd, "GET /a?b" H "\r\n", &reply), 200);
    assert_string_equal(reply.body, "GET /a?b [] 127.0.0.1");
    assert_str(reply_header(&reply, "Server"), "test");
    assert_str(reply_header(&reply, "Content-Type"), "text/plain");
    assert_int_equal(reply_header(&reply, "Date").len, strlen("Tue, 24 Nov 2026 00:01:37 GMT"));
    assert_null(reply_header(&reply, "Connection").ptr);
    assert_int_equal(ask(fd, "POST /p" H "Content-Length: 5\r\n\r\nhello", &reply), 200);
    assert_string_equal(reply.body, "POST /p [hello] 127.0.0.1");
    assert_int_equal(ask(fd,
                         "PUT /c" H "Transfer-Encoding: chunked\r\n\r\n"
                         "2\r\nhe\r\n3;x\r\nllo\r\n0\r\nT: u\r\n\r\n",
                         &reply),
                     200);
    assert_string_equal(reply.body, "PUT /c [hello] 127.0.0.1");
    assert_true(say(fd, STR("HEAD /h" H "\r\n")));
    hear(fd, &reply, true);
    assert_str(reply_header(&reply, "Content-Length"), "20");
    assert_int_equal(ask(fd, "GET /none" H "\r\n", &reply), 204);
    assert_null(reply_header(&reply, "Content-Length").ptr);
    assert_int_equal(ask(fd, "GET /teapot" H "\r\n", &reply), 418);
    assert_int_equal(ask(fd, "GET /extra" H "\r\n", &reply), 200);
    assert_str(reply_header(&reply, "X-Sound"), "yes");
    assert_null(strstr(reply.head, "Forged"));
    assert_null(strstr(reply.head, "X Name"));
    assert_int_equal(ask(fd, "GET /close" H "\r\n", &reply), 200);
    assert_str(reply_header(&reply, "Connection"), "close");
    assert_true(closes_within(fd, 1000));
    (void)close(fd);
    http_server_stop(server);
}

static void test_old_clients(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    struct reply reply;

    (void)state;
    assert_int_equal(ask(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", &reply), 200);
    assert_str(reply_header(&reply, "Connection"), "keep-alive");
    assert_int_equal(ask(fd, "GET / HTTP/1.0\r\n\r\n", &reply), 200);
    assert_str(reply_header(&reply, "Connection"), "close");
    assert_true(closes_within(fd, 1000));
    (void)close(fd);
    http_server_stop(server);
}

static const struct {
    const char *name, *text;
    int status;
} refusals[] = {
    { "not HTTP", "\x16\x03\x01 hello\r\n\r\n", 400 },
    { "two framings", "POST /" H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
    { "bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400 },
    { "body too large", "POST /" H "Content-Length: 99999999\r\n\r\n", 413 },
    { "other expectation", "POST /" H "Expect: tea\r\n\r\n", 417 },
    { "unknown method", "BREW /" H "\r\n", 501 },
    { "proxy request", "CONNECT a:1" H "\r\n", 501 },
    { "unknown coding", "POST /" H "Transfer-Encoding: gzip\r\n\r\n", 501 },
    { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
};

static void test_refusals(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int before = atomic_load(&handled);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        int fd = dial(http_server_port(server));
        struct reply reply;

        if (ask(fd, refusals[i].text, &reply) != refusals[i].status) {
            fail_msg("%s: %d", refusals[i].name, reply.status);
        }
        assert_int_equal(strncmp(reply.body, "refused: ", 9), 0);
        assert_str(reply_header(&reply, "Connection"), "close");
        /* What comes behind a refused request is never read as a request. */
        (void)say(fd, STR("GET /" H "\r\n"));
        if (!closes_within(fd, 500)) {
            fail_msg("%s: stays open", refusals[i].name);
        }
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&handled), before);
    http_server_stop(server);
}

/* The client is still sending when the refusal is on its way: it must get to read it. */
static void test_megabyte_of_headers(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    static char line[1024];
    struct reply reply;

    (void)state;
    (void)memset(line, 'x', sizeof(line));
    memcpy(line, "A: ", 3);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    assert_true(say(fd, STR("GET /" H)));
    for (int i = 0; i < 1024; i++) {
        assert_true(say(fd, str_from(line, sizeof(line))));
    }
    hear(fd, &reply, false);
    assert_int_equal(reply.status, 431);
    (void)close(fd);
    fd = dial(http_server_port(server));
    assert_true(say(fd, STR("GET /")));
    for (int i = 0; i < 1024; i++) {
        assert_true(say(fd, str_from(line + 3, sizeof(line) - 5)));
    }
    hear(fd, &reply, false);
    assert_int_equal(reply.status, 414);
    (void)close(fd);
    http_server_stop(server);
}

static void test_split_at_every_byte(void **state)
{
    static const str text = STR_INIT("POST /s" H "Content-Length: 5\r\n\r\nhello");
    static const str chunked = STR_INIT(
        "POST /s" H "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    struct reply reply;

    (void)state;
    for (size_t cut = 1; cut < text.len + chunked.len; cut++) {
        str whole = cut < text.len ? text : chunked;
        size_t at = cut < text.len ? cut : cut - text.len;

        assert_true(say(fd, str_slice(whole, 0, at)));
        sleep_ms(1);
        assert_true(say(fd, str_skip(whole, at)));
        hear(fd, &reply, false);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.body, "POST /s [hello] 127.0.0.1");
    }
    (void)close(fd);
    http_server_stop(server);
}

static void test_pipelining(void **state)
{
    enum { COUNT = 200 };
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    buf all = buf_heap(1 << 20);
    struct reply reply;
    char wanted[64];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        /* Some are answered at once, some later by another thread: the order stays. */
        buf_printf(&all, "POST /%s%d" H "Content-Length: 2\r\n\r\n%02d", i % 20 == 0 ? "late/" : "",
                   i % 20 == 0 ? 3 : i, i % 100);
    }
    assert_true(say(fd, buf_str(&all)));
    for (int i = 0; i < COUNT; i++) {
        hear(fd, &reply, false);
        assert_int_equal(reply.status, 200);
        (void)snprintf(wanted, sizeof(wanted), "POST /%s%d [%02d] 127.0.0.1",
                       i % 20 == 0 ? "late/" : "", i % 20 == 0 ? 3 : i, i % 100);
        assert_string_equal(reply.body, wanted);
    }
    buf_done(&all);
    (void)close(fd);
    http_server_stop(server);
}

static void *say_thread(void *arg)
{
    int fd = *(int *)arg;

    for (int i = 0; i < 20000; i++) {
        if (!say(fd, STR("GET /after" H "X-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n"))) {
            return NULL;
        }
    }
    return arg;
}

/* A client that asks on and on behind a slow answer is read only so far, and loses nothing. */
static void test_backlog_is_bounded(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    int before = atomic_load(&handled);
    struct reply reply;
    pthread_t thread;

    (void)state;
    assert_true(say(fd, STR("GET /late/300" H "\r\n")));
    assert_int_equal(pthread_create(&thread, NULL, say_thread, &fd), 0);
    sleep_ms(150);
    assert_int_equal(atomic_load(&handled), before + 1);
    for (int i = 0; i < 20001; i++) {
        hear(fd, &reply, false);
        assert_int_equal(reply.status, 200);
        assert_int_equal(strncmp(reply.body, i == 0 ? "GET /late" : "GET /after", 9), 0);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(fd);
    http_server_stop(server);
}

static void test_continue(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int fd = dial(http_server_port(server));
    struct reply reply;

    (void)state;
    assert_int_equal(
        ask(fd, "POST /e" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", &reply), 100);
    assert_int_equal(ask(fd, "hi", &reply), 200);
    assert_string_equal(reply.body, "POST /e [hi] 127.0.0.1");
    /* Not asked for when the body comes along, and not said before a refusal. */
    assert_int_equal(
        ask(fd, "POST /e" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", &reply), 200);
    assert_int_equal(
        ask(fd, "POST /e" H "Expect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", &reply),
        413);
    (void)close(fd);
    http_server_stop(server);
}

static void test_deadlines(void **state)
{
    struct http_config config = test_config();
    struct http_server *server;
    struct reply reply;
    int64_t began;
    int fd, silent;

    (void)state;
    config.head_timeout_ms = 300;
    config.body_timeout_ms = 300;
    config.idle_timeout_ms = 600;
    server = serve(&config);
    silent = dial(http_server_port(server));
    fd = dial(http_server_port(server));
    began = now_ms();
    while (now_ms() - began < 5000) { /* a byte now and then does not buy time */
        if (!say(fd, STR("G"))) {
            break;
        }
        sleep_ms(50);
        if (closes_within(silent, 1)) {
            break;
        }
    }
    assert_true(now_ms() - began < 2000);
    (void)close(silent);
    hear(fd, &reply, false);
    assert_int_equal(reply.status, 408);
    (void)close(fd);

    fd = dial(http_server_port(server));
    assert_int_equal(ask(fd, "POST /" H "Content-Length: 2\r\n\r\nx", &reply), 408);
    (void)close(fd);

    fd = dial(http_server_port(server));
    assert_int_equal(ask(fd, "GET /" H "\r\n", &reply), 200);
    sleep_ms(400); /* idle has a deadline of its own */
    assert_int_equal(ask(fd, "GET /late/900" H "\r\n", &reply), 200); /* the handler has none */
    began = now_ms();
    assert_true(closes_within(fd, 3000));
    assert_true(now_ms() - began >= 400);
    (void)close(fd);
    http_server_stop(server);
}

static void test_answer_not_taken(void **state)
{
    struct http_config config = test_config();
    struct http_server *server;
    struct reply reply;
    int fd;

    (void)state;
    config.write_timeout_ms = 300;
    server = serve(&config);
    fd = dial(http_server_port(server));
    assert_true(say(fd, STR("GET /big" H "\r\nGET /big" H "\r\n")));
    assert_int_equal(poll(&(struct pollfd){ fd, POLLRDHUP, 0 }, 1, CLIENT_TIMEOUT_MS), 1);
    /* What the kernel had taken may still come, then the reset; never the whole. */
    for (size_t heard = 0;;) {
        static char buffer[1 << 16];
        ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
        if (got <= 0) {
            break;
        }
        heard += (size_t)got;
        assert_true(heard < BIG_BYTES);
    }
    (void)close(fd);
    http_server_stop(server);
    /* A slow reader within the time gets all of it, and may ask again. */
    config.write_timeout_ms = CLIENT_TIMEOUT_MS;
    server = serve(&config);
    fd = dial(http_server_port(server));
    assert_int_equal(ask(fd, "GET /big" H "\r\n", &reply), 200);
    assert_int_equal(reply.body_len, BIG_BYTES);
    assert_int_equal(ask(fd, "GET /" H "\r\n", &reply), 200);
    (void)close(fd);
    http_server_stop(server);
}

static void check_limit(struct http_config *config)
{
    struct http_server *server = serve(config);
    struct reply reply;
    int fds[5];

    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial(http_server_port(server));
        if (i + 1 < COUNT_OF(fds)) {
            assert_int_equal(ask(fds[i], "GET /" H "\r\n", &reply), 200);
        } else {
            hear(fds[i], &reply, false); /* one past */
            assert_int_equal(reply.status, 503);
        }
    }
    (void)close(fds[4]);
    (void)close(fds[0]);
    sleep_ms(100); /* the server hears of it */
    fds[0] = dial(http_server_port(server));
    assert_int_equal(ask(fds[0], "GET /" H "\r\n", &reply), 200);
    for (size_t i = 0; i < 4; i++) {
        (void)close(fds[i]);
    }
    http_server_stop(server);
}

static void test_connection_limits(void **state)
{
    struct http_config config = test_config();

    (void)state;
    config.connections_per_address_max = 4;
    check_limit(&config);
    config.connections_per_address_max = 100;
    config.connections_max = 4;
    check_limit(&config);
}

static void test_peer_vanishes(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    struct linger reset = { 1, 0 };
    struct reply reply;
    int fd;

    (void)state;
    for (int i = 0; i < 20; i++) { /* while the handler holds the exchange */
        fd = dial(http_server_port(server));
        assert_true(say(fd, STR("GET /late/30" H "\r\n")));
        sleep_ms(i % 4);
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        (void)close(fd);
    }
    for (int i = 0; i < 5; i++) { /* while an answer is on its way */
        fd = dial(http_server_port(server));
        assert_true(say(fd, STR("GET /big" H "\r\n")));
        sleep_ms(i);
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        (void)close(fd);
    }
    fd = dial(http_server_port(server)); /* closes its own side only */
    assert_true(say(fd, STR("GET /late/50" H "\r\nGET /second" H "\r\n")));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    hear(fd, &reply, false);
    assert_int_equal(reply.status, 200);
    hear(fd, &reply, false);
    assert_string_equal(reply.body, "GET /second [] 127.0.0.1");
    assert_true(closes_within(fd, 1000));
    (void)close(fd);
    http_server_stop(server);
}

/* Bodies that are never finished are held only up to a limit; other requests go on. */
static void test_held_bytes(void **state)
{
    static char part[60000];
    struct http_config config = test_config();
    struct http_server *server;
    int fds[40], refused = 0;
    struct reply reply;

    (void)state;
    config.loops = 1;
    config.held_bytes_max = 1 << 20;
    server = serve(&config);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial(http_server_port(server));
        assert_true(say(fds[i], STR("POST /" H "Content-Length: 65000\r\n\r\n")));
        assert_true(say(fds[i], str_from(part, sizeof(part))));
    }
    sleep_ms(200);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        char byte;
        refused += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 1;
    }
    assert_in_range(refused, 20, 30); /* 80 KiB each, with its head */
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    sleep_ms(100);
    fds[0] = dial(http_server_port(server));
    assert_int_equal(ask(fds[0], "GET /" H "\r\n", &reply), 200);
    (void)close(fds[0]);
    http_server_stop(server);
}

static void *stop_thread(void *server)
{
    http_server_stop(server);
    return NULL;
}

static bool refuses_within(uint16_t port, int ms)
{
    int64_t end = now_ms() + ms;

    while (now_ms() < end) {
        int fd = dial(port);
        if (fd < 0) {
            return true;
        }
        (void)close(fd);
    }
    return false;
}

static void test_graceful_stop(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    uint16_t port = http_server_port(server);
    int busy = dial(port), half = dial(port), idle = dial(port);
    struct reply reply;
    pthread_t thread;
    int64_t began;

    (void)state;
    assert_int_equal(ask(idle, "GET /" H "\r\n", &reply), 200);
    assert_true(say(busy, STR("GET /late/400" H "\r\n")));
    assert_true(say(half, STR("GET /half HTTP/1.1\r\n")));
    sleep_ms(100);
    began = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, stop_thread, server), 0);
    assert_true(closes_within(idle, 200));
    assert_true(refuses_within(port, 2000)); /* the other loop hears of it in its own time */
    assert_int_equal(ask(half, "Host: a\r\n\r\n", &reply), 200);
    assert_str(reply_header(&reply, "Connection"), "close");
    hear(busy, &reply, false);
    assert_int_equal(reply.status, 200);
    assert_str(reply_header(&reply, "Connection"), "close");
    (void)close(busy);
    (void)close(half);
    (void)close(idle);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(now_ms() - began < 2000);
    assert_int_equal(atomic_load(&loops_started), atomic_load(&loops_stopped));
}

static void test_stop_deadline(void **state)
{
    struct http_config config = test_config();
    struct http_server *server;
    int64_t began;
    int fd, half;

    (void)state;
    config.stop_timeout_ms = 300;
    server = serve(&config);
    fd = dial(http_server_port(server));
    half = dial(http_server_port(server));
    assert_true(say(fd, STR("GET /late/500" H "\r\n"))); /* answers into the void */
    assert_true(say(half, STR("GET")));
    sleep_ms(50);
    began = now_ms();
    http_server_stop(server);
    assert_true(now_ms() - began < 1500);
    assert_true(closes_within(fd, 100));
    assert_true(closes_within(half, 100));
    (void)close(fd);
    (void)close(half);
}

static void test_ticks(void **state)
{
    struct http_config config = test_config();
    struct http_server *server = serve(&config);
    int before = atomic_load(&ticks);

    (void)state;
    sleep_ms(550);
    assert_true(atomic_load(&ticks) - before >= 4);
    http_server_stop(server);
}

static void test_addresses(void **state)
{
    static const struct {
        const char *host;
        enum rc rc;
    } cases[] = {
        { "127.0.0.1", RC_OK },        { "localhost", RC_OK }, { "example.org", RC_SYNTAX },
        { "127.0.0.1:80", RC_SYNTAX }, { "192.0.2.1", RC_IO }, /* nobody's: RFC 5737 */
    };
    struct http_config config = test_config();
    struct http_server *server = NULL, *second = NULL;
    struct arena arena;
    str why = STR_NONE;

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        config.host = cases[i].host;
        assert_int_equal(http_server_start(&config, &hooks, big, &arena, &server, &why),
                         cases[i].rc);
        if (cases[i].rc == RC_OK) {
            http_server_stop(server);
        }
    }
    config.host = "127.0.0.1";
    assert_ok(http_server_start(&config, &hooks, big, &arena, &server, &why));
    config.port = http_server_port(server);
    assert_int_equal(http_server_start(&config, &hooks, big, &arena, &second, &why), RC_BUSY);
    http_server_stop(server);
    /* Right after, with the old connections still in TIME_WAIT, the port is free. */
    assert_ok(http_server_start(&config, &hooks, big, &arena, &server, &why));
    http_server_stop(server);
    arena_done(&arena);
}

static void test_six(void **state)
{
    static const char *const hosts[] = { "::1", "::" };
    struct http_config config = test_config();
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

    (void)state;
    if (probe < 0 || bind(probe, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        (void)close(probe);
        SKIP("a machine without IPv6");
    }
    (void)close(probe);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct http_server *server;
        struct reply reply;
        int fd;

        config.host = hosts[i];
        server = serve(&config);
        fd = socket(AF_INET6, SOCK_STREAM, 0);
        to.sin6_port = htons(http_server_port(server));
        assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
        assert_int_equal(ask(fd, "GET /6" H "\r\n", &reply), 200);
        assert_string_equal(reply.body, "GET /6 [] ::1");
        (void)close(fd);
        if (i == 1) { /* IPv4 through the same listener looks like IPv4 */
            fd = dial(http_server_port(server));
            assert_int_equal(ask(fd, "GET /4" H "\r\n", &reply), 200);
            assert_string_equal(reply.body, "GET /4 [] 127.0.0.1");
            (void)close(fd);
        }
        http_server_stop(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_old_clients),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_megabyte_of_headers),
        cmocka_unit_test(test_split_at_every_byte),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_backlog_is_bounded),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_answer_not_taken),
        cmocka_unit_test(test_connection_limits),
        cmocka_unit_test(test_peer_vanishes),
        cmocka_unit_test(test_held_bytes),
        cmocka_unit_test(test_six),
        cmocka_unit_test(test_graceful_stop),
        cmocka_unit_test(test_stop_deadline),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
