#include "trail/trail.h"

#include "codec/json.h"
#include "unit.h"

static struct json *print_and_parse(const struct trail_event *event, struct arena *arena)
{
    static const struct json_limits limits = { 32, 1000 };
    buf out = buf_arena(arena, 1 << 20);
    struct json_error at = { 0 };
    struct json *record = NULL;

    trail_print(event, &out);
    assert_ok(out.err);
    assert_null(memchr(out.ptr, '\n', out.len));
    assert_ok(json_parse(buf_str(&out), &limits, arena, &record, &at));
    return record;
}

static struct trail_event denied_event(const struct trail_evaluated *evaluated)
{
    return (struct trail_event){
        .request_id = STR("11111111-2222-4333-8444-555555555555"),
        .event_id = STR("99999999-2222-4333-8444-555555555555"),
        .time_s = 1795458357,
        .at_us = 1795458357123456,
        .event_source = STR("iam.amazonaws.com"),
        .event_name = STR("ListUsers"),
        .region = STR("us-east-1"),
        .source_ip = STR("127.0.0.1"),
        .user_agent = STR("aws-cli/2.9 \"quoted\"\n"),
        .user_identity = STR("{\"type\":\"AssumedRole\"}"),
        .error_code = STR("AccessDenied"),
        .error_message = STR("User: x is not authorized"),
        .recipient_account = STR("123456789012"),
        .read_only = true,
        .evaluated = evaluated,
        .evaluated_count = 1,
    };
}

static void a_denial_names_code_and_decision(void **state UNUSED)
{
    const struct trail_evaluated evaluated = { .action = STR("iam:ListUsers"),
                                               .resource = STR("arn:aws:iam::1:user/"),
                                               .result = STR("implicit_deny"),
                                               .layer = STR("identity-based policy"),
                                               .statement = -1,
                                               .rule = STR("D-1") };
    struct trail_event event = denied_event(&evaluated);
    struct arena arena;
    struct json *record;
    const struct json *first;

    arena_init(&arena, &heap, 4096, 1 << 20);
    record = print_and_parse(&event, &arena);
    assert_str(json_member(record, STR("errorCode"))->text, "AccessDenied");
    assert_str(json_member(record, STR("eventTime"))->text, "2026-11-23T18:25:57Z");
    assert_str(json_member(record, STR("userAgent"))->text, "aws-cli/2.9 \"quoted\"\n");
    assert_int_equal(json_member(record, STR("requestParameters"))->type, JSON_NULL);
    first = json_member(json_member(record, STR("mantle")), STR("evaluated"))->first;
    assert_str(json_member(first, STR("decision"))->text, "implicit_deny");
    assert_null(json_member(first, STR("statement")));
    arena_done(&arena);
}

static void a_success_has_no_error_members(void **state UNUSED)
{
    struct trail_event event = denied_event(NULL);
    struct arena arena;
    struct json *record;

    event.error_code = event.error_message = STR_NONE;
    event.evaluated_count = 0;
    event.response_elements = STR("{\"role\":{}}");
    event.tls_version = STR("TLSv1.3");
    arena_init(&arena, &heap, 4096, 1 << 20);
    record = print_and_parse(&event, &arena);
    assert_null(json_member(record, STR("errorCode")));
    assert_str(json_member(json_member(record, STR("mantle")), STR("at_us"))->text,
               "1795458357123456");
    assert_null(json_member(json_member(record, STR("mantle")), STR("evaluated")));
    assert_int_equal(json_member(record, STR("responseElements"))->type, JSON_OBJECT);
    assert_str(json_member(json_member(record, STR("tlsDetails")), STR("tlsVersion"))->text,
               "TLSv1.3");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_denial_names_code_and_decision),
        cmocka_unit_test(a_success_has_no_error_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
