/* The header form of a claim: the value of Authorization. */
#include "base/buf.h"
#include "base/words.h"
#include "codec/base64.h"
#include "sign/sigv4_read.h"

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

static const struct word_row {
    str key;
    struct read_place place;
} word_rows[] = {
    /* in the order every signer writes them */
    { STR_INIT("Credential="), IN_READER(credential) },
    { STR_INIT("SignedHeaders="), IN_CLAIM(signed_headers) },
    { STR_INIT("Signature="), IN_CLAIM(signature) },
};

/* Takes the key off the word. guess: the row to try first. */
static str *word_field(struct reader *r, str *word, size_t guess)
{
    for (size_t i = 0; i < COUNT_OF(word_rows); i++) {
        const struct word_row *row = &word_rows[(guess + i) % COUNT_OF(word_rows)];

        if (word->len >= row->key.len && same_8_to_16(word->ptr, row->key.ptr, row->key.len)) {
            *word = str_from(word->ptr + row->key.len, word->len - row->key.len);
            return read_field(r, row->place);
        }
    }
    return NULL;
}

static enum sigv4_fault store_word(struct reader *r, str word, size_t guess)
{
    str value = word, *field = word_field(r, &value, guess);

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
    buf out = buf_arena(r->arena, SIGV4_DETAIL_BYTES_MAX);

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
    return read_fault(r, SIGV4_INCOMPLETE, out.err == RC_OK ? buf_str(&out) : STR_NONE);
}

enum sigv4_fault read_authorization(struct reader *r)
{
    str rest = r->authorization, word;

    r->algorithm = take_algorithm(&rest);
    for (size_t i = 0; take_word(&rest, &word); i++) {
        enum sigv4_fault fault = store_word(r, word, i);

        if (fault != SIGV4_OK) {
            return fault;
        }
    }
    return authorization_complete(r);
}
