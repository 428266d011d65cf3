#include "trailfile/files.h"

#include "codec/date.h"
#include "codec/json.h"
#include "migrate/gather.h"
#include "migrate/inventory.h"

#define NOW INT64_C(1769904000) /* 2026-02-01 */
#define USER "arn:aws:iam::111122223333:user/bob"
#define ROLE "arn:aws:iam::111122223333:role/work"
#define BOTO "Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10 lang/python#3.11.6"
#define GO "aws-sdk-go/1.44.299 (go1.20.6; linux; amd64)"

static struct arena arena;
static struct trail_problems problems;
static struct trail_counts counts;
static struct books books;
static struct inventory inventory;
static buf trail;
static unsigned next_id;

static int setup(void **state)
{
    folder_make();
    arena_init(&arena, &heap, 1 << 16, 64 << 20);
    problems = (struct trail_problems){ .arena = &arena };
    trail = buf_heap(16 << 20);
    return 0;
}

static int teardown(void **state)
{
    books_done(&books);
    buf_done(&trail);
    arena_done(&arena);
    folder_remove();
    return 0;
}

struct call {
    const char *key, *agent, *address, *source, *name, *error, *more;
    int day;              /* of January 2026 */
    const char *identity; /* instead of bob's */
};

static void add(struct call c)
{
    char time[20];

    date_print_iso(1767225600 + (int64_t)(c.day - 1) * 86400 + 36000, time);
    buf_printf(&trail,
               "{\"eventVersion\":\"1.11\",\"eventTime\":\"%.20s\",\"eventSource\":"
               "\"%s.amazonaws.com\",\"eventName\":\"%s\",\"awsRegion\":\"eu-west-1\","
               "\"eventType\":\"AwsApiCall\",\"eventCategory\":\"Management\","
               "\"sourceIPAddress\":\"%s\",\"userAgent\":\"%s\",\"eventID\":\"e-%u\",",
               time, c.source ? c.source : "s3", c.name, c.address ? c.address : "10.0.0.1",
               c.agent ? c.agent : BOTO, next_id++);
    if (c.identity != NULL) {
        buf_printf(&trail, "\"userIdentity\":%s", c.identity);
    } else {
        buf_printf(&trail,
                   "\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":\"AIDABOB\","
                   "\"arn\":\"" USER "\",\"accessKeyId\":\"%s\"}",
                   c.key ? c.key : "AKIABOB");
    }
    if (c.error != NULL) {
        buf_printf(&trail, ",\"errorCode\":\"%s\"", c.error);
    }
    buf_printf(&trail, "%s}\n", c.more ? c.more : "");
}

/* The calls go round over `files` files. */
static void make(unsigned files, unsigned threads)
{
    const char *paths[] = { folder };
    struct gather_options options = { .trail = { .threads = threads }, .seed = 7, .now_s = NOW };
    struct trail_list list;
    buf parts[8];
    str rest = buf_str(&trail), line;

    for (unsigned i = 0; i < files; i++) {
        parts[i] = buf_heap(16 << 20);
    }
    for (unsigned i = 0; take_until(&rest, '\n', &line); i++) {
        buf_add(&parts[i % files], line);
        buf_add_char(&parts[i % files], '\n');
    }
    for (unsigned i = 0; i < files; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%u.json", i);
        put(name, buf_str(&parts[i]));
        buf_done(&parts[i]);
    }
    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_ok(gather(&list, &options, &problems, &books, &counts));
    assert_ok(inventory_make(&books, NULL, &counts, &(struct trail_digests){ 0 }, &problems, &arena,
                             &inventory));
}

static struct inventory_key *key(const char *arn, const char *id)
{
    struct inventory_principal *p = inventory_principal(&inventory, str_cstr(arn));

    assert_non_null(p);
    for (size_t i = 0; i < p->key_count; i++) {
        if (str_eq(p->keys[i].id, str_cstr(id))) {
            return &p->keys[i];
        }
    }
    fail_msg("%s has no key %s", arn, id);
    return NULL;
}

static void add_backup(int day)
{
    add((struct call){ .name = "PutObject", .address = "10.0.0.1", .day = day });
    add((struct call){ .name = "ListBucket", .address = "10.0.0.1", .day = day });
    add((struct call){ .name = "AbortMultipartUpload", .address = "10.0.0.1", .day = day });
}

static void add_orders(int day)
{
    add((struct call){
        .source = "sqs", .name = "SendMessage", .agent = GO, .address = "10.9.0.1", .day = day });
    add((struct call){
        .source = "dynamodb", .name = "PutItem", .agent = GO, .address = "10.9.0.2", .day = day });
    add((struct call){
        .source = "sqs", .name = "SendMessage", .agent = GO, .address = "10.9.0.2", .day = day });
    add((struct call){
        .source = "sqs", .name = "GetQueueUrl", .agent = GO, .address = "10.9.0.2", .day = day });
}

