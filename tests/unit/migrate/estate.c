#include "trailfile/files.h"

#include "migrate/estate.h"

static struct estate estate;

static int setup(void **state)
{
    folder_make();
    estate = (struct estate){ .report_s = 0 };
    return 0;
}

static int teardown(void **state)
{
    folder_remove();
    return 0;
}

#define STATEMENT(action)                                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"" action         \
    "\",\"Resource\":\"*\"}}"
#define ENCODED                                                                                    \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22"  \
    "Action%22%3A%22sqs%3ASendMessage%22%2C%22Resource%22%3A%22%2A%22%7D%7D"
#define BOB_BOUNDARY "arn:aws:iam::111122223333:policy/limit"
#define PAGE_1                                                                                     \
    "{\"UserDetailList\":[{\"UserName\":\"bob\",\"Path\":\"/\",\"UserId\":\"AIDAB\",\"Arn\":"      \
    "\"arn:aws:iam::111122223333:user/bob\",\"CreateDate\":\"2023-05-11T09:30:00+00:00\","         \
    "\"GroupList\":[\"staff\"],\"UserPolicyList\":[{\"PolicyName\":\"own\","                       \
    "\"PolicyDocument\":" STATEMENT(                                                               \
        "s3:GetObject") "}],\"AttachedManagedPolicies\":[{\"PolicyArn\":"                          \
                        "\"arn:aws:iam::111122223333:policy/queue\"}],\"PermissionsBoundary\":"    \
                        "{\"PermissionsBoundaryArn\":\"" BOB_BOUNDARY                              \
                        "\"},\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}"                          \
                        "],\"GroupDetailList\":[{\"GroupName\":\"staff\",\"GroupPolicyList\":[{"   \
                        "\"PolicyName\":\"g\","                                                    \
                        "\"PolicyDocument\":\"" ENCODED "\"}]}],\"IsTruncated\":true}"
#define PAGE_2                                                                                     \
    "{\"UserDetailList\":[{\"UserName\":\"ann\",\"Arn\":\"arn:aws:iam::111122223333:user/ann\","   \
    "\"CreateDate\":\"2024-01-01 00:00:00+00:00\",\"AttachedManagedPolicies\":[{\"PolicyArn\":"    \
    "\"arn:aws:iam::aws:policy/ReadOnlyAccess\"}]}],\"RoleDetailList\":[{\"RoleName\":\"r\","      \
    "\"Arn\":\"arn:aws:iam::111122223333:role/r\",\"AssumeRolePolicyDocument\":"                   \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"  \
    "\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}},\"RoleLastUsed\":"                     \
    "{\"LastUsedDate\":\"2026-01-01T00:00:00Z\"}}],\"Policies\":[{\"Arn\":"                        \
    "\"arn:aws:iam::111122223333:policy/"                                                          \
    "queue\",\"DefaultVersionId\":\"v2\",\"PolicyVersionList\":"                                   \
    "[{\"VersionId\":\"v1\",\"Document\":" STATEMENT(                                              \
        "ec2:*") "},{\"VersionId\":\"v2\","                                                        \
                 "\"IsDefaultVersion\":true,\"Document\":\"" ENCODED                               \
                 "\"}]},{\"Arn\":\"" BOB_BOUNDARY "\","                                            \
                 "\"PolicyVersionList\":[{\"IsDefaultVersion\":true,\"Document\":" STATEMENT(      \
                     "s*:*") "}]}],"                                                               \
                             "\"IsTruncated\":false}"
#define KEYS                                                                                       \
    "[{\"UserName\":\"bob\",\"AccessKeyMetadata\":[{\"AccessKeyId\":\"AKIABOB\",\"Status\":"       \
    "\"Active\",\"CreateDate\":\"2023-05-11T09:31:00+00:00\",\"UserName\":\"bob\"}]}]"
#define REPORT_HEAD                                                                                \
    "arn,user,new_column,mfa_active,password_enabled,user_creation_time,access_key_1_active,"      \
    "access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_service\n"       \
    "arn:aws:iam::111122223333:root,<root_account>,x,true,not_supported,2019-03-02T08:00:00+00:"   \
    "00,"                                                                                          \
    "false,N/A,N/A,N/A\n"
#define REPORT_BOB                                                                                 \
    "arn:aws:iam::111122223333:user/bob,bob,x,false,true,2023-05-11T09:30:00+00:00,true,"          \
    "2023-05-11T09:31:00+00:00,2026-05-04T10:00:00+00:00,s3\n"
