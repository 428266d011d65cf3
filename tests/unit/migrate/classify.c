#include "unit.h"

#include "migrate/classify.h"

#define DAY INT64_C(86400)
#define NOW (20000 * DAY)

static struct arena arena;

static int setup(void **state)
{
    arena_init(&arena, &heap, 1 << 16, 64 << 20);
    return 0;
}

static int teardown(void **state)
{
    arena_done(&arena);
    return 0;
}

/* What a user did, in words that a row can hold. */
struct deeds {
    struct {
        const char *agent;
        unsigned calls;
    } agents[4];
    unsigned from_hour, to_hour; /* calls spread over [from, to) */
    bool weekends;
    unsigned days, actions, addresses, sign_ins;
};

static struct inventory_use use_of(const struct deeds *d)
{
    struct inventory_use use = { .first_s = ESTATE_NEVER, .last_s = ESTATE_NEVER };
    unsigned hours = d->to_hour - d->from_hour, weekdays = d->weekends ? 7 : 5;

    use.agents = NEW_ARRAY(&arena, 4, struct inventory_agent);
    use.addresses = NEW_ARRAY(&arena, 10, struct inventory_address);
    assert_non_null(use.agents);
    assert_non_null(use.addresses);
    for (size_t i = 0; i < 4 && d->agents[i].agent != NULL; i++) {
        str text = str_cstr(d->agents[i].agent);
        use.agents[use.agent_count++] = (struct inventory_agent){ agent_parse(text), text,
                                                                  d->agents[i].calls };
        use.calls += d->agents[i].calls;
    }
    for (unsigned i = 0; i < d->addresses; i++) {
        use.addresses[use.address_count++].kind = ADDRESS_PUBLIC;
    }
    use.actions.count = d->actions;
    use.from_console = d->sign_ins;
    use.active_days = d->days;
    for (unsigned i = 0; i < hours; i++) {
        use.hours[d->from_hour + i] = (uint32_t)(use.calls / hours) + (i < use.calls % hours);
    }
    for (unsigned i = 0; i < weekdays; i++) {
        use.weekdays[i] = (uint32_t)(use.calls / weekdays) + (i < use.calls % weekdays);
    }
    if (use.calls > 0) {
        use.first_s = NOW - 90 * DAY;
        use.last_s = NOW;
    }
    return use;
}

#define BOTO "Boto3/1.34.11 os/linux#5.10 lang/python#3.11.6"
#define MAC "aws-cli/2.15.0 Python/3.11.6 Darwin/23.1.0 exe/x86_64"
#define LINUX_CLI "aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64"
#define LAMBDA "Boto3/1.26.1 Python/3.9.16 Linux/4.14 exec-env/AWS_Lambda_python3.9 Botocore/1.29.1"

static void test_classes(void **state)
{
    static const struct {
        const char *name;
        int password; /* days ago it was used; 0: none; -1: never used; -2: no report */
        struct deeds deeds;
        enum class want;
    } cases[] = {
        { "svc-mail", 0, { { { BOTO, 900 } }, 0, 24, true, 90, 5, 1, 0 }, CLASS_SYSTEM },
        { "kim",
          3,
          { { { MAC, 300 }, { "console.amazonaws.com", 50 } }, 8, 18, false, 60, 40, 6, 9 },
          CLASS_HUMAN },
        { "a person with a script at his desk",
          3,
          { { { MAC, 30 }, { "Boto3/1.34 os/macos#14 lang/python#3.11", 200 } },
            8,
            18,
            false,
            60,
            9,
            4,
            2 },
          CLASS_HUMAN },
        { "a person's key in a job",
          3,
          { { { MAC, 100 }, { BOTO, 2000 } }, 0, 24, true, 90, 30, 5, 4 },
          CLASS_MIXED },
        { "svc-deploy used from a laptop",
          0,
          { { { BOTO, 2000 }, { MAC, 40 } }, 0, 24, true, 90, 9, 3, 0 },
          CLASS_MIXED },
        { "a job in Lambda by day",
          0,
          { { { LAMBDA, 400 } }, 6, 18, true, 80, 3, 3, 0 },
          CLASS_SYSTEM },
        { "a nightly job at a prompt",
          0,
          { { { LINUX_CLI, 180 } }, 2, 3, true, 90, 2, 1, 0 },
          CLASS_SYSTEM },
        { "no report, a program",
          -2,
          { { { BOTO, 900 } }, 0, 24, true, 90, 5, 1, 0 },
          CLASS_SYSTEM },
        { "svc-new with hardly a call",
          0,
          { { { BOTO, 3 } }, 0, 24, true, 2, 1, 1, 0 },
          CLASS_UNKNOWN },
        { "never seen, with a password",
          -1,
          { { { NULL, 0 } }, 0, 24, true, 0, 0, 0, 0 },
          CLASS_UNKNOWN },
        { "never seen, but signed in lately",
          5,
          { { { NULL, 0 } }, 0, 24, true, 0, 0, 0, 0 },
          CLASS_HUMAN },
        { "a password of long ago",
          400,
          { { { BOTO, 900 } }, 0, 24, true, 90, 5, 1, 0 },
          CLASS_SYSTEM },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct estate_report report = { .user = str_cstr(cases[i].name),
                                        .password_enabled = cases[i].password != 0,
                                        .password_used_s = cases[i].password > 0
                                                               ? NOW - cases[i].password * DAY
                                                               : ESTATE_NEVER,
                                        .password_changed_s = ESTATE_NEVER,
                                        .created_s = ESTATE_NEVER };
        struct estate_user user = { .name = str_cstr(cases[i].name),
                                    .arn = STR("arn:aws:iam::111122223333:user/x"),
                                    .report = cases[i].password == -2 ? NULL : &report };
        struct estate estate = { .users = &user, .user_count = 1, .report_s = NOW };
        struct inventory_principal principal = { .arn = user.arn, .use = use_of(&cases[i].deeds) };
        struct inventory inventory = { .principals = &principal,
                                       .principal_count = 1,
                                       .last_s = NOW };
        struct classification c;
        assert_ok(classify(&estate, &inventory, &arena, &c));
        if (c.users[0].verdict.class != cases[i].want) {
            fail_msg("%s: %s (%u and %u points)", cases[i].name,
                     class_word(c.users[0].verdict.class), c.users[0].verdict.human,
                     c.users[0].verdict.machine);
        }
        assert_int_equal(c.of_class[cases[i].want], 1);
        for (size_t r = 0; r < c.users[0].verdict.reason_count; r++) {
            assert_true(c.users[0].verdict.reasons[r].what.len > 0);
        }
    }
}

