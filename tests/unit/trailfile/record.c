/* The fast way through a record's members against the plain one: whatever stands there, both come to the
 * same records, fields and problems, at the same places. */
#include "unit.h"

#include "trailfile/fields.h"
#include "trailfile/find.h"

struct heard {
    buf records, problems; /* apart: a record is handed on later than a problem behind it */
};

static enum rc on_record(void *context, const struct trail_event *event)
{
    struct heard *heard = context;

    add_fields(&heard->records, event);
    return RC_OK;
}

static void on_problem(void *context, enum trail_problem_kind kind, uint64_t offset, str what)
{
    struct heard *heard = context;

    buf_printf(&heard->problems, "%d at %llu: %.*s\n", (int)kind, (unsigned long long)offset,
               FMT(what));
}

/* A portion as the reader gives it: with padding behind it. */
static size_t take(struct finder *finder, str portion, bool last)
{
    char *padded = alloc_new(&heap, portion.len + INDEX_PADDING);
    size_t used = 0;

    assert_non_null(padded);
    memcpy(padded, portion.ptr, portion.len);
    assert_ok(finder_portion(finder, padded, portion.len, last, &used));
    assert_true(used <= portion.len);
    alloc_free(&heap, padded, portion.len + INDEX_PADDING);
    return used;
}

/* What is heard of a text that comes `step` bytes at a time, read plainly or not. */
static buf hear_steps(str text, size_t step, bool plain)
{
    struct heard heard = { .records = buf_heap(64 << 20), .problems = buf_heap(1 << 20) };
    struct finder finder;
    size_t to = 0;

    finder_init(&finder);
    finder.memo.plain = plain;
    finder.record = on_record;
    finder.problem = on_problem;
    finder.context = &heard;
    finder_file(&finder, "f");
    do {
        to = text.len - to > step ? to + step : text.len;
        finder.base += take(&finder, str_slice(text, finder.base, to - finder.base),
                            to == text.len);
    } while (to < text.len);
    finder_done(&finder);
    buf_add(&heard.records, buf_str(&heard.problems));
    buf_done(&heard.problems);
    return heard.records;
}

static buf hear(str text, bool plain)
{
    return hear_steps(text, SIZE_MAX, plain);
}

/* Their length; 0 would say that nothing was heard. */
static size_t same_both_ways(str text)
{
    buf fast = hear(text, false), slow = hear(text, true);
    size_t len = fast.len;

    assert_int_equal(fast.err, RC_OK);
    assert_true(str_eq(buf_str(&fast), buf_str(&slow)));
    buf_done(&fast);
    buf_done(&slow);
    return len;
}

#define GOOD "\"eventName\":\"N\",\"eventSource\":\"s\",\"eventTime\":\"2026-01-05T00:02:46Z\""

