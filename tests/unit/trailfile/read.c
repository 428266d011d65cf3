#include "trailfile/files.h"

#include "trailfile/trailfile.h"

static struct arena arena;
static struct trail_problems problems;
static struct trail_counts counts;
static buf seen; /* "NAME KEY;" for each record */

static int setup(void **state)
{
    folder_make();
    arena_init(&arena, &heap, 4096, 64 << 20);
    problems = (struct trail_problems){ .arena = &arena };
    seen = buf_heap(1 << 20);
    return 0;
}

static int teardown(void **state)
{
    folder_remove();
    buf_done(&seen);
    arena_done(&arena);
    return 0;
}

static void *begin(void *context, unsigned thread)
{
    return ALLOC_NEW(&heap, struct arena); /* any object of its own */
}

static enum rc on_event(void *state, const struct trail_event *event)
{
    buf_add(&seen, event->name);
    buf_add_char(&seen, ' ');
    buf_add(&seen, event->who.access_key_id);
    buf_add_char(&seen, ';');
    return RC_OK;
}

static enum rc end(void *context, void *state)
{
    alloc_free(&heap, state, sizeof(struct arena));
    return RC_OK;
}

static void read_with(enum rc (*event)(void *, const struct trail_event *))
{
    const char *paths[] = { folder };
    struct trail_options options = { .threads = 1 };
    struct trail_visitor visitor = { begin, event, end, NULL };
    struct trail_list list;

    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_ok(trail_read(&list, &options, &visitor, &problems, &counts));
}

static void read_all(void)
{
    read_with(on_event);
}

#define RECORD(id, name)                                                                           \
    "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"accessKeyId\":\"K" id     \
    "\"},\"eventTime\":\"2026-01-05T00:02:46Z\",\"eventSource\":\"s3.amazonaws.com\","             \
    "\"eventName\":\"" name "\",\"eventID\":\"id-" id "\"}"

