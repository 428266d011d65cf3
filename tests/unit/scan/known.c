#include "unit.h"

#include "scan/known.h"

static const uint8_t key[16] = { 1 };

static void test_lines_and_json(void **state)
{
    struct arena arena;
    struct known known;
    uint32_t line;

    arena_init(&arena, &heap, 4096, 1 << 20);
    known_init(&known, &arena, key);
    assert_ok(known_read(&known, STR("# ours\nAKIA5RLBQT5PZKOIFORG ci\n\nASIA5RLBQT5PZKOIFORG\n"),
                         &line));
    assert_ok(
        known_read(&known,
                   STR("[{\"UserName\":\"b\",\"AccessKeyMetadata\":[{\"UserName\":\"b\","
                       "\"AccessKeyId\":\"AKIAGVBFIQKTS2CYI3TH\",\"Status\":\"Inactive\"}]}]"),
                   &line));
    assert_int_equal(known.count, 3);
    assert_str(known_at(&known, STR("AKIA5RLBQT5PZKOIFORGxyz"))->user, "ci");
    assert_str(known_at(&known, STR("AKIAGVBFIQKTS2CYI3TH"))->status, "Inactive");
    assert_null(known_at(&known, STR("AKIAGVBFIQKTS2CYI3T")));
    assert_null(known_at(&known, STR("")));
    arena_done(&arena);
}

static void test_longest_wins(void **state)
{
    struct arena arena;
    struct known known;
    uint32_t line;

    arena_init(&arena, &heap, 4096, 1 << 20);
    known_init(&known, &arena, key);
    assert_ok(known_read(
        &known, STR("AKIA0123456789abcd\nAKIA0123456789abcdef\nAKIA0123456789ab\n"), &line));
    assert_str(known_at(&known, STR("AKIA0123456789abcdefgh"))->id, "AKIA0123456789abcdef");
    assert_str(known_at(&known, STR("AKIA0123456789abcdeX"))->id, "AKIA0123456789abcd");
    assert_str(known_at(&known, STR("AKIA0123456789abX"))->id, "AKIA0123456789ab");
    arena_done(&arena);
}

static void test_what_is_no_id(void **state)
{
    static const str bad[] = { STR_INIT("AKIA5RLBQT5PZKOIFORG\nnonsense\n"), STR_INIT("AKIA\n"),
                               STR_INIT("AIDA5RLBQT5PZKOIFORG"),
                               STR_INIT("[{\"AccessKeyId\":\"x\"}]"), STR_INIT("[{") };
    struct arena arena;
    struct known known;
    uint32_t line;

    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        known_init(&known, &arena, key);
        assert_int_equal(known_read(&known, bad[i], &line), RC_SYNTAX);
        assert_int_equal(line, i == 0 ? 2 : 1);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_json),
        cmocka_unit_test(test_longest_wins),
        cmocka_unit_test(test_what_is_no_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
