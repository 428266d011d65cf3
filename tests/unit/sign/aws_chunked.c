#include "sign/aws_chunked.h"

#include "base/buf.h"
#include "sign/sigv4.h"
#include "unit.h"

/* Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
 * Multiple Chunks" and "... with trailing headers": 65,536 bytes 'a', then 1,024, then none. */
static const str published_date = STR_INIT("20130524T000000Z");
static const str published_scope = STR_INIT("20130524/us-east-1/s3/aws4_request");
static const str published_secret = STR_INIT("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

struct published {
    const char *mode, *seed, *trailers, *chunks[3], *behind;
};
static const struct published plain = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    NULL,
    { "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" },
    "\r\n",
};
static const struct published trailing = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    "x-amz-checksum-crc32c",
    { "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
      "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
      "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992" },
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:"
    "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
};

static char body_room[70000];

static str body_of(const struct published *p)
{
    static const size_t sizes[] = { 65536, 1024, 0 };
    buf out = { .ptr = body_room, .cap = sizeof(body_room), .max = sizeof(body_room) };

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        buf_printf(&out, "%zx;chunk-signature=%s\r\n", sizes[i], p->chunks[i]);
        if (sizes[i] > 0) {
            memset(buf_reserve(&out, sizes[i]), 'a', sizes[i]);
            out.len += sizes[i];
            BUF_LIT(&out, "\r\n");
        }
    }
    buf_printf(&out, "%s", p->behind);
    assert_ok(out.err);
    return buf_str(&out);
}

static struct hmac_key key;

static struct aws_chunked_start start_of(const struct published *p, uint64_t decoded_bytes)
{
    assert_ok(
        sigv4_derive_key(published_secret, STR("20130524"), STR("us-east-1"), STR("s3"), &key));
    return (struct aws_chunked_start){ .content_sha256 = str_cstr(p->mode),
                                       .signature = str_cstr(p->seed),
                                       .amz_date = published_date,
                                       .scope = published_scope,
                                       .key = &key,
                                       .decoded_bytes = decoded_bytes,
                                       .trailers = str_cstr(p->trailers) };
}

/* All of body in pieces of `piece` bytes. Returns the first error; the data's bytes are counted. */
static enum rc feed(struct aws_chunked *c, str body, size_t piece, size_t *ret_data_len)
{
    *ret_data_len = 0;
    while (body.len > 0) {
        str in = str_slice(body, 0, piece), data;

        body = str_skip(body, in.len);
        while (in.len > 0) {
            enum rc rc = aws_chunked_take(c, &in, &data);
            if (rc != RC_OK) {
                return rc;
            }
            for (size_t i = 0; i < data.len; i++) {
                assert_int_equal(data.ptr[i], 'a');
            }
            *ret_data_len += data.len;
        }
    }
    return RC_OK;
}

static enum rc run(const struct published *p, str body, size_t piece)
{
    struct aws_chunked_start from = start_of(p, 66560);
    struct aws_chunked c;
    size_t len;
    enum rc rc = aws_chunked_init(&c, &from);

    assert_ok(rc);
    rc = feed(&c, body, piece, &len);
    if (rc == RC_OK && c.state == AWS_CHUNKED_DONE) {
        assert_int_equal(len, 66560);
        assert_int_equal(c.verified_bytes, 66560);
    }
    return rc != RC_OK ? rc : c.state == AWS_CHUNKED_DONE ? RC_OK : RC_BUSY;
}

static void published_bodies_verify_however_cut(void **state)
{
    static const size_t pieces[] = { 1, 2, 3, 7, 88, 1000, 65536, 100000 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        assert_ok(run(&plain, body_of(&plain), pieces[i]));
        assert_ok(run(&trailing, body_of(&trailing), pieces[i]));
    }
}

static void any_byte_changed_or_missing_is_seen(void **state)
{
    const struct published *both[] = { &plain, &trailing };

    (void)state;
    for (size_t b = 0; b < COUNT_OF(both); b++) {
        str body = body_of(both[b]);
        char *bytes = (char *)(uintptr_t)body.ptr;

        for (size_t i = 0; i<body.len; i += i> 200 && i < 65500 ? 9001 : 1) {
            bytes[i] ^= 1;
            enum rc rc = run(both[b], body, 100000);
            /* A trailing header's name means the same in either case, and that bit is not this one. */
            assert_true(rc == RC_DENIED || rc == RC_SYNTAX);
            bytes[i] ^= 1;
            assert_int_equal(run(both[b], str_slice(body, 0, i), 100000), RC_BUSY);
        }
        assert_ok(run(both[b], body, 100000));
    }
}

