/* The canonical request of Signature Version 4: the one text both sides must arrive at. Inside
 * sign/ only. */
#ifndef MANTLE_SIGN_CANONICAL_H
#define MANTLE_SIGN_CANONICAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/words.h"
#include "sign/sigv4.h"

static inline bool word_is(uint64_t word, uint64_t lower)
{
    return word == lower || lower8(word) == lower;
}

/* str_eq_nocase for a name that is in lower case already: headers are compared many times per
 * request, and only one side needs folding. */
static inline bool name_is(str name, str lower)
{
    size_t last = name.len - 8; /* of 8 bytes or more: where the last eight begin */

    if (name.len != lower.len) {
        return false;
    }
    if (name.len < 4) {
        return str_eq_nocase(name, lower);
    }
    if (name.len < 8) {
        return word_is(load4_twice(name.ptr, name.len), load4_twice(lower.ptr, lower.len));
    }
    for (size_t at = 0; at < last; at += 8) {
        if (!word_is(load8(name.ptr + at), load8(lower.ptr + at))) {
            return false;
        }
    }
    return word_is(load8(name.ptr + last), load8(lower.ptr + last));
}

struct canonical_form { /* what the text depends on beside the request */
    str signed_headers;
    const str *signed_names; /* the same, by signed_headers_split() */
    size_t signed_count;
    str payload_hash; /* 64 hex digits, or a literal such as UNSIGNED-PAYLOAD; absent: the body's */
    bool double_encode_path;
    bool is_query_form;   /* X-Amz-Signature is then left out of the query */
    bool leave_out_token; /* X-Amz-Security-Token too: signed first, token added afterwards */
    bool require_x_amz;   /* every x-amz-* header of the request must be in the list */
};

/* Splits a list of lower-case header names, strictly ascending, joined by ';'. RC_SYNTAX: it is no
 * such list; RC_LIMIT: more than SIGV4_HEADERS_MAX. *ret_names in the arena. */
MUST_CHECK enum rc signed_headers_split(str list, struct arena *arena, const str **ret_names,
                                        size_t *ret_count);

/* RC_OK and the text in the arena, padded (sign/digest.h); RC_DENIED: a header that must be signed is
 * not; RC_NOENT: a header is listed that the request does not have; RC_SYNTAX: a broken escape in path
 * or query; RC_LIMIT: too many headers or parameters; RC_NOMEM. */
MUST_CHECK enum rc canonical_request(const struct sigv4_request *request,
                                     const struct canonical_form *form, struct arena *arena,
                                     const char **ret_text, size_t *ret_blocks);

/* The two parts of a canonical request that come from its URI, in the arena. RC_SYNTAX: a broken
 * escape; RC_LIMIT: more than SIGV4_PARAMS_MAX parameters; RC_NOMEM. */
MUST_CHECK enum rc canonical_path(str path, bool double_encode, struct arena *arena, str *ret);
MUST_CHECK enum rc canonical_query(const struct canonical_form *form, str query,
                                   struct arena *arena, str *ret);

enum { SIGNATURE_HEX_BYTES = 2 * SHA256_BYTES };
/* HMAC of the string to sign, lower-case. scope: date to terminator. Errors as above. */
MUST_CHECK enum rc signature_hex(const struct sigv4_request *request,
                                 const struct canonical_form *form, const struct hmac_key *key,
                                 str amz_date, str scope, struct arena *arena,
                                 char ret_hex[SIGNATURE_HEX_BYTES]);
/* Hex of the SHA-256 of data: the payload hash of a signed body. */
void sha256_hex(str data, char ret_hex[SIGNATURE_HEX_BYTES]);

/* One query parameter, decoded name and value. '+' is a space, as everywhere else in the server.
 * False at the end; *reterr set on a broken escape or without memory. */
bool take_param(str *rest, struct arena *arena, str *ret_name, str *ret_value, enum rc *reterr);

#endif
