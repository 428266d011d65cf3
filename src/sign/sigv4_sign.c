/* Making signatures: the key chain, the string to sign, and the Authorization header. */
#include "base/buf.h"
#include "base/bytes.h"
#include "codec/base64.h"
#include "sign/canonical.h"
#include "sign/sigv4.h"

enum { SECRET_BYTES_MAX = 128, AUTHORIZATION_BYTES_MAX = 16 * 1024 };

enum rc sigv4_derive_key(str secret, str date, str region, str service, struct hmac_key *ret_key)
{
    const str steps[] = { date, region, service, STR("aws4_request") };
    uint8_t first[4 + SECRET_BYTES_MAX], link[SHA256_BYTES];
    struct hmac_key key;

    if (secret.len > SECRET_BYTES_MAX) {
        return RC_LIMIT;
    }
    memcpy(first, "AWS4", 4);
    if (secret.len > 0) {
        memcpy(first + 4, secret.ptr, secret.len);
    }
    hmac_key_init(&key, first, 4 + secret.len);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        hmac_with(&key, steps[i], link);
        hmac_key_init(&key, link, sizeof(link));
    }
    *ret_key = key;
    wipe(first, sizeof(first));
    wipe(link, sizeof(link));
    wipe(&key, sizeof(key));
    return RC_OK;
}

void sha256_hex(str data, char ret_hex[SIGNATURE_HEX_BYTES])
{
    uint8_t digest[SHA256_BYTES];

    sha256(data, digest);
    hex_encode(digest, sizeof(digest), ret_hex);
}

/* Padded, and without its last line, which is the digest of the canonical request in hex. */
static enum rc string_to_sign(str amz_date, str scope, struct arena *arena, const char **ret_text,
                              size_t *ret_blocks, char **ret_last_line)
{
    const str first = STR("AWS4-HMAC-SHA256\n");
    size_t len = first.len + amz_date.len + 1 + scope.len + 1 + SIGNATURE_HEX_BYTES;
    char *text = arena_bytes(arena, len + SHA256_PADDING_MAX), *at = text;

    if (text == NULL) {
        return RC_NOMEM;
    }
    at = mempcpy(at, first.ptr, first.len);
    at = mempcpy(at, amz_date.ptr, amz_date.len);
    *at++ = '\n';
    at = mempcpy(at, scope.ptr, scope.len);
    *at++ = '\n';
    *ret_text = text;
    *ret_blocks = sha256_pad(text, len, true);
    *ret_last_line = at;
    return RC_OK;
}

enum rc signature_hex(const struct sigv4_request *request, const struct canonical_form *form,
                      const struct hmac_key *key, str amz_date, str scope, struct arena *arena,
                      char ret_hex[SIGNATURE_HEX_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    const char *canonical, *to_sign;
    size_t blocks, to_sign_blocks;
    char *last_line;

    /* All is written before anything is hashed: the processor compresses the first block of the one
     * beside the last of the other only if it need not wait for fresh bytes to reach the cache. */
    TRY(string_to_sign(amz_date, scope, arena, &to_sign, &to_sign_blocks, &last_line));
    TRY(canonical_request(request, form, arena, &canonical, &blocks));
    sha256_padded(canonical, blocks, digest);
    hex_encode(digest, sizeof(digest), last_line);
    hmac_padded(key, to_sign, to_sign_blocks, digest);
    hex_encode(digest, sizeof(digest), ret_hex);
    return RC_OK;
}

/* ---- a client's side ---- */

static bool we_sign(str name)
{
    return str_eq(name, STR("host")) || str_eq(name, STR("content-type")) ||
           str_starts(name, STR("x-amz-"));
}

static enum rc lower(str text, struct arena *arena, str *ret)
{
    char *copy = arena_bytes(arena, text.len);

    if (copy == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = ascii_lower(text.ptr[i]);
    }
    *ret = str_from(copy, text.len);
    return RC_OK;
}

/* Keeps names sorted and single. The list is our own request's: a dozen at most. */
static void insert_name(str *names, size_t *count, str name)
{
    size_t at = *count;

    while (at > 0 && str_cmp(names[at - 1], name) > 0) {
        at--;
    }
    if (at > 0 && str_eq(names[at - 1], name)) {
        return;
    }
    memmove(&names[at + 1], &names[at], (*count - at) * sizeof(*names));
    names[at] = name;
    (*count)++;
}

static enum rc headers_to_sign(const struct sigv4_request *request, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, AUTHORIZATION_BYTES_MAX);
    str names[SIGV4_HEADERS_MAX];
    size_t count = 0;
    str name;

    if (request->header_count > SIGV4_HEADERS_MAX) {
        return RC_LIMIT;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        TRY(lower(request->headers[i].name, arena, &name));
        if (we_sign(name)) {
            insert_name(names, &count, name);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_add_char(&out, ';');
        }
        buf_add(&out, names[i]);
    }
    *ret = buf_str(&out);
    return out.err;
}

static str content_sha256(const struct sigv4_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (str_eq_nocase(request->headers[i].name, STR("x-amz-content-sha256"))) {
            return request->headers[i].value;
        }
    }
    return STR_NONE;
}

enum rc sigv4_sign(const struct sigv4_request *request, const struct hmac_key *key,
                   str access_key_id, str amz_date, str region, str service, struct arena *arena,
                   str *ret_authorization)
{
    struct canonical_form form = { .double_encode_path = !str_eq(service, STR("s3")) };
    str date = str_slice(amz_date, 0, 8), scope, text;
    char signature[SIGNATURE_HEX_BYTES];

    form.payload_hash = content_sha256(request);
    TRY(headers_to_sign(request, arena, &form.signed_headers));
    TRY(signed_headers_split(form.signed_headers, arena, &form.signed_names, &form.signed_count));
    scope = arena_printf(arena, "%.*s/%.*s/%.*s/aws4_request", FMT(date), FMT(region),
                         FMT(service));
    if (scope.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(signature_hex(request, &form, key, amz_date, scope, arena, signature));
    text = arena_printf(arena,
                        "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, "
                        "Signature=%.*s",
                        FMT(access_key_id), FMT(scope), FMT(form.signed_headers),
                        (int)sizeof(signature), signature);
    if (text.ptr == NULL) {
        return RC_NOMEM;
    }
    *ret_authorization = text;
    return RC_OK;
}
