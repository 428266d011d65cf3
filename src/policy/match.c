/* One set against one request: which statements apply (section 1 of the rules). */
#include "policy/engine.h"

static bool action_prepare(struct query *query, str action)
{
    size_t colon = SIZE_MAX;

    if (action.len == 0 || action.len > ACTION_MAX) {
        return false;
    }
    for (size_t i = 0; i < action.len; i++) {
        query->folded[i] = ascii_lower(action.ptr[i]);
        if (action.ptr[i] == ':') {
            if (colon != SIZE_MAX) {
                return false;
            }
            colon = i;
        }
    }
    if (colon == SIZE_MAX || colon == 0 || colon + 1 == action.len) {
        return false;
    }
    query->action = str_from(query->folded, action.len);
    query->service = str_from(query->folded, colon + 1);
    query->action_hash = action_hash(query->action);
    query->service_hash = action_hash(query->service);
    return true;
}

bool query_prepare(struct query *query, const struct policy_request *rq)
{
    query->rq = rq;
    query->resource_is_star = str_eq(rq->resource, STR("*"));
    query->resource_is_arn = arn_segments(rq->resource, query->segments);
    return rq->resource.len > 0 && action_prepare(query, rq->action);
}

static struct action_list list_find(const struct policy_set *set, str key, uint64_t hash)
{
    for (uint32_t i = (uint32_t)hash & set->slot_mask;; i = (i + 1) & set->slot_mask) {
        const struct action_slot *slot = &set->slots[i];
        if (slot->key.ptr == NULL) {
            return (struct action_list){ 0, 0, 0 };
        }
        if (slot->hash == hash && str_eq(slot->key, key)) {
            return slot->list;
        }
    }
}

/* The three that answer one request. */
static void lists_of(const struct policy_set *set, const struct query *query,
                     struct action_list ret[3])
{
    ret[0] = list_find(set, query->action, query->action_hash);
    ret[1] = list_find(set, query->service, query->service_hash);
    ret[2] = set->any;
}

static bool action_part(const struct statement *statement, const struct action_entry *entry,
                        const struct query *query)
{
    if (entry->pattern != NULL && !glob_match(*entry->pattern, query->action)) {
        return false;
    }
    for (uint32_t i = 0; i < statement->excluded_count; i++) { /* */
        if (glob_match(statement->excluded[i], query->action)) {
            return false;
        }
    }
    return true;
}

bool statement_resource(const struct statement *statement, const struct query *query)
{
    bool hit = statement->any_resource;

    for (uint32_t i = 0; i < statement->resource_count && !hit; i++) {
        hit = resource_matches(&statement->resources[i], query);
    }
    return hit != statement->not_resource; /* */
}

/* E-1. Returns how strongly; none: the statement does not apply. */
static enum strength applies(const struct statement *statement, const struct action_entry *entry,
                             const struct query *query)
{
    enum strength strength;

    if (!action_part(statement, entry, query) || !statement_resource(statement, query)) {
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

/* The strongest statement among entries [from, to) of the set that applies. */
static void scan(const struct policy_set *set, uint32_t from, uint32_t to,
                 const struct query *query, enum effect effect, struct finding *best)
{
    enum strength enough = effect == EFFECT_DENY ? STRENGTH_ACCOUNT : STRENGTH_DIRECT; /* P-14 */

    for (uint32_t i = from; i < to && best->strength < enough; i++) {
        const struct action_entry *entry = &set->entries[i];
        enum strength strength = applies(&set->statements[entry->statement], entry, query);
        if (strength > best->strength) {
            *best = (struct finding){ effect, strength, entry->statement };
        }
    }
}

struct finding set_find(const struct policy_set *set, const struct query *query)
{
    struct finding best = { EFFECT_NONE, STRENGTH_NONE, 0 };
    struct action_list lists[3];

    if (set == NULL) {
        return best;
    }
    lists_of(set, query, lists);
    for (int i = 0; i < 3; i++) {
        scan(set, lists[i].first, lists[i].first + lists[i].denies, query, EFFECT_DENY, &best);
        if (best.effect == EFFECT_DENY) {
            return best;
        }
    }
    for (int i = 0; i < 3; i++) {
        scan(set, lists[i].first + lists[i].denies, lists[i].first + lists[i].count, query,
             EFFECT_ALLOW, &best);
    }
    return best;
}

void walk_begin(struct walk *walk, const struct policy_set *set, const struct query *query)
{
    struct action_list lists[3];

    *walk = (struct walk){ .set = set, .query = query };
    if (set == NULL) {
        return;
    }
    lists_of(set, query, lists);
    for (size_t i = 0; i < 3; i++) {
        uint32_t allows = lists[i].first + lists[i].denies, end = lists[i].first + lists[i].count;
        walk->runs[2 * i] = (struct run){ lists[i].first, allows };
        walk->runs[2 * i + 1] = (struct run){ allows, end };
    }
}

/* The statement that stands next in any run; false when all are at their end. */
static bool walk_peek(const struct walk *walk, uint32_t *ret)
{
    bool found = false;

    for (size_t i = 0; i < COUNT_OF(walk->runs); i++) {
        const struct run *run = &walk->runs[i];
        if (run->at < run->end) {
            uint32_t statement = walk->set->entries[run->at].statement;
            *ret = found && *ret < statement ? *ret : statement;
            found = true;
        }
    }
    return found;
}

/* How strongly the statement applies by any of its entries, which the runs leave behind. */
static enum strength walk_take(struct walk *walk, uint32_t statement)
{
    const struct policy_set *set = walk->set;
    enum strength best = STRENGTH_NONE;

    for (size_t i = 0; i < COUNT_OF(walk->runs); i++) {
        struct run *run = &walk->runs[i];
        for (; run->at < run->end && set->entries[run->at].statement == statement; run->at++) {
            if (best == STRENGTH_NONE) {
                best = applies(&set->statements[statement], &set->entries[run->at], walk->query);
            }
        }
    }
    return best;
}

bool walk_next(struct walk *walk, struct finding *ret)
{
    uint32_t statement;

    while (walk_peek(walk, &statement)) {
        enum strength strength = walk_take(walk, statement);
        if (strength != STRENGTH_NONE) {
            *ret = (struct finding){ walk->set->statements[statement].effect, strength, statement };
            return true;
        }
    }
    return false;
}

void set_actions(const struct policy_set *set, const struct query *query, bool *hits)
{
    struct action_list lists[3];

    lists_of(set, query, lists);
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t at = lists[i].first; at < lists[i].first + lists[i].count; at++) {
            const struct action_entry *entry = &set->entries[at];
            const struct statement *statement = &set->statements[entry->statement];
            hits[entry->statement] |= action_part(statement, entry, query);
        }
    }
}
