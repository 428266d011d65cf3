#include "codec/json.h"

#include "codec/repeat.h"

/* No recursion: open containers are linked by ->parent. Line feeds can stand between tokens only
 * (a string cannot hold one), so columns follow from where the line began. */
struct reader {
    const char *text;
    uint32_t at, end;
    uint32_t line, line_start; /* line_start: offset of the line's first byte */
    uint32_t depth, values;
    const struct json_limits *limits;
    struct arena *arena;
    struct json *top, *open, *last; /* the innermost open container and its last child */
    bool after_comma;
    struct json_error *error;
};

static enum rc fail_at(struct reader *r, uint32_t offset, enum rc rc, const char *reason)
{
    *r->error = (struct json_error){ offset, r->line, offset - r->line_start + 1, reason };
    return rc;
}

static enum rc fail(struct reader *r, const char *reason)
{
    return fail_at(r, r->at, RC_SYNTAX, r->at == r->end ? "unexpected end" : reason);
}

static void span_start(const struct reader *r, struct json_span *span)
{
    span->offset = r->at;
    span->line = r->line;
    span->column = r->at - r->line_start + 1;
}

static void span_end(const struct reader *r, struct json_span *span)
{
    span->end = r->at;
    span->end_line = r->line;
    span->end_column = r->at - r->line_start + 1;
}

/* 0 at the end of the text; a NUL in the text is no token either. */
static char peek(const struct reader *r)
{
    return r->at < r->end ? r->text[r->at] : '\0';
}

static void skip_space(struct reader *r)
{
    for (; r->at < r->end && ascii_is_space(r->text[r->at]); r->at++) {
        if (r->text[r->at] == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        }
    }
}

enum { PLAIN, STOP, HIGH };
#define STOPS8 STOP, STOP, STOP, STOP, STOP, STOP, STOP, STOP
#define HIGH8 HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH
#define HIGH32 HIGH8, HIGH8, HIGH8, HIGH8
static const uint8_t string_class[256] = {
    STOPS8,        STOPS8,         STOPS8, STOPS8, ['"'] = STOP,
    ['\\'] = STOP, [128] = HIGH32, HIGH32, HIGH32, HIGH32,
};

/* To the next quote, backslash or control character. */
static enum rc skip_plain(struct reader *r)
{
    for (;;) {
        uint8_t class;
        str rest;
        uint32_t code;

        while (r->at < r->end && string_class[(uint8_t)r->text[r->at]] == PLAIN) {
            r->at++;
        }
        class = r->at < r->end ? string_class[(uint8_t)r->text[r->at]] : STOP;
        if (class != HIGH) {
            return RC_OK;
        }
        rest = str_from(r->text + r->at, r->end - r->at);
        if (!take_utf8(&rest, &code)) {
            return fail(r, "invalid UTF-8");
        }
        r->at = r->end - (uint32_t)rest.len;
    }
}

/* Four hexadecimal digits behind "\u". */
static bool take_hex4(struct reader *r, uint32_t *ret)
{
    uint32_t code = 0;

    if (r->end - r->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        unsigned digit = ascii_hex_value(r->text[r->at + (uint32_t)i]);
        if (digit > 15) {
            return false;
        }
        code = code << 4 | digit;
    }
    r->at += 4;
    *ret = code;
    return true;
}

/* The code point behind "\u", both halves when it is written as a surrogate pair. */
static bool take_escaped_code(struct reader *r, uint32_t *ret)
{
    uint32_t high, low;

    if (!take_hex4(r, &high) || (high >= 0xDC00 && high <= 0xDFFF)) {
        return false;
    }
    if (high < 0xD800 || high > 0xDFFF) {
        *ret = high;
        return true;
    }
    if (r->end - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u') {
        return false;
    }
    r->at += 2;
    if (!take_hex4(r, &low) || low < 0xDC00 || low > 0xDFFF) {
        return false;
    }
    *ret = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
    return true;
}

/* At a backslash. Writes at most as many bytes as it reads: six become three, twelve four. */
static enum rc take_escape(struct reader *r, char **to)
{
    static const char plain[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                     ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };
    uint32_t start = r->at++, code;
    uint8_t letter = (uint8_t)peek(r);

