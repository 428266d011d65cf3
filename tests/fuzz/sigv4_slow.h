/* Signature Version 4 written down once more from its specification, slowly and sharing nothing
 * with src/sign: text is built piece by piece, digests are OpenSSL's. Used by sigv4.c alone. */
#ifndef MANTLE_TESTS_FUZZ_SIGV4_SLOW_H
#define MANTLE_TESTS_FUZZ_SIGV4_SLOW_H

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "fuzz.h"
#include "sign/sigv4.h"

enum { SLOW_ROOM = 1 << 24, SLOW_PARTS = 16384 };

static inline void slow_hex(const unsigned char *bytes, size_t count, buf *out)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%02x", bytes[i]);
    }
}

static inline void slow_sha256(str data, buf *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    REQUIRE(EVP_Digest(data.ptr, data.len, digest, &len, EVP_sha256(), NULL) == 1 && len == 32);
    slow_hex(digest, len, out);
}

static inline void slow_hmac(const void *key, size_t key_len, str data, unsigned char ret[32])
{
    unsigned len = 0;

    REQUIRE(HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)data.ptr, data.len, ret,
                 &len) != NULL &&
            len == 32);
}

static inline void slow_encode(str text, bool keep_slash, buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' ||
            (c == '/' && keep_slash)) {
            buf_add_char(out, c);
        } else {
            buf_printf(out, "%%%02X", (unsigned char)c);
        }
    }
}

static inline bool slow_decode(str text, bool plus_is_space, buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            char digits[3] = { 0 };

            if (text.len - i < 3 || ascii_hex_value(text.ptr[i + 1]) > 15 ||
                ascii_hex_value(text.ptr[i + 2]) > 15) {
                return false;
            }
            memcpy(digits, text.ptr + i + 1, 2);
            c = (char)strtoul(digits, NULL, 16);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        buf_add_char(out, c);
    }
    return true;
}

/* ---- path: empty and "." segments fall out, ".." takes one back; then encoded once more ---- */

static inline void slow_path_of_segments(str path, buf *out)
{
    str segments[SLOW_PARTS], rest = path, segment;
    size_t count = 0;
    bool directory = false;

    while (take_item(&rest, '/', &segment)) {
        bool up = str_eq(segment, STR(".."));

        directory = up || segment.len == 0 || str_eq(segment, STR("."));
        if (up) {
            count -= count > 0;
        } else if (!directory) {
            REQUIRE(count < SLOW_PARTS);
            segments[count++] = segment;
        }
    }
    directory |= str_ends(path, STR("/"));
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, '/');
        slow_encode(segments[i], false, out);
    }
    if (count == 0 || directory) {
        buf_add_char(out, '/');
    }
}

static inline bool slow_path(str path, bool is_s3, buf *out)
{
    buf decoded = buf_heap(SLOW_ROOM);
    bool good = true;

    if (!is_s3) {
        slow_path_of_segments(path, out);
        return true;
    }
    good = slow_decode(path, false, &decoded);
    slow_encode(decoded.len == 0 ? STR("/") : buf_str(&decoded), true, out);
    buf_done(&decoded);
    return good;
}

/* ---- query: decoded, encoded, sorted ---- */

struct slow_param {
    buf name, value;
};

static inline int slow_param_cmp(const void *a, const void *b)
{
    const struct slow_param *x = a, *y = b;
    int order = str_cmp(buf_str(&x->name), buf_str(&y->name));

    return order != 0 ? order : str_cmp(buf_str(&x->value), buf_str(&y->value));
}

static inline bool slow_recode(str text, buf *out)
{
    buf decoded = buf_heap(SLOW_ROOM);
    bool good = slow_decode(text, true, &decoded);

    *out = buf_heap(SLOW_ROOM);
    slow_encode(buf_str(&decoded), false, out);
    buf_done(&decoded);
    return good;
}

