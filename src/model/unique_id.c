/* Unique ids as AWS writes them: four letters of kind, then base32. Of the first 48 bits behind the
 * kind the top one is 1, the next 40 are the account number and the rest is random, so that an id
 * tells its account without a look-up. */
#include "model/entity.h"

enum { ID_PREFIX = 4, ID_KEY = 20, ID_ENTITY = 21, ID_HEAD_BITS = 48 };

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static bool base32_value(char c, uint64_t *ret)
{
    if (c >= 'A' && c <= 'Z') {
        *ret = (uint64_t)(c - 'A');
        return true;
    }
    if (c >= '2' && c <= '7') {
        *ret = (uint64_t)(c - '2') + 26;
        return true;
    }
    return false;
}

enum rc unique_id_new(const struct env *env, str prefix, int64_t account, size_t length,
                      struct arena *arena, str *ret)
{
    uint64_t random[2], head = 0, bits = 0;
    unsigned held = 0;

    if (prefix.len != ID_PREFIX || length < ID_KEY || length > ID_ENTITY || account < 0 ||
        account >= (INT64_C(1) << 40)) {
        return RC_SYNTAX;
    }
    char *id = arena_bytes(arena, length);
    if (id == NULL) {
        return RC_NOMEM;
    }
    TRY(env->random(env, random, sizeof(random)));
    head = (UINT64_C(1) << 47) | ((uint64_t)account << 7) | (random[0] & 0x7f);
    memcpy(id, prefix.ptr, ID_PREFIX);
    /* 48 bits of head, then fresh ones: five a character, the highest first. */
    bits = head;
    held = ID_HEAD_BITS;
    for (size_t i = ID_PREFIX; i < length; i++) {
        if (held < 5) {
            bits = (bits << 48) | (random[1] & ((UINT64_C(1) << 48) - 1));
            held += 48;
        }
        held -= 5;
        id[i] = base32[(bits >> held) & 31];
    }
    *ret = str_from(id, length);
    return RC_OK;
}

enum rc unique_id_account(str id, int64_t *ret_account)
{
    uint64_t bits = 0;

    if (id.len != ID_KEY && id.len != ID_ENTITY) {
        return RC_SYNTAX;
    }
    for (size_t i = ID_PREFIX; i < id.len; i++) {
        uint64_t value = 0;
        if (!base32_value(id.ptr[i], &value)) {
            return RC_SYNTAX;
        }
        if (i < ID_PREFIX + 10) { /* ten characters hold the 48 bits and two more */
            bits = (bits << 5) | value;
        }
    }
    bits >>= 2;
    /* Ids older than the scheme have the top bit 0 and encode nothing. */
    if ((bits >> 47) != 1) {
        return RC_SYNTAX;
    }
    bits = (bits >> 7) & ((UINT64_C(1) << 40) - 1);
    if (bits > UINT64_C(999999999999)) { /* 40 bits can say more than an account's twelve digits */
        return RC_SYNTAX;
    }
    *ret_account = (int64_t)bits;
    return RC_OK;
}
