#include "model/password.h"

#include "support.h"

static void what_a_policy_asks_for(void **state)
{
    static const struct password_policy eight = { .min_length = 8, .classes = 3 };
    static const struct password_policy all = {
        .min_length = 6, .symbols = true, .numbers = true, .upper = true, .lower = true
    };
    static const struct {
        const char *name;
        const struct password_policy *policy;
        const char *password;
        bool want;
    } rows[] = {
        { "three classes of four", &eight, "Abcdefg1", true },
        { "three others", &eight, "abcdef1!", true },
        { "two classes", &eight, "abcdefg1", false },
        { "one short", &eight, "Abcdef1", false },
        { "nothing", &eight, "", false },
        { "one of each", &all, "aA1!aa", true },
        { "no symbol", &all, "aA11aa", false },
        { "no number", &all, "aA!!aa", false },
        { "no capital", &all, "aa1!aa", false },
        { "no small letter", &all, "AA1!AA", false },
        { "a space is no symbol", &all, "aA1 aa", false },
        { "letters beyond ASCII have no case", &all,
          "\xc3\xa4\xc3\x84"
          "1!aa",
          false },
        { "characters count, not bytes", &all, "aA1!\xc3\xa4", false },
        { "every symbol AWS names", &all, "aA1'aa", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (password_fits(rows[i].policy, str_cstr(rows[i].password)) != rows[i].want) {
            fail_msg("%s", rows[i].name);
        }
    }
}

static void when_a_password_is_too_old(void **state)
{
    const int64_t day = 24 * 3600, changed = 1000;
    const struct password_policy none = { .max_age_days = 0, .hard_expiry = true };
    const struct password_policy soft = { .max_age_days = 90 };
    const struct password_policy hard = { .max_age_days = 90, .hard_expiry = true };
    const struct login_profile kept = { .changed_s = changed };
    const struct login_profile reset = { .changed_s = changed, .reset_required = true };

    (void)state;
    assert_int_equal(password_age(&none, &kept, changed + 10000 * day), PASSWORD_GOOD);
    assert_int_equal(password_age(&none, &reset, changed), PASSWORD_MUST_CHANGE);
    assert_int_equal(password_age(&soft, &kept, changed + 90 * day - 1), PASSWORD_GOOD);
    assert_int_equal(password_age(&soft, &kept, changed + 90 * day), PASSWORD_MUST_CHANGE);
    assert_int_equal(password_age(&hard, &kept, changed + 90 * day - 1), PASSWORD_GOOD);
    assert_int_equal(password_age(&hard, &kept, changed + 90 * day), PASSWORD_EXPIRED);
    assert_int_equal(password_age(&hard, &reset, changed + 90 * day), PASSWORD_EXPIRED);
    assert_int_equal(password_age(&hard, &reset, changed), PASSWORD_MUST_CHANGE);
}

static const str bob = STR_INIT("AIDABOB");

static enum rc first(struct fixture *f, struct txn *txn, struct login_profile *ret)
{
    const struct login_profile profile = {
        .owner_id = bob, .account = ACCOUNT, .wrapped = STR("hash-0"), .created_s = 1000
    };

    CHECK_OK(login_profile_create(txn, &profile, &f->arena));
    CHECK_RC(login_profile_create(txn, &profile, &f->arena), RC_EXISTS);
    return login_profile_get(txn, bob, &f->arena, ret);
}

static enum rc the_history_holds_what_a_policy_may_ask(struct fixture *f, struct txn *txn)
{
    struct login_profile profile;
    str *hashes = NULL;
    size_t count = 0;

    CHECK_OK(first(f, txn, &profile));
    for (int i = 1; i <= 40; i++) {
        CHECK_OK(login_profile_set_password(txn, &profile, arena_printf(&f->arena, "hash-%d", i),
                                            1000 + i, &f->arena));
        CHECK_OK(login_profile_get(txn, bob, &f->arena, &profile));
    }
    CHECK(profile.changed_s == 1040 && profile.created_s == 1000);
    CHECK_OK(login_profile_history(txn, &profile, 100, &f->arena, &hashes, &count));
    CHECK(count == PASSWORD_REUSE_MAX);
    CHECK_STR(hashes[0], "hash-40");
    CHECK_STR(hashes[1], "hash-39");
    CHECK_STR(hashes[23], "hash-17");
    CHECK_OK(login_profile_history(txn, &profile, 2, &f->arena, &hashes, &count));
    CHECK(count == 2);
    CHECK_OK(login_profile_history(txn, &profile, 1, &f->arena, &hashes, &count));
    CHECK(count == 1);
    CHECK_OK(login_profile_history(txn, &profile, 0, &f->arena, &hashes, &count));
    CHECK(count == 0);
    CHECK_OK(login_profile_delete(txn, bob));
    CHECK_RC(login_profile_delete(txn, bob), RC_NOENT);
    CHECK_OK(first(f, txn, &profile));
    CHECK_OK(login_profile_history(txn, &profile, 24, &f->arena, &hashes, &count));
    CHECK(count == 1);
    return RC_OK;
}
MODEL_TEST(the_history_holds_what_a_policy_may_ask)

static enum rc a_change_needs_the_password_it_looked_at(struct fixture *f, struct txn *txn)
{
    struct login_profile profile, later;

    CHECK_OK(first(f, txn, &profile));
    CHECK_OK(login_profile_set_password(txn, &profile, STR("hash-1"), 2000, &f->arena));
    CHECK_RC(login_profile_set_password(txn, &profile, STR("hash-2"), 2001, &f->arena),
             RC_CONFLICT);
    CHECK_OK(login_profile_get(txn, bob, &f->arena, &later));
    CHECK_STR(later.wrapped, "hash-1");
    CHECK_OK(login_profile_delete(txn, bob));
    CHECK_RC(login_profile_set_password(txn, &later, STR("hash-2"), 2002, &f->arena), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(a_change_needs_the_password_it_looked_at)

static enum rc last_use_is_kept_to_five_minutes(struct fixture *f, struct txn *txn)
{
    static const struct {
        int64_t used_s, want_s;
    } rows[] = { { 10000, 10000 }, { 10299, 10000 }, { 10300, 10300 }, { 20000, 20000 } };
    struct login_profile profile;

    CHECK_OK(login_profile_used(txn, bob, 5000, &f->arena)); /* nobody's: nothing */
    CHECK_OK(first(f, txn, &profile));
    CHECK(profile.last_used_s == 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK_OK(login_profile_used(txn, bob, rows[i].used_s, &f->arena));
        CHECK_OK(login_profile_get(txn, bob, &f->arena, &profile));
        CHECK(profile.last_used_s == rows[i].want_s);
    }
    return RC_OK;
}
MODEL_TEST(last_use_is_kept_to_five_minutes)

static enum rc policies_are_an_accounts_own(struct fixture *f, struct txn *txn)
{
    const struct password_policy mine = {
        .min_length = 20, .symbols = true, .users_change = true, .max_age_days = 90, .reuse = 24
    };
    struct password_policy got;

    CHECK_RC(password_policy_delete(txn, ACCOUNT), RC_NOENT);
    CHECK_OK(password_policy_put(txn, ACCOUNT, &mine));
    CHECK_OK(password_policy_get(txn, ACCOUNT, &f->arena, &got));
    CHECK(!got.is_default && got.min_length == 20 && got.symbols && !got.numbers &&
          got.users_change && got.max_age_days == 90 && got.reuse == 24 && got.classes == 0);
    CHECK_OK(password_policy_get(txn, OTHER_ACCOUNT, &f->arena, &got));
    CHECK(got.is_default && got.min_length == 8 && got.classes == 3 && !got.users_change);
    CHECK_OK(password_policy_delete(txn, ACCOUNT));
    CHECK_OK(password_policy_get(txn, ACCOUNT, &f->arena, &got));
    CHECK(got.is_default);
    return RC_OK;
}
MODEL_TEST(policies_are_an_accounts_own)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_policy_asks_for),
        cmocka_unit_test(when_a_password_is_too_old),
        MODEL_CASE(the_history_holds_what_a_policy_may_ask),
        MODEL_CASE(a_change_needs_the_password_it_looked_at),
        MODEL_CASE(last_use_is_kept_to_five_minutes),
        MODEL_CASE(policies_are_an_accounts_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
