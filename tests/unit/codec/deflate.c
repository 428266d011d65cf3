/* What zlib packs is read back, and what zlib refuses is refused. */
#include "codec/deflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include "unit.h"

enum { TEXT_BYTES = 4096, PACKED_MAX = 8192 };

static char text[TEXT_BYTES], packed[PACKED_MAX];
static const str dictionary = STR_INIT("{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\"}");

/* Phrases of the dictionary, letters, and runs: all kinds of codes. */
static void fill(unsigned seed)
{
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        seed = seed * 1664525U + 1013904223U;
        text[i] = (seed >> 24) % 3 == 0 ? dictionary.ptr[i % dictionary.len]
                                        : (char)('a' + (seed >> 28) % (1 + i / 512));
    }
}

static str pack(size_t len, int level, int strategy)
{
    z_stream stream = { .next_in = (const Bytef *)text,
                        .avail_in = (unsigned)len,
                        .next_out = (Bytef *)packed,
                        .avail_out = sizeof(packed) };

    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, strategy), Z_OK);
    assert_int_equal(
        deflateSetDictionary(&stream, (const Bytef *)dictionary.ptr, (unsigned)dictionary.len),
        Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    return str_from(packed, stream.total_out);
}

static bool zlib_reads(str from, size_t len, char *out)
{
    z_stream stream = { .next_in = (const Bytef *)from.ptr,
                        .avail_in = (unsigned)from.len,
                        .next_out = (Bytef *)out,
                        .avail_out = (unsigned)len + 1 };
    bool ok;

    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    assert_int_equal(
        inflateSetDictionary(&stream, (const Bytef *)dictionary.ptr, (unsigned)dictionary.len),
        Z_OK);
    ok = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 &&
         stream.total_out == len;
    (void)inflateEnd(&stream);
    return ok;
}

static void reads_what_zlib_packs(void **state)
{
    static const int strategies[] = { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE,
                                      Z_FIXED };
    static const size_t lengths[] = { 0, 1, 2, 100, 1000, TEXT_BYTES };
    char out[TEXT_BYTES];

    (void)state;
    for (unsigned seed = 0; seed < 8; seed++) {
        fill(seed);
        for (size_t i = 0; i < COUNT_OF(lengths) * COUNT_OF(strategies) * 10; i++) {
            size_t len = lengths[i % COUNT_OF(lengths)];
            str from = pack(len, (int)(i % 10), strategies[i / 10 % COUNT_OF(strategies)]);

            assert_ok(deflate_decode(from, dictionary, out, len));
            assert_memory_equal(out, text, len);
        }
    }
}

static void only_the_whole_stream_of_the_right_length(void **state)
{
    char out[TEXT_BYTES + 1];
    str from;

    (void)state;
    fill(3);
    from = pack(300, 9, Z_DEFAULT_STRATEGY);
    for (size_t i = 0; i < from.len; i++) {
        assert_int_equal(deflate_decode(str_slice(from, 0, i), dictionary, out, 300), RC_SYNTAX);
    }
    assert_int_equal(deflate_decode(from, dictionary, out, 299), RC_SYNTAX);
    assert_int_equal(deflate_decode(from, dictionary, out, 301), RC_SYNTAX);
    packed[from.len] = 0;
    assert_int_equal(deflate_decode(str_from(packed, from.len + 1), dictionary, out, 300),
                     RC_SYNTAX);
}

/* Every bit of a stream of each kind, the other way round. */
static void refuses_what_zlib_refuses(void **state)
{
    static const int levels[] = { 0, 1, 9 };
    char ours[TEXT_BYTES], theirs[TEXT_BYTES + 1];
    size_t accepted = 0, refused = 0;

    (void)state;
    fill(5);
    for (size_t l = 0; l < COUNT_OF(levels); l++) {
        str from = pack(400, levels[l], l == 1 ? Z_FIXED : Z_DEFAULT_STRATEGY);

        for (size_t bit = 0; bit < from.len * 8; bit++) {
            packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
            bool want = zlib_reads(from, 400, theirs);
            enum rc rc = deflate_decode(from, dictionary, ours, 400);

            assert_int_equal(rc, want ? RC_OK : RC_SYNTAX);
            if (want) {
                assert_memory_equal(ours, theirs, 400);
            }
            accepted += want;
            refused += !want;
            packed[bit / 8] = (char)(packed[bit / 8] ^ 1 << bit % 8);
        }
    }
    assert_true(accepted > 100 && refused > 100);
}

static void reserved_kinds_of_block(void **state)
{
    char out[1];

    (void)state;
    assert_int_equal(deflate_decode(STR("\x07"), STR(""), out, 0), RC_SYNTAX);
    assert_int_equal(deflate_decode(STR(""), STR(""), out, 0), RC_SYNTAX);
    assert_ok(deflate_decode(STR("\x03\x00"), STR(""), out, 0)); /* fixed, nothing in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_zlib_packs),
        cmocka_unit_test(only_the_whole_stream_of_the_right_length),
        cmocka_unit_test(refuses_what_zlib_refuses),
        cmocka_unit_test(reserved_kinds_of_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
