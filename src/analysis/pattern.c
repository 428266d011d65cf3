#include "analysis/pattern.h"

bool draft_begin(struct pattern_draft *draft, struct work *work, size_t room)
{
    *draft = (struct pattern_draft){ .work = work, .cap = (uint32_t)room };
    draft->tokens = room > UINT32_MAX / 2 ? NULL : WORK_NEW(work, room + 1, struct token);
    return draft->tokens != NULL;
}

static bool is_star(enum token_kind kind)
{
    return kind == TOKEN_STAR || kind == TOKEN_STAR_INSIDE;
}

void draft_add(struct pattern_draft *draft, enum token_kind kind, uint32_t c)
{
    if (draft->count > 0 && is_star(kind) && draft->tokens[draft->count - 1].kind == kind) {
        return; /* "**" is "*" */
    }
    if (draft->count < draft->cap) {
        draft->tokens[draft->count++] = (struct token){ kind, c };
    }
}

/* The next letter; bytes that are not UTF-8 stand for themselves. */
static uint32_t take_letter(str *rest)
{
    uint32_t c;

    if (!take_utf8(rest, &c)) {
        c = LETTER_BYTE + (unsigned char)rest->ptr[0];
        *rest = str_skip(*rest, 1);
    }
    return c;
}

void draft_text(struct pattern_draft *draft, str text, enum token_kind kind, bool wild, bool inside)
{
    while (text.len > 0) {
        uint32_t c = take_letter(&text);
        if (wild && c == '*') {
            draft_add(draft, inside ? TOKEN_STAR_INSIDE : TOKEN_STAR, 0);
        } else if (wild && c == '?') {
            draft_add(draft, inside ? TOKEN_ANY_INSIDE : TOKEN_ANY, 0);
        } else if (kind == TOKEN_NOCASE) {
            c = c < 0x80 ? (uint32_t)ascii_lower((char)c) : c;
            draft_add(draft, c < 0x80 && ascii_is_alpha((char)c) ? TOKEN_NOCASE : TOKEN_LITERAL, c);
        } else {
            draft_add(draft, TOKEN_LITERAL, c);
        }
    }
}

bool draft_end(struct pattern_draft *draft, str text, struct pattern *ret)
{
    struct pattern out = { .tokens = draft->tokens, .count = draft->count, .text = text };
    uint32_t *fixed;

    out.literal = true;
    for (uint32_t i = 0; i < out.count; i++) {
        out.literal = out.literal && out.tokens[i].kind == TOKEN_LITERAL;
        out.symbols = out.symbols || out.tokens[i].kind == TOKEN_SYMBOL;
    }
    if (out.literal) {
        fixed = WORK_NEW(draft->work, out.count + 1, uint32_t);
        if (fixed == NULL) {
            return false;
        }
        for (uint32_t i = 0; i < out.count; i++) {
            fixed[i] = out.tokens[i].c;
            out.hash = (out.hash ^ fixed[i]) * 0x01000193u;
        }
        out.fixed = (struct letters){ fixed, out.count };
    }
    *ret = out;
    return true;
}

bool letters_from(struct work *work, str text, struct letters *ret)
{
    uint32_t *out = WORK_NEW(work, text.len + 1, uint32_t);
    uint32_t count = 0;

    if (out == NULL) {
        return false;
    }
    while (text.len > 0) {
        out[count++] = take_letter(&text);
    }
    *ret = (struct letters){ out, count };
    return true;
}

void letters_print(struct letters text, buf *out)
{
    char bytes[4];

    for (uint32_t i = 0; i < text.len; i++) {
        uint32_t c = text.ptr[i];
        if (c < LETTER_BYTE) {
            buf_add(out, str_from(bytes, utf8_encode(c, bytes)));
        } else if (c < LETTER_SYMBOL) {
            buf_add_char(out, (char)(c - LETTER_BYTE));
        }
    }
}

static bool symbol_takes(uint32_t token, uint32_t letter)
{
    if (letter < LETTER_SYMBOL || (token ^ letter) >> 2 != 0) {
        return false;
    }
    /* Equal in any case follows from equal, not the other way round. */
    return token == letter || ((token & 3) == FLAVOUR_NOCASE && (letter & 3) == FLAVOUR_PLAIN);
}

bool token_takes(struct token token, uint32_t letter)
{
    switch (token.kind) {
    case TOKEN_LITERAL:
        return token.c == letter;
    case TOKEN_NOCASE:
        return letter < 0x80 && (uint32_t)ascii_lower((char)letter) == token.c;
    case TOKEN_ANY:
        return letter < LETTER_SYMBOL;
    case TOKEN_ANY_INSIDE:
    case TOKEN_STAR_INSIDE:
        return letter < LETTER_SYMBOL && letter != ':';
    case TOKEN_STAR:
        return true;
    case TOKEN_SYMBOL:
        return symbol_takes(token.c, letter);
    }
    return false;
}