static void test_a_shared_key_has_two_consumers(void **state)
{
    const struct inventory_key *k;

    for (int day = 1; day <= 10; day++) {
        add_backup(day);
        add_orders(day == 10 ? 20 : day);
    }
    add((struct call){ .name = "DeleteBucket", .error = "AccessDenied", .day = 3 });
    add((struct call){ .name = "GetObject", .error = "NoSuchKey", .day = 3 });
    make(3, 2);
    k = key(USER, "AKIABOB");
    assert_int_equal(k->use.calls, 72);
    assert_int_equal(k->use.denied, 1);
    assert_int_equal(k->use.failed, 1);
    assert_int_equal(k->consumer_count, 2);
    assert_str(k->consumers[0].name, "aws-sdk-go on linux at 10.9.0.2 and 1 more");
    assert_str(k->consumers[0].id, "AKIABOB#1");
    assert_int_equal(k->consumers[0].use.calls, 40);
    assert_int_equal(k->consumers[0].use.active_days, 10);
    assert_int_equal(k->consumers[0].use.longest_gap_days, 10);
    assert_str(k->consumers[0].use.services.items[0].name, "sqs");
    assert_str(k->consumers[1].name, "boto3 on linux at 10.0.0.1");
    assert_str(k->consumers[1].use.denied_actions.items[0].name, "s3.amazonaws.com:DeleteBucket");
    assert_int_equal(k->consumers[1].use.hours[10], 32);
    assert_int_equal(k->consumers[1].use.weekdays[3], 6); /* 2026-01-01 was a Thursday */
}

/* A small origin that looks like both does not make them one. */
static void test_nothing_in_common_but_who_am_i(void **state)
{
    for (int day = 1; day <= 5; day++) {
        add_backup(day);
        add((struct call){
            .source = "ec2", .name = "RunInstances", .address = "10.7.0.1", .day = day });
        add((struct call){
            .source = "ec2", .name = "StopInstances", .address = "10.7.0.1", .day = day });
        add((struct call){
            .source = "ec2", .name = "DescribeImages", .address = "10.7.0.1", .day = day });
        add((struct call){
            .source = "sts", .name = "GetCallerIdentity", .address = "10.7.0.1", .day = day });
        add((struct call){
            .source = "sts", .name = "GetCallerIdentity", .address = "10.0.0.1", .day = day });
        add((struct call){
            .source = "sts", .name = "GetCallerIdentity", .address = "10.5.0.1", .day = day });
    }
    make(2, 2);
    assert_int_equal(key(USER, "AKIABOB")->consumer_count, 2);
}

#define ASSUMED(id)                                                                                \
    "{\"type\":\"AssumedRole\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/work/s\","         \
    "\"accessKeyId\":\"" id "\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\","         \
    "\"principalId\":\"AROAWORK\",\"arn\":\"" ROLE "\"}}}"
#define MADE(id)                                                                                   \
    ",\"requestParameters\":{\"roleArn\":\"" ROLE                                                  \
    "\"},\"responseElements\":{\"credentials\":{\"accessKeyId\":\"" id "\"}}"

/* Bob's key makes a session, that one another, and the files come in any order. */
static void test_sessions_lead_back_to_their_key(void **state)
{
    const struct inventory_key *k;

    add((struct call){ .name = "GetObject", .identity = ASSUMED("ASIA2"), .day = 2 });
    add((struct call){ .name = "GetObject", .identity = ASSUMED("ASIA2"), .day = 3 });
    add((struct call){ .name = "GetObject", .identity = ASSUMED("ASIAOTHER"), .day = 3 });
    add((struct call){ .source = "sts",
                       .name = "AssumeRole",
                       .identity = ASSUMED("ASIA1"),
                       .more = MADE("ASIA2"),
                       .day = 2 });
    add((struct call){ .source = "sts", .name = "AssumeRole", .more = MADE("ASIA1"), .day = 2 });
    add((struct call){ .source = "sts",
                       .name = "AssumeRole",
                       .error = "AccessDenied",
                       .more = MADE("ASIA3"),
                       .day = 2 });
    make(4, 4);
    k = key(USER, "AKIABOB");
    assert_int_equal(k->sessions.made, 2);
    assert_int_equal(k->sessions.used, 2);
    assert_int_equal(k->sessions.calls, 3);
    assert_str(k->sessions.as.items[0].name, ROLE);
    assert_str(k->use.assumed_roles.items[0].name, ROLE);
    assert_int_equal(k->use.assumed_roles.items[0].count, 1);
    assert_int_equal(inventory_principal(&inventory, STR(ROLE))->use.calls, 4);
}

static bool is_said(const char *code)
{
    for (size_t i = 0; i < inventory.blind_count; i++) {
        if (str_eq(inventory.blind[i].code, str_cstr(code))) {
            return true;
        }
    }
    return false;
}

