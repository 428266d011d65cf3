#include "sign/aws_chunked.h"

#include "base/bytes.h"
#include "codec/base64.h"

enum { HEX_BYTES = 2 * SHA256_BYTES, SIZE_DIGITS_MAX = 16 };

static const struct {
    str name;
    bool is_signed, has_trailers;
} modes[] = {
    { STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), true, false },
    { STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"), true, true },
    { STR_INIT("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), false, true },
};

static const str trailer_signature = STR_INIT("x-amz-trailer-signature");

/* ---- the beginning ---- */

static bool text_add(struct aws_chunked *c, str from, bool fold, str *ret)
{
    char *at = c->text + c->text_len;

    if (from.len > sizeof(c->text) - c->text_len) {
        return false;
    }
    for (size_t i = 0; i < from.len; i++) {
        at[i] = fold ? ascii_lower(from.ptr[i]) : from.ptr[i];
    }
    c->text_len += from.len;
    *ret = str_from(at, from.len);
    return true;
}

static bool is_name(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!ascii_is_alnum(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_') {
            return false;
        }
    }
    return name.len > 0;
}

static struct aws_trailer *trailer_find(struct aws_chunked *c, str name)
{
    for (size_t i = 0; i < c->trailer_count; i++) {
        if (str_eq_nocase(c->trailers[i].name, name)) {
            return &c->trailers[i];
        }
    }
    return NULL;
}

/* Kept in the order of their names: that is the order they are signed in. */
static enum rc trailer_announce(struct aws_chunked *c, str name)
{
    struct aws_trailer trailer = { .name = STR_NONE };
    size_t at = c->trailer_count;

    if (!is_name(name) || str_eq_nocase(name, trailer_signature) || trailer_find(c, name) != NULL) {
        return RC_SYNTAX;
    }
    if (at == AWS_CHUNKED_TRAILERS_MAX || !text_add(c, name, true, &trailer.name)) {
        return RC_LIMIT;
    }
    while (at > 0 && str_cmp(c->trailers[at - 1].name, trailer.name) > 0) {
        c->trailers[at] = c->trailers[at - 1];
        at--;
    }
    c->trailers[at] = trailer;
    c->trailer_count++;
    return RC_OK;
}

static enum rc trailers_announce(struct aws_chunked *c, str names)
{
    str name;

    while (take_item(&names, ',', &name)) {
        TRY(trailer_announce(c, str_trim(name)));
    }
    return (c->trailer_count > 0) == c->has_trailers ? RC_OK : RC_SYNTAX;
}

static bool find_mode(struct aws_chunked *c, str content_sha256)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (str_eq(modes[i].name, content_sha256)) {
            c->is_signed = modes[i].is_signed;
            c->has_trailers = modes[i].has_trailers;
            return true;
        }
    }
    return false;
}

/* "DATE\nSCOPE\n", as every string to sign has it. */
static enum rc put_scope(struct aws_chunked *c, str amz_date, str scope)
{
    char *at = c->date_and_scope;

    if (amz_date.len != 16 || scope.len == 0) {
        return RC_SYNTAX;
    }
    if (scope.len > AWS_CHUNKED_SCOPE_MAX) {
        return RC_LIMIT;
    }
    memcpy(at, amz_date.ptr, 16);
    at[16] = '\n';
    memcpy(at + 17, scope.ptr, scope.len);
    at[17 + scope.len] = '\n';
    c->date_and_scope_len = 18 + scope.len;
    return RC_OK;
}

static enum rc start(struct aws_chunked *c, const struct aws_chunked_start *start)
{
    if (!find_mode(c, start->content_sha256)) {
        return RC_UNSUPPORTED;
    }
    TRY(trailers_announce(c, start->trailers));
    TRY(put_scope(c, start->amz_date, start->scope));
    if (start->signature.len != HEX_BYTES) {
        return RC_SYNTAX;
    }
    memcpy(c->previous, start->signature.ptr, HEX_BYTES);
    c->key = *start->key;
    c->decoded_bytes = c->data_left = start->decoded_bytes;
    return RC_OK;
}

enum rc aws_chunked_init(struct aws_chunked *c, const struct aws_chunked_start *from)
{
    memset(c, 0, sizeof(*c));
    c->failed = start(c, from);
    if (c->failed == RC_OK) {
        c->state = AWS_CHUNKED_SIZE;
    }
    return c->failed;
}

