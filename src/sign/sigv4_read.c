/* What a request claims. Sentences are AWS's where a recorded answer is known, ours elsewhere. */
#include <stddef.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "sign/canonical.h"
#include "sign/sigv4.h"

enum { DETAIL_BYTES_MAX = 16 * 1024 };

static const str algorithm = STR_INIT("AWS4-HMAC-SHA256");

struct reader {
    const struct sigv4_request *request;
    struct arena *arena;
    struct sigv4_claim *claim;
    str authorization, date_header, amz_date_header;
    str algorithm, credential;   /* as claimed */
    str amz_date_param, expires; /* query form */
    str token_header, content_header;
};

static enum sigv4_fault fault_with(struct reader *r, enum sigv4_fault fault, str detail)
{
    if (detail.ptr == NULL) {
        return SIGV4_NO_MEMORY;
    }
    r->claim->detail = detail;
    return fault;
}

#define INCOMPLETE(r, ...) fault_with((r), SIGV4_INCOMPLETE, arena_printf((r)->arena, __VA_ARGS__))

/* ---- headers ---- */

static const struct header_row {
    str name;
    size_t field; /* offset of a str in struct reader */
} header_rows[] = {
    { STR_INIT("authorization"), offsetof(struct reader, authorization) },
    { STR_INIT("x-amz-date"), offsetof(struct reader, amz_date_header) },
    { STR_INIT("date"), offsetof(struct reader, date_header) },
    { STR_INIT("x-amz-security-token"), offsetof(struct reader, token_header) },
    { STR_INIT("x-amz-content-sha256"), offsetof(struct reader, content_header) },
};

static str *reader_field(struct reader *r, size_t offset)
{
    return (str *)(void *)((char *)r + offset);
}

/* Twice the same of these is refused: another reader could take the other one. */
static enum sigv4_fault read_headers(struct reader *r)
{
    /* Most headers are of no interest: one look at the length tells. */
    const uint32_t lengths = 1U << 4 | 1U << 10 | 1U << 13 | 1U << 20;
    const struct sigv4_request *request = r->request;

    if (request->header_count > SIGV4_HEADERS_MAX) {
        return INCOMPLETE(r, "The request has more than %d headers.", SIGV4_HEADERS_MAX);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        const struct sigv4_header *header = &request->headers[i];

        if (header->name.len > 20 || (lengths >> header->name.len & 1) == 0) {
            continue;
        }
        for (size_t row = 0; row < COUNT_OF(header_rows); row++) {
            str name = header_rows[row].name;
            str *field;

            if (!name_is(header->name, name)) {
                continue;
            }
            field = reader_field(r, header_rows[row].field);
            if (field->ptr != NULL) {
                return INCOMPLETE(r, "Header '%.*s' comes more than once.", FMT(name));
            }
            *field = header->value.ptr == NULL ? STR("") : header->value;
        }
    }
    return SIGV4_OK;
}

/* ---- query parameters ---- */

static const struct param_row {
    str name;
    size_t field; /* of struct reader, or of struct sigv4_claim */
    bool in_claim;
    bool required; /* in AWS's order of complaint */
} param_rows[] = {
    { STR_INIT("X-Amz-Algorithm"), offsetof(struct reader, algorithm), false, true },
    { STR_INIT("X-Amz-Credential"), offsetof(struct reader, credential), false, true },
    { STR_INIT("X-Amz-Signature"), offsetof(struct sigv4_claim, signature), true, true },
    { STR_INIT("X-Amz-SignedHeaders"), offsetof(struct sigv4_claim, signed_headers), true, true },
    { STR_INIT("X-Amz-Date"), offsetof(struct reader, amz_date_param), false, true },
    { STR_INIT("X-Amz-Expires"), offsetof(struct reader, expires), false, false },
    { STR_INIT("X-Amz-Security-Token"), offsetof(struct sigv4_claim, session_token), true, false },
    { STR_INIT("X-Amz-Content-Sha256"), offsetof(struct sigv4_claim, content_sha256), true, false },
};

static str *param_field(struct reader *r, const struct param_row *row)
{
    char *base = row->in_claim ? (char *)r->claim : (char *)r;

    return (str *)(void *)(base + row->field);
}

static enum sigv4_fault store_param(struct reader *r, str name, str value)
{
    for (size_t i = 0; i < COUNT_OF(param_rows); i++) {
        str *field = param_field(r, &param_rows[i]);

        if (!str_eq(name, param_rows[i].name)) {
            continue;
        }
        if (field->ptr != NULL) {
            return INCOMPLETE(r, "Query-string parameter '%.*s' comes more than once.", FMT(name));
        }
        *field = value;
    }
    return SIGV4_OK;
}