static void test_forms(void **state)
{
    static const struct {
        const char *name;
        str text;
        const char *want;
        uint64_t problems;
    } cases[] = {
        { "delivered", STR_INIT("{\"Records\":[" RECORD("1", "A") "," RECORD("2", "B") "]}"),
          "A K1;B K2;", 0 },
        { "with spaces and lines",
          STR_INIT(" {\n \"Records\" : [\n " RECORD("1", "A") " ,\n" RECORD("2", "B") "\n ] \n}\n"),
          "A K1;B K2;", 0 },
        { "bare array", STR_INIT("[" RECORD("1", "A") "," RECORD("2", "B") "]"), "A K1;B K2;", 0 },
        { "a record a line", STR_INIT(RECORD("1", "A") "\n" RECORD("2", "B") "\n"), "A K1;B K2;",
          0 },
        { "one behind the other", STR_INIT(RECORD("1", "A") RECORD("2", "B")), "A K1;B K2;", 0 },
        { "in order, those with escapes too",
          STR_INIT("[" RECORD("1", "A") "," RECORD("2", "\\u0042") "," RECORD("3", "C") "]"),
          "A K1;B K2;C K3;", 0 },
        { "a byte order mark", STR_INIT("\xEF\xBB\xBF[" RECORD("1", "A") "]"), "A K1;", 0 },
        { "lookup-events, two pages",
          STR_INIT("{\"Events\":[{\"EventId\":\"x\",\"CloudTrailEvent\":"
                   "\"{\\\"eventName\\\":\\\"A\\\",\\\"eventSource\\\":\\\"s\\\","
                   "\\\"eventTime\\\":\\\"2026-01-05T00:02:46Z\\\",\\\"userIdentity\\\":"
                   "{\\\"accessKeyId\\\":\\\"K1\\\"}}\"}],\"NextToken\":\"t\"}\n"
                   "{\"NextToken\":\"t\",\"Events\":[{\"CloudTrailEvent\":"
                   "\"{\\\"eventName\\\":\\\"B\\\",\\\"eventSource\\\":\\\"s\\\","
                   "\\\"eventTime\\\":\\\"2026-01-05T00:02:46Z\\\"}\"}]}"),
          "A K1;B ;", 0 },
        { "no records", STR_INIT("{\"Records\":[]}"), "", 0 },
        { "CSV of whole records",
          STR_INIT("n,event_json\n1,\"{\"\"eventName\"\":\"\"A\"\",\"\"eventSource\"\":\"\"s\"\","
                   "\"\"eventTime\"\":\"\"2026-01-05T00:02:46Z\"\"}\"\n"),
          "A ;", 0 },
        { "CSV of Athena",
          STR_INIT("eventname,eventsource,eventtime,useridentity\r\n"
                   "A,s,2026-01-05T00:02:46Z,\"{type=IAMUser, principalid=P, accesskeyid=K1, "
                   "sessioncontext={attributes={mfaauthenticated=null}}}\"\r\n"),
          "A K1;", 0 },
        { "an empty file", STR_INIT(""), "", 1 },
        { "no trail", STR_INIT("hello, world"), "", 1 },
        { "other JSON", STR_INIT("{\"UserDetailList\":[]}"), "", 1 },
        { "no name", STR_INIT("[{\"eventSource\":\"s\"}," RECORD("1", "A") "]"), "A K1;", 1 },
        { "no object", STR_INIT("[1,null,\"x\"," RECORD("1", "A") "]"), "A K1;", 3 },
        { "broken off in a record",
          STR_INIT("{\"Records\":[" RECORD("1", "A") ",{\"eventVersion\":\"1.11\",\"userIde"),
          "A K1;", 1 },
        { "broken off between records", STR_INIT("{\"Records\":[" RECORD("1", "A") ","), "A K1;",
          1 },
        { "damaged in the middle",
          STR_INIT(
              "{\"Records\":[" RECORD("1", "A") ",{\"eventVersion\":\"1.11\",\"x\":\x01," RECORD(
                  "2", "B") "," RECORD("3", "C") "]}"),
          "A K1;B K2;C K3;", 1 },
        { "a string that does not end",
          STR_INIT(
              "{\"Records\":[{\"eventVersion\":\"1.11\",\"eventName\":\"A}," RECORD("2", "B") "]}"),
          "B K2;", 1 },
        { "half a line", STR_INIT(RECORD("1", "A") "\n{\"eventVersion\":\"1.1\n" RECORD("2", "B")),
          "A K1;B K2;", 1 },
        { "a member twice",
          STR_INIT("[{\"eventVersion\":\"1\",\"eventName\":\"X\",\"eventName\":\"Y\"}," RECORD(
              "2", "B") "]"),
          "B K2;", 1 },
        { "a duplicate", STR_INIT("[" RECORD("1", "A") "," RECORD("1", "A") "]"), "A K1;", 0 },
        { "an Insights event",
          STR_INIT("[{\"eventCategory\":\"Insight\",\"eventID\":\"i\"}," RECORD("1", "A") "]"),
          "A K1;", 0 },
        { "bytes that are no UTF-8, in what is read",
          STR_INIT("[" RECORD("1", "A\xFF") "," RECORD("2", "B") "]"), "A\xFF K1;B K2;", 1 },
        { "bytes that are no UTF-8, in what is stepped over",
          STR_INIT("[{\"x\":[\"\xC3(\"],\"eventName\":\"A\",\"eventSource\":\"s\",\"eventTime\":"
                   "\"2026-01-05T00:02:46Z\"},{\"eventName\":\"B\xC3\xA9\",\"eventSource\":\"s\","
                   "\"eventTime\":\"2026-01-05T00:02:46Z\"}]"),
          "A ;B\xC3\xA9 ;", 1 },
        { "UTF-16", STR_INIT("\xFF\xFE[\0]\0"), "", 1 },
        { "a zip archive", STR_INIT("PK\003\004rest"), "", 1 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        problems = (struct trail_problems){ .arena = &arena };
        buf_clear(&seen);
        put("f.json", cases[i].text);
        read_all();
        if (!str_eq(buf_str(&seen), str_cstr(cases[i].want)) ||
            problems.count != cases[i].problems) {
            fail_msg("%s: \"%.*s\" with %zu problems (%s)", cases[i].name, FMT(buf_str(&seen)),
                     problems.count, problems.count ? problems.items[0].what.ptr : "");
        }
    }
}

static uint64_t problems_of(enum trail_problem_kind kind)
{
    return problems.seen[kind];
}

static void test_gzip(void **state)
{
    buf packed = buf_heap(1 << 20);

    pack(STR("{\"Records\":[" RECORD("1", "A") "]}"), &packed);
    put("a.json.gz", buf_str(&packed));
    pack(STR("{\"Records\":[" RECORD("2", "B") "]}"), &packed); /* two members in one file */
    put("b.json.gz", buf_str(&packed));
    read_all();
    assert_str(buf_str(&seen), "A K1;B K2;"); /* K1 of the second file is a duplicate */
    assert_int_equal(counts.duplicates, 1);
    assert_int_equal(problems.count, 0);
    buf_done(&packed);
}

static void test_cut_gzip(void **state)
{
    buf text = buf_heap(1 << 20), packed = buf_heap(1 << 20);

    BUF_LIT(&text, "{\"Records\":[");
    for (int i = 0; i < 2000; i++) {
        buf_printf(&text,
                   "%s{\"eventVersion\":\"1.0\",\"eventName\":\"N\",\"eventSource\":\"s\","
                   "\"eventTime\":\"2026-01-05T00:02:46Z\",\"eventID\":\"%d-%d\"}",
                   i == 0 ? "" : ",", i * 7919 % 104729, i);
    }
    BUF_LIT(&text, "]}");
    pack(buf_str(&text), &packed);
    put("cut.gz", str_slice(buf_str(&packed), 0, packed.len / 2));
    read_all();
    assert_in_range(counts.records, 500, 1500); /* what came before the cut */
    assert_int_equal(problems_of(PROBLEM_GZIP), 1);
    assert_int_equal(problems_of(PROBLEM_JSON), 1);

    problems = (struct trail_problems){ .arena = &arena };
    folder_empty();
    packed.ptr[packed.len / 2] ^= 0x55;
    put("damaged.gz", buf_str(&packed));
    read_all();
    assert_int_equal(problems_of(PROBLEM_GZIP), 1);
    buf_done(&text);
    buf_done(&packed);
}

/* A file that unpacks to a thousand times its size does not go on for ever, nor into memory. */
static void test_zip_bomb(void **state)
{
    enum { BYTES = 80 << 20 };
    buf text = buf_heap(BYTES), packed = buf_heap((size_t)BYTES + (1 << 20));

    assert_non_null(buf_reserve(&text, BYTES));
    memset(text.ptr, ' ', BYTES);
    text.len = BYTES;
    pack(buf_str(&text), &packed);
    put("bomb.gz", buf_str(&packed));
    put("good.json", STR("[" RECORD("1", "A") "]"));
    read_all();
    assert_int_equal(problems_of(PROBLEM_BOMB), 1);
    assert_str(buf_str(&seen), "A K1;");
    buf_done(&text);
    buf_done(&packed);
}

/* Records across portions, and one that is longer than a record may be. */
static void test_long_files(void **state)
{
    buf text = buf_heap(64 << 20), filler = buf_heap(8 << 20);
    uint64_t wanted = 0;

    assert_non_null(buf_reserve(&filler, 5 << 20));
    memset(filler.ptr, 'x', 5 << 20);
    BUF_LIT(&text, "{\"Records\":[");
    while (text.len < (30 << 20)) {
        buf_printf(&text,
                   "%s{\"eventVersion\":\"1.0\",\"eventName\":\"N\",\"eventSource\":\"s\","
                   "\"eventTime\":\"2026-01-05T00:02:46Z\",\"x\":\"%.*s\"}",
                   wanted == 0 ? "" : ",", 1000 + (int)(wanted % 7000), filler.ptr);
        wanted++;
    }
    put("a.json", str_slice(buf_str(&text), 0, text.len));
    BUF_LIT(&text, ",{\"eventVersion\":\"1.0\",\"eventName\":\"long\",\"x\":\"");
    buf_add(&text, str_from(filler.ptr, 5 << 20));
    BUF_LIT(&text, "\"}," RECORD("1", "A") "]}");
    put("b.json", buf_str(&text));
    read_all();
    assert_int_equal(counts.records, 2 * wanted + 1);
    assert_int_equal(problems_of(PROBLEM_JSON), 1); /* a.json is broken off between records */
    assert_int_equal(problems_of(PROBLEM_TOO_LONG), 1);
    buf_done(&text);
    buf_done(&filler);
}

static enum rc look(void *state, const struct trail_event *event)
{
    struct trail_walk walk = { 0 };
    struct trail_value value;
    str key;

    assert_str(event_param(event, STR("bucketName")), "b\"q");
    assert_str(event_param(event, STR("deep.list[1].x")), "7");
    assert_str(event_param(event, STR("deep.list[].x")), "six");
    assert_true(event_param(event, STR("deep.list[2].x")).ptr == NULL);
    assert_true(event_param(event, STR("missing")).ptr == NULL);
    assert_true(event_param(event, STR("bucketName.x")).ptr == NULL);
    assert_true(event->response.ptr == NULL);
    assert_true(trail_find(event, event->request, STR("deep"), &value));
    assert_int_equal(value.type, VALUE_OBJECT);
    while (trail_each(event, event->resources, &walk, &key, &value)) {
        buf_add(&seen, trail_text_at(event, value.raw, STR("ARN")));
        buf_add_char(&seen, ';');
    }
    walk = (struct trail_walk){ 0 };
    while (trail_each(event, event->request, &walk, &key, &value)) {
        buf_add(&seen, key);
        buf_add_char(&seen, ';');
    }
    assert_str(event->error_message, "tab\there");
    assert_int_equal(event->time_s, 1767571366);
    assert_int_equal(event->read_only, FLAG_TRUE);
    assert_str(event->who.issuer_arn, "arn:r");
    assert_str(event->who.mfa, "true");
    return RC_OK;
}

static void test_looking_into_a_record(void **state)
{
    put("f.json",
        STR("[{\"eventName\":\"N\",\"eventSource\":\"s\",\"eventTime\":\"2026-01-05T00:02:46Z\","
            "\"requestParameters\":{\"a,b\":[{\"}\":\"]\"}],\"bucketName\":\"b\\\"q\",\"deep\":"
            "{\"list\":[ {\"x\":\"six\"} , {\"x\": 7} ]}},\"responseElements\":null,"
            "\"resources\":[{\"ARN\":\"arn:1\"},{\"ARN\":\"arn:2\",\"type\":\"t\"}],"
            "\"errorMessage\":\"tab\\there\",\"readOnly\":true,\"userIdentity\":{"
            "\"sessionContext\":"
            "{\"sessionIssuer\":{\"arn\":\"arn:r\"},\"attributes\":{\"mfaAuthenticated\":\"true\"}}"
            "}"
            "}]"));
    read_with(look);
    assert_int_equal(counts.records, 1);
    assert_int_equal(problems.count, 0);
    assert_str(buf_str(&seen), "arn:1;arn:2;a,b;bucketName;deep;");
}

static void test_order_and_kinds_of_files(void **state)
{
    static const char *const names[] = {
        "z/1_x/111122223333_CloudTrail_eu-west-1_20260105T0005Z_aaaa.json.gz",
        "a/111122223333_CloudTrail_eu-west-1_20260105T0010Z_bbbb.json.gz",
        "a/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260105T001122Z.json.gz",
        "b/plain.json",
        "b/.hidden.json",
    };
    const char *paths[] = { folder, folder };
    struct trail_list list;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        put(names[i], STR("[]"));
    }
    assert_ok(trail_list_make(paths, 2, &arena, &problems, &list)); /* twice the same */
    assert_int_equal(list.count, 4);
    assert_int_equal(list.digests, 1);
    assert_int_equal(list.bytes, 6);
    assert_true(str_ends(str_cstr(list.files[0].path), STR("plain.json")));
    assert_true(str_ends(str_cstr(list.files[1].path), STR("aaaa.json.gz")));
    assert_true(str_ends(str_cstr(list.files[2].path), STR("bbbb.json.gz")));
    assert_int_equal(list.files[3].kind, TRAIL_FILE_DIGEST);
    assert_str(list.files[1].account, "111122223333");
    assert_str(list.files[1].region, "eu-west-1");
    paths[0] = "/nonexistent/trail";
    assert_int_equal(trail_list_make(paths, 1, &arena, &problems, &list), RC_NOENT);
    assert_int_equal(problems_of(PROBLEM_UNREADABLE), 1);
}