void aws_chunked_wipe(struct aws_chunked *c)
{
    wipe(c, sizeof(*c));
}

/* ---- signatures ---- */

/* The chain: each signature is made over the one before. */
static enum rc link_check(struct aws_chunked *c, str head, str tail, const char claimed[HEX_BYTES])
{
    const str parts[] = { head, str_from(c->date_and_scope, c->date_and_scope_len),
                          str_from(c->previous, HEX_BYTES), STR("\n"), tail };
    uint8_t mac[SHA256_BYTES];
    char hex[HEX_BYTES];

    hmac_with_parts(&c->key, parts, COUNT_OF(parts), mac);
    hex_encode(mac, sizeof(mac), hex);
    if (!equal_ct(hex, claimed, HEX_BYTES)) {
        return RC_DENIED;
    }
    memcpy(c->previous, hex, HEX_BYTES);
    return RC_OK;
}

#define HASH_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static enum rc chunk_check(struct aws_chunked *c)
{
    char tail[HEX_BYTES + 1 + HEX_BYTES] = HASH_OF_NOTHING "\n";
    uint8_t digest[SHA256_BYTES];

    if (!c->is_signed) {
        return RC_OK;
    }
    sha256_end(&c->hash, digest);
    hex_encode(digest, sizeof(digest), tail + HEX_BYTES + 1);
    return link_check(c, STR("AWS4-HMAC-SHA256-PAYLOAD\n"), str_from(tail, sizeof(tail)),
                      c->claimed);
}

static enum rc trailers_check(struct aws_chunked *c, str claimed)
{
    struct sha256_state hash;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_BYTES];

    if (claimed.len != HEX_BYTES) {
        return RC_SYNTAX;
    }
    sha256_start(&hash);
    for (size_t i = 0; i < c->trailer_count; i++) {
        sha256_add(&hash, c->trailers[i].name);
        sha256_add(&hash, STR(":"));
        sha256_add(&hash, c->trailers[i].value);
        sha256_add(&hash, STR("\n"));
    }
    sha256_end(&hash, digest);
    hex_encode(digest, sizeof(digest), hex);
    TRY(link_check(c, STR("AWS4-HMAC-SHA256-TRAILER\n"), str_from(hex, sizeof(hex)), claimed.ptr));
    c->trailer_signed = true;
    return RC_OK;
}

/* ---- lines ---- */

static enum rc take_size(str *line, uint64_t *ret)
{
    size_t digits = 0;
    uint64_t size = 0;

    for (; digits < line->len && ascii_hex_value(line->ptr[digits]) < 16; digits++) {
        if (digits == SIZE_DIGITS_MAX) {
            return RC_LIMIT;
        }
        size = size << 4 | ascii_hex_value(line->ptr[digits]);
    }
    *line = str_skip(*line, digits);
    *ret = size;
    return digits == 0 ? RC_SYNTAX : RC_OK;
}

/* All the data has come, and only the empty chunk says so. */
static enum rc last_chunk(struct aws_chunked *c)
{
    if (c->data_left != 0) {
        return RC_SYNTAX;
    }
    TRY(chunk_check(c));
    c->state = AWS_CHUNKED_TRAILER;
    return RC_OK;
}

static enum rc size_line(struct aws_chunked *c, str line)
{
    TRY(take_size(&line, &c->left));
    if (c->left > c->data_left) {
        return RC_SYNTAX;
    }
    if (c->is_signed) {
        if (!take_prefix(&line, STR(";chunk-signature=")) || line.len != HEX_BYTES) {
            return RC_SYNTAX;
        }
        memcpy(c->claimed, line.ptr, HEX_BYTES);
        sha256_start(&c->hash);
    } else if (line.len != 0) {
        return RC_SYNTAX;
    }
    c->state = AWS_CHUNKED_DATA;
    return c->left == 0 ? last_chunk(c) : RC_OK;
}

static bool all_trailers_came(const struct aws_chunked *c)
{
    for (size_t i = 0; i < c->trailer_count; i++) {
        if (c->trailers[i].value.ptr == NULL) {
            return false; /* who leaves out a checksum leaves out the check */
        }
    }
    return true;
}

