#include "scan/find.h"

#include "base/bytes.h"
#include "codec/base64.h"
#include "scan/find_inside.h"
#include "scan/text.h"
#include "sign/digest.h"

void *find_grow(struct arena *arena, void *array, size_t *count, size_t *cap, size_t size)
{
    char *bytes = array;

    if (*count == *cap) {
        size_t more = *cap == 0 ? 16 : *cap * 2;
        char *bigger = arena_array(arena, more, size);
        if (bigger == NULL) {
            return NULL;
        }
        if (*count > 0) {
            memcpy(bigger, bytes, *count * size);
        }
        *cap = more;
        bytes = bigger;
    }
    (*count)++;
    return bytes;
}

bool find_worth(str text)
{
    struct anchor anchor;
    size_t at = 0;

    return anchor_next(text, &at, &anchor);
}

enum rc find_add(struct find_run *run, const struct find_hit *hit)
{
    struct find_result *r = run->result;

    if (r->count >= FIND_HITS_MAX) {
        r->cut = true;
        return RC_OK;
    }
    r->hits = find_grow(run->arena, r->hits, &r->count, &r->cap, sizeof(*r->hits));
    if (r->hits == NULL) {
        return RC_NOMEM;
    }
    r->hits[r->count - 1] = *hit;
    return RC_OK;
}

void find_secret_set(struct find_secret *secret, const struct token *token)
{
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES];

    sha256(str_from(token->value, token->value_len), digest);
    hex_encode(digest, sizeof(digest), hex);
    secret->at = token->at;
    secret->len = token->len;
    memcpy(secret->hash, hex, sizeof(secret->hash) - 1);
    secret->hash[sizeof(secret->hash) - 1] = '\0';
    memcpy(secret->last4, token->value + token->value_len - 4, 4);
    secret->last4[4] = '\0';
    secret->smtp = token->form == SECRET_SMTP;
}

enum rc find_name_copy(struct arena *arena, str name, str *ret)
{
    size_t run = 0, longest = 0;

