/* The index by action: a decision reads only the statements that can name its action, so its cost
 * does not grow with their number. Three lists answer one request: the action's own, the patterns
 * inside its service ("s3:Get*"), and those that may cross services ("*", NotAction). */
#include <stdlib.h>

#include "policy/engine.h"

/* Folds ASCII letters; other bytes may collide, equality decides. */
uint64_t action_hash(str folded)
{
    uint64_t hash = folded.len * UINT64_C(0x9E3779B97F4A7C15);

    while (folded.len >= 8) {
        uint64_t word;
        memcpy(&word, folded.ptr, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
        hash ^= hash >> 32;
        folded = str_from(folded.ptr + 8, folded.len - 8);
    }
    for (size_t i = 0; i < folded.len; i++) {
        hash = (hash ^ (unsigned char)folded.ptr[i]) * UINT64_C(0x100000001B3);
    }
    return hash ^ (hash >> 29);
}

static bool all_stars(str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] != '*') {
            return false;
        }
    }
    return pattern.len > 0;
}

/* A pattern without a colon other than "*" names no service, one that ends at its colon no
 * action (and "s3:" is the key of the service's list): both match nothing, absent. */
enum rc action_fold(str pattern, struct arena *arena, str *ret)
{
    char *folded;
    size_t at;

    if (all_stars(pattern)) {
        *ret = STR("*"); /* */
        return RC_OK;
    }
    if (!str_find_char(pattern, ':', &at) || at + 1 == pattern.len) {
        *ret = STR_NONE;
        return RC_OK;
    }
    folded = arena_bytes(arena, pattern.len);
    if (folded == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < pattern.len; i++) {
        folded[i] = ascii_lower(pattern.ptr[i]);
    }
    *ret = str_from(folded, pattern.len);
    return RC_OK;
}

/* An entry on its way into the index. key absent: the list over all services. */
struct draft {
    str key, pattern; /* pattern absent: nothing left to match */
    uint32_t statement;
    bool deny;
};

static struct draft draft_of(str folded)
{
    struct draft draft = { .key = STR_NONE, .pattern = folded };
    size_t colon;

    if (str_eq(folded, STR("*"))) {
        draft.pattern = STR_NONE;
        return draft;
    }
    if (!glob_has_wildcard(folded)) {
        draft.key = folded;
        draft.pattern = STR_NONE;
        return draft;
    }
    (void)str_find_char(folded, ':', &colon);
    if (!glob_has_wildcard(str_slice(folded, 0, colon))) { /* A-9 else */
        draft.key = str_slice(folded, 0, colon + 1);
        if (all_stars(str_skip(folded, colon + 1))) {
            draft.pattern = STR_NONE;
        }
    }
    return draft;
}

static enum rc drafts_of(const struct doc_statement *in, uint32_t statement, struct arena *arena,
                         struct draft *drafts, size_t *count)
{
    if (in->not_action) {
        drafts[(*count)++] = (struct draft){ STR_NONE, STR_NONE, statement,
                                             in->effect == EFFECT_DENY };
        return RC_OK;
    }
    for (const struct json *a = list_first(in->action); a != NULL; a = list_next(in->action, a)) {
        str folded;
        TRY(action_fold(a->text, arena, &folded));
        if (folded.ptr != NULL) {
            struct draft draft = draft_of(folded);
            draft.statement = statement;
            draft.deny = in->effect == EFFECT_DENY;
            drafts[(*count)++] = draft;
        }
    }
    return RC_OK;
}

/* By list, denies first, then in the order of the documents. */
static int draft_order(const void *left, const void *right)
{
    const struct draft *a = left, *b = right;
    int order = str_cmp(a->key, b->key);

    if (order == 0) {
        order = (int)b->deny - (int)a->deny;
    }
    if (order == 0) {
        order = (a->statement > b->statement) - (a->statement < b->statement);
    }
    return order;
}

static void slot_place(struct action_slot *slots, uint32_t mask, struct action_slot slot)
{
    uint32_t i = (uint32_t)slot.hash & mask;

    while (slots[i].key.ptr != NULL) {
        i = (i + 1) & mask;
    }
    slots[i] = slot;
}

static void lists_fill(const struct draft *drafts, size_t count, struct policy_set *set,
                       struct action_slot *slots)
{
    for (size_t i = 0, end; i < count; i = end) {
        struct action_list list = { .first = (uint32_t)i };
        for (end = i; end < count && str_eq(drafts[end].key, drafts[i].key); end++) {
            list.count++;
            list.denies += drafts[end].deny ? 1 : 0;
        }
        if (drafts[i].key.ptr == NULL) {
            set->any = list;
        } else {
            slot_place(slots, set->slot_mask,
                       (struct action_slot){ action_hash(drafts[i].key), drafts[i].key, list });
        }
    }
}

static enum rc lists_build(struct draft *drafts, size_t count, struct arena *arena,
                           struct policy_set *set)
{
    struct action_entry *entries = NEW_ARRAY(arena, count, struct action_entry);
    str *patterns = NEW_ARRAY(arena, count, str);
    struct action_slot *slots;
    size_t cap = 2;

    while (cap < count * 2) {
        cap *= 2;
    }
    slots = NEW_ARRAY(arena, cap, struct action_slot);
    if (entries == NULL || patterns == NULL || slots == NULL) {
        return RC_NOMEM;
    }
    if (count > 0) {
        qsort(drafts, count, sizeof(*drafts), draft_order);
    }
    for (size_t i = 0; i < count; i++) {
        patterns[i] = drafts[i].pattern;
        entries[i] = (struct action_entry){
            .statement = drafts[i].statement,
            .pattern = patterns[i].ptr == NULL ? NULL : &patterns[i],
        };
    }
    set->slots = slots;
    set->slot_mask = (uint32_t)cap - 1;
    set->entries = entries;
    lists_fill(drafts, count, set, slots);
    return RC_OK;
}

enum rc index_build(const struct policy_source *sources, size_t count, struct arena *arena,
                    struct policy_set *set)
{
    struct draft *drafts;
    size_t room = 0, used = 0;
    uint32_t statement = 0;

    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < sources[i].doc->count; j++) {
            room += 1 + list_count(sources[i].doc->statements[j].action);
        }
    }
    if (room > UINT32_MAX / 4) {
        return RC_LIMIT;
    }
    drafts = NEW_ARRAY(arena, room, struct draft);
    if (drafts == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < sources[i].doc->count; j++) {
            TRY(drafts_of(&sources[i].doc->statements[j], statement++, arena, drafts, &used));
        }
    }
    return lists_build(drafts, used, arena, set);
}
