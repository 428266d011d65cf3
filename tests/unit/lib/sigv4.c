#include <mantle/sigv4.h>

#include "host.h"

/* AWS's documentation of S3 presigned URLs: "Example: a presigned URL". */
static const char key_id[] = "AKIAIOSFODNN7EXAMPLE";
static const char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
static const char published_query[] =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
    "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
    "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
enum { PUBLISHED_S = 1369353600 };

static const mantle_header host = { { "Host", 4 }, { "examplebucket.s3.amazonaws.com", 30 } };

static mantle_http_request published(void)
{
    return (mantle_http_request){ .method = mantle_text("GET"),
                                  .path = mantle_text("/test.txt"),
                                  .query = mantle_text(published_query),
                                  .headers = &host,
                                  .header_count = 1,
                                  .body = mantle_text("") };
}

static mantle_sigv4_rules rules_at(int64_t now_s)
{
    return (mantle_sigv4_rules){ .now_s = now_s, .service = mantle_text("s3"), .s3 = true };
}

static mantle_sigv4 *verifier_new(void)
{
    mantle_sigv4 *verifier = NULL;

    assert_int_equal(mantle_sigv4_new(NULL, &verifier), MANTLE_OK);
    return verifier;
}

static mantle_sigv4_fault verify(mantle_sigv4 *verifier, const mantle_http_request *request,
                                 const mantle_sigv4_rules *rules)
{
    mantle_sigv4_claim claim;
    mantle_signing_key key;
    mantle_sigv4_fault fault = mantle_sigv4_read(verifier, request, &claim);

    if (fault != MANTLE_SIGV4_OK) {
        return fault;
    }
    assert_text(claim.access_key_id, key_id);
    assert_int_equal(
        mantle_signing_key_init(mantle_text(secret), claim.date, claim.region, claim.service, &key),
        MANTLE_OK);
    return mantle_sigv4_verify(verifier, request, rules, &key);
}

static void verifies_the_published_url(void **state)
{
    mantle_sigv4 *verifier = verifier_new();
    mantle_http_request request = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S);
    mantle_sigv4_claim claim;

    (void)state;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    assert_null(mantle_sigv4_detail(verifier).ptr);
    assert_int_equal(mantle_sigv4_read(verifier, &request, &claim), MANTLE_SIGV4_OK);
    assert_int_equal(claim.form, MANTLE_SIGV4_QUERY);
    assert_int_equal(claim.signed_at_s, PUBLISHED_S);
    assert_int_equal(claim.expires_s, 86400);
    assert_text(claim.region, "us-east-1");
    assert_null(claim.session_token.ptr);
    mantle_sigv4_free(verifier);
}

static void refuses_what_does_not_fit(void **state)
{
    mantle_sigv4 *verifier = verifier_new();
    mantle_http_request request = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S + 86400);

    (void)state;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    rules.now_s++;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_EXPIRED);
    assert_true(mantle_sigv4_detail(verifier).len > 0);
    rules.now_s = PUBLISHED_S - 900;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    rules.now_s--;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_FUTURE);
    rules = rules_at(PUBLISHED_S);
    rules.service = mantle_text("sts");
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_BAD_SCOPE);
    rules = rules_at(PUBLISHED_S);
    rules.region = mantle_text("us-east-1");
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    rules.region = mantle_text("eu-west-1");
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_BAD_SCOPE);
    rules = rules_at(PUBLISHED_S);
    rules.s3 = false; /* then the empty body is hashed, and is not what was signed */
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_MISMATCH);
    rules = rules_at(PUBLISHED_S);
    request.path = mantle_text("/tesu.txt");
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_MISMATCH);
    assert_string_equal(mantle_sigv4_fault_code(MANTLE_SIGV4_MISMATCH), "SignatureDoesNotMatch");
    mantle_sigv4_free(verifier);
}

