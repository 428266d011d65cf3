#include "unit.h"

#include "migrate/report_diff.h"

static const struct json_limits limits = { 16, 1000, false };

static const struct json *parse(const char *text, struct arena *arena)
{
    struct json_error error;
    struct json *json = NULL;

    assert_ok(json_parse(str_cstr(text), &limits, arena, &json, &error));
    return json;
}

/* What of today's statement is left in a role with one grant: "gone" may never be said wrongly. */
static void test_what_is_kept(void **state)
{
    static const struct {
        const char *name, *statement, *action, *resource;
        bool kept;
    } cases[] = {
        { "the same", "{\"Action\":\"s3:GetObject\",\"Resource\":\"arn:x\"}", "s3:GetObject",
          "arn:x", true },
        { "narrower", "{\"Action\":\"s3:*\",\"Resource\":\"*\"}", "s3:GetObject", "arn:b/1", true },
        { "case of actions", "{\"Action\":\"S3:getobject\",\"Resource\":\"*\"}", "s3:GetObject",
          "arn:b", true },
        { "another action", "{\"Action\":\"s3:Put*\",\"Resource\":\"*\"}", "s3:GetObject", "arn:b",
          false },
        { "another service", "{\"Action\":\"ec2:*\",\"Resource\":\"*\"}", "s3:GetObject", "arn:b",
          false },
        { "another resource", "{\"Action\":\"s3:*\",\"Resource\":\"arn:a\"}", "s3:GetObject",
          "arn:b", false },
        { "the longer name", "{\"Action\":\"s3:*\",\"Resource\":\"arn:a\"}", "s3:GetObject",
          "arn:ab", false },
        { "the shorter name", "{\"Action\":\"s3:*\",\"Resource\":\"arn:ab\"}", "s3:GetObject",
          "arn:a", false },
        { "the grant is the wider", "{\"Action\":\"s3:*\",\"Resource\":\"arn:ab\"}", "s3:GetObject",
          "arn:a*", true },
        { "both are patterns", "{\"Action\":\"s3:*\",\"Resource\":\"arn:a*z\"}", "s3:GetObject",
          "arn:ab*", true },
        { "a variable", "{\"Action\":\"s3:*\",\"Resource\":\"arn:${aws:username}\"}",
          "s3:GetObject", "arn:me", true },
        { "one of a list", "{\"Action\":\"s3:*\",\"Resource\":[\"arn:a\",\"arn:b\"]}",
          "s3:GetObject", "arn:b", true },
        { "none of a list", "{\"Action\":\"s3:*\",\"Resource\":[\"arn:a\",\"arn:b\"]}",
          "s3:GetObject", "arn:c", false },
        { "NotResource", "{\"Action\":\"s3:*\",\"NotResource\":\"arn:a\"}", "s3:GetObject", "arn:b",
          true },
        { "NotAction, not named", "{\"NotAction\":[\"iam:*\"],\"Resource\":\"*\"}", "s3:GetObject",
          "arn:b", true },
        { "NotAction, named", "{\"NotAction\":[\"iam:*\",\"s3:*\"],\"Resource\":\"*\"}",
          "s3:GetObject", "arn:b", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena;
        struct report_today today = { .deny = false };
        const struct json *grants[1];
        str role;

        arena_init(&arena, &heap, 4096, 1 << 20);
        today.statement = parse(cases[i].statement, &arena);
        today.action = json_member(today.statement, STR("Action"));
        role = arena_printf(&arena, "{\"grants\":[{\"action\":\"%s\",\"resource\":\"%s\"}]}",
                            cases[i].action, cases[i].resource);
        if ((report_kept(&today, parse(role.ptr, &arena), grants, 1) == 1) != cases[i].kept) {
            fail_msg("%s", cases[i].name);
        }
        arena_done(&arena);
    }
}

static void test_more_than_there_is_room_for_is_counted(void **state)
{
    struct arena arena;
    struct report_today today = { .deny = false };
    const struct json *grants[2];

    (void)state;
    arena_init(&arena, &heap, 4096, 1 << 20);
    today.statement = parse("{\"Action\":\"*\",\"Resource\":\"*\"}", &arena);
    today.action = json_member(today.statement, STR("Action"));
    assert_int_equal(report_kept(&today,
                                 parse("{\"grants\":[{\"action\":\"a:B\",\"resource\":\"*\"},"
                                       "{\"action\":\"a:C\",\"resource\":\"*\"},"
                                       "{\"action\":\"a:D\",\"resource\":\"*\"}]}",
                                       &arena),
                                 grants, 2),
                     3);
    assert_str(json_member(grants[1], STR("action"))->text, "a:C");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_more_than_there_is_room_for_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
