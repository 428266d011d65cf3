/* Verifying signed requests. */
#include <mantle/sigv4.h>

#include "base/bytes.h"
#include "lib/object.h"
#include "sign/aws_chunked.h"
#include "sign/sigv4.h"

enum { CHUNK_BYTES = 16 * 1024, TOLERANCE_S = 900 };

struct mantle_sigv4 {
    struct object object;
    struct sigv4_claim claim; /* of what was read last; zeroed: MISSING */
    str detail;               /* in the arena, or static */
    bool let_in;              /* what was read last was verified, with streaming allowed */
};

const char *mantle_sigv4_fault_code(mantle_sigv4_fault fault)
{
    switch (fault) {
    case MANTLE_SIGV4_OK:
        return "OK";
    case MANTLE_SIGV4_MISSING:
        return "MissingAuthenticationToken";
    case MANTLE_SIGV4_INCOMPLETE:
    case MANTLE_SIGV4_BOTH_FORMS:
        return "IncompleteSignature";
    case MANTLE_SIGV4_BAD_SCOPE:
    case MANTLE_SIGV4_EXPIRED:
    case MANTLE_SIGV4_FUTURE:
    case MANTLE_SIGV4_UNSIGNED_HEADER:
    case MANTLE_SIGV4_BAD_BODY:
    case MANTLE_SIGV4_MISMATCH:
        return "SignatureDoesNotMatch";
    case MANTLE_SIGV4_NO_MEMORY:
        return "InternalFailure";
    }
    return "InternalFailure";
}

mantle_rc mantle_sigv4_new(const mantle_allocator *allocator, mantle_sigv4 **ret)
{
    mantle_sigv4 *verifier;

    if (ret == NULL) {
        return MANTLE_INVALID;
    }
    verifier = object_new(allocator, sizeof(*verifier), CHUNK_BYTES, MANTLE_SIGV4_MEMORY_MAX);
    if (verifier == NULL) {
        return MANTLE_NO_MEMORY;
    }
    *ret = verifier;
    return MANTLE_OK;
}

void mantle_sigv4_free(mantle_sigv4 *verifier)
{
    if (verifier != NULL) {
        object_free(&verifier->object, sizeof(*verifier));
    }
}

static bool request_is_valid(const mantle_http_request *request)
{
    bool valid = request != NULL && is_view(request->method) && is_view(request->path) &&
                 is_view(request->query) && is_view(request->body) &&
                 (request->headers != NULL || request->header_count == 0);

    for (size_t i = 0; valid && i < request->header_count; i++) {
        valid = is_view(request->headers[i].name) && is_view(request->headers[i].value);
    }
    return valid;
}

static const struct sigv4_request *request_of(const mantle_http_request *request)
{
    return (const struct sigv4_request *)(const void *)request;
}

static void claim_publish(const struct sigv4_claim *claim, mantle_sigv4_claim *ret)
{
    *ret = (mantle_sigv4_claim){
        .form = (mantle_sigv4_form)claim->form,
        .access_key_id = public_str(claim->access_key_id),
        .date = public_str(claim->date),
        .region = public_str(claim->region),
        .service = public_str(claim->service),
        .session_token = public_str(claim->session_token),
        .content_sha256 = public_str(claim->content_sha256),
        .amz_date = public_str(claim->amz_date),
        .signed_at_s = claim->signed_at_s,
        .expires_s = claim->expires_s,
    };
}

mantle_sigv4_fault mantle_sigv4_read(mantle_sigv4 *verifier, const mantle_http_request *request,
                                     mantle_sigv4_claim *ret_claim)
{
    enum sigv4_fault fault;

    if (verifier == NULL) {
        return MANTLE_SIGV4_NO_MEMORY;
    }
    arena_reset(&verifier->object.arena);
    verifier->claim = (struct sigv4_claim){ 0 };
    verifier->let_in = false;
    verifier->detail = STR("no request was given");
    if (!request_is_valid(request)) {
        return MANTLE_SIGV4_MISSING;
    }
    fault = sigv4_read(request_of(request), &verifier->object.arena, &verifier->claim);
    verifier->detail = verifier->claim.detail;
    if (ret_claim != NULL) {
        claim_publish(&verifier->claim, ret_claim);
    }
    return (mantle_sigv4_fault)fault;
}

mantle_rc mantle_signing_key_init(mantle_str secret, mantle_str date, mantle_str region,
                                  mantle_str service, mantle_signing_key *ret)
{
    if (ret == NULL || secret.ptr == NULL || !is_view(date) || !is_view(region) ||
        !is_view(service)) {
        return MANTLE_INVALID;
    }
    return public_rc(sigv4_derive_key(str_of(secret), str_of(date), str_of(region), str_of(service),
                                      (struct hmac_key *)(void *)ret));
}

static mantle_sigv4_fault refuse(mantle_sigv4 *verifier, mantle_sigv4_fault fault, str detail)
{
    verifier->detail = detail;
    return fault;
}

