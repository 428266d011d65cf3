#include "vault/keyset.h"

#include <sodium.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/date.h"

enum { HEX_BYTES = 2 * KEY_BYTES };

/* Longer than any session (36 hours) and any message worth decoding. */
static const int64_t short_lived_s = 48 * 3600;

static const str names[SETS] = {
    [VAULT_MASTER] = STR_INIT("master"),
    [VAULT_TOKEN] = STR_INIT("token"),
    [VAULT_MESSAGE] = STR_INIT("message"),
};

str keyset_name(enum vault_set kind)
{
    return names[kind];
}

struct keyset *keyset_new(bool *ret_locked)
{
    struct keyset *set = sodium_malloc(sizeof(*set));

    if (set == NULL) {
        return NULL;
    }
    /* sodium_malloc locks without saying whether it could: ask again. */
    if (sodium_mlock(set, sizeof(*set)) != 0) {
        *ret_locked = false;
    }
    memset(set, 0, sizeof(*set));
    return set;
}

void keyset_free(struct keyset *set)
{
    sodium_free(set);
}

const struct sealing_key *keyset_find(const struct keyset *set, uint32_t id)
{
    return key_find(set->keys, set->count, id);
}

const struct sealing_key *keyset_current(const struct keyset *set)
{
    return &set->keys[set->count - 1];
}

bool keyset_within(const struct keyset *inner, const struct keyset *outer)
{
    for (size_t i = 0; i < inner->count; i++) {
        const struct sealing_key *key = keyset_find(outer, inner->keys[i].id);

        if (key == NULL || !equal_ct(key->raw, inner->keys[i].raw, KEY_BYTES)) {
            return false;
        }
    }
    return true;
}

static bool may_drop_oldest(const struct keyset *set, enum vault_set kind, int64_t now_s)
{
    switch (kind) {
    case VAULT_MASTER: /* what it wraps lives for ever */
        return false;
    case VAULT_TOKEN:
    case VAULT_MESSAGE:
        return now_s - set->keys[1].created_s > short_lived_s; /* since when it is not current */
    }
    return false;
}

enum rc keyset_add(struct keyset *set, enum vault_set kind, const struct env *env)
{
    struct sealing_key *key;
    int64_t now_s = env_now_s(env);

    if (set->count == KEYSET_KEYS_MAX) {
        if (!may_drop_oldest(set, kind, now_s)) {
            return RC_LIMIT;
        }
        set->count--;
        memmove(&set->keys[0], &set->keys[1], set->count * sizeof(set->keys[0]));
    }
    key = &set->keys[set->count];
    do {
        TRY(env->random(env, &key->id, sizeof(key->id)));
    } while (key->id == 0 || keyset_find(set, key->id) != NULL);
    TRY(env->random(env, key->raw, sizeof(key->raw)));
    key->created_s = now_s;
    key_derive(key, names[kind]);
    set->count++;
    return RC_OK;
}

/* ---- as text: token/keys.h ---- */

static void print_end(str text, buf *out)
{
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_BYTES];

    sha256(text, digest);
    hex_encode(digest, sizeof(digest), hex);
    BUF_LIT(out, "end ");
    buf_add(out, str_from(hex, sizeof(hex)));
    buf_add_char(out, '\n');
}

/* A buf over guarded memory: it never needs to grow, so it never calls its allocator. */
static buf buf_over(char *room, size_t size)
{
    return (buf){ .ptr = room, .cap = size, .max = size, .alloc = &heap };
}

enum rc keyset_print(const struct keyset *set, enum vault_set kind, char *room, str *ret_text)
{
    buf out = buf_over(room, KEYSET_FILE_BYTES_MAX);
    char hex[HEX_BYTES], date[16];

    BUF_LIT(&out, "mantle-keys 1 ");
    buf_add(&out, names[kind]);
    buf_add_char(&out, '\n');
    for (size_t i = 0; i < set->count; i++) {
        uint8_t id[4] = { (uint8_t)(set->keys[i].id >> 24), (uint8_t)(set->keys[i].id >> 16),
                          (uint8_t)(set->keys[i].id >> 8), (uint8_t)set->keys[i].id };

        BUF_LIT(&out, "key ");
        hex_encode(id, sizeof(id), hex);
        buf_add(&out, str_from(hex, 8));
        date_print_basic(set->keys[i].created_s, date);
        buf_add_char(&out, ' ');
        buf_add(&out, str_from(date, sizeof(date)));
        buf_add_char(&out, ' ');
        hex_encode(set->keys[i].raw, KEY_BYTES, hex);
        buf_add(&out, str_from(hex, sizeof(hex)));
        buf_add_char(&out, '\n');
    }
    print_end(buf_str(&out), &out);
    wipe(hex, sizeof(hex));
    *ret_text = buf_str(&out);
    return out.err;
}

enum rc keyset_parse(str text, enum vault_set kind, struct keyset *ret)
{
    return keys_parse(text, names[kind], ret->keys, KEYSET_KEYS_MAX, &ret->count);
}
