#include "migrate/address.h"

#include <arpa/inet.h>

const char *address_kind_word(enum address_kind kind)
{
    static const char *const words[] = {
        [ADDRESS_UNKNOWN] = "unknown",
        [ADDRESS_SERVICE] = "aws-service",
        [ADDRESS_PRIVATE] = "private",
        [ADDRESS_PUBLIC] = "public",
    };

    return words[kind];
}

static bool parse(int family, str text, void *ret)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, ret) == 1;
}

static bool is_private_4(const uint8_t b[4])
{
    static const struct {
        uint8_t bytes[4];
        unsigned bits;
    } ranges[] = {
        { { 10, 0, 0, 0 }, 8 },    { { 172, 16, 0, 0 }, 12 },  { { 192, 168, 0, 0 }, 16 },
        { { 100, 64, 0, 0 }, 10 }, { { 169, 254, 0, 0 }, 16 }, { { 127, 0, 0, 0 }, 8 },
    };
    uint32_t address = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        const uint8_t *r = ranges[i].bytes;
        uint32_t range = (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
        if ((address ^ range) >> (32 - ranges[i].bits) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_private_6(const uint8_t b[16])
{
    static const uint8_t loopback[16] = { [15] = 1 };

    return (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0) == 0x80) ||
           memcmp(b, loopback, sizeof(loopback)) == 0;
}

enum address_kind address_kind_of(str address)
{
    uint8_t b[16];

    if (parse(AF_INET, address, b)) {
        return is_private_4(b) ? ADDRESS_PRIVATE : ADDRESS_PUBLIC;
    }
    if (parse(AF_INET6, address, b)) {
        return is_private_6(b) ? ADDRESS_PRIVATE : ADDRESS_PUBLIC;
    }
    if (str_ends(address, STR(".amazonaws.com")) || str_ends(address, STR(".amazonaws.com.cn")) ||
        str_eq(address, STR("AWS Internal"))) {
        return ADDRESS_SERVICE;
    }
    return ADDRESS_UNKNOWN;
}

str address_block(str address, struct arena *arena)
{
    uint8_t b[16];

    if (parse(AF_INET, address, b)) {
        return arena_printf(arena, "%d.%d.%d.0/24", b[0], b[1], b[2]);
    }
    if (parse(AF_INET6, address, b)) {
        return arena_printf(arena, "%x:%x:%x::/48", b[0] << 8 | b[1], b[2] << 8 | b[3],
                            b[4] << 8 | b[5]);
    }
    return arena_str(arena, address.ptr == NULL ? STR("") : address);
}
