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

const struct vault_key *keyset_find(const struct keyset *set, uint32_t id)
{
    for (size_t i = set->count; i > 0; i--) { /* newest first: that is what is asked for */
        if (set->keys[i - 1].id == id) {
            return &set->keys[i - 1];
        }
    }
    return NULL;
}

const struct vault_key *keyset_current(const struct keyset *set)
{
    return &set->keys[set->count - 1];
}

bool keyset_within(const struct keyset *inner, const struct keyset *outer)
{
    for (size_t i = 0; i < inner->count; i++) {
        const struct vault_key *key = keyset_find(outer, inner->keys[i].id);

        if (key == NULL || !equal_ct(key->raw, inner->keys[i].raw, KEY_BYTES)) {
            return false;
        }
    }
    return true;
}

/* One key, one purpose: what seals never signs. */
static void derive(struct vault_key *key, enum vault_set kind)
{
    static const str seal_label = STR_INIT("mantle vault 1 seal ");
    static const str session_label = STR_INIT("mantle vault 1 session secret ");
    uint8_t session[SHA256_BYTES];
    struct hmac_key root;
    str parts[2] = { seal_label, names[kind] };

    hmac_key_init(&root, key->raw, KEY_BYTES);
    hmac_with_parts(&root, parts, COUNT_OF(parts), key->seal);
    parts[0] = session_label;
    hmac_with_parts(&root, parts, COUNT_OF(parts), session);
    hmac_key_init(&key->session, session, sizeof(session));
    wipe(session, sizeof(session));
    wipe(&root, sizeof(root));
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
    struct vault_key *key;
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
    derive(key, kind);
    set->count++;
    return RC_OK;
}

/* ---- as text ----
 * mantle-keys 1 token
 * key 5f3a90c1 20261123T182557Z <64 hex digits>
 * end <hex SHA-256 of everything before this line> */

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

static bool parse_key(str line, enum vault_set kind, struct vault_key *ret)
{
    struct vault_key key = { 0 };
    uint8_t id[4];
    str word;
    bool ok = take_prefix(&line, STR("key ")) && take_until(&line, ' ', &word) &&
              word.len == 2 * sizeof(id) && hex_decode(word, id, sizeof(id)) == RC_OK &&
              take_until(&line, ' ', &word) && date_parse_basic(word, &key.created_s) == RC_OK &&
              line.len == HEX_BYTES && hex_decode(line, key.raw, KEY_BYTES) == RC_OK;

    if (ok) {
        key.id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
        derive(&key, kind);
        *ret = key;
    }
    wipe(&key, sizeof(key));
    return ok;
}

static bool head_fits(str *rest, enum vault_set kind)
{
    str line;

    return take_until(rest, '\n', &line) && take_prefix(&line, STR("mantle-keys 1 ")) &&
           str_eq(line, names[kind]);
}

static bool end_fits(str before, str line)
{
    uint8_t want[SHA256_BYTES], have[SHA256_BYTES];

    sha256(before, want);
    return take_prefix(&line, STR("end ")) && line.len == HEX_BYTES &&
           hex_decode(line, have, sizeof(have)) == RC_OK && equal_ct(want, have, sizeof(want));
}

enum rc keyset_parse(str text, enum vault_set kind, struct keyset *ret)
{
    str rest = text, line;

    if (!head_fits(&rest, kind)) {
        return RC_CORRUPT;
    }
    for (;;) {
        str before = str_from(text.ptr, (size_t)(rest.ptr - text.ptr));

        if (!take_until(&rest, '\n', &line)) {
            return RC_CORRUPT;
        }
        if (str_starts(line, STR("end "))) {
            return ret->count > 0 && rest.len == 0 && end_fits(before, line) ? RC_OK : RC_CORRUPT;
        }
        if (ret->count == KEYSET_KEYS_MAX || !parse_key(line, kind, &ret->keys[ret->count]) ||
            keyset_find(ret, ret->keys[ret->count].id) != NULL) {
            return RC_CORRUPT;
        }
        ret->count++;
    }
}
