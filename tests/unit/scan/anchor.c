#include "unit.h"

#include "scan/anchor.h"

static const str patterns[] = {
    STR_INIT("AKIA"),
    STR_INIT("ASIA"),
    STR_INIT("ABIA"),
    STR_INIT("ACCA"),
    STR_INIT("QUtJ"),
    STR_INIT("QVNJ"),
    STR_INIT("QUJJ"),
    STR_INIT("QUND"),
    STR_INIT("FLSU"),
    STR_INIT("FTSU"),
    STR_INIT("FCSU"),
    STR_INIT("FDQ0"),
    STR_INIT("BS0l"),
    STR_INIT("BU0l"),
    STR_INIT("BQkl"),
    STR_INIT("BQ0N"),
    STR_INIT("H4sI"),
    STR_INIT("SDRz"),
    STR_INIT("A\0K\0I\0A"),
    STR_INIT("A\0C\0C\0A"),
    STR_INIT("secret"),
    STR_INIT("SECRET"),
    STR_INIT("ss_key"),
    STR_INIT("SsKey"),
    STR_INIT("ss-KEY"),
    STR_INIT("A\0S\0I\0A"),
    STR_INIT("A\0B\0I\0A"),
    STR_INIT("UVV0"),
    STR_INIT("UVZO"),
    STR_INIT("UVVK"),
    STR_INIT("UVVO"),
    STR_INIT("A\0\0\0K\0\0\0I\0\0\0A"),
    STR_INIT("A\0\0\0S\0\0\0I\0\0\0A"),
    STR_INIT("414b4941"),
    STR_INIT("41534941"),
    STR_INIT("41424941"),
    STR_INIT("41434341"),
    STR_INIT("414B4941"),
    STR_INIT("41%4B%49%41"),
    STR_INIT("41 4b 49 41"),
    STR_INIT("41:43:43:41"),
    STR_INIT("41\\x53\\x49\\x41"),
    STR_INIT("41\\u004B\\u0049\\u0041"),
    STR_INIT("41\\\\u0053\\\\u0049\\\\u0041"),
    STR_INIT("41, 0x4b, 0x49, 0x41"),
    STR_INIT("41,0x42,0x49,0x41"),
};

/* At every place of texts around the width of a block, between bytes that are no part of any. */
static void test_every_place(void **state)
{
    char text[160];

    for (size_t p = 0; p < COUNT_OF(patterns); p++) {
        for (size_t len = patterns[p].len; len <= sizeof(text); len++) {
            for (size_t at = 0; at + patterns[p].len <= len; at++) {
                struct anchor anchor;
                size_t from = 0;
                memset(text, '.', sizeof(text));
                memcpy(text + at, patterns[p].ptr, patterns[p].len);
                assert_true(anchor_next(str_from(text, len), &from, &anchor));
                assert_int_equal(anchor.at, at);
            }
        }
    }
}

static void test_nothing_past_the_end(void **state)
{
    for (size_t p = 0; p < COUNT_OF(patterns); p++) {
        for (size_t len = 0; len < patterns[p].len; len++) {
            struct anchor anchor;
            size_t from = 0;
            assert_false(anchor_next(str_from(patterns[p].ptr, len), &from, &anchor));
            assert_int_equal(from, len);
        }
    }
}

static void test_all_of_them_in_order(void **state)
{
    str text = STR("xAKIAAKIA secret access_key ASIA");
    static const size_t places[] = { 1, 5, 10, 21, 28 };
    struct anchor anchor;
    size_t from = 0;

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_true(anchor_next(text, &from, &anchor));
        assert_int_equal(anchor.at, places[i]);
    }
    assert_false(anchor_next(text, &from, &anchor));
}

static unsigned next_random(uint32_t *state, unsigned below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

/* Text in which anchors, and what nearly is one, stand close together: every machine's way through it, and
 * asking at each byte by itself, come to the same. */
static void test_every_way_finds_the_same(void **state)
{
    static const char letters[] = "AKSBICQUVtJNDFLTBWH4sRzseckySECKY_-.\xFFl0\0\00041 %:,\\xub5";
    char text[700];

    for (uint32_t seed = 1; seed <= 300; seed++) {
        uint32_t random = seed;
        size_t len = 1 + next_random(&random, sizeof(text) - 1), from = 0, plain_from = 0;
        struct anchor anchor, plain, alone;
        for (size_t i = 0; i < len; i++) {
            text[i] = letters[next_random(&random, sizeof(letters))];
        }
        for (unsigned i = 0; i < 12; i++) {
            str pattern = patterns[next_random(&random, COUNT_OF(patterns))];
            size_t at = next_random(&random, (unsigned)len);
            memcpy(text + at, pattern.ptr, pattern.len < len - at ? pattern.len : len - at);
        }
        for (size_t at = 0; at < len; at++) {
            size_t here = at;
            /* No pattern is longer: with so many bytes the first answer is about this byte alone. */
            if (!anchor_next_plain(str_slice(str_from(text, len), at, ANCHOR_REACH), &(size_t){ 0 },
                                   &alone) ||
                alone.at != 0) {
                continue;
            }
            assert_true(anchor_next(str_from(text, len), &from, &anchor));
            assert_true(anchor_next_plain(str_from(text, len), &plain_from, &plain));
            assert_int_equal(anchor.at, here);
            assert_int_equal(plain.at, here);
            assert_int_equal(anchor.kind, plain.kind);
            assert_int_equal(anchor.phase, plain.phase);
            assert_int_equal(anchor.kind, alone.kind);
        }
        assert_false(anchor_next(str_from(text, len), &from, &anchor));
        assert_false(anchor_next_plain(str_from(text, len), &plain_from, &plain));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_nothing_past_the_end),
        cmocka_unit_test(test_all_of_them_in_order),
        cmocka_unit_test(test_every_way_finds_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
