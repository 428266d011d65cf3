/* service/protocol/operation.c, api.c, page.c and request.c. */
#include "service/protocol/page.h"
#include "wire.h"

static struct arena arena;

struct find_case {
    const char *label, *form;
    enum api_error_id error; /* ERR_NONE: found */
    const char *text;        /* name, or message */
};

static const struct find_case cases[] = {
    { "sts", "Action=GetCallerIdentity&Version=2011-06-15", ERR_NONE, "GetCallerIdentity" },
    { "iam first", "Action=AcceptDelegationRequest&Version=2010-05-08", ERR_NONE,
      "AcceptDelegationRequest" },
    { "iam last", "Action=UploadSigningCertificate&Version=2010-05-08", ERR_NONE,
      "UploadSigningCertificate" },
    { "none", "Version=2011-06-15", ERR_MissingAction,
      "The request must contain the parameter Action." },
    { "empty", "Action=&Version=2011-06-15", ERR_InvalidAction,
      "Could not find operation  for version 2011-06-15" },
    { "empty version", "Action=GetCallerIdentity&Version=", ERR_InvalidAction,
      "Could not find operation GetCallerIdentity for version " },
    { "no version", "Action=GetCallerIdentity", ERR_InvalidAction,
      "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED" },
    { "the other's version", "Action=GetCallerIdentity&Version=2010-05-08", ERR_InvalidAction,
      "Could not find operation GetCallerIdentity for version 2010-05-08" },
    { "case", "Action=getcalleridentity&Version=2011-06-15", ERR_InvalidAction,
      "Could not find operation getcalleridentity for version 2011-06-15" },
    { "prefix", "Action=GetCaller&Version=2011-06-15", ERR_InvalidAction,
      "Could not find operation GetCaller for version 2011-06-15" },
};

static void test_find(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct find_case *c = &cases[i];
        const struct api_operation *op = NULL;
        struct api_fault fault = { 0 };
        struct form form;
        arena_reset(&arena);
        assert_ok(form_parse(str_cstr(c->form), 10, &arena, &form));
        enum rc rc = protocol_operation(&form, &arena, &op, &fault);
        str text = rc == RC_OK ? op->name : fault.message;
        if (fault.error != c->error || !str_eq(text, str_cstr(c->text))) {
            fail_msg("%s: \"%.*s\"", c->label, FMT(text));
        }
    }
}

/* Every operation is found by its own name, and says what it is authorized on. */
static void test_every_operation(void **state)
{
    size_t count = 0, free_ones = 0;

    for (size_t i = 0; i < api_service_count; i++) {
        const struct api_service *service = api_services[i];
        for (size_t j = 0; j < service->operation_count; j++, count++) {
            const struct api_operation *op = &service->operations[j];
            assert_ptr_equal(api_find(service->version, op->name), op);
            assert_int_equal(op->built, op->handler != NULL);
            free_ones += op->authz_count == 0;
            for (size_t k = 0; k < op->authz_count; k++) {
                assert_true(op->authz[k].action.len > 0);
            }
        }
    }
    assert_int_equal(count, 187);
    assert_int_equal(free_ones, 2); /* GetCallerIdentity and GetSessionToken */
}

static struct rq request(str action)
{
    return (struct rq){ .arena = &arena,
                        .op = api_find(IAM, action),
                        .account = 123456789012,
                        .account_text = STR("123456789012") };
}

static void test_markers(void **state)
{
    struct rq rq = request(STR("ListUsers"));
    str marker = page_marker(&rq, STR("zo\xC3\xAB")), key;
    size_t max;

    assert_non_null(marker.ptr);
    assert_ok(page_begin(&rq, marker, (struct opt_int){ 7, true }, &key, &max));
    assert_str(key, "zo\xC3\xAB");
    assert_int_equal(max, 7);

    assert_ok(page_begin(&rq, STR_NONE, (struct opt_int){ 0 }, &key, &max));
    assert_null(key.ptr);
    assert_int_equal(max, 100);
}

static void test_foreign_markers(void **state)
{
    struct rq users = request(STR("ListUsers")), roles = request(STR("ListRoles"));
    struct rq other = request(STR("ListUsers"));
    str key = STR_NONE, from_roles = page_marker(&roles, STR("k"));
    str cases_of[] = { from_roles, STR(""), STR("garbage"), STR("AQ"), STR("!!!!") };
    size_t max;

    other.account_text = STR("210987654321");
    for (size_t i = 0; i < COUNT_OF(cases_of); i++) {
        struct rq rq = users;
        assert_int_equal(page_begin(&rq, cases_of[i], (struct opt_int){ 0 }, &key, &max), RC_API);
        assert_int_equal(rq.error, ERR_ValidationError);
        assert_str(rq.error_message, "Invalid Marker.");
    }
    assert_int_equal(
        page_begin(&other, page_marker(&users, STR("k")), (struct opt_int){ 0 }, &key, &max),
        RC_API);
}

/* The longest key makes a marker the model still accepts (320 characters). */
static void test_longest_marker(void **state)
{
    struct rq rq = request(STR("ListUsers"));
    char key[PAGE_KEY_BYTES_MAX + 1];

    memset(key, 'k', sizeof(key));
    str marker = page_marker(&rq, str_from(key, PAGE_KEY_BYTES_MAX));
    assert_in_range(marker.len, 1, 320);
    assert_null(page_marker(&rq, str_from(key, sizeof(key))).ptr);
}

static void test_first_failure_stays(void **state)
{
    struct rq rq = request(STR("ListUsers"));

    assert_int_equal(api_fail(&rq, ERR_NoSuchEntity, "no %s", "one"), RC_API);
    assert_int_equal(api_fail(&rq, ERR_ServiceFailure, "later"), RC_API);
    assert_true(rq.failed);
    assert_int_equal(rq.error, ERR_NoSuchEntity);
    assert_str(rq.error_message, "no one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),           cmocka_unit_test(test_every_operation),
        cmocka_unit_test(test_markers),        cmocka_unit_test(test_foreign_markers),
        cmocka_unit_test(test_longest_marker), cmocka_unit_test(test_first_failure_stays),
    };
    arena_init(&arena, &heap, 65536, 1 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
