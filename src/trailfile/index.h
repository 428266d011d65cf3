/* The first of two passes over JSON text: where quotes that are not escaped stand, and brackets that
 * are not inside a string, 64 bytes at a time. The second pass (scan.h) then goes from quote to quote
 * and past whole containers by their brackets, without looking at each byte. Made as far as needed;
 * what lies behind the cursor is forgotten, so that the index stays in the nearest cache.
 *
 * The quotes of the latest blocks also stand in a list: who reads members one behind the other knows the
 * next quotes without searching for them. */
#ifndef MANTLE_TRAILFILE_INDEX_H
#define MANTLE_TRAILFILE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum {
    INDEX_BLOCK = 64,     /* bytes */
    INDEX_PADDING = 64,   /* bytes */
    INDEX_STEP = 256,     /* blocks made at a time */
    INDEX_LIST_MORE = 64, /* entries behind the list: what is written at once, and no quotes */
};

struct index_block {                    /* bit i: byte i of the block */
    uint64_t quotes, brackets, escapes; /* escapes: backslashes, escaped themselves or not */
    uint64_t before;                    /* quotes in the list that stand before this block */
};

#define INDEX_NO_QUOTE UINT32_MAX

struct trail_index {
    const char *text; /* at least INDEX_PADDING readable bytes follow its len bytes */
    size_t len;
    struct index_block *blocks;     /* of the blocks from `kept` on */
    size_t blocks_room, kept, done; /* done: blocks made */
    size_t first;                   /* the byte indexing began at */
    uint32_t *list;                 /* where the quotes of the blocks from list_first on stand */
    uint32_t *list_end;
    size_t list_first;
    size_t last_escape;        /* the last block made that holds a backslash, plus one */
    size_t last_high;          /* the last block made that holds a byte beyond ASCII, plus one */
    uint64_t in_string, carry; /* all ones inside a string; 1: the next byte is escaped */
};

/* blocks_room grows on need. Takes no memory yet. */
void index_init(struct trail_index *index);
void index_done(struct trail_index *index);
/* A new text; what was indexed is forgotten, the memory kept. RC_NOMEM. */
MUST_CHECK enum rc index_start(struct trail_index *index, const char *text, size_t len);
/* Begins anew at byte `at`, which is outside of any string: after damage. */
void index_restart(struct trail_index *index, size_t at);
/* Makes INDEX_STEP more blocks; false when all are made. The list is then theirs. */
bool index_more(struct trail_index *index);
/* What stands before byte `at`, which is not behind the blocks made, will not be asked for any more. */
void index_forget(struct trail_index *index, size_t at);

static inline struct index_block *index_block(const struct trail_index *index, size_t block)
{
    return &index->blocks[block - index->kept];
}

/* The list's first quote at or behind byte `at`; NULL: that lies before what is listed. Behind the last
 * one stand at least four times INDEX_NO_QUOTE. */
const uint32_t *index_list_at(const struct trail_index *index, size_t at);

#endif
