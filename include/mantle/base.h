/* libmantle: AWS's policy language, Signature Version 4 and Mantle's session tokens as a library.
 * This header has what the others share: strings, allocators, result codes.
 *
 *   mantle/policy.h    parse, compile, decide, explain
 *   mantle/analysis.h  compare policies for all requests at once
 *   mantle/lint.h      what is wrong with a document, and what to write instead
 *   mantle/sigv4.h     verify signed requests: header, presigned URL, chunked body
 *   mantle/session.h   open session tokens of a Mantle server
 *
 * The library keeps no state of its own, does no input or output, reads no clock and no environment,
 * and never ends the process: bytes of any kind give a result code. It needs libc and libcrypto.
 *
 * Threads: an object may be used by one thread at a time, unless its header says that it is immutable;
 * immutable ones may be shared by any number of threads without a lock, until they are freed.
 *
 * Stability: what these headers declare keeps its layout and meaning within one soname
 * (libmantle.so.0). Zero the structs you fill, so that what you do not set means "none". */
#ifndef MANTLE_BASE_H
#define MANTLE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MANTLE_API __attribute__((visibility("default")))
#define MANTLE_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MANTLE_API
#define MANTLE_MUST_CHECK
#endif

/* The version of these headers, and of the library that runs: "0.1.0". Static text. */
#define MANTLE_VERSION_TEXT "0.1.0"
MANTLE_API const char *mantle_version(void);

/* ---- strings ---- */

/* A view of bytes: a pointer and a length, without ownership and without a terminator. ptr NULL means
 * "absent"; an empty string that is present has a ptr and len 0. */
typedef struct mantle_str {
    const char *ptr;
    size_t len;
} mantle_str;

static inline mantle_str mantle_bytes(const char *ptr, size_t len)
{
    mantle_str s;

    s.ptr = ptr;
    s.len = len;
    return s;
}

/* A C string; NULL gives the absent string. */
static inline mantle_str mantle_text(const char *text)
{
    return mantle_bytes(text, text == NULL ? 0 : strlen(text));
}

/* ---- result codes ---- */

typedef enum mantle_rc {
    MANTLE_OK = 0,
    MANTLE_NO_MEMORY = -1, /* the allocator said no, or the object's memory limit was reached */
    MANTLE_SYNTAX = -2,    /* bytes do not follow their grammar */
    MANTLE_LIMIT = -3,     /* a documented limit was passed */
    MANTLE_NOT_FOUND = -4, /* the thing named does not exist */
    MANTLE_DENIED = -6,    /* not authentic */
    MANTLE_EXPIRED = -7,   /* was valid once */
    MANTLE_CORRUPT = -12,  /* a file is not what was written */
    MANTLE_UNSUPPORTED = -13 /* known, named, and not built */,
    MANTLE_INVALID = -64 /* a required argument is NULL or out of range: a bug of the caller */
} mantle_rc;

/* A short English phrase: "out of memory". Static text, never NULL, for any number. */
MANTLE_API const char *mantle_rc_text(mantle_rc rc);

/* ---- memory ---- */

/* Where an object takes its memory from. Everything that is passed an allocator also accepts NULL: the
 * C library's. The struct is copied; `context` has to outlive all objects made with it, and `resize`
 * has to be safe for every thread that makes or frees them.
 *
 * resize: ptr NULL allocates new_size bytes, aligned for any type; new_size 0 frees ptr and returns
 * NULL; otherwise it grows or shrinks, keeping the contents. old_size is what was asked for before.
 * On failure it returns NULL and leaves ptr valid. */
typedef struct mantle_allocator {
    void *(*resize)(void *context, void *ptr, size_t old_size, size_t new_size);
    void *context;
} mantle_allocator;

/* Zeroes memory in a way the compiler may not remove: for secrets. */
MANTLE_API void mantle_wipe(void *ptr, size_t len);

#ifdef __cplusplus
}
#endif

#endif
