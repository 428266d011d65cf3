/* The client against a scripted service: what is sent, when it is sent again, and that no secret
 * gets out. */
#include "remote/remote.h"

#include <stdlib.h>
#include <unistd.h>

#include "system/system.h"
#include "unit.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzSECRETKEY0"

static const struct remote_reply *script;
static size_t script_at, sleeps;
static char sent[8][4096], sent_url[256];
static const char *variables[16][2];
static int64_t now_s = 1800000000;
static struct arena arena;

static enum rc scripted(void *context UNUSED, const struct remote_request *request,
                        struct arena *memory UNUSED, struct remote_reply *ret)
{
    size_t len = 0;

    (void)snprintf(sent_url, sizeof(sent_url), "%.*s", FMT(request->url));
    for (size_t i = 0; i < request->header_count; i++) {
        len += (size_t)snprintf(sent[script_at] + len, sizeof(sent[0]) - len, "%.*s: %.*s\n",
                                FMT(request->headers[i].name), FMT(request->headers[i].value));
    }
    (void)snprintf(sent[script_at] + len, sizeof(sent[0]) - len, "\n%.*s", FMT(request->body));
    *ret = script[script_at++];
    return RC_OK;
}

static const char *variable(void *context UNUSED, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(variables) && variables[i][0] != NULL; i++) {
        if (strcmp(variables[i][0], name) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

static void no_sleep(void *context UNUSED, int64_t ms UNUSED)
{
    sleeps++;
}

static int64_t fixed_now(const struct env *env UNUSED)
{
    return now_s * NS_PER_S;
}

static enum rc no_luck(const struct env *env UNUSED, void *out, size_t len)
{
    memset(out, 0x55, len);
    return RC_OK;
}

static const struct env fixed = { fixed_now, fixed_now, no_luck };

static void set(const char *name, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(variables); i++) {
        if (variables[i][0] == NULL || strcmp(variables[i][0], name) == 0) {
            variables[i][0] = name;
            variables[i][1] = value;
            return;
        }
    }
}

static struct remote *open_with(const char *profile, const char *endpoint, enum rc want,
                                str *ret_why)
{
    struct remote_config config = { .profile = profile,
                                    .endpoint = endpoint,
                                    .env = &fixed,
                                    .send = scripted,
                                    .getenv = variable,
                                    .sleep_ms = no_sleep };
    struct remote *remote = NULL;
    enum rc rc = remote_open(&config, &arena, &remote, ret_why);

    if (rc != want) {
        fail_msg("%s, not %s: %.*s", rc_name(rc), rc_name(want), FMT(*ret_why));
    }
    return remote;
}

static int fresh(void **state UNUSED)
{
    arena_init(&arena, &heap, 4096, 8 << 20);
    memset(variables, 0, sizeof(variables));
    memset(sent, 0, sizeof(sent));
    script_at = sleeps = 0;
    set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    set("AWS_SECRET_ACCESS_KEY", SECRET);
    set("HOME", "/nonexistent");
    return 0;
}

static int done(void **state UNUSED)
{
    arena_done(&arena);
    return 0;
}

#define OK_REPLY(inside)                                                                           \
    {                                                                                              \
        .status = 200, .body = STR_INIT("<XResponse><XResult>" inside "</XResult></XResponse>")    \
    }
#define BAD_REPLY(number, code)                                                                    \
    {                                                                                              \
        .status = (number), .body = STR_INIT("<ErrorResponse><Error><Code>" code                   \
                                             "</Code><Message>no</Message></Error>"                \
                                             "<RequestId>r-1</RequestId></ErrorResponse>")         \
    }

static enum rc call(struct remote *remote, struct remote_answer *answer)
{
    static const struct remote_param params[] = { { STR_INIT("UserName"), STR_INIT("a b&c") } };

    return remote_call(remote, STR("iam"), STR("X"), params, 1, &arena, answer);
}

static void a_call_is_signed_and_read(void **state UNUSED)
{
    static const struct remote_reply replies[] = { OK_REPLY("<A>1</A>") };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    set("AWS_SESSION_TOKEN", "TOKEN");
    remote = open_with(NULL, NULL, RC_OK, &why);
    assert_ok(call(remote, &answer));
    assert_str(answer_text(answer.result, STR("A")), "1");
    assert_string_equal(sent_url, "https://iam.amazonaws.com/");
    assert_non_null(strstr(sent[0], "Action=X&Version=2010-05-08&UserName=a%20b%26c"));
    assert_non_null(strstr(sent[0], "x-amz-security-token: TOKEN"));
    assert_non_null(strstr(sent[0], "/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;"
                                    "x-amz-date;x-amz-security-token, Signature="));
    assert_null(strstr(sent[0], SECRET));
    remote_close(remote);
}

static void partitions_have_endpoints_of_their_own(void **state UNUSED)
{
    static const struct remote_reply replies[] = { OK_REPLY(""), OK_REPLY(""), OK_REPLY("") };
    static const struct {
        const char *region, *iam, *sts, *scope;
    } cases[] = {
        { "eu-west-1", "https://iam.amazonaws.com/", "https://sts.eu-west-1.amazonaws.com/",
          "/us-east-1/iam/" },
        { "cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn/",
          "https://sts.cn-northwest-1.amazonaws.com.cn/", "/cn-north-1/iam/" },
        { "us-gov-east-1", "https://iam.us-gov.amazonaws.com/",
          "https://sts.us-gov-east-1.amazonaws.com/", "/us-gov-west-1/iam/" },
    };

    script = replies;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct remote_answer answer;
        str why = STR_NONE;
        struct remote *remote;
        set("AWS_REGION", cases[i].region);
        remote = open_with(NULL, NULL, RC_OK, &why);
        assert_ok(call(remote, &answer));
        assert_string_equal(sent_url, cases[i].iam);
        assert_non_null(strstr(sent[i], cases[i].scope));
        assert_string_equal(remote_endpoint(remote, STR("sts")).ptr, cases[i].sts);
        remote_close(remote);
    }
}

