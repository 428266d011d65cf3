/* JSON accepted, printed either way and read again is the same value; spans say where a value
 * stands: its text alone reads as the same value. Refused text has a place and a reason. */
#include "fuzz.h"

#include "codec/json.h"

static const struct json_limits limits = { .depth_max = 50, .values_max = 5000 };

static bool values_are_equal(const struct json *a, const struct json *b)
{
    const struct json *x, *y;

    if (a->type != b->type || a->count != b->count || !str_eq(a->text, b->text)) {
        return false;
    }
    for (x = a->first, y = b->first; x != NULL && y != NULL; x = x->next, y = y->next) {
        if (!str_eq(x->key, y->key) || !values_are_equal(x, y)) {
            return false;
        }
    }
    return x == NULL && y == NULL;
}

static void check_reads_as(str text, const struct json *value, struct arena *arena)
{
    struct json_error error;
    struct json *again = NULL;

    REQUIRE(json_parse(text, &limits, arena, &again, &error) == RC_OK);
    REQUIRE(values_are_equal(value, again));
}

/* Lines and columns counted by hand agree with the offset. */
static void check_place(str text, uint32_t offset, uint32_t line, uint32_t column)
{
    uint32_t lines = 1, start = 0;

    REQUIRE(offset <= text.len);
    for (uint32_t i = 0; i < offset; i++) {
        if (text.ptr[i] == '\n') {
            lines++;
            start = i + 1;
        }
    }
    REQUIRE(lines == line && offset - start + 1 == column);
}

static void check_spans(str text, const struct json *value, struct arena *arena)
{
    const struct json_span *span = &value->span;

    REQUIRE(span->offset < span->end);
    check_place(text, span->offset, span->line, span->column);
    check_place(text, span->end, span->end_line, span->end_column);
    if (text.len < 500) { /* each part is read again: keep it quick */
        check_reads_as(str_slice(text, span->offset, span->end - span->offset), value, arena);
    }
    for (const struct json *child = value->first; child != NULL; child = child->next) {
        REQUIRE(child->parent == value);
        REQUIRE(child->span.offset > span->offset && child->span.end < span->end);
        if (value->type == JSON_OBJECT) {
            REQUIRE(json_member(value, child->key) == child);
            check_place(text, child->key_span.offset, child->key_span.line, child->key_span.column);
        }
        check_spans(text, child, arena);
    }
}

static void check_accepted(str text, const struct json *value, struct arena *arena)
{
    buf out = buf_heap(1 << 26);

    REQUIRE(str_is_utf8(text));
    check_spans(text, value, arena);
    for (int pretty = 0; pretty <= 1; pretty++) {
        buf_clear(&out);
        json_print(value, pretty != 0, &out);
        REQUIRE(out.err == RC_OK);
        check_reads_as(buf_str(&out), value, arena);
    }
    buf_done(&out);
}

/* Any bytes can be written as a string, and what is UTF-8 comes back as it was. */
static void check_string(str text, struct arena *arena)
{
    buf out = buf_heap(1 << 26);
    struct json_out o = { .out = &out };
    struct json_error error;
    struct json *value = NULL;

    json_str(&o, text);
    REQUIRE(json_parse(buf_str(&out), &limits, arena, &value, &error) == RC_OK);
    REQUIRE(value->type == JSON_STRING && str_is_utf8(value->text));
    REQUIRE(str_eq(value->text, text) == str_is_utf8(text));
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    struct json_error error = { 0 };
    struct json *value = NULL;
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, 1 << 28);
    rc = json_parse(text, &limits, &arena, &value, &error);
    if (rc == RC_OK) {
        check_accepted(text, value, &arena);
    } else {
        REQUIRE(rc == RC_SYNTAX || rc == RC_LIMIT);
        REQUIRE(error.reason != NULL);
        check_place(text, error.offset, error.line, error.column);
    }
    check_string(text, &arena);
    arena_done(&arena);
    return 0;
}