static inline bool slow_query(str query, bool leave_out_signature, buf *out)
{
    static struct slow_param params[SIGV4_PARAMS_MAX];
    str rest = query, name, value;
    size_t count = 0;
    bool good = true;

    while (take_item(&rest, '&', &value)) {
        if (value.len == 0) {
            continue;
        }
        REQUIRE(count < SIGV4_PARAMS_MAX); /* the reader has counted them */
        if (!take_until(&value, '=', &name)) {
            name = value;
            value = STR("");
        }
        good = slow_recode(name, &params[count].name) && good;
        good = slow_recode(value, &params[count].value) && good;
        count++;
    }
    qsort(params, count, sizeof(params[0]), slow_param_cmp);
    for (size_t i = 0; i < count; i++) {
        str encoded = buf_str(&params[i].name);

        if (!leave_out_signature || !str_eq(encoded, STR("X-Amz-Signature"))) {
            if (out->len > 0 && out->ptr[out->len - 1] != '\n') {
                buf_add_char(out, '&');
            }
            buf_add(out, encoded);
            buf_add_char(out, '=');
            buf_add(out, buf_str(&params[i].value));
        }
        buf_done(&params[i].name);
        buf_done(&params[i].value);
    }
    return good;
}

/* ---- headers ---- */

static inline void slow_value(str value, buf *out)
{
    bool gap = false, any = false;

    for (size_t i = 0; i < value.len; i++) {
        if (ascii_is_space(value.ptr[i])) {
            gap = true;
            continue;
        }
        if (gap && any) {
            buf_add_char(out, ' ');
        }
        buf_add_char(out, value.ptr[i]);
        gap = false;
        any = true;
    }
}

static inline bool slow_is_listed(str list, str name)
{
    str item;

    while (take_item(&list, ';', &item)) {
        if (str_eq_nocase(item, name)) {
            return true;
        }
    }
    return false;
}

/* False when a header that must be signed is not, or a listed one is not there. */
static inline bool slow_headers(const struct sigv4_request *request, str list, buf *out)
{
    str rest = list, name;
    bool good = true;

    while (take_item(&rest, ';', &name)) {
        size_t found = 0;

        buf_printf(out, "%.*s:", FMT(name));
        for (size_t i = 0; i < request->header_count; i++) {
            if (str_eq_nocase(request->headers[i].name, name)) {
                buf_add(out, found++ == 0 ? STR("") : STR(","));
                slow_value(request->headers[i].value, out);
            }
        }
        buf_add_char(out, '\n');
        good = good && found > 0;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        str header = request->headers[i].name;
        bool must = str_eq_nocase(header, STR("host")) || str_starts_nocase(header, STR("x-amz-"));

        good = good && (!must || slow_is_listed(list, header));
    }
    return good;
}

/* ---- all of it ---- */

static inline bool slow_payload(const struct sigv4_request *request,
                                const struct sigv4_claim *claim, bool is_s3, buf *out)
{
    str said = claim->content_sha256;
    size_t from = out->len;

    if (is_s3 &&
        (said.ptr == NULL ? claim->form == SIGV4_QUERY : str_eq(said, STR("UNSIGNED-PAYLOAD")))) {
        BUF_LIT(out, "UNSIGNED-PAYLOAD");
        return true;
    }
    slow_sha256(request->body, out);
    return said.ptr == NULL || str_eq(said, str_skip(buf_str(out), from));
}

/* The canonical request. False: whatever the signature, this must not verify. */
static inline bool slow_canonical(const struct sigv4_request *request,
                                  const struct sigv4_claim *claim, bool is_s3, buf *out)
{
    bool good;

    buf_printf(out, "%.*s\n", FMT(request->method));
    good = slow_path(request->path, is_s3, out);
    buf_add_char(out, '\n');
    good = slow_query(request->query, claim->form == SIGV4_QUERY, out) && good;
    buf_add_char(out, '\n');
    good = slow_headers(request, claim->signed_headers, out) && good;
    buf_printf(out, "\n%.*s\n", FMT(claim->signed_headers));
    good = slow_payload(request, claim, is_s3, out) && good;
    REQUIRE(out->err == RC_OK);
    return good;
}

static inline void slow_sign(str secret, const struct sigv4_claim *claim, str canonical, buf *out)
{
    const str chain[] = { claim->date, claim->region, claim->service, STR("aws4_request") };
    buf first = buf_heap(4096), text = buf_heap(SLOW_ROOM);
    unsigned char key[32];

    buf_printf(&first, "AWS4%.*s", FMT(secret));
    slow_hmac(first.ptr, first.len, chain[0], key);
    for (size_t i = 1; i < COUNT_OF(chain); i++) {
        slow_hmac(key, sizeof(key), chain[i], key);
    }
    buf_printf(&text, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n", FMT(claim->amz_date), FMT(claim->scope));
    slow_sha256(canonical, &text);
    slow_hmac(key, sizeof(key), buf_str(&text), key);
    slow_hex(key, sizeof(key), out);
    buf_done(&first);
    buf_done(&text);
}

#endif