static void throttled_calls_are_tried_again(void **state UNUSED)
{
    static const struct remote_reply replies[] = { BAD_REPLY(400, "Throttling"),
                                                   { .status = 0, .trouble = "timed out" },
                                                   OK_REPLY("") };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    remote = open_with(NULL, "http://127.0.0.1:1", RC_OK, &why);
    assert_ok(call(remote, &answer));
    assert_int_equal(answer.attempts, 3);
    assert_int_equal(sleeps, 2);
    remote_close(remote);
}

static void attempts_end(void **state UNUSED)
{
    static const struct remote_reply replies[] = { BAD_REPLY(503, "ServiceUnavailable"),
                                                   BAD_REPLY(503, "ServiceUnavailable"),
                                                   OK_REPLY("") };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    set("AWS_MAX_ATTEMPTS", "2");
    remote = open_with(NULL, NULL, RC_OK, &why);
    assert_int_equal(call(remote, &answer), RC_API);
    assert_int_equal(answer.attempts, 2);
    assert_str(answer.code, "ServiceUnavailable");
    assert_str(answer.request_id, "r-1");
    remote_close(remote);
}

static void refusals_are_told_with_code_message_and_id(void **state UNUSED)
{
    static const struct remote_reply replies[] = { BAD_REPLY(403, "AccessDenied"),
                                                   { .status = 200, .body = STR_INIT("<html>") } };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    remote = open_with(NULL, NULL, RC_OK, &why);
    assert_int_equal(call(remote, &answer), RC_API);
    assert_int_equal(answer.attempts, 1);
    assert_str(answer.code, "AccessDenied");
    assert_str(answer.message, "no");
    assert_int_equal(call(remote, &answer), RC_IO); /* nobody knows what a 200 of a proxy means */
    remote_close(remote);
}

