/* Values of the condition operators, parsed once: decimals, instants, addresses. */
#ifndef MANTLE_POLICY_VALUE_H
#define MANTLE_POLICY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* An exact decimal: views into its text without leading and trailing zeros. */
struct decimal {
    bool negative;
    str whole, fraction;
};
bool decimal_parse(str text, struct decimal *ret);
int decimal_compare(const struct decimal *a, const struct decimal *b);

struct instant {
    int64_t unix_s;
    uint32_t ns;
};
/* T-1 to T-3: W3C date-times (a time of day needs its zone), or integer epoch seconds. Exactly four
 * digits are a year. Letters in either case. */
bool instant_parse(str text, struct instant *ret);
int instant_compare(const struct instant *a, const struct instant *b);
/* What AWS stores as a date: also forms that instant_parse takes for no instant ("01T", years of
 * nine digits, a time without a zone). Such values never match (C-10). */
bool instant_is_storable(str text);

struct cidr {
    uint8_t bytes[16];
    uint8_t length; /* of the address: 4 or 16 */
    uint8_t bits;   /* of the prefix */
};
/* An address, or an address and a prefix length when `range` (I-1). */
bool cidr_parse(str text, bool range, struct cidr *ret);
bool cidr_contains(const struct cidr *range, const struct cidr *address);

/* "true" or "false" in any case (B-1). */
bool boolean_parse(str text, bool *ret);

#endif
