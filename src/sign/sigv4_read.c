/* What a request claims. Sentences are AWS's where a recorded answer is known, ours elsewhere. */
#include "sign/sigv4_read.h"

#include "codec/date.h"
#include "sign/canonical.h"

static const str algorithm = STR_INIT("AWS4-HMAC-SHA256");

enum sigv4_fault read_fault(struct reader *r, enum sigv4_fault fault, str detail)
{
    if (detail.ptr == NULL) {
        return SIGV4_NO_MEMORY;
    }
    r->claim->detail = detail;
    return fault;
}

/* ---- headers ---- */

static const struct header_row {
    str name;
    size_t field; /* offset of a str in struct reader */
} header_rows[] = {
    /* by length */
    { STR_INIT("date"), offsetof(struct reader, date_header) },
    { STR_INIT("x-amz-date"), offsetof(struct reader, amz_date_header) },
    { STR_INIT("authorization"), offsetof(struct reader, authorization) },
    { STR_INIT("x-amz-security-token"), offsetof(struct reader, token_header) },
    { STR_INIT("x-amz-content-sha256"), offsetof(struct reader, content_header) },
};

/* Most headers are of no interest: one look at the length tells. */
static const struct header_row *header_row(str name)
{
    static const uint8_t first_row[] = { [4] = 1, [10] = 2, [13] = 3, [20] = 4 }; /* 0: none */
    const struct header_row *row, *end = header_rows + COUNT_OF(header_rows);

    if (name.len >= COUNT_OF(first_row) || first_row[name.len] == 0) {
        return NULL;
    }
    for (row = &header_rows[first_row[name.len] - 1]; row < end && row->name.len == name.len;
         row++) {
        if (name_is(name, row->name)) {
            return row;
        }
    }
    return NULL;
}

/* Twice the same of these is refused: another reader could take the other one. */
static enum sigv4_fault read_headers(struct reader *r)
{
    const struct sigv4_header *header = r->request->headers;
    const struct sigv4_header *end = header + r->request->header_count;

    if (r->request->header_count > SIGV4_HEADERS_MAX) {
        return INCOMPLETE(r, "The request has more than %d headers.", SIGV4_HEADERS_MAX);
    }
    for (; header < end; header++) {
        const struct header_row *row = header_row(header->name);
        str *field;

        if (row == NULL) {
            continue;
        }
        field = read_field(r, (struct read_place){ row->field, false });
        if (field->ptr != NULL) {
            return INCOMPLETE(r, "Header '%.*s' comes more than once.", FMT(row->name));
        }
        *field = header->value.ptr == NULL ? STR("") : header->value;
    }
    return SIGV4_OK;
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

static enum sigv4_fault read_credential(struct reader *r)
{
    struct sigv4_claim *claim = r->claim;
    str parts[5];

    if (str_split(r->credential, '/', parts, COUNT_OF(parts)) != COUNT_OF(parts) ||
        parts[0].len == 0) {
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
        return read_fault(
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
        return read_fault(
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
        return read_fault(r, SIGV4_BOTH_FORMS,
                          STR("Found both 'X-Amz-Algorithm' as a query-string param and "
                              "'Authorization' as HTTP header."));
    }
    if (in_query) {
        claim->form = SIGV4_QUERY;
        return params_complete(r);
    }
    /* Another scheme's header is not an incomplete signature: AWS answers as without one. */
    if (!str_starts(r->authorization, STR("AWS4-"))) {
        return read_fault(r, SIGV4_MISSING, STR("Request is missing Authentication Token"));
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
