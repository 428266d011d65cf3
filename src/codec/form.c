#include "codec/form.h"

#include "codec/repeat.h"

/* What a byte means; plain ones are 0. */
enum { PAIR_END = 1, NAME_END = 2, PERCENT = 4, PLUS = 8 };
static const uint8_t byte_class[256] = {
    ['&'] = PAIR_END,
    ['='] = NAME_END,
    ['%'] = PERCENT,
    ['+'] = PLUS,
};

enum { /* what is not plain inside each part */
       IN_NAME = PAIR_END | NAME_END | PERCENT | PLUS,
       IN_VALUE = PAIR_END | PERCENT | PLUS,
       IN_URI = PERCENT
};

/* Walks over a text once. The room for everything decoded is taken from the arena once: no part
 * gets longer, so the whole text's length is enough. */
struct decoder {
    const char *at, *end;
    struct arena *arena;
    size_t room;
    char *to; /* NULL until first needed */
};

/* At '%'. */
static bool read_escape(const char *at, const char *end, char *ret)
{
    unsigned high, low;

    if (end - at < 3) {
        return false;
    }
    high = ascii_hex_value(at[1]);
    low = ascii_hex_value(at[2]);
    if ((high | low) > 15) {
        return false;
    }
    *ret = (char)(high << 4 | low);
    return true;
}

static bool reserve_room(struct decoder *d)
{
    if (d->to == NULL) {
        d->to = arena_bytes(d->arena, d->room);
    }
    return d->to != NULL;
}

/* A part of which the bytes from `start` to d->at are plain and the next one is not. */
static enum rc take_encoded(struct decoder *d, const char *start, uint8_t special, str *ret)
{
    size_t plain = (size_t)(d->at - start);
    const char *at = d->at; /* in a local, for stores through `out` might change d->at */
    char *out;

    if (!reserve_room(d)) {
        return RC_NOMEM;
    }
    memcpy(d->to, start, plain);
    for (out = d->to + plain; at < d->end; out++) {
        uint8_t class = byte_class[(uint8_t)*at] & special;
        if (class == 0) {
            *out = *at++;
        } else if (class == PERCENT) {
            if (!read_escape(at, d->end, out)) {
                return RC_SYNTAX;
            }
            at += 3;
        } else if (class == PLUS) {
            *out = ' ';
            at++;
        } else {
            break;
        }
    }
    *ret = str_from(d->to, (size_t)(out - d->to));
    d->at = at;
    d->to = out;
    return RC_OK;
}

/* Up to what ends the part, or the end; a view where nothing was encoded. */
static enum rc take_part(struct decoder *d, uint8_t special, str *ret)
{
    const char *start = d->at;

    while (d->at < d->end && (byte_class[(uint8_t)*d->at] & special) == 0) {
        d->at++;
    }
    if (d->at < d->end && (byte_class[(uint8_t)*d->at] & (PERCENT | PLUS)) != 0) {
        return take_encoded(d, start, special, ret);
    }
    *ret = str_from(start, (size_t)(d->at - start));
    return RC_OK;
}

static enum rc take_pair(struct decoder *d, struct form_pair *ret)
{
    TRY(take_part(d, IN_NAME, &ret->name));
    if (ret->name.len == 0) {
        return RC_SYNTAX;
    }
    if (d->at < d->end && *d->at == '=') {
        d->at++;
    }
    return take_part(d, IN_VALUE, &ret->value);
}

/* No more than there are; empty ones are counted too. */
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
    struct decoder d = { .arena = arena, .room = text.len };
    size_t most = str_count(text, '&') + 1;
    struct form form = { 0 };

    if (text.len == 0) { /* perhaps absent: nothing to count from */
        *ret = form;
        return RC_OK;
    }
    d.at = text.ptr;
    d.end = text.ptr + text.len;
    most = most < pairs_max ? most : pairs_max;
    form.pairs = NEW_ARRAY(arena, most, struct form_pair);
    if (form.pairs == NULL) {
        return RC_NOMEM;
    }
    while (d.at < d.end) {
        if (*d.at == '&') {
            d.at++;
            continue;
        }
        if (form.count == most) {
            return RC_LIMIT;
        }
        TRY(take_pair(&d, &form.pairs[form.count++]));
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

static const char hex_digits[] = "0123456789ABCDEF";

/* Writes all three bytes always and steps over what counts: no branch to mispredict. */
static char *encode_byte(char *at, uint8_t c, bool plain)
{
    at[0] = (char)(plain ? c : '%');
    at[1] = hex_digits[c >> 4];
    at[2] = hex_digits[c & 15];
    return at + (plain ? 1 : 3);
}

void uri_encode(str text, bool keep_slash, buf *out)
{
    uint8_t keep = (uint8_t)(UNRESERVED | (keep_slash ? SLASH : 0));
    size_t encoded = 0, i = 0;
    char *at;

    for (size_t k = 0; k < text.len; k++) {
        encoded += (uri_class[(uint8_t)text.ptr[k]] & keep) == 0;
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
    /* While two more bytes follow, three bytes fit whatever this one takes. */
    for (; i + 2 < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        at = encode_byte(at, c, (uri_class[c] & keep) != 0);
    }
    for (; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (uri_class[c] & keep) {
            *at++ = (char)c;
        } else {
            at = encode_byte(at, c, false);
        }
    }
    out->len = (size_t)(at - out->ptr);
}

enum rc uri_decode(str text, struct arena *arena, str *ret)
{
    struct decoder d = { .at = text.ptr, .end = text.ptr + text.len, .arena = arena };

    d.room = text.len;
    return take_part(&d, IN_URI, ret);
}
