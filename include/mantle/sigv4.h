/* AWS Signature Version 4: verifying requests signed in the Authorization header, in the query (a
 * presigned URL), and bodies signed chunk by chunk.
 *
 *   mantle_sigv4_new      a verifier: room for reading one request at a time
 *   mantle_sigv4_read     what the request claims: access key id, scope, token. Nothing of it is
 *                         verified yet
 *   mantle_signing_key_init   from the secret you hold for that access key id
 *   mantle_sigv4_verify   whether it was signed with that key, for you, now
 *   mantle_sigv4_body_*   bodies signed chunk by chunk: the framing and signatures of aws-chunked
 *
 * Only MANTLE_SIGV4_OK lets anyone in. SigV4a (ECDSA) is not supported; such requests are refused. */
#ifndef MANTLE_SIGV4_H
#define MANTLE_SIGV4_H

#include <mantle/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- requests ---- */

#define MANTLE_SIGV4_HEADERS_MAX 128 /* headers of a request, and names in SignedHeaders */
#define MANTLE_SIGV4_PARAMS_MAX 1024 /* query parameters of a signed request */
/* The most memory a verifier takes for one request; one that needs more gives
 * MANTLE_SIGV4_NO_MEMORY. */
#define MANTLE_SIGV4_MEMORY_MAX ((size_t)1 << 20)

typedef struct mantle_header { /* as received: name in any case, value without white space around */
    mantle_str name, value;
} mantle_header;

typedef struct mantle_http_request { /* views, which outlive reading and verifying */
    mantle_str method;
    mantle_str path;  /* as sent, still percent-encoded, before '?' */
    mantle_str query; /* as sent, without '?' */
    const mantle_header *headers;
    size_t header_count;
    mantle_str body; /* empty for a body that is streamed or unsigned */
} mantle_http_request;

/* ---- verdicts ---- */

typedef enum mantle_sigv4_fault {
    MANTLE_SIGV4_OK,
    MANTLE_SIGV4_MISSING,         /* no signature at all: MissingAuthenticationToken */
    MANTLE_SIGV4_INCOMPLETE,      /* malformed: IncompleteSignature */
    MANTLE_SIGV4_BOTH_FORMS,      /* header and query at once */
    MANTLE_SIGV4_BAD_SCOPE,       /* signed for another service or day */
    MANTLE_SIGV4_EXPIRED,         /* outside the window, or past X-Amz-Expires */
    MANTLE_SIGV4_FUTURE,          /* signed too far ahead */
    MANTLE_SIGV4_UNSIGNED_HEADER, /* host or an x-amz-* header is not signed */
    MANTLE_SIGV4_BAD_BODY,        /* x-amz-content-sha256 does not fit the body */
    MANTLE_SIGV4_MISMATCH,        /* SignatureDoesNotMatch */
    MANTLE_SIGV4_NO_MEMORY        /* nothing was decided */
} mantle_sigv4_fault;

/* "SignatureDoesNotMatch"... the error code of IAM and STS. Static text, never NULL. */
MANTLE_API const char *mantle_sigv4_fault_code(mantle_sigv4_fault fault);

typedef enum mantle_sigv4_form {
    MANTLE_SIGV4_NONE,
    MANTLE_SIGV4_HEADER,
    MANTLE_SIGV4_QUERY
} mantle_sigv4_form;

typedef struct mantle_sigv4_claim { /* views into the request and the verifier */
    mantle_sigv4_form form;
    mantle_str access_key_id, date /* yyyymmdd */, region, service;
    mantle_str session_token;  /* absent for long-term keys */
    mantle_str content_sha256; /* x-amz-content-sha256, or absent */
    mantle_str amz_date;       /* 20261127T182557Z */
    int64_t signed_at_s;       /* the same in seconds since 1970 */
    int64_t expires_s;         /* presigned: X-Amz-Expires, in seconds; else 0 */
} mantle_sigv4_claim;

/* ---- the verifier ---- */

/* Holds the memory of one request at a time, to be used again and again by one thread. */
typedef struct mantle_sigv4 mantle_sigv4;

/* MANTLE_NO_MEMORY. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_sigv4_new(const mantle_allocator *allocator,
                                                        mantle_sigv4 **ret);
MANTLE_API void mantle_sigv4_free(mantle_sigv4 *verifier); /* accepts NULL */

/* Forgets the request before and reads this one. Needs no key. *ret_claim is whole when the result is
 * MANTLE_SIGV4_OK, and partly filled on a fault; it may be NULL. */
MANTLE_API MANTLE_MUST_CHECK mantle_sigv4_fault mantle_sigv4_read(
    mantle_sigv4 *verifier, const mantle_http_request *request, mantle_sigv4_claim *ret_claim);

