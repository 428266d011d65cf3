/* The HTTP layer alone: answers every request with the same 400 bytes. For bench/http_vs_nginx.py.
 * http_hello PORT LOOPS [CERT KEY]: serves on 127.0.0.1 until its standard input closes. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/http.h"

static char body[400];

static void *start(void *ctx, struct http_loop *loop UNUSED, unsigned index UNUSED)
{
    return ctx;
}

static void handle(void *state UNUSED, struct http_exchange *exchange)
{
    exchange->content_type = STR("text/xml");
    exchange->answer = str_from(body, sizeof(body));
    http_answer(exchange);
}

int main(int argc, char **argv)
{
    static const struct http_loop_hooks hooks = { .start = start, .handle = handle };
    struct http_config config;
    struct http_server *server = NULL;
    struct arena arena;
    str why = STR_NONE;
    char byte;

    http_config_defaults(&config);
    if (argc != 3 && argc != 5) {
        return 2;
    }
    memset(body, 'x', sizeof(body));
    config.port = (uint16_t)strtoul(argv[1], NULL, 10);
    config.loops = (unsigned)strtoul(argv[2], NULL, 10);
    config.server_name = "mantle";
    config.tls_cert = argc == 5 ? argv[3] : NULL;
    config.tls_key = argc == 5 ? argv[4] : NULL;
    arena_init(&arena, &heap, 4096, 1 << 20);
    if (http_server_start(&config, &hooks, body, &arena, &server, &why) != RC_OK) {
        fprintf(stderr, "http_hello: %.*s\n", FMT(why));
        return 1;
    }
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    http_server_stop(server);
    arena_done(&arena);
    return 0;
}
