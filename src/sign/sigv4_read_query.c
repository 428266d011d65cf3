/* The query form of a claim: X-Amz-* parameters. */
#include "base/buf.h"
#include "sign/canonical.h"
#include "sign/sigv4_read.h"

static const struct param_row {
    str name;
    struct read_place place;
    bool required; /* in AWS's order of complaint */
} param_rows[] = {
    { STR_INIT("X-Amz-Algorithm"), IN_READER(algorithm), true },
    { STR_INIT("X-Amz-Credential"), IN_READER(credential), true },
    { STR_INIT("X-Amz-Signature"), IN_CLAIM(signature), true },
    { STR_INIT("X-Amz-SignedHeaders"), IN_CLAIM(signed_headers), true },
    { STR_INIT("X-Amz-Date"), IN_READER(amz_date_param), true },
    { STR_INIT("X-Amz-Expires"), IN_READER(expires), false },
    { STR_INIT("X-Amz-Security-Token"), IN_CLAIM(session_token), false },
    { STR_INIT("X-Amz-Content-Sha256"), IN_CLAIM(content_sha256), false },
};

static enum sigv4_fault store_param(struct reader *r, str name, str value)
{
    for (size_t i = 0; i < COUNT_OF(param_rows); i++) {
        str *field = read_field(r, param_rows[i].place);

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

enum sigv4_fault read_params(struct reader *r)
{
    str rest = r->request->query, name, value;
    enum rc rc = RC_OK;
    size_t count = 0;

    if (rest.len == 0) { /* as most are */
        return SIGV4_OK;
    }
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

enum sigv4_fault params_complete(struct reader *r)
{
    buf out = buf_arena(r->arena, SIGV4_DETAIL_BYTES_MAX);

    for (size_t i = 0; i < COUNT_OF(param_rows); i++) {
        if (param_rows[i].required && read_field(r, param_rows[i].place)->len == 0) {
            buf_printf(&out, "AWS query-string parameters must include '%.*s'. ",
                       FMT(param_rows[i].name));
        }
    }
    if (out.len == 0 && out.err == RC_OK) {
        return SIGV4_OK;
    }
    BUF_LIT(&out, "Re-examine the query-string parameters.");
    return read_fault(r, SIGV4_INCOMPLETE, out.err == RC_OK ? buf_str(&out) : STR_NONE);
}

enum sigv4_fault read_expires(struct reader *r)
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