/* A derived signing key: good for one secret, day, region and service. As secret as the secret: wipe
 * it (mantle_wipe) when done. May be shared by threads. What is in it is the library's. */
typedef struct mantle_signing_key {
    uint32_t state[16];
} mantle_signing_key;

/* date: yyyymmdd. MANTLE_LIMIT: the secret is longer than 128 bytes. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_signing_key_init(mantle_str secret, mantle_str date,
                                                               mantle_str region,
                                                               mantle_str service,
                                                               mantle_signing_key *ret);

typedef struct mantle_sigv4_rules {
    int64_t now_s;       /* seconds since 1970: you bring the clock */
    int64_t tolerance_s; /* how far clocks may differ; 0: 900, as AWS */
    mantle_str service;  /* what the scope must say: "execute-api", "s3", a name of yours */
    mantle_str region;   /* what the scope must say; absent: any */
    /* S3's rules: the path is encoded once and not normalised, the literal UNSIGNED-PAYLOAD is
     * accepted, and a presigned request without x-amz-content-sha256 means it. Otherwise the path
     * is normalised and encoded twice, and the body is always hashed. */
    bool s3;
    /* Accept STREAMING-...: verify the body with mantle_sigv4_body_*. Needs s3. */
    bool streaming;
} mantle_sigv4_rules;

/* Verifies what the verifier read last; request is the same one. Constant-time compare. */
MANTLE_API MANTLE_MUST_CHECK mantle_sigv4_fault
mantle_sigv4_verify(mantle_sigv4 *verifier, const mantle_http_request *request,
                    const mantle_sigv4_rules *rules, const mantle_signing_key *key);

/* AWS's sentence about the last fault; absent after MANTLE_SIGV4_OK. Valid until the next read. */
MANTLE_API mantle_str mantle_sigv4_detail(const mantle_sigv4 *verifier);

/* ---- bodies signed chunk by chunk ---- */

/* A body in the coding aws-chunked whose x-amz-content-sha256 is STREAMING-AWS4-HMAC-SHA256-PAYLOAD,
 * the same with -TRAILER, or STREAMING-UNSIGNED-PAYLOAD-TRAILER. It is fed piece by piece, cut anywhere,
 * after the HTTP server has taken off its own chunked transfer coding. */
typedef struct mantle_sigv4_body mantle_sigv4_body;

/* Begins the body of the request the verifier has just let in: mantle_sigv4_verify, with `streaming`
 * in its rules and the same key, gave MANTLE_SIGV4_OK and nothing was read since. x-amz-trailer names
 * at most 8 headers. MANTLE_UNSUPPORTED: the body is not such a one; MANTLE_SYNTAX:
 * x-amz-decoded-content-length or x-amz-trailer is missing, twice there or malformed; MANTLE_LIMIT,
 * MANTLE_NO_MEMORY; MANTLE_INVALID: nothing was let in. Needs neither verifier nor request afterwards.
 * Free *ret with mantle_sigv4_body_free. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_sigv4_body_new(const mantle_allocator *allocator,
                                                             const mantle_sigv4 *verifier,
                                                             const mantle_http_request *request,
                                                             const mantle_signing_key *key,
                                                             mantle_sigv4_body **ret);
MANTLE_API void mantle_sigv4_body_free(mantle_sigv4_body *body); /* accepts NULL; wipes the key */

/* Takes bytes from *in until data or the end stands there; *ret_data, a view into *in, is the data
 * taken, and may be empty while *in still holds bytes: call again until *in is empty. Data is handed
 * out before the signature of its chunk is seen to fit: keep it apart until mantle_sigv4_body_done, or
 * act on the first mantle_sigv4_body_verified bytes only. MANTLE_DENIED: a signature does not fit;
 * MANTLE_SYNTAX: framing, length or trailers are not as announced, or bytes stand behind the end;
 * MANTLE_LIMIT: a line over 1,023 bytes, trailers over 4,096. An error is final. Allocates nothing. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_sigv4_body_take(mantle_sigv4_body *body,
                                                              mantle_str *in, mantle_str *ret_data);
/* The body is whole and every signature fits: ask when the HTTP body has ended. A body without chunk
 * signatures is only well-formed: check its trailer (x-amz-checksum-...) against the data. */
MANTLE_API bool mantle_sigv4_body_done(const mantle_sigv4_body *body);
/* How many bytes of data, from the first on, belong to chunks that are complete, and whose signatures
 * fit where there are any. */
MANTLE_API uint64_t mantle_sigv4_body_verified(const mantle_sigv4_body *body);
/* The trailing headers, once the body is done; names in lower case, in the order of their names. Views
 * into the body. False past the end. */
MANTLE_API bool mantle_sigv4_body_trailer(const mantle_sigv4_body *body, size_t i,
                                          mantle_header *ret);

#ifdef __cplusplus
}
#endif

#endif
