#include "net/parser.h"

#include <string.h>

#include "net/chars.h"
#include "net/head.h"

enum {
    HEAD_BYTES_FIRST = 2048, /* most signed requests fit */
    HEAD_PIECE_BYTES = 4096, /* looked at in one go: what follows a head is copied in vain */
    BODY_BYTES_FIRST = 65536,
};

void parser_init(struct parser *parser, const struct parser_limits *limits, struct arena *arena)
{
    *parser = (struct parser){ .limits = limits, .arena = arena };
}

bool parser_started(const struct parser *parser)
{
    return parser->len > 0 || parser->state != PARSER_HEAD;
}

static enum parser_state refuse(struct parser *parser, int status, const char *why)
{
    parser->status = status;
    parser->why = why;
    parser->state = PARSER_REFUSED;
    return PARSER_REFUSED;
}

static bool grow(struct parser *parser, size_t first, size_t need, size_t max)
{
    size_t cap = parser->cap == 0 ? first : parser->cap;
    char *grown;

    if (need <= parser->cap) {
        return true;
    }
    while (cap < need) {
        cap *= 2;
    }
    if (cap > max) {
        cap = max; /* need <= max */
    }
    grown = parser->arena->as_alloc.resize(&parser->arena->as_alloc, parser->bytes, parser->cap,
                                           cap);
    if (grown == NULL) {
        return false;
    }
    parser->bytes = grown;
    parser->cap = cap;
    return true;
}

enum line { LINE_MORE, LINE_ORDINARY, LINE_EMPTY, LINE_BAD };

/* The next line of the head: ends in CR LF and holds no other CR or LF. A lone CR or LF is where two
 * readers of one request part ways. */
static enum line next_line(struct parser *parser)
{
    char *start = parser->bytes + parser->line_start;
    char *end = parser->bytes + parser->len;
    char *lf = memchr(parser->bytes + parser->scanned, '\n', parser->len - parser->scanned);
    char *cr = memchr(start, '\r', (size_t)((lf == NULL ? end : lf) - start));

    if (cr != NULL && cr + 1 < end && cr + 1 != lf) {
        return LINE_BAD;
    }
    if (lf == NULL) {
        parser->scanned = parser->len;
        return LINE_MORE;
    }
    if (cr == NULL) {
        return LINE_BAD;
    }
    parser->scanned = parser->line_start = (size_t)(lf + 1 - parser->bytes);
    return cr == start ? LINE_EMPTY : LINE_ORDINARY;
}

/* PARSER_HEAD: more must come. PARSER_BODY: the head is complete and ends at line_start. */
static enum parser_state scan_lines(struct parser *parser)
{
    for (;;) {
        switch (next_line(parser)) {
        case LINE_MORE:
            return PARSER_HEAD;
        case LINE_BAD:
            return refuse(parser, 400, "A line of the head does not end in CR LF.");
        case LINE_EMPTY:
            if (parser->lines > 0) {
                return PARSER_BODY;
            }
            /* A client may send one empty line before a request (RFC 9112, 2.2). */
            if (parser->head_start > 0) {
                return refuse(parser, 400, "Empty lines come before the request.");
            }
            parser->head_start = parser->line_start;
            break;
        case LINE_ORDINARY:
            if (parser->lines++ > parser->limits->headers_max) {
                return refuse(parser, 431, "The request has too many headers.");
            }
            break;
        }
    }
}

static enum parser_state start_body(struct parser *parser, const struct head *head)
{
    parser->http_1_0 = head->http_1_0;
    parser->keep_alive = head->keep_alive;
    parser->expects_continue = head->expects_continue;
    parser->bytes = NULL;
    parser->len = parser->cap = 0;
    parser->request.body = STR("");
    parser->body_len = head->content_length;
    if (head->chunked) {
        return parser->state = PARSER_CHUNKED;
    }
    parser->large = head->content_length > parser->limits->body_bytes_max;
    if (parser->large && head->content_length > parser->limits->large_body_bytes_max) {
        return refuse(parser, 413, "The body is larger than this server accepts.");
    }
    return parser->state = head->content_length == 0 ? PARSER_DONE : PARSER_BODY;
}

