/* Comma-separated values (RFC 4180), row by row. Quotes count where a cell begins; lines end with LF
 * or CRLF; a quoted cell may hold both. */
#ifndef MANTLE_CODEC_CSV_H
#define MANTLE_CODEC_CSV_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

/* Takes one row with its line end. Cells are views of the text, or in the arena where a doubled quote
 * stood. Empty lines are skipped. RC_NOENT: no row is left, or, unless `last`, the row has no end yet
 * (*rest is untouched). RC_SYNTAX: text behind a closing quote, or a quote that never closes; RC_LIMIT:
 * more than cells_max cells; the bad line is taken, and what follows can be read. RC_NOMEM. */
MUST_CHECK enum rc csv_take_row(str *rest, bool last, struct arena *arena, str *cells,
                                size_t cells_max, size_t *ret_count);

#endif
