/* Metadata of strangers: what is valid names an entity and certificates that are certificates, each
 * once and ten at most; what is not says why. The wire carries both unchanged. */
#include "fuzz.h"

#include "codec/base64.h"
#include "saml/message.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    REQUIRE(saml_init() == RC_OK);
    return 0;
}

static void check_valid(const struct saml_metadata *m, struct arena *arena)
{
    REQUIRE(m->entity_id.len > 0 && m->entity_id.len <= 1024);
    REQUIRE(m->certificate_count > 0 && m->certificate_count <= SAML_CERTIFICATES_MAX);
    for (size_t i = 0; i < m->certificate_count; i++) {
        buf der = buf_arena(arena, 1 << 20);
        REQUIRE(base64_decode(BASE64_STANDARD, m->certificates[i], &der) == RC_OK);
        REQUIRE(der.len > 2 && der.ptr[0] == 0x30);
        for (size_t j = 0; j < i; j++) {
            REQUIRE(!str_eq(m->certificates[i], m->certificates[j]));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct saml_metadata metadata, read;
    struct arena arena;

    arena_init(&arena, &heap, 65536, 64 << 20);
    if (saml_read_metadata(fuzz_text(data, size), &arena, &metadata) == RC_OK) {
        buf out = buf_arena(&arena, 4 << 20), again = buf_arena(&arena, 4 << 20);
        if (metadata.valid) {
            check_valid(&metadata, &arena);
        } else {
            REQUIRE(metadata.why.ptr != NULL && metadata.certificate_count == 0);
        }
        REQUIRE(metadata_write(&metadata, &out) == RC_OK);
        REQUIRE(metadata_read(buf_str(&out), &arena, &read) == RC_OK);
        REQUIRE(metadata_write(&read, &again) == RC_OK);
        REQUIRE(str_eq(buf_str(&out), buf_str(&again)));
    }
    arena_done(&arena);
    return 0;
}