static enum parser_state head_complete(struct parser *parser)
{
    struct head head = { 0 };
    str text = str_from(parser->bytes + parser->head_start,
                        parser->line_start - parser->head_start);

    if (!head_read(text, parser->lines - 1, parser->arena, &parser->request, &head)) {
        return refuse(parser, head.status, head.why);
    }
    return start_body(parser, &head);
}

static enum parser_state too_large(struct parser *parser)
{
    return parser->lines == 0 ? refuse(parser, 414, "The request line is too long.")
                              : refuse(parser, 431, "The headers are too large.");
}

static enum parser_state feed_head(struct parser *parser, str *in)
{
    size_t max = parser->limits->head_bytes_max;

    while (in->len > 0) {
        size_t before = parser->len, room = max - before;
        size_t piece = in->len < HEAD_PIECE_BYTES ? in->len : HEAD_PIECE_BYTES;

        if (room == 0) {
            return too_large(parser);
        }
        piece = piece < room ? piece : room;
        if (!grow(parser, HEAD_BYTES_FIRST, before + piece, max)) {
            return refuse(parser, 503, "There is no memory for this request.");
        }
        memcpy(parser->bytes + before, in->ptr, piece);
        parser->len += piece;
        switch (scan_lines(parser)) {
        case PARSER_BODY:
            *in = str_skip(*in, parser->line_start - before);
            return head_complete(parser);
        case PARSER_HEAD:
            *in = str_skip(*in, piece);
            break;
        case PARSER_REFUSED:
        case PARSER_CHUNKED:
        case PARSER_DONE:
            return parser->state;
        }
    }
    return PARSER_HEAD;
}

static enum parser_state body_complete(struct parser *parser)
{
    parser->request.body = parser->len == 0 ? STR("") : str_from(parser->bytes, parser->len);
    return parser->state = PARSER_DONE;
}

static bool body_add(struct parser *parser, str data, size_t max)
{
    if (!grow(parser, max < BODY_BYTES_FIRST ? max : BODY_BYTES_FIRST, parser->len + data.len,
              max)) {
        return false;
    }
    memcpy(parser->bytes + parser->len, data.ptr, data.len);
    parser->len += data.len;
    return true;
}

static enum parser_state feed_body(struct parser *parser, str *in)
{
    size_t want = (size_t)parser->body_len - parser->len; /* body_len <= body_bytes_max */
    str data = str_slice(*in, 0, want);

    if (data.len > 0 && !body_add(parser, data, (size_t)parser->body_len)) {
        return refuse(parser, 503, "There is no memory for this request.");
    }
    *in = str_skip(*in, data.len);
    return parser->len == parser->body_len ? body_complete(parser) : PARSER_BODY;
}

static enum parser_state feed_chunked(struct parser *parser, str *in)
{
    size_t max = parser->limits->body_bytes_max;

    while (in->len > 0 && parser->chunked.state != CHUNKED_DONE) {
        str data = STR("");
        enum rc rc = chunked_take(&parser->chunked, in, &data);

        if (rc == RC_LIMIT) {
            return refuse(parser, 431, "The chunk extensions or trailers are too large.");
        }
        if (rc != RC_OK) {
            return refuse(parser, 400, "The chunked body is malformed.");
        }
        /* Asked of the announced size: no byte of a chunk that will not fit is kept. */
        if (data.len > max - parser->len || (parser->chunked.state == CHUNKED_DATA &&
                                             parser->chunked.left > max - parser->len - data.len)) {
            return refuse(parser, 413, "The body is larger than this server accepts.");
        }
        if (data.len > 0 && !body_add(parser, data, max)) {
            return refuse(parser, 503, "There is no memory for this request.");
        }
    }
    return parser->chunked.state == CHUNKED_DONE ? body_complete(parser) : PARSER_CHUNKED;
}

enum parser_state parser_feed(struct parser *parser, str *in)
{
    switch (parser->state) {
    case PARSER_HEAD:
        return feed_head(parser, in);
    case PARSER_BODY:
        return feed_body(parser, in);
    case PARSER_CHUNKED:
        return feed_chunked(parser, in);
    case PARSER_DONE:
    case PARSER_REFUSED:
        break;
    }
    return parser->state;
}
