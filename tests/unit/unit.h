/* What every unit test starts with. */
#ifndef MANTLE_TESTS_UNIT_H
#define MANTLE_TESTS_UNIT_H

/* cmocka wants these four first. */
#include <setjmp.h> /* IWYU pragma: keep */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define assert_str(actual, expected_literal)                                                       \
    do {                                                                                           \
        str actual_ = (actual);                                                                    \
        str wanted_ = STR(expected_literal);                                                       \
        if (!str_eq(actual_, wanted_)) {                                                           \
            fail_msg("%s is \"%.*s\", not \"%s\"", #actual, FMT(actual_), expected_literal);       \
        }                                                                                          \
    } while (0)

/* Ends a test that cannot run here. cmocka's skip() says "not ok # SKIP", which Meson counts as a
 * failure. */
#define SKIP(reason)                                                                               \
    do {                                                                                           \
        printf("# skipped: %s\n", reason);                                                         \
        return;                                                                                    \
    } while (0)

#define assert_ok(expr) assert_int_equal((expr), RC_OK)

#endif
