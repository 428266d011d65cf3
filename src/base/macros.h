/* Compiler conveniences used everywhere. No control flow hides in here but TRY. */
#ifndef MANTLE_BASE_MACROS_H
#define MANTLE_BASE_MACROS_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED __attribute__((unused))
#define NORETURN __attribute__((noreturn))
#define HOT __attribute__((hot))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Runs `x_done(&var)`-like functions when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* For steps with nothing to release: hand the error on. The only macro that returns. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum rc try_rc_ = (expr);                                                                  \
        if (try_rc_ != RC_OK) {                                                                    \
            return try_rc_;                                                                        \
        }                                                                                          \
    } while (0)

/* "1 call", "2 calls": for printf's %s behind the word. */
#define PLURAL(n) ((n) == 1 ? "" : "s")

#endif
