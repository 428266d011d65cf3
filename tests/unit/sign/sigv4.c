#include "unit.h"

#include "base/arena.h"
#include "sign/capture.h"
#include "sign/sigv4.h"

static struct arena arena;

/* What a server knows beforehand: the key of one access key for one day, the service, the time. */
struct known {
    char access_key_id[64];
    char service[64];
    int64_t now_s;
    struct hmac_key key;
};

static struct known know(const struct sigv4_request *request)
{
    struct sigv4_claim claim;
    struct known known = { 0 };

    arena_reset(&arena);
    assert_int_equal(sigv4_read(request, &arena, &claim), SIGV4_OK);
    (void)snprintf(known.access_key_id, sizeof(known.access_key_id), "%.*s",
                   FMT(claim.access_key_id));
    (void)snprintf(known.service, sizeof(known.service), "%.*s", FMT(claim.service));
    known.now_s = claim.signed_at_s;
    assert_ok(sigv4_derive_key(capture_secret(claim.access_key_id), claim.date, claim.region,
                               claim.service, &known.key));
    return known;
}

static enum sigv4_fault verify(const struct sigv4_request *request, const struct known *known)
{
    struct sigv4_claim claim;
    struct sigv4_rules rules;
    enum sigv4_fault fault;

    arena_reset(&arena);
    fault = sigv4_read(request, &arena, &claim);
    if (fault != SIGV4_OK) {
        return fault;
    }
    if (!str_eq(claim.access_key_id, str_cstr(known->access_key_id))) {
        return SIGV4_MISMATCH; /* another key id: a server would take another key */
    }
    rules = capture_rules(&claim);
    rules.service = str_cstr(known->service);
    rules.now_s = known->now_s;
    return sigv4_verify(request, &claim, &rules, &known->key, &arena, NULL);
}

/* ---- recorded requests ---- */

static void expect_verifies(struct capture *c)
{
    struct known known = know(&c->request);
    enum sigv4_fault fault = verify(&c->request, &known);

    if (fault != SIGV4_OK) {
        fail_msg("%s: fault %d", c->name, (int)fault);
    }
}

static void test_recorded_requests_verify(void **state)
{
    (void)state;
    assert_int_equal(capture_each(expect_verifies), 40);
}

static void expect_range_is_signed(struct capture *c, const struct known *known, const char *from,
                                   const char *to)
{
    for (const char *at = from; at < to; at++) {
        char *byte = &c->raw[at - c->raw], was = *byte;
        enum sigv4_fault fault;

        /* To a neighbour that is no separator and no other case of the same letter. */
        *byte = (char)(was == '/' || was == '~' || was == '^' ? 'x' : (was == 'x' ? 'y' : was + 1));
        if (*byte == ',' || *byte == ' ' || *byte == '\t') {
            *byte = 'x';
        }
        fault = capture_parse(c) ? verify(&c->request, known) : SIGV4_MISMATCH;
        if (fault == SIGV4_OK) {
            fail_msg("%s: verifies with byte %d changed from %c to %c", c->name, (int)(at - c->raw),
                     was, *byte);
        }
        *byte = was;
        assert_true(capture_parse(c));
    }
}

static bool is_listed(str list, str name)
{
    str item;

    while (take_item(&list, ';', &item)) {
        if (str_eq_nocase(item, name)) {
            return true;
        }
    }
    return false;
}

static void expect_every_signed_byte_counts(struct capture *c)
{
    struct known known = know(&c->request);
    struct sigv4_claim claim;
    str method = c->request.method, query = c->request.query, body = c->request.body;
    struct sigv4_header headers[64];
    size_t count = c->request.header_count;

    arena_reset(&arena);
    assert_int_equal(sigv4_read(&c->request, &arena, &claim), SIGV4_OK);
    memcpy(headers, c->headers, sizeof(headers));
    expect_range_is_signed(c, &known, method.ptr, method.ptr + method.len);
    if (query.len > 0) {
        expect_range_is_signed(c, &known, query.ptr, query.ptr + query.len);
    }
    for (size_t i = 0; i < count; i++) {
        str value = headers[i].value, signed_list = claim.signed_headers;

        arena_reset(&arena);
        (void)sigv4_read(&c->request, &arena, &claim); /* views of the raw bytes */
        if (is_listed(signed_list, headers[i].name) ||
            str_eq_nocase(headers[i].name, STR("authorization"))) {
            expect_range_is_signed(c, &known, value.ptr, value.ptr + value.len);
        }
    }
    if (!str_starts(claim.content_sha256, STR("STREAMING-")) &&
        !str_eq(claim.content_sha256, STR("UNSIGNED-PAYLOAD"))) {
        expect_range_is_signed(c, &known, body.ptr, body.ptr + body.len);
    }
}

static void test_every_changed_byte_is_refused(void **state)
{
    (void)state;
    assert_int_equal(capture_each(expect_every_signed_byte_counts), 40);
}