    r->at += r->at < r->end;
    if (plain[letter] != 0) {
        *(*to)++ = plain[letter];
        return RC_OK;
    }
    if (letter != 'u' || !take_escaped_code(r, &code)) {
        return fail_at(r, start, RC_SYNTAX, "invalid escape");
    }
    *to += utf8_encode(code, *to);
    return RC_OK;
}

/* Behind the opening quote: to the closing one. All is checked here; nothing is kept. */
static enum rc scan_string(struct reader *r, bool *ret_escaped)
{
    bool escaped = false;

    for (;;) {
        char scratch[4], *to = scratch;
        TRY(skip_plain(r));
        if (r->at < r->end && r->text[r->at] == '"') {
            *ret_escaped = escaped;
            return RC_OK;
        }
        if (r->at == r->end || r->text[r->at] != '\\') {
            return fail(r, "control character in string");
        }
        TRY(take_escape(r, &to));
        escaped = true;
    }
}

/* Text of a string scanned before, from `start` to r->at. */
static enum rc unescape(struct reader *r, uint32_t start, str *ret)
{
    uint32_t end = r->at;
    char *bytes = arena_bytes(r->arena, end - start), *to = bytes;

    if (bytes == NULL) {
        return RC_NOMEM;
    }
    for (r->at = start; r->at < end;) {
        const char *run = r->text + r->at;
        const char *stop = memchr(run, '\\', end - r->at);
        size_t len = stop == NULL ? end - r->at : (size_t)(stop - run);
        memcpy(to, run, len);
        to += len;
        r->at += (uint32_t)len;
        if (stop != NULL) {
            TRY(take_escape(r, &to));
        }
    }
    *ret = str_from(bytes, (size_t)(to - bytes));
    return RC_OK;
}

/* At the opening quote. */
static enum rc take_string(struct reader *r, str *ret)
{
    uint32_t start = ++r->at;
    bool escaped = false;

    TRY(scan_string(r, &escaped));
    if (escaped) {
        TRY(unescape(r, start, ret));
    } else {
        *ret = str_from(r->text + start, r->at - start);
    }
    r->at++;
    return RC_OK;
}

