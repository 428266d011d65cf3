/* What a request claims, while it is read: shared by the files that read it. Inside sign/ only. */
#ifndef MANTLE_SIGN_SIGV4_READ_H
#define MANTLE_SIGN_SIGV4_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "sign/sigv4.h"

enum { SIGV4_DETAIL_BYTES_MAX = 16 * 1024 };

struct reader {
    const struct sigv4_request *request;
    struct arena *arena;
    struct sigv4_claim *claim;
    str authorization, date_header, amz_date_header;
    str algorithm, credential;   /* as claimed */
    str amz_date_param, expires; /* query form */
    str token_header, content_header;
};

enum sigv4_fault read_fault(struct reader *r, enum sigv4_fault fault, str detail);

#define INCOMPLETE(r, ...) read_fault((r), SIGV4_INCOMPLETE, arena_printf((r)->arena, __VA_ARGS__))

/* Where a parameter is kept: in the reader, or in the claim if it is handed on as it came. */
struct read_place {
    size_t field; /* offset of a str */
    bool in_claim;
};
#define IN_READER(field)                                                                           \
    {                                                                                              \
        offsetof(struct reader, field), false                                                      \
    }
#define IN_CLAIM(field)                                                                            \
    {                                                                                              \
        offsetof(struct sigv4_claim, field), true                                                  \
    }
static inline str *read_field(struct reader *r, struct read_place place)
{
    char *base = place.in_claim ? (char *)r->claim : (char *)r;

    return (str *)(void *)(base + place.field);
}

/* The query parameters, whatever the form; then those the query form requires. */
enum sigv4_fault read_params(struct reader *r);
enum sigv4_fault params_complete(struct reader *r);
enum sigv4_fault read_expires(struct reader *r);
/* The value of the header, for the header form. */
enum sigv4_fault read_authorization(struct reader *r);

#endif
