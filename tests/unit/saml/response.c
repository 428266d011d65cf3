/* src/saml/response.c, metadata.c and check.c on responses of real identity providers, in this process
 * and with the clock stopped. */
#include <stdlib.h>

#include "codec/date.h"
#include "saml/saml.h"
#include "system/system.h"
#include "unit.h"

#define ROLE "arn:aws:iam::111122223333:role/demo"
#define PROVIDER "arn:aws:iam::111122223333:saml-provider/idp"

static struct arena arena;

static int init(void **state)
{
    (void)state;
    return saml_init() == RC_OK ? 0 : -1;
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, &heap, 65536, 256 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static str fixture(const char *name)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    str path = arena_printf(&arena, "%s/tests/fixtures/saml/%s", root == NULL ? "." : root, name);
    str text = STR_NONE;

    assert_ok(file_read(path.ptr, 1 << 20, &arena, &text));
    return text;
}

static const struct capture {
    const char *metadata, *response, *now, *subject, *end;
    int64_t seconds_max;
    size_t tags;
} captures[] = {
    { "saml-idp.metadata.xml", "saml-idp.response.xml", "2026-11-23T18:37:30Z", "ana@example.com",
      "2026-11-23T19:35:22Z", 3600, 1 },
    { "simplesamlphp.metadata.xml", "simplesamlphp.response.xml", "2026-11-23T18:37:30Z",
      "fb3fb8bd1aaf639c18820289b0ae4d9367c090dd", "2026-11-23T18:42:31Z", 7200, 1 },
};

static int64_t seconds(const char *text)
{
    struct instant at;

    assert_ok(date_parse_instant(str_cstr(text), &at));
    return at.unix_s;
}

static void read_both(const struct capture *capture, struct saml_metadata *metadata,
                      struct saml_response *response)
{
    assert_ok(saml_read_metadata(fixture(capture->metadata), &arena, metadata));
    assert_true(metadata->valid);
    struct saml_response_in in = { .xml = str_trim(fixture(capture->response)),
                                   .certificates = metadata->certificates,
                                   .certificate_count = metadata->certificate_count };
    assert_ok(saml_read_response(&in, &arena, response));
    assert_int_equal(response->verdict, SAML_VERIFIED);
}

static enum saml_refusal check_at(const struct capture *capture, int64_t now_s,
                                  struct saml_identity *who)
{
    struct saml_metadata metadata;
    struct saml_response response;
    enum saml_refusal refusal = SAML_INVALID;
    str text = STR_NONE;

    read_both(capture, &metadata, &response);
    struct saml_rules rules = { .now_s = now_s,
                                .entity_id = metadata.entity_id,
                                .role_arn = STR(ROLE),
                                .provider_arn = STR(PROVIDER) };
    assert_ok(saml_check(&response.claims, &rules, &arena, who, &refusal, &text));
    return refusal;
}

static void responses_of_real_providers_are_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(captures); i++) {
        struct saml_identity who = { 0 };
        assert_int_equal(check_at(&captures[i], seconds(captures[i].now), &who), SAML_ACCEPTED);
        assert_true(str_eq(who.subject, str_cstr(captures[i].subject)));
        assert_str(who.subject_type, "persistent");
        assert_str(who.session_name, "ana@example.com");
        assert_str(who.recipient, "https://signin.aws.amazon.com/saml");
        assert_int_equal(who.seconds_max, captures[i].seconds_max);
        assert_int_equal(who.tag_count, captures[i].tags);
    }
}

static void a_second_too_late_is_too_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(captures); i++) {
        struct saml_identity who = { 0 };
        int64_t end_s = seconds(captures[i].end);
        assert_int_equal(check_at(&captures[i], end_s - 1, &who), SAML_ACCEPTED);
        assert_int_equal(check_at(&captures[i], end_s, &who), SAML_EXPIRED);
        assert_int_equal(check_at(&captures[i], end_s + 1, &who), SAML_EXPIRED);
    }
}

static void a_clock_may_be_a_minute_ahead(void **state)
{
    int64_t begin_s = seconds("2026-11-23T18:37:01Z");
    struct saml_identity who = { 0 };

    (void)state;
    assert_int_equal(check_at(&captures[1], begin_s - 60, &who), SAML_ACCEPTED);
    assert_int_equal(check_at(&captures[1], begin_s - 61, &who), SAML_INVALID);
}

static size_t place(str text, const char *what)
{
    size_t at = 0;

    assert_true(str_find(text, str_cstr(what), &at));
    return at;
}

/* Within the assertion, signed twice over, every byte counts; what its KeyInfo says is signed by the
 * Response around it. Whatever a change makes of the document, it is not accepted as something else:
 * either it is refused, or (in a name space declared and not used, which exclusive canonicalization
 * leaves out) it says the same. */
