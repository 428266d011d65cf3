/* When a call is made again, and after how long: the "standard" mode of AWS's SDKs. Pure.
 *
 * A token bucket (500; a retry takes 5, after a timeout 10; a success gives back what its last retry
 * took, or 1) keeps a tool from hammering a service that is down. The wait is full jitter over an
 * exponential ceiling of at most 20 s. */
#ifndef MANTLE_REMOTE_RETRY_H
#define MANTLE_REMOTE_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    RETRY_QUOTA = 500,
    RETRY_COST = 5,
    RETRY_TIMEOUT_COST = 10,
    RETRY_WAIT_MS_MAX = 20000,
    RETRY_ATTEMPTS = 3, /* in all, by default */
    RETRY_SKEW_S = 240, /* a clock that differs by more is corrected */
};

enum retry_why {
    RETRY_NEVER,     /* the answer is an answer */
    RETRY_THROTTLED, /* told to be slower */
    RETRY_TRANSIENT, /* 5xx, or a code that says so */
    RETRY_TIMEOUT,   /* no answer */
    RETRY_SKEW,      /* refused because of the clock */
    RETRY_EXPIRED,   /* the session's token ran out: with fresh credentials */
};

/* status 0: no answer came. */
enum retry_why retry_why(long status, str code);

struct retry {
    int quota;  /* start with RETRY_QUOTA */
    int cost;   /* of the last retry of the call at hand; 0 at its start */
    unsigned n; /* retries of the call at hand so far */
};

/* May it be tried once more? Takes from the quota. attempts_max counts the first one. */
bool retry_again(struct retry *retry, enum retry_why why, unsigned attempts_max);
/* random: 64 uniform bits. */
int64_t retry_wait_ms(const struct retry *retry, uint64_t random);
/* The call succeeded. */
void retry_good(struct retry *retry);

#endif
