/* Which secret belongs to which id: the cheapest pairs first, where near, named alike and in the same
 * block is cheap. A secret belongs to one id, and an id that is not reported takes its own along. */
#include <stdlib.h>

#include "scan/find_inside.h"
#include "scan/text.h"

enum {
    WINDOW = 4096,        /* bytes around an id in which its secret is looked for */
    LINES_NAMED = 40,     /* ... and lines, when it is called a secret */
    LINES_UNNAMED = 6,    /* ... when it has some other name */
    LINES_POSITIONAL = 3, /* ... when it has none */
    TOKENS_NEAR = 24,     /* values on each side of an id that are weighed */
};

#define WALK_MAX (UINT64_C(1) << 29) /* bytes between ids and values, walked in one text */

struct pair {
    size_t id, token;
    int cost;
};

struct pairs {
    struct pair *rows;
    size_t count, cap;
};

/* --- values around ids --------------------------------------------------------------------------- */

static size_t run_start(str text, size_t at)
{
    for (size_t n = 0; at > 0 && n < 256 && shape_is_base64_char(text.ptr[at - 1]); n++) {
        at--;
    }
    return at;
}

static enum rc collect_tokens(struct find_run *run)
{
    size_t done = 0;

    for (size_t i = 0; i < run->ids_count; i++) {
        size_t at = run->ids[i].hit.at, from = at > WINDOW ? at - WINDOW : 0, end;
        struct token token;
        end = run->text.len - at > WINDOW ? at + WINDOW : run->text.len;
        from = run_start(run->text, from);
        from = from < done ? done : from;
        while (from < end && token_next(run->text, &from, end, &token)) {
            run->tokens = find_grow(run->arena, run->tokens, &run->tokens_count, &run->tokens_cap,
                                    sizeof(token));
            if (run->tokens == NULL) {
                return RC_NOMEM;
            }
            run->tokens[run->tokens_count - 1] = token;
        }
        done = from > done ? from : done;
    }
    return RC_OK;
}

/* --- what a pair costs --------------------------------------------------------------------------- */

/* The part of two names before the words that tell id from secret: DEV_ of DEV_ACCESS_KEY_ID. */
static size_t common_start(str a, str b)
{
    size_t n = 0;

    while (n < a.len && n < b.len && ascii_lower(a.ptr[n]) == ascii_lower(b.ptr[n])) {
        n++;
    }
    return n;
}

static bool other_id_between(const struct find_run *run, size_t id, size_t token_at)
{
    const struct find_id *next;

    if (token_at > run->ids[id].hit.at) {
        next = id + 1 < run->ids_count ? &run->ids[id + 1] : NULL;
        return next != NULL && next->hit.at < token_at;
    }
    next = id > 0 ? &run->ids[id - 1] : NULL;
    return next != NULL && next->hit.at > token_at;
}

/* "ID:SECRET", "ID,SECRET", ("ID", "SECRET"): next to each other they need not look the part. */
static bool joined(const struct find_hit *hit, const struct token *token)
{
    return token->at > hit->at && token->at - hit->at - hit->len <= 6;
}

/* Below 0: these two do not belong together. */
static int pair_cost(const struct find_run *run, size_t id, const struct token *token)
{
    const struct find_hit *hit = &run->ids[id].hit;
    struct text_distance d = text_distance(run->text, hit->at, token->at);
    str name = token_name(run->text, token->at);
    enum name_role role = shape_name_role(name);
    uint32_t lines_max = LINES_UNNAMED;
    int cost = 40;

    if (role == NAME_HASH || role == NAME_TOKEN || d.barrier || d.ups > 3 || d.downs > 3) {
        return -1;
    }
    if (role == NAME_SECRET) {
        lines_max = LINES_NAMED;
        cost = 0;
    } else if (role == NAME_NONE) {
        lines_max = LINES_POSITIONAL;
        cost = 30;
    }
    if (token->form == SECRET_SMTP && role != NAME_SECRET && d.lines <= LINES_NAMED / 4) {
        lines_max = LINES_NAMED / 4;
    } else if (role != NAME_SECRET && !token->strict &&
               !(role == NAME_NONE && joined(hit, token))) {
        return -1;
    }
    if (d.lines > lines_max) {
        return -1;
    }
    if (hit->name.len > 0 && name.len > 0) {
        cost -= (int)common_start(hit->name, name);
    }
    cost += (int)d.lines * 2 + (int)d.ups * 6 + (int)d.downs * 3 + (token->at < hit->at ? 3 : 0);
    cost += other_id_between(run, id, token->at) ? 12 : 0;
    return cost < 0 ? 0 : cost;
}