static void every_changed_byte_of_what_is_signed_is_refused(void **state)
{
    struct saml_metadata metadata;
    struct saml_response good, bad;
    size_t refused = 0, tried = 0;

    (void)state;
    read_both(&captures[0], &metadata, &good);
    str xml = str_trim(fixture(captures[0].response));
    char *bytes = (char *)(uintptr_t)arena_str(&arena, xml).ptr;
    size_t from = place(xml, "<saml:Assertion "), step = 3;
    assert_non_null(bytes);
    for (size_t i = from; i < xml.len; i += step) {
        struct arena own;
        arena_init(&own, &heap, 65536, 16 << 20);
        struct saml_response_in in = { .xml = str_from(bytes, xml.len),
                                       .certificates = metadata.certificates,
                                       .certificate_count = metadata.certificate_count };
        bytes[i] = (char)(xml.ptr[i] ^ 1);
        assert_ok(saml_read_response(&in, &own, &bad));
        bytes[i] = xml.ptr[i];
        tried++;
        refused += bad.verdict == SAML_VERIFIED ? 0 : 1;
        if (bad.verdict == SAML_VERIFIED) {
            assert_true(str_eq(bad.claims.name_id, good.claims.name_id));
            assert_int_equal(bad.claims.attribute_count, good.claims.attribute_count);
        } else {
            assert_null(bad.claims.name_id.ptr); /* nothing of it leaves */
        }
        arena_done(&own);
    }
    assert_true(tried > 1500);
    assert_true(refused + 16 > tried);
}

static void other_keys_do_not_verify(void **state)
{
    struct saml_metadata metadata;
    struct saml_response response;

    (void)state;
    read_both(&captures[0], &metadata, &response);
    struct saml_response_in in = { .xml = str_trim(fixture(captures[0].response)) };
    assert_ok(saml_read_response(&in, &arena, &response));
    assert_int_equal(response.verdict, SAML_BAD_SIGNATURE);
    assert_null(response.claims.issuer.ptr);
}

static void the_wrong_role_is_denied(void **state)
{
    struct saml_metadata metadata;
    struct saml_response response;
    struct saml_identity who = { 0 };
    enum saml_refusal refusal = SAML_ACCEPTED;
    str text = STR_NONE;

    (void)state;
    read_both(&captures[1], &metadata, &response);
    struct saml_rules rules = { .now_s = seconds(captures[1].now),
                                .entity_id = metadata.entity_id,
                                .role_arn = STR("arn:aws:iam::111122223333:role/ro"),
                                .provider_arn = STR(PROVIDER) };
    assert_ok(saml_check(&response.claims, &rules, &arena, &who, &refusal, &text));
    assert_int_equal(refusal, SAML_ACCEPTED); /* its second pair */
    rules.role_arn = STR("arn:aws:iam::111122223333:role/other");
    assert_ok(saml_check(&response.claims, &rules, &arena, &who, &refusal, &text));
    assert_int_equal(refusal, SAML_DENIED);
    rules.role_arn = STR(ROLE);
    rules.entity_id = STR("urn:other");
    assert_ok(saml_check(&response.claims, &rules, &arena, &who, &refusal, &text));
    assert_int_equal(refusal, SAML_INVALID);
    assert_str(text, "Issuer not present in specified provider");
}

static void zeroed_claims_are_refused(void **state)
{
    struct saml_claims claims = { 0 };
    struct saml_rules rules = { 0 };
    struct saml_identity who = { 0 };
    enum saml_refusal refusal = SAML_ACCEPTED;
    str text = STR_NONE;

    (void)state;
    assert_ok(saml_check(&claims, &rules, &arena, &who, &refusal, &text));
    assert_int_not_equal(refusal, SAML_ACCEPTED);
    assert_non_null(text.ptr);
}

static void the_name_qualifier_is_as_documented(void **state)
{
    str qualifier = STR_NONE;

    (void)
        state; /* IAM user guide: BASE64(SHA1("https://example.com/saml" "123456789012" "/MySAMLIdP")) */
    assert_ok(saml_name_qualifier(STR("https://example.com/saml"), STR("123456789012"),
                                  STR("MySAMLIdP"), &arena, &qualifier));
    assert_str(qualifier, "1uAJanUnBc2XeUkHURMht+xam2c=");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(responses_of_real_providers_are_accepted),
        TEST(a_second_too_late_is_too_late),
        TEST(a_clock_may_be_a_minute_ahead),
        TEST(every_changed_byte_of_what_is_signed_is_refused),
        TEST(other_keys_do_not_verify),
        TEST(the_wrong_role_is_denied),
        TEST(zeroed_claims_are_refused),
        TEST(the_name_qualifier_is_as_documented),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
