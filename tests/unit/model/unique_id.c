#include "model/entity.h"

#include "system/system.h"
#include "unit.h"

static const struct {
    const char *name, *id;
    enum rc want;
    int64_t account;
} cases[] = {
    { "a temporary key of AWS tells its account", "ASIAY34FZKBOKMUTVV7A", RC_OK, 609629065308 },
    { "ids older than the scheme encode nothing", "AIDAJDPLRKLG7UEXAMPLE", RC_SYNTAX, 0 },
    { "a letter outside the alphabet", "ASIAY34FZKBOKMUTVV71", RC_SYNTAX, 0 },
    { "lower case is not ours", "ASIAy34FZKBOKMUTVV7A", RC_SYNTAX, 0 },
    { "the last account there can be", "AKIA6RVFFB77QAAAAAAA", RC_OK, 999999999999 },
    { "an account of thirteen digits", "AKIA7777777777777777", RC_SYNTAX, 0 },
    { "too short", "ASIAY34FZKBOKMUTVV7", RC_SYNTAX, 0 },
    { "too long", "ASIAY34FZKBOKMUTVV7AAA", RC_SYNTAX, 0 },
    { "empty", "", RC_SYNTAX, 0 },
};

static void test_reads_the_account(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t account = -1;
        enum rc rc = unique_id_account(str_cstr(cases[i].id), &account);
        if (rc != cases[i].want || (rc == RC_OK && account != cases[i].account) ||
            (rc != RC_OK && account != -1)) {
            fail_msg("%s: %s, %lld", cases[i].name, rc_name(rc), (long long)account);
        }
    }
}

static void test_made_ids_tell_their_account(void **state)
{
    static const int64_t accounts[] = { 0, 1, 123456789012, 609629065308, 999999999999 };
    struct arena arena;

    arena_init(&arena, &heap, 4096, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(accounts); i++) {
        for (size_t length = 20; length <= 21; length++) {
            int64_t back = -1;
            str id = { 0 }, other = { 0 };
            assert_ok(unique_id_new(system_env(), STR("AROA"), accounts[i], length, &arena, &id));
            assert_ok(
                unique_id_new(system_env(), STR("AROA"), accounts[i], length, &arena, &other));
            assert_int_equal(id.len, length);
            assert_true(str_starts(id, STR("AROA")));
            assert_ok(unique_id_account(id, &back));
            assert_int_equal(back, accounts[i]);
            assert_false(str_eq(id, other));
        }
    }
    arena_done(&arena);
}

/* Every bit that is not the account's is random: over many ids each of the last characters takes
 * every value of the alphabet. */
static void test_the_rest_is_random(void **state)
{
    bool seen[21][128] = { { false } };
    struct arena arena;

    arena_init(&arena, &heap, 4096, 1 << 20);
    for (int i = 0; i < 2000; i++) {
        str id = { 0 };
        assert_ok(unique_id_new(system_env(), STR("AIDA"), 1, 21, &arena, &id));
        for (size_t at = 0; at < 21; at++) {
            seen[at][(unsigned char)id.ptr[at]] = true;
        }
    }
    for (size_t at = 13; at < 21; at++) {
        size_t values = 0;
        for (size_t c = 0; c < 128; c++) {
            values += seen[at][c] ? 1 : 0;
        }
        assert_int_equal(values, 32);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_the_account),
        cmocka_unit_test(test_made_ids_tell_their_account),
        cmocka_unit_test(test_the_rest_is_random),
    };
    return cmocka_run_group_tests_name("model/unique_id", tests, NULL, NULL);
}
