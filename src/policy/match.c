/* One set against one request: which statements apply (section 1 of the rules). */
#include "policy/index.h"
#include "policy/word.h"

/* As action_hash, of the first `len` bytes of the folded words. */
static uint64_t words_hash(const struct query *query, size_t len)
{
    uint64_t hash = len;

    for (size_t i = 0; i < len / 8; i++) {
        hash = word_hash(hash, query->words[i]);
    }
    return len % 8 == 0 ? hash : word_hash(hash, word_start(query->words[len / 8], len % 8));
}

/* Folds the action into query->words. False unless there is one colon, and not at an end. */
static bool words_fold(struct query *query, str action, size_t *ret_colon)
{
    size_t colon = 0, colons = 0;

    for (size_t i = 0, at = 0; at < action.len; i++, at += 8) {
        const char *from = action.ptr + at;
        uint64_t word = word_fold(action.len - at >= 8 ? word_load(from)
                                                       : word_tail(from, action.len - at));
        uint64_t found = word_colons(word);
        query->words[i] = word;
        if (found != 0) {
            colon = at + word_first(found);
            colons += (found & (found - 1)) == 0 ? 1 : 2;
        }
    }
    *ret_colon = colon;
    return colons == 1 && colon > 0 && colon + 1 < action.len;
}

static bool action_prepare(struct query *query, str action)
{
    size_t colon;

    if (action.len > ACTION_MAX || !words_fold(query, action, &colon)) {
        return false;
    }
    query->action_hash = words_hash(query, action.len);
    query->service_hash = words_hash(query, colon + 1);
    for (size_t i = 0; i * 8 < action.len; i++) { /* as bytes again */
        query->words[i] = htole64(query->words[i]);
    }
    query->action = str_from(query->folded, action.len);
    query->service = str_from(query->folded, colon + 1);
    return true;
}

bool query_prepare(struct query *query, const struct policy_request *rq)
{
    query->rq = rq;
    query->resource_is_arn = arn_segments(rq->resource, query->segments);
    return rq->resource.len > 0 && action_prepare(query, rq->action);
}

static const struct action_slot *slot_find(const struct policy_set *set, str key, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash & set->hint_mask;; i = (i + 1) & set->hint_mask) {
        const struct slot_hint *hint = &set->hints[i];
        if (hint->slot == 0) {
            return NULL;
        }
        if (hint->hash == (uint32_t)(hash >> 32)) {
            const struct action_slot *slot = &set->slots[hint->slot - 1];
            if (slot->hash == hash && str_eq(slot->key, key)) {
                return slot;
            }
        }
    }
}

static bool lists_action(const struct statement *statement, const struct query *query)
{
    for (uint32_t i = 0; i < statement->action_count; i++) { /* */
        if (glob_match(statement->actions[i], query->action)) {
            return true;
        }
    }
    return false;
}

bool statement_resource(const struct statement *statement, const struct query *query)
{
    bool hit = statement->any_resource;

    for (uint32_t i = 0; i < statement->resource_count && !hit; i++) {
        hit = resource_matches(&statement->resources[i], query);
    }
    return hit != statement->not_resource; /* */
}

/* E-1, but for actions and resources that are listed: how strongly it applies. */
static enum strength rest_applies(const struct statement *statement, const struct query *query)
{
    enum strength strength;

    if (statement->not_action && lists_action(statement, query)) {
        return STRENGTH_NONE;
    }
    strength = who_strength(statement, query);
    if (strength == STRENGTH_NONE) {
        return STRENGTH_NONE;
    }
    for (uint32_t i = 0; i < statement->condition_count; i++) { /* C-1 */
        if (!condition_holds(&statement->conditions[i], statement->effect, query)) {
            return STRENGTH_NONE;
        }
    }
    return strength;
}

/* What is looked for in a set, and the best so far. */
struct search {
    const struct policy_set *set;
    const struct query *query;
    enum effect effect;
    enum strength enough;
    struct finding best;
};