/* Going back to the last star is enough: within a segment as for every glob, and a star of an
 * earlier segment cannot grow across the colon behind it. */
bool pattern_match(const struct pattern *pattern, struct letters text)
{
    uint32_t p = 0, t = 0, star = UINT32_MAX, star_text = 0;

    while (t < text.len) {
        struct token token = p < pattern->count ? pattern->tokens[p]
                                                : (struct token){ TOKEN_LITERAL, UINT32_MAX };
        if (is_star(token.kind)) {
            star = p++;
            star_text = t;
        } else if (token_takes(token, text.ptr[t])) {
            p++;
            t++;
        } else if (star != UINT32_MAX && token_takes(pattern->tokens[star], text.ptr[star_text])) {
            t = ++star_text;
            p = star + 1;
        } else {
            return false;
        }
    }
    while (p < pattern->count && is_star(pattern->tokens[p].kind)) {
        p++;
    }
    return p == pattern->count;
}

static bool clash(struct token a, struct token b)
{
    return a.kind == TOKEN_LITERAL && b.kind == TOKEN_LITERAL && a.c != b.c;
}

static bool one_letter(enum token_kind kind)
{
    return kind != TOKEN_STAR && kind != TOKEN_STAR_INSIDE && kind != TOKEN_SYMBOL;
}

bool patterns_apart(const struct pattern *a, const struct pattern *b)
{
    uint32_t i = 0;

    while (i < a->count && i < b->count && one_letter(a->tokens[i].kind) &&
           one_letter(b->tokens[i].kind)) {
        if (clash(a->tokens[i], b->tokens[i])) {
            return true;
        }
        i++;
    }
    if ((i == a->count && i < b->count && one_letter(b->tokens[i].kind)) ||
        (i == b->count && i < a->count && one_letter(a->tokens[i].kind))) {
        return true;
    }
    for (i = 1; i <= a->count && i <= b->count; i++) {
        struct token x = a->tokens[a->count - i], y = b->tokens[b->count - i];
        if (!one_letter(x.kind) || !one_letter(y.kind)) {
            return false;
        }
        if (clash(x, y)) {
            return true;
        }
    }
    return false;
}

/* Whether q's token takes p's whole token, whatever it stands for. */
static bool token_within(struct token p, struct token q)
{
    switch (p.kind) {
    case TOKEN_LITERAL:
        return token_takes(q, p.c);
    case TOKEN_NOCASE: /* both cases */
        return q.kind == TOKEN_NOCASE ? q.c == p.c : q.kind != TOKEN_LITERAL && token_takes(q, p.c);
    case TOKEN_ANY:
        return q.kind == TOKEN_ANY || q.kind == TOKEN_STAR;
    case TOKEN_ANY_INSIDE:
        return q.kind == TOKEN_ANY || q.kind == TOKEN_ANY_INSIDE || q.kind == TOKEN_STAR ||
               q.kind == TOKEN_STAR_INSIDE;
    case TOKEN_STAR:
        return q.kind == TOKEN_STAR;
    case TOKEN_STAR_INSIDE:
        return q.kind == TOKEN_STAR || q.kind == TOKEN_STAR_INSIDE;
    case TOKEN_SYMBOL:
        return q.kind == TOKEN_STAR || (q.kind == TOKEN_SYMBOL && symbol_takes(q.c, p.c));
    }
    return false;
}

bool pattern_within(const struct pattern *p, const struct pattern *q)
{
    uint32_t at = 0, t = 0, star = UINT32_MAX, star_text = 0;

    if (q->count == 1 && q->tokens[0].kind == TOKEN_STAR) {
        return true;
    }
    if (p->loose || q->positive_only) {
        return false;
    }
    while (t < p->count) {
        struct token token = at < q->count ? q->tokens[at]
                                           : (struct token){ TOKEN_LITERAL, UINT32_MAX };
        if (is_star(token.kind)) {
            star = at++;
            star_text = t;
        } else if (!is_star(p->tokens[t].kind) && token_within(p->tokens[t], token)) {
            at++;
            t++;
        } else if (star != UINT32_MAX && token_within(p->tokens[star_text], q->tokens[star])) {
            t = ++star_text;
            at = star + 1;
        } else {
            return false;
        }
    }
    while (at < q->count && is_star(q->tokens[at].kind)) {
        at++;
    }
    return at == q->count;
}