    for (size_t i = 0; i < name.len; i++) {
        run = ascii_is_alnum(name.ptr[i]) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    *ret = STR_NONE;
    if (name.ptr == NULL || name.len >= 64 || longest >= 26) {
        return RC_OK;
    }
    *ret = arena_str(arena, name);
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

/* --- ids ----------------------------------------------------------------------------------------- */

/* An escape before the id whose last letter is no part of a word: \n, %3D, \u0026. */
static bool escape_before(str text, size_t at)
{
    const char *p = text.ptr + at;

    return (at >= 2 && p[-2] == '\\') ||
           (at >= 3 && p[-3] == '%' && ascii_hex_value(p[-1]) < 16 &&
            ascii_hex_value(p[-2]) < 16) ||
           (at >= 4 && p[-4] == '\\' && p[-3] == 'x') || (at >= 6 && p[-6] == '\\' && p[-5] == 'u');
}

/* Long base64 around the id, joined with / or +: the id is then a part of it by chance. */
static bool inside_base64(str text, size_t at, size_t end)
{
    size_t from = at, upper = 0, lower = 0, digits = 0;

    if ((at > 0 && text.ptr[at - 1] == '+') || (end < text.len && text.ptr[end] == '+')) {
        return true;
    }
    while (from > 0 && at - from < 64 && shape_is_base64_char(text.ptr[from - 1])) {
        from--;
    }
    for (size_t i = from; i < text.len && i < end + 64; i++) {
        char c = text.ptr[i];
        if (i >= at && i < end) {
            continue;
        }
        if (!shape_is_base64_char(c) && i >= end) {
            break;
        }
        upper += c >= 'A' && c <= 'Z';
        lower += c >= 'a' && c <= 'z';
        digits += ascii_is_digit(c);
    }
    return upper >= 3 && lower >= 3 && digits >= 2;
}

/* The id's name runs into it: aws_access_key_idAKIA..., as in the records of databases. */
static bool name_before(str text, size_t at)
{
    size_t from = at;

    while (from > 0 && at - from < 40 &&
           (ascii_is_alpha(text.ptr[from - 1]) || text.ptr[from - 1] == '_')) {
        from--;
    }
    return text.ptr[at - 1] >= 'a' && shape_name_role(str_slice(text, from, at - from)) == NAME_ID;
}

/* An underscore joins words, but is also a byte of binary files. */
static bool goes_on(str text, size_t end)
{
    char after = end < text.len ? text.ptr[end] : '\n';
    char behind = end + 1 < text.len ? text.ptr[end + 1] : '\n';

    return ascii_is_alnum(after) || (after == '_' && (ascii_is_alnum(behind) || behind == '_'));
}

static bool stands_alone(str text, size_t at, size_t end)
{
    char before = at > 0 ? text.ptr[at - 1] : '\n';

    if (ascii_is_alnum(before) && !escape_before(text, at) && !name_before(text, at)) {
        return false;
    }
    return !goes_on(text, end) && !inside_base64(text, at, end);
}

enum rc find_id_add(struct find_run *run, size_t at, size_t len, str id, const char *via)
{
    const struct known_key *known = run->known == NULL ? NULL : known_at(run->known, id);
    struct find_id *found;

    run->ids = find_grow(run->arena, run->ids, &run->ids_count, &run->ids_cap, sizeof(*run->ids));
    if (run->ids == NULL) {
        return RC_NOMEM;
    }
    found = &run->ids[run->ids_count - 1];
    *found = (struct find_id){ .hit = { .what = FIND_KEY, .at = at, .len = len, .via = via } };
    found->hit.known = known;
    found->hit.key_id = known != NULL ? known->id : arena_str(run->arena, id);
    found->dummy = known == NULL && shape_is_dummy_id(id);
    if (known != NULL && known->account.ptr != NULL && known->account.len == ACCOUNT_CHARS) {
        memcpy(found->hit.account, known->account.ptr, ACCOUNT_CHARS);
    } else {
        (void)shape_account(found->hit.key_id, found->hit.account);
    }
    if (found->hit.key_id.ptr == NULL) {
        return RC_NOMEM;
    }
    return find_name_copy(run->arena, token_name(run->text, at), &found->hit.name);
}

static enum rc take_id(struct find_run *run, size_t at, size_t *next)
{
    str rest = str_skip(run->text, at), id = str_slice(rest, 0, KEY_ID_CHARS);
    const struct known_key *known = run->known == NULL ? NULL : known_at(run->known, rest);

    if (known != NULL) { /* ours, whatever it is glued to */
        *next = at + known->id.len;
        return find_id_add(run, at, known->id.len, known->id, NULL);
    }
    if (!shape_is_key_id(id) || !stands_alone(run->text, at, at + KEY_ID_CHARS)) {
        return RC_OK;
    }
    *next = at + KEY_ID_CHARS;
    return find_id_add(run, at, KEY_ID_CHARS, id, NULL);
}

/* --- one text ------------------------------------------------------------------------------------ */

static enum rc take_name(struct find_run *run, size_t at)
{
    run->names = find_grow(run->arena, run->names, &run->names_count, &run->names_cap,
                           sizeof(*run->names));
    if (run->names == NULL) {
        return RC_NOMEM;
    }
    run->names[run->names_count - 1] = at;
    return RC_OK;
}

static enum rc collect(struct find_run *run)
{
    struct anchor anchor;
    size_t at = 0;

    while (anchor_next(run->text, &at, &anchor)) {
        switch (anchor.kind) {
        case ANCHOR_ID:
            TRY(take_id(run, anchor.at, &at));
            break;
        case ANCHOR_NAME:
            TRY(take_name(run, anchor.at));
            break;
        case ANCHOR_WIDE:
        case ANCHOR_DIGITS:
        case ANCHOR_BASE64:
        case ANCHOR_VALUE:
            TRY(find_encoded(run, &anchor, &at));
            break;
        }
    }
    return RC_OK;
}

static enum rc finish_ids(struct find_run *run)
{
    for (size_t i = 0; i < run->ids_count; i++) {
        if (!run->ids[i].dummy) {
            TRY(find_add(run, &run->ids[i].hit));
        }
    }
    return RC_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct find_hit *x = a, *y = b;

    return x->at != y->at ? (x->at < y->at ? -1 : 1) : str_cmp(x->key_id, y->key_id);
}

static enum rc run_text(struct find_run *run)
{
    TRY(collect(run));
    TRY(find_pair(run));
    TRY(find_names(run));
    TRY(finish_ids(run));
    if (run->tokens_count > 0) {
        wipe(run->tokens, run->tokens_cap * sizeof(*run->tokens));
    }
    return RC_OK;
}

/* Where the line begins that holds `at`, when that of `from`, before it, begins at `start`. */
static size_t start_from(str text, size_t start, size_t from, size_t at)
{
    const char *last = memrchr(text.ptr + from, '\n', at - from);

    return last == NULL ? start : (size_t)(last - text.ptr) + 1;
}

/* The secret stands near: at most a window away from the id, whose line begins at `start`. */
static void place_secret(str text, const struct find_hit *hit, size_t start, struct find_secret *s)
{
    size_t low;

    if (s->at >= hit->at) {
        s->line = hit->line + text_newlines(text, hit->at, s->at);
        s->column = (uint32_t)(s->at - start_from(text, start, hit->at, s->at)) + 1;
        return;
    }
    s->line = hit->line - text_newlines(text, s->at, hit->at);
    for (low = s->at; s->line != hit->line && low > 0 && text.ptr[low - 1] != '\n';) {
        low--;
    }
    s->column = (uint32_t)(s->at - (s->line == hit->line ? start : low)) + 1;
}

/* The places of hits in the text, one pass over it. */
static void place_hits(str text, struct find_result *r)
{
    size_t from = 0, start = 0;
    uint32_t line = 1;

    for (size_t i = 0; i < r->count; i++) {
        struct find_hit *hit = &r->hits[i];
        line += text_newlines(text, from, hit->at);
        start = start_from(text, start, from, hit->at);
        from = hit->at;
        hit->line = line;
        hit->column = (uint32_t)(from - start) + 1;
        if (hit->secret.len > 0) {
            place_secret(text, hit, start, &hit->secret);
        }
    }
}

enum rc find_layer(struct find_run *outer, str inner, size_t at, size_t len, const char *via)
{
    struct find_result found = { 0 };
    struct find_run run = { .text = inner,
                            .known = outer->known,
                            .arena = outer->arena,
                            .result = &found,
                            .depth = outer->depth + 1 };

    if (run.depth > FIND_DEPTH_MAX) {
        return RC_OK;
    }
    TRY(run_text(&run));
    for (size_t i = 0; i < found.count; i++) {
        struct find_hit *hit = &found.hits[i];
        if (hit->what == FIND_REFERENCE) {
            continue;
        }
        hit->at = at;
        hit->len = len;
        hit->via = hit->via == NULL ? via : hit->via;
        hit->packed = true;
        if (hit->secret.len > 0) {
            hit->secret.at = at;
            hit->secret.len = len;
        }
        TRY(find_add(outer, hit));
    }
    return RC_OK;
}

enum rc find_text(str text, const struct known *known, struct arena *arena, struct find_result *ret)
{
    struct find_result result = { 0 };
    struct find_run run = { .text = text, .known = known, .arena = arena, .result = &result };

    TRY(run_text(&run));
    if (result.count > 1) {
        qsort(result.hits, result.count, sizeof(*result.hits), by_place);
    }
    place_hits(text, &result);
    *ret = result;
    return RC_OK;
}
