#include "store/changes.h"

#include <string.h>

_Static_assert(sizeof(((struct store_change *)0)->unique_id) == 4 * sizeof(uint64_t),
               "a slot carries the id as four words");

/* What a reader relies on: `claimed` and `floor` are raised before a slot is overwritten. Whoever
 * sees any word of the new content (acquire) therefore also sees them raised, looks at them last,
 * and throws away what he copied. */
static void put(struct changes *changes, uint64_t at, const struct store_change *change)
{
    struct change_slot *slot = &changes->slots[at % CHANGES_KEPT];
    uint64_t words[4];

    if (at >= CHANGES_KEPT) {
        uint64_t old = atomic_load_explicit(&slot->revision, memory_order_relaxed);
        if (old > atomic_load_explicit(&changes->floor, memory_order_relaxed)) {
            atomic_store_explicit(&changes->floor, old, memory_order_release);
        }
    }
    memcpy(words, change->unique_id, sizeof(words));
    atomic_store_explicit(&slot->revision, change->revision, memory_order_release);
    atomic_store_explicit(&slot->account, change->account, memory_order_release);
    for (int i = 0; i < 4; i++) {
        atomic_store_explicit(&slot->unique_id[i], words[i], memory_order_release);
    }
}

static void get(const struct changes *changes, uint64_t at, struct store_change *ret)
{
    const struct change_slot *slot = &changes->slots[at % CHANGES_KEPT];
    uint64_t words[4];

    ret->revision = atomic_load_explicit(&slot->revision, memory_order_acquire);
    ret->account = atomic_load_explicit(&slot->account, memory_order_acquire);
    for (int i = 0; i < 4; i++) {
        words[i] = atomic_load_explicit(&slot->unique_id[i], memory_order_acquire);
    }
    memcpy(ret->unique_id, words, sizeof(words));
    ret->unique_id[sizeof(ret->unique_id) - 1] = '\0';
}

uint64_t changes_publish(struct changes *changes, const struct store_change *list, size_t count,
                         bool lost)
{
    uint64_t revision = atomic_load_explicit(&changes->revision, memory_order_relaxed) + 1;
    uint64_t head = atomic_load_explicit(&changes->head, memory_order_relaxed);

    if (lost || count > CHANGES_KEPT) {
        atomic_store_explicit(&changes->floor, revision, memory_order_release);
        count = 0;
    }
    atomic_store_explicit(&changes->claimed, head + count, memory_order_release);
    for (size_t i = 0; i < count; i++) {
        struct store_change change = list[i];
        change.revision = revision;
        put(changes, head + i, &change);
    }
    atomic_store_explicit(&changes->head, head + count, memory_order_release);
    atomic_store_explicit(&changes->revision, revision, memory_order_release);
    return revision;
}

static uint64_t revision_at(const struct changes *changes, uint64_t at)
{
    return atomic_load_explicit(&changes->slots[at % CHANGES_KEPT].revision, memory_order_acquire);
}

/* The first position from `low` on whose change is younger than `since`; revisions never fall with
 * position. */
static uint64_t first_after(const struct changes *changes, uint64_t since, uint64_t low,
                            uint64_t head)
{
    uint64_t high = head;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (revision_at(changes, middle) > since) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* One try; false when the publisher overwrote something that was looked at. */
static bool read_once(const struct changes *changes, uint64_t since, struct store_change *out,
                      size_t max, size_t *ret_count, bool *ret_lost)
{
    uint64_t head = atomic_load_explicit(&changes->head, memory_order_acquire);
    uint64_t low = head > CHANGES_KEPT ? head - CHANGES_KEPT : 0;
    uint64_t first = first_after(changes, since, low, head);
    size_t count = head - first < max ? (size_t)(head - first) : max;
    bool lost = false;

    for (size_t i = 0; i < count; i++) {
        get(changes, first + i, &out[i]);
    }
    if (count <
        head - first) { /* whole commits only: `since` cannot point into the middle of one */
        uint64_t cut = revision_at(changes, first + count);
        while (count > 0 && out[count - 1].revision == cut) {
            count--;
        }
        lost = count == 0;
    }
    lost = lost || since < atomic_load_explicit(&changes->floor, memory_order_acquire);
    *ret_lost = lost;
    *ret_count = lost ? 0 : count;
    return atomic_load_explicit(&changes->claimed, memory_order_acquire) <= low + CHANGES_KEPT;
}

size_t changes_read(const struct changes *changes, uint64_t since, struct store_change *out,
                    size_t max, bool *ret_lost)
{
    size_t count = 0;

    for (int tries = 0; tries < 16; tries++) {
        if (read_once(changes, since, out, max, &count, ret_lost)) {
            return count;
        }
    }
    *ret_lost = true; /* always safe to say */
    return 0;
}
