#include "token/session.h"

#include "base/buf.h"

/* Layout, version 1: version, kind, flags; varints; length-prefixed strings. A later version is
 * refused by this code, and an older one has to be read as long as its sessions live. */
enum {
    SESSION_VERSION = 1,
    HAS_SOURCE_IDENTITY = 1,
    HAS_POLICY = 2,
    HAS_KEYS = 4,
    FLAGS_KNOWN = HAS_SOURCE_IDENTITY | HAS_POLICY | HAS_KEYS,
    VARINT_BYTES_MAX = 10,
};

static void put_varint(buf *out, uint64_t n)
{
    while (n >= 0x80) {
        buf_add_char(out, (char)(0x80 | (n & 0x7f)));
        n >>= 7;
    }
    buf_add_char(out, (char)n);
}

static void put_str(buf *out, str s)
{
    put_varint(out, s.len);
    buf_add(out, s);
}

static bool take_byte(str *rest, unsigned *ret)
{
    if (rest->len == 0) {
        return false;
    }
    *ret = (unsigned char)rest->ptr[0];
    *rest = str_skip(*rest, 1);
    return true;
}

/* Only the shortest form: what we accept we write back byte for byte. */
static bool take_varint(str *rest, uint64_t *ret)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        unsigned byte;
        if (!take_byte(rest, &byte) || (i == VARINT_BYTES_MAX - 1 && byte > 1)) {
            return false;
        }
        n |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            if (byte == 0 && i > 0) {
                return false;
            }
            *ret = n;
            return true;
        }
    }
    return false;
}

static bool take_i64(str *rest, int64_t *ret)
{
    uint64_t n;

    if (!take_varint(rest, &n) || n > INT64_MAX) {
        return false;
    }
    *ret = (int64_t)n;
    return true;
}

static bool take_count(str *rest, size_t max, size_t *ret)
{
    uint64_t n;

    if (!take_varint(rest, &n) || n > max) {
        return false;
    }
    *ret = (size_t)n;
    return true;
}

static bool take_str(str *rest, str *ret)
{
    size_t len;

    if (!take_count(rest, rest->len, &len) || len > rest->len) {
        return false;
    }
    *ret = str_slice(*rest, 0, len);
    *rest = str_skip(*rest, len);
    return true;
}

static void put_keys(buf *out, const struct session *session)
{
    put_varint(out, session->key_count);
    for (size_t i = 0; i < session->key_count; i++) {
        put_str(out, session->keys[i].key);
        put_str(out, session->keys[i].value);
    }
}

enum rc session_encode(const struct session *session, str packed, struct arena *arena, str *ret)
{
    buf out = buf_arena(arena, SESSION_BYTES_MAX);
    unsigned flags = (session->source_identity.ptr != NULL ? HAS_SOURCE_IDENTITY : 0u) |
                     (session->policy.ptr != NULL ? HAS_POLICY : 0u) |
                     (session->key_count > 0 ? HAS_KEYS : 0u);

    buf_add_char(&out, SESSION_VERSION);
    buf_add_char(&out, (char)session->kind);
    buf_add_char(&out, (char)flags);
    put_varint(&out, (uint64_t)session->account);
    put_varint(&out, (uint64_t)session->issued_s);
    put_varint(&out, (uint64_t)session->expires_s);
    put_varint(&out, (uint64_t)session->mfa_s);
    put_varint(&out, session->chain_depth);
    put_str(&out, session->unique_id);
    put_str(&out, session->name);
    put_str(&out, session->issuer_key_id);
    if (flags & HAS_SOURCE_IDENTITY) {
        put_str(&out, session->source_identity);
    }
    put_varint(&out, session->tag_count);
    for (size_t i = 0; i < session->tag_count; i++) {
        buf_add_char(&out, session->tags[i].transitive ? 1 : 0);
        put_str(&out, session->tags[i].key);
        put_str(&out, session->tags[i].value);
    }
    put_varint(&out, session->policy_id_count);
    for (size_t i = 0; i < session->policy_id_count; i++) {
        put_str(&out, session->policy_ids[i]);
    }
    if (flags & HAS_POLICY) {
        put_varint(&out, session->policy.len);
        put_str(&out, packed);
    }
    if (flags & HAS_KEYS) {
        put_keys(&out, session);
    }
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}