static enum rc fail_second(void *state, const struct trail_event *event)
{
    static unsigned calls;

    return ++calls == 2 ? RC_FULL : RC_OK;
}

static void test_a_visitor_that_fails_ends_the_reading(void **state)
{
    const char *paths[] = { folder };
    struct trail_options options = { .threads = 1 };
    struct trail_visitor visitor = { begin, fail_second, end, NULL };
    struct trail_list list;

    put("f.json", STR("[" RECORD("1", "A") "," RECORD("2", "B") "," RECORD("3", "C") "]"));
    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_int_equal(trail_read(&list, &options, &visitor, &problems, &counts), RC_FULL);
    assert_int_equal(counts.records, 2);
}

/* Which thread read which file must not show. */
/* Where duplicates stand is noted, and is no problem. */
static void test_duplicates_are_noted(void **state)
{
    const char *paths[] = { folder };
    struct trail_problems notes = { .arena = &arena };
    struct trail_options options = { .threads = 1, .notes = &notes };
    struct trail_visitor visitor = { begin, on_event, end, NULL };
    struct trail_list list;

    put("a.json", STR("[" RECORD("1", "A") "]"));
    put("b.json", STR(RECORD("2", "B") "\n" RECORD("1", "A") "\n"));
    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_ok(trail_read(&list, &options, &visitor, &problems, &counts));
    assert_int_equal(counts.duplicates, 1);
    assert_int_equal(problems.count, 0);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.items[0].kind, NOTE_DUPLICATE);
    assert_int_equal(notes.items[0].offset, sizeof(RECORD("2", "B")));
    assert_true(str_ends(notes.items[0].path, STR("/b.json")));
    assert_true(str_ends(notes.items[0].what, STR("event id-1")));
}

static void test_threads(void **state)
{
    const char *paths[] = { folder };
    struct trail_options options = { .threads = 4 };
    struct trail_visitor visitor = { begin, NULL, end, NULL };
    struct trail_list list;
    char name[64];
    buf text = buf_heap(1 << 20);

    visitor.event = fail_second; /* not called: all files are empty lists or damaged */
    for (int i = 0; i < 40; i++) {
        buf_clear(&text);
        buf_printf(&text, i % 2 ? "[]" : "{\"eventVersion\"");
        (void)snprintf(name, sizeof(name), "f%02d.json", i);
        put(name, buf_str(&text));
    }
    assert_ok(trail_list_make(paths, 1, &arena, &problems, &list));
    assert_ok(trail_read(&list, &options, &visitor, &problems, &counts));
    assert_int_equal(counts.files, 40);
    assert_int_equal(problems.count, 20);
    for (size_t i = 1; i < problems.count; i++) {
        assert_true(str_cmp(problems.items[i - 1].path, problems.items[i].path) < 0);
    }
    buf_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gzip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_gzip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zip_bomb, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_looking_into_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_and_kinds_of_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_visitor_that_fails_ends_the_reading, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_duplicates_are_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