static bool is_value(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static enum rc trailer_line(struct aws_chunked *c, str line)
{
    bool needs_signature = c->is_signed && c->has_trailers;
    struct aws_trailer *trailer;
    str name;

    if (line.len == 0) {
        if (!all_trailers_came(c) || c->trailer_signed != needs_signature) {
            return RC_SYNTAX;
        }
        c->state = AWS_CHUNKED_DONE;
        return RC_OK;
    }
    if (c->trailer_signed || !take_until(&line, ':', &name)) { /* the signature stands last */
        return RC_SYNTAX;
    }
    line = str_trim(line);
    if (needs_signature && str_eq_nocase(name, trailer_signature)) {
        return all_trailers_came(c) ? trailers_check(c, line) : RC_SYNTAX;
    }
    trailer = trailer_find(c, name);
    if (trailer == NULL || trailer->value.ptr != NULL || !is_value(line)) {
        return RC_SYNTAX;
    }
    return text_add(c, line, false, &trailer->value) ? RC_OK : RC_LIMIT;
}

/* Gathers a line, however it is cut. *ret_line without its CR LF; false: it goes on. */
static enum rc gather(struct aws_chunked *c, str *in, bool *ret_whole, str *ret_line)
{
    *ret_whole = false;
    while (in->len > 0) {
        char byte = in->ptr[0];

        *in = str_skip(*in, 1);
        if (c->line_len > 0 && c->line[c->line_len - 1] == '\r') { /* a CR stands before LF only */
            if (byte != '\n') {
                return RC_SYNTAX;
            }
            *ret_line = str_from(c->line, c->line_len - 1);
            *ret_whole = true;
            c->line_len = 0;
            return RC_OK;
        }
        if (byte == '\n') {
            return RC_SYNTAX;
        }
        if (c->line_len == sizeof(c->line)) {
            return RC_LIMIT;
        }
        c->line[c->line_len++] = byte;
    }
    return RC_OK;
}

static enum rc take_line(struct aws_chunked *c, str *in)
{
    bool whole;
    str line = STR_NONE;

    TRY(gather(c, in, &whole, &line));
    if (!whole) {
        return RC_OK;
    }
    return c->state == AWS_CHUNKED_SIZE ? size_line(c, line) : trailer_line(c, line);
}

/* ---- data ---- */

static enum rc take_data(struct aws_chunked *c, str *in, str *ret_data)
{
    str data = str_slice(*in, 0, in->len < c->left ? in->len : (size_t)c->left);

    if (c->is_signed) {
        sha256_add(&c->hash, data);
    }
    c->left -= data.len;
    c->data_left -= data.len;
    if (c->left == 0) {
        TRY(chunk_check(c));
        c->verified_bytes = c->decoded_bytes - c->data_left;
        c->state = AWS_CHUNKED_DATA_CR;
    }
    *in = str_skip(*in, data.len);
    *ret_data = data;
    return RC_OK;
}

static enum rc expect(struct aws_chunked *c, str *in, char want, enum aws_chunked_state next)
{
    if (in->ptr[0] != want) {
        return RC_SYNTAX;
    }
    *in = str_skip(*in, 1);
    c->state = next;
    return RC_OK;
}

static enum rc step(struct aws_chunked *c, str *in, str *ret_data)
{
    switch (c->state) {
    case AWS_CHUNKED_SIZE:
    case AWS_CHUNKED_TRAILER:
        return take_line(c, in);
    case AWS_CHUNKED_DATA:
        return take_data(c, in, ret_data);
    case AWS_CHUNKED_DATA_CR:
        return expect(c, in, '\r', AWS_CHUNKED_DATA_LF);
    case AWS_CHUNKED_DATA_LF:
        return expect(c, in, '\n', AWS_CHUNKED_SIZE);
    case AWS_CHUNKED_DONE: /* bytes behind the end are no part of the body */
    case AWS_CHUNKED_BROKEN:
        break;
    }
    return RC_SYNTAX;
}

enum rc aws_chunked_take(struct aws_chunked *c, str *in, str *ret_data)
{
    *ret_data = STR("");
    if (c->state == AWS_CHUNKED_BROKEN) {
        return c->failed == RC_OK ? RC_SYNTAX : c->failed;
    }
    while (in->len > 0 && ret_data->len == 0) {
        enum rc rc = step(c, in, ret_data);

        if (rc != RC_OK) {
            c->state = AWS_CHUNKED_BROKEN;
            c->failed = rc;
            return rc;
        }
    }
    return RC_OK;
}