static void test_both_ways(void **state)
{
    static const str cases[] = {
        STR_INIT("[{" GOOD "}]"),
        STR_INIT("[{" GOOD "},{" GOOD "}]"),
        STR_INIT("[{ " GOOD "}]"),
        STR_INIT("[{" GOOD " }]"),
        STR_INIT("[{" GOOD " ,\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ", \"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\" :\"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\": \"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\":\n\"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\":\"1\",}]"),
        STR_INIT("[{" GOOD ",,\"eventID\":\"1\"}]"),
        STR_INIT("[{," GOOD "}]"),
        STR_INIT("[{" GOOD "\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\":}]"),
        STR_INIT("[{" GOOD ",\"eventID\":"),
        STR_INIT("[{" GOOD ",\"eventID\""),
        STR_INIT("[{" GOOD ",\"eventID"),
        STR_INIT("[{" GOOD ",\"eventID\":\"1"),
        STR_INIT("[{" GOOD ",\"eventID\":\"1\""),
        STR_INIT("[{" GOOD ",\"eventID\":tru"),
        STR_INIT("[{" GOOD ",\"eventID\":true"),
        STR_INIT("[{" GOOD ",\"eventID\":true}]"),
        STR_INIT("[{" GOOD ",\"eventID\":trues}]"),
        STR_INIT("[{" GOOD ",\"eventID\":12.5e-3,\"readOnly\":false}]"),
        STR_INIT("[{" GOOD ",\"eventID\":nul,\"readOnly\":false}]"),
        STR_INIT("[{" GOOD ",\"readOnly\":\"true\",\"managementEvent\":\"false\"}]"),
        STR_INIT("[{" GOOD ",\"readOnly\":null,\"managementEvent\":\"no\"}]"),
        STR_INIT("[{" GOOD ",\"eventName\":\"twice\"}]"),
        STR_INIT("[{" GOOD ",\"unknown\":\"a\",\"unknown\":\"b\",\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"\":\"empty\",\"eventID\":\"\"}]"),
        STR_INIT("[{" GOOD ",\"eventI\\u0044\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userAgent\":\"a \\\"b\\\" \\\\\",\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userAgent\":\"\\q\",\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD
                 ",\"requestParameters\":{\"a\":[\"{\",{\"b\":\"}\"}]},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"requestParameters\":\"text\",\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"requestParameters\":null,\"resources\":[],\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"requestParameters\":{\"a\":[1},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"eventID\":{\"a\":\"b\"},\"requestID\":[\"c\"]}]"),
        STR_INIT("[{" GOOD ",\"unknown\":{\"a\":\"b\"},\"other\":[\"c\"],\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":{},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":\"none\",\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":[\"none\",\"a\"],\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":null,\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD
                 ",\"userIdentity\":{\"type\":\"Root\",\"x\":{\"y\":\"z\"}},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":{\"type\":\"A\",\"type\":\"B\"},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":{\"sessionContext\":{\"attributes\":{"
                 "\"mfaAuthenticated\":\"true\"} "
                 ",\"sessionIssuer\":{\"arn\":\"a\"}}},\"eventID\":\"1\"}]"),
        STR_INIT("[{" GOOD ",\"userIdentity\":{\"arn\":\"a\""),
        STR_INIT("[{\"CloudTrailEvent\":\"{\\\"eventName\\\":\\\"A\\\",\\\"eventSource\\\":"
                 "\\\"s\\\"}\"}]"),
        STR_INIT("[{\"CloudTrailEvent\":{}}]"),
        STR_INIT("[{\"eventName\":\"N\"\0,\"eventSource\":\"s\"}]"),
        STR_INIT("[{\"eventName\":\0\"N\",\"eventSource\":\"s\"}]"),
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(same_both_ways(cases[i]) > 0);
    }
}

static unsigned next_random(uint32_t *state, unsigned below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

/* A member, now and then written as nobody writes it. */
static void add_member(buf *text, uint32_t *state, const char *name, const char *value)
{
    static const char *const gaps[] = { "", "", "", "", "", "", "", " ", "\n  ", "\t" };

#define GAP gaps[next_random(state, COUNT_OF(gaps))]
    buf_printf(text, ",%s\"%s\"%s:%s%s%s", GAP, name, GAP, GAP, value, GAP);
#undef GAP
}

static void add_record(buf *text, uint32_t *state)
{
    static const char *const values[] = {
        "\"text\"",
        "\"\"",
        "null",
        "true",
        "12",
        "{}",
        "[]",
        "{\"a\":\"b\",\"c\":[\"d\",\"}\"]}",
        "\"a \\\"quoted\\\" one\"",
        "\"\\\\\"",
        "\"a string that is longer than one block of the "
        "index, which has sixty-four bytes, so that its quotes stand far apart\""
    };
    static const char *const names[] = { "awsRegion", "userAgent",    "requestParameters",
                                         "eventID",   "readOnly",     "unknownMember",
                                         "resources", "userIdentity", "additionalEventData" };

    buf_printf(text, "{\"eventName\":\"N%u\",\"eventSource\":\"s\"", next_random(state, 100));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (next_random(state, 4) > 0) {
            add_member(text, state, names[i], values[next_random(state, COUNT_OF(values))]);
        }
    }
    buf_add_char(text, '}');
}

/* Records over many steps of the index, so that steps end at every place of a member. */
static void test_over_many_steps(void **state)
{
    for (uint32_t seed = 1; seed <= 4; seed++) {
        uint32_t random = seed;
        buf text = buf_heap(4 << 20);
        buf_add(&text, STR("{\"Records\":["));
        while (text.len < 20 * (size_t)INDEX_STEP * INDEX_BLOCK) {
            add_record(&text, &random);
            buf_add_char(&text, ',');
        }
        buf_add(&text, STR("]}"));
        assert_true(same_both_ways(buf_str(&text)) > text.len);
        assert_true(same_both_ways(str_slice(buf_str(&text), 0, text.len / 2)) > text.len / 2);
        buf_done(&text);
    }
}

/* What lies far behind is forgotten; a record longer than what is kept must be whole all the same. */
static void test_a_long_record(void **state)
{
    buf text = buf_heap(4 << 20), heard;

    buf_add(&text, STR("[{" GOOD ",\"requestParameters\":{\"list\":["));
    while (text.len < 8 * (size_t)INDEX_STEP * INDEX_BLOCK) {
        buf_add(&text, STR("{\"key\":\"value\"},"));
    }
    buf_add(&text, STR("\"end\"]},\"eventID\":\"behind\"},{" GOOD ",\"eventID\":\"next\"}]"));
    heard = hear(buf_str(&text), false);
    assert_non_null(memmem(heard.ptr, heard.len, "\n+behind\n", 9));
    assert_non_null(memmem(heard.ptr, heard.len, "\n+next\n", 7));
    assert_true(same_both_ways(buf_str(&text)) > text.len);
    buf_done(&heard);
    buf_done(&text);
}

/* Wherever a portion ends: what it cut comes again. */
static void test_portions(void **state)
{
    static const str text = STR_INIT(
        "{\"Records\":[{" GOOD ",\"readOnly\":true},-1.5e+3,null,{" GOOD
        ",\"userAgent\":\"a\\\"b\",\"eventID\":12.5},false,{ " GOOD " }]}");
    buf whole = hear(text, false);

    for (size_t step = 1; step <= text.len; step++) {
        buf parts = hear_steps(text, step, step % 2 == 0);
        assert_true(str_eq(buf_str(&whole), buf_str(&parts)));
        buf_done(&parts);
    }
    buf_done(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_over_many_steps),
        cmocka_unit_test(test_a_long_record),
        cmocka_unit_test(test_portions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
