#include "token/keys.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "token/capsule.h"

enum { HEX_BYTES = 2 * KEY_BYTES, SECRET_BYTES = 30, TOKEN_HEAD_CHARS = 44 };

/* One key, one purpose: what seals never signs. */
void key_derive(struct sealing_key *key, str set)
{
    static const str seal_label = STR_INIT("mantle vault 1 seal ");
    static const str session_label = STR_INIT("mantle vault 1 session secret ");
    uint8_t session[SHA256_BYTES];
    struct hmac_key root;
    str parts[2] = { seal_label, set };

    hmac_key_init(&root, key->raw, KEY_BYTES);
    hmac_with_parts(&root, parts, COUNT_OF(parts), key->seal);
    parts[0] = session_label;
    hmac_with_parts(&root, parts, COUNT_OF(parts), session);
    hmac_key_init(&key->session, session, sizeof(session));
    wipe(session, sizeof(session));
    wipe(&root, sizeof(root));
}

const struct sealing_key *key_find(const struct sealing_key *keys, size_t count, uint32_t id)
{
    for (size_t i = count; i > 0; i--) {
        if (keys[i - 1].id == id) {
            return &keys[i - 1];
        }
    }
    return NULL;
}

/* ---- the text of a key file ---- */

static bool parse_key(str line, str set, struct sealing_key *ret)
{
    struct sealing_key key = { 0 };
    uint8_t id[4];
    str word;
    bool ok = take_prefix(&line, STR("key ")) && take_until(&line, ' ', &word) &&
              word.len == 2 * sizeof(id) && hex_decode(word, id, sizeof(id)) == RC_OK &&
              take_until(&line, ' ', &word) && date_parse_basic(word, &key.created_s) == RC_OK &&
              line.len == HEX_BYTES && hex_decode(line, key.raw, KEY_BYTES) == RC_OK;

    if (ok) {
        key.id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
        key_derive(&key, set);
        *ret = key;
    }
    wipe(&key, sizeof(key));
    return ok;
}

static bool head_fits(str *rest, str set)
{
    str line;

    return take_until(rest, '\n', &line) && take_prefix(&line, STR("mantle-keys 1 ")) &&
           str_eq(line, set);
}

static bool end_fits(str before, str line)
{
    uint8_t want[SHA256_BYTES], have[SHA256_BYTES];

    sha256(before, want);
    return take_prefix(&line, STR("end ")) && line.len == HEX_BYTES &&
           hex_decode(line, have, sizeof(have)) == RC_OK && equal_ct(want, have, sizeof(want));
}

enum rc keys_parse(str text, str set, struct sealing_key *ret, size_t room, size_t *ret_count)
{
    size_t count = 0;
    str rest = text, line;

    if (!head_fits(&rest, set)) {
        return RC_CORRUPT;
    }
    for (;;) {
        str before = str_from(text.ptr, (size_t)(rest.ptr - text.ptr));

        if (!take_until(&rest, '\n', &line)) {
            return RC_CORRUPT;
        }
        if (str_starts(line, STR("end "))) {
            *ret_count = count;
            return count > 0 && rest.len == 0 && end_fits(before, line) ? RC_OK : RC_CORRUPT;
        }
        if (count == room || !parse_key(line, set, &ret[count]) ||
            key_find(ret, count, ret[count].id) != NULL) {
            return RC_CORRUPT;
        }
        count++;
    }
}

/* ---- temporary keys ---- */

enum rc token_key_id(str token, uint32_t *ret_id)
{
    char room[TOKEN_HEAD_CHARS];
    buf head = { .ptr = room, .cap = sizeof(room), .max = sizeof(room), .alloc = &heap };

    if (token.len < TOKEN_HEAD_CHARS) { /* 33 bytes at least */
        return RC_SYNTAX;
    }
    TRY(base64_decode(BASE64_STANDARD, str_slice(token, 0, TOKEN_HEAD_CHARS), &head));
    TRY(head.err);
    return capsule_key_id(buf_str(&head), ret_id);
}

/* 30 bytes are 40 characters of base64 without padding: the shape of AWS's secrets. */
void session_secret(const struct sealing_key *key, str access_key_id, str token,
                    char ret[SECRET_CHARS])
{
    uint8_t digest[SHA256_BYTES], bytes[SHA256_BYTES];
    /* Fixed length first: no two pairs give the same bytes. */
    str parts[2] = { { (const char *)digest, sizeof(digest) }, access_key_id };
    buf secret = { .ptr = ret, .cap = SECRET_CHARS, .max = SECRET_CHARS, .alloc = &heap };

    sha256(token, digest);
    hmac_with_parts(&key->session, parts, COUNT_OF(parts), bytes);
    base64_encode(BASE64_STANDARD, bytes, SECRET_BYTES, &secret);
    wipe(bytes, sizeof(bytes));
}
