/* What a sealed token says: whatever decodes, encodes to something that decodes to the same; and no
 * bytes of a stranger's open as a token. Sealed by us, the bytes come back, but not about another
 * key, not out of another key set, and not from a token that was changed, cut or made longer. */
#include "fuzz.h"

#include "access/session.h"
#include "system/system.h"
#include "vault/vault.h"

static struct vault *vault;
static const str about = STR_INIT("ASIAAAAAAAAAAAAAAAAA");

static bool same(const struct session *a, const struct session *b)
{
    bool equal = a->kind == b->kind && a->account == b->account && a->issued_s == b->issued_s &&
                 a->expires_s == b->expires_s && a->mfa_s == b->mfa_s &&
                 a->chain_depth == b->chain_depth && str_eq(a->unique_id, b->unique_id) &&
                 str_eq(a->name, b->name) && str_eq(a->issuer_key_id, b->issuer_key_id) &&
                 str_eq(a->source_identity, b->source_identity) && str_eq(a->policy, b->policy) &&
                 (a->policy.ptr == NULL) == (b->policy.ptr == NULL) &&
                 a->tag_count == b->tag_count && a->policy_id_count == b->policy_id_count &&
                 a->key_count == b->key_count;

    for (size_t i = 0; equal && i < a->tag_count; i++) {
        equal = str_eq(a->tags[i].key, b->tags[i].key) &&
                str_eq(a->tags[i].value, b->tags[i].value) &&
                a->tags[i].transitive == b->tags[i].transitive;
    }
    for (size_t i = 0; equal && i < a->policy_id_count; i++) {
        equal = str_eq(a->policy_ids[i], b->policy_ids[i]);
    }
    for (size_t i = 0; equal && i < a->key_count; i++) {
        equal = str_eq(a->keys[i].key, b->keys[i].key) &&
                str_eq(a->keys[i].value, b->keys[i].value);
    }
    return equal;
}

static void check_decoded(const struct session *session, struct arena *arena)
{
    struct session again;
    str packed = STR_NONE, capsule;

    if (session->policy.ptr != NULL) {
        REQUIRE(session_pack(session->policy, arena, &packed) == RC_OK);
    }
    if (session_encode(session, packed, arena, &capsule) != RC_OK) {
        return; /* larger than any capsule of ours */
    }
    REQUIRE(session_decode(capsule, arena, &again) == RC_OK);
    REQUIRE(same(session, &again));
}

static void require_refused(str text, struct arena *arena)
{
    str plain = STR_NONE;

    REQUIRE(vault_open_sealed(vault, VAULT_TOKEN, about, text, arena, &plain) != RC_OK);
    REQUIRE(plain.ptr == NULL);
}

static void check_sealed(str plain, struct arena *arena)
{
    str text, back = STR_NONE;
    size_t at = 0;
    char *copy;

    REQUIRE(vault_seal(vault, VAULT_TOKEN, about, plain, arena, &text) == RC_OK);
    REQUIRE(vault_open_sealed(vault, VAULT_TOKEN, about, text, arena, &back) == RC_OK);
    REQUIRE(str_eq(plain, back));
    back = STR_NONE;
    REQUIRE(vault_open_sealed(vault, VAULT_TOKEN, STR("ASIAAAAAAAAAAAAAAAAB"), text, arena,
                              &back) != RC_OK);
    REQUIRE(vault_open_sealed(vault, VAULT_MESSAGE, about, text, arena, &back) != RC_OK);
    REQUIRE(back.ptr == NULL);

    copy = arena_bytes(arena, text.len + 1);
    REQUIRE(copy != NULL);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 'A';
    require_refused(str_from(copy, text.len + 1), arena);
    for (size_t i = 0; i < plain.len && i < 8; i++) { /* the input says where, and what to */
        at = (at * 257 + (unsigned char)plain.ptr[i]) % text.len;
        require_refused(str_slice(text, 0, at), arena);
        for (int bit = 0; bit < 8; bit++) {
            copy[at] = (char)(text.ptr[at] ^ 1 << bit);
            require_refused(str_from(copy, text.len), arena);
        }
        copy[at] = text.ptr[at];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session session;
    struct arena arena;
    str text = fuzz_text(data, size), plain;
    enum rc rc;

    arena_init(&arena, &heap, 65536, 16 * 1024 * 1024);
    if (vault == NULL) {
        REQUIRE(vault_open(NULL, system_env(), &arena, &vault, &plain) == RC_OK);
    }
    rc = session_decode(text, &arena, &session);
    REQUIRE(rc == RC_OK || rc == RC_SYNTAX);
    if (rc == RC_OK) {
        check_decoded(&session, &arena);
    }
    require_refused(text, &arena);
    if (size <= SESSION_BYTES_MAX) {
        check_sealed(text, &arena);
    }
    arena_done(&arena);
    return 0;
}
