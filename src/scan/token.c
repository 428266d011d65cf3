#include "scan/token.h"

#include "base/bytes.h"
#include "codec/base64.h"
#include "scan/text.h"

/* --- one character, however it is escaped --------------------------------------------------------- */

/* The length of what stands at `at` for one character of base64, which goes to *ret; 0 when none. */
static size_t take_char(str text, size_t at, char *ret)
{
    static const struct {
        str spelled;
        char c;
    } escapes[] = {
        { STR_INIT("\\/"), '/' },   { STR_INIT("\\u002f"), '/' }, { STR_INIT("\\u002b"), '+' },
        { STR_INIT("%2f"), '/' },   { STR_INIT("%2b"), '+' },     { STR_INIT("\\x2f"), '/' },
        { STR_INIT("\\x2b"), '+' }, { STR_INIT("&#x2f;"), '/' },  { STR_INIT("&#x2b;"), '+' },
        { STR_INIT("&#43;"), '+' }, { STR_INIT("&#47;"), '/' },
    };
    char c = text.ptr[at];

    if (shape_is_base64_char(c)) {
        *ret = c;
        return 1;
    }
    if (c != '\\' && c != '%' && c != '&') {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        str there = str_slice(text, at, escapes[i].spelled.len);
        if (str_eq_nocase(there, escapes[i].spelled)) {
            *ret = escapes[i].c;
            return there.len;
        }
    }
    return 0;
}

/* The length of an escape at `at` that stands for some other character; its letters belong to no
 * value: the n of \n, the 3D of %3D, the 0026 of \u0026. */
static size_t skip_escape(str text, size_t at)
{
    str rest = str_skip(text, at);
    char c = rest.ptr[0], next = rest.len > 1 ? rest.ptr[1] : 0;

    if (c == '\\' && next == 'u' && rest.len >= 6) {
        return 6;
    }
    if (c == '\\' && next == 'x' && rest.len >= 4) {
        return 4;
    }
    if (c == '\\' && next != 0) {
        return 2;
    }
    if (c == '%' && rest.len >= 3 && ascii_hex_value(next) < 16 &&
        ascii_hex_value(rest.ptr[2]) < 16) {
        return 3;
    }
    return 1;
}

/* --- is it a secret? ----------------------------------------------------------------------------- */

/* A value ends there for sure: nothing that could make it a part of something longer. */
static bool is_edge(str text, size_t from, size_t end)
{
    char before = from > 0 ? text.ptr[from - 1] : '\n';
    char after = end < text.len ? text.ptr[end] : '\n';
    char behind = end + 1 < text.len ? text.ptr[end + 1] : '\n';

    if (before == '-' || before == '_' || before == '.' || before == '$' || before == '~') {
        return from >= 2 && before == '-' && text.ptr[from - 2] == ' '; /* "- value" of a list */
    }
    if (after == '-' || after == '_' || after == '.' || after == '$' || after == '~') {
        return !ascii_is_alnum(behind) && behind != '-' && behind != '_';
    }
    return after != '=';
}

static bool decoded_secret(str run, char *value)
{
    buf plain = buf_heap(64);
    bool good = base64_decode(BASE64_STANDARD, run, &plain) == RC_OK;
    str text = str_trim(buf_str(&plain));

    good = good && shape_is_secret(text, false);
    if (good) {
        memcpy(value, text.ptr, SECRET_CHARS);
    }
    if (plain.ptr != NULL) {
        wipe(plain.ptr, plain.cap);
    }
    buf_done(&plain);
    return good;
}

/* `run` has its escapes resolved and stands at [from, end). */
static bool judge(str text, size_t from, size_t end, str run, struct token *ret)
{
    size_t pad = 0;

    ret->at = from;
    ret->len = end - from;
    if (run.len == SECRET_CHARS && is_edge(text, from, end) && shape_is_secret(run, false)) {
        ret->form = SECRET_PLAIN;
        ret->strict = shape_is_secret(run, true);
    } else if (run.len == SMTP_CHARS && is_edge(text, from, end) && shape_is_smtp(run)) {
        ret->form = SECRET_SMTP;
        ret->strict = false;
    } else if (run.len >= 54 && run.len <= 58) {
        char padded[64];
        size_t due = (4 - run.len % 4) % 4; /* not everybody writes the padding */
        while (end + pad < text.len && text.ptr[end + pad] == '=' && pad < 2) {
            pad++;
        }
        memcpy(padded, run.ptr, run.len);
        memcpy(padded + run.len, "==", 2);
        if (due == 3 || !decoded_secret(str_from(padded, run.len + due), ret->value)) {
            return false;
        }
        ret->len += pad;
        ret->form = SECRET_BASE64;
        ret->strict = true;
        ret->value_len = SECRET_CHARS;
        return true;
    } else {
        return false;
    }
    memcpy(ret->value, run.ptr, run.len);
    ret->value_len = run.len;
    return true;
}

/* Behind the word that stands at `at`: letters and digits as they are. */
static size_t word_end(str text, size_t at)
{
    while (at < text.len && shape_is_base64_char(text.ptr[at])) {
        at++;
    }
    return at;
}

/* Nothing of so few characters is a value, however it goes on: unless an escape comes, or it was cut. */
static bool is_short_word(str text, size_t from, size_t end)
{
    return end - from < SECRET_CHARS && end < text.len && memchr("\\%&", text.ptr[end], 3) == NULL;
}

bool token_next(str text, size_t *at, size_t end, struct token *ret)
{
    size_t i = *at;

    end = end < text.len ? end : text.len;
    while (i < end) {
        char run[64], c;
        size_t from = i, len = 0, word = word_end(text, i), step;
        if (word > i && is_short_word(text, i, word)) {
            i = word;
            continue;
        }
        step = take_char(text, i, &c);
        if (step == 0) {
            i += skip_escape(text, i);
            continue;
        }
        for (; step > 0; step = i < text.len ? take_char(text, i, &c) : 0) {
            if (len < sizeof(run)) {
                run[len] = c;
            }
            len++;
            i += step;
        }
        if (len <= sizeof(run) && judge(text, from, i, str_from(run, len), ret)) {
            *at = i;
            return true;
        }
    }
    *at = i > *at ? i : end;
    return false;
}