static enum rc add_pairs(struct find_run *run, struct pairs *pairs)
{
    size_t first = 0, middle = 0;
    uint64_t walked = 0;

    for (size_t i = 0; i < run->ids_count; i++) {
        size_t at = run->ids[i].hit.at;
        while (first < run->tokens_count && run->tokens[first].at + WINDOW < at) {
            first++;
        }
        while (middle < run->tokens_count && run->tokens[middle].at < at) {
            middle++;
        }
        for (size_t t = middle > first + TOKENS_NEAR ? middle - TOKENS_NEAR : first;
             t < run->tokens_count && t < middle + TOKENS_NEAR && run->tokens[t].at < at + WINDOW;
             t++) {
            int cost;
            walked += run->tokens[t].at > at ? run->tokens[t].at - at : at - run->tokens[t].at;
            if (walked > WALK_MAX && t != middle) {
                continue; /* a text made of keys: the next value only */
            }
            cost = pair_cost(run, i, &run->tokens[t]);
            if (cost < 0) {
                continue;
            }
            pairs->rows = find_grow(run->arena, pairs->rows, &pairs->count, &pairs->cap,
                                    sizeof(*pairs->rows));
            if (pairs->rows == NULL) {
                return RC_NOMEM;
            }
            pairs->rows[pairs->count - 1] = (struct pair){ i, t, cost };
        }
    }
    return RC_OK;
}

static int by_cost(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->cost != y->cost) {
        return x->cost < y->cost ? -1 : 1;
    }
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return x->token < y->token ? -1 : x->token > y->token;
}

enum rc find_pair(struct find_run *run)
{
    struct pairs pairs = { 0 };
    bool *taken;

    if (run->ids_count == 0) {
        return RC_OK;
    }
    TRY(collect_tokens(run));
    TRY(add_pairs(run, &pairs));
    taken = NEW_ARRAY(run->arena, run->tokens_count + 1, bool);
    if (taken == NULL) {
        return RC_NOMEM;
    }
    if (pairs.count > 1) {
        qsort(pairs.rows, pairs.count, sizeof(*pairs.rows), by_cost);
    }
    for (size_t i = 0; i < pairs.count; i++) {
        struct find_secret *secret = &run->ids[pairs.rows[i].id].hit.secret;
        if (secret->len == 0 && !taken[pairs.rows[i].token]) {
            taken[pairs.rows[i].token] = true;
            find_secret_set(secret, &run->tokens[pairs.rows[i].token]);
        }
    }
    return RC_OK;
}

/* --- names: secrets without an id, and settings that take a key from elsewhere ------------------- */

static str name_around(str text, size_t at, size_t *ret_end)
{
    size_t from = at, end = at;

    while (from > 0 && at - from < 64 &&
           (ascii_is_alnum(text.ptr[from - 1]) || memchr("_-.", text.ptr[from - 1], 3) != NULL)) {
        from--;
    }
    if (from > 0 && text.ptr[from - 1] == '\\' && from < at && text.ptr[from] == 'n') {
        from++;
    }
    while (end < text.len && end - at < 64 &&
           (ascii_is_alnum(text.ptr[end]) || memchr("_-.", text.ptr[end], 3) != NULL)) {
        end++;
    }
    *ret_end = end;
    return str_slice(text, from, end - from);
}