#define REPORT_ANN                                                                                 \
    "arn:aws:iam::111122223333:user/ann,ann,x,true,false,2024-01-01T00:00:00+00:00,false,N/A,N/"   \
    "A,N/A\n"

static void put_good(void)
{
    put("account-authorization-details.json", STR(PAGE_1 "\n" PAGE_2 "\n"));
    put("access-keys.json", STR(KEYS));
    put("credential-report.csv", STR(REPORT_HEAD REPORT_BOB REPORT_ANN));
}

static enum decision_result decide(const struct estate_user *user, const char *action)
{
    struct policy_stack stack;
    struct policy_request request = {
        .principal = { .type = PRINCIPAL_USER, .account = user->account, .arn = user->arn },
        .action = str_cstr(action),
        .resource = STR("*"),
    };
    struct decision decision;
    struct arena arena;

    arena_init(&arena, &heap, 4096, 1 << 24);
    assert_ok(estate_stack(&user->policies, &user->boundary, &arena, &stack));
    policy_decide(&stack, &request, &decision);
    arena_done(&arena);
    return decision.result;
}

static void test_all_three(void **state)
{
    const struct estate_user *bob, *ann;

    put_good();
    assert_ok(estate_open(folder, &estate));
    for (size_t i = 1; i < estate.problem_count; i++) {
        fail_msg("%.*s", FMT(estate.problems[i].what));
    }
    assert_int_equal(estate.problem_count, 1); /* ReadOnlyAccess has no document */
    assert_str(estate.account, "111122223333");
    assert_int_equal(estate.user_count, 2);
    assert_str(estate.users[0].name, "ann");
    bob = estate_user_by_arn(&estate, STR("arn:aws:iam::111122223333:user/bob"));
    ann = estate_user(&estate, STR("ann"));
    assert_non_null(bob);
    assert_int_equal(bob->policies.count, 3);
    assert_int_equal(bob->policies.unknown, 0);
    assert_int_equal(decide(bob, "s3:GetObject"), DECIDED_ALLOW);
    assert_int_equal(decide(bob, "sqs:SendMessage"), DECIDED_ALLOW);
    assert_int_equal(decide(bob, "ec2:RunInstances"),
                     DECIDED_IMPLICIT_DENY); /* v1 is not current */
    assert_str(bob->tags[0].value, "v");
    assert_int_equal(bob->key_count, 1);
    assert_true(bob->keys[0]->active);
    assert_int_equal(bob->keys[0]->last_used_s, 1777888800);
    assert_str(bob->keys[0]->last_service, "s3");
    assert_true(bob->report->password_enabled && !bob->report->mfa_active);
    assert_int_equal(ann->policies.unknown, 1);
    assert_int_equal(ann->created_s, 1704067200);
    assert_true(estate_key(&estate, STR("AKIABOB")) == bob->keys[0]);
    assert_non_null(
        estate_role_by_arn(&estate, STR("arn:aws:iam::111122223333:role/r"))->trust.ptr);
    estate_close(&estate);
}

static void test_boundary_counts(void **state)
{
    put_good();
    put("account-authorization-details.json",
        STR("[{\"UserDetailList\":[{\"UserName\":\"u\",\"Arn\":\"arn:aws:iam::111122223333:user/"
            "u\","
            "\"UserPolicyList\":[{\"PolicyName\":\"p\",\"PolicyDocument\":" STATEMENT(
                "*") "}],"
                     "\"PermissionsBoundary\":{\"PermissionsBoundaryArn\":\"" BOB_BOUNDARY "\"}}]},"
                     "{\"Policies\":[{\"Arn\":\"" BOB_BOUNDARY
                     "\",\"PolicyVersionList\":[{\"IsDefaultVersion\":"
                     "true,\"Document\":" STATEMENT("s*:*") "}]}]}]")); /* an array of pages */
    assert_ok(estate_open(folder, &estate));
    assert_int_equal(decide(&estate.users[0], "sqs:SendMessage"), DECIDED_ALLOW);
    assert_int_equal(decide(&estate.users[0], "ec2:RunInstances"), DECIDED_IMPLICIT_DENY);
    estate_close(&estate);
}

