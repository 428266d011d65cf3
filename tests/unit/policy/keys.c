/* src/policy/keys.c */
#include "policy/policy.h"

#include "base/buf.h"
#include "unit.h"

static const char in_all[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:Get*\","
    "\"Resource\":\"arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/Team,'none'}/${*}\","
    "\"Condition\":{\"StringLike\":{\"s3:prefix\":[\"a\",\"${aws:userid}\"]},"
    "\"NumericLessThan\":{\"s3:max-keys\":\"10\"}}},"
    "{\"Effect\":\"Deny\",\"NotAction\":\"s3:*\",\"Resource\":\"*\","
    "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"},"
    "\"StringEquals\":{\"AWS:UserName\":\"x\"}}}]}";

static const struct {
    const char *name, *text, *action, *want;
} cases[] = {
    { "conditions and variables of all statements", in_all, NULL,
      "aws:username aws:principaltag/team s3:prefix aws:userid s3:max-keys aws:SecureTransport" },
    { "only statements that cover the action", in_all, "S3:getobject",
      "aws:username aws:principaltag/team s3:prefix aws:userid s3:max-keys" },
    { "NotAction covers what it does not list", in_all, "sqs:SendMessage",
      "aws:SecureTransport AWS:UserName" },
    { "an action that is none is covered by NotAction only", in_all, "nonsense",
      "aws:SecureTransport AWS:UserName" },
    { "2008: no variables",
      "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
      "\"Resource\":\"arn:aws:s3:::${aws:username}\"}}",
      NULL, "" },
};

static void keys_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct policy_document *doc;
        struct policy_refusal refusal;
        struct arena arena;
        const str *keys;
        size_t count;
        buf got = buf_heap(4096);

        arena_init(&arena, &heap, 4096, 1 << 20);
        assert_ok(
            policy_parse_loosely(POLICY_IDENTITY, str_cstr(cases[i].text), &arena, &doc, &refusal));
        assert_ok(policy_context_keys(doc, str_cstr(cases[i].action), &arena, &keys, &count));
        for (size_t k = 0; k < count; k++) {
            buf_add(&got, k == 0 ? STR("") : STR(" "));
            buf_add(&got, keys[k]);
        }
        if (!str_eq(buf_str(&got), str_cstr(cases[i].want))) {
            print_error("%s: %.*s\n", cases[i].name, FMT(buf_str(&got)));
            fail();
        }
        buf_done(&got);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(keys_are_found) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
