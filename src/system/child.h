/* A helper process for one question: what reads a stranger's complicated bytes does not share this
 * process's memory, and ends with the answer. */
#ifndef MANTLE_SYSTEM_CHILD_H
#define MANTLE_SYSTEM_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum { CHILD_CANNOT_RUN = 127 }; /* exit status: before it took up the question */

/* Starts argv[0] (a path; the list ends with NULL) with an empty environment and one socket as its
 * standard input and output, writes the request, closes that direction, and reads the answer up to
 * its end. The child is gone when this returns. Blocks: on a thread of a pool only.
 *
 * RC_CORRUPT: it died, or did not exit with 0. RC_EXPIRED: not done after timeout_ms. RC_LIMIT: the
 * answer is longer than answer_max. RC_NOENT: there is no such program, it may not be run, or it
 * ended with CHILD_CANNOT_RUN. RC_IO: it could not be started. RC_NOMEM. */
MUST_CHECK enum rc child_ask(const char *const *argv, str request, size_t answer_max,
                             int64_t timeout_ms, struct arena *arena, str *ret_answer);

#endif
