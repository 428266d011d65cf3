/* Which addresses the server may connect to for an issuer somebody named (SSRF): public ones, and
 * what the operator has allowed by name. Asked with the address at hand when the connection is made,
 * so a name that changes its mind between two look-ups gains nothing. */
#ifndef MANTLE_FEDERATION_ADDRESS_H
#define MANTLE_FEDERATION_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/rc.h"
#include "base/str.h"

struct address_range { /* IPv4 as IPv6 ::ffff:a.b.c.d */
    uint8_t bytes[16];
    unsigned bits; /* of the prefix: 0..128 */
};

/* "10.1.0.0/16", "fd00::/8", "192.0.2.7". RC_SYNTAX. */
MUST_CHECK enum rc address_range_parse(str text, struct address_range *ret);

bool address_is_allowed(const struct sockaddr *address, const struct address_range *allowed,
                        size_t allowed_count);

#endif
