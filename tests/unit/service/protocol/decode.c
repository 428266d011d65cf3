/* service/protocol/decode.c: parameters into structs. */
#include "wire.h"

static struct wire w;

static void test_scalars(void **state)
{
    assert_ok(wire_decode(&w, IAM, STR("CreateRole"),
                          STR("Action=CreateRole&MaxSessionDuration=7200&RoleName=app"
                              "&AssumeRolePolicyDocument=%7B%7D&Version=2010-05-08")));
    const struct iam_CreateRole_in *in = w.in;
    assert_str(in->RoleName, "app");
    assert_str(in->AssumeRolePolicyDocument, "{}");
    assert_true(in->MaxSessionDuration.present);
    assert_int_equal(in->MaxSessionDuration.value, 7200);
    assert_null(in->Description.ptr);
    assert_false(in->Tags.present);
}

static void test_fallbacks(void **state)
{
    assert_ok(wire_decode(&w, IAM, STR("CreateRole"),
                          STR("RoleName=app&AssumeRolePolicyDocument=%7B%7D")));
    const struct iam_CreateRole_in *in = w.in;
    assert_str(in->Path, "/");
    assert_int_equal(in->MaxSessionDuration.value, 3600);

    assert_ok(wire_decode(&w, IAM, STR("ListRoles"), STR("PathPrefix=/a/")));
    const struct iam_ListRoles_in *list = w.in;
    assert_str(list->PathPrefix, "/a/");
    assert_int_equal(list->MaxItems.value, 100);
}

static void test_booleans(void **state)
{
    assert_ok(wire_decode(&w, IAM, STR("ListPolicies"), STR("OnlyAttached=true")));
    const struct iam_ListPolicies_in *in = w.in;
    assert_true(in->OnlyAttached.present && in->OnlyAttached.value);
    assert_ok(wire_decode(&w, IAM, STR("ListPolicies"), STR("OnlyAttached=False")));
    in = w.in;
    assert_true(in->OnlyAttached.present && !in->OnlyAttached.value);
}

static void test_lists(void **state)
{
    static const char *const orders[] = {
        "UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=b&"
        "Tags.member.2.Value=2",
        "Tags.member.2.Value=2&Tags.member.1.Value=1&UserName=u&Tags.member.2.Key=b&"
        "Tags.member.1.Key=a",
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        assert_ok(wire_decode(&w, IAM, STR("TagUser"), str_cstr(orders[i])));
        const struct iam_TagUser_in *in = w.in;
        assert_int_equal(in->Tags.count, 2);
        assert_str(in->Tags.items[0].Key, "a");
        assert_str(in->Tags.items[0].Value, "1");
        assert_str(in->Tags.items[1].Key, "b");
        assert_str(in->Tags.items[1].Value, "2");
    }
}

/* Twelve items: by text 10 comes before 2, by number behind. */
static void test_list_numbers_are_numbers(void **state)
{
    buf text = buf_heap(4096);
    for (int i = 12; i >= 1; i--) {
        buf_printf(&text, "TagKeys.member.%d=k%d&", i, i);
    }
    BUF_LIT(&text, "UserName=u");
    assert_ok(wire_decode(&w, IAM, STR("UntagUser"), buf_str(&text)));
    const struct iam_UntagUser_in *in = w.in;
    assert_int_equal(in->TagKeys.count, 12);
    assert_str(in->TagKeys.items[1], "k2");
    assert_str(in->TagKeys.items[9], "k10");
    assert_str(in->TagKeys.items[11], "k12");
    buf_done(&text);
}

static void test_empty_list(void **state)
{
    assert_ok(wire_decode(&w, IAM, STR("TagUser"), STR("UserName=u&Tags=")));
    const struct iam_TagUser_in *in = w.in;
    assert_true(in->Tags.present);
    assert_int_equal(in->Tags.count, 0);
}

static void test_nested_struct(void **state)
{
    assert_ok(wire_decode(&w, STS, STR("AssumeRoot"),
                          STR("TargetPrincipal=123456789012&TaskPolicyArn.arn="
                              "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")));
    const struct sts_AssumeRoot_in *in = w.in;
    assert_non_null(in->TaskPolicyArn);
    assert_str(in->TaskPolicyArn->arn,
               "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials");
}

static void test_unknown_parameters_are_ignored(void **state)
{
    assert_ok(wire_decode(&w, IAM, STR("GetUser"),
                          STR("UserName=u&Unknown=1&UserNames=2&Tags.member.1.Key=3&Foo.bar=")));
    const struct iam_GetUser_in *in = w.in;
    assert_str(in->UserName, "u");
}