/* The answer of the API, and its Content alone. */
static void test_report_in_base64(void **state)
{
    static const str reports[] = {
        STR_INIT(
            "{\"Content\":\"dXNlcixtZmFfYWN0aXZlCmJvYix0cnVlCg==\",\"ReportFormat\":\"text/csv\","
            "\"GeneratedTime\":\"2026-05-07T15:40:22+00:00\"}"),
        STR_INIT("{\"Content\":\"user,mfa_active\\nbob,true\\n\"}"),
        STR_INIT("dXNlcixtZmFfYWN0aXZlCmJvYix0cnVlCg==\n"),
    };

    for (size_t i = 0; i < COUNT_OF(reports); i++) {
        put_good();
        put("credential-report.csv", reports[i]);
        assert_ok(estate_open(folder, &estate));
        assert_true(estate.has_report);
        assert_true(estate_user(&estate, STR("bob"))->report->mfa_active);
        assert_true(i > 0 || estate.report_s == 1778168422);
        estate_close(&estate);
    }
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *name, *file;
        str content;
        enum rc want;
        const char *said; /* part of a problem */
    } cases[] = {
        { "half-written details", "account-authorization-details.json",
          STR_INIT("{\"UserDetailList\":[{\"UserName\":"), RC_SYNTAX, "unexpected end" },
        { "other JSON", "account-authorization-details.json", STR_INIT("{\"a\":1}"), RC_SYNTAX,
          "no UserDetailList" },
        { "more pages", "account-authorization-details.json", STR_INIT(PAGE_1), RC_OK,
          "IsTruncated" },
        { "another account", "account-authorization-details.json",
          STR_INIT(PAGE_1 "{\"UserDetailList\":[{\"UserName\":\"x\",\"Arn\":"
                          "\"arn:aws:iam::999999999999:user/x\"}]}"),
          RC_OK, "another account" },
        { "a document that is none", "account-authorization-details.json",
          STR_INIT("{\"UserDetailList\":[{\"UserName\":\"x\",\"Arn\":"
                   "\"arn:aws:iam::111122223333:user/x\",\"UserPolicyList\":[{\"PolicyName\":\"p\","
                   "\"PolicyDocument\":\"%7Bnot\"}]}]}"),
          RC_OK, "is no policy" },
        { "a key of nobody", "access-keys.json",
          STR_INIT("[{\"AccessKeyMetadata\":[{\"AccessKeyId\":\"AKIA2\",\"UserName\":\"eve\"}]}]"),
          RC_OK, "who is not in" },
        { "a key less", "access-keys.json", STR_INIT("[]"), RC_OK, "key 1 of bob is not in" },
        { "a key inactive since", "access-keys.json",
          STR_INIT("{\"AccessKeyMetadata\":[{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\","
                   "\"Status\":\"Inactive\",\"CreateDate\":\"2023-05-11T09:31:00+00:00\"}]}"),
          RC_OK, "is active here and inactive" },
        { "no JSON", "access-keys.json", STR_INIT("AKIA"), RC_OK, "no JSON" },
        { "a user gone", "credential-report.csv", STR_INIT(REPORT_HEAD REPORT_BOB), RC_OK,
          "ann has no row" },
        { "a user made again", "credential-report.csv",
          STR_INIT("user,user_creation_time\nbob,2020-01-01T00:00:00Z\nann,N/A\n"), RC_OK,
          "another time" },
        { "a short line", "credential-report.csv", STR_INIT(REPORT_HEAD "bob,1\n" REPORT_ANN),
          RC_OK, "2 cells, not 10" },
        { "no report", "credential-report.csv", STR_INIT("a,b\n1,2\n"), RC_OK,
          "no credential report" },
        { "no time", "credential-report.csv",
          STR_INIT("user,user_creation_time\nbob,yesterday\nann,N/A\n"), RC_OK, "is no time" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool said = false;
        enum rc rc;
        size_t at;
        put_good();
        put(cases[i].file, cases[i].content);
        rc = estate_open(folder, &estate);
        for (size_t j = 0; j < estate.problem_count; j++) {
            said |= str_find(estate.problems[j].what, str_cstr(cases[i].said), &at);
        }
        if (rc != cases[i].want || !said) {
            fail_msg("%s: %s, %s", cases[i].name, rc_name(rc),
                     estate.problem_count ? estate.problems[0].what.ptr : "nothing said");
        }
        estate_close(&estate);
    }
}

static void test_no_folder(void **state)
{
    assert_int_equal(estate_open("/nonexistent/estate", &estate), RC_NOENT);
    assert_int_equal(estate.problem_count, 1);
    estate_close(&estate);
    assert_int_equal(estate_open(folder, &estate), RC_NOENT);
    assert_int_equal(estate.problem_count, 1);
    estate_close(&estate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_three, setup, teardown),
        cmocka_unit_test_setup_teardown(test_boundary_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_in_base64, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
