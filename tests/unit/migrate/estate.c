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
#define KEY_BOB "{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\",\"Status\":\"Active\"}"
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
          STR_INIT("{\"UserDetailList\":[{\"UserName\":"), RC_SYNTAX, "broken off" },
        { "a key of two", "access-keys.json",
          STR_INIT("[{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"ann\"},"
                   "{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\"}]"),
          RC_OK, "of bob here and of ann further up" },
        { "a key twice", "access-keys.json",
          STR_INIT("[{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\"},"
                   "{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\"}]"),
          RC_OK, "a second time" },
        { "no key id", "access-keys.json",
          STR_INIT("[{\"AccessKeyId\":\"AKIA bob\",\"UserName\":\"bob\"}]"), RC_OK,
          "no access key id" },
        { "keys of another account", "access-keys.json",
          STR_INIT("[{\"AccessKeyId\":\"AKIAQYLPMN5HHHFPZAM2\",\"UserName\":\"bob\"},"
                   "{\"AccessKeyId\":\"AKIAQYLPMN5HFIQR7XYA\",\"UserName\":\"bob\"}]"),
          RC_OK, "all key ids are of account 052310077262" },
        { "half-written keys", "access-keys.json", STR_INIT("[" KEY_BOB ",{\"AccessKeyId\":\"AK"),
          RC_OK, "broken off" },
        { "another kind of keys", "access-keys.json", STR_INIT(PAGE_2), RC_OK,
          "looks like the answer of get-account-authorization-details" },
        { "a user twice", "account-authorization-details.json", STR_INIT(PAGE_2 PAGE_2), RC_OK,
          "the user ann is there a second time" },
        { "a role twice", "account-authorization-details.json", STR_INIT(PAGE_2 PAGE_2), RC_OK,
          "the role r is there a second time" },
        { "an error for an export", "account-authorization-details.json",
          STR_INIT("\nAn error occurred (AccessDenied) when calling it\n"), RC_SYNTAX,
          "what the aws command says when it fails" },
        { "another text", "account-authorization-details.json", STR_INIT("Hello there"), RC_SYNTAX,
          "it begins with \"Hello there\"" },
        { "nothing in it", "account-authorization-details.json", STR_INIT(" \r\n"), RC_SYNTAX,
          "is empty" },
        { "no comma", "access-keys.json", STR_INIT("[" KEY_BOB " " KEY_BOB "]"), RC_OK,
          "no JSON that can be read" },
        { "half of a gzip", "access-keys.json", STR_INIT("\x1F\x8B\x08\0\0\0\0\0\0\3\xAB"), RC_OK,
          "cut off" },
        { "a zip", "access-keys.json", STR_INIT("PK\3\4..."), RC_OK, "packed with zip" },
        { "half of a wide character", "access-keys.json", STR_INIT("\xFF\xFE[\0]\0\x20"), RC_OK,
          "is UTF-16 and damaged at byte 4" },
        { "half of a pair", "access-keys.json", STR_INIT("\xFE\xFF\xD8\0\0["), RC_OK,
          "is UTF-16 and damaged at byte 0" },
        { "an empty report", "credential-report.csv", STR_INIT(""), RC_OK, "is empty" },
        { "a report of nobody", "credential-report.csv", STR_INIT("user,arn\n"), RC_OK,
          "holds no row" },
        { "semicolons", "credential-report.csv", STR_INIT("user;arn\nbob;x\n"), RC_OK,
          "in semicolons" },
        { "a row twice", "credential-report.csv",
          STR_INIT(REPORT_HEAD REPORT_BOB REPORT_ANN REPORT_BOB), RC_OK,
          "bob has a row in line 3 already" },
        { "a report of another account", "credential-report.csv",
          STR_INIT("user,arn\nbob,arn:aws:iam::999999999999:user/bob\n"), RC_OK,
          "is of account 999999999999" },
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

/* What stands before the fault is not lost; that it is not all is known. */
static void test_half_an_export(void **state)
{
    put_good();
    put("access-keys.json", STR("[" KEY_BOB ", {\"AccessKeyId\":"));
    put("credential-report.csv", STR(REPORT_HEAD REPORT_BOB "ann,1\n"));
    assert_ok(estate_open(folder, &estate));
    assert_false(estate.has_keys);
    assert_int_equal(estate.key_count, 1);
    assert_true(estate_user(&estate, STR("bob"))->key_count == 1);
    assert_true(estate.has_report);
    assert_int_equal(estate.report_bad_rows, 1);
    estate_close(&estate);
}

/* A report of another account says nothing of users of the same name. */
static void test_report_of_another_account_is_left_out(void **state)
{
    put_good();
    put("credential-report.csv",
        STR("user,arn,mfa_active\nbob,arn:aws:iam::999999999999:user/bob,true\n"));
    assert_ok(estate_open(folder, &estate));
    assert_false(estate.has_report);
    assert_null(estate_user(&estate, STR("bob"))->report);
    estate_close(&estate);
}

static void test_account_without_users(void **state)
{
    put("account-authorization-details.json",
        STR("{\"UserDetailList\":[],\"RoleDetailList\":[],\"Policies\":[]}"));
    assert_ok(estate_open(folder, &estate));
    assert_int_equal(estate.user_count, 0);
    estate_close(&estate);
}

static void widen(str text, bool big, bool mark, buf *out)
{
    static const str marks[2] = { STR_INIT("\xFF\xFE"), STR_INIT("\xFE\xFF") };

    buf_add(out, mark ? marks[big] : STR(""));
    for (uint32_t c; take_utf8(&text, &c);) {
        uint32_t units[2] = { c, 0 };
        unsigned count = 1;
        if (c >= 0x10000) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF);
            count = 2;
        }
        for (unsigned i = 0; i < count; i++) {
            char bytes[2] = { (char)(units[i] & 0xFF), (char)(units[i] >> 8) };
            buf_add_char(out, bytes[big]);
            buf_add_char(out, bytes[!big]);
        }
    }
}

/* As PowerShell writes them, as gzip leaves them, with marks: the same comes of it. */
static void test_other_dresses(void **state)
{
    static const str keys = STR_INIT(
        "[{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\",\"Status\":"
        "\"Active\",\"Note\":\"\xC3\xA9\xF0\x9F\x94\x91\"}]");

    for (unsigned i = 0; i < 7; i++) {
        buf dressed = buf_heap(1 << 20);
        if (i < 4) {
            widen(keys, i / 2 == 1, i % 2 == 1, &dressed);
        } else if (i == 4) {
            pack(keys, &dressed);
        } else if (i == 5) { /* two members, cut in the middle */
            pack(str_slice(keys, 0, 20), &dressed);
            pack(str_skip(keys, 20), &dressed);
        } else {
            buf_add(&dressed, STR("\xEF\xBB\xBF"));
            buf_add(&dressed, keys);
        }
        put_good();
        put("access-keys.json", buf_str(&dressed));
        assert_ok(estate_open(folder, &estate));
        assert_true(estate.has_keys);
        assert_int_equal(estate.key_count, 1);
        assert_str(estate.keys[0].id, "AKIABOB");
        estate_close(&estate);
        buf_done(&dressed);
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
        cmocka_unit_test_setup_teardown(test_half_an_export, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_of_another_account_is_left_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_account_without_users, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_dresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