static void test_what_is_no_call_of_anybody(void **state)
{
    add((struct call){
        .name = "Decrypt", .identity = "{\"type\":\"AWSService\",\"invokedBy\":\"x\"}", .day = 1 });
    add((struct call){ .name = "X", .identity = "{}", .day = 1 });
    add((struct call){ .name = "X", .identity = "null", .day = 1 });
    add((struct call){ .name = "X", .identity = "{\"type\":\"IAMUser\"}", .day = 1 });
    add((struct call){ .name = "X", .identity = "{\"type\":\"AWSAccount\"}", .day = 1 });
    add((struct call){ .name = "X", .source = "newthing", .day = 1 });
    add((struct call){ .name = "PutObject", .day = 500 }); /* a clock that is wrong */
    make(1, 1);
    assert_int_equal(inventory.service_calls, 1);
    assert_int_equal(inventory.other_callers, 4);
    assert_str(inventory.caller_types.items[0].name, "none");
    assert_int_equal(inventory.caller_types.items[0].count, 2);
    assert_int_equal(inventory.unknown.count, 1);
    assert_str(inventory.unknown.items[0].name, "newthing.amazonaws.com:X");
    assert_int_equal(inventory.notes.count, 1); /* and where it stands */
    assert_int_equal(inventory.notes.items[0].kind, NOTE_UNKNOWN_EVENT);
    assert_true(str_ends(inventory.notes.items[0].path, STR("/0.json")));
    assert_true(inventory.notes.items[0].offset > 0);
    assert_int_equal(inventory.last_s, 1767261600);
    assert_true(is_said("odd-times"));
    assert_true(is_said("unknown-events"));
    assert_true(is_said("short-trail"));
    assert_true(is_said("no-data-events"));
    assert_false(is_said("gap-days"));
}

/* By the order of the files, not by which thread came first. */
static void test_the_first_place_of_an_unknown_event(void **state)
{
    for (int day = 1; day <= 12; day++) {
        add((struct call){ .name = "Y", .source = day > 4 ? "newthing" : "s3", .day = day });
        add((struct call){ .name = "X", .source = "newthing", .day = day, .key = "AKIATWO" });
    }
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        make(6, threads);
        assert_int_equal(inventory.notes.count, 3);
        assert_true(str_ends(inventory.notes.items[0].path, STR("/1.json")));
        assert_int_equal(inventory.notes.items[0].offset, 0);
        assert_true(str_ends(inventory.notes.items[1].path, STR("/0.json")));
        assert_true(str_starts(inventory.notes.items[1].what, STR("newthing.amazonaws.com:Y: ")));
        books_done(&books);
    }
    make(1, 1);
}

static void test_an_empty_trail(void **state)
{
    make(1, 1);
    assert_true(is_said("no-trail"));
    assert_int_equal(inventory.first_s, ESTATE_NEVER);
}

/* One thread or four, in whichever order: the same bytes. And they read back to the same bytes. */
static void test_threads_and_files_do_not_show(void **state)
{
    buf once = buf_heap(16 << 20), again = buf_heap(16 << 20);
    struct estate estate = { .report_s = 0 };
    struct inventory loaded;
    const char *reason;

    for (int day = 1; day <= 25; day++) {
        add_backup(day);
        add_orders(day);
        add((struct call){ .name = day % 2 ? "GetObject" : "HeadObject",
                           .key = "AKIATWO",
                           .address = day % 3 ? "10.0.0.1" : "192.0.2.7",
                           .day = day });
        add((struct call){
            .source = "sts", .name = "AssumeRole", .more = MADE("ASIA1"), .day = day });
        add((struct call){ .name = "GetObject", .identity = ASSUMED("ASIA1"), .day = day });
    }
    make(7, 1);
    inventory.trail.text_bytes = inventory.trail.packed_bytes = 0;
    inventory.trail.files = 0;
    inventory_print(&inventory, &once);
    books_done(&books);
    folder_empty();
    make(5, 4);
    inventory.trail.text_bytes = inventory.trail.packed_bytes = 0;
    inventory.trail.files = 0;
    inventory_print(&inventory, &again);
    assert_true(str_eq(buf_str(&once), buf_str(&again)));

    arena_init(&estate.arena, &heap, 4096, 64 << 20);
    estate.folder = str_cstr(folder);
    assert_int_equal(inventory_load(&estate, &arena, &loaded, &reason), RC_NOENT);
    assert_ok(inventory_save(&inventory, &estate));
    assert_ok(inventory_load(&estate, &arena, &loaded, &reason));
    buf_clear(&again);
    inventory_print(&loaded, &again);
    assert_true(str_eq(buf_str(&once), buf_str(&again)));
    put("inventory.json", STR("{\"format\":\"mantle-inventory/2\"}"));
    assert_int_equal(inventory_load(&estate, &arena, &loaded, &reason), RC_SYNTAX);
    put("inventory.json", STR("{"));
    assert_int_equal(inventory_load(&estate, &arena, &loaded, &reason), RC_SYNTAX);
    arena_done(&estate.arena);
    buf_done(&once);
    buf_done(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_shared_key_has_two_consumers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_in_common_but_who_am_i, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sessions_lead_back_to_their_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_call_of_anybody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_first_place_of_an_unknown_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_empty_trail, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads_and_files_do_not_show, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