static void a_wrong_clock_is_corrected_a_wrong_secret_is_not(void **state UNUSED)
{
    static const struct remote_reply replies[] = {
        { .status = 403,
          .date_s = 1800000000 + 3600,
          .body = STR_INIT("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
                           "<Message>expired</Message></Error></ErrorResponse>") },
        OK_REPLY(""),
        { .status = 403,
          .date_s = 1800000000 + 3600,
          .body = STR_INIT("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
                           "<Message>wrong</Message></Error></ErrorResponse>") },
    };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    remote = open_with(NULL, NULL, RC_OK, &why);
    assert_ok(call(remote, &answer));
    assert_int_equal(answer.attempts, 2);
    assert_non_null(strstr(sent[0], "x-amz-date: 20270115T080000Z"));
    assert_non_null(strstr(sent[1], "x-amz-date: 20270115T090000Z"));
    assert_int_equal(call(remote, &answer), RC_API); /* the same clock by now */
    assert_int_equal(answer.attempts, 1);
    remote_close(remote);
}

static enum rc count_page(void *context, const struct answer_node *result UNUSED)
{
    ++*(unsigned *)context;
    return RC_OK;
}

static void pages_are_followed_and_end(void **state UNUSED)
{
    static const struct remote_reply replies[] = {
        OK_REPLY("<IsTruncated>true</IsTruncated><Marker>m1</Marker>"),
        OK_REPLY("<IsTruncated>false</IsTruncated>"),
        OK_REPLY("<IsTruncated>true</IsTruncated><Marker>m</Marker>"),
        OK_REPLY("<IsTruncated>true</IsTruncated><Marker>m</Marker>"),
    };
    struct remote_answer answer;
    unsigned pages = 0;
    str why = STR_NONE;
    struct remote *remote;

    script = replies;
    remote = open_with(NULL, NULL, RC_OK, &why);
    assert_ok(
        remote_pages(remote, STR("iam"), STR("X"), NULL, 0, &arena, count_page, &pages, &answer));
    assert_int_equal(pages, 2);
    assert_non_null(strstr(sent[1], "Marker=m1"));
    assert_int_equal(
        remote_pages(remote, STR("iam"), STR("X"), NULL, 0, &arena, count_page, &pages, &answer),
        RC_IO);
    assert_str(answer.code, "EndlessPages");
    remote_close(remote);
}

/* --- files --------------------------------------------------------------------------------------- */

static char config_path[] = "/tmp/mantle-config-XXXXXX";

static void config_file(const char *text)
{
    strcpy(config_path + sizeof(config_path) - 7, "XXXXXX");
    assert_true(mkstemp(config_path) >= 0);
    assert_ok(file_replace(config_path, str_cstr(text), 0600));
    set("AWS_CONFIG_FILE", config_path);
}

static void a_role_is_assumed_with_its_source(void **state UNUSED)
{
    static const struct remote_reply replies[] = {
        { .status = 200,
          .body = STR_INIT(
              "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</"
              "AccessKeyId>"
              "<SecretAccessKey>s</SecretAccessKey><SessionToken>ROLETOKEN</SessionToken>"
              "<Expiration>2027-01-15T09:00:00Z</Expiration></Credentials></AssumeRoleResult>"
              "</AssumeRoleResponse>") },
        OK_REPLY(""),
    };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    config_file("[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = " SECRET "\n"
                "[profile audit]\nsource_profile = base\nexternal_id = x1\n"
                "role_arn = arn:aws:iam::111122223333:role/audit\nregion = eu-west-1\n");
    script = replies;
    remote = open_with("audit", NULL, RC_OK, &why);
    assert_string_equal(sent_url, "https://sts.eu-west-1.amazonaws.com/");
    assert_non_null(strstr(sent[0], "Credential=AKIABASE/")); /* not the environment's */
    assert_non_null(strstr(sent[0], "&ExternalId=x1"));
    assert_ok(call(remote, &answer));
    assert_non_null(strstr(sent[1], "Credential=ASIAROLE/"));
    assert_non_null(strstr(sent[1], "x-amz-security-token: ROLETOKEN"));
    remote_close(remote);
    assert_int_equal(unlink(config_path), 0);
}

