#include "base/bytes.h"

#include <string.h>

void wipe(void *ptr, size_t len)
{
    if (len > 0) {
        explicit_bzero(ptr, len);
    }
}

bool equal_ct(const void *a, const void *b, size_t len)
{
    const volatile unsigned char *x = a, *y = b;
    unsigned char diff = 0;

    for (size_t i = 0; i < len; i++) {
        diff = (unsigned char)(diff | (x[i] ^ y[i]));
    }
    return diff == 0;
}