static enum sigv4_fault read_params(struct reader *r)
{
    str rest = r->request->query, name, value;
    enum rc rc = RC_OK;
    size_t count = 0;

    while (take_param(&rest, r->arena, &name, &value, &rc)) {
        enum sigv4_fault fault = store_param(r, name, value);

        if (fault != SIGV4_OK) {
            return fault;
        }
        if (++count > SIGV4_PARAMS_MAX) {
            return INCOMPLETE(r, "The query string has more than %d parameters.", SIGV4_PARAMS_MAX);
        }
    }
    if (rc == RC_NOMEM) {
        return SIGV4_NO_MEMORY;
    }
    return rc == RC_OK ? SIGV4_OK
                       : INCOMPLETE(r, "The query string has a malformed percent-encoding.");
}

static enum sigv4_fault params_complete(struct reader *r)
{
    buf out = buf_arena(r->arena, DETAIL_BYTES_MAX);

    for (size_t i = 0; i < COUNT_OF(param_rows); i++) {
        if (param_rows[i].required && param_field(r, &param_rows[i])->len == 0) {
            buf_printf(&out, "AWS query-string parameters must include '%.*s'. ",
                       FMT(param_rows[i].name));
        }
    }
    if (out.len == 0 && out.err == RC_OK) {
        return SIGV4_OK;
    }
    BUF_LIT(&out, "Re-examine the query-string parameters.");
    return fault_with(r, SIGV4_INCOMPLETE, out.err == RC_OK ? buf_str(&out) : STR_NONE);
}

static enum sigv4_fault read_expires(struct reader *r)
{
    uint64_t seconds;

    if (r->expires.ptr == NULL) {
        return SIGV4_OK; /* the ordinary window then: never longer than a header's */
    }
    if (str_to_u64(r->expires, &seconds) != RC_OK || seconds == 0) {
        return INCOMPLETE(r, "X-Amz-Expires should be a number of seconds from 1 to 604800");
    }
    if (seconds > 604800) {
        return INCOMPLETE(r, "X-Amz-Expires must be less than a week (in seconds); that is, the "
                             "given X-Amz-Expires must be less than 604800 seconds");
    }
    r->claim->expires_s = (int64_t)seconds;
    return SIGV4_OK;
}

/* ---- the Authorization header ---- */

/* A header may be somebody's bearer token: answers and the trail show its digest only. */
static str authorization_digest(struct reader *r)
{
    buf out = buf_arena(r->arena, 64);
    uint8_t digest[SHA256_BYTES];

    sha256(r->authorization, digest);
    base64_encode(BASE64_STANDARD, digest, sizeof(digest), &out);
    return out.err == RC_OK ? buf_str(&out) : STR("");
}

/* Separated by commas, with spaces around as one likes. */
static bool take_word(str *rest, str *ret_word)
{
    const char *at = rest->ptr, *end = at + rest->len, *comma;

    while (at < end && (*at == ',' || *at == ' ')) {
        at++;
    }
    if (at == end) {
        return false;
    }
    comma = memchr(at, ',', (size_t)(end - at));
    *rest = comma == NULL ? str_from(end, 0) : str_from(comma, (size_t)(end - comma));
    end = comma == NULL ? end : comma;
    while (end[-1] == ' ') { /* *at is none */
        end--;
    }
    *ret_word = str_from(at, (size_t)(end - at));
    return true;
}

/* A header value up to a space: the algorithm. */
static str take_algorithm(str *rest)
{
    const char *space = memchr(rest->ptr, ' ', rest->len);
    str taken = *rest;

    if (space != NULL) {
        taken.len = (size_t)(space - rest->ptr);
    }
    *rest = str_from(rest->ptr + taken.len, rest->len - taken.len);
    return taken;
}

static str *word_field(struct reader *r, str *word)
{
    static const struct {
        str key;
        bool in_claim;
        size_t field;
    } rows[] = {
        { STR_INIT("Credential="), false, offsetof(struct reader, credential) },
        { STR_INIT("SignedHeaders="), true, offsetof(struct sigv4_claim, signed_headers) },
        { STR_INIT("Signature="), true, offsetof(struct sigv4_claim, signature) },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        str key = rows[i].key;

        if (word->len >= key.len && memcmp(word->ptr, key.ptr, key.len) == 0) {
            char *base = rows[i].in_claim ? (char *)r->claim : (char *)r;

            *word = str_from(word->ptr + key.len, word->len - key.len);
            return (str *)(void *)(base + rows[i].field);
        }
    }
    return NULL;
}

