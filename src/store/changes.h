/* The last changes in a ring: one thread publishes, any number read without a lock. */
#ifndef MANTLE_STORE_CHANGES_H
#define MANTLE_STORE_CHANGES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum { CHANGES_KEPT = 4096 }; /* a power of two; 208 KiB */

struct change_slot { /* atomics all the way: a reader may look while it is overwritten */
    _Atomic uint64_t revision;
    _Atomic int64_t account;
    _Atomic uint64_t unique_id[4];
};

struct changes {
    _Atomic uint64_t revision; /* of the last commit; set after its changes stand in the ring */
    _Atomic uint64_t head;     /* changes ever published */
    _Atomic uint64_t claimed;  /* head after the publication under way */
    _Atomic uint64_t floor;    /* changes of this revision and older ones may be gone */
    struct change_slot slots[CHANGES_KEPT];
};

/* Publishes one commit: `list` gets the new revision, which is returned. With `lost`, or more
 * changes than the ring holds, every reader is told to drop everything. */
uint64_t changes_publish(struct changes *changes, const struct store_change *list, size_t count,
                         bool lost);
size_t changes_read(const struct changes *changes, uint64_t since, struct store_change *out,
                    size_t max, bool *ret_lost);

#endif
