/* Which bytes may stand where in a request (RFC 9110, RFC 3986), as one table. */
#ifndef MANTLE_NET_CHARS_H
#define MANTLE_NET_CHARS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum char_class {
    CHAR_TOKEN = 1,  /* methods and header names */
    CHAR_FIELD = 2,  /* header values: tab, space, visible, obs-text; no other control */
    CHAR_TARGET = 4, /* request target: URI characters, and '[' ']', which real clients send raw */
    CHAR_HOST = 8,   /* host name or literal, with port */
};

extern const uint8_t char_classes[256];

static inline bool char_is(char c, enum char_class class)
{
    return (char_classes[(unsigned char)c] & class) != 0;
}

static inline bool chars_are(str s, enum char_class class)
{
    uint8_t all = (uint8_t) class;

    for (size_t i = 0; i < s.len; i++) {
        all &= char_classes[(unsigned char)s.ptr[i]];
    }
    return all != 0;
}

#endif