/* Its secret is reported with its id, or the id is one that is not reported. */
static bool belongs_to_id(const struct find_run *run, const struct token *token)
{
    size_t low = 0, high = run->ids_count;

    while (low < high) { /* the first id that is near enough */
        size_t middle = low + (high - low) / 2;
        if (run->ids[middle].hit.at + 2 * WINDOW < token->at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i < run->ids_count && run->ids[i].hit.at < token->at + 2 * WINDOW; i++) {
        if (run->ids[i].hit.secret.len > 0 && run->ids[i].hit.secret.at == token->at) {
            return true;
        }
    }
    return false;
}

/* The first name at or behind `at`; they stand in order. */
static size_t first_name(const struct find_run *run, size_t at)
{
    size_t low = 0, high = run->names_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->names[middle] < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The setting beside it gives an id that is no AWS id: another vendor's key (MinIO, Google, Alibaba). */
static bool has_foreign_id(const struct find_run *run, size_t at)
{
    size_t from = at > 600 ? at - 600 : 0,
           end = run->text.len - at > 600 ? at + 600 : run->text.len;
    str text = run->text;

    for (size_t i = first_name(run, from); i < run->names_count && run->names[i] <= end; i++) {
        size_t name_end;
        str name, value;
        name = name_around(text, run->names[i], &name_end);
        value = shape_name_role(name) == NAME_ID ? token_value(text, name_end) : STR_NONE;
        if (value.len >= 8 && !token_is_reference(value) && ascii_is_alnum(value.ptr[0]) &&
            !str_starts(value, STR("AKIA")) && !str_starts(value, STR("ASIA")) &&
            text_distance(text, at, run->names[i]).lines <= 6 &&
            !text_distance(text, at, run->names[i]).barrier && value.len <= 64 &&
            shape_name_role(value) == NAME_OTHER) {
            return true;
        }
    }
    return false;
}

static bool says_aws(str text)
{
    static const str words[] = { STR_INIT("aws"),        STR_INIT("s3"),
                                 STR_INIT("amazon"),     STR_INIT("secretaccesskey"),
                                 STR_INIT("access_key"), STR_INIT("accesskey"),
                                 STR_INIT("access-key"), STR_INIT("access.key") };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        for (size_t at = 0; at + words[i].len <= text.len; at++) {
            if (str_eq_nocase(str_slice(text, at, words[i].len), words[i])) {
                return true;
            }
        }
    }
    return false;
}

/* A secret key can be anybody's: the name or what stands around it must speak of AWS. */
static bool is_aws(str text, str name, size_t at)
{
    size_t from = at > 300 ? at - 300 : 0;

    return says_aws(name) || says_aws(str_slice(text, from, at - from)) ||
           says_aws(str_slice(text, at + SECRET_CHARS, 200));
}

static enum rc lone_secret(struct find_run *run, size_t name_end, str name)
{
    size_t end = run->text.len - name_end > 200 ? name_end + 200 : run->text.len, at = name_end;
    struct find_hit hit = { .what = FIND_SECRET, .name = name };
    struct token token;

    if (!token_next(run->text, &at, end, &token) || token.form == SECRET_SMTP ||
        text_newlines(run->text, name_end, token.at) > 1) {
        return RC_OK;
    }
    if (shape_name_role(token_name(run->text, token.at)) != NAME_SECRET ||
        belongs_to_id(run, &token) || has_foreign_id(run, token.at) ||
        !is_aws(run->text, name, token.at)) {
        return RC_OK;
    }
    hit.at = token.at;
    hit.len = token.len;
    find_secret_set(&hit.secret, &token);
    TRY(find_name_copy(run->arena, name, &hit.name));
    return find_add(run, &hit);
}

static enum rc reference(struct find_run *run, size_t at, size_t end, str name)
{
    struct find_hit hit = { .what = FIND_REFERENCE, .at = at, .len = end - at };
    str value = token_value(run->text, end);

    if (run->depth > 0 || value.ptr == NULL || !token_is_reference(value)) {
        return RC_OK;
    }
    TRY(find_name_copy(run->arena, name, &hit.name));
    return find_add(run, &hit);
}

enum rc find_names(struct find_run *run)
{
    size_t done = 0;

    for (size_t i = 0; i < run->names_count; i++) {
        size_t end;
        str name;
        if (run->names[i] < done) {
            continue; /* secret_access_key is one name */
        }
        name = name_around(run->text, run->names[i], &end);
        done = end;
        switch (shape_name_role(name)) {
        case NAME_SECRET:
            TRY(lone_secret(run, end, name));
            break;
        case NAME_ID:
            TRY(reference(run, (size_t)(name.ptr - run->text.ptr), end, name));
            break;
        case NAME_NONE:
        case NAME_TOKEN:
        case NAME_OTHER:
        case NAME_HASH:
            break;
        }
    }
    return RC_OK;
}
