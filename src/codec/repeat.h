/* Finding a name that comes twice, for form.c and json.c. Never quadratic in what a stranger
 * sends, and without a hash he could pile up collisions in. */
#ifndef MANTLE_CODEC_REPEAT_H
#define MANTLE_CODEC_REPEAT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum { REPEAT_SMALL = 32 }; /* up to so many names no memory is taken */

/* *ret_at: the first index whose name stands at a lower index too, or count when all differ.
 * RC_NOMEM; RC_LIMIT past 2^32 - 1 names. */
MUST_CHECK enum rc repeat_find(const str *names, size_t count, struct arena *arena, size_t *ret_at);

#endif
