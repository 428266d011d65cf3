/* A public key that is read reads the same from either of its written forms. */
#include "fuzz.h"

#include "sign/ssh_key.h"

static void require_same(str text, const struct ssh_key *key, bool is_pem, struct arena *arena)
{
    struct ssh_key again;

    REQUIRE(ssh_key_read(text, arena, &again) == RC_OK);
    REQUIRE(str_eq(again.blob, key->blob));
    REQUIRE(again.is_pem == is_pem && again.bits == key->bits);
    REQUIRE(memcmp(again.fingerprint, key->fingerprint, sizeof(key->fingerprint)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size), written = STR_NONE;
    struct ssh_key key;
    struct arena arena;
    enum rc rc;

    arena_init(&arena, &heap, 65536, 16 * 1024 * 1024);
    rc = ssh_key_read(text, &arena, &key);
    REQUIRE(rc == RC_OK || rc == RC_SYNTAX || rc == RC_UNSUPPORTED);
    if (rc == RC_OK) {
        REQUIRE(key.bits >= SSH_KEY_BITS_MIN && key.bits <= SSH_KEY_BITS_MAX);
        REQUIRE(ssh_key_line(&key, &arena, &written) == RC_OK);
        require_same(written, &key, false, &arena);
        REQUIRE(ssh_key_pem(&key, &arena, &written) == RC_OK);
        require_same(written, &key, true, &arena);
    }
    arena_done(&arena);
    return 0;
}
