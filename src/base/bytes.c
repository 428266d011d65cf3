#include "base/bytes.h"

#include <stdint.h>
#include <string.h>

void wipe(void *ptr, size_t len)
{
    if (len > 0) {
        explicit_bzero(ptr, len);
    }
}

bool equal_ct(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    uint64_t diff = 0;
    size_t at = 0;

    for (; len - at >= sizeof(diff); at += sizeof(diff)) {
        uint64_t left, right;

        memcpy(&left, x + at, sizeof(left));
        memcpy(&right, y + at, sizeof(right));
        diff |= left ^ right;
        __asm__ volatile("" : "+r"(diff)); /* no leaving early once a difference shows */
    }
    for (; at < len; at++) {
        diff |= (uint64_t)(x[at] ^ y[at]);
        __asm__ volatile("" : "+r"(diff));
    }
    return diff == 0;
}
