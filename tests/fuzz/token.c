/* What a sealed token says: whatever decodes, encodes to something that decodes to the same; and no
 * bytes of a stranger's open as a token. */
#include "fuzz.h"

#include "access/session.h"
#include "system/system.h"
#include "vault/vault.h"

static struct vault *vault;

static bool same(const struct session *a, const struct session *b)
{
    bool equal = a->kind == b->kind && a->account == b->account && a->issued_s == b->issued_s &&
                 a->expires_s == b->expires_s && a->mfa_s == b->mfa_s &&
                 a->chain_depth == b->chain_depth && str_eq(a->unique_id, b->unique_id) &&
                 str_eq(a->name, b->name) && str_eq(a->issuer_key_id, b->issuer_key_id) &&
                 str_eq(a->source_identity, b->source_identity) && str_eq(a->policy, b->policy) &&
                 (a->policy.ptr == NULL) == (b->policy.ptr == NULL) &&
                 a->tag_count == b->tag_count && a->policy_id_count == b->policy_id_count;

    for (size_t i = 0; equal && i < a->tag_count; i++) {
        equal = str_eq(a->tags[i].key, b->tags[i].key) &&
                str_eq(a->tags[i].value, b->tags[i].value) &&
                a->tags[i].transitive == b->tags[i].transitive;
    }
    for (size_t i = 0; equal && i < a->policy_id_count; i++) {
        equal = str_eq(a->policy_ids[i], b->policy_ids[i]);
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
    REQUIRE(vault_open_sealed(vault, VAULT_TOKEN, STR("ASIAAAAAAAAAAAAAAAAA"), text, &arena,
                              &plain) != RC_OK);
    arena_done(&arena);
    return 0;
}
