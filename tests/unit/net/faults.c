/* Each allocation of net/ fails in turn: the server refuses to start, or closes a connection, or says
 * 503; it never crashes, hangs or leaks (the sanitizers watch for the last). */
#include "tls_files.h"

#include <sys/wait.h>

enum { FAILURES_MAX = 80 }; /* more than one run makes */

static void exchange_words(uint16_t port, const char *head, size_t body_bytes)
{
    static char body[100000];
    int fd = dial(port);
    char buffer[4096];

    if (fd < 0) {
        return;
    }
    if (say(fd, str_cstr(head)) && say(fd, str_from(body, body_bytes))) {
        (void)shutdown(fd, SHUT_WR);
        while (recv(fd, buffer, sizeof(buffer), 0) > 0) {
        }
    }
    (void)close(fd);
}

static void work(const struct http_config *config)
{
    struct http_server *server = NULL;
    struct arena arena;
    str why = STR_NONE;
    uint16_t port;

    arena_init(&arena, &heap, 4096, 1 << 20);
    if (http_server_start(config, &hooks, big, &arena, &server, &why) != RC_OK) {
        arena_done(&arena);
        return;
    }
    port = http_server_port(server);
    exchange_words(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    exchange_words(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", 100000);
    exchange_words(port, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    exchange_words(port, "GET /late/5 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
                   0);
    exchange_words(port, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    exchange_words(port, "\x16\x03\x01", 0);
    http_server_stop(server);
    arena_done(&arena);
}

static void fail_each(struct http_config *config)
{
    config->loops = 1;
    config->stop_timeout_ms = 2000;
    for (int n = 1; n <= FAILURES_MAX; n++) {
        char text[16];
        int status = 0;
        pid_t child;

        (void)snprintf(text, sizeof(text), "%d", n);
        child = fork();
        if (child == 0) {
            (void)setenv("MANTLE_TEST_FAIL_ALLOC", text, 1);
            (void)alarm(20);
            work(config);
            exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status != 0) {
            fail_msg("allocation %d failing ends the server with status %d", n, status);
        }
    }
}

static void test_each_allocation_fails(void **state)
{
    struct http_config config = test_config();

    (void)state;
#ifndef MANTLE_FAULTS
    SKIP("built without failure injection (meson -Dfaults=true)");
#endif
    fail_each(&config);
    config.tls_cert = cert_path;
    config.tls_key = key_path;
    fail_each(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_allocation_fails) };

    return cmocka_run_group_tests(tests, files_setup, files_teardown);
}
