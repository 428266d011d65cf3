/* service/protocol/patterns.c and the character classes tools/apigen.py makes. */
#include "service/protocol/patterns.h"
#include "wire.h"

struct pattern_case {
    const char *action, *member; /* whose pattern */
    const char *value;
    bool matches;
};

static const struct pattern_case cases[] = {
    { "GetRole", "RoleName", "aZ09_+=,.@-", true },
    { "GetRole", "RoleName", "a/b", false },
    { "GetRole", "RoleName", "\xC3\xA9", false },
    { "GetRole", "RoleName", "", false },
    { "CreateRole", "Path", "/", true },
    { "CreateRole", "Path", "/a/", true },
    { "CreateRole", "Path", "/a//b!~/", true },
    { "CreateRole", "Path", "//", false },
    { "CreateRole", "Path", "/a", false },
    { "CreateRole", "Path", "a/", false },
    { "CreateRole", "Path", "/a b/", false },
    { "CreateRole", "Path", "/\x7F/", false },
    { "ListRoles", "PathPrefix", "/", true },
    { "ListRoles", "PathPrefix", "/a", true },
    { "ListRoles", "PathPrefix", "/\x7F", true },
    { "ListRoles", "PathPrefix", "a", false },
    { "ListRoles", "PathPrefix", "/\xC3\xA9", false },
    { "CreatePolicy", "Path", "/", true },
    { "CreatePolicy", "Path", "/a/b/", true },
    { "CreatePolicy", "Path", "//", false },
    { "CreatePolicy", "Path", "/a", false },
    { "CreatePolicy", "Path", "/a!/", false },
    { "CreateAccountAlias", "AccountAlias", "abc", true },
    { "CreateAccountAlias", "AccountAlias", "a-b-c", true },
    { "CreateAccountAlias", "AccountAlias", "a--b", false },
    { "CreateAccountAlias", "AccountAlias", "-ab", false },
    { "CreateAccountAlias", "AccountAlias", "ab-", false },
    { "CreateAccountAlias", "AccountAlias", "ab", false },
    { "CreateAccountAlias", "AccountAlias", "Abc", false },
    { "CreateAccountAlias", "AccountAlias",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
    { "CreateAccountAlias", "AccountAlias",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
    { "GetPolicyVersion", "VersionId", "v1", true },
    { "GetPolicyVersion", "VersionId", "v10.a-b", true },
    { "GetPolicyVersion", "VersionId", "v1.", true },
    { "GetPolicyVersion", "VersionId", "v0", false },
    { "GetPolicyVersion", "VersionId", "v", false },
    { "GetPolicyVersion", "VersionId", "1", false },
    { "GetPolicyVersion", "VersionId", "v1x", false },
    { "CreateDelegationRequest", "OwnerAccountId", "123456789012", true },
    { "CreateDelegationRequest", "OwnerAccountId", "12345678901", false },
    { "CreateDelegationRequest", "OwnerAccountId", "1234567890123", false },
    { "CreateDelegationRequest", "RedirectUrl", "https://a.b/c?d=e&f=g#h", true },
    { "CreateDelegationRequest", "RedirectUrl", "http://", true },
    { "CreateDelegationRequest", "RedirectUrl", "https://a:80/", false },
    { "CreateDelegationRequest", "RedirectUrl", "ftp://a/", false },
    { "GenerateOrganizationsAccessReport", "EntityPath", "o-abcdefghij/r-abcd", true },
    { "GenerateOrganizationsAccessReport", "EntityPath", "o-abcdefghij/r-abcd/ou-1/2", true },
    { "GenerateOrganizationsAccessReport", "EntityPath", "o-abcdefghi/r-abcd", false },
    { "GenerateOrganizationsAccessReport", "EntityPath", "o-abcdefghij/r-abc", false },
    { "GenerateOrganizationsAccessReport", "OrganizationsPolicyId", "p-abcdefgh", true },
    { "GenerateOrganizationsAccessReport", "OrganizationsPolicyId", "p-abcdefg", false },
    { "CreatePolicy", "PolicyDocument", "{ \t\r\n\xC3\xBF}", true },
    { "CreatePolicy", "PolicyDocument", "{ \xC4\x80}", false },
    { "CreateRole", "Description", "\x7F", false },
    { "CreateRole", "Description", "", true },
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct pattern_case *c = &cases[i];
        const struct api_operation *op = api_find(IAM, str_cstr(c->action));
        const struct api_member *member = api_member_find(op->in, str_cstr(c->member));
        assert_non_null(member);
        if (pattern_matches(member->shape->pattern, str_cstr(c->value)) != c->matches) {
            fail_msg("%s.%s: \"%s\" %s", c->action, c->member, c->value,
                     c->matches ? "does not match" : "matches");
        }
    }
}

/* Letters, numbers and separators of any script. */
static void test_tag_characters(void **state)
{
    static const struct {
        const char *value;
        bool matches;
    } rows[] = {
        { "caf\xC3\xA9", true },       { "\xE6\x97\xA5\xE6\x9C\xAC", true },
        { "\xE2\x85\xA7", true },      /* roman numeral: \p{N} */
        { "\xE3\x80\x80", true },      /* ideographic space: \p{Z} */
        { "\xF0\x9F\x98\x80", false }, /* emoji */
        { "\xF0\xA0\x80\x80", true },  /* CJK extension B */
        { "a_.:/=+-@", true },         { "a!", false },
        { "\xED\xA0\x80", false }, /* surrogate: not UTF-8 */
    };
    const struct api_shape *tag =
        api_member_find(api_find(IAM, STR("TagUser"))->in, STR("Tags"))->shape->item;
    const struct api_pattern *pattern = api_member_find(tag, STR("Key"))->shape->pattern;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (pattern_matches(pattern, str_cstr(rows[i].value)) != rows[i].matches) {
            fail_msg("row %zu: \"%s\"", i, rows[i].value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_tag_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