static bool skip_digits(struct reader *r)
{
    uint32_t start = r->at;

    while (ascii_is_digit(peek(r))) {
        r->at++;
    }
    return r->at > start;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static enum rc take_number(struct reader *r, str *ret)
{
    uint32_t start = r->at;

    r->at += peek(r) == '-';
    if (peek(r) == '0') {
        r->at++;
    } else if (!skip_digits(r)) {
        return fail(r, "invalid number");
    }
    if (peek(r) == '.') {
        r->at++;
        if (!skip_digits(r)) {
            return fail(r, "invalid number");
        }
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        r->at += peek(r) == '+' || peek(r) == '-';
        if (!skip_digits(r)) {
            return fail(r, "invalid number");
        }
    }
    if (ascii_is_alnum(peek(r)) || peek(r) == '.') { /* 01, 1x, 1.2.3 */
        return fail(r, "invalid number");
    }
    *ret = str_from(r->text + start, r->at - start);
    return RC_OK;
}

static enum rc take_literal(struct reader *r, enum json_type *ret_type)
{
    static const struct {
        str word;
        enum json_type type;
    } literals[] = {
        { STR_INIT("null"), JSON_NULL },
        { STR_INIT("false"), JSON_FALSE },
        { STR_INIT("true"), JSON_TRUE },
    };

    for (size_t i = 0; i < COUNT_OF(literals); i++) {
        str rest = str_from(r->text + r->at, r->end - r->at);
        if (take_prefix(&rest, literals[i].word)) {
            r->at += (uint32_t)literals[i].word.len;
            *ret_type = literals[i].type;
            return RC_OK;
        }
    }
    return fail(r, "expected a value");
}

static enum rc open_container(struct reader *r, struct json *value, enum json_type type)
{
    if (r->depth >= r->limits->depth_max) {
        return fail_at(r, r->at, RC_LIMIT, "nesting too deep");
    }
    value->type = type;
    r->depth++;
    r->at++;
    r->open = value;
    r->last = NULL;
    return RC_OK;
}

static enum rc fill_value(struct reader *r, struct json *value)
{
    char c = peek(r);

    if (c == '{' || c == '[') {
        return open_container(r, value, c == '{' ? JSON_OBJECT : JSON_ARRAY);
    }
    if (c == '"') {
        value->type = JSON_STRING;
        TRY(take_string(r, &value->text));
    } else if (c == '-' || ascii_is_digit(c)) {
        value->type = JSON_NUMBER;
        TRY(take_number(r, &value->text));
    } else {
        TRY(take_literal(r, &value->type));
    }
    span_end(r, &value->span);
    return RC_OK;
}

static void append(struct reader *r, struct json *value)
{
    value->parent = r->open;
    if (r->open == NULL) {
        r->top = value;
        return;
    }
    if (r->last == NULL) {
        r->open->first = value;
    } else {
        r->last->next = value;
    }
    r->open->count++;
    r->last = value;
}

static enum rc take_key(struct reader *r, struct json *value)
{
    if (peek(r) != '"') {
        return fail(r, "expected a member name");
    }
    span_start(r, &value->key_span);
    TRY(take_string(r, &value->key));
    span_end(r, &value->key_span);
    skip_space(r);
    if (peek(r) != ':') {
        return fail(r, "expected ':'");
    }
    r->at++;
    skip_space(r);
    return RC_OK;
}

/* A value with its key, if it has one; of a container only the opening bracket. */
static enum rc take_value(struct reader *r)
{
    struct json *value;

    if (r->values >= r->limits->values_max) {
        return fail_at(r, r->at, RC_LIMIT, "too many values");
    }
    r->values++;
    value = NEW(r->arena, struct json);
    if (value == NULL) {
        return RC_NOMEM;
    }
    if (r->open != NULL && r->open->type == JSON_OBJECT) {
        TRY(take_key(r, value));
    }
    append(r, value);
    r->after_comma = false;
    span_start(r, &value->span);
    return fill_value(r, value);
}

static enum rc refuse_repeats(struct reader *r, const struct json *object)
{
    str small[REPEAT_SMALL];
    str *names = object->count <= REPEAT_SMALL ? small : NEW_ARRAY(r->arena, object->count, str);
    const struct json *member = object->first;
    size_t at;

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; member != NULL; member = member->next) {
        names[i++] = member->key;
    }
    TRY(repeat_find(names, object->count, r->arena, &at));
    if (at == object->count) {
        return RC_OK;
    }
    for (member = object->first; at > 0; at--) {
        member = member->next;
    }
    *r->error = (struct json_error){ member->key_span.offset, member->key_span.line,
                                     member->key_span.column, "duplicate key" };
    return RC_SYNTAX;
}

static enum rc close_container(struct reader *r)
{
    struct json *value = r->open;

    if (r->after_comma) {
        return fail(r, "trailing comma");
    }
    r->at++;
    span_end(r, &value->span);
    if (value->type == JSON_OBJECT && value->count > 1 && !r->limits->repeats) {
        TRY(refuse_repeats(r, value));
    }
    r->depth--;
    r->open = value->parent;
    r->last = value;
    return RC_OK;
}

/* One token of the innermost container: its end, a comma, or a value. */
static enum rc step(struct reader *r)
{
    bool is_object = r->open->type == JSON_OBJECT;

    skip_space(r);
    if (peek(r) == (is_object ? '}' : ']')) {
        return close_container(r);
    }
    if (r->open->count > 0 && !r->after_comma) {
        if (peek(r) != ',') {
            return fail(r, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
        }
        r->at++;
        r->after_comma = true;
        return RC_OK;
    }
    return take_value(r);
}

enum rc json_parse(str text, const struct json_limits *limits, struct arena *arena,
                   struct json **ret, struct json_error *reterr_at)
{
    struct reader r = {
        .text = text.ptr,
        .end = (uint32_t)text.len,
        .line = 1,
        .limits = limits,
        .arena = arena,
        .error = reterr_at,
    };

    if (text.len > UINT32_MAX) {
        return fail_at(&r, 0, RC_LIMIT, "text too long");
    }
    skip_space(&r);
    TRY(take_value(&r));
    while (r.open != NULL) {
        TRY(step(&r));
    }
    skip_space(&r);
    if (r.at != r.end) {
        return fail(&r, "unexpected text behind the value");
    }
    *ret = r.top;
    return RC_OK;
}

const struct json *json_member(const struct json *object, str key)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *member = object->first; member != NULL; member = member->next) {
        if (str_eq(member->key, key)) {
            return member;
        }
    }
    return NULL;
}
