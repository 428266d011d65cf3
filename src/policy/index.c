/* The index of a set: by action, and behind each action by resource, so that a decision reads only
 * statements that can apply and its cost does not grow with their number.
 *
 * Three slots answer one request: the action's own, the patterns inside its service ("s3:Get*"), and
 * what may cross services ("*", NotAction). A slot has groups, one for each action pattern; a group
 * has a run of denies and a run of allows; a long run is sorted by the text its resources begin
 * with. */
#include "policy/index.h"

#include <stdlib.h>

#include "policy/word.h"

/* Runs and slots below this length are walked one by one, which is faster there. */
enum { TRIE_LEAST = 8 };

uint64_t action_hash(str folded)
{
    uint64_t hash = folded.len;
    size_t at = 0;

    for (; folded.len - at >= 8; at += 8) {
        hash = word_hash(hash, word_load(folded.ptr + at));
    }
    return folded.len == at ? hash : word_hash(hash, word_tail(folded.ptr + at, folded.len - at));
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
 * action (and "s3:" is the key of the service's slot): both match nothing, absent. */
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

/* -- tries ------------------------------------------------------------------------------------- */

/* Items in the order of their texts to nodes: one for each text, its parent the longest other text
 * that begins it. With the nodes in order a text finds the longest of its beginnings by halving, and
 * the others are that node's ancestors. */
static enum rc trie_build(const str *texts, uint32_t count, struct arena *arena, struct trie *ret)
{
    struct trie_node *nodes = NEW_ARRAY(arena, count, struct trie_node);
    uint32_t used = 0, above = TRIE_NONE;

    if (nodes == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (used > 0 && str_eq(nodes[used - 1].text, texts[i])) {
            nodes[used - 1].count++;
            continue;
        }
        while (above != TRIE_NONE && !str_starts(texts[i], nodes[above].text)) {
            above = nodes[above].parent;
        }
        nodes[used] = (struct trie_node){ texts[i], above, i, 1 };
        above = used++;
    }
    *ret = (struct trie){ nodes, used };
    return RC_OK;
}

static size_t common_prefix(str a, str b)
{
    size_t most = a.len < b.len ? a.len : b.len, n = 0;

    while (n < most && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    return n;
}

static bool not_after(str a, str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

    return order < 0 || (order == 0 && a.len <= b.len);
}

uint32_t trie_find(const struct trie *trie, str text)
{
    uint32_t low = 0, high = trie->count;
    size_t common;

    while (low < high) { /* low: nodes in front of it are not after text */
        uint32_t middle = low + (high - low) / 2;
        if (not_after(trie->nodes[middle].text, text)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return TRIE_NONE;
    }
    low--;
    common = common_prefix(trie->nodes[low].text, text);
    while (low != TRIE_NONE && trie->nodes[low].text.len > common) {
        low = trie->nodes[low].parent;
    }
    return low;
}

/* -- drafts: one for each action of each statement --------------------------------------------- */

struct draft {
    str key;     /* of the slot; empty: over all services */
    str pattern; /* of the group; empty: nothing left to match */
    uint32_t statement;
    bool deny;
};

static struct draft draft_of(str folded)
{
    struct draft draft = { .key = STR(""), .pattern = folded };
    size_t colon;

    if (str_eq(folded, STR("*"))) {
        draft.pattern = STR("");
        return draft;
    }
    if (!glob_has_wildcard(folded)) {
        draft.key = folded;
        draft.pattern = STR("");
        return draft;
    }
    (void)str_find_char(folded, ':', &colon);
    if (!glob_has_wildcard(str_slice(folded, 0, colon))) { /* A-9 else */
        draft.key = str_slice(folded, 0, colon + 1);
        if (all_stars(str_skip(folded, colon + 1))) {
            draft.pattern = STR("");
        }
    }
    return draft;
}

static size_t drafts_of(const struct policy_set *set, struct draft *drafts)
{
    size_t count = 0;

    for (uint32_t s = 0; s < set->count; s++) {
        const struct statement *in = &set->statements[s];
        bool deny = in->effect == EFFECT_DENY;
        if (in->not_action) {
            drafts[count++] = (struct draft){ STR(""), STR(""), s, deny };
            continue;
        }
        for (uint32_t a = 0; a < in->action_count; a++) {
            struct draft draft = draft_of(in->actions[a]);
            draft.statement = s;
            draft.deny = deny;
            drafts[count++] = draft;
        }
    }
    return count;
}

static int group_order(const struct draft *a, const struct draft *b)
{
    int order = str_cmp(a->key, b->key);

    return order != 0 ? order : str_cmp(a->pattern, b->pattern);
}

/* By slot and group, denies first, then in the order of the documents. */
static int draft_order(const void *left, const void *right)
{
    const struct draft *a = left, *b = right;
    int order = group_order(a, b);

    if (order == 0) {
        order = (int)b->deny - (int)a->deny;
    }
    if (order == 0) {
        order = (a->statement > b->statement) - (a->statement < b->statement);
    }
    return order;
}

/* -- runs: by resource ------------------------------------------------------------------------- */

struct begun { /* an item on its way into a sorted run */
    str begins;
    struct run_item item;
};

static int begun_order(const void *left, const void *right)
{
    const struct begun *a = left, *b = right;
    int order = str_cmp(a->begins, b->begins);

    if (order == 0) {
        order = (a->item.statement > b->item.statement) - (a->item.statement < b->item.statement);
    }
    return order;
}

static size_t begun_count(const struct statement *s)
{
    return s->not_resource || s->any_resource ? 1 : s->resource_count;
}

/* A statement stands once for each of its resources; one that excludes resources, or takes any,
 * stands at the empty text, which begins everything. */
static uint32_t begun_of(const struct policy_set *set, const struct draft *drafts, size_t count,
                         struct begun *ret)
{
    uint32_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t statement = drafts[i].statement;
        const struct statement *s = &set->statements[statement];
        if (s->not_resource || s->any_resource) {
            ret[n++] = (struct begun){ STR(""), { statement, RESOURCE_PART } };
            continue;
        }
        for (uint32_t r = 0; r < s->resource_count; r++) {
            if (s->resources[r].kind != RESOURCE_NEVER) {
                ret[n++] = (struct begun){ s->resources[r].begins, { statement, r } };
            }
        }
    }
    return n;
}

static enum rc run_sort(const struct policy_set *set, const struct draft *drafts, size_t count,
                        struct arena *arena, struct run *ret)
{
    struct begun *begun;
    struct run_item *items;
    str *texts;
    size_t room = 0;

    for (size_t i = 0; i < count; i++) {
        room += begun_count(&set->statements[drafts[i].statement]);
    }
    if (room > UINT32_MAX / 2) {
        return RC_LIMIT;
    }
    begun = NEW_ARRAY(arena, room, struct begun);
    items = NEW_ARRAY(arena, room, struct run_item);
    texts = NEW_ARRAY(arena, room, str);
    if (begun == NULL || items == NULL || texts == NULL) {
        return RC_NOMEM;
    }
    ret->count = begun_of(set, drafts, count, begun);
    if (ret->count > 0) {
        qsort(begun, ret->count, sizeof(*begun), begun_order);
    }
    for (uint32_t i = 0; i < ret->count; i++) {
        items[i] = begun[i].item;
        texts[i] = begun[i].begins;
    }
    ret->items = items;
    return trie_build(texts, ret->count, arena, &ret->by_resource);
}

static enum rc run_build(const struct policy_set *set, const struct draft *drafts, size_t count,
                         struct arena *arena, struct run *ret)
{
    struct run_item *items;

    if (count >= TRIE_LEAST) {
        return run_sort(set, drafts, count, arena, ret);
    }
    items = NEW_ARRAY(arena, count, struct run_item);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct run_item){ drafts[i].statement, RESOURCE_PART };
    }
    ret->items = items;
    ret->count = (uint32_t)count;
    return RC_OK;
}

/* -- groups and slots -------------------------------------------------------------------------- */

static enum rc group_build(const struct policy_set *set, const struct draft *drafts, size_t count,
                           struct arena *arena, struct action_group *ret)
{
    size_t denies = 0;

    while (denies < count && drafts[denies].deny) {
        denies++;
    }
    ret->pattern = drafts[0].pattern;
    TRY(run_build(set, drafts, denies, arena, &ret->denies));
    return run_build(set, drafts + denies, count - denies, arena, &ret->allows);
}

/* The text of a pattern in front of its first wildcard. */
static str literal_start(str pattern)
{
    size_t at = 0;

    while (at < pattern.len && pattern.ptr[at] != '*' && pattern.ptr[at] != '?') {
        at++;
    }
    return str_slice(pattern, 0, at);
}

static enum rc slot_trie(struct action_slot *slot, struct arena *arena)
{
    str *texts;

    if (slot->group_count < TRIE_LEAST) {
        return RC_OK;
    }
    texts = NEW_ARRAY(arena, slot->group_count, str);
    if (texts == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < slot->group_count; i++) {
        texts[i] = literal_start(slot->groups[i].pattern);
    }
    return trie_build(texts, slot->group_count, arena, &slot->by_action);
}

static int start_order(const void *left, const void *right)
{
    const struct action_group *a = left, *b = right;

    return str_cmp(literal_start(a->pattern), literal_start(b->pattern));
}

/* Drafts of one slot. groups has room for all of them. */
static enum rc slot_build(const struct policy_set *set, const struct draft *drafts, size_t count,
                          struct action_group *groups, struct arena *arena, struct action_slot *ret)
{
    *ret = (struct action_slot){
        .hash = action_hash(drafts[0].key),
        .key = drafts[0].key,
        .groups = groups,
    };
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && str_eq(drafts[end].pattern, drafts[i].pattern);) {
            end++;
        }
        TRY(group_build(set, drafts + i, end - i, arena, &groups[ret->group_count]));
        ret->denies = ret->denies || groups[ret->group_count].denies.count > 0;
        ret->group_count++;
    }
    qsort(groups, ret->group_count, sizeof(*groups), start_order);
    return slot_trie(ret, arena);
}

