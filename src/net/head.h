/* A complete request head to its parts, by llhttp and stricter rules around it. */
#ifndef MANTLE_NET_HEAD_H
#define MANTLE_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "net/http.h"

struct head {
    bool http_1_0, keep_alive, chunked, expects_continue;
    uint64_t content_length;
    int status; /* when refused */
    const char *why;
};

/* text: request line and `headers` header lines, each ending in CR LF and holding no other CR or LF,
 * then the empty line. Fills method, target, path, query and headers with views of text. On false
 * ret->status and ret->why say what is wrong. */
bool head_read(str text, size_t headers, struct arena *arena, struct http_request *ret_request,
               struct head *ret);

#endif
