/* What is known of all principals together. */
#include <stdlib.h>

#include "migrate/naming.h"
#include "migrate/tokens.h"

struct known_arn {
    str arn, who; /* who: absent for what an inventory lists */
};

static const uint8_t hash_key[16] = { 0x6c, 0x61, 0x6e, 0x64 };

/* Names behind the given part of the ARN: "app0-main" of ".../table/app0-main". */
static str name_in(const struct use *use)
{
    str rest = use->template, arn = use->arn;
    size_t at, literals;

    while (str_find(rest, STR("${"), &at)) {
        str front = str_slice(use->template, 0, (size_t)(rest.ptr - use->template.ptr) + at);
        str name = str_skip(rest, at + 2);
        if (!str_starts(name, STR("Partition}")) && !str_starts(name, STR("Region}")) &&
            !str_starts(name, STR("Account}"))) {
            for (size_t i = front.len > 8 ? 8 : 0; i <= arn.len; i++) {
                if (i > 0 && is_boundary(arn.ptr[i - 1]) &&
                    arn_is_of(front, str_slice(arn, 0, i), &literals)) {
                    return str_skip(arn, i);
                }
            }
            return STR("");
        }
        rest = str_skip(rest, at + 2);
    }
    return STR("");
}

/* The first who used a name with that token; a count above 1: others did, too. */
static bool learn_owner(struct landscape *l, str key, str more)
{
    struct tally *tally = table_get(&l->tokens, key);

    if (tally != NULL) {
        if (!str_eq(tally->more, more)) {
            tally->count++;
        }
        return true;
    }
    tally = NEW(l->arena, struct tally);
    if (tally == NULL) {
        return false;
    }
    *tally = (struct tally){ .name = key, .more = more, .count = 1 };
    return table_set(&l->tokens, key, tally, NULL) == RC_OK;
}

/* Counts the word once for each front it stands behind. */
static bool learn_word(struct landscape *l, str front, str word)
{
    str key = ARENA_JOIN(l->arena, word, STR("\n"), front);
    struct tally *tally = table_get(&l->words, word);

    if (key.ptr == NULL) {
        return false;
    }
    if (table_get(&l->words, key) != NULL) {
        return true;
    }
    if (tally == NULL) {
        tally = NEW(l->arena, struct tally);
        if (tally == NULL || table_set(&l->words, word, tally, NULL) != RC_OK) {
            return false;
        }
        tally->name = word;
    }
    tally->count++;
    return table_set(&l->words, key, tally, NULL) == RC_OK;
}

static bool learn_use(struct landscape *l, const struct who *who, const struct use *use)
{
    str name = name_in(use);
    size_t last = tokens_before_last(name);

    if (name.len == 0 || use->partial) {
        return true;
    }
    l->arns[l->arn_count++] = (struct known_arn){ use->arn, who->arn };
    if (text_is_id(name) || str_ends(name, STR("*"))) {
        return true;
    }
    return learn_owner(l, token_front(name), who->arn) &&
           (last == 0 || learn_word(l, str_slice(name, 0, last), str_skip(name, last)));
}

static int by_arn(const void *a, const void *b)
{
    const struct known_arn *x = a, *y = b;

    return str_cmp(x->arn, y->arn);
}

enum rc landscape_make(struct evidence *e, const str *extra, size_t extra_count,
                       struct arena *arena, struct landscape *ret)
{
    size_t who_count, total = extra_count;
    struct who **whos = evidence_whos(e, &who_count);

    *ret = (struct landscape){ .arena = arena };
    table_init(&ret->tokens, &heap, hash_key);
    table_init(&ret->words, &heap, hash_key);
    for (size_t i = 0; whos != NULL && i < who_count; i++) {
        total += whos[i]->uses.count;
    }
    ret->arns = NEW_ARRAY(arena, total + 1, struct known_arn);
    if (whos == NULL || ret->arns == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < who_count; i++) {
        size_t count;
        struct use **uses = who_uses(e, whos[i], &count);
        for (size_t j = 0; j < count; j++) {
            if (!learn_use(ret, whos[i], uses[j])) {
                return RC_NOMEM;
            }
        }
    }
    for (size_t i = 0; i < extra_count; i++) {
        ret->arns[ret->arn_count++] = (struct known_arn){ extra[i], STR_NONE };
    }
    qsort(ret->arns, ret->arn_count, sizeof(*ret->arns), by_arn);
    return RC_OK;
}

void landscape_done(struct landscape *l)
{
    table_done(&l->tokens);
    table_done(&l->words);
}

bool landscape_foreign(const struct landscape *l, str front, str who)
{
    size_t low = 0, high = l->arn_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(l->arns[middle].arn, front) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i < l->arn_count && str_starts(l->arns[i].arn, front);) {
        bool mine = false;
        size_t next = i;
        while (next < l->arn_count && str_eq(l->arns[next].arn, l->arns[i].arn)) {
            mine = mine || str_eq(l->arns[next].who, who);
            next++;
        }
        if (!mine) {
            return true;
        }
        i = next;
    }
    return false;
}

str landscape_stem(const struct landscape *l, str who, const str *names, size_t count)
{
    str best = STR_NONE;
    size_t most = 0;

    for (size_t i = 0; i < count; i++) {
        str token = token_front(names[i]);
        const struct tally *owner = token.len < 2 ? NULL : table_get(&l->tokens, token);
        size_t same = 0;
        if (owner == NULL || owner->count > 1 || !str_eq(owner->more, who) ||
            token.len == names[i].len) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            same += str_eq(token_front(names[j]), token) && !str_eq(names[j], names[i]);
        }
        if (same > most) {
            most = same;
            best = token;
        }
    }
    return best;
}