/* True when that is enough. */
static bool items_search(struct search *s, const struct run_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct statement *statement = &s->set->statements[items[i].statement];
        enum strength strength;
        if (items[i].resource == RESOURCE_PART
                ? !statement_resource(statement, s->query)
                : !resource_matches(&statement->resources[items[i].resource], s->query)) {
            continue;
        }
        strength = rest_applies(statement, s->query);
        if (strength > s->best.strength) {
            s->best = (struct finding){ s->effect, strength, items[i].statement };
            if (strength >= s->enough) {
                return true;
            }
        }
    }
    return false;
}

static bool run_search(struct search *s, const struct run *run)
{
    if (run->by_resource.count == 0) {
        return items_search(s, run->items, run->count);
    }
    for (uint32_t n = trie_find(&run->by_resource, s->query->rq->resource); n != TRIE_NONE;
         n = run->by_resource.nodes[n].parent) {
        const struct trie_node *node = &run->by_resource.nodes[n];
        if (items_search(s, run->items + node->first, node->count)) {
            return true;
        }
    }
    return false;
}

static bool groups_search(struct search *s, const struct action_group *groups, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct run *run = s->effect == EFFECT_DENY ? &groups[i].denies : &groups[i].allows;
        if (run->count > 0 &&
            (groups[i].pattern.len == 0 || glob_match(groups[i].pattern, s->query->action)) &&
            run_search(s, run)) {
            return true;
        }
    }
    return false;
}

static bool slot_search(struct search *s, const struct action_slot *slot)
{
    if (slot->by_action.count == 0) {
        return groups_search(s, slot->groups, slot->group_count);
    }
    for (uint32_t n = trie_find(&slot->by_action, s->query->action); n != TRIE_NONE;
         n = slot->by_action.nodes[n].parent) {
        const struct trie_node *node = &slot->by_action.nodes[n];
        if (groups_search(s, slot->groups + node->first, node->count)) {
            return true;
        }
    }
    return false;
}

/* Denies of all slots first: any that applies settles it (E-2, P-14); then the strongest allow. */
struct finding set_find(const struct policy_set *set, const struct query *query)
{
    struct search s = { .set = set, .query = query };
    const struct action_slot *slots[3];

    if (set == NULL) {
        return s.best;
    }
    slots[0] = slot_find(set, query->action, query->action_hash);
    slots[1] = slot_find(set, query->service, query->service_hash);
    slots[2] = set->any;
    s.effect = EFFECT_DENY;
    s.enough = STRENGTH_ACCOUNT;
    for (int i = 0; i < 3; i++) {
        if (slots[i] != NULL && slots[i]->denies && slot_search(&s, slots[i])) {
            return s.best;
        }
    }
    s.effect = EFFECT_ALLOW;
    s.enough = STRENGTH_DIRECT;
    for (int i = 0; i < 3; i++) {
        if (slots[i] != NULL && slot_search(&s, slots[i])) {
            return s.best;
        }
    }
    return s.best;
}

static bool statement_action(const struct statement *statement, const struct query *query)
{
    return lists_action(statement, query) != statement->not_action;
}

/* Without the index: one statement after another. */
bool set_next(const struct policy_set *set, const struct query *query, uint32_t from,
              struct finding *ret)
{
    for (uint32_t i = from; set != NULL && i < set->count; i++) {
        const struct statement *statement = &set->statements[i];
        enum strength strength = statement_action(statement, query) &&
                                         statement_resource(statement, query)
                                     ? rest_applies(statement, query)
                                     : STRENGTH_NONE;
        if (strength != STRENGTH_NONE) {
            *ret = (struct finding){ statement->effect, strength, i };
            return true;
        }
    }
    return false;
}

void set_actions(const struct policy_set *set, const struct query *query, bool *hits)
{
    for (uint32_t i = 0; i < set->count; i++) {
        hits[i] = statement_action(&set->statements[i], query);
    }
}