static void test_operation_without_input(void **state)
{
    assert_ok(wire_decode(&w, STS, STR("GetCallerIdentity"), STR("Action=GetCallerIdentity")));
    assert_null(w.in);
}

struct malformed_case {
    const char *label, *action, *text, *message;
};

static const struct malformed_case malformed[] = {
    { "number", "ListRoles", "MaxItems=abc", "" },
    { "empty number", "ListRoles", "MaxItems=", "missing value for decimal type" },
    { "number too large for any integer", "ListRoles", "MaxItems=99999999999999999999", "" },
    { "fraction", "ListRoles", "MaxItems=10.0", "" },
    { "one past 32 bits", "ListRoles", "MaxItems=2147483648", "" },
    { "one below 32 bits", "ListRoles", "MaxItems=-2147483649", "" },
    { "two signs", "ListRoles", "MaxItems=%2B-5", "" },
    { "boolean", "ListPolicies", "OnlyAttached=1", "Expected true or false: OnlyAttached" },
    { "list as a scalar", "TagUser", "UserName=u&Tags=x",
      "Unexpected list element termination: Tags" },
    { "list item as a scalar", "TagUser", "UserName=u&Tags.member.1=x",
      "Unexpected complex element termination: Tags.member.1" },
    { "list item of unknown members only", "TagUser", "UserName=u&Tags.member.1.key=x",
      "Unexpected complex element termination: Tags.member.1.key" },
    { "scalar as a list", "GetUser", "UserName.member.1=u",
      "Start of list found where not expected: UserName.member.1" },
    { "scalar twice", "GetUser", "UserName=u&UserName.x=u",
      "Start of list found where not expected: UserName.x" },
    { "huge number", "TagUser", "UserName=u&Tags.member.999999999.Key=a",
      "List items are numbered without gaps: Tags.member.999999999.Key" },
    { "number past 64 bits", "TagUser", "UserName=u&Tags.member.99999999999999999999.Key=a",
      "List items are numbered from 1: Tags.member.99999999999999999999.Key" },
    { "from 0", "TagUser", "UserName=u&Tags.member.0.Key=a",
      "List items are numbered from 1: Tags.member.0.Key" },
    { "leading zero", "TagUser", "UserName=u&Tags.member.01.Key=a",
      "List items are numbered from 1: Tags.member.01.Key" },
    { "same item twice", "UntagUser", "UserName=u&TagKeys.member.1=a&TagKeys.member.01=b",
      "List items are numbered from 1: TagKeys.member.01" },
    { "gap", "UntagUser", "UserName=u&TagKeys.member.1=a&TagKeys.member.3=b",
      "List items are numbered without gaps: TagKeys.member.3" },
    { "gap hidden by members", "TagUser",
      "UserName=u&Tags.member.1.Key=a&Tags.member.1.Value=a&Tags.member.3.Key=b",
      "List items are numbered without gaps: Tags.member.1.Key" },
    { "no number", "TagUser", "UserName=u&Tags.member.Key=a",
      "List items are numbered from 1: Tags.member.Key" },
    { "nothing behind member", "TagUser", "UserName=u&Tags.member=a",
      "List items are numbered from 1: Tags.member" },
    { "no member", "TagUser", "UserName=u&Tags.1.Key=a",
      "List items are written NAME.member.N: Tags.1.Key" },
    { "list and empty list", "UntagUser", "UserName=u&TagKeys=&TagKeys.member.1=b",
      "Unexpected list element termination: TagKeys" },
    { "broken UTF-8", "GetUser", "UserName=%ff",
      "Not UTF-8, or holds control characters: UserName" },
    { "surrogate", "GetUser", "UserName=%ed%a0%80",
      "Not UTF-8, or holds control characters: UserName" },
    { "NUL", "CreatePolicy", "PolicyName=p&Description=a%00b",
      "Not UTF-8, or holds control characters: Description" },
};

static void test_malformed(void **state)
{
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        const struct malformed_case *c = &malformed[i];
        enum rc rc = wire_decode(&w, IAM, str_cstr(c->action), str_cstr(c->text));
        if (rc != RC_API || w.fault.error != ERR_MalformedInput ||
            !str_eq(w.fault.message, str_cstr(c->message))) {
            fail_msg("%s: %d \"%.*s\"", c->label, rc, FMT(w.fault.message));
        }
    }
}

