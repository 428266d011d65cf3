/* One request out of a stream of bytes, without sockets: the head is gathered up to its empty line,
 * checked line by line, then read by llhttp in one piece, so that how the bytes were cut on their way
 * cannot change the result. Anything two readers could read two ways is refused. */
#ifndef MANTLE_NET_PARSER_H
#define MANTLE_NET_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "net/chunked.h"
#include "net/http.h"

struct parser_limits {
    size_t head_bytes_max, headers_max, body_bytes_max;
    size_t large_body_bytes_max; /* 0: none */
};

enum parser_state {
    PARSER_HEAD,
    PARSER_BODY,    /* Content-Length */
    PARSER_CHUNKED, /* Transfer-Encoding: chunked */
    PARSER_DONE,
    PARSER_REFUSED,
};

struct parser {
    const struct parser_limits *limits;
    struct arena *arena; /* holds all bytes and views */
    enum parser_state state;
    int status;      /* PARSER_REFUSED: 400, 413, 414, 417, 431, 501, 503 or 505 */
    const char *why; /* PARSER_REFUSED: what is wrong, for the log and the answer */
    struct http_request request;
    bool keep_alive; /* PARSER_DONE: what the client asked for */
    bool http_1_0;
    bool expects_continue; /* known once state leaves PARSER_HEAD */
    bool large; /* PARSER_BODY: longer than body_bytes_max; the user decides whether it comes */

    char *bytes; /* of the head, then of the body */
    size_t len, cap;
    size_t head_start, line_start, scanned, lines;
    uint64_t body_len; /* PARSER_BODY: as declared */
    struct chunked chunked;
};

void parser_init(struct parser *parser, const struct parser_limits *limits, struct arena *arena);
/* Takes what belongs to this request from *in. In PARSER_DONE and PARSER_REFUSED nothing more is
 * taken; in the other states all was, except that it returns once when the head is complete and a
 * body follows. Views in request are valid in PARSER_DONE, but for the body's in PARSER_BODY and
 * PARSER_CHUNKED already. */
enum parser_state parser_feed(struct parser *parser, str *in);
/* True when a byte of a request has come. */
bool parser_started(const struct parser *parser);

#endif
