/* Calls as data: to JSON and back, and as words of the AWS CLI that no shell reads otherwise. */
#include "migrate/call.h"

#include "unit.h"

static struct arena arena;

static const struct {
    const char *json, *words;
} cases[] = {
    { "[{\"action\":\"DeleteAccessKey\",\"params\":{\"UserName\":\"bob\",\"AccessKeyId\":\"AKIA1\"}"
      "}]",
      "aws iam delete-access-key --user-name bob --access-key-id AKIA1" },
    { "[{\"action\":\"DeleteSSHPublicKey\",\"params\":{\"SSHPublicKeyId\":\"APKA1\"}}]",
      "aws iam delete-ssh-public-key --ssh-public-key-id APKA1" },
    { "[{\"action\":\"DeactivateMFADevice\",\"params\":{\"SerialNumber\":\"arn:aws:iam::1:mfa/"
      "x\"}}]",
      "aws iam deactivate-mfa-device --serial-number arn:aws:iam::1:mfa/x" },
    { "[{\"action\":\"PutUserPolicy\",\"params\":{\"PolicyDocument\":\"{\\\"a\\\": \\\"it's "
      "$HOME\\\"}\"}}]",
      "aws iam put-user-policy --policy-document '{\"a\": \"it'\\''s $HOME\"}'" },
    { "[{\"action\":\"CreatePolicy\",\"params\":{\"PolicyName\":\"p\",\"@PolicyArn\":\"arn\"}}]",
      "aws iam create-policy --policy-name p" },
    { "[{\"action\":\"CreateUser\",\"params\":{\"UserName\":\"\"}}]",
      "aws iam create-user --user-name ''" },
};

static void calls_go_to_json_and_back_and_to_words(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        buf json = buf_arena(&arena, 65536), words = buf_arena(&arena, 65536);
        struct json_out o = { .out = &json };
        struct calls calls;
        assert_ok(calls_parse(str_cstr(cases[i].json), &arena, &calls));
        assert_int_equal(calls.count, 1);
        calls_json(calls.items, calls.count, &o);
        call_print(&calls.items[0], &words);
        buf_add_char(&json, '\0');
        buf_add_char(&words, '\0');
        assert_string_equal(json.ptr, cases[i].json);
        assert_string_equal(words.ptr, cases[i].words);
    }
}

static void what_is_no_call_of_ours_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {
        "{}",
        "[1]",
        "[{\"action\":\"CreateAccessKey\",\"params\":{}}]", /* we never make keys */
        "[{\"action\":\"DeleteUser\",\"params\":{\"UserName\":1}}]",
        "[{\"action\":\"DeleteUser\"}]",
        "[{\"action\":\"DeleteUser\",\"params\":{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\","
        "\"5\":\"\",\"6\":\"\",\"7\":\"\",\"8\":\"\",\"9\":\"\"}}]", /* one past the limit */
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct calls calls;
        assert_int_equal(calls_parse(str_cstr(bad[i]), &arena, &calls), RC_SYNTAX);
    }
}

static void documents_are_the_same_whatever_their_white_space(void **state UNUSED)
{
    assert_true(call_same_document(STR("{\"a\": [1, 2]}"), STR(" {\"a\":[1,2]}\n")));
    assert_false(call_same_document(STR("{\"a\": [1, 2]}"), STR("{\"a\":[2,1]}")));
    assert_false(call_same_document(STR("{"), STR("{")));
}

static int setup(void **state UNUSED)
{
    arena_init(&arena, &heap, 4096, 1 << 20);
    return 0;
}

static int teardown(void **state UNUSED)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_go_to_json_and_back_and_to_words),
        cmocka_unit_test(what_is_no_call_of_ours_is_refused),
        cmocka_unit_test(documents_are_the_same_whatever_their_white_space),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
