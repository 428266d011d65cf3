/* Bodies that are longer than others may be: whose, how long, and how many at once. */
#include "net/http_server.h"

#define H " HTTP/1.1\r\nHost: a\r\n"

enum { BODY = 1000, LARGE = 3000 };

static char body[LARGE + 1];

static bool takes_large(void *state, const struct http_request *request, struct arena *arena)
{
    (void)state;
    assert_non_null(arena);
    assert_int_equal(request->body.len, 0);
    assert_true(request->header_count > 0);
    return str_eq(request->path, STR("/large"));
}

static struct http_server *serve_large(size_t large_bytes_max, bool hook)
{
    struct http_loop_hooks with = hooks;
    struct http_config config = test_config();
    struct http_server *server = NULL;
    struct arena arena;
    str why = STR_NONE;

    with.takes_large = hook ? takes_large : NULL;
    config.body_bytes_max = BODY;
    config.large_body_bytes_max = LARGE;
    config.large_bytes_max = large_bytes_max;
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_int_equal(http_server_start(&config, &with, big, &arena, &server, &why), RC_OK);
    arena_done(&arena);
    memset(body, 'x', sizeof(body));
    return server;
}

static int begin(const struct http_server *server, const char *path, size_t len)
{
    int fd = dial(http_server_port(server));
    char head[200];
    int n = snprintf(head, sizeof(head), "POST %s" H "Content-Length: %zu\r\n\r\n", path, len);

    assert_true(say(fd, str_from(head, (size_t)n)));
    return fd;
}

/* The whole exchange: its status. */
static int post(const struct http_server *server, const char *path, size_t len)
{
    struct reply reply;
    int fd = begin(server, path, len);

    (void)say(fd, str_from(body, len));
    hear(fd, &reply, false);
    (void)close(fd);
    if (reply.status == 200) {
        assert_true(reply.body_len > len); /* it came as a whole */
    }
    return reply.status;
}

static void whose_and_how_long(void **state)
{
    struct http_server *server = serve_large((size_t)1 << 20, true);

    (void)state;
    assert_int_equal(post(server, "/", BODY), 200);
    assert_int_equal(post(server, "/", BODY + 1), 413);
    assert_int_equal(post(server, "/large", BODY + 1), 200);
    assert_int_equal(post(server, "/large", LARGE), 200);
    assert_int_equal(post(server, "/large", LARGE + 1), 413);
    http_server_stop(server);
    server = serve_large((size_t)1 << 20, false);
    assert_int_equal(post(server, "/large", BODY), 200);
    assert_int_equal(post(server, "/large", BODY + 1), 413);
    http_server_stop(server);
}

/* Each holds four times its length until it was answered, or its peer is gone. */
static void how_many_at_once(void **state)
{
    struct http_server *server = serve_large((size_t)4 * (LARGE + BODY), true);
    struct reply reply;
    int first = begin(server, "/large", LARGE), status = 0;

    (void)state;
    (void)say(first, str_from(body, 10));
    for (int i = 0; i < 1000 && status != 503; i++) { /* until the first has been taken up */
        status = post(server, "/large", LARGE);
    }
    assert_int_equal(status, 503);
    assert_int_equal(post(server, "/", BODY), 200); /* others do not notice */
    assert_true(say(first, str_from(body, LARGE - 10)));
    hear(first, &reply, false);
    assert_int_equal(reply.status, 200);
    assert_int_equal(post(server, "/large", LARGE), 200);
    (void)close(first);
    first = begin(server, "/large", LARGE);
    (void)say(first, str_from(body, 10));
    (void)close(first);
    for (int i = 0; i < 1000 && (status = post(server, "/large", LARGE)) != 200; i++) {
        sleep_ms(5);
    }
    assert_int_equal(status, 200);
    http_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_and_how_long),
        cmocka_unit_test(how_many_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
