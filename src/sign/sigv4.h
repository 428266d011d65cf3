/* AWS Signature Version 4: verifying (header and query form) and making. No keys are kept here;
 * the signing key comes from the vault, and secrets never leave that.
 *
 * Verifying takes three steps: sigv4_read (what is claimed), sigv4_check (is the claim one for us,
 * now), sigv4_verify (was it signed by who holds the key). The last one repeats the second, so
 * leaving it out is slower, not weaker. */
#ifndef MANTLE_SIGN_SIGV4_H
#define MANTLE_SIGN_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "sign/digest.h"

enum {
    SIGV4_HEADERS_MAX = 128, /* headers of a request, and names in SignedHeaders */
    SIGV4_PARAMS_MAX = 1024, /* query parameters of a signed request */
};

struct sigv4_header { /* as received: name in any case, value without surrounding white space */
    str name, value;
};

struct sigv4_request { /* views into the raw request */
    str method;
    str path;  /* raw, as sent, before '?'; may be empty */
    str query; /* raw, without '?' */
    const struct sigv4_header *headers;
    size_t header_count;
    str body;
};

enum sigv4_form { SIGV4_NONE, SIGV4_HEADER, SIGV4_QUERY };

/* Everything AWS tells apart; the caller turns it into code and text. The query-protocol services
 * (IAM, STS) answer SignatureDoesNotMatch also for BAD_SCOPE, EXPIRED and FUTURE. */
enum sigv4_fault {
    SIGV4_OK,
    SIGV4_MISSING,         /* no signature at all: MissingAuthenticationToken */
    SIGV4_INCOMPLETE,      /* malformed or incomplete Authorization: IncompleteSignature */
    SIGV4_BOTH_FORMS,      /* header and query at once */
    SIGV4_BAD_SCOPE,       /* credential scope: wrong service, date, or terminator */
    SIGV4_EXPIRED,         /* outside the window, or past X-Amz-Expires */
    SIGV4_FUTURE,          /* signed too far ahead */
    SIGV4_UNSIGNED_HEADER, /* host or an x-amz-* header that must be signed is not */
    SIGV4_BAD_BODY,        /* x-amz-content-sha256 does not fit the body */
    SIGV4_MISMATCH,        /* SignatureDoesNotMatch */
    SIGV4_NO_MEMORY,       /* the arena is full; nothing was decided */
};

struct sigv4_claim { /* what the request claims, before any of it is verified */
    enum sigv4_form form;
    enum sigv4_fault fault; /* what sigv4_read returned; a faulty claim never verifies */
    str access_key_id, date /* yyyymmdd */, region, service, terminator;
    str scope; /* date to terminator, as written */
    str signed_headers, signature;
    const str *signed_names; /* signed_headers, split; in the arena */
    size_t signed_count;
    str amz_date;       /* in basic form: 20261123T182557Z */
    str session_token;  /* x-amz-security-token; absent for long-term keys */
    str content_sha256; /* the header's value, or absent */
    int64_t signed_at_s;
    int64_t expires_s; /* query form: X-Amz-Expires; else 0 */
    str detail; /* on a fault: AWS's sentence about what is missing or malformed; in the arena */
};

/* Reads the claim. Needs no key. On a fault *ret holds what was read so far and `detail`. */
enum sigv4_fault sigv4_read(const struct sigv4_request *request, struct arena *arena,
                            struct sigv4_claim *ret);

struct sigv4_rules {
    int64_t now_s;
    int64_t tolerance_s; /* AWS: 900 */
    str service; /* what the scope must say, e.g. "iam" (credential scope never picks the action) */
    bool double_encode_path;  /* true but for s3 */
    bool unsigned_payload_ok; /* accept the literal UNSIGNED-PAYLOAD (s3 only); a query form without
                                 x-amz-content-sha256 then means it, as in S3 */
    bool streaming_ok;        /* accept STREAMING-*: the caller verifies the chunks (s3 only) */
};

/* The scope and the clock: what can be refused before a key is looked up. *ret_detail (in the
 * arena, may be NULL) gets AWS's sentence on a fault. */
enum sigv4_fault sigv4_check(const struct sigv4_claim *claim, const struct sigv4_rules *rules,
                             struct arena *arena, str *ret_detail);

/* Verifies a claim with the derived signing key (see vault_signing_key). Constant-time compare.
 * Only SIGV4_OK lets anyone in. *ret_detail as above. */
enum sigv4_fault sigv4_verify(const struct sigv4_request *request, const struct sigv4_claim *claim,
                              const struct sigv4_rules *rules, const struct hmac_key *key,
                              struct arena *arena, str *ret_detail);

/* HMAC chain: AWS4+secret, date, region, service, aws4_request. RC_LIMIT: secret over 128 bytes. */
MUST_CHECK enum rc sigv4_derive_key(str secret, str date, str region, str service,
                                    struct hmac_key *ret_key);

/* Signs for a client of ours (mantle exec, tests): gives the Authorization header value.
 * headers must hold host and x-amz-date, and x-amz-security-token where there is one; of the
 * others content-type and x-amz-* are signed as well. amz_date: "20261123T182557Z". */
MUST_CHECK enum rc sigv4_sign(const struct sigv4_request *request, const struct hmac_key *key,
                              str access_key_id, str amz_date, str region, str service,
                              struct arena *arena, str *ret_authorization);

#endif
