/* JSON (RFC 8259), strictly: one value, no duplicate keys, no comments, no trailing comma, valid
 * UTF-8, bounded depth; every value knows where it stood. Values live in the caller's arena and
 * view the text, which must outlive them. */
#ifndef MANTLE_CODEC_JSON_H
#define MANTLE_CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_span {                 /* of the value's text, quotes and brackets included */
    uint32_t offset, end;          /* bytes: [offset, end) */
    uint32_t line, column;         /* of the first byte; from 1; columns count bytes */
    uint32_t end_line, end_column; /* just behind the last byte */
};

/* Children of arrays and objects form a list: first, then ->next. Members carry their key. */
struct json {
    enum json_type type;
    struct json_span span;
    struct json_span key_span;
    str key;      /* member name, escapes resolved; absent in arrays and at the top */
    str text;     /* strings: the value, escapes resolved; numbers: the digits as written */
    size_t count; /* children */
    struct json *first, *next, *parent; /* parent NULL at the top */
};

struct json_error { /* where and why */
    uint32_t offset, line, column;
    const char *reason; /* static, lower case, e.g. "duplicate key", "nesting too deep" */
};

struct json_limits {
    uint32_t depth_max;  /* nesting; the reader itself does not recurse past this */
    uint32_t values_max; /* values in all */
    bool repeats; /* keeps repeated keys: for files that quote documents which are read again */
};

/* RC_SYNTAX with *reterr_at written, RC_LIMIT (also with *reterr_at), or RC_NOMEM. text is at most
 * 4 GiB - 1. Duplicate keys compare after escapes are resolved, case-sensitively. */
MUST_CHECK enum rc json_parse(str text, const struct json_limits *limits, struct arena *arena,
                              struct json **ret, struct json_error *reterr_at);

/* The value at the front of *rest, where others may follow: pages written one behind the other. The
 * reader stops where the next one begins; what stands before is then read by itself. As json_parse;
 * *rest goes on behind the value, and places count from its old front. */
MUST_CHECK enum rc json_take_value(str *rest, const struct json_limits *limits, struct arena *arena,
                                   struct json **ret, struct json_error *reterr_at);
/* The same for a value of an array that is read one by one: a comma or the array's bracket may follow. */
MUST_CHECK enum rc json_take_item(str *rest, const struct json_limits *limits, struct arena *arena,
                                  struct json **ret, struct json_error *reterr_at);

/* NULL when object is NULL, not an object, or has no such member. Linear in its members. */
const struct json *json_member(const struct json *object, str key);

/* Writing: a stream with automatic commas. Errors stick in the buf. */
struct json_out {
    buf *out;
    bool need_comma;
};
void json_open(struct json_out *o, char bracket);  /* '{' or '[' */
void json_close(struct json_out *o, char bracket); /* '}' or ']' */
void json_key(struct json_out *o, str key);        /* anybody's: escaped like a value */
/* A name out of our own source: nothing in it needs escaping, and nobody looks. */
void json_own_key(struct json_out *o, str key);
/* Escapes what must be escaped. Bytes that are not UTF-8 become U+FFFD: output is always valid. */
void json_str(struct json_out *o, str text);
void json_i64(struct json_out *o, int64_t n);
void json_bool(struct json_out *o, bool value);
void json_null(struct json_out *o);
void json_raw(struct json_out *o, str json); /* already JSON */
/* Short forms: key (one of our own) and value at once. */
void json_put_str(struct json_out *o, str key, str text);
void json_put_some(struct json_out *o, str key, str text); /* nothing when text is empty */
void json_put_i64(struct json_out *o, str key, int64_t n);
void json_put_bool(struct json_out *o, str key, bool value);

/* Prints a parsed value, compactly or with two-space indentation. */
void json_print(const struct json *value, bool pretty, buf *out);

#endif
