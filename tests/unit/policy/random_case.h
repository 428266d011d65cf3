/* Random cases in the case format, from a seed: the same seed gives the same case. */
#ifndef MANTLE_TESTS_POLICY_RANDOM_CASE_H
#define MANTLE_TESTS_POLICY_RANDOM_CASE_H

#include "base/buf.h"

struct random {
    uint64_t state;
    str action, resource; /* of the request being made: policies often name them */
};

uint64_t random_next(struct random *r);
static inline uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)((random_next(r) >> 32) * n >> 32);
}
static inline bool random_chance(struct random *r, uint32_t percent)
{
    return random_below(r, 100) < percent;
}

/* Appends one case; its "expect" is "allow" and means nothing. */
void random_case(struct random *r, buf *out);

#endif
