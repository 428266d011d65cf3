/* Bytes written and read are the same bytes; text accepted is the only way to write its bytes. */
#include "fuzz.h"

#include "codec/base64.h"

static void bytes_come_back(str bytes)
{
    buf text = buf_heap(1 << 24), back = buf_heap(1 << 24);

    for (int kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
        buf_clear(&text);
        buf_clear(&back);
        base64_encode((enum base64_kind)kind, bytes.ptr, bytes.len, &text);
        REQUIRE(base64_decode((enum base64_kind)kind, buf_str(&text), &back) == RC_OK);
        REQUIRE(str_eq(buf_str(&back), bytes));
    }
    buf_clear(&text);
    buf_clear(&back);
    base32_encode(bytes.ptr, bytes.len, &text);
    REQUIRE(base32_decode(buf_str(&text), &back) == RC_OK && str_eq(buf_str(&back), bytes));
    buf_done(&text);
    buf_done(&back);
}

static void text_comes_back(str text)
{
    buf bytes = buf_heap(1 << 24), back = buf_heap(1 << 24);

    for (int kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
        buf_clear(&bytes);
        buf_clear(&back);
        if (base64_decode((enum base64_kind)kind, text, &bytes) == RC_OK) {
            base64_encode((enum base64_kind)kind, bytes.ptr, bytes.len, &back);
            REQUIRE(str_eq(buf_str(&back), text));
        } else {
            REQUIRE(bytes.len == 0);
        }
    }
    buf_clear(&bytes);
    buf_clear(&back);
    if (base32_decode(text, &bytes) == RC_OK) {
        base32_encode(bytes.ptr, bytes.len, &back);
        REQUIRE(str_eq_nocase(buf_str(&back), text));
    }
    buf_done(&bytes);
    buf_done(&back);
}

static void hex_comes_back(str text)
{
    size_t len = text.len / 2;
    char *bytes = malloc(len + 1), *back = malloc(2 * len + 1);

    REQUIRE(bytes != NULL && back != NULL);
    if (hex_decode(text, bytes, len) == RC_OK) {
        hex_encode(bytes, len, back);
        REQUIRE(str_eq_nocase(str_from(back, 2 * len), text));
    }
    free(bytes);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str input = fuzz_text(data, size);

    bytes_come_back(input);
    text_comes_back(input);
    hex_comes_back(input);
    return 0;
}