static void nothing_verifies_that_was_not_read(void **state)
{
    mantle_sigv4 *verifier = verifier_new();
    mantle_http_request request = published(), unsigned_one = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S);
    mantle_signing_key key = { { 0 } };

    (void)state;
    assert_int_equal(mantle_sigv4_verify(verifier, &request, &rules, &key), MANTLE_SIGV4_MISSING);
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    unsigned_one.query = mantle_text("");
    assert_int_equal(mantle_sigv4_read(verifier, &unsigned_one, NULL), MANTLE_SIGV4_MISSING);
    assert_int_equal(mantle_sigv4_verify(verifier, &request, &rules, &key), MANTLE_SIGV4_MISSING);
    assert_int_equal(mantle_sigv4_read(verifier, NULL, NULL), MANTLE_SIGV4_MISSING);
    assert_int_equal(mantle_sigv4_verify(verifier, &request, &rules, &key), MANTLE_SIGV4_MISSING);
    assert_int_not_equal(mantle_sigv4_verify(NULL, &request, &rules, &key), MANTLE_SIGV4_OK);
    request.headers = NULL; /* and a count of one */
    assert_int_equal(mantle_sigv4_read(verifier, &request, NULL), MANTLE_SIGV4_MISSING);
    mantle_sigv4_free(verifier);
    mantle_sigv4_free(NULL);
}

static void limits(void **state)
{
    static mantle_header many[MANTLE_SIGV4_HEADERS_MAX + 1];
    mantle_sigv4 *verifier = verifier_new();
    mantle_http_request request = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S);
    char long_secret[130];
    mantle_signing_key key;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = (mantle_header){ mantle_text("x"), mantle_text("y") };
    }
    many[0] = host;
    request.headers = many;
    request.header_count = MANTLE_SIGV4_HEADERS_MAX;
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    request.header_count++;
    assert_int_not_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    memset(long_secret, 's', sizeof(long_secret));
    assert_int_equal(mantle_signing_key_init(mantle_bytes(long_secret, 128), mantle_text("d"),
                                             mantle_text("r"), mantle_text("s"), &key),
                     MANTLE_OK);
    assert_int_equal(mantle_signing_key_init(mantle_bytes(long_secret, 129), mantle_text("d"),
                                             mantle_text("r"), mantle_text("s"), &key),
                     MANTLE_LIMIT);
    assert_int_equal(mantle_signing_key_init(mantle_text(NULL), mantle_text("d"), mantle_text("r"),
                                             mantle_text("s"), &key),
                     MANTLE_INVALID);
    mantle_sigv4_free(verifier);
}

static void a_request_may_not_take_all_memory(void **state)
{
    static char path[MANTLE_SIGV4_MEMORY_MAX];
    mantle_sigv4 *verifier = verifier_new();
    mantle_http_request request = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S);

    (void)state;
    memset(path, ' ', sizeof(path)); /* three bytes each when encoded */
    path[0] = '/';
    request.path = mantle_bytes(path, sizeof(path));
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_NO_MEMORY);
    request = published();
    assert_int_equal(verify(verifier, &request, &rules), MANTLE_SIGV4_OK);
    mantle_sigv4_free(verifier);
}

static void every_allocation_may_fail(void **state)
{
    mantle_http_request request = published();
    mantle_sigv4_rules rules = rules_at(PUBLISHED_S);
    struct failing_alloc fa;

    (void)state;
    for (failing_init(&fa); failing_again(&fa);) {
        mantle_allocator allocator = host_allocator(&fa);
        mantle_sigv4 *verifier = NULL;
        mantle_rc rc = mantle_sigv4_new(&allocator, &verifier);

        assert_int_equal(rc, verifier == NULL ? MANTLE_NO_MEMORY : MANTLE_OK);
        if (verifier != NULL) {
            mantle_sigv4_fault fault = verify(verifier, &request, &rules);

            assert_int_equal(fault, fa.failed ? MANTLE_SIGV4_NO_MEMORY : MANTLE_SIGV4_OK);
        }
        mantle_sigv4_free(verifier);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_the_published_url),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(nothing_verifies_that_was_not_read),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_request_may_not_take_all_memory),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
