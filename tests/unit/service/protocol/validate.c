/* service/protocol/validate.c: AWS's words for every constraint. */
#include "wire.h"

static struct wire w;

struct refusal {
    const char *label, *version, *action, *text, *message;
};

#define STS_VERSION "2011-06-15"
#define IAM_VERSION "2010-05-08"
#define ONE "1 validation error detected: "
#define SIXTY_FIVE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct refusal refusals[] = {
    { "missing", IAM_VERSION, "GetRole", "",
      ONE "Value at 'roleName' failed to satisfy constraint: Member must not be null" },
    { "two missing", IAM_VERSION, "AttachRolePolicy", "",
      "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member "
      "must not be null; Value at 'policyArn' failed to satisfy constraint: Member must not "
      "be null" },
    { "missing, and said so", STS_VERSION, "AssumeRole", "RoleSessionName=s2",
      ONE "Value null at 'roleArn' failed to satisfy constraint: Member must not be null" },
    { "too long", IAM_VERSION, "GetRole", "RoleName=" SIXTY_FIVE,
      ONE "Value '" SIXTY_FIVE "' at 'roleName' failed to satisfy constraint: Member must have "
          "length less than or equal to 64" },
    { "a name has a sentence of its own", IAM_VERSION, "GetRole", "RoleName=a%20b",
      "The specified value for roleName is invalid. It must contain only alphanumeric characters "
      "and/or "
      "the following: +=,.@_-" },
    { "about its member", IAM_VERSION, "UpdateUser", "UserName=u&NewUserName=a%2Fb",
      "The specified value for newUserName is invalid. It must contain only alphanumeric "
      "characters and/or "
      "the following: +=,.@_-" },
    { "also when empty", IAM_VERSION, "GetRole", "RoleName=",
      "The specified value for roleName is invalid. It must contain only alphanumeric characters "
      "and/or "
      "the following: +=,.@_-" },
    { "the first of two", IAM_VERSION, "PutRolePolicy",
      "RoleName=%21&PolicyName=%21&PolicyDocument=d",
      "The specified value for roleName is invalid. It must contain only alphanumeric characters "
      "and/or "
      "the following: +=,.@_-" },
    { "a prefix of paths", IAM_VERSION, "ListRoles", "PathPrefix=a",
      "The specified value for pathPrefix is invalid. It must begin with the / character and "
      "contain "
      "only alphanumeric characters and/or / characters." },
    { "the id of a key", IAM_VERSION, "GetAccessKeyLastUsed", "AccessKeyId=AKIAAAAAAAAAAAAAAA%2D1",
      "The specified value for accessKeyId is invalid. It must contain only alphanumeric "
      "characters." },
    { "a document", IAM_VERSION, "PutRolePolicy", "RoleName=r&PolicyName=p&PolicyDocument=%C4%80",
      "The specified value for policyDocument is invalid. It must contain only printable ASCII "
      "characters." },
    { "pattern, value withheld", IAM_VERSION, "GetPolicyVersion",
      "PolicyArn=arn:aws:iam::aws:policy/x&VersionId=1",
      ONE "Value at 'versionId' failed to satisfy constraint: Member must satisfy regular "
          "expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" },
    { "lengths before patterns", IAM_VERSION, "TagUser",
      "UserName=u&Tags.member.1.Key=&Tags.member.1.Value=v",
      "2 validation errors detected: Value at 'tags.1.member.key' failed to satisfy constraint: "
      "Member must have length greater than or equal to 1; Value at 'tags.1.member.key' failed to "
      "satisfy constraint: Member must satisfy regular expression pattern: "
      "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" },
    { "patterns before lengths", STS_VERSION, "AssumeRole", "RoleArn=&RoleSessionName=s2",
      "2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: Member "
      "must "
      "satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-"
      "\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+; Value '' at 'roleArn' failed to satisfy "
      "constraint: Member must have length greater than or equal to 20" },
    { "the upper planes", STS_VERSION, "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/%F0%9F%98%80&RoleSessionName=s2",
      ONE
      "Value 'arn:aws:iam::123456789012:role/\xF0\x9F\x98\x80' at 'roleArn' failed to satisfy "
      "constraint: Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-"
      "\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+" },
    { "enum, value withheld", IAM_VERSION, "UpdateAccessKey",
      "AccessKeyId=AKIAAAAAAAAAAAAAAAAA&Status=Maybe",
      ONE "Value at 'status' failed to satisfy constraint: Member must satisfy enum value set" },
    { "pattern, value shown", STS_VERSION, "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/a&RoleSessionName=a%20b",
      ONE "Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
          "regular expression pattern: [\\w+=,.@-]*" },
    { "too short", STS_VERSION, "AssumeRole", "RoleArn=arn:aws:iam::123456&RoleSessionName=s2",
      ONE "Value 'arn:aws:iam::123456' at 'roleArn' failed to satisfy constraint: Member must have "
          "length greater than or equal to 20" },
    { "number too large", STS_VERSION, "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/a&RoleSessionName=s2&DurationSeconds=43201",
      ONE "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value "
          "less than or equal to 43200" },
    { "number too small", IAM_VERSION, "ListRoles", "MaxItems=0",
      ONE "Value at 'maxItems' failed to satisfy constraint: Member must have value greater "
          "than or equal to 1" },
    { "negative number", IAM_VERSION, "ListRoles", "MaxItems=-5",
      ONE "Value at 'maxItems' failed to satisfy constraint: Member must have value greater "
          "than or equal to 1" },
    { "path of a list item", IAM_VERSION, "TagRole",
      "RoleName=r&Tags.member.1.Key=%21&Tags.member.1.Value=v",
      ONE "Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular "
          "expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" },
    { "missing in a list item", IAM_VERSION, "TagRole",
      "RoleName=r&Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b",
      ONE "Value at 'tags.2.member.value' failed to satisfy constraint: Member must not be "
          "null" },
    { "string items are refused together", IAM_VERSION, "UntagRole",
      "RoleName=r&TagKeys.member.1=a&TagKeys.member.2=&TagKeys.member.3=%21",
      ONE
      "Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member "
      "must have length less than or equal to 128, Member must have length greater than or "
      "equal to 1, Member must satisfy regular expression pattern: "
      "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]" },
    { "enum items", IAM_VERSION, "GetAccountAuthorizationDetails", "Filter.member.1=Nobody",
      ONE "Value at 'filter' failed to satisfy constraint: Member must satisfy constraint: [Member "
          "must satisfy enum value set]" },
    { "length, value withheld", IAM_VERSION, "GetUser", "UserName=" SIXTY_FIVE SIXTY_FIVE,
      ONE "Value at 'userName' failed to satisfy constraint: Member must have length less than or "
          "equal to 128" },
    { "late members", IAM_VERSION, "UpdateAccountPasswordPolicy",
      "MaxPasswordAge=0&PasswordReusePrevention=25",
      "2 validation errors detected: Value at 'passwordReusePrevention' failed to satisfy "
      "constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' "
      "failed "
      "to satisfy constraint: Member must have value greater than or equal to 1" },
    { "a path has a sentence of its own", IAM_VERSION, "CreateUser", "UserName=u&Path=a",
      "The specified value for path is invalid. It must begin and end with / and contain only "
      "alphanumeric characters and/or / characters." },
    { "the sentence gives way", IAM_VERSION, "CreateUser", "UserName=" SIXTY_FIVE "&Path=a",
      ONE "Value at 'userName' failed to satisfy constraint: Member must have length less than or "
          "equal to 64" },
    { "secret never repeated", IAM_VERSION, "ChangePassword", "OldPassword=&NewPassword=p%C4%80",
      "3 validation errors detected: Value at 'oldPassword' failed to satisfy constraint: Member "
      "must have length greater than or equal to 1; Value at 'oldPassword' failed to satisfy "
      "constraint: Member must satisfy regular expression pattern: "
      "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+; Value at 'newPassword' failed to satisfy "
      "constraint: Member must satisfy regular "
      "expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" },
    { "secret token code", STS_VERSION, "GetSessionToken", "TokenCode=12345",
      ONE "Value at 'tokenCode' failed to satisfy constraint: Member must have length greater than "
          "or equal to 6" },
};