static void test_presigned_urls_verify(void **state)
{
    (void)state;
    char dir[400], path[512];
    static struct capture c;
    char line[2048];
    FILE *file;
    int found = 0;

    capture_dir(dir, sizeof(dir));
    (void)snprintf(path, sizeof(path), "%s/presigned.txt", dir);
    file = fopen(path, "rb");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        str url = str_trim(str_cstr(line)), host = STR_NONE;
        struct known known;
        /* boto3 presigns a query-protocol call for the method it would use itself: POST. */
        const char *method = found == 1 ? "POST" : "GET";

        if (!take_prefix(&url, STR("http://")) || !take_until(&url, '/', &host)) {
            continue;
        }
        (void)snprintf(c.name, sizeof(c.name), "presigned %d", ++found);
        c.raw_len = (size_t)snprintf(c.raw, sizeof(c.raw),
                                     "%s /%.*s HTTP/1.1\r\nHost: %.*s\r\n\r\n", method, FMT(url),
                                     FMT(host));
        assert_true(capture_parse(&c));
        known = know(&c.request);
        assert_int_equal(verify(&c.request, &known), SIGV4_OK);
        expect_range_is_signed(&c, &known, c.request.path.ptr + 1,
                               c.request.path.ptr + c.request.path.len);
        expect_range_is_signed(&c, &known, c.request.query.ptr,
                               c.request.query.ptr + c.request.query.len);
        known.now_s += 301;
        assert_int_equal(verify(&c.request, &known), SIGV4_EXPIRED);
    }
    (void)fclose(file);
    assert_int_equal(found, 2);
}

/* Signed in the header, a request lives as long as a header's do, whatever its parameters are called;
 * and they are the operation's own, with any value. */
static void test_a_parameter_lengthens_no_header_form(void **state)
{
    (void)state;
    static const char *const queries[] = { "X-Amz-Expires=604800", "X-Amz-Expires=never",
                                           "X-Amz-Expires=0&X-Amz-SignedHeaders=a" };
    const str date = STR("20261127T101112Z"), region = STR("us-east-1"), service = STR("iam");
    struct known known = { .access_key_id = "AKIAIOSFODNN7EXAMPLE", .service = "iam" };

    assert_ok(
        sigv4_derive_key(STR("a secret"), str_slice(date, 0, 8), region, service, &known.key));
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct sigv4_header headers[3] = { { STR("Host"), STR("h") }, { STR("X-Amz-Date"), date } };
        struct sigv4_request request = { .method = STR("GET"),
                                         .path = STR("/"),
                                         .query = str_cstr(queries[i]),
                                         .headers = headers,
                                         .header_count = 2 };
        struct arena signing;
        struct sigv4_claim claim;

        arena_init(&signing, &heap, 4096, 1 << 20);
        headers[2].name = STR("Authorization");
        assert_ok(sigv4_sign(&request, &known.key, str_cstr(known.access_key_id), date, region,
                             service, &signing, &headers[2].value));
        request.header_count = 3;
        assert_int_equal(sigv4_read(&request, &signing, &claim), SIGV4_OK);
        assert_int_equal(claim.expires_s, 0);
        known.now_s = claim.signed_at_s + capture_rules(&claim).tolerance_s;
        assert_int_equal(verify(&request, &known), SIGV4_OK);
        known.now_s++;
        assert_int_equal(verify(&request, &known), SIGV4_EXPIRED);
        arena_done(&signing);
    }
}

/* ---- white space ---- */

static void sign_value(const struct hmac_key *key, str value, char *ret, size_t room)
{
    struct sigv4_header headers[] = { { STR("Host"), STR("x") },
                                      { STR("X-Amz-Date"), STR("20261127T101112Z") },
                                      { STR("X-Amz-Meta"), value } };
    struct sigv4_request request = { STR("GET"), STR("/"), STR(""), headers, 3, STR("") };
    str authorization = STR_NONE;

    arena_reset(&arena);
    assert_ok(sigv4_sign(&request, key, STR("AKIAIOSFODNN7EXAMPLE"), headers[1].value,
                         STR("us-east-1"), STR("iam"), &arena, &authorization));
    (void)snprintf(ret, room, "%.*s", FMT(authorization));
}

/* Two white bytes in a row, at each place of values of each length around a vector's: signed as one
 * space, and at the ends as none. */
static void test_white_space_is_folded_wherever_it_stands(void **state)
{
    static const char *const runs[] = { "  ", "\t ", " \t", "\t\t" };
    struct hmac_key key;
    char got[512], want[512], value[128], folded[128];

    (void)state;
    assert_ok(sigv4_derive_key(STR("secret"), STR("20261127"), STR("us-east-1"), STR("iam"), &key));
    for (int len = 2; len <= 40; len++) {
        for (int at = 0; at <= len - 2; at++) {
            int before = at, after = len - 2 - at;

            (void)snprintf(folded, sizeof(folded), "%.*s%s%.*s", before,
                           "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr",
                           before == 0 || after == 0 ? "" : " ", after,
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQR");
            sign_value(&key, str_cstr(folded), want, sizeof(want));
            for (size_t i = 0; i < COUNT_OF(runs); i++) {
                (void)snprintf(value, sizeof(value), "%.*s%s%.*s", before,
                               "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr", runs[i], after,
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQR");
                sign_value(&key, str_cstr(value), got, sizeof(got));
                assert_string_equal(got, want);
            }
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, &heap, 16 * 1024, 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_requests_verify),
        cmocka_unit_test(test_every_changed_byte_is_refused),
        cmocka_unit_test(test_presigned_urls_verify),
        cmocka_unit_test(test_a_parameter_lengthens_no_header_form),
        cmocka_unit_test(test_white_space_is_folded_wherever_it_stands),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
