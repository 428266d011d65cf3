/* Every key that is taken from a set is one we may verify with: RSA of 2,048 to 8,192 bits with an odd
 * exponent of at least 3, or a point as long as its curve; it fits at least one algorithm and never
 * one of the other type. OpenSSL takes no more keys than that, and none of them verifies a signature
 * of zeros. */
#include "fuzz.h"

#include "base/arena.h"
#include "federation/verify.h"

static void check_key(const struct jwk *key)
{
    bool rsa = key->type == JWK_RSA;
    unsigned fits = 0;

    for (int alg = JOSE_NO_ALG; alg <= JOSE_ES512; alg++) {
        if (jwk_fits(key, (enum jose_alg)alg)) {
            REQUIRE(alg != JOSE_NO_ALG && (alg <= JOSE_RS512) == rsa);
            fits++;
        }
    }
    REQUIRE(fits == (rsa && key->alg == JOSE_NO_ALG ? 3 : 1));
    if (rsa) {
        REQUIRE(key->n.len >= 256 && key->n.len <= 1024 && key->n.ptr[0] != '\0');
        REQUIRE(key->e.len >= 1 && key->e.len <= 4 && (key->e.ptr[key->e.len - 1] & 1) == 1);
        REQUIRE(key->e.len > 1 || (unsigned char)key->e.ptr[0] >= 3);
    } else {
        REQUIRE(key->x.len == key->y.len && key->x.len >= 32 && key->x.len <= 66);
    }
}

static void check_openssl(str text, size_t count)
{
    static const char zeros[256];
    struct jwt jwt = { .signed_part = STR("x"), .signature = str_from(zeros, sizeof(zeros)) };
    struct issuer_keys *keys = NULL;

    REQUIRE(issuer_keys_new(text, &keys) == RC_OK);
    REQUIRE(issuer_keys_count(keys) <= count);
    for (int alg = JOSE_NO_ALG; alg <= JOSE_ES512; alg++) {
        jwt.alg = (enum jose_alg)alg;
        REQUIRE(issuer_keys_verify(keys, &jwt) != RC_OK);
    }
    issuer_keys_unref(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    struct jwk *keys = NULL;
    struct arena arena;
    size_t count = 0;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    rc = jwks_parse(text, &arena, &keys, &count);
    if (rc == RC_OK) {
        REQUIRE(count <= JWKS_KEYS_MAX);
        for (size_t i = 0; i < count; i++) {
            check_key(&keys[i]);
        }
        check_openssl(text, count);
    } else {
        REQUIRE(rc == RC_SYNTAX || rc == RC_LIMIT);
    }
    arena_done(&arena);
    return 0;
}