static enum sigv4_fault store_word(struct reader *r, str word)
{
    str value = word, *field = word_field(r, &value);

    if (field == NULL) { /* a parameter we do not know says nothing, but must be one */
        return memchr(word.ptr, '=', word.len) != NULL
                   ? SIGV4_OK
                   : INCOMPLETE(r,
                                "Invalid key=value pair (missing equal-sign) in Authorization "
                                "header (hashed with SHA-256 and encoded with Base64): '%.*s'.",
                                FMT(authorization_digest(r)));
    }
    if (field->ptr != NULL) {
        word.len -= value.len + 1;
        return INCOMPLETE(r, "Authorization header has more than one '%.*s' parameter.", FMT(word));
    }
    *field = value;
    return SIGV4_OK;
}

static enum sigv4_fault authorization_complete(struct reader *r)
{
    buf out = buf_arena(r->arena, DETAIL_BYTES_MAX);

    if (r->credential.len != 0 && r->claim->signature.len != 0 &&
        r->claim->signed_headers.ptr != NULL &&
        (r->amz_date_header.ptr != NULL || r->date_header.ptr != NULL)) {
        return SIGV4_OK;
    }
    if (r->credential.len == 0) {
        BUF_LIT(&out, "Authorization header requires 'Credential' parameter. ");
    }
    if (r->claim->signature.len == 0) {
        BUF_LIT(&out, "Authorization header requires 'Signature' parameter. ");
    }
    if (r->claim->signed_headers.ptr == NULL) {
        BUF_LIT(&out, "Authorization header requires 'SignedHeaders' parameter. ");
    }
    if (r->amz_date_header.ptr == NULL && r->date_header.ptr == NULL) {
        BUF_LIT(&out, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                      "'Date' header. ");
    }
    BUF_LIT(&out, "(Hashed with SHA-256 and encoded with Base64) Authorization=");
    buf_add(&out, authorization_digest(r));
    return fault_with(r, SIGV4_INCOMPLETE, out.err == RC_OK ? buf_str(&out) : STR_NONE);
}

static enum sigv4_fault read_authorization(struct reader *r)
{
    str rest = r->authorization, word;

    r->algorithm = take_algorithm(&rest);
    while (take_word(&rest, &word)) {
        enum sigv4_fault fault = store_word(r, word);

        if (fault != SIGV4_OK) {
            return fault;
        }
    }
    return authorization_complete(r);
}

/* ---- what both forms share ---- */

static enum sigv4_fault bad_date(struct reader *r, str date)
{
    date = str_slice(date, 0, 64);
    return INCOMPLETE(r,
                      "Date must be in ISO-8601 'basic format'. Got '%.*s'. See "
                      "http://en.wikipedia.org/wiki/ISO_8601",
                      FMT(date));
}

/* x-amz-date first, Date only in its absence: AWS general reference, "date handling". The string
 * to sign has the basic form either way. */
static enum sigv4_fault read_date(struct reader *r)
{
    struct sigv4_claim *claim = r->claim;
    str date = claim->form == SIGV4_QUERY ? r->amz_date_param : r->amz_date_header;
    char *basic;

    if (date.ptr != NULL) {
        claim->amz_date = date;
        return date_parse_basic(date, &claim->signed_at_s) == RC_OK ? SIGV4_OK : bad_date(r, date);
    }
    if (date_parse_basic(r->date_header, &claim->signed_at_s) == RC_OK) {
        claim->amz_date = r->date_header;
        return SIGV4_OK;
    }
    if (date_parse_http(r->date_header, &claim->signed_at_s) != RC_OK) {
        return bad_date(r, r->date_header);
    }
    basic = arena_bytes(r->arena, 16);
    if (basic == NULL) {
        return SIGV4_NO_MEMORY;
    }
    date_print_basic(claim->signed_at_s, basic);
    claim->amz_date = str_from(basic, 16);
    return SIGV4_OK;
}

/* Splits at slashes into exactly `count` parts. */
static bool split(str text, str *parts, size_t count)
{
    const char *at = text.ptr, *end = at + text.len;

    for (size_t i = 0; i + 1 < count; i++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));

        if (slash == NULL) {
            return false;
        }
        parts[i] = str_from(at, (size_t)(slash - at));
        at = slash + 1;
    }
    parts[count - 1] = str_from(at, (size_t)(end - at));
    return memchr(at, '/', (size_t)(end - at)) == NULL;
}

static enum sigv4_fault read_credential(struct reader *r)
{
    struct sigv4_claim *claim = r->claim;
    str parts[5];

