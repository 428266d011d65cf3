/* The canonical request of Signature Version 4: the one text both sides must arrive at. Inside
 * sign/ only. */
#ifndef MANTLE_SIGN_CANONICAL_H
#define MANTLE_SIGN_CANONICAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "sign/sigv4.h"

struct canonical_form { /* what the text depends on beside the request */
    str signed_headers; /* checked by signed_headers_valid() */
    str payload_hash;   /* 64 hex digits, or a literal such as UNSIGNED-PAYLOAD */
    bool double_encode_path;
    bool is_query_form;   /* X-Amz-Signature is then left out of the query */
    bool leave_out_token; /* X-Amz-Security-Token too: signed first, token added afterwards */
    bool require_x_amz;   /* every x-amz-* header of the request must be in the list */
};

/* Lower-case header names, strictly ascending, joined by ';'. *ret_has_host says whether host is
 * among them. */
bool signed_headers_valid(str list, bool *ret_has_host);

/* RC_OK and the text in the arena; RC_DENIED: a header that must be signed is not; RC_NOENT: a
 * header is listed that the request does not have; RC_SYNTAX: a broken escape in path or query;
 * RC_LIMIT: too many headers or parameters; RC_NOMEM. */
MUST_CHECK enum rc canonical_request(const struct sigv4_request *request,
                                     const struct canonical_form *form, struct arena *arena,
                                     str *ret_text);

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
