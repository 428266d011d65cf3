/* Limits guesses, of passwords and of one-time codes: a few at once for each thing guessed at, then
 * one now and then. One attempt is taken before its guess is checked, so that guesses made side by
 * side count too, and is given back when it was right.
 *
 * In memory only: what strangers guess costs no disk. A restart forgets. */
#ifndef MANTLE_SYSTEM_ATTEMPTS_H
#define MANTLE_SYSTEM_ATTEMPTS_H

#include <stdint.h>

#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

enum {
    ATTEMPTS_AT_ONCE = 10,
    ATTEMPTS_REGAIN_S = 300, /* one more after five minutes: at most 298 guesses a day */
};

struct attempts;

MUST_CHECK enum rc attempts_open(const struct env *env, struct attempts **ret);
void attempts_close(struct attempts *attempts); /* accepts NULL */

/* Any thread. `whom`: "password/AIDA...". RC_LIMIT: none is left for *ret_wait_s seconds. Things
 * guessed at share places by a keyed hash: one may seldom use up another's, never add to them. */
MUST_CHECK enum rc attempts_take(struct attempts *attempts, str whom, int64_t *ret_wait_s);
void attempts_give_back(struct attempts *attempts, str whom);

#endif
