#include "federation/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum { V4_AT = 12, TEXT_BYTES = 64 };

/* IANA's special-purpose registries: nothing in them is an identity provider on the Internet. */
static const char *const special[] = {
    "0.0.0.0/8",      "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12",  "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15",  "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",    "::/96",
    "64:ff9b:1::/48", "100::/64",        "2001::/23",      "2001:db8::/32",  "fc00::/7",
    "fe80::/10",      "fec0::/10",       "ff00::/8",
};

static const uint8_t mapped[V4_AT] = { [10] = 0xff, [11] = 0xff };

enum rc address_range_parse(str text, struct address_range *ret)
{
    struct address_range range = { .bits = 128 };
    str rest = text, address = text;
    char buffer[TEXT_BYTES];
    uint64_t bits = 128;
    bool v4;

    if (take_until(&rest, '/', &address)) {
        TRY(str_to_u64(rest, &bits));
    }
    if (address.len >= sizeof(buffer)) {
        return RC_SYNTAX;
    }
    (void)snprintf(buffer, sizeof(buffer), "%.*s", FMT(address));
    v4 = inet_pton(AF_INET, buffer, range.bytes + V4_AT) == 1;
    if (v4) {
        memcpy(range.bytes, mapped, sizeof(mapped));
        bits = address.len == text.len ? 128 : bits > 32 ? 129 : bits + 96;
    } else if (inet_pton(AF_INET6, buffer, range.bytes) != 1) {
        return RC_SYNTAX;
    }
    if (bits > 128) {
        return RC_SYNTAX;
    }
    range.bits = (unsigned)bits;
    *ret = range;
    return RC_OK;
}

static bool is_within(const uint8_t bytes[16], const struct address_range *range)
{
    unsigned whole = range->bits / 8, left = range->bits % 8;

    return memcmp(bytes, range->bytes, whole) == 0 &&
           (left == 0 || ((bytes[whole] ^ range->bytes[whole]) >> (8 - left)) == 0);
}

static bool is_special(const uint8_t bytes[16])
{
    for (size_t i = 0; i < COUNT_OF(special); i++) {
        struct address_range range;
        if (address_range_parse(str_cstr(special[i]), &range) != RC_OK ||
            is_within(bytes, &range)) {
            return true;
        }
    }
    return false;
}

/* IPv6 addresses that lead to an IPv4 one: NAT64 (64:ff9b::/96) and 6to4 (2002::/16). */
static bool leads_to_v4(const uint8_t bytes[16], uint8_t ret[16])
{
    static const uint8_t nat64[V4_AT] = { 0x00, 0x64, 0xff, 0x9b };
    const uint8_t *v4 = memcmp(bytes, nat64, sizeof(nat64)) == 0 ? bytes + V4_AT
                        : bytes[0] == 0x20 && bytes[1] == 0x02   ? bytes + 2
                                                                 : NULL;

    if (v4 == NULL) {
        return false;
    }
    memcpy(ret, mapped, sizeof(mapped));
    memcpy(ret + V4_AT, v4, 4);
    return true;
}

bool address_is_allowed(const struct sockaddr *address, const struct address_range *allowed,
                        size_t allowed_count)
{
    uint8_t bytes[16] = { 0 }, inner[16];

    if (address->sa_family == AF_INET) {
        memcpy(bytes, mapped, sizeof(mapped));
        memcpy(bytes + V4_AT, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else {
        return false;
    }
    for (size_t i = 0; i < allowed_count; i++) {
        if (is_within(bytes, &allowed[i])) {
            return true;
        }
    }
    return !is_special(bytes) && !(leads_to_v4(bytes, inner) && is_special(inner));
}
