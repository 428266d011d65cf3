/* Keys that stand in a text encoded: base64 (Kubernetes secrets, user data), gzip in base64 (Helm
 * releases, packed user data), UTF-16 and UTF-32 (files of Windows), hexadecimal digits (dumps, escapes). */
#include "base/bytes.h"
#include "codec/base64.h"
#include "scan/find_inside.h"
#include "scan/unpack.h"

enum { RUN_MAX = 64 << 20 /* characters of one run of base64 */ };

/* --- runs of base64 ------------------------------------------------------------------------------ */

static bool run_char(char c)
{
    return shape_is_base64_char(c);
}

static size_t run_begin(str text, size_t at)
{
    while (at > 0 && run_char(text.ptr[at - 1])) {
        at--;
    }
    return at;
}

/* What lies between two lines of one value: a newline (plain or escaped) and indentation. 0: nothing. */
static size_t line_break(str text, size_t at)
{
    size_t i = at;

    if (i + 1 < text.len && text.ptr[i] == '\\' && text.ptr[i + 1] == 'n') {
        return 2;
    }
    while (i < text.len && (text.ptr[i] == '\r' || text.ptr[i] == '\n')) {
        i++;
    }
    if (i == at || i - at > 2) {
        return 0;
    }
    while (i < text.len && (text.ptr[i] == ' ' || text.ptr[i] == '\t')) {
        i++;
    }
    return i - at;
}

/* Characters of the run from `from` on, over line breaks where lines are long enough to be those of a
 * wrapped value. *ret_end: behind the last. */
static enum rc run_read(str text, size_t from, buf *out, size_t *ret_end)
{
    size_t i = from, line = 0;

    while (i < text.len && out->err == RC_OK) {
        size_t skip;
        if (run_char(text.ptr[i])) {
            size_t end = i;
            while (end < text.len && run_char(text.ptr[end])) {
                end++;
            }
            buf_add(out, str_slice(text, i, end - i));
            line = end - i;
            i = end;
            continue;
        }
        skip = line >= 56 ? line_break(text, i) : 0;
        if (skip == 0 || i + skip >= text.len || !run_char(text.ptr[i + skip])) {
            break;
        }
        i += skip;
    }
    *ret_end = i;
    return out->err;
}

/* Whole groups of four, and what is left of the last; padding does not matter. */
static enum rc decode(str run, buf *out)
{
    char last[4];
    size_t whole = run.len / 4 * 4, left = run.len - whole;

    if (base64_decode(BASE64_STANDARD, str_slice(run, 0, whole), out) != RC_OK) {
        return RC_SYNTAX;
    }
    if (left >= 2) {
        static const char digits[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *digit = memchr(digits, run.ptr[run.len - 1], 64);
        size_t value = digit == NULL ? 0 : (size_t)(digit - digits);
        memcpy(last, run.ptr + whole, left);
        last[left - 1] = digits[left == 2 ? value & 0x30 : value & 0x3c];
        memcpy(last + left, "==", 4 - left);
        return base64_decode(BASE64_STANDARD, str_from(last, 4), out);
    }
    return RC_OK;
}

/* --- what was in it ------------------------------------------------------------------------------ */

static enum rc gzip_layer(struct find_run *run, str packed, size_t at, size_t len)
{
    buf plain = buf_heap(UNPACK_LAYER_MAX);
    enum rc rc = unpack_gzip(packed, &plain);

    /* damaged at the end or too large: what came out before is looked at all the same */
    if (rc != RC_NOMEM) {
        rc = plain.len > 0 ? find_layer(run, buf_str(&plain), at, len, "gzip in base64") : RC_OK;
    }
    if (plain.ptr != NULL) {
        wipe(plain.ptr, plain.len);
    }
    buf_done(&plain);
    return rc;
}

static enum rc decoded_layer(struct find_run *run, str plain, size_t at, size_t len,
                             const char *via)
{
    str trimmed = str_trim(plain);
    size_t reach = len > KEY_ID_CHARS * 2 ? KEY_ID_CHARS * 2 : len;

    if (shape_is_key_id(trimmed) || (run->known != NULL && known_at(run->known, trimmed) != NULL &&
                                     known_at(run->known, trimmed)->id.len == trimmed.len)) {
        return find_id_add(run, at, len, trimmed, via);
    }
    if (plain.len > 2 && (uint8_t)plain.ptr[0] == 0x1f && (uint8_t)plain.ptr[1] == 0x8b) {
        return gzip_layer(run, plain, at, reach);
    }
    return find_layer(run, plain, at, reach, via);
}

static enum rc base64_at(struct find_run *run, const struct anchor *anchor, size_t *next)
{
    size_t begin = run_begin(run->text, anchor->at), from, end;
    buf chars = buf_heap(RUN_MAX), plain = buf_heap(RUN_MAX);
    enum rc rc = RC_OK;

