/* Our reader of deflate against zlib's: the same bytes are streams to both, and come out alike; and what
 * zlib packs comes back. The first byte chooses the level, the second how much of the input is dictionary. */
#include "fuzz.h"

#define ZLIB_CONST
#include <zlib.h>

#include "codec/deflate.h"

enum { ROOM = 8192 };

static bool slow_decode(str packed, str dictionary, char *out, size_t len)
{
    z_stream stream = { .next_in = (const Bytef *)packed.ptr,
                        .avail_in = (unsigned)packed.len,
                        .next_out = (Bytef *)out,
                        .avail_out = (unsigned)len + 1 };
    bool ok;

    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    REQUIRE(dictionary.len == 0 || inflateSetDictionary(&stream, (const Bytef *)dictionary.ptr,
                                                        (unsigned)dictionary.len) == Z_OK);
    ok = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 &&
         stream.total_out == len;
    (void)inflateEnd(&stream);
    return ok;
}

static void check_strange(str packed, str dictionary)
{
    static char ours[ROOM + 1], theirs[ROOM + 2];
    size_t len = 0;
    z_stream stream = { .next_in = (const Bytef *)packed.ptr,
                        .avail_in = (unsigned)packed.len,
                        .next_out = (Bytef *)theirs,
                        .avail_out = ROOM };

    /* How long it wants to be, so that the right length is tried, too. */
    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    if (dictionary.len > 0) {
        REQUIRE(inflateSetDictionary(&stream, (const Bytef *)dictionary.ptr,
                                     (unsigned)dictionary.len) == Z_OK);
    }
    (void)inflate(&stream, Z_FINISH);
    len = stream.total_out;
    (void)inflateEnd(&stream);
    for (size_t more = 0; more < 2; more++) {
        bool ok = slow_decode(packed, dictionary, theirs, len + more);

        REQUIRE((deflate_decode(packed, dictionary, ours, len + more) == RC_OK) == ok);
        REQUIRE(!ok || memcmp(ours, theirs, len + more) == 0);
    }
}

static void check_packed(str text, str dictionary, int level)
{
    static char packed[2 * ROOM], out[ROOM];
    z_stream stream = { .next_in = (const Bytef *)text.ptr,
                        .avail_in = (unsigned)text.len,
                        .next_out = (Bytef *)packed,
                        .avail_out = sizeof(packed) };

    REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, level % 5) == Z_OK);
    REQUIRE(dictionary.len == 0 || deflateSetDictionary(&stream, (const Bytef *)dictionary.ptr,
                                                        (unsigned)dictionary.len) == Z_OK);
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    REQUIRE(deflate_decode(str_from(packed, stream.total_out), dictionary, out, text.len) == RC_OK);
    REQUIRE(str_eq(str_from(out, text.len), text));
    (void)deflateEnd(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text, dictionary;
    size_t cut;

    if (size < 2 || size > ROOM) {
        return 0;
    }
    text = fuzz_text(data + 2, size - 2);
    cut = data[1] * text.len / 256;
    dictionary = str_slice(text, 0, cut);
    text = str_skip(text, cut);
    check_strange(text, dictionary);
    check_packed(text, dictionary, data[0] % 10);
    return 0;
}