    if (!split(r->credential, parts, COUNT_OF(parts)) || parts[0].len == 0) {
        return INCOMPLETE(r,
                          "Credential must have exactly 5 slash-delimited elements, e.g. "
                          "keyid/date/region/service/term, got '%.*s'",
                          FMT(str_slice(r->credential, 0, 256)));
    }
    claim->access_key_id = parts[0];
    claim->date = parts[1];
    claim->region = parts[2];
    claim->service = parts[3];
    claim->terminator = parts[4];
    claim->scope = str_from(parts[1].ptr, r->credential.len - parts[0].len - 1);
    return SIGV4_OK;
}

static bool signs_host(const struct sigv4_claim *claim)
{
    for (size_t i = 0; i < claim->signed_count; i++) {
        if (str_eq(claim->signed_names[i], STR("host"))) {
            return true;
        }
    }
    return false;
}

static enum sigv4_fault read_signed_headers(struct reader *r)
{
    struct sigv4_claim *claim = r->claim;
    enum rc rc = claim->signed_headers.len == 0
                     ? RC_OK
                     : signed_headers_split(claim->signed_headers, r->arena, &claim->signed_names,
                                            &claim->signed_count);

    if (rc == RC_NOMEM) {
        return SIGV4_NO_MEMORY;
    }
    if (rc != RC_OK) {
        return INCOMPLETE(r, "SignedHeaders must be lower-case header names in alphabetical "
                             "order, each once, separated by ';'.");
    }
    if (!signs_host(claim)) {
        return fault_with(
            r, SIGV4_UNSIGNED_HEADER,
            STR("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    return SIGV4_OK;
}

/* The algorithm is a constant of ours; the message may only agree. */
static enum sigv4_fault read_algorithm(struct reader *r)
{
    if (str_eq(r->algorithm, algorithm)) {
        return SIGV4_OK;
    }
    return INCOMPLETE(r, "Unsupported AWS 'algorithm': '%.*s' (only AWS4-HMAC-SHA256 for now). ",
                      FMT(str_slice(r->algorithm, 0, 64)));
}

/* A value may come as header or as parameter, not as both. */
static enum sigv4_fault merge(struct reader *r, str header, str *field)
{
    if (header.ptr == NULL) {
        return SIGV4_OK;
    }
    if (field->ptr != NULL) {
        return fault_with(
            r, SIGV4_BOTH_FORMS,
            STR("The request contains a query parameter that duplicates a header value."));
    }
    *field = header;
    return SIGV4_OK;
}

static enum sigv4_fault read_form(struct reader *r)
{
    struct sigv4_claim *claim = r->claim;
    bool in_query = r->algorithm.ptr != NULL || r->credential.ptr != NULL ||
                    claim->signature.ptr != NULL;

    if (r->authorization.ptr != NULL && in_query) {
        return fault_with(r, SIGV4_BOTH_FORMS,
                          STR("Found both 'X-Amz-Algorithm' as a query-string param and "
                              "'Authorization' as HTTP header."));
    }
    if (in_query) {
        claim->form = SIGV4_QUERY;
        return params_complete(r);
    }
    /* Another scheme's header is not an incomplete signature: AWS answers as without one. */
    if (!str_starts(r->authorization, STR("AWS4-"))) {
        return fault_with(r, SIGV4_MISSING, STR("Request is missing Authentication Token"));
    }
    claim->form = SIGV4_HEADER;
    /* In the header form these parameters are the operation's own, whatever their name. */
    claim->signed_headers = claim->session_token = claim->content_sha256 = STR_NONE;
    r->expires = STR_NONE; /* nor does one lengthen a header's life */
    return read_authorization(r);
}

enum sigv4_fault sigv4_read(const struct sigv4_request *request, struct arena *arena,
                            struct sigv4_claim *ret)
{
    /* In AWS's order of complaint. */
    static enum sigv4_fault (*const steps[])(struct reader *) = {
        read_headers, read_params,         read_form,      read_date,
        read_expires, read_signed_headers, read_algorithm, read_credential,
    };
    struct reader reader = { .request = request, .arena = arena, .claim = ret };
    enum sigv4_fault fault = SIGV4_OK;

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < COUNT_OF(steps) && fault == SIGV4_OK; i++) {
        fault = steps[i](&reader);
    }
    if (fault == SIGV4_OK) {
        fault = merge(&reader, reader.token_header, &ret->session_token);
    }
    if (fault == SIGV4_OK) {
        fault = merge(&reader, reader.content_header, &ret->content_sha256);
    }
    ret->fault = fault;
    return fault;
}
