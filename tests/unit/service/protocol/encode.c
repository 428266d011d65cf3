/* service/protocol/encode.c and json_view.c: structs into XML and into the trail's JSON. */
#include "service/protocol/json_view.h"
#include "wire.h"

static buf out;

static struct iam_Tag tags[] = { { STR_INIT("k"), STR_INIT("a<b") } };
static struct iam_Role role = {
    .Path = STR_INIT("/"),
    .RoleName = STR_INIT("app"),
    .RoleId = STR_INIT("AROAAAAAAAAAAAAAAAAAA"),
    .Arn = STR_INIT("arn:aws:iam::123456789012:role/app"),
    .CreateDate = { 1795451157, true },
    .AssumeRolePolicyDocument = STR_INIT("{ \"a\": \"%3A\" }"),
    .Tags = { tags, 1, true },
};

static void encode(str version, str action, const void *value)
{
    buf_clear(&out);
    protocol_encode(api_find(version, action), value, STR("R-1"), &out);
    assert_int_equal(out.err, RC_OK);
}

static void test_result(void **state)
{
    struct iam_CreateRole_out value = { .Role = &role };

    encode(IAM, STR("CreateRole"), &value);
    assert_str(buf_str(&out),
               "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
               "<CreateRoleResult><Role><Path>/</Path><RoleName>app</RoleName>"
               "<RoleId>AROAAAAAAAAAAAAAAAAAA</RoleId>"
               "<Arn>arn:aws:iam::123456789012:role/app</Arn>"
               "<CreateDate>2026-11-23T16:25:57Z</CreateDate>"
               "<AssumeRolePolicyDocument>%7B%20%22a%22%3A%20%22%253A%22%20%7D"
               "</AssumeRolePolicyDocument>"
               "<Tags><member><Key>k</Key><Value>a&lt;b</Value></member></Tags></Role>"
               "</CreateRoleResult><ResponseMetadata><RequestId>R-1</RequestId></ResponseMetadata>"
               "</CreateRoleResponse>");
}

static void test_no_result(void **state)
{
    encode(IAM, STR("DeleteRole"), NULL);
    assert_str(buf_str(&out),
               "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
               "<ResponseMetadata><RequestId>R-1</RequestId></ResponseMetadata>"
               "</DeleteRoleResponse>");
}

static void test_empty_result(void **state)
{
    encode(IAM, STR("UpdateRole"), NULL);
    assert_str(buf_str(&out),
               "<UpdateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
               "<UpdateRoleResult></UpdateRoleResult>"
               "<ResponseMetadata><RequestId>R-1</RequestId></ResponseMetadata>"
               "</UpdateRoleResponse>");
}

static void test_map_empty_list_and_boolean(void **state)
{
    struct iam_summaryMap_entry entries[] = { { STR_INIT("Users"), { 3, true } } };
    struct iam_GetAccountSummary_out summary = { .SummaryMap = { entries, 1, true } };
    struct iam_ListUsers_out users = { .Users = { NULL, 0, true }, .IsTruncated = { false, true } };

    encode(IAM, STR("GetAccountSummary"), &summary);
    assert_true(str_starts(str_skip(buf_str(&out), 77),
                           STR("<GetAccountSummaryResult><SummaryMap><entry><key>Users</key>"
                               "<value>3</value></entry></SummaryMap>")));
    encode(IAM, STR("ListUsers"), &users);
    assert_true(str_starts(str_skip(buf_str(&out), 69),
                           STR("<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated>"
                               "</ListUsersResult>")));
}

