/* Bodies in the coding aws-chunked, as S3's clients stream them: every chunk signed, in a chain that
 * begins with the signature of the request (STREAMING-AWS4-HMAC-SHA256-PAYLOAD), with signed trailing
 * headers behind (...-TRAILER), or trailing headers alone (STREAMING-UNSIGNED-PAYLOAD-TRAILER).
 *
 *     size[;chunk-signature=HEX] CRLF data CRLF ... 0[;chunk-signature=HEX] CRLF
 *     [name:value CRLF ... [x-amz-trailer-signature:HEX CRLF]] CRLF
 *
 * Incremental: bytes come in pieces of any size, and nothing is allocated. Strict: every line ends in
 * CR LF, there is no other extension, the data is as long as x-amz-decoded-content-length says, and the
 * trailers are those x-amz-trailer names, each once. */
#ifndef MANTLE_SIGN_AWS_CHUNKED_H
#define MANTLE_SIGN_AWS_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "sign/digest.h"

enum {
    AWS_CHUNKED_LINE_MAX = 1024, /* a size with its extension, or a trailing header */
    AWS_CHUNKED_TRAILERS_MAX = 8,
    AWS_CHUNKED_TRAILER_BYTES_MAX = 4096, /* all of them */
    AWS_CHUNKED_SCOPE_MAX = 256,
};

struct aws_chunked_start { /* all but the key and the numbers is copied or read at once */
    str content_sha256;    /* x-amz-content-sha256: STREAMING-... */
    str signature;         /* of the request, verified: 64 hex digits */
    str amz_date, scope;   /* 20261127T182557Z; date to terminator */
    const struct hmac_key *key;
    uint64_t decoded_bytes; /* x-amz-decoded-content-length */
    str trailers;           /* x-amz-trailer: names, separated by commas; absent: none */
};

enum aws_chunked_state { /* zeroed: nothing was started, and everything is refused */
                         AWS_CHUNKED_BROKEN,
                         AWS_CHUNKED_SIZE,    /* in a size line */
                         AWS_CHUNKED_DATA,    /* in data */
                         AWS_CHUNKED_DATA_CR, /* behind data */
                         AWS_CHUNKED_DATA_LF,
                         AWS_CHUNKED_TRAILER, /* in a trailing header, or the last empty line */
                         AWS_CHUNKED_DONE,
};

struct aws_chunked { /* the caller's memory; not to be moved; holds the key: wipe it */
    enum aws_chunked_state state;
    enum rc failed; /* what every call gives from then on */
    bool is_signed, has_trailers, trailer_signed;
    struct hmac_key key;
    struct sha256_state hash;        /* of this chunk's data */
    char previous[2 * SHA256_BYTES]; /* signature */
    char claimed[2 * SHA256_BYTES];  /* of this chunk */
    char date_and_scope[16 + 1 + AWS_CHUNKED_SCOPE_MAX + 1];
    size_t date_and_scope_len;
    uint64_t left;          /* of this chunk */
    uint64_t data_left;     /* of what may still come in all */
    uint64_t decoded_bytes; /* in all */
    uint64_t verified_bytes;
    char line[AWS_CHUNKED_LINE_MAX];
    size_t line_len;
    char text[AWS_CHUNKED_TRAILER_BYTES_MAX]; /* names (in lower case) and values of trailers */
    size_t text_len;
    struct aws_trailer {
        str name, value; /* views into text; value absent: has not come yet */
    } trailers[AWS_CHUNKED_TRAILERS_MAX];
    size_t trailer_count;
};

/* RC_UNSUPPORTED: content_sha256 names no such body; RC_SYNTAX: trailers named where there can be none
 * or none where there must be, or a name that is none; RC_LIMIT. */
MUST_CHECK enum rc aws_chunked_init(struct aws_chunked *c, const struct aws_chunked_start *start);
void aws_chunked_wipe(struct aws_chunked *c);

/* Takes bytes from *in until data or the end stands there; *ret_data, a view into *in, is the data
 * taken, and may be empty while *in still holds bytes: call again until *in is empty. The data of a
 * chunk is handed out before its signature is seen to fit: act on it when the state is
 * AWS_CHUNKED_DONE, or on the first verified_bytes of it. RC_SYNTAX, RC_LIMIT; RC_DENIED: a signature
 * does not fit. Bytes behind the end are an error, too. An error is final. */
MUST_CHECK enum rc aws_chunked_take(struct aws_chunked *c, str *in, str *ret_data);

#endif