static void test_refusals(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        const struct refusal *c = &refusals[i];
        enum rc rc = wire_decode(&w, str_cstr(c->version), str_cstr(c->action), str_cstr(c->text));
        if (rc != RC_API || w.fault.error != ERR_ValidationError ||
            !str_eq(w.fault.message, str_cstr(c->message))) {
            fail_msg("%s: %d \"%.*s\"", c->label, rc, FMT(w.fault.message));
        }
    }
}

static void test_too_many_items(void **state)
{
    buf text = buf_heap(65536);
    BUF_LIT(&text, "RoleName=r");
    for (int i = 1; i <= 51; i++) {
        buf_printf(&text, "&TagKeys.member.%d=k%d", i, i);
    }
    assert_int_equal(wire_decode(&w, IAM, STR("UntagRole"), buf_str(&text)), RC_API);
    assert_str(w.fault.message, "1 validation error detected: Value at 'tagKeys' failed to satisfy "
                                "constraint: Member must have length less than or equal to 50");
    buf_done(&text);
}

/* An answer does not outgrow its request: at most 16 refusals are listed. */
static void test_refusals_are_bounded(void **state)
{
    buf text = buf_heap(1 << 20);
    BUF_LIT(&text, "RoleName=r");
    for (int i = 1; i <= 300; i++) {
        buf_printf(&text, "&Tags.member.%d.Key=&Tags.member.%d.Value=", i, i);
    }
    assert_int_equal(wire_decode(&w, IAM, STR("TagRole"), buf_str(&text)), RC_API);
    assert_true(str_starts(w.fault.message, STR("16 validation errors detected: ")));
    assert_true(w.fault.message.len < 8192);
    buf_done(&text);
}

/* Lengths are counted in characters: 256 two-byte ones fit a tag value, 257 do not. */
static void test_length_counts_characters(void **state)
{
    buf text = buf_heap(65536);
    BUF_LIT(&text, "RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=");
    for (int i = 0; i < 256; i++) {
        BUF_LIT(&text, "%C3%A9");
    }
    assert_ok(wire_decode(&w, IAM, STR("TagRole"), buf_str(&text)));
    BUF_LIT(&text, "%C3%A9");
    assert_int_equal(wire_decode(&w, IAM, STR("TagRole"), buf_str(&text)), RC_API);
    assert_true(str_ends(w.fault.message, STR("have length less than or equal to 256")));
    buf_done(&text);
}

/* A document one character over its limit is not sent back. */
static void test_long_values_are_withheld(void **state)
{
    buf text = buf_heap(1 << 20);
    BUF_LIT(&text, "PolicyName=p&PolicyDocument=");
    for (int i = 0; i < 131073; i++) {
        buf_add_char(&text, 'x');
    }
    assert_int_equal(wire_decode(&w, IAM, STR("CreatePolicy"), buf_str(&text)), RC_API);
    assert_str(w.fault.message,
               "1 validation error detected: Value at 'policyDocument' failed to satisfy "
               "constraint: Member must have length less than or equal to 131072");
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_many_items),
        cmocka_unit_test(test_refusals_are_bounded),
        cmocka_unit_test(test_length_counts_characters),
        cmocka_unit_test(test_long_values_are_withheld),
    };
    wire_init(&w);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    wire_done(&w);
    return failed;
}
