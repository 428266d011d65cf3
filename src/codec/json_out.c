#include "codec/escape.h"
#include "codec/json.h"

/* Rows 1 to 32 are the control characters. */
enum { QUOTE = 33, BACKSLASH };

static const str rows[] = {
    [1] = STR_INIT("\\u0000"),      [2] = STR_INIT("\\u0001"),  [3] = STR_INIT("\\u0002"),
    [4] = STR_INIT("\\u0003"),      [5] = STR_INIT("\\u0004"),  [6] = STR_INIT("\\u0005"),
    [7] = STR_INIT("\\u0006"),      [8] = STR_INIT("\\u0007"),  [9] = STR_INIT("\\b"),
    [10] = STR_INIT("\\t"),         [11] = STR_INIT("\\n"),     [12] = STR_INIT("\\u000b"),
    [13] = STR_INIT("\\f"),         [14] = STR_INIT("\\r"),     [15] = STR_INIT("\\u000e"),
    [16] = STR_INIT("\\u000f"),     [17] = STR_INIT("\\u0010"), [18] = STR_INIT("\\u0011"),
    [19] = STR_INIT("\\u0012"),     [20] = STR_INIT("\\u0013"), [21] = STR_INIT("\\u0014"),
    [22] = STR_INIT("\\u0015"),     [23] = STR_INIT("\\u0016"), [24] = STR_INIT("\\u0017"),
    [25] = STR_INIT("\\u0018"),     [26] = STR_INIT("\\u0019"), [27] = STR_INIT("\\u001a"),
    [28] = STR_INIT("\\u001b"),     [29] = STR_INIT("\\u001c"), [30] = STR_INIT("\\u001d"),
    [31] = STR_INIT("\\u001e"),     [32] = STR_INIT("\\u001f"), [QUOTE] = STR_INIT("\\\""),
    [BACKSLASH] = STR_INIT("\\\\"),
};

static const struct escape json_escape = {
    .row_of = { 1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                9,
                10,
                11,
                12,
                13,
                14,
                15,
                16,
                17,
                18,
                19,
                20,
                21,
                22,
                23,
                24,
                25,
                26,
                27,
                28,
                29,
                30,
                31,
                32,
                ['"'] = QUOTE,
                ['\\'] = BACKSLASH,
                ESCAPE_HIGH_ROWS },
    .marks = { '"', '\\', '"', '\\', '"' },
    .rows = rows,
};

static void add_quoted(buf *out, bool comma, str text, str after)
{
    escape_add(&json_escape, comma ? STR(",\"") : STR("\""), text, after, out);
}

static void before_value(struct json_out *o)
{
    if (o->need_comma) {
        buf_add_char(o->out, ',');
    }
    o->need_comma = true;
}

void json_open(struct json_out *o, char bracket)
{
    before_value(o);
    buf_add_char(o->out, bracket);
    o->need_comma = false;
}

void json_close(struct json_out *o, char bracket)
{
    buf_add_char(o->out, bracket);
    o->need_comma = true;
}

void json_key(struct json_out *o, str key)
{
    add_quoted(o->out, o->need_comma, key, STR("\":"));
    o->need_comma = false;
}

void json_own_key(struct json_out *o, str key)
{
    char *at = buf_reserve(o->out, key.len + 4);
    char *start = at;

    if (at == NULL) {
        return;
    }
    if (o->need_comma) {
        *at++ = ',';
    }
    *at++ = '"';
    memcpy(at, key.ptr, key.len);
    at += key.len;
    *at++ = '"';
    *at++ = ':';
    o->out->len += (size_t)(at - start);
    o->need_comma = false;
}

void json_str(struct json_out *o, str text)
{
    add_quoted(o->out, o->need_comma, text, STR("\""));
    o->need_comma = true;
}

void json_i64(struct json_out *o, int64_t n)
{
    before_value(o);
    buf_add_i64(o->out, n);
}

void json_raw(struct json_out *o, str json)
{
    before_value(o);
    buf_add(o->out, json);
}

void json_bool(struct json_out *o, bool value)
{
    json_raw(o, value ? STR("true") : STR("false"));
}

void json_null(struct json_out *o)
{
    json_raw(o, STR("null"));
}

void json_put_str(struct json_out *o, str key, str text)
{
    json_own_key(o, key);
    json_str(o, text);
}

void json_put_some(struct json_out *o, str key, str text)
{
    if (text.len > 0) {
        json_put_str(o, key, text);
    }
}

void json_put_i64(struct json_out *o, str key, int64_t n)
{
    json_own_key(o, key);
    json_i64(o, n);
}

void json_put_bool(struct json_out *o, str key, bool value)
{
    json_own_key(o, key);
    json_bool(o, value);
}

struct printer {
    buf *out;
    bool pretty;
    size_t depth;
};

static void new_line(const struct printer *printer)
{
    if (printer->pretty) {
        buf_add_char(printer->out, '\n');
        for (size_t i = 0; i < printer->depth; i++) {
            BUF_LIT(printer->out, "  ");
        }
    }
}

/* The value without its children; an empty container is closed at once. */
static void print_start(struct printer *printer, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL:
        BUF_LIT(printer->out, "null");
        return;
    case JSON_FALSE:
        BUF_LIT(printer->out, "false");
        return;
    case JSON_TRUE:
        BUF_LIT(printer->out, "true");
        return;
    case JSON_NUMBER:
        buf_add(printer->out, value->text);
        return;
    case JSON_STRING:
        add_quoted(printer->out, false, value->text, STR("\""));
        return;
    case JSON_ARRAY:
        buf_add(printer->out, value->first == NULL ? STR("[]") : STR("["));
        return;
    case JSON_OBJECT:
        buf_add(printer->out, value->first == NULL ? STR("{}") : STR("{"));
        return;
    }
}

static void print_key(struct printer *printer, const struct json *value)
{
    new_line(printer);
    if (value->parent->type == JSON_OBJECT) {
        add_quoted(printer->out, false, value->key, printer->pretty ? STR("\": ") : STR("\":"));
    }
}

/* Walks by the parents instead of recursing: the depth of a document is never the stack's. */
void json_print(const struct json *value, bool pretty, buf *out)
{
    struct printer printer = { .out = out, .pretty = pretty };
    const struct json *at = value;

    for (;;) {
        print_start(&printer, at);
        if (at->first != NULL) {
            printer.depth++;
            at = at->first;
            print_key(&printer, at);
            continue;
        }
        while (at != value && at->next == NULL) {
            at = at->parent;
            printer.depth--;
            new_line(&printer);
            buf_add_char(out, at->type == JSON_OBJECT ? '}' : ']');
        }
        if (at == value || out->err != RC_OK) {
            return;
        }
        at = at->next;
        buf_add_char(out, ',');
        print_key(&printer, at);
    }
}
