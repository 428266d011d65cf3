#include "migrate/intern.h"

#include "migrate/quick.h"

struct intern_slot {
    uint32_t hash, number_plus_1; /* the upper half of the hash; 0: free */
};

void intern_init(struct intern *intern, struct arena *arena, uint64_t seed)
{
    *intern = (struct intern){ .arena = arena, .seed = seed };
}

void intern_done(struct intern *intern)
{
    alloc_free(&heap, intern->items, intern->room * sizeof(*intern->items));
    alloc_free(&heap, intern->slots, intern->slot_count * sizeof(*intern->slots));
    *intern = (struct intern){ .arena = intern->arena };
}

static struct intern_slot *place(const struct intern *intern, uint64_t hash, str s)
{
    size_t mask = intern->slot_count - 1, at = hash & mask;

    for (;; at = (at + 1) & mask) {
        struct intern_slot *slot = &intern->slots[at];
        if (slot->number_plus_1 == 0 || (slot->hash == (uint32_t)(hash >> 32) &&
                                         str_eq(intern->items[slot->number_plus_1 - 1], s))) {
            return slot;
        }
    }
}

static enum rc grow_slots(struct intern *intern)
{
    size_t old = intern->slot_count, count = old == 0 ? 64 : old * 2;
    struct intern_slot *slots = alloc_array(&heap, count, sizeof(*slots));

    if (slots == NULL) {
        return RC_NOMEM;
    }
    alloc_free(&heap, intern->slots, old * sizeof(*slots));
    intern->slots = slots;
    intern->slot_count = count;
    for (uint32_t i = 0; i < intern->count; i++) {
        uint64_t hash = quick_hash(intern->seed, intern->items[i]);
        size_t at = hash & (count - 1);
        while (slots[at].number_plus_1 != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (struct intern_slot){ (uint32_t)(hash >> 32), i + 1 };
    }
    return RC_OK;
}

static enum rc grow_items(struct intern *intern)
{
    uint32_t room = intern->room == 0 ? 32 : intern->room * 2;
    str *items;

    if (intern->room >= UINT32_MAX / 4) {
        return RC_NOMEM;
    }
    items = heap.resize(&heap, intern->items, intern->room * sizeof(*items), room * sizeof(*items));
    if (items == NULL) {
        return RC_NOMEM;
    }
    intern->items = items;
    intern->room = room;
    return RC_OK;
}

uint32_t intern_find(const struct intern *intern, str s)
{
    const struct intern_slot *slot;

    if (intern->slot_count == 0) {
        return INTERN_NONE;
    }
    slot = place(intern, quick_hash(intern->seed, s), s);
    return slot->number_plus_1 == 0 ? INTERN_NONE : slot->number_plus_1 - 1;
}

uint32_t intern_add(struct intern *intern, str s)
{
    uint64_t hash = quick_hash(intern->seed, s);
    struct intern_slot *slot;
    str copy;

    if ((size_t)intern->count * 2 >= intern->slot_count && grow_slots(intern) != RC_OK) {
        return INTERN_NONE;
    }
    slot = place(intern, hash, s);
    if (slot->number_plus_1 != 0) {
        return slot->number_plus_1 - 1;
    }
    if (intern->count == intern->room && grow_items(intern) != RC_OK) {
        return INTERN_NONE;
    }
    copy = arena_str(intern->arena, s.ptr == NULL ? STR("") : s);
    if (copy.ptr == NULL) {
        return INTERN_NONE;
    }
    intern->items[intern->count] = copy;
    *slot = (struct intern_slot){ (uint32_t)(hash >> 32), intern->count + 1 };
    return intern->count++;
}

void pairs_done(struct pairs *pairs)
{
    alloc_free(&heap, pairs->items, pairs->room * sizeof(*pairs->items));
    *pairs = (struct pairs){ NULL, 0, 0 };
}

static struct pair *pair_place(struct pair *items, size_t room, uint64_t key)
{
    size_t at = quick_mix(key, 0) & (room - 1);

    while (items[at].key != 0 && items[at].key != key) {
        at = (at + 1) & (room - 1);
    }
    return &items[at];
}

void pairs_fetch(const struct pairs *pairs, uint64_t key)
{
    if (pairs->room > 0) {
        __builtin_prefetch(&pairs->items[quick_mix(key, 0) & (pairs->room - 1)], 1);
    }
}

struct pair *pairs_find(const struct pairs *pairs, uint64_t key)
{
    struct pair *at = pairs->room == 0 ? NULL : pair_place(pairs->items, pairs->room, key);

    return at != NULL && at->key == key ? at : NULL;
}

static enum rc pairs_grow(struct pairs *pairs)
{
    size_t room = pairs->room == 0 ? 256 : pairs->room * 2;
    struct pair *items = alloc_array(&heap, room, sizeof(*items));

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < pairs->room; i++) {
        if (pairs->items[i].key != 0) {
            *pair_place(items, room, pairs->items[i].key) = pairs->items[i];
        }
    }
    alloc_free(&heap, pairs->items, pairs->room * sizeof(*items));
    pairs->items = items;
    pairs->room = room;
    return RC_OK;
}

struct pair *pairs_at(struct pairs *pairs, uint64_t key)
{
    struct pair *at;

    if (pairs->count * 2 >= pairs->room && pairs_grow(pairs) != RC_OK) {
        return NULL;
    }
    at = pair_place(pairs->items, pairs->room, key);
    if (at->key == 0) {
        at->key = key;
        pairs->count++;
    }
    return at;
}
