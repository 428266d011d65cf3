#include "sign/sigv4.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/date.h"
#include "sign/canonical.h"

enum { HEX_BYTES = SIGNATURE_HEX_BYTES, SCOPE_PART_MAX = 64 };

#define MISMATCH_TEXT                                                                              \
    "The request signature we calculated does not match the signature you provided. Check your "   \
    "AWS Secret Access Key and signing method. Consult the service documentation for details."

static enum sigv4_fault say(enum sigv4_fault fault, str text, str *ret_detail)
{
    if (text.ptr == NULL) {
        return SIGV4_NO_MEMORY;
    }
    if (ret_detail != NULL) {
        *ret_detail = text;
    }
    return fault;
}

/* ---- the clock ---- */

struct basic_date { /* NUL-terminated for printf */
    char text[17];
};

static struct basic_date basic(int64_t unix_s)
{
    struct basic_date date = { 0 };

    date_print_basic(unix_s, date.text);
    return date;
}

/* "15 min." as AWS says it; an odd number of seconds has no recorded wording. */
static str span(int64_t seconds, struct arena *arena)
{
    return seconds % 60 == 0 ? arena_printf(arena, "%lld min.", (long long)(seconds / 60))
                             : arena_printf(arena, "%lld sec.", (long long)seconds);
}

static str window_text(const char *head, const char *relation, char sign,
                       const struct sigv4_claim *claim, int64_t now_s, int64_t seconds,
                       struct arena *arena)
{
    struct basic_date limit = basic(sign == '-' ? now_s - seconds : now_s + seconds);
    str length = span(seconds, arena);

    if (length.ptr == NULL) {
        return STR_NONE;
    }
    return arena_printf(arena, "%s: %.*s is %s %s (%s %c %.*s)", head, FMT(claim->amz_date),
                        relation, limit.text, basic(now_s).text, sign, FMT(length));
}

static enum sigv4_fault check_clock(const struct sigv4_claim *claim,
                                    const struct sigv4_rules *rules, struct arena *arena,
                                    str *ret_detail)
{
    /* A presigned request lives as long as it says; any other as long as clocks may differ. */
    int64_t life_s = claim->expires_s > 0 ? claim->expires_s : rules->tolerance_s;

    /* Dates have four-digit years: no overflow. */
    if (claim->signed_at_s < rules->now_s - life_s) {
        return say(SIGV4_EXPIRED,
                   window_text("Signature expired", "now earlier than", '-', claim, rules->now_s,
                               life_s, arena),
                   ret_detail);
    }
    if (claim->signed_at_s > rules->now_s + rules->tolerance_s) {
        return say(SIGV4_FUTURE,
                   window_text("Signature not yet current", "still later than", '+', claim,
                               rules->now_s, rules->tolerance_s, arena),
                   ret_detail);
    }
    return SIGV4_OK;
}

/* ---- the scope ---- */

static bool is_scope_part(str part)
{
    static const bool fits[256] = {
        ['-'] = true,         ['_'] = true,         ['0' ... '9'] = true,
        ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
    };
    bool all = part.len != 0 && part.len <= SCOPE_PART_MAX;

    for (size_t i = 0; all && i < part.len; i++) {
        all = fits[(uint8_t)part.ptr[i]];
    }
    return all;
}

static str scope_text(const struct sigv4_claim *claim, const struct sigv4_rules *rules,
                      struct arena *arena)
{
    buf out = buf_arena(arena, 4096);

    if (!is_scope_part(claim->region)) {
        buf_printf(&out, "Credential should be scoped to a valid region, not '%.*s'. ",
                   FMT(str_slice(claim->region, 0, SCOPE_PART_MAX)));
    }
    if (!str_eq(claim->service, rules->service)) {
        buf_printf(&out, "Credential should be scoped to correct service: '%.*s'. ",
                   FMT(rules->service));
    }
    if (!str_eq(claim->terminator, STR("aws4_request"))) {
        buf_printf(&out,
                   "Credential should be scoped with a valid terminator: 'aws4_request', not "
                   "'%.*s'. ",
                   FMT(str_slice(claim->terminator, 0, SCOPE_PART_MAX)));
    }
    if (!str_eq(claim->date, str_slice(claim->amz_date, 0, 8))) {
        buf_printf(&out,
                   "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                   "date from HTTP: '%.*s' != '%.*s', from '%.*s'.",
                   FMT(str_slice(claim->date, 0, SCOPE_PART_MAX)),
                   FMT(str_slice(claim->amz_date, 0, 8)), FMT(claim->amz_date));
    }
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

static bool scope_fits(const struct sigv4_claim *claim, const struct sigv4_rules *rules)
{
    return str_eq(claim->service, rules->service) &&
           str_eq(claim->terminator, STR("aws4_request")) && claim->amz_date.len == 16 &&
           str_eq(claim->date, str_slice(claim->amz_date, 0, 8)) && is_scope_part(claim->region);
}

enum sigv4_fault sigv4_check(const struct sigv4_claim *claim, const struct sigv4_rules *rules,
                             struct arena *arena, str *ret_detail)
{
    enum sigv4_fault fault;

