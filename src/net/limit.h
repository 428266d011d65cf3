/* How many connections there are, in all and per address, over all loops. */
#ifndef MANTLE_NET_LIMIT_H
#define MANTLE_NET_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/env.h"
#include "base/macros.h"

struct limit_key {
    uint8_t bytes[8]; /* IPv4: 4 bytes and a mark; IPv6: the /64, the least one owner has */
};

struct limit;
/* NULL without memory or randomness. */
struct limit *limit_new(unsigned total_max, unsigned per_address_max, const struct env *env);
void limit_free(struct limit *limit);

struct limit_key limit_key_of(const struct sockaddr *address);
enum limit_verdict {
    LIMIT_FULL,   /* counted, but over a limit: refuse it kindly */
    LIMIT_WITHIN, /* counted */
    LIMIT_CLOSED, /* not counted: far over, or no memory. Close at once. */
};
enum limit_verdict limit_enter(struct limit *limit, struct limit_key key);
/* For each limit_enter that counted. */
void limit_leave(struct limit *limit, struct limit_key key);

#endif
