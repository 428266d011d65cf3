#include "unit.h"

#include "base/buf.h"
#include "codec/base64.h"
#include "codec/jose.h"

static str b64(str text, struct arena *arena)
{
    buf out = buf_arena(arena, 1 << 20);

    base64_encode(BASE64_URL, text.ptr, text.len, &out);
    return buf_str(&out);
}

static const struct {
    const char *name;
    str header, claims;
    enum rc want;
} tokens[] = {
    { "plain", STR_INIT("{\"alg\":\"RS256\",\"kid\":\"a\"}"), STR_INIT("{}"), RC_OK },
    { "no kid", STR_INIT("{\"alg\":\"ES512\"}"), STR_INIT("{}"), RC_OK },
    { "keys inside are nothing to us",
      STR_INIT("{\"alg\":\"ES384\",\"jwk\":7,\"jku\":7,\"x5c\":7}"), STR_INIT("{}"), RC_OK },
    { "none", STR_INIT("{\"alg\":\"none\"}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "NoNe", STR_INIT("{\"alg\":\"NoNe\"}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "HS256", STR_INIT("{\"alg\":\"HS256\"}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "PS256", STR_INIT("{\"alg\":\"PS256\"}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "lower case", STR_INIT("{\"alg\":\"rs256\"}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "no alg", STR_INIT("{}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "alg twice", STR_INIT("{\"alg\":\"RS256\",\"alg\":\"none\"}"), STR_INIT("{}"), RC_SYNTAX },
    { "alg in a list", STR_INIT("{\"alg\":[\"RS256\"]}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "crit", STR_INIT("{\"alg\":\"RS256\",\"crit\":[\"x\"]}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "b64", STR_INIT("{\"alg\":\"RS256\",\"b64\":false}"), STR_INIT("{}"), RC_UNSUPPORTED },
    { "kid is a number", STR_INIT("{\"alg\":\"RS256\",\"kid\":7}"), STR_INIT("{}"), RC_SYNTAX },
    { "claims in a list", STR_INIT("{\"alg\":\"RS256\"}"), STR_INIT("[]"), RC_SYNTAX },
    { "claims twice", STR_INIT("{\"alg\":\"RS256\"}"), STR_INIT("{\"a\":1,\"\\u0061\":2}"),
      RC_SYNTAX },
    { "no JSON", STR_INIT("{\"alg\":\"RS256\"}"), STR_INIT("{"), RC_SYNTAX },
    { "no UTF-8", STR_INIT("{\"alg\":\"RS256\"}"), STR_INIT("{\"a\":\"\xff\"}"), RC_SYNTAX },
};

static void test_tokens(void **state)
{
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        struct arena arena;
        struct jwt jwt;
        const char *why = NULL;
        arena_init(&arena, &heap, 4096, 1 << 20);
        str text = ARENA_JOIN(&arena, b64(tokens[i].header, &arena), STR("."),
                              b64(tokens[i].claims, &arena), STR(".AAAA"));
        if (jwt_parse(text, &arena, &jwt, &why) != tokens[i].want) {
            fail_msg("%s", tokens[i].name);
        }
        assert_true(tokens[i].want == RC_OK || why != NULL);
        arena_done(&arena);
    }
}

static void test_shapes(void **state)
{
    static const str good = STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30.AAAA");
    static const str rows[] = {
        STR_INIT(""),
        STR_INIT("."),
        STR_INIT(".."),
        STR_INIT("..."),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30."),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30=.AAAA"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e31.AAAA"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30.AAA/"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9.e30.AAAA\n"),
        STR_INIT("eyJhbGciOiJSUzI1NiJ9..AAAA"),
        STR_INIT(".e30.AAAA"),
    };
    struct arena arena;
    struct jwt jwt;
    const char *why;

    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_ok(jwt_parse(good, &arena, &jwt, &why));
    assert_str(jwt.signed_part, "eyJhbGciOiJSUzI1NiJ9.e30");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (jwt_parse(rows[i], &arena, &jwt, &why) != RC_SYNTAX) {
            fail_msg("row %zu", i);
        }
    }
    arena_done(&arena);
}

static void test_longest_token(void **state)
{
    static char room[JWT_BYTES_MAX + 5];
    static const char head[] = "eyJhbGciOiJSUzI1NiJ9.e30.";
    struct arena arena;
    struct jwt jwt;
    const char *why;

    memset(room, 'A', sizeof(room));
    memcpy(room, head, sizeof(head) - 1);
    arena_init(&arena, &heap, 4096, 1 << 20);
    assert_ok(jwt_parse(str_from(room, JWT_BYTES_MAX - 3), &arena, &jwt, &why));
    assert_int_equal(jwt_parse(str_from(room, JWT_BYTES_MAX + 1), &arena, &jwt, &why), RC_SYNTAX);
    arena_done(&arena);
}

static const struct {
    const char *name;
    str value;
    enum rc want;
    int64_t seconds;
} times[] = {
    { "whole", STR_INIT("1700000000"), RC_OK, 1700000000 },
    { "fraction", STR_INIT("1700000000.999"), RC_OK, 1700000000 },
    { "exponent", STR_INIT("1.7e9"), RC_SYNTAX, 0 },
    { "exponent without point", STR_INIT("17e8"), RC_SYNTAX, 0 },
    { "negative", STR_INIT("-1"), RC_SYNTAX, 0 },
    { "text", STR_INIT("\"1700000000\""), RC_SYNTAX, 0 },
    { "too late", STR_INIT("100000000000"), RC_SYNTAX, 0 },
    { "null", STR_INIT("null"), RC_SYNTAX, 0 },
};

static void test_times(void **state)
{
    static const struct json_limits limits = { .depth_max = 4, .values_max = 10 };

    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct json_error error;
        struct json *claims;
        struct arena arena;
        int64_t seconds = 0;
        arena_init(&arena, &heap, 4096, 1 << 20);
        str text = ARENA_JOIN(&arena, STR("{\"exp\":"), times[i].value, STR("}"));
        assert_ok(json_parse(text, &limits, &arena, &claims, &error));
        if (jwt_time(claims, STR("exp"), &seconds) != times[i].want ||
            seconds != times[i].seconds) {
            fail_msg("%s", times[i].name);
        }
        assert_int_equal(jwt_time(claims, STR("nbf"), &seconds), RC_NOENT);
        arena_done(&arena);
    }
}

#define XY                                                                                         \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                                       \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define KEY(more) "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," XY more "}]}"

static const struct {
    const char *name;
    str set;
    enum rc want;
    size_t count;
} sets[] = {
    { "one", STR_INIT(KEY("")), RC_OK, 1 },
    { "for signatures", STR_INIT(KEY(",\"use\":\"sig\",\"key_ops\":[\"verify\"]")), RC_OK, 1 },
    { "with a certificate", STR_INIT(KEY(",\"x5c\":[\"AAAA\"]")), RC_OK, 1 },
    { "for encryption", STR_INIT(KEY(",\"use\":\"enc\"")), RC_OK, 0 },
    { "for signing alone", STR_INIT(KEY(",\"key_ops\":[\"sign\"]")), RC_OK, 0 },
    { "its algorithm", STR_INIT(KEY(",\"alg\":\"ES256\"")), RC_OK, 1 },
    { "another curve's algorithm", STR_INIT(KEY(",\"alg\":\"ES384\"")), RC_OK, 0 },
    { "another type's algorithm", STR_INIT(KEY(",\"alg\":\"RS256\"")), RC_OK, 0 },
    { "kid is a number", STR_INIT(KEY(",\"kid\":7")), RC_OK, 0 },
    { "an unknown curve", STR_INIT("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-192\"," XY "}]}"), RC_OK,
      0 },
    { "coordinates of another curve",
      STR_INIT("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\"," XY "}]}"), RC_OK, 0 },
    { "symmetric", STR_INIT("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"), RC_OK, 0 },
    { "RSA too small", STR_INIT("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}"),
      RC_OK, 0 },
    { "no keys", STR_INIT("{\"keys\":[]}"), RC_OK, 0 },
    { "keys of other kinds", STR_INIT("{\"keys\":[1,null,[],\"a\"]}"), RC_OK, 0 },
    { "no list", STR_INIT("{\"keys\":{}}"), RC_SYNTAX, 0 },
    { "no object", STR_INIT("[]"), RC_SYNTAX, 0 },
    { "keys twice", STR_INIT("{\"keys\":[],\"keys\":[]}"), RC_SYNTAX, 0 },
};

static void test_sets(void **state)
{
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct jwk *keys = NULL;
        struct arena arena;
        size_t count = 0;
        arena_init(&arena, &heap, 4096, 1 << 20);
        if (jwks_parse(sets[i].set, &arena, &keys, &count) != sets[i].want ||
            count != sets[i].count) {
            fail_msg("%s", sets[i].name);
        }
        arena_done(&arena);
    }
}

static void test_hundred_keys(void **state)
{
    for (size_t n = JWKS_KEYS_MAX; n <= JWKS_KEYS_MAX + 1; n++) {
        struct jwk *keys = NULL;
        struct arena arena;
        size_t count = 0;
        arena_init(&arena, &heap, 4096, 1 << 20);
        buf out = buf_arena(&arena, 1 << 20);
        BUF_LIT(&out, "{\"keys\":[0");
        for (size_t i = 1; i < n; i++) {
            BUF_LIT(&out, ",0");
        }
        BUF_LIT(&out, "]}");
        assert_int_equal(jwks_parse(buf_str(&out), &arena, &keys, &count),
                         n > JWKS_KEYS_MAX ? RC_LIMIT : RC_OK);
        arena_done(&arena);
    }
}

static void test_the_key_pins_the_algorithm(void **state)
{
    static const enum jwk_type types[] = { JWK_RSA, JWK_P256, JWK_P384, JWK_P521 };

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct jwk key = { .type = types[i] };
        assert_false(jwk_fits(&key, JOSE_NO_ALG));
        for (int alg = JOSE_RS256; alg <= JOSE_ES512; alg++) {
            bool rsa = alg <= JOSE_RS512;
            bool want = types[i] == JWK_RSA ? rsa
                                            : alg == JOSE_ES256 + (int)types[i] - (int)JWK_P256;
            assert_int_equal(jwk_fits(&key, (enum jose_alg)alg), want);
            assert_int_equal(jose_alg_of(jose_alg_name((enum jose_alg)alg)), alg);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_longest_token),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_hundred_keys),
        cmocka_unit_test(test_the_key_pins_the_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