    if (claim->form == SIGV4_NONE || claim->fault != SIGV4_OK) { /* a claim that was not read */
        return say(claim->fault == SIGV4_OK ? SIGV4_MISSING : claim->fault,
                   claim->detail.ptr == NULL ? STR("") : claim->detail, ret_detail);
    }
    fault = check_clock(claim, rules, arena, ret_detail);
    if (fault != SIGV4_OK) {
        return fault;
    }
    if (!scope_fits(claim, rules)) {
        return say(SIGV4_BAD_SCOPE, scope_text(claim, rules, arena), ret_detail);
    }
    return SIGV4_OK;
}

/* ---- the body ---- */

static bool is_streaming(str value)
{
    static const str known[] = {
        STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        STR_INIT("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(value, known[i])) {
            return true;
        }
    }
    return false;
}

/* What stands in the last line of the canonical request; absent: the hash of the body, computed
 * there. The body itself is always hashed unless the rules say that it need not be. */
static enum sigv4_fault payload_hash(const struct sigv4_request *request,
                                     const struct sigv4_claim *claim,
                                     const struct sigv4_rules *rules, str *ret_hash,
                                     str *ret_detail)
{
    str claimed = claim->content_sha256;
    bool unsigned_by_form = claimed.ptr == NULL && claim->form == SIGV4_QUERY;
    char hex[HEX_BYTES];

    *ret_hash = claimed;
    if (rules->unsigned_payload_ok &&
        (unsigned_by_form || str_eq(claimed, STR("UNSIGNED-PAYLOAD")))) {
        *ret_hash = STR("UNSIGNED-PAYLOAD");
        return SIGV4_OK;
    }
    if (claimed.ptr == NULL || (rules->streaming_ok && is_streaming(claimed))) {
        return SIGV4_OK;
    }
    sha256_hex(request->body, hex);
    if (!str_eq(claimed, str_from(hex, sizeof(hex)))) {
        return say(SIGV4_BAD_BODY,
                   STR("The provided 'x-amz-content-sha256' header does not match what was "
                       "computed."),
                   ret_detail);
    }
    return SIGV4_OK;
}

/* ---- the signature ---- */

static enum sigv4_fault fault_of(enum rc rc, str *ret_detail)
{
    switch (rc) {
    case RC_DENIED:
        return say(SIGV4_UNSIGNED_HEADER,
                   STR("There were headers present in the request which were not signed"),
                   ret_detail);
    case RC_NOMEM:
        return SIGV4_NO_MEMORY;
    default: /* nothing the signer can have meant */
        return say(SIGV4_MISMATCH, STR(MISMATCH_TEXT), ret_detail);
    }
}

static enum sigv4_fault compare(const struct sigv4_request *request,
                                const struct sigv4_claim *claim, const struct canonical_form *form,
                                const struct hmac_key *key, struct arena *arena, str *ret_detail)
{
    char hex[HEX_BYTES];
    enum rc rc = signature_hex(request, form, key, claim->amz_date, claim->scope, arena, hex);

    if (rc != RC_OK) {
        return fault_of(rc, ret_detail);
    }
    if (claim->signature.len != HEX_BYTES || !equal_ct(hex, claim->signature.ptr, HEX_BYTES)) {
        return say(SIGV4_MISMATCH, STR(MISMATCH_TEXT), ret_detail);
    }
    return SIGV4_OK;
}

enum sigv4_fault sigv4_verify(const struct sigv4_request *request, const struct sigv4_claim *claim,
                              const struct sigv4_rules *rules, const struct hmac_key *key,
                              struct arena *arena, str *ret_detail)
{
    enum sigv4_fault fault = sigv4_check(claim, rules, arena, ret_detail);
    struct canonical_form form = { 0 };

    if (fault == SIGV4_OK) {
        fault = payload_hash(request, claim, rules, &form.payload_hash, ret_detail);
    }
    if (fault != SIGV4_OK) {
        return fault;
    }
    form.signed_headers = claim->signed_headers;
    form.signed_names = claim->signed_names;
    form.signed_count = claim->signed_count;
    form.double_encode_path = rules->double_encode_path;
    form.is_query_form = claim->form == SIGV4_QUERY;
    form.require_x_amz = true;
    fault = compare(request, claim, &form, key, arena, ret_detail);
    if (fault == SIGV4_MISMATCH && form.is_query_form && claim->session_token.ptr != NULL) {
        /* Some signers add the token to the finished URL. That is no hole: the key is derived from
         * the token, so another token means another key. */
        form.leave_out_token = true;
        fault = compare(request, claim, &form, key, arena, ret_detail);
    }
    return fault;
}
