#include "base/table.h"

#include <string.h>

enum { SLOT_FREE = 0, SLOT_DELETED = 1, CAP_MIN = 16 };

void table_init(struct table *table, const struct alloc *alloc, const uint8_t hash_key[16])
{
    *table = (struct table){ .alloc = alloc };
    memcpy(table->hash_key, hash_key, sizeof(table->hash_key));
}

void table_done(struct table *table)
{
    alloc_free(table->alloc, table->slots, table->cap * sizeof(*table->slots));
    table->slots = NULL;
    table->count = table->filled = table->cap = 0;
}

void table_clear(struct table *table)
{
    if (table->slots != NULL) {
        memset(table->slots, 0, table->cap * sizeof(*table->slots));
    }
    table->count = table->filled = 0;
}

static uint64_t hash_of(const struct table *table, str key)
{
    return str_hash(table->hash_key, key) | 2;
}

static struct table_slot *find(const struct table *table, str key, uint64_t hash)
{
    size_t mask = table->cap - 1;

    if (table->cap == 0) {
        return NULL;
    }
    for (size_t i = (size_t)(hash >> 2) & mask;; i = (i + 1) & mask) {
        struct table_slot *slot = &table->slots[i];
        if (slot->hash == SLOT_FREE) {
            return NULL;
        }
        if (slot->hash == hash && str_eq(slot->key, key)) {
            return slot;
        }
    }
}

void *table_get(const struct table *table, str key)
{
    struct table_slot *slot = find(table, key, hash_of(table, key));

    return slot == NULL ? NULL : slot->value;
}

static void place(struct table_slot *slots, size_t cap, struct table_slot entry)
{
    size_t mask = cap - 1, i = (size_t)(entry.hash >> 2) & mask;

    while (slots[i].hash > SLOT_DELETED) {
        i = (i + 1) & mask;
    }
    slots[i] = entry;
}

/* Keeps at least a quarter of the slots free; rebuilding also drops deleted ones. */
static enum rc make_room(struct table *table)
{
    size_t cap = table->cap == 0 ? CAP_MIN : table->cap;
    struct table_slot *slots;

    if (table->cap != 0 && table->filled + 1 <= table->cap / 4 * 3) {
        return RC_OK;
    }
    while (table->count + 1 > cap / 2) {
        cap *= 2;
    }
    slots = alloc_array(table->alloc, cap, sizeof(*slots));
    if (slots == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < table->cap; i++) {
        if (table->slots[i].hash > SLOT_DELETED) {
            place(slots, cap, table->slots[i]);
        }
    }
    alloc_free(table->alloc, table->slots, table->cap * sizeof(*slots));
    table->slots = slots;
    table->cap = cap;
    table->filled = table->count;
    return RC_OK;
}

enum rc table_set(struct table *table, str key, void *value, void **ret_old)
{
    uint64_t hash = hash_of(table, key);
    struct table_slot *slot = find(table, key, hash);
    void *old = slot == NULL ? NULL : slot->value;

    if (slot != NULL) {
        slot->key = key;
        slot->value = value;
    } else {
        TRY(make_room(table));
        place(table->slots, table->cap, (struct table_slot){ hash, key, value });
        table->count++;
        table->filled++;
    }
    if (ret_old != NULL) {
        *ret_old = old;
    }
    return RC_OK;
}

void *table_remove(struct table *table, str key)
{
    struct table_slot *slot = find(table, key, hash_of(table, key));
    void *old;

    if (slot == NULL) {
        return NULL;
    }
    old = slot->value;
    *slot = (struct table_slot){ .hash = SLOT_DELETED };
    table->count--;
    return old;
}

bool table_next(const struct table *table, size_t *at, str *ret_key, void **ret_value)
{
    while (*at < table->cap) {
        const struct table_slot *slot = &table->slots[(*at)++];
        if (slot->hash > SLOT_DELETED) {
            if (ret_key != NULL) {
                *ret_key = slot->key;
            }
            *ret_value = slot->value;
            return true;
        }
    }
    return false;
}