static void test_errors(void **state)
{
    buf_clear(&out);
    protocol_error(api_find_service(IAM), ERR_NoSuchEntity, STR("no <role>"), STR("R-2"), &out);
    assert_str(buf_str(&out),
               "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
               "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;role&gt;</Message>"
               "</Error><RequestId>R-2</RequestId></ErrorResponse>");
    assert_int_equal(protocol_status(ERR_NoSuchEntity), 404);
    buf_clear(&out);
    protocol_error(NULL, ERR_ServiceFailure, STR(""), STR("R-3"), &out);
    assert_str(buf_str(&out),
               "<ErrorResponse xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\"><Error>"
               "<Type>Receiver</Type><Code>ServiceFailure</Code>"
               "</Error><RequestId>R-3</RequestId></ErrorResponse>");
    buf_clear(&out);
    protocol_error(api_find_service(IAM), ERR_InvalidAction, STR("m"), STR("R-4"), &out);
    assert_true(str_starts(
        buf_str(&out),
        STR("<ErrorResponse xmlns=\"http://webservices.amazon.com/AWSFault/2005-15-09\">")));
    assert_int_equal(protocol_status(ERR_NotImplemented), 501);
    assert_int_equal(protocol_status(ERR_NONE), 500);
}

static void test_json(void **state)
{
    struct iam_CreateRole_out made = { .Role = &role };
    struct iam_summaryMap_entry entries[] = { { STR_INIT("Users"), { 3, true } } };
    struct iam_GetAccountSummary_out summary = { .SummaryMap = { entries, 1, true } };
    const struct api_operation *op = api_find(IAM, STR("CreateRole"));

    buf_clear(&out);
    protocol_encode_json(op, &made, STR("R-1"), &out);
    assert_str(buf_str(&out),
               "{\"CreateRoleResponse\":{\"CreateRoleResult\":{\"Role\":{\"Path\":\"/\","
               "\"RoleName\":\"app\",\"RoleId\":\"AROAAAAAAAAAAAAAAAAAA\","
               "\"Arn\":\"arn:aws:iam::123456789012:role/app\",\"CreateDate\":1795451157,"
               "\"AssumeRolePolicyDocument\":\"%7B%20%22a%22%3A%20%22%253A%22%20%7D\","
               "\"Description\":null,\"MaxSessionDuration\":null,\"PermissionsBoundary\":null,"
               "\"Tags\":[{\"Key\":\"k\",\"Value\":\"a<b\"}],\"RoleLastUsed\":null}},"
               "\"ResponseMetadata\":{\"RequestId\":\"R-1\"}}}");
    buf_clear(&out);
    protocol_encode_json(api_find(IAM, STR("GetAccountSummary")), &summary, STR("R-1"), &out);
    assert_true(
        str_starts(buf_str(&out), STR("{\"GetAccountSummaryResponse\":{\"GetAccountSummaryResult\":"
                                      "{\"SummaryMap\":{\"Users\":3}},")));
    buf_clear(&out);
    protocol_encode_json(api_find(IAM, STR("DeleteRole")), NULL, STR("R-1"), &out);
    assert_str(buf_str(&out), "{\"DeleteRoleResponse\":{\"ResponseMetadata\":{\"RequestId\":"
                              "\"R-1\"}}}");
    buf_clear(&out);
    protocol_error_json(NULL, ERR_NoSuchEntity, STR("no \"role\""), STR("R-2"), &out);
    assert_str(buf_str(&out),
               "{\"Error\":{\"Code\":\"NoSuchEntity\",\"Message\":\"no \\\"role\\\"\","
               "\"Type\":\"Sender\"},\"RequestId\":\"R-2\"}");
}

/* No error of the tables is without a code and a status. */
static void test_every_error(void **state)
{
    for (size_t i = 0; i < API_ERROR_COUNT; i++) {
        assert_true(api_errors[i].code.len > 0);
        assert_in_range(api_errors[i].status, 400, 599);
        assert_int_equal(api_errors[i].sender, api_errors[i].status < 500);
    }
}

static void view(const struct api_shape *shape, const void *value)
{
    buf_clear(&out);
    json_view(shape, value, &out);
    assert_int_equal(out.err, RC_OK);
}