static void test_break_glass(void **state)
{
    static const char admin[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                                "\"Action\":\"*\",\"Resource\":\"*\"}}";
    const struct policy_document *doc;
    struct policy_refusal refusal;
    struct estate_report report = { .password_enabled = true,
                                    .mfa_active = true,
                                    .password_used_s = NOW - 200 * DAY,
                                    .password_changed_s = ESTATE_NEVER,
                                    .created_s = ESTATE_NEVER };
    struct policy_source source = { .name = STR("p") };
    struct estate_tag tag = { STR("purpose"), STR("Emergency access") };
    struct estate_user users[] = {
        { .name = STR("break-glass-1"), .arn = STR("a") },
        { .name = STR("two"),
          .arn = STR("b"),
          .report = &report,
          .policies = { .count = 1, .set = { &source, 1 } } },
        { .name = STR("three"), .arn = STR("c"), .report = &report }, /* may do nothing */
        { .name = STR("four"), .arn = STR("d"), .tags = &tag, .tag_count = 1 },
        { .name = STR("five"), .arn = STR("e") },
    };
    struct estate estate = { .users = users, .user_count = COUNT_OF(users), .report_s = NOW };
    struct inventory inventory = { .last_s = ESTATE_NEVER };
    struct classification c;
    unsigned flagged = 0;

    assert_ok(policy_parse(POLICY_IDENTITY, STR(admin), &arena, &doc, &refusal));
    source.doc = doc;
    assert_ok(classify(&estate, &inventory, &arena, &c));
    for (size_t i = 0; i < c.user_count; i++) {
        bool want = !str_eq(c.users[i].name, STR("three")) && !str_eq(c.users[i].name, STR("five"));
        assert_int_equal(c.users[i].break_glass, want);
        flagged += c.users[i].break_glass;
    }
    assert_int_equal(flagged, 3);
}

/* Mixed comes first, whatever the names. */
static void test_order_and_json(void **state)
{
    struct deeds both = { { { MAC, 100 }, { BOTO, 2000 } }, 0, 24, true, 90, 30, 5, 4 };
    struct inventory_key key = { .id = STR("AKIAX"), .use = use_of(&both) };
    struct inventory_principal principals[] = {
        { .arn = STR("arn:a"), .use = { .first_s = ESTATE_NEVER, .last_s = ESTATE_NEVER } },
        { .arn = STR("arn:z"), .use = use_of(&both), .keys = &key, .key_count = 1 },
    };
    struct estate_user users[] = { { .name = STR("a"), .arn = STR("arn:a") },
                                   { .name = STR("z"), .arn = STR("arn:z") } };
    struct estate estate = { .users = users, .user_count = 2, .report_s = NOW };
    struct inventory inventory = { .principals = principals, .principal_count = 2, .last_s = NOW };
    struct classification c;
    buf text = buf_heap(1 << 20);
    size_t at;

    assert_ok(classify(&estate, &inventory, &arena, &c));
    assert_str(c.users[0].name, "z");
    assert_int_equal(c.users[0].verdict.class, CLASS_MIXED);
    assert_int_equal(c.users[0].keys[0].verdict.class, CLASS_MIXED);
    classification_print(&c, &text);
    assert_true(str_starts(buf_str(&text),
                           STR("{\"format\":\"mantle-classify/1\",\"users\":[{\"name\":\"z\"")));
    assert_true(str_find(buf_str(&text),
                         STR("\"code\":\"desk-shell\",\"side\":\"human\",\"points\":40"), &at));
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_break_glass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_and_json, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
