/* What is accepted is what a second, slow reader of the grammar accepts, no name twice in an object,
 * within the limits. JSON accepted, printed either way and read again is the same value; spans say
 * where a value stands: its text alone reads as the same value. Refused text has a place and a reason. */
#include "fuzz.h"

#include "codec/json.h"

static const struct json_limits limits = { .depth_max = 50, .values_max = 5000 };

/* ---- the grammar of RFC 8259 once more: where a value ends, or NULL ---- */

static const char *slow_value(const char *at, const char *end, unsigned depth);

static const char *slow_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
        at++;
    }
    return at;
}

static const char *slow_literal(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);

    return (size_t)(end - at) >= len && memcmp(at, word, len) == 0 ? at + len : NULL;
}

static const char *slow_digits(const char *at, const char *end)
{
    const char *from = at;

    while (at != NULL && at < end && ascii_is_digit(*at)) {
        at++;
    }
    return at == from ? NULL : at;
}

static const char *slow_number(const char *at, const char *end)
{
    at += at < end && *at == '-';
    at = at < end && *at == '0' ? at + 1 : slow_digits(at, end);
    if (at != NULL && at < end && *at == '.') {
        at = slow_digits(at + 1, end);
    }
    if (at != NULL && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        at = slow_digits(at, end);
    }
    return at;
}

/* The UTF-16 unit of \uXXXX at `at`, or -1. */
static long slow_unit(const char *at, const char *end)
{
    char digits[5] = { 0 };

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        if (ascii_hex_value(at[2 + i]) > 15) {
            return -1;
        }
    }
    memcpy(digits, at + 2, 4);
    return strtol(digits, NULL, 16);
}

static const char *slow_escape(const char *at, const char *end)
{
    long unit = slow_unit(at, end), low;

    if (unit < 0) {
        return end - at >= 2 && at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ? at + 2
                                                                                     : NULL;
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        return at + 6;
    }
    low = slow_unit(at + 6, end); /* half a pair is no character */
    return unit < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF ? at + 12 : NULL;
}

static const char *slow_string(const char *at, const char *end)
{
    if (at >= end || *at++ != '"') {
        return NULL;
    }
    while (at != NULL && at < end && *at != '"') {
        at = *at == '\\' ? slow_escape(at, end) : (unsigned char)*at < ' ' ? NULL : at + 1;
    }
    return at == NULL || at >= end ? NULL : at + 1;
}

static const char *slow_children(const char *at, const char *end, unsigned depth, bool named)
{
    char close = named ? '}' : ']';

    at = slow_space(at + 1, end);
    if (at < end && *at == close) {
        return at + 1;
    }
    for (;;) {
        if (named) {
            at = slow_string(slow_space(at, end), end);
            at = at == NULL ? NULL : slow_space(at, end);
            if (at == NULL || at == end || *at++ != ':') {
                return NULL;
            }
        }
        at = slow_value(slow_space(at, end), end, depth);
        at = at == NULL ? NULL : slow_space(at, end);
        if (at == NULL || at == end || (*at != ',' && *at != close)) {
            return NULL;
        }
        if (*at++ == close) {
            return at;
        }
    }
}

static const char *slow_value(const char *at, const char *end, unsigned depth)
{
    if (at == end) {
        return NULL;
    }
    switch (*at) {
    case '{':
    case '[': /* deeper than any limit is refused anyhow */
        return depth == 200 ? NULL : slow_children(at, end, depth + 1, *at == '{');
    case '"':
        return slow_string(at, end);
    case 't':
        return slow_literal(at, end, "true");
    case 'f':
        return slow_literal(at, end, "false");
    case 'n':
        return slow_literal(at, end, "null");
    default:
        return slow_number(at, end);
    }
}

static bool slow_accepts(str text)
{
    const char *end = text.ptr + text.len;
    const char *at = slow_value(slow_space(text.ptr, end), end, 0);

    return at != NULL && slow_space(at, end) == end && str_is_utf8(text);
}

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
        if (value->type == JSON_OBJECT) { /* the first of its name: so no name comes twice */
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
        REQUIRE(slow_accepts(text));
        check_accepted(text, value, &arena);
    } else {
        REQUIRE(rc == RC_SYNTAX || rc == RC_LIMIT);
        REQUIRE(error.reason != NULL);
        REQUIRE(rc == RC_LIMIT || !slow_accepts(text) ||
                strcmp(error.reason, "duplicate key") == 0);
        check_place(text, error.offset, error.line, error.column);
    }
    check_string(text, &arena);
    arena_done(&arena);
    return 0;
}
