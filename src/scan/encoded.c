/* Keys that stand in a text encoded: base64 (Kubernetes secrets, user data), gzip in base64 (Helm
 * releases, packed user data), UTF-16 (files of Windows). */
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

static enum rc decoded_layer(struct find_run *run, str plain, size_t at, size_t len)
{
    str trimmed = str_trim(plain);
    size_t reach = len > KEY_ID_CHARS * 2 ? KEY_ID_CHARS * 2 : len;

    if (shape_is_key_id(trimmed) || (run->known != NULL && known_at(run->known, trimmed) != NULL &&
                                     known_at(run->known, trimmed)->id.len == trimmed.len)) {
        return find_id_add(run, at, len, trimmed, "base64");
    }
    if (plain.len > 2 && (uint8_t)plain.ptr[0] == 0x1f && (uint8_t)plain.ptr[1] == 0x8b) {
        return gzip_layer(run, plain, at, reach);
    }
    return find_layer(run, plain, at, reach, "base64");
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
        rc = decoded_layer(run, buf_str(&plain), from, shown - from);
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

/* --- UTF-16 -------------------------------------------------------------------------------------- */

/* The stretch of two-byte characters around `at`, the first of them on the same parity. */
static enum rc wide_at(struct find_run *run, size_t at, size_t *next)
{
    str text = run->text;
    size_t from = at, end = at;
    buf narrow = buf_heap(text.len / 2 + 1);
    enum rc rc;

    while (from >= 2 && (text.ptr[from - 1] == 0 || (uint8_t)text.ptr[from - 1] == 0x20) &&
           text.ptr[from - 2] != 0) {
        from -= 2;
    }
    for (; end + 1 < text.len && text.ptr[end] != 0 && (uint8_t)text.ptr[end + 1] < 0x30;
         end += 2) {
    }
    for (size_t i = from; i < end; i += 2) {
        buf_add_char(&narrow, text.ptr[i + 1] == 0 ? text.ptr[i] : '?');
    }
    *next = end > *next ? end : *next;
    if (narrow.err != RC_OK) {
        buf_done(&narrow);
        return narrow.err;
    }
    {
        struct find_result found = { 0 };
        rc = find_text(buf_str(&narrow), run->known, run->arena, &found);
        for (size_t i = 0; rc == RC_OK && i < found.count; i++) {
            struct find_hit *hit = &found.hits[i];
            hit->at = from + 2 * hit->at;
            hit->len *= 2;
            hit->secret.at = hit->secret.len > 0 ? from + 2 * hit->secret.at : 0;
            hit->secret.len *= 2;
            hit->via = hit->via == NULL ? "UTF-16" : hit->via;
            rc = hit->what == FIND_REFERENCE ? RC_OK : find_add(run, hit);
        }
    }
    wipe(narrow.ptr, narrow.len);
    buf_done(&narrow);
    return rc;
}

enum rc find_encoded(struct find_run *run, const struct anchor *anchor, size_t *next)
{
    if (anchor->kind == ANCHOR_WIDE) {
        return wide_at(run, anchor->at, next);
    }
    return base64_at(run, anchor, next);
}
