/* A form accepted, written again pair by pair and read, is the same form; no name comes twice.
 * Percent-encoding gives back any bytes. */
#include "fuzz.h"

#include "codec/form.h"
#include "codec/xml.h"

enum { PAIRS_MAX = 1000 };

static void forms_are_equal(const struct form *a, const struct form *b)
{
    REQUIRE(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        REQUIRE(str_eq(a->pairs[i].name, b->pairs[i].name));
        REQUIRE(str_eq(a->pairs[i].value, b->pairs[i].value));
    }
}

static void check_form(str text, struct arena *arena)
{
    struct form form, again;
    buf out = buf_heap(1 << 24);
    enum rc rc = form_parse(text, PAIRS_MAX, arena, &form);

    REQUIRE(rc == RC_OK || rc == RC_SYNTAX || rc == RC_LIMIT);
    if (rc == RC_OK) {
        REQUIRE(form.count <= PAIRS_MAX);
        for (size_t i = 0; i < form.count; i++) {
            REQUIRE(form.pairs[i].name.len > 0 && form.pairs[i].value.ptr != NULL);
            REQUIRE(form_get(&form, form.pairs[i].name).ptr == form.pairs[i].value.ptr);
            uri_encode(form.pairs[i].name, false, &out);
            buf_add_char(&out, '=');
            uri_encode(form.pairs[i].value, true, &out);
            buf_add_char(&out, '&');
        }
        REQUIRE(form_parse(buf_str(&out), PAIRS_MAX, arena, &again) == RC_OK);
        forms_are_equal(&form, &again);
    }
    buf_done(&out);
}

static void check_uri(str text, struct arena *arena)
{
    buf out = buf_heap(1 << 24);
    str back;

    uri_encode(text, true, &out);
    REQUIRE(uri_decode(buf_str(&out), arena, &back) == RC_OK && str_eq(back, text));
    buf_done(&out);
}

/* Whatever a value holds, it cannot leave its element. */
static void check_xml(str text)
{
    buf out = buf_heap(1 << 24);

    xml_text(&out, text);
    REQUIRE(out.err == RC_OK && str_is_utf8(buf_str(&out)));
    for (size_t i = 0; i < out.len; i++) {
        REQUIRE((unsigned char)out.ptr[i] >= ' ' && strchr("<>\"'", out.ptr[i]) == NULL);
    }
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = fuzz_text(data, size);
    struct arena arena;

    arena_init(&arena, &heap, 1 << 16, 1 << 26);
    check_form(text, &arena);
    check_uri(text, &arena);
    check_xml(text);
    arena_done(&arena);
    return 0;
}
