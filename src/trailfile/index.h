/* The first of two passes over JSON text: where quotes that are not escaped stand, and brackets that
 * are not inside a string, 64 bytes at a time. The second pass (scan.h) then goes from quote to quote
 * and past whole containers by their brackets, without looking at each byte. Made as far as needed. */
#ifndef MANTLE_TRAILFILE_INDEX_H
#define MANTLE_TRAILFILE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum { INDEX_BLOCK = 64, INDEX_PADDING = 64, INDEX_STEP = 256 }; /* bytes, bytes, blocks */

struct index_block {                    /* bit i: byte i of the block */
    uint64_t quotes, brackets, escapes; /* escapes: backslashes, escaped themselves or not */
};

struct trail_index {
    const char *text; /* at least INDEX_PADDING readable bytes follow its len bytes */
    size_t len;
    struct index_block *blocks;
    size_t blocks_room, done;  /* done: blocks made */
    size_t first;              /* the byte indexing began at; a multiple of INDEX_BLOCK */
    uint64_t in_string, carry; /* all ones inside a string; 1: the next byte is escaped */
};

/* blocks_room grows on need. Takes no memory yet. */
void index_init(struct trail_index *index);
void index_done(struct trail_index *index);
/* A new text; what was indexed is forgotten, the memory kept. RC_NOMEM. */
MUST_CHECK enum rc index_start(struct trail_index *index, const char *text, size_t len);
/* Begins anew at byte `at`, which is outside of any string: after damage. */
void index_restart(struct trail_index *index, size_t at);
/* Makes INDEX_STEP more blocks; false when all are made. */
bool index_more(struct trail_index *index);

#endif
