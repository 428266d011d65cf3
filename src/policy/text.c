#include "policy/text.h"

#include "policy/engine.h"
#include "policy/word.h"

bool glob_has_wildcard(str pattern)
{
    size_t at;

    return str_find_char(pattern, '*', &at) || str_find_char(pattern, '?', &at);
}

/* Words overlap at the end. */
bool equals_folded(str text, str folded)
{
    size_t at = 0;

    if (text.len != folded.len) {
        return false;
    }
    if (text.len < 8) {
        while (at < text.len && ascii_lower(text.ptr[at]) == folded.ptr[at]) {
            at++;
        }
        return at == text.len;
    }
    for (; text.len - at > 8; at += 8) {
        if (word_fold(word_load(text.ptr + at)) != word_load(folded.ptr + at)) {
            return false;
        }
    }
    at = text.len - 8;
    return word_fold(word_load(text.ptr + at)) == word_load(folded.ptr + at);
}

/* Bytes of the character at `at`: a lead byte and the continuation bytes behind it. */
static size_t character_len(str text, size_t at)
{
    size_t len = 1;

    while (at + len < text.len && ((unsigned char)text.ptr[at + len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

/* Going back only to the last '*' is enough: an earlier one can match nothing a later cannot. */
bool glob_match(str pattern, str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            star_text = t;
            if (p == pattern.len) {
                return true;
            }
        } else if (p < pattern.len && pattern.ptr[p] == '?') {
            t += character_len(text, t);
            p++;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            star_text += character_len(text, star_text);
            p = star;
            t = star_text;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

/* A place in a list of pieces. */
struct cursor {
    size_t piece, at;
};

static void cursor_settle(struct cursor *c, const struct piece *pieces, size_t count)
{
    while (c->piece < count && c->at == pieces[c->piece].text.len) {
        c->piece++;
        c->at = 0;
    }
}

/* The byte at the cursor: '*' and '?' of patterns as -'*' and -'?', 0x100 at the end. */
static int cursor_peek(struct cursor *c, const struct piece *pieces, size_t count)
{
    unsigned char byte;

    cursor_settle(c, pieces, count);
    if (c->piece == count) {
        return 0x100;
    }
    byte = (unsigned char)pieces[c->piece].text.ptr[c->at];
    return !pieces[c->piece].literal && (byte == '*' || byte == '?') ? -byte : byte;
}

bool pieces_match(const struct piece *pieces, size_t count, str text)
{
    struct cursor p = { 0, 0 }, star = { 0, 0 };
    size_t t = 0, star_text = 0;
    bool starred = false;

    while (t < text.len) {
        int want = cursor_peek(&p, pieces, count);
        if (want == -'*') {
            p.at++;
            star = p;
            star_text = t;
            starred = true;
        } else if (want == -'?') {
            t += character_len(text, t);
            p.at++;
        } else if (want == (unsigned char)text.ptr[t]) {
            t++;
            p.at++;
        } else if (starred) {
            star_text += character_len(text, star_text);
            p = star;
            t = star_text;
        } else {
            return false;
        }
    }
    while (cursor_peek(&p, pieces, count) == -'*') {
        p.at++;
    }
    return p.piece == count;
}

/* Takes "${...}" from the front of *rest. RC_NOENT: there is none at the front. */
static enum rc take_variable(str *rest, struct text_part *ret)
{
    str body = *rest, bare, name, fallback = STR_NONE;
    size_t end = 0;

    if (!take_prefix(&body, STR("${"))) {
        return RC_NOENT;
    }
    while (end < body.len && body.ptr[end] != '}' && body.ptr[end] != ',') {
        end++;
    }
    if (end == body.len) {
        return RC_SYNTAX;
    }
    bare = str_slice(body, 0, end);
    name = str_trim(bare);
    if (body.ptr[end] == ',') { /* V-4: ${key, 'default'} */
        body = str_skip(body, end + 1);
        while (body.len > 0 && body.ptr[0] == ' ') {
            body = str_skip(body, 1);
        }
        if (!take_prefix(&body, STR("'")) || !take_until(&body, '\'', &fallback)) {
            return RC_SYNTAX;
        }
        while (body.len > 0 && body.ptr[0] == ' ') {
            body = str_skip(body, 1);
        }
        end = 0;
        if (body.len == 0 || body.ptr[0] != '}') {
            return RC_SYNTAX;
        }
    }
    if (name.len == 0) {
        return RC_SYNTAX;
    }
    *rest = str_skip(body, end + 1);
    *ret = (struct text_part){ PART_VARIABLE, name, fallback };
    if (fallback.ptr == NULL && bare.len == 1 &&
        (name.ptr[0] == '*' || name.ptr[0] == '?' || name.ptr[0] == '$')) {
        *ret = (struct text_part){ PART_LITERAL, name, STR_NONE }; /* V-6 */
    }
    return RC_OK;
}

/* Takes the text before the next "${". */
static str take_plain(str *rest)
{
    size_t at;
    str plain;

    if (!str_find(*rest, STR("${"), &at)) {
        at = rest->len;
    }
    plain = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at);
    return plain;
}

enum rc text_check(str text)
{
    struct text_part part;

    for (int variables = 0;; variables++) {
        (void)take_plain(&text);
        if (text.len == 0) {
            return RC_OK;
        }
        TRY(take_variable(&text, &part));
        if (variables == VARIABLES_MAX) {
            return RC_LIMIT;
        }
    }
}

static enum rc fold_key(str *key, struct arena *arena)
{
    char *folded = arena_bytes(arena, key->len);

    if (folded == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < key->len; i++) {
        folded[i] = ascii_lower(key->ptr[i]); /* V-3 */
    }
    key->ptr = folded;
    return RC_OK;
}

enum rc text_compile(str text, bool variables, struct arena *arena, struct text_pattern *ret)
{
    struct text_pattern out = { .text = arena_str(arena, text) };
    struct text_part *parts;
    str rest = out.text;
    size_t at, variable_count = 0;

    if (out.text.ptr == NULL) {
        return RC_NOMEM;
    }
    if (!variables || !str_find(rest, STR("${"), &at)) {
        *ret = out;
        return RC_OK;
    }
    parts = NEW_ARRAY(arena, PIECES_MAX, struct text_part);
    if (parts == NULL) {
        return RC_NOMEM;
    }
    while (rest.len > 0) {
        str plain = take_plain(&rest);
        struct text_part *part;
        if (plain.len > 0) {
            parts[out.part_count++] = (struct text_part){ PART_PATTERN, plain, STR_NONE };
        }
        if (rest.len == 0) {
            break;
        }
        if (variable_count++ == VARIABLES_MAX) {
            return RC_LIMIT;
        }
        part = &parts[out.part_count++];
        if (take_variable(&rest, part) != RC_OK) {
            /* Refused when stored; met at run time it cannot be resolved. */
            *part = (struct text_part){ .kind = PART_UNRESOLVABLE };
            break;
        }
        if (part->kind == PART_VARIABLE) {
            TRY(fold_key(&part->text, arena));
        }
    }
    out.parts = parts;
    *ret = out;
    return RC_OK;
}

void text_cut(struct text_pattern *pattern, size_t len)
{
    str *first = pattern->part_count == 0 ? &pattern->text : &pattern->parts[0].text;

    if (len > 0) { /* with parts, the first is text */
        *first = str_skip(*first, len);
    }
}

static bool variable_value(const struct text_part *part, const struct policy_request *rq, str *ret)
{
    const struct context_entry *entry = context_find(rq, part->text);

    if (entry == NULL || (entry->count == 0 && !entry->many)) {
        *ret = part->fallback; /* V-4 */
        return part->fallback.ptr != NULL;
    }
    if (entry->many || context_find_after(rq, entry, part->text) != NULL) {
        return false; /* V-5; so is a key with two answers */
    }
    *ret = entry->values[0];
    return true;
}

bool text_resolve(const struct text_pattern *pattern, const struct policy_request *rq,
                  struct piece *pieces, size_t *ret_count)
{
    for (size_t i = 0; i < pattern->part_count; i++) {
        const struct text_part *part = &pattern->parts[i];
        pieces[i] = (struct piece){ part->text, part->kind != PART_PATTERN };
        if (part->kind == PART_UNRESOLVABLE ||
            (part->kind == PART_VARIABLE && !variable_value(part, rq, &pieces[i].text))) {
            return false;
        }
    }
    *ret_count = pattern->part_count;
    return true;
}

static bool pieces_equal(const struct piece *pieces, size_t count, str text, bool nocase)
{
    for (size_t i = 0; i < count; i++) {
        str want = pieces[i].text, have = str_slice(text, 0, want.len);
        if (!(nocase ? str_eq_nocase(want, have) : str_eq(want, have))) {
            return false;
        }
        text = str_skip(text, want.len);
    }
    return text.len == 0;
}

/* The slow ways stand apart so that the common case does not pay for their stack. */
static __attribute__((noinline)) bool like_with_variables(const struct text_pattern *pattern,
                                                          const struct policy_request *rq, str text)
{
    struct piece pieces[PIECES_MAX];
    size_t count;

    return text_resolve(pattern, rq, pieces, &count) && pieces_match(pieces, count, text);
}

static __attribute__((noinline)) bool equals_with_variables(const struct text_pattern *pattern,
                                                            const struct policy_request *rq,
                                                            str text, bool nocase)
{
    struct piece pieces[PIECES_MAX];
    size_t count;

    return text_resolve(pattern, rq, pieces, &count) && pieces_equal(pieces, count, text, nocase);
}

bool text_like(const struct text_pattern *pattern, const struct policy_request *rq, str text)
{
    return pattern->part_count == 0 ? glob_match(pattern->text, text)
                                    : like_with_variables(pattern, rq, text);
}

bool text_equals(const struct text_pattern *pattern, const struct policy_request *rq, str text,
                 bool nocase)
{
    if (pattern->part_count != 0) {
        return equals_with_variables(pattern, rq, text, nocase);
    }
    return nocase ? str_eq_nocase(pattern->text, text) : str_eq(pattern->text, text);
}

/* Substitution comes before splitting: "${aws:PrincipalArn}" is six segments at once. */
bool text_arn_like(const struct text_pattern *pattern, const struct policy_request *rq,
                   const str segments[6])
{
    struct piece pieces[PIECES_MAX], group[PIECES_MAX];
    size_t count, in_group = 0, segment = 0;

    if (!text_resolve(pattern, rq, pieces, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct piece piece = pieces[i];
        str before;
        while (segment < 5 && take_until(&piece.text, ':', &before)) {
            group[in_group++] = (struct piece){ before, piece.literal };
            if (!pieces_match(group, in_group, segments[segment++])) {
                return false;
            }
            in_group = 0;
        }
        group[in_group++] = piece;
    }
    return segment == 5 && pieces_match(group, in_group, segments[5]);
}
