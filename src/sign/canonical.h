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
#include "sign/sigv4.h"

/* str_eq_nocase for a name that is in lower case already: headers are compared many times per
 * request, and only one side needs folding. */
static inline bool name_is(str name, str lower)
{
    const uint64_t each = UINT64_C(0x0101010101010101), high = 0x80 * each;
    uint64_t differ = 0;
    size_t at = 0;

    if (name.len != lower.len) {
        return false;
    }
    while (at + 8 <= name.len) {
        uint64_t word, want, low;

        memcpy(&word, name.ptr + at, 8);
        memcpy(&want, lower.ptr + at, 8);
        low = word & ~high; /* adding 0x80 - 'A' sets bit 7 from 'A' on; 0x7f - 'Z', after 'Z' */
        word |= (((low + (0x80 - 'A') * each) ^ (low + (0x7f - 'Z') * each)) & ~word & high) >> 2;
        differ |= word ^ want;
        /* The last eight may overlap the ones before. */
        at = at + 8 < name.len && at + 16 > name.len ? name.len - 8 : at + 8;
    }
    for (; at < name.len; at++) {
        differ |= (uint64_t)(ascii_lower(name.ptr[at]) ^ lower.ptr[at]);
    }
    return differ == 0;
}

struct canonical_form { /* what the text depends on beside the request */
    str signed_headers;
    const str *signed_names; /* the same, by signed_headers_split() */
    size_t signed_count;
    str payload_hash; /* 64 hex digits, or a literal such as UNSIGNED-PAYLOAD */
    bool double_encode_path;
    bool is_query_form;   /* X-Amz-Signature is then left out of the query */
    bool leave_out_token; /* X-Amz-Security-Token too: signed first, token added afterwards */
    bool require_x_amz;   /* every x-amz-* header of the request must be in the list */
};

/* Splits a list of lower-case header names, strictly ascending, joined by ';'. RC_SYNTAX: it is no
 * such list; RC_LIMIT: more than SIGV4_HEADERS_MAX. *ret_names in the arena. */
MUST_CHECK enum rc signed_headers_split(str list, struct arena *arena, const str **ret_names,
                                        size_t *ret_count);

/* RC_OK and the text in the arena; RC_DENIED: a header that must be signed is not; RC_NOENT: a
 * header is listed that the request does not have; RC_SYNTAX: a broken escape in path or query;
 * RC_LIMIT: too many headers or parameters; RC_NOMEM. */
MUST_CHECK enum rc canonical_request(const struct sigv4_request *request,
                                     const struct canonical_form *form, struct arena *arena,
                                     str *ret_text);

/* The two parts of a canonical request that come from its URI, in the arena. RC_SYNTAX: a broken
 * escape; RC_LIMIT: more than SIGV4_PARAMS_MAX parameters; RC_NOMEM. */
MUST_CHECK enum rc canonical_path(str path, bool double_encode, struct arena *arena, str *ret);
MUST_CHECK enum rc canonical_query(const struct canonical_form *form, str query,
                                   struct arena *arena, str *ret);

enum { SIGNATURE_HEX_BYTES = 2 * SHA256_BYTES };
/* HMAC of the string to sign, lower-case. scope: date to terminator. */
void signature_hex(const struct hmac_key *key, str amz_date, str scope, str canonical,
                   char ret_hex[SIGNATURE_HEX_BYTES]);
/* Hex of the SHA-256 of data: the payload hash of a signed body. */
void sha256_hex(str data, char ret_hex[SIGNATURE_HEX_BYTES]);

/* One query parameter, decoded name and value. '+' is a space, as everywhere else in the server.
 * False at the end; *reterr set on a broken escape or without memory. */
bool take_param(str *rest, struct arena *arena, str *ret_name, str *ret_value, enum rc *reterr);

#endif
