/* Streamed bodies:
 * - however a stranger's bytes are cut, they are taken alike; and without the key no signed body is whole;
 * - what is signed the slow way (sigv4_slow.h, OpenSSL's digests) comes out as it went in, trailers too;
 *   with a byte changed it is refused or, where the byte means nothing, comes out the same.
 * The first eight bytes choose mode, chunks, cuts and the change. */
#include "fuzz.h"

#include "sign/aws_chunked.h"
#include "sigv4_slow.h"

enum { SIZE_MAX_IN = 4096 };

static const str modes[] = { STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
                             STR_INIT("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
                             STR_INIT("STREAMING-UNSIGNED-PAYLOAD-TRAILER") };
static const str date = STR_INIT("20261127T182557Z");
static const str scope = STR_INIT("20261127/eu-west-1/s3/aws4_request");
static const str seed_signature = STR_INIT(
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
static const str raw_key = STR_INIT("the key of this program, unknown");

struct outcome {
    enum rc rc;
    bool done;
    size_t len;
    char data[8 * SIZE_MAX_IN];
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void take_all(struct aws_chunked *c, str body, uint32_t cuts, struct outcome *ret)
{
    *ret = (struct outcome){ .rc = RC_OK };
    while (body.len > 0 && ret->rc == RC_OK) {
        str in = str_slice(body, 0, cuts == 0 ? body.len : 1 + next(&cuts) % 40), data;

        body = str_skip(body, in.len);
        while (in.len > 0 && ret->rc == RC_OK) {
            size_t before = in.len;

            ret->rc = aws_chunked_take(c, &in, &data);
            REQUIRE(ret->rc != RC_OK || in.len < before);
            REQUIRE(ret->rc == RC_OK || data.len == 0);
            REQUIRE(data.len <= sizeof(ret->data) - ret->len);
            if (data.len > 0) {
                memcpy(ret->data + ret->len, data.ptr, data.len);
                ret->len += data.len;
            }
        }
    }
    ret->done = c->state == AWS_CHUNKED_DONE;
    REQUIRE(!ret->done || c->verified_bytes == ret->len);
    REQUIRE(c->verified_bytes <= ret->len);
}

static struct aws_chunked_start start_of(size_t mode, uint64_t decoded_bytes,
                                         const struct hmac_key *key)
{
    return (struct aws_chunked_start){ .content_sha256 = modes[mode],
                                       .signature = seed_signature,
                                       .amz_date = date,
                                       .scope = scope,
                                       .key = key,
                                       .decoded_bytes = decoded_bytes,
                                       .trailers = mode == 0 ? STR_NONE : STR("x-b,x-a") };
}

static void begin(struct aws_chunked *c, size_t mode, uint64_t decoded_bytes)
{
    struct hmac_key key;
    struct aws_chunked_start start = start_of(mode, decoded_bytes, &key);

    hmac_key_init(&key, raw_key.ptr, raw_key.len);
    REQUIRE(aws_chunked_init(c, &start) == RC_OK);
}

/* ---- a stranger's bytes ---- */

static void check_strange(size_t mode, str body, uint32_t cuts)
{
    static struct outcome whole, pieces;
    struct aws_chunked c;

    begin(&c, mode, body.len % 7);
    take_all(&c, body, 0, &whole);
    begin(&c, mode, body.len % 7);
    take_all(&c, body, cuts | 1, &pieces);
    REQUIRE(whole.rc == pieces.rc && whole.done == pieces.done);
    if (whole.rc == RC_OK) { /* else a part of the last chunk may have been handed out */
        REQUIRE(str_eq(str_from(whole.data, whole.len), str_from(pieces.data, pieces.len)));
    }
    REQUIRE(mode == 2 || !whole.done);
}

/* ---- signed by us ---- */

static void put_signature(const char *what, bool has_empty, str data, str *previous, buf *out)
{
    static char hex[64];
    unsigned char mac[32];
    buf text = buf_heap(SLOW_ROOM);
    buf digits = { .ptr = hex, .cap = sizeof(hex), .max = sizeof(hex), .alloc = &heap };

    buf_printf(&text, "AWS4-HMAC-SHA256-%s\n%.*s\n%.*s\n%.*s\n", what, FMT(date), FMT(scope),
               FMT(*previous));
    if (has_empty) {
        slow_sha256(STR(""), &text);
        buf_add_char(&text, '\n');
    }
    slow_sha256(data, &text);
    slow_hmac(raw_key.ptr, raw_key.len, buf_str(&text), mac);
    slow_hex(mac, sizeof(mac), &digits);
    buf_add(out, buf_str(&digits));
    *previous = str_from(hex, sizeof(hex));
    buf_done(&text);
}

static void put_chunk(size_t mode, str data, str *previous, buf *out)
{
    buf_printf(out, "%zx", data.len);
    if (mode != 2) {
        BUF_LIT(out, ";chunk-signature=");
        put_signature("PAYLOAD", true, data, previous, out);
    }
    BUF_LIT(out, "\r\n");
    buf_add(out, data);
    if (data.len > 0) {
        BUF_LIT(out, "\r\n");
    }
}

static void make_body(size_t mode, str data, uint32_t sizes, buf *out)
{
    str previous = seed_signature;

    while (data.len > 0) {
        str chunk = str_slice(data, 0, 1 + next(&sizes) % 500);

        put_chunk(mode, chunk, &previous, out);
        data = str_skip(data, chunk.len);
    }
    put_chunk(mode, data, &previous, out);
    if (mode != 0) {
        BUF_LIT(out, "x-b:2==\r\nx-a:1\r\n");
    }
    if (mode == 1) {
        BUF_LIT(out, "x-amz-trailer-signature:");
        put_signature("TRAILER", false, STR("x-a:1\nx-b:2==\n"), &previous, out);
        BUF_LIT(out, "\r\n");
    }
    BUF_LIT(out, "\r\n");
}

static void check_own(size_t mode, str data, uint32_t seed)
{
    static struct outcome got;
    struct aws_chunked c;
    buf body = buf_heap(SLOW_ROOM);
    size_t at;

    make_body(mode, data, seed, &body);
    begin(&c, mode, data.len);
    take_all(&c, buf_str(&body), seed | 1, &got);
    REQUIRE(got.rc == RC_OK && got.done);
    REQUIRE(str_eq(str_from(got.data, got.len), data));
    REQUIRE(mode == 0 ||
            (str_eq(c.trailers[0].name, STR("x-a")) && str_eq(c.trailers[0].value, STR("1")) &&
             str_eq(c.trailers[1].value, STR("2=="))));

    at = next(&seed) % body.len;
    body.ptr[at] = (char)(body.ptr[at] ^ (1 << next(&seed) % 8));
    begin(&c, mode, data.len);
    take_all(&c, buf_str(&body), seed | 1, &got);
    if (got.done && mode != 2) {
        REQUIRE(str_eq(str_from(got.data, got.len), data));
        REQUIRE(mode == 0 ||
                (str_eq(c.trailers[0].value, STR("1")) && str_eq(c.trailers[1].value, STR("2=="))));
    }
    REQUIRE(mode == 2 || str_eq(str_from(got.data, (size_t)c.verified_bytes),
                                str_slice(data, 0, (size_t)c.verified_bytes)));
    buf_done(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t cuts, seed;
    str text;

    if (size < 8 || size > SIZE_MAX_IN) {
        return 0;
    }
    memcpy(&cuts, data, 4);
    memcpy(&seed, data + 4, 4);
    text = fuzz_text(data + 8, size - 8);
    for (size_t mode = 0; mode < COUNT_OF(modes); mode++) {
        check_strange(mode, text, cuts);
        check_own(mode, text, seed);
    }
    return 0;
}