    if (anchor->at - begin < anchor->phase) {
        return RC_OK;
    }
    if (anchor->kind == ANCHOR_VALUE && anchor->at != begin) {
        return RC_OK; /* the start of a value only */
    }
    from = anchor->at - anchor->phase;
    from -= (from - begin) / 4 * 4;
    if (run_read(run->text, from, &chars, &end) == RC_OK && chars.len >= 26 &&
        decode(buf_str(&chars), &plain) == RC_OK && run->depth < FIND_DEPTH_MAX) {
        size_t shown = end;
        while (shown < run->text.len && shown < end + 2 && run->text.ptr[shown] == '=') {
            shown++;
        }
        rc = decoded_layer(run, buf_str(&plain), from, shown - from, "base64");
        *next = end;
    }
    if (plain.ptr != NULL) {
        wipe(plain.ptr, plain.len);
        wipe(chars.ptr, chars.len);
    }
    buf_done(&plain);
    buf_done(&chars);
    return rc;
}

/* --- UTF-16 and UTF-32 --------------------------------------------------------------------------- */

/* Behind the first byte of a character nothing but what ASCII has there, and signs like U+2019 in UTF-16.
 * In big-endian files these bytes are the next character's first ones, and may be missing at the end. */
static bool is_wide(str text, size_t at, size_t unit)
{
    bool good = text.ptr[at] != 0;

    for (size_t k = 1; k < unit && at + k < text.len; k++) {
        good = good && (uint8_t)text.ptr[at + k] < (unit == 2 ? 0x30 : 1);
    }
    return good;
}

static bool is_narrow(str text, size_t at, size_t unit)
{
    for (size_t k = 1; k < unit && at + k < text.len; k++) {
        if (text.ptr[at + k] != 0) {
            return false;
        }
    }
    return true;
}

static void widen(size_t *at, size_t *len, size_t from, size_t unit, size_t text_len)
{
    *at = from + unit * *at;
    *len = unit * *len < text_len - *at ? unit * *len : text_len - *at;
}

/* The stretch of such characters around `at`. */
static enum rc wide_at(struct find_run *run, size_t at, size_t unit, size_t *next)
{
    str text = run->text;
    size_t from = at, end = at;
    buf narrow = buf_heap(text.len / unit + 1);
    struct find_result found = { 0 };
    enum rc rc;

    while (from >= unit && is_wide(text, from - unit, unit)) {
        from -= unit;
    }
    while (end < text.len && is_wide(text, end, unit)) {
        end += unit;
    }
    for (size_t i = from; i < end; i += unit) {
        buf_add_char(&narrow, is_narrow(text, i, unit) ? text.ptr[i] : '?');
    }
    *next = end > *next ? end : *next;
    rc = narrow.err != RC_OK ? narrow.err
                             : find_text(buf_str(&narrow), run->known, run->arena, &found);
    for (size_t i = 0; rc == RC_OK && i < found.count; i++) {
        struct find_hit *hit = &found.hits[i];
        widen(&hit->at, &hit->len, from, unit, text.len);
        if (hit->secret.len > 0) {
            widen(&hit->secret.at, &hit->secret.len, from, unit, text.len);
        }
        hit->via = hit->via != NULL ? hit->via : unit == 2 ? "UTF-16" : "UTF-32";
        rc = hit->what == FIND_REFERENCE ? RC_OK : find_add(run, hit);
    }
    if (narrow.ptr != NULL) {
        wipe(narrow.ptr, narrow.len);
    }
    buf_done(&narrow);
    return rc;
}

/* --- hexadecimal digits -------------------------------------------------------------------------- */

struct digits {
    str text, gap; /* gap: what stands between pairs */
};

static bool pair_at(const struct digits *d, size_t at, char *ret)
{
    return at + 2 <= d->text.len && hex_decode(str_slice(d->text, at, 2), ret, 1) == RC_OK;
}

/* The pair before the one at `at`. */
static bool pair_before(const struct digits *d, size_t at)
{
    size_t step = d->gap.len + 2;
    char c;

    return at >= step && str_eq(str_slice(d->text, at - d->gap.len, d->gap.len), d->gap) &&
           pair_at(d, at - step, &c);
}

/* From `at` over all pairs, also those of the next lines of a value that was wrapped. */
static enum rc pairs_read(const struct digits *d, size_t at, buf *out, size_t *ret_end)
{
    size_t line = 0;

    for (char c; out->err == RC_OK && pair_at(d, at, &c);) {
        size_t skip;
        buf_add_char(out, c);
        at += 2;
        *ret_end = at;
        line += 2;
        if (str_starts(str_skip(d->text, at), d->gap) && pair_at(d, at + d->gap.len, &c)) {
            at += d->gap.len;
            continue;
        }
        skip = line >= 56 ? line_break(d->text, at) : 0;
        if (skip == 0) {
            break;
        }
        at += skip;
        line = 0;
    }
    return out->err;
}

static enum rc digits_at(struct find_run *run, const struct anchor *anchor, size_t *next)
{
    struct digits d = { run->text, str_slice(run->text, anchor->at + 2, anchor->phase - 2) };
    size_t from = anchor->at, end = from;
    buf plain = buf_heap(RUN_MAX);
    enum rc rc = RC_OK;

    while (pair_before(&d, from)) {
        from -= anchor->phase;
    }
    if (pairs_read(&d, from, &plain, &end) == RC_OK && plain.len >= KEY_ID_CHARS &&
        run->depth < FIND_DEPTH_MAX) {
        rc = decoded_layer(run, buf_str(&plain), from, end - from, "hexadecimal digits");
        *next = end > *next ? end : *next;
    }
    if (plain.ptr != NULL) {
        wipe(plain.ptr, plain.len);
    }
    buf_done(&plain);
    return rc;
}

enum rc find_encoded(struct find_run *run, const struct anchor *anchor, size_t *next)
{
    if (anchor->kind == ANCHOR_WIDE) {
        return wide_at(run, anchor->at, anchor->phase, next);
    }
    if (anchor->kind == ANCHOR_DIGITS) {
        return digits_at(run, anchor, next);
    }
    return base64_at(run, anchor, next);
}