/* A huge index costs nothing: the arena holds the form and little else. */
static void test_huge_index_allocates_nothing(void **state)
{
    assert_int_equal(
        wire_decode(&w, IAM, STR("TagUser"), STR("UserName=u&Tags.member.4000000000.Key=a")),
        RC_API);
    assert_true(w.arena.used_bytes <= 65536 + 1024);
}

/* What a client would send for a decoded input decodes to the same. */
static void test_form_round_trip(void **state)
{
    buf first = buf_heap(4096), second = buf_heap(4096);

    assert_ok(wire_decode(
        &w, STS, STR("AssumeRole"),
        STR("RoleArn=arn:aws:iam::123456789012:role/a&RoleSessionName=s2&Tags.member.1.Key=k%20k&"
            "Tags.member.1.Value=%C3%A9&TransitiveTagKeys.member.1=k%20k&PolicyArns.member.1.arn="
            "arn:aws:iam::aws:policy/ReadOnlyAccess&DurationSeconds=900")));
    protocol_form(w.op, w.in, &first);
    assert_str(buf_str(&first),
               "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa&RoleSessionName=s2&"
               "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&"
               "DurationSeconds=900&Tags.member.1.Key=k%20k&Tags.member.1.Value=%C3%A9&"
               "TransitiveTagKeys.member.1=k%20k");
    assert_ok(wire_decode(&w, STS, STR("AssumeRole"), buf_str(&first)));
    protocol_form(w.op, w.in, &second);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
}

/* Two sources of parameters put together may hold a name twice: no reader picks one. */
static void test_given_twice(void **state)
{
    struct form_pair pairs[] = { { STR("UserName"), STR("a") }, { STR("UserName"), STR("b") } };
    struct form form = { pairs, COUNT_OF(pairs) };
    struct api_fault fault = { 0 };
    void *in;

    assert_int_equal(protocol_decode(api_find(IAM, STR("GetUser")), &form, &w.arena, &in, &fault),
                     RC_API);
    assert_str(fault.message, "Given twice: UserName");
}

/* An allocator whose n-th call fails, and all after it. */
struct failing {
    struct alloc as_alloc;
    int left;
};

static void *failing_resize(const struct alloc *self, void *ptr, size_t old_size, size_t new_size)
{
    struct failing *f = CONTAINER_OF(self, struct failing, as_alloc);

    if (new_size > 0 && f->left-- <= 0) {
        return NULL;
    }
    return heap.resize(&heap, ptr, old_size, new_size);
}

static enum rc decode_with(struct failing *f, const struct form *form, str action)
{
    struct arena arena;
    struct api_fault fault = { 0 };
    void *in = NULL;
    enum rc rc;

    arena_init(&arena, &f->as_alloc, 64, 1 << 20); /* small chunks: nearly each step allocates */
    rc = protocol_decode(api_find(IAM, action), form, &arena, &in, &fault);
    arena_done(&arena);
    return rc;
}

/* Each allocation fails in turn: the answer is "no memory", never a crash or a half input. */
static void test_every_allocation_fails(void **state)
{
    static const struct {
        const char *action, *text;
        enum rc wanted;
    } rows[] = {
        { "TagUser",
          "UserName=u&Tags.member.2.Key=b&Tags.member.2.Value=&Tags.member.1.Key=a&"
          "Tags.member.1.Value=",
          RC_OK },
        { "GetRole", "RoleName=a%20b", RC_API },
        { "ListRoles", "MaxItems=x", RC_API },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct form form;
        int failures = 0;
        enum rc rc = RC_NOMEM;
        arena_reset(&w.arena);
        assert_ok(form_parse(str_cstr(rows[i].text), 100, &w.arena, &form));
        while (rc == RC_NOMEM && failures < 1000) {
            struct failing f = { { failing_resize }, failures };
            rc = decode_with(&f, &form, str_cstr(rows[i].action));
            failures += rc == RC_NOMEM;
        }
        assert_int_equal(rc, rows[i].wanted);
        assert_true(failures > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_fallbacks),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_list_numbers_are_numbers),
        cmocka_unit_test(test_empty_list),
        cmocka_unit_test(test_nested_struct),
        cmocka_unit_test(test_unknown_parameters_are_ignored),
        cmocka_unit_test(test_operation_without_input),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_huge_index_allocates_nothing),
        cmocka_unit_test(test_form_round_trip),
        cmocka_unit_test(test_given_twice),
        cmocka_unit_test(test_every_allocation_fails),
    };
    wire_init(&w);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    wire_done(&w);
    return failed;
}