static enum rc take_tags(str *rest, struct arena *arena, struct session *session)
{
    struct session_tag *tags;

    if (!take_count(rest, SESSION_TAGS_MAX, &session->tag_count)) {
        return RC_SYNTAX;
    }
    tags = NEW_ARRAY(arena, session->tag_count, struct session_tag);
    if (tags == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < session->tag_count; i++) {
        unsigned transitive;
        if (!take_byte(rest, &transitive) || transitive > 1 || !take_str(rest, &tags[i].key) ||
            !take_str(rest, &tags[i].value)) {
            return RC_SYNTAX;
        }
        tags[i].transitive = transitive == 1;
    }
    session->tags = tags;
    return RC_OK;
}

static enum rc take_policies(str *rest, bool has_inline, struct arena *arena,
                             struct session *session)
{
    str *ids, packed;
    size_t plain_len;

    if (!take_count(rest, SESSION_POLICY_IDS_MAX, &session->policy_id_count)) {
        return RC_SYNTAX;
    }
    ids = NEW_ARRAY(arena, session->policy_id_count, str);
    if (ids == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < session->policy_id_count; i++) {
        if (!take_str(rest, &ids[i])) {
            return RC_SYNTAX;
        }
    }
    session->policy_ids = ids;
    if (!has_inline) {
        return RC_OK;
    }
    if (!take_count(rest, SESSION_POLICY_BYTES_MAX, &plain_len) || !take_str(rest, &packed)) {
        return RC_SYNTAX;
    }
    return session_unpack(packed, plain_len, arena, &session->policy);
}

/* At least one: an empty list is written as no list. */
static enum rc take_keys(str *rest, struct arena *arena, struct session *session)
{
    struct session_key *keys;

    if (!take_count(rest, SESSION_KEYS_MAX, &session->key_count) || session->key_count == 0) {
        return RC_SYNTAX;
    }
    keys = NEW_ARRAY(arena, session->key_count, struct session_key);
    if (keys == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < session->key_count; i++) {
        if (!take_str(rest, &keys[i].key) || !take_str(rest, &keys[i].value)) {
            return RC_SYNTAX;
        }
    }
    session->keys = keys;
    return RC_OK;
}

enum rc session_decode(str capsule, struct arena *arena, struct session *ret)
{
    struct session session = { 0 };
    unsigned version, kind, flags;
    uint64_t depth;
    str rest = capsule;

    if (!take_byte(&rest, &version) || version != SESSION_VERSION || !take_byte(&rest, &kind) ||
        kind < SESSION_ROLE || kind > SESSION_ROOT_TASK || !take_byte(&rest, &flags) ||
        (flags & ~(unsigned)FLAGS_KNOWN) != 0) {
        return RC_SYNTAX;
    }
    session.kind = (enum session_kind)kind;
    if (!take_i64(&rest, &session.account) || !take_i64(&rest, &session.issued_s) ||
        !take_i64(&rest, &session.expires_s) || !take_i64(&rest, &session.mfa_s) ||
        !take_varint(&rest, &depth) || depth > UINT16_MAX || !take_str(&rest, &session.unique_id) ||
        !take_str(&rest, &session.name) || !take_str(&rest, &session.issuer_key_id)) {
        return RC_SYNTAX;
    }
    session.chain_depth = (unsigned)depth;
    if ((flags & HAS_SOURCE_IDENTITY) && !take_str(&rest, &session.source_identity)) {
        return RC_SYNTAX;
    }
    TRY(take_tags(&rest, arena, &session));
    TRY(take_policies(&rest, (flags & HAS_POLICY) != 0, arena, &session));
    if (flags & HAS_KEYS) {
        TRY(take_keys(&rest, arena, &session));
    }
    if (rest.len != 0) {
        return RC_SYNTAX;
    }
    *ret = session;
    return RC_OK;
}
