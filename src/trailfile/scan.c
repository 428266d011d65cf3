#include "trailfile/scan.h"

bool scan_container(struct scan *s)
{
    struct trail_index *index = s->index;
    char open = index->text[s->at];
    size_t block = s->at / INDEX_BLOCK, depth = 0;
    uint64_t bits;

    while (block >= index->done && index_more(index)) {
    }
    bits = index_block(index, block)->brackets & ~(uint64_t)0 << (s->at % INDEX_BLOCK);
    for (;;) {
        for (; bits != 0; bits &= bits - 1) {
            size_t at = block * INDEX_BLOCK + (unsigned)__builtin_ctzll(bits);
            char c = index->text[at];
            if (c == '{' || c == '[') {
                depth++;
            } else if (--depth == 0) {
                if (c != open + 2) { /* '[' and ']', '{' and '}' stand two apart */
                    s->at = at;
                    return scan_fail(s, "brackets do not pair");
                }
                s->at = at + 1;
                return true;
            }
        }
        if (block + 1 >= index->done && !index_more(index)) {
            return scan_cut(s);
        }
        bits = index_block(index, ++block)->brackets;
    }
}

static bool is_word(str raw, enum trail_value_type *ret)
{
    static const struct {
        str word;
        enum trail_value_type type;
    } words[] = {
        { STR_INIT("null"), VALUE_NULL },
        { STR_INIT("true"), VALUE_TRUE },
        { STR_INIT("false"), VALUE_FALSE },
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(raw, words[i].word)) {
            *ret = words[i].type;
            return true;
        }
    }
    return false;
}

static bool is_number(str raw)
{
    if (raw.len == 0 || !(raw.ptr[0] == '-' || ascii_is_digit(raw.ptr[0]))) {
        return false;
    }
    for (size_t i = 1; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (!ascii_is_digit(c) && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-') {
            return false;
        }
    }
    return true;
}

static bool is_of_literal(char c)
{
    return ascii_is_alnum(c) || c == '.' || c == '-' || c == '+';
}

/* At the first byte of one of the three words: its length. INDEX_PADDING bytes follow the text. */
static size_t word_at(const char *at, enum trail_value_type *ret)
{
    if (memcmp(at, "true", 4) == 0) {
        *ret = VALUE_TRUE;
        return 4;
    }
    if (memcmp(at, "null", 4) == 0) {
        *ret = VALUE_NULL;
        return 4;
    }
    *ret = VALUE_FALSE;
    return memcmp(at, "false", 5) == 0 ? 5 : 0;
}

bool scan_literal(struct scan *s, struct trail_value *ret)
{
    const char *text = s->index->text;
    size_t at = s->at, word = word_at(text + at, &ret->type);

    if (LIKELY(word > 0 && at + word < s->index->len && !is_of_literal(text[at + word]))) {
        ret->raw = str_from(text + at, word);
        s->at += word;
        return true;
    }
    while (at < s->index->len && is_of_literal(text[at])) {
        at++;
    }
    if (at >= s->index->len) {
        return scan_cut(s); /* more of it may come */
    }
    ret->raw = str_from(text + s->at, at - s->at);
    if (!is_word(ret->raw, &ret->type)) {
        if (!is_number(ret->raw)) {
            return scan_fail(s, "expected a value");
        }
        ret->type = VALUE_NUMBER;
    }
    s->at = at;
    return true;
}

bool scan_value(struct scan *s, struct trail_value *ret)
{
    size_t start = s->at;
    char c = start < s->index->len ? s->index->text[start] : '\0';
    str inside;

    if (c == '"') {
        if (!scan_string(s, &inside)) {
            return false;
        }
        ret->type = VALUE_STRING;
    } else if (c == '{' || c == '[') {
        if (!scan_container(s)) {
            return false;
        }
        ret->type = c == '{' ? VALUE_OBJECT : VALUE_ARRAY;
    } else {
        return scan_literal(s, ret);
    }
    ret->raw = str_from(s->index->text + start, s->at - start);
    return true;
}
