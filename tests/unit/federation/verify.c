#include "unit.h"

#include <stdlib.h>

#include "federation/verify.h"

/* Recorded from npm oidc-provider: its key set and an id_token, good around this instant. */
enum { RECORDED_S = 1795458720 }; /* 2026-11-23T18:32:00Z */

static str read_capture(const char *name, char *room, size_t size)
{
    const char *root = getenv("MANTLE_SOURCE_ROOT");
    char path[4096];
    FILE *file;
    size_t len;

    assert_non_null(root);
    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/captures/idp/%s", root, name);
    file = fopen(path, "re");
    assert_non_null(file);
    len = fread(room, 1, size, file);
    (void)fclose(file);
    return str_trim(str_from(room, len));
}

struct recorded {
    char set_room[8192], token_room[8192];
    str set, token;
    struct arena arena;
    struct issuer_keys *keys;
    struct jwt jwt;
};

static void replay(struct recorded *r)
{
    const char *why;

    arena_init(&r->arena, &heap, 4096, 1 << 20);
    r->set = read_capture("oidc-provider.jwks.json", r->set_room, sizeof(r->set_room));
    r->token = read_capture("oidc-provider.id_token.jwt", r->token_room, sizeof(r->token_room));
    assert_ok(issuer_keys_new(r->set, &r->keys));
    assert_ok(jwt_parse(r->token, &r->arena, &r->jwt, &why));
}

static void done(struct recorded *r)
{
    issuer_keys_unref(r->keys);
    arena_done(&r->arena);
}

static void the_recorded_token_verifies(void **state)
{
    struct recorded r;
    int64_t exp = 0, iat = 0;

    replay(&r);
    assert_int_equal(issuer_keys_count(r.keys), 1);
    assert_ok(issuer_keys_verify(r.keys, &r.jwt));
    assert_ok(jwt_time(r.jwt.claims, STR("exp"), &exp));
    assert_ok(jwt_time(r.jwt.claims, STR("iat"), &iat));
    assert_true(iat <= RECORDED_S && RECORDED_S < exp);
    assert_int_equal(jwt_time(r.jwt.claims, STR("nbf"), &exp), RC_NOENT);
    done(&r);
}

/* Base64url of a signature of 256 bytes ends in a digit with unused bits, so no change of a character
 * can be one of form alone. */
static void every_changed_character_is_refused(void **state)
{
    struct recorded r;
    char changed[8192];

    replay(&r);
    memcpy(changed, r.token.ptr, r.token.len);
    for (size_t i = 0; i < r.token.len; i++) {
        struct arena arena;
        struct jwt jwt;
        const char *why;
        char was = changed[i];
        changed[i] = was == 'A' ? 'B' : 'A';
        arena_init(&arena, &heap, 4096, 1 << 20);
        if (jwt_parse(str_from(changed, r.token.len), &arena, &jwt, &why) == RC_OK &&
            issuer_keys_verify(r.keys, &jwt) == RC_OK) {
            fail_msg("character %zu may be changed", i);
        }
        arena_done(&arena);
        changed[i] = was;
    }
    done(&r);
}

static void the_kid_must_be_there(void **state)
{
    struct recorded r;

    replay(&r);
    r.jwt.kid = STR("keystore-change-me");
    assert_int_equal(issuer_keys_verify(r.keys, &r.jwt), RC_NOENT);
    r.jwt.kid = STR_NONE; /* one key fits */
    assert_ok(issuer_keys_verify(r.keys, &r.jwt));
    r.jwt.alg = JOSE_RS512; /* its alg says RS256 */
    assert_int_equal(issuer_keys_verify(r.keys, &r.jwt), RC_NOENT);
    r.jwt.alg = JOSE_NO_ALG;
    assert_int_equal(issuer_keys_verify(r.keys, &r.jwt), RC_NOENT);
    r.jwt.alg = JOSE_RS256;
    r.jwt.signature = STR("");
    assert_int_equal(issuer_keys_verify(r.keys, &r.jwt), RC_DENIED);
    done(&r);
}

/* RFC 7515, appendix A.3: ES256. */
static const str es256_set = STR_INIT("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                                      "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                      "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}");
static const str es256_token = STR_INIT(
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
    "pmWQxfKTUJqPP3-Kg6NU1Q");

static void the_example_of_rfc_7515(void **state)
{
    struct issuer_keys *keys;
    struct arena arena;
    struct jwt jwt;
    const char *why;

    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_ok(issuer_keys_new(es256_set, &keys));
    assert_ok(jwt_parse(es256_token, &arena, &jwt, &why));
    assert_ok(issuer_keys_verify(keys, &jwt));
    jwt.signature = str_slice(jwt.signature, 0, 63);
    assert_int_equal(issuer_keys_verify(keys, &jwt), RC_DENIED);
    issuer_keys_unref(keys);
    arena_done(&arena);
}

static void a_point_off_its_curve_is_no_key(void **state)
{
    str set = STR("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                  "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}]}");
    struct issuer_keys *keys;

    assert_ok(issuer_keys_new(set, &keys));
    assert_int_equal(issuer_keys_count(keys), 0);
    issuer_keys_ref(keys);
    issuer_keys_unref(keys);
    issuer_keys_unref(keys);
    issuer_keys_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recorded_token_verifies),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(the_kid_must_be_there),
        cmocka_unit_test(the_example_of_rfc_7515),
        cmocka_unit_test(a_point_off_its_curve_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
