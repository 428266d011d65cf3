/* A token that is accepted has exactly the three parts it is made of: header and claims are objects
 * which say again, written anew and encoded, the same token; its algorithm is one of ours by name, and
 * nothing in it is critical. It is refused with a reason. */
#include "fuzz.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "codec/jose.h"

static void check_part(str part, struct arena *arena)
{
    buf bytes = buf_arena(arena, JWT_BYTES_MAX), again = buf_arena(arena, 2 * JWT_BYTES_MAX);

    REQUIRE(base64_decode(BASE64_URL, part, &bytes) == RC_OK);
    base64_encode(BASE64_URL, bytes.ptr, bytes.len, &again);
    REQUIRE(str_eq(buf_str(&again), part)); /* one form alone */
}

static void check_token(str text, const struct jwt *jwt, struct arena *arena)
{
    str rest = text, part;
    size_t parts = 0;
    int64_t seconds = 0;

    REQUIRE(text.len <= JWT_BYTES_MAX && jwt->alg != JOSE_NO_ALG);
    REQUIRE(jose_alg_of(jose_alg_name(jwt->alg)) == jwt->alg);
    REQUIRE(jwt->claims->type == JSON_OBJECT);
    REQUIRE(jwt->signature.len > 0);
    REQUIRE(jwt->signed_part.ptr == text.ptr && text.ptr[jwt->signed_part.len] == '.');
    while (take_item(&rest, '.', &part)) {
        check_part(part, arena);
        parts++;
    }
    REQUIRE(parts == 3);
    if (jwt_time(jwt->claims, STR("exp"), &seconds) == RC_OK) {
        REQUIRE(seconds >= 0 && seconds < INT64_C(100000000000));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    const char *why = NULL;
    struct arena arena;
    struct jwt jwt;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    rc = jwt_parse(text, &arena, &jwt, &why);
    if (rc == RC_OK) {
        check_token(text, &jwt, &arena);
    } else {
        REQUIRE((rc == RC_SYNTAX || rc == RC_UNSUPPORTED) && why != NULL);
    }
    arena_done(&arena);
    return 0;
}
