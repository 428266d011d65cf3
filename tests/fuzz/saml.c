/* Responses of strangers (behind a NUL: what its assertion decrypts to), in the process that reads them. Whatever is accepted was signed: its claims'
 * text stands in the responses of real providers that the fuzzer starts from, since nobody here has the
 * provider's key. Whatever is not accepted leaves no claim. The wire carries both unchanged. */
#include "fuzz.h"

#include "saml/message.h"
#include "system/system.h"

static struct saml_metadata metadata;
static str originals[2]; /* both signed with the key of that metadata */
static struct arena kept;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    str text = { 0 };

    (void)argc;
    (void)argv;
    arena_init(&kept, &heap, 65536, 16 << 20);
    REQUIRE(saml_init() == RC_OK);
    REQUIRE(file_read("tests/fixtures/saml/saml-idp.metadata.xml", 1 << 20, &kept, &text) == RC_OK);
    REQUIRE(saml_read_metadata(text, &kept, &metadata) == RC_OK && metadata.valid);
    REQUIRE(file_read("tests/fixtures/saml/saml-idp.response.xml", 1 << 20, &kept, &originals[0]) ==
            RC_OK);
    REQUIRE(file_read("tests/fixtures/saml/simplesamlphp.response.xml", 1 << 20, &kept,
                      &originals[1]) == RC_OK);
    return 0;
}

static bool was_signed(str text)
{
    size_t at;

    return text.ptr == NULL || str_find(originals[0], text, &at) ||
           str_find(originals[1], text, &at);
}

static void check_claims(const struct saml_claims *claims)
{
    REQUIRE(was_signed(claims->name_id) && was_signed(claims->issuer));
    REQUIRE(was_signed(claims->assertion_id) && claims->name_id.len > 0);
    for (size_t i = 0; i < claims->confirmation_count; i++) {
        REQUIRE(was_signed(claims->confirmations[i].recipient));
    }
    for (size_t i = 0; i < claims->attribute_count; i++) {
        REQUIRE(was_signed(claims->attributes[i].name));
        for (size_t j = 0; j < claims->attributes[i].count; j++) {
            REQUIRE(was_signed(claims->attributes[i].values[j]));
        }
    }
}

static void check_wire(const struct saml_response *response, struct arena *arena)
{
    buf out = buf_arena(arena, 4 << 20), again = buf_arena(arena, 4 << 20);
    struct saml_response read;

    REQUIRE(response_write(response, &out) == RC_OK);
    REQUIRE(response_read(buf_str(&out), arena, &read) == RC_OK);
    REQUIRE(response_write(&read, &again) == RC_OK);
    REQUIRE(str_eq(buf_str(&out), buf_str(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size), xml = text, decrypted = { 0 };
    if (take_until(&text, '\0', &xml)) {
        decrypted = text;
    }
    struct saml_response_in in = { .xml = xml,
                                   .decrypted = decrypted,
                                   .certificates = metadata.certificates,
                                   .certificate_count = metadata.certificate_count };
    struct saml_response response;
    struct arena arena;

    arena_init(&arena, &heap, 65536, 64 << 20);
    if (saml_read_response(&in, &arena, &response) == RC_OK) {
        if (response.verdict == SAML_VERIFIED) {
            check_claims(&response.claims);
        } else {
            REQUIRE(response.claims.name_id.ptr == NULL && response.claims.attribute_count == 0);
            REQUIRE(response.why.ptr != NULL || response.verdict == SAML_ENCRYPTED);
        }
        check_wire(&response, &arena);
        (void)response_read(in.xml, &arena,
                            &response); /* the helper's word is not trusted either */
    }
    arena_done(&arena);
    return 0;
}