static void an_error_is_final(void **state)
{
    struct aws_chunked_start from = start_of(&plain, 66560);
    struct aws_chunked c;
    str in = STR("x\r\n"), data, body = body_of(&plain);

    (void)state;
    assert_ok(aws_chunked_init(&c, &from));
    assert_int_equal(aws_chunked_take(&c, &in, &data), RC_SYNTAX);
    assert_int_equal(aws_chunked_take(&c, &body, &data), RC_SYNTAX);
    memset(&c, 0, sizeof(c)); /* never started */
    assert_int_equal(aws_chunked_take(&c, &body, &data), RC_SYNTAX);
}

/* ---- unsigned, with trailing headers ---- */

static enum rc run_unsigned(const char *trailers, const char *body, uint64_t decoded_bytes)
{
    struct aws_chunked_start from = start_of(&trailing, decoded_bytes);
    struct aws_chunked c;
    size_t len;
    enum rc rc;

    from.content_sha256 = STR("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    from.trailers = str_cstr(trailers);
    rc = aws_chunked_init(&c, &from);
    if (rc == RC_OK) {
        rc = feed(&c, str_cstr(body), 5, &len);
    }
    return rc != RC_OK ? rc : c.state == AWS_CHUNKED_DONE ? RC_OK : RC_BUSY;
}

static void unsigned_bodies(void **state)
{
    static const struct {
        const char *name, *trailers, *body;
        uint64_t decoded_bytes;
        enum rc want;
    } cases[] = {
        { "as clients send it", "x-sum", "3\r\naaa\r\n2\r\naa\r\n0\r\nx-sum:q==\r\n\r\n", 5,
          RC_OK },
        { "no data", "x-sum", "0\r\nx-sum:q==\r\n\r\n", 0, RC_OK },
        { "names in any case", "X-Sum", "0\r\nx-SUM: q \r\n\r\n", 0, RC_OK },
        { "two trailers in any order", "b, a", "0\r\nb:1\r\na:2\r\n\r\n", 0, RC_OK },
        { "sizes in capitals and with zeros", "x", "0A\r\naaaaaaaaaa\r\n00\r\nx:\r\n\r\n", 10,
          RC_OK },
        { "the end is missing", "x-sum", "3\r\naaa\r\n0\r\nx-sum:q==\r\n", 3, RC_BUSY },
        { "less data than announced", "x-sum", "3\r\naaa\r\n0\r\nx-sum:q\r\n\r\n", 4, RC_SYNTAX },
        { "more data than announced", "x-sum", "3\r\naaa\r\n0\r\nx-sum:q\r\n\r\n", 2, RC_SYNTAX },
        { "a trailer left out", "x-sum", "0\r\n\r\n", 0, RC_SYNTAX },
        { "one of two left out", "a,b", "0\r\na:1\r\n\r\n", 0, RC_SYNTAX },
        { "a trailer twice", "x-sum", "0\r\nx-sum:1\r\nx-sum:2\r\n\r\n", 0, RC_SYNTAX },
        { "a trailer nobody announced", "x-sum", "0\r\nx-sum:1\r\ny:2\r\n\r\n", 0, RC_SYNTAX },
        { "an extension", "x", "0;chunk-signature=\r\nx:\r\n\r\n", 0, RC_SYNTAX },
        { "no size", "x", "\r\nx:\r\n\r\n", 0, RC_SYNTAX },
        { "a signed size", "x", "+0\r\nx:\r\n\r\n", 0, RC_SYNTAX },
        { "a space behind the size", "x", "0 \r\nx:\r\n\r\n", 0, RC_SYNTAX },
        { "a bare LF", "x", "0\nx:\r\n\r\n", 0, RC_SYNTAX },
        { "a bare CR", "x", "0\rx:\r\n\r\n", 0, RC_SYNTAX },
        { "no line end behind data", "x", "1\r\naa0\r\nx:\r\n\r\n", 1, RC_SYNTAX },
        { "LF alone behind data", "x", "1\r\na\n0\r\nx:\r\n\r\n", 1, RC_SYNTAX },
        { "no colon", "x", "0\r\nx\r\n\r\n", 0, RC_SYNTAX },
        { "a control byte in a value", "x", "0\r\nx:a\tb\r\n\r\n", 0, RC_SYNTAX },
        { "bytes behind the end", "x", "0\r\nx:\r\n\r\n0", 0, RC_SYNTAX },
        { "17 digits", "x", "00000000000000000\r\nx:\r\n\r\n", 0, RC_LIMIT },
        { "16 digits", "x", "0000000000000000\r\nx:\r\n\r\n", 0, RC_OK },
        { "a size past 2^63", "x", "ffffffffffffffff\r\n", 5, RC_SYNTAX },
        { "a trailer signature that nobody made", "x",
          "0\r\nx:\r\nx-amz-trailer-signature:0\r\n\r\n", 0, RC_SYNTAX },
        { "no trailers announced", NULL, "0\r\n\r\n", 0, RC_SYNTAX },
        { "a trailer announced twice", "a,A", "0\r\na:\r\n\r\n", 0, RC_SYNTAX },
        { "an empty name announced", "a,,b", "", 0, RC_SYNTAX },
        { "a name that is none", "a:b", "", 0, RC_SYNTAX },
        { "the signature announced", "x-amz-trailer-signature", "", 0, RC_SYNTAX },
        { "eight trailers", "a,b,c,d,e,f,g,h", "", 0, RC_BUSY },
        { "nine trailers", "a,b,c,d,e,f,g,h,i", "", 0, RC_LIMIT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum rc rc = run_unsigned(cases[i].trailers, cases[i].body, cases[i].decoded_bytes);

        if (rc != cases[i].want) {
            fail_msg("%s: %s, not %s", cases[i].name, rc_name(rc), rc_name(cases[i].want));
        }
    }
}

static void lines_and_trailers_have_limits(void **state)
{
    static char body[8 * AWS_CHUNKED_LINE_MAX + 100];
    char *at = body + snprintf(body, sizeof(body), "0\r\n");

    (void)state;
    memset(at, 'v', AWS_CHUNKED_LINE_MAX);
    memcpy(at, "x:", 2);
    memcpy(at + AWS_CHUNKED_LINE_MAX - 1, "\r\n\r\n", 5); /* with its CR just as long as may be */
    assert_ok(run_unsigned("x", body, 0));
    memcpy(at + AWS_CHUNKED_LINE_MAX - 1, "v\r\n\r\n", 6);
    assert_int_equal(run_unsigned("x", body, 0), RC_LIMIT);
    for (int i = 0; i < 5; i++) { /* five of 1,000 bytes are more than 4,096 */
        at += snprintf(at, 1100, "%c:%01000d\r\n", 'a' + i, 0);
    }
    (void)snprintf(at, 3, "\r\n");
    assert_int_equal(run_unsigned("a,b,c,d,e", body, 0), RC_LIMIT);
}

static void what_cannot_be_started(void **state)
{
    struct aws_chunked_start from = start_of(&plain, 1);
    char long_scope[AWS_CHUNKED_SCOPE_MAX + 1];
    struct aws_chunked c;

    (void)state;
    from.content_sha256 = STR("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
    assert_int_equal(aws_chunked_init(&c, &from), RC_UNSUPPORTED);
    from = start_of(&plain, 1);
    from.trailers = STR("x");
    assert_int_equal(aws_chunked_init(&c, &from), RC_SYNTAX);
    from = start_of(&plain, 1);
    from.signature = STR("4f23");
    assert_int_equal(aws_chunked_init(&c, &from), RC_SYNTAX);
    from = start_of(&plain, 1);
    memset(long_scope, 's', sizeof(long_scope));
    from.scope = str_from(long_scope, AWS_CHUNKED_SCOPE_MAX);
    assert_ok(aws_chunked_init(&c, &from));
    from.scope = str_from(long_scope, AWS_CHUNKED_SCOPE_MAX + 1);
    assert_int_equal(aws_chunked_init(&c, &from), RC_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_bodies_verify_however_cut),
        cmocka_unit_test(any_byte_changed_or_missing_is_seen),
        cmocka_unit_test(an_error_is_final),
        cmocka_unit_test(unsigned_bodies),
        cmocka_unit_test(lines_and_trailers_have_limits),
        cmocka_unit_test(what_cannot_be_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
