/* What is read as PEM, printed from its bytes, reads as the same bytes; and a certificate read once
 * is the same certificate printed anew, alone, and with white space around. */
#include "fuzz.h"

#include "base/arena.h"
#include "codec/pem.h"
#include "sign/certificate.h"

static str printed(const struct pem_block *block, buf *bytes, struct arena *arena)
{
    buf out = buf_arena(arena, 1 << 20);

    REQUIRE(pem_decode(block, bytes) == RC_OK);
    pem_print(block->label, buf_str(bytes), &out);
    REQUIRE(out.err == RC_OK);
    return buf_str(&out);
}

static bool decodes(const struct pem_block *block, struct arena *arena)
{
    buf bytes = buf_arena(arena, 1 << 20);

    return pem_decode(block, &bytes) == RC_OK;
}

static void check_block(const struct pem_block *block, struct arena *arena)
{
    buf before = buf_arena(arena, 1 << 20), after = buf_arena(arena, 1 << 20);
    struct pem_block again;
    str text, rest;

    if (!decodes(block, arena)) {
        return;
    }
    rest = text = printed(block, &before, arena);
    REQUIRE(pem_take(&rest, &again) == RC_OK);
    REQUIRE(str_eq(block->label, again.label));
    REQUIRE(str_eq(printed(&again, &after, arena), text));
    REQUIRE(str_eq(buf_str(&before), buf_str(&after)));
    REQUIRE(pem_take(&rest, &again) == RC_NOENT);
}

static void check_certificate(str text, struct arena *arena)
{
    buf bytes = buf_arena(arena, 1 << 20);
    struct certificate one, two;
    struct pem_block block;
    int index = 0;
    str rest = text;

    if (certificate_read(text, &one) != RC_OK) {
        REQUIRE(certificate_check_key(text, text) == RC_SYNTAX);
        return;
    }
    REQUIRE(pem_take(&rest, &block) == RC_OK);
    REQUIRE(certificate_read(printed(&block, &bytes, arena), &two) == RC_OK);
    REQUIRE(memcmp(one.fingerprint, two.fingerprint, sizeof(one.fingerprint)) == 0);
    REQUIRE(one.not_before_s == two.not_before_s && one.not_after_s == two.not_after_s);
    REQUIRE(certificate_check_key(text, text) == RC_SYNTAX); /* a certificate is no key */
    REQUIRE(certificate_check_chain(text, STR(" "), &index) == RC_SYNTAX && index == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size), rest = text;
    struct pem_block block;
    struct arena arena;

    arena_init(&arena, &heap, 65536, 16 * 1024 * 1024);
    for (int i = 0; i < 8 && pem_take(&rest, &block) == RC_OK; i++) {
        check_block(&block, &arena);
    }
    check_certificate(text, &arena);
    arena_done(&arena);
    return 0;
}
