/* Where a call came from, as far as an address says. */
#ifndef MANTLE_MIGRATE_ADDRESS_H
#define MANTLE_MIGRATE_ADDRESS_H

#include "base/arena.h"
#include "base/str.h"

enum address_kind {
    ADDRESS_UNKNOWN,
    ADDRESS_SERVICE, /* "cloudformation.amazonaws.com", "AWS Internal" */
    ADDRESS_PRIVATE, /* RFC 1918, shared, link-local, loopback, unique local */
    ADDRESS_PUBLIC,
};
const char *address_kind_word(enum address_kind kind);

enum address_kind address_kind_of(str address);
/* The neighbourhood: /24 of IPv4, /48 of IPv6, as text; anything else as it is. ptr NULL: no memory. */
str address_block(str address, struct arena *arena);

#endif