static void test_view(void **state)
{
    struct iam_CreateRole_in in = {
        .Path = STR_INIT("/"),
        .RoleName = STR_INIT("app"),
        .AssumeRolePolicyDocument = STR_INIT("{\"a\":1}"),
        .MaxSessionDuration = { 7200, true },
        .Tags = { tags, 1, true },
    };
    view(api_find(IAM, STR("CreateRole"))->in, &in);
    assert_str(buf_str(&out),
               "{\"roleName\":\"app\",\"assumeRolePolicyDocument\":\"{\\\"a\\\":1}\","
               "\"maxSessionDuration\":7200,\"tags\":[{\"key\":\"k\",\"value\":\"a<b\"}]}");
    view(NULL, NULL);
    assert_str(buf_str(&out), "null");
}

static void test_secrets_are_masked(void **state)
{
    struct iam_AccessKey key = {
        .UserName = STR_INIT("u"),
        .AccessKeyId = STR_INIT("AKIAAAAAAAAAAAAAAAAA"),
        .Status = STR_INIT("Active"),
        .SecretAccessKey = STR_INIT("very-secret"),
        .CreateDate = { 0, true },
    };
    struct iam_CreateAccessKey_out made = { .AccessKey = &key };
    struct sts_Credentials credentials = {
        .AccessKeyId = STR_INIT("ASIAAAAAAAAAAAAAAAAA"),
        .SecretAccessKey = STR_INIT("very-secret"),
        .SessionToken = STR_INIT("very-secret"),
        .Expiration = { 0, true },
    };
    struct sts_AssumeRole_out assumed = { .Credentials = &credentials };

    view(api_find(IAM, STR("CreateAccessKey"))->out, &made);
    assert_str(buf_str(&out),
               "{\"accessKey\":{\"userName\":\"u\",\"accessKeyId\":\"AKIAAAAAAAAAAAAAAAAA\","
               "\"status\":\"Active\",\"secretAccessKey\":\"HIDDEN_DUE_TO_SECURITY_REASONS\","
               "\"createDate\":\"1970-01-01T00:00:00Z\"}}");
    view(api_find(STS, STR("AssumeRole"))->out, &assumed);
    assert_str(buf_str(&out), "{\"credentials\":{\"accessKeyId\":\"ASIAAAAAAAAAAAAAAAAA\","
                              "\"secretAccessKey\":\"HIDDEN_DUE_TO_SECURITY_REASONS\","
                              "\"sessionToken\":\"HIDDEN_DUE_TO_SECURITY_REASONS\","
                              "\"expiration\":\"1970-01-01T00:00:00Z\"}}");
}

/* By name: whatever sounds like a secret is declared one, in every struct of every operation. */
static void check_secrets(const struct api_shape *shape, int depth)
{
    static const char *const secret[] = { "SecretAccessKey",  "SessionToken",     "Password",
                                          "OldPassword",      "NewPassword",      "ServicePassword",
                                          "PrivateKey",       "AddPrivateKey",    "SAMLAssertion",
                                          "QRCodePNG",        "WebIdentityToken", "TokenCode",
                                          "Base32StringSeed", "TradeInToken" };
    for (size_t i = 0; shape != NULL && i < shape->member_count && depth < 8; i++) {
        const struct api_member *member = &shape->members[i];
        for (size_t j = 0; j < COUNT_OF(secret); j++) {
            if (str_eq(member->name, str_cstr(secret[j])) && !member->sensitive) {
                fail_msg("%.*s.%s is not declared sensitive", FMT(shape->name), secret[j]);
            }
        }
        check_secrets(member->shape->type == API_LIST ? member->shape->item : member->shape,
                      depth + 1);
    }
}

static void test_no_secret_is_forgotten(void **state)
{
    for (size_t i = 0; i < api_service_count; i++) {
        for (size_t j = 0; j < api_services[i]->operation_count; j++) {
            check_secrets(api_services[i]->operations[j].in, 0);
            check_secrets(api_services[i]->operations[j].out, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_no_result),
        cmocka_unit_test(test_empty_result),
        cmocka_unit_test(test_map_empty_list_and_boolean),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_every_error),
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_secrets_are_masked),
        cmocka_unit_test(test_no_secret_is_forgotten),
    };
    out = buf_heap(1 << 16);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_done(&out);
    return failed;
}
