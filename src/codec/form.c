#include "codec/form.h"

#include "codec/repeat.h"

/* Decodes text behind *to, which has room for text.len bytes. */
static enum rc decode_into(str text, bool plus_is_space, char **to, str *ret)
{
    char *start = *to, *out = start;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            unsigned high, low;
            if (text.len - i < 3) {
                return RC_SYNTAX;
            }
            high = ascii_hex_value(text.ptr[i + 1]);
            low = ascii_hex_value(text.ptr[i + 2]);
            if ((high | low) > 15) {
                return RC_SYNTAX;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        *out++ = c;
    }
    *to = out;
    *ret = str_from(start, (size_t)(out - start));
    return RC_OK;
}

static bool is_encoded(str text, bool plus_is_space)
{
    size_t at;

    return str_find_char(text, '%', &at) || (plus_is_space && str_find_char(text, '+', &at));
}

/* One name or value. The room for everything decoded is taken from the arena once: no text gets
 * longer, so the whole input's length is enough. */
struct decoder {
    struct arena *arena;
    size_t room;
    char *to; /* NULL until first needed */
};

static enum rc decode(struct decoder *decoder, str text, str *ret)
{
    if (!is_encoded(text, true)) {
        *ret = text;
        return RC_OK;
    }
    if (decoder->to == NULL) {
        decoder->to = arena_bytes(decoder->arena, decoder->room);
        if (decoder->to == NULL) {
            return RC_NOMEM;
        }
    }
    return decode_into(text, true, &decoder->to, ret);
}

static enum rc decode_pair(struct decoder *decoder, str text, struct form_pair *ret)
{
    str name = text, value = str_skip(text, text.len);
    size_t at;

    if (str_find_char(text, '=', &at)) {
        name = str_slice(text, 0, at);
        value = str_skip(text, at + 1);
    }
    if (name.len == 0) {
        return RC_SYNTAX;
    }
    TRY(decode(decoder, name, &ret->name));
    return decode(decoder, value, &ret->value);
}

static size_t count_pairs(str text)
{
    size_t count = 0;
    str item;

    while (take_item(&text, '&', &item)) {
        count += item.len > 0;
    }
    return count;
}

static enum rc refuse_repeats(const struct form *form, struct arena *arena)
{
    str small[REPEAT_SMALL];
    str *names = form->count <= REPEAT_SMALL ? small : NEW_ARRAY(arena, form->count, str);
    size_t at;

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < form->count; i++) {
        names[i] = form->pairs[i].name;
    }
    TRY(repeat_find(names, form->count, arena, &at));
    return at < form->count ? RC_SYNTAX : RC_OK;
}

enum rc form_parse(str text, size_t pairs_max, struct arena *arena, struct form *ret)
{
    struct decoder decoder = { .arena = arena, .room = text.len };
    struct form form = { 0 };
    size_t count = count_pairs(text);
    str item;

    if (count > pairs_max) {
        return RC_LIMIT;
    }
    form.pairs = NEW_ARRAY(arena, count, struct form_pair);
    if (form.pairs == NULL) {
        return RC_NOMEM;
    }
    while (take_item(&text, '&', &item)) {
        if (item.len > 0) {
            TRY(decode_pair(&decoder, item, &form.pairs[form.count]));
            form.count++;
        }
    }
    TRY(refuse_repeats(&form, arena));
    *ret = form;
    return RC_OK;
}

str form_get(const struct form *form, str name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (str_eq(form->pairs[i].name, name)) {
            return form->pairs[i].value;
        }
    }
    return STR_NONE;
}

enum { UNRESERVED = 1, SLASH = 2 };

#define ROW10(c)                                                                                   \
    [c] = 1, [c + 1] = 1, [c + 2] = 1, [c + 3] = 1, [c + 4] = 1, [c + 5] = 1, [c + 6] = 1,         \
    [c + 7] = 1, [c + 8] = 1, [c + 9] = 1
static const uint8_t uri_class[256] = {
    ROW10('0'), ROW10('A'), ROW10('K'), ['U'] = 1, ['V'] = 1, ['W'] = 1,     ['X'] = 1, ['Y'] = 1,
    ['Z'] = 1,  ROW10('a'), ROW10('k'), ['u'] = 1, ['v'] = 1, ['w'] = 1,     ['x'] = 1, ['y'] = 1,
    ['z'] = 1,  ['-'] = 1,  ['.'] = 1,  ['_'] = 1, ['~'] = 1, ['/'] = SLASH,
};

void uri_encode(str text, bool keep_slash, buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t keep = (uint8_t)(UNRESERVED | (keep_slash ? SLASH : 0));
    size_t encoded = 0;
    char *at;

    for (size_t i = 0; i < text.len; i++) {
        encoded += (uri_class[(uint8_t)text.ptr[i]] & keep) == 0;
    }
    if (encoded == 0) {
        buf_add(out, text);
        return;
    }
    if (encoded > (SIZE_MAX - text.len) / 2) {
        out->err = out->err == RC_OK ? RC_LIMIT : out->err;
        return;
    }
    at = buf_reserve(out, text.len + 2 * encoded);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (uri_class[c] & keep) {
            *at++ = (char)c;
        } else {
            *at++ = '%';
            *at++ = digits[c >> 4];
            *at++ = digits[c & 15];
        }
    }
    out->len = (size_t)(at - out->ptr);
}

enum rc uri_decode(str text, struct arena *arena, str *ret)
{
    char *to;

    if (!is_encoded(text, false)) {
        *ret = text;
        return RC_OK;
    }
    to = arena_bytes(arena, text.len);
    if (to == NULL) {
        return RC_NOMEM;
    }
    return decode_into(text, false, &to, ret);
}