static void a_process_gives_credentials(void **state UNUSED)
{
    static const struct remote_reply replies[] = { OK_REPLY("") };
    struct remote_answer answer;
    str why = STR_NONE;
    struct remote *remote;

    config_file("[profile p]\ncredential_process = printf '{\"Version\": 1, \"AccessKeyId\": "
                "\"%s\", \"SecretAccessKey\": \"s\"}' \"AKIAPRO\\CESS\"\n");
    script = replies;
    remote = open_with("p", NULL, RC_OK, &why);
    assert_ok(call(remote, &answer));
    assert_non_null(strstr(sent[0], "Credential=AKIAPROCESS/"));
    remote_close(remote);
    assert_int_equal(unlink(config_path), 0);
}

static void what_is_wrong_is_said_without_secrets(void **state UNUSED)
{
    static const struct {
        const char *config, *profile;
        enum rc want;
        const char *says;
    } cases[] = {
        { "[profile a]\nregion = x\n", "b", RC_NOENT, "no profile 'b'" },
        { "[profile a]\nregion = x\n", "a", RC_NOENT, "no credentials" },
        { "[profile a]\naws_secret_access_key " SECRET "\n", "a", RC_SYNTAX, ":2: neither" },
        { "[profile a]\nrole_arn = r\n", "a", RC_UNSUPPORTED, "source_profile" },
        { "[profile a]\nrole_arn = r\nmfa_serial = m\n", "a", RC_UNSUPPORTED, "MFA" },
        { "[profile a]\nsso_session = s\n", "a", RC_UNSUPPORTED, "export-credentials" },
        { "[profile a]\nrole_arn = r\nsource_profile = b\n"
          "[profile b]\nrole_arn = r\nsource_profile = a\n",
          "a", RC_LIMIT, "circle" },
        { "[profile a]\ncredential_process = /nonexistent/x " SECRET "\n", "a", RC_IO,
          "/nonexistent/x" },
        { "[profile a]\ncredential_process = printf '" SECRET "'\n", "a", RC_SYNTAX, "JSON" },
        { "[profile a]\ncredential_process = 'open\n", "a", RC_SYNTAX, "words" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str why = STR_NONE;
        size_t at;
        config_file(cases[i].config);
        assert_null(open_with(cases[i].profile, NULL, cases[i].want, &why));
        if (!str_find(why, str_cstr(cases[i].says), &at)) {
            fail_msg("row %zu says \"%.*s\"", i, FMT(why));
        }
        assert_false(str_find(why, STR(SECRET), &at));
        assert_int_equal(unlink(config_path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_is_signed_and_read, fresh, done),
        cmocka_unit_test_setup_teardown(partitions_have_endpoints_of_their_own, fresh, done),
        cmocka_unit_test_setup_teardown(throttled_calls_are_tried_again, fresh, done),
        cmocka_unit_test_setup_teardown(attempts_end, fresh, done),
        cmocka_unit_test_setup_teardown(refusals_are_told_with_code_message_and_id, fresh, done),
        cmocka_unit_test_setup_teardown(a_wrong_clock_is_corrected_a_wrong_secret_is_not, fresh,
                                        done),
        cmocka_unit_test_setup_teardown(pages_are_followed_and_end, fresh, done),
        cmocka_unit_test_setup_teardown(a_role_is_assumed_with_its_source, fresh, done),
        cmocka_unit_test_setup_teardown(a_process_gives_credentials, fresh, done),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said_without_secrets, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