/* hints: where slots stand, by hash. */
static void slot_place(struct slot_hint *hints, uint32_t mask, uint64_t hash, uint32_t slot)
{
    uint32_t i = (uint32_t)hash & mask;

    while (hints[i].slot != 0) {
        i = (i + 1) & mask;
    }
    hints[i] = (struct slot_hint){ (uint32_t)(hash >> 32), slot + 1 };
}

static enum rc any_place(const struct action_slot *slot, struct arena *arena,
                         struct policy_set *set)
{
    struct action_slot *any = NEW(arena, struct action_slot);

    if (any == NULL) {
        return RC_NOMEM;
    }
    *any = *slot;
    set->any = any;
    return RC_OK;
}

static size_t keys_count(const struct draft *drafts, size_t count)
{
    size_t keys = 0;

    for (size_t i = 0; i < count; i++) {
        keys += i == 0 || !str_eq(drafts[i - 1].key, drafts[i].key) ? 1 : 0;
    }
    return keys;
}

static enum rc slots_build(struct draft *drafts, size_t count, struct arena *arena,
                           struct policy_set *set)
{
    struct action_group *groups = NEW_ARRAY(arena, count, struct action_group);
    size_t keys = keys_count(drafts, count), cap = 2;
    struct action_slot *slots = NEW_ARRAY(arena, keys, struct action_slot);
    struct slot_hint *hints;
    uint32_t used = 0;