mantle_sigv4_fault mantle_sigv4_verify(mantle_sigv4 *verifier, const mantle_http_request *request,
                                       const mantle_sigv4_rules *rules,
                                       const mantle_signing_key *key)
{
    struct sigv4_rules ours;
    str detail = STR_NONE;
    enum sigv4_fault fault;

    if (verifier == NULL) {
        return MANTLE_SIGV4_NO_MEMORY;
    }
    verifier->let_in = false;
    if (!request_is_valid(request) || rules == NULL || key == NULL || !is_view(rules->service) ||
        !is_view(rules->region)) {
        return refuse(verifier, MANTLE_SIGV4_MISSING, STR("an argument is missing"));
    }
    ours = (struct sigv4_rules){
        .now_s = rules->now_s,
        .tolerance_s = rules->tolerance_s > 0 ? rules->tolerance_s : TOLERANCE_S,
        .service = str_of(rules->service),
        .double_encode_path = !rules->s3,
        .unsigned_payload_ok = rules->s3,
        .streaming_ok = rules->s3 && rules->streaming,
    };
    fault = sigv4_verify(request_of(request), &verifier->claim, &ours,
                         (const struct hmac_key *)(const void *)key, &verifier->object.arena,
                         &detail);
    if (fault == SIGV4_OK && rules->region.ptr != NULL &&
        !str_eq(str_of(rules->region), verifier->claim.region)) {
        fault = SIGV4_BAD_SCOPE;
        detail = STR("Credential should be scoped to a valid region.");
    }
    verifier->let_in = fault == SIGV4_OK && ours.streaming_ok;
    return refuse(verifier, (mantle_sigv4_fault)fault, fault == SIGV4_OK ? STR_NONE : detail);
}

mantle_str mantle_sigv4_detail(const mantle_sigv4 *verifier)
{
    return public_str(verifier == NULL ? STR_NONE : verifier->detail);
}

/* ---- bodies ---- */

struct mantle_sigv4_body {
    struct object object;
    struct aws_chunked chunked;
};

/* RC_SYNTAX: the request has it twice. Absent when it has not. */
static enum rc header_once(const mantle_http_request *request, str name, str *ret)
{
    *ret = STR_NONE;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!str_eq_nocase(str_of(request->headers[i].name), name)) {
            continue;
        }
        if (ret->ptr != NULL) {
            return RC_SYNTAX;
        }
        *ret = str_trim(str_of(request->headers[i].value));
    }
    return RC_OK;
}

static enum rc body_start(struct aws_chunked *chunked, const struct sigv4_claim *claim,
                          const mantle_http_request *request, const mantle_signing_key *key)
{
    struct aws_chunked_start start = { .content_sha256 = claim->content_sha256,
                                       .signature = claim->signature,
                                       .amz_date = claim->amz_date,
                                       .scope = claim->scope,
                                       .key = (const struct hmac_key *)(const void *)key };
    str length;

    if (!str_starts(start.content_sha256, STR("STREAMING-"))) {
        return RC_UNSUPPORTED;
    }
    TRY(header_once(request, STR("x-amz-decoded-content-length"), &length));
    TRY(header_once(request, STR("x-amz-trailer"), &start.trailers));
    TRY(str_to_u64(length, &start.decoded_bytes));
    return aws_chunked_init(chunked, &start);
}

mantle_rc mantle_sigv4_body_new(const mantle_allocator *allocator, const mantle_sigv4 *verifier,
                                const mantle_http_request *request, const mantle_signing_key *key,
                                mantle_sigv4_body **ret)
{
    mantle_sigv4_body *body;
    enum rc rc;

    if (verifier == NULL || !verifier->let_in || !request_is_valid(request) || key == NULL ||
        ret == NULL) {
        return MANTLE_INVALID;
    }
    body = object_new(allocator, sizeof(*body), CHUNK_BYTES, 0);
    if (body == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = body_start(&body->chunked, &verifier->claim, request, key);
    if (rc != RC_OK) {
        mantle_sigv4_body_free(body);
        return public_rc(rc);
    }
    *ret = body;
    return MANTLE_OK;
}

void mantle_sigv4_body_free(mantle_sigv4_body *body)
{
    if (body != NULL) {
        aws_chunked_wipe(&body->chunked);
        object_free(&body->object, sizeof(*body));
    }
}

mantle_rc mantle_sigv4_body_take(mantle_sigv4_body *body, mantle_str *in, mantle_str *ret_data)
{
    str rest, data = STR("");
    enum rc rc;

    if (body == NULL || in == NULL || ret_data == NULL || !is_view(*in)) {
        return MANTLE_INVALID;
    }
    rest = str_of(*in);
    rc = aws_chunked_take(&body->chunked, &rest, &data);
    *in = public_str(rest);
    *ret_data = public_str(data);
    return public_rc(rc);
}

bool mantle_sigv4_body_done(const mantle_sigv4_body *body)
{
    return body != NULL && body->chunked.state == AWS_CHUNKED_DONE;
}

uint64_t mantle_sigv4_body_verified(const mantle_sigv4_body *body)
{
    return body == NULL ? 0 : body->chunked.verified_bytes;
}

bool mantle_sigv4_body_trailer(const mantle_sigv4_body *body, size_t i, mantle_header *ret)
{
    if (!mantle_sigv4_body_done(body) || ret == NULL || i >= body->chunked.trailer_count) {
        return false;
    }
    ret->name = public_str(body->chunked.trailers[i].name);
    ret->value = public_str(body->chunked.trailers[i].value);
    return true;
}
