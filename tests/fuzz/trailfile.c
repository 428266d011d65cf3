/* Records of a trail: the same ones are found wherever the file is cut into portions; what is strict JSON
 * is never called damaged; every span of a record lies inside it, and looking into it stays inside too. The
 * fast way through members comes to the same as the plain one. */
#include "fuzz.h"

#include "../unit/trailfile/fields.h"

#include "codec/json.h"
#include "trailfile/find.h"

struct heard {
    buf records; /* raw text of each, and a line feed */
    buf fields;  /* every field of each */
    uint64_t problems[PROBLEM_KINDS];
};

static void is_inside(const struct trail_event *event, str part)
{
    REQUIRE(part.ptr == NULL ||
            (part.ptr >= event->raw.ptr && part.ptr + part.len <= event->raw.ptr + event->raw.len));
}

static void look_into(const struct trail_event *event, str json, unsigned depth)
{
    struct trail_walk walk = { 0 };
    struct trail_value value, again;
    str key;
    unsigned element = 0;

    while (depth < 4 && trail_each(event, json, &walk, &key, &value)) {
        is_inside(event, value.raw);
        REQUIRE(value.type != VALUE_NONE && value.raw.len > 0);
        (void)trail_value_text(event, &value);
        if (key.ptr == NULL && element < 3) {
            char path[16];
            (void)snprintf(path, sizeof(path), "[%u]", element);
            REQUIRE(trail_find(event, json, str_cstr(path), &again) &&
                    str_eq(again.raw, value.raw));
            element++;
        }
        look_into(event, value.raw, depth + 1);
    }
}

static enum rc on_record(void *context, const struct trail_event *event)
{
    struct heard *heard = context;

    buf_add(&heard->records, event->raw);
    buf_add_char(&heard->records, '\n');
    add_fields(&heard->fields, event);
    REQUIRE(event->name.len > 0 && event->source.len > 0);
    is_inside(event, event->request);
    is_inside(event, event->response);
    is_inside(event, event->resources);
    look_into(event, event->request, 0);
    look_into(event, event->raw, 2);
    return RC_OK;
}

static void on_problem(void *context, enum trail_problem_kind kind, uint64_t offset, str what)
{
    struct heard *heard = context;

    REQUIRE(what.len > 0);
    heard->problems[kind]++;
    buf_printf(&heard->fields, "%llu %.*s\n", (unsigned long long)offset, FMT(what));
}

/* All at once, or in portions of `step` more bytes at a time. */
static void hear(str text, size_t step, bool plain, struct heard *heard)
{
    struct finder finder;
    size_t from = 0, to = 0;

    finder_init(&finder);
    finder.memo.plain = plain;
    finder.record = on_record;
    finder.problem = on_problem;
    finder.context = heard;
    finder_file(&finder, "f");
    while (from < text.len || to == 0) {
        size_t used, len;
        char *copy;
        bool last;
        to = text.len - to > step ? to + step : text.len;
        last = to == text.len;
        len = to - from;
        copy = alloc_new(&heap, len + INDEX_PADDING);
        REQUIRE(copy != NULL);
        memcpy(copy, text.ptr + from, len);
        REQUIRE(finder_portion(&finder, copy, len, last, &used) == RC_OK && used <= len);
        alloc_free(&heap, copy, len + INDEX_PADDING);
        from += used;
        finder.base += used;
        if (last) {
            break;
        }
    }
    finder_done(&finder);
}

static bool is_strict_json(str text)
{
    static const struct json_limits limits = { 1000, 1000000, .repeats = false };
    struct arena arena;
    struct json *json;
    struct json_error error;
    bool good;

    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    good = json_parse(text, &limits, &arena, &json, &error) == RC_OK &&
           (json->type == JSON_ARRAY || json->type == JSON_OBJECT);
    arena_done(&arena);
    return good;
}

static struct heard heard_init(void)
{
    return (struct heard){ .records = buf_heap(1 << 26), .fields = buf_heap(1 << 26) };
}

static void heard_done(struct heard *heard)
{
    buf_done(&heard->records);
    buf_done(&heard->fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole = heard_init(), plain = heard_init(), parts = heard_init();
    str text = fuzz_text(data, size);
    size_t step = size == 0 ? 1 : 1 + data[0] % 97;

    hear(text, SIZE_MAX, false, &whole);
    hear(text, SIZE_MAX, true, &plain);
    REQUIRE(str_eq(buf_str(&whole.fields), buf_str(&plain.fields)));
    if (is_strict_json(text)) {
        REQUIRE(whole.problems[PROBLEM_JSON] == 0);
    }
    if (whole.problems[PROBLEM_JSON] == 0 && size < 4096) {
        hear(text, step, false, &parts);
        REQUIRE(parts.problems[PROBLEM_JSON] == 0);
        REQUIRE(str_eq(buf_str(&whole.records), buf_str(&parts.records)));
    }
    heard_done(&whole);
    heard_done(&plain);
    heard_done(&parts);
    return 0;
}
