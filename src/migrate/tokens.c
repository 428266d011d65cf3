#include "migrate/tokens.h"

enum { HASH_MIN = 8, RANDOM_MIN = 16 };

size_t tokens_common(str a, str b)
{
    size_t common = 0;

    for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++) {
        if (is_boundary(a.ptr[i])) {
            common = i + 1;
        }
    }
    return common;
}

size_t tokens_before_last(str text)
{
    size_t at = text.len;

    while (at > 0 && !is_boundary(text.ptr[at - 1])) {
        at--;
    }
    return at;
}

bool token_varies(str token)
{
    size_t digits = 0, hex = 0, upper = 0, lower = 0, stamp = 0;

    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        digits += ascii_is_digit(c);
        hex += ascii_hex_value(c) < 16;
        upper += c >= 'A' && c <= 'Z';
        lower += c >= 'a' && c <= 'z';
        stamp += c == 'T' || c == 'Z';
    }
    if (token.len == 0) {
        return false;
    }
    return digits == token.len || (digits >= 6 && digits + stamp == token.len) ||
           (hex == token.len && token.len >= HASH_MIN && digits > 0) ||
           (token.len >= RANDOM_MIN && digits > 1 && upper > 1 && lower > 1) ||
           (token.len == 26 && digits + upper == token.len && digits > 1);
}

size_t tokens_until_varying(str text)
{
    size_t at = 0;

    while (at < text.len) {
        str rest = str_skip(text, at);
        if (token_varies(token_front(rest))) {
            return at;
        }
        at += token_span(rest);
    }
    return text.len;
}

static bool is_uuid(str text)
{
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text.ptr[i] != '-' : ascii_hex_value(text.ptr[i]) >= 16) {
            return false;
        }
    }
    return true;
}

bool text_is_id(str text)
{
    size_t last = tokens_before_last(text);
    str end = str_skip(text, last);
    bool hex = end.len >= HASH_MIN;

    if (is_uuid(text)) {
        return true;
    }
    for (size_t i = 0; i < end.len; i++) {
        hex = hex && ascii_hex_value(end.ptr[i]) < 16;
    }
    for (size_t i = 0; i < last; i++) {
        hex = hex && (text.ptr[i] == '-' || (text.ptr[i] >= 'a' && text.ptr[i] <= 'z'));
    }
    return (hex || token_varies(end)) && last <= 16 && (last == 0 || text.ptr[last - 1] == '-') &&
           (last > 0 || token_varies(text));
}
