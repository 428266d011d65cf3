/* What every fuzz target starts with. A target checks a property with REQUIRE, which must hold for
 * any input; the sanitizers watch for the rest. */
#ifndef MANTLE_TESTS_FUZZ_H
#define MANTLE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline str fuzz_text(const uint8_t *data, size_t size)
{
    return str_from(size == 0 ? "" : (const char *)data, size);
}

#endif