    while (cap < keys * 2) {
        cap *= 2;
    }
    hints = NEW_ARRAY(arena, cap, struct slot_hint);
    if (groups == NULL || slots == NULL || hints == NULL) {
        return RC_NOMEM;
    }
    set->slots = slots;
    set->hints = hints;
    set->hint_mask = (uint32_t)cap - 1;
    for (size_t i = 0, end; i < count; i = end) {
        struct action_slot slot;
        for (end = i; end < count && str_eq(drafts[end].key, drafts[i].key);) {
            end++;
        }
        TRY(slot_build(set, drafts + i, end - i, groups + i, arena, &slot));
        if (slot.key.len == 0) {
            TRY(any_place(&slot, arena, set));
        } else {
            slots[used] = slot;
            slot_place(hints, set->hint_mask, slot.hash, used++);
        }
    }
    return RC_OK;
}

/* The same statement twice in one group ("s3:Get*" and "s3:get*") stands there once. */
static size_t drafts_unique(struct draft *drafts, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || drafts[kept - 1].statement != drafts[i].statement ||
            group_order(&drafts[kept - 1], &drafts[i]) != 0) {
            drafts[kept++] = drafts[i];
        }
    }
    return kept;
}

enum rc index_build(struct arena *arena, struct policy_set *set)
{
    struct draft *drafts;
    size_t count = 0;

    for (uint32_t s = 0; s < set->count; s++) {
        count += set->statements[s].not_action ? 1 : set->statements[s].action_count;
    }
    if (count > UINT32_MAX / 4) {
        return RC_LIMIT;
    }
    drafts = NEW_ARRAY(arena, count, struct draft);
    if (drafts == NULL) {
        return RC_NOMEM;
    }
    count = drafts_of(set, drafts);
    if (count > 0) {
        qsort(drafts, count, sizeof(*drafts), draft_order);
    }
    return slots_build(drafts, drafts_unique(drafts, count), arena, set);
}
