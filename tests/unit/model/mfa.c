#include "model/mfa.h"

#include "support.h"
#include "vault/totp.h"
#include "vault/vault.h"

/* A moment in the middle of a step. */
#define NOW INT64_C(1790000415)
#define STEP (NOW / TOTP_STEP_S)

static struct vault *vault;

static int vault_setup(void **state)
{
    struct arena arena;
    str why = STR_NONE;

    arena_init(&arena, &heap, 4096, 1 << 16);
    enum rc rc = vault_open(NULL, system_env(), &arena, &vault, &why);
    arena_done(&arena);
    return rc == RC_OK ? 0 : -1;
}

static int vault_teardown(void **state)
{
    vault_close(vault);
    return 0;
}

struct phone { /* a device, as its owner holds it */
    struct mfa_device device;
    str serial;
};

static enum rc reread(struct fixture *f, struct txn *txn, struct phone *phone)
{
    return mfa_by_serial(txn, phone->serial, &f->arena, &phone->device);
}

static enum rc make(struct fixture *f, struct txn *txn, const char *path, const char *name,
                    struct phone *ret)
{
    struct entity entity = {
        .account = ACCOUNT, .kind = ENTITY_MFA, .path = str_cstr(path), .name = str_cstr(name)
    };
    str wrapped = STR_NONE, text = STR_NONE;

    TRY(totp_new_seed(vault, mfa_about(&entity, &f->arena), &f->arena, &wrapped, &text));
    TRY(mfa_create(txn, f->env, &entity, wrapped, &f->arena));
    ret->serial = entity_arn(&entity, &f->arena);
    return reread(f, txn, ret);
}

static str code_at(struct fixture *f, const struct phone *phone, int64_t step)
{
    uint32_t code = 0;

    if (totp_codes(vault, mfa_about(&phone->device.entity, &f->arena), phone->device.wrapped, step,
                   1, &code) != RC_OK) {
        return STR("");
    }
    return arena_printf(&f->arena, "%06u", code);
}

static enum rc enable(struct fixture *f, struct txn *txn, struct phone *phone, str owner_id,
                      int64_t step)
{
    int64_t found = 0;

    TRY(mfa_find_pair(vault, &phone->device, code_at(f, phone, step - 1), code_at(f, phone, step),
                      NOW, &f->arena, &found));
    CHECK(found == step);
    TRY(mfa_set_clock(txn, &phone->device, found, NOW));
    TRY(mfa_enable(txn, &phone->device, owner_id, NOW, &f->arena));
    return reread(f, txn, phone);
}

static enum rc show(struct fixture *f, struct txn *txn, const struct phone *phone, str owner_id,
                    int64_t step, int64_t now_s)
{
    return mfa_accept(txn, vault, phone->serial, owner_id, code_at(f, phone, step), now_s,
                      &f->arena);
}

static enum rc a_code_is_accepted_once_and_no_older_one(struct fixture *f, struct txn *txn)
{
    struct phone phone = { 0 };
    str bob = STR("AIDABOB");

    CHECK_OK(make(f, txn, "/", "phone", &phone));
    CHECK_RC(show(f, txn, &phone, bob, STEP, NOW), RC_NOENT); /* nobody's yet */
    CHECK_OK(enable(f, txn, &phone, bob, STEP));
    CHECK(phone.device.drift_steps == 0 && phone.device.last_step == STEP);
    CHECK_RC(show(f, txn, &phone, bob, STEP, NOW), RC_EXISTS); /* spent on enabling */
    CHECK_RC(show(f, txn, &phone, bob, STEP - 1, NOW), RC_EXISTS);
    CHECK_RC(show(f, txn, &phone, STR("AIDACAROL"), STEP + 1, NOW), RC_NOENT);
    CHECK_OK(show(f, txn, &phone, bob, STEP + 1, NOW));
    CHECK_RC(show(f, txn, &phone, bob, STEP + 1, NOW), RC_EXISTS);
    CHECK_RC(show(f, txn, &phone, bob, STEP + 1, NOW + 30), RC_EXISTS);
    CHECK_OK(show(f, txn, &phone, bob, STEP + 2, NOW + 60));
    return RC_OK;
}
MODEL_TEST(a_code_is_accepted_once_and_no_older_one)

static enum rc the_window_is_a_step_either_way(struct fixture *f, struct txn *txn)
{
    static const struct {
        int64_t ahead;
        enum rc want;
    } rows[] = { { -3, RC_DENIED }, { -2, RC_DENIED }, { -1, RC_OK },   { 0, RC_OK },
                 { 1, RC_OK },      { 2, RC_DENIED },  { 3, RC_DENIED } };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct phone phone = { 0 };
        CHECK_OK(make(f, txn, "/", arena_printf(&f->arena, "d%zu", i).ptr, &phone));
        CHECK_OK(enable(f, txn, &phone, arena_printf(&f->arena, "AIDA%zu", i), STEP - 20));
        CHECK_OK(show(f, txn, &phone, phone.device.owner_id, STEP - 19, NOW)); /* followed */
        CHECK_OK(reread(f, txn, &phone));
        CHECK(phone.device.drift_steps == -19);
        CHECK_RC(show(f, txn, &phone, phone.device.owner_id, STEP + rows[i].ahead,
                      NOW + INT64_C(19) * TOTP_STEP_S),
                 rows[i].want);
    }
    return RC_OK;
}
MODEL_TEST(the_window_is_a_step_either_way)

static enum rc a_slow_clock_is_followed(struct fixture *f, struct txn *txn)
{
    struct phone phone = { 0 };
    str bob = STR("AIDABOB");

    CHECK_OK(make(f, txn, "/", "phone", &phone));
    CHECK_OK(enable(f, txn, &phone, bob, STEP));
    /* It loses a step between uses, each time one more: never more than one from the last. */
    for (int64_t n = 1; n <= 40; n++) {
        CHECK_OK(show(f, txn, &phone, bob, STEP + 99 * n, NOW + 100 * n * TOTP_STEP_S));
    }
    CHECK_OK(reread(f, txn, &phone));
    CHECK(phone.device.drift_steps == -40);
    return RC_OK;
}
MODEL_TEST(a_slow_clock_is_followed)

static enum rc a_pair_is_found_within_a_day(struct fixture *f, struct txn *txn)
{
    static const int64_t day = 24 * 3600 / TOTP_STEP_S;
    static const struct {
        const char *name;
        int64_t first, second; /* relative to now */
        enum rc want;
    } rows[] = {
        { "now", -1, 0, RC_OK },
        { "ahead", 0, 1, RC_OK },
        { "a day behind", -2881, -2880, RC_OK },
        { "more than a day behind", -2882, -2881, RC_DENIED },
        { "a day ahead", 2879, 2880, RC_OK },
        { "more than a day ahead", 2880, 2881, RC_DENIED },
        { "the same twice", 0, 0, RC_DENIED },
        { "the wrong way around", 0, -1, RC_DENIED },
        { "one left out", -2, 0, RC_DENIED },
    };
    struct phone phone = { 0 };

    CHECK(day == 2880);
    CHECK_OK(make(f, txn, "/", "phone", &phone));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t found = 0;
        enum rc rc = mfa_find_pair(vault, &phone.device, code_at(f, &phone, STEP + rows[i].first),
                                   code_at(f, &phone, STEP + rows[i].second), NOW, &f->arena,
                                   &found);
        if (rc != rows[i].want || (rc == RC_OK && found != STEP + rows[i].second)) {
            (void)fprintf(stderr, "%s: %s\n", rows[i].name, rc_name(rc));
            return RC_CORRUPT;
        }
    }
    return RC_OK;
}
MODEL_TEST(a_pair_is_found_within_a_day)

static enum rc used_codes_set_no_clock(struct fixture *f, struct txn *txn)
{
    struct phone phone = { 0 };
    int64_t found = 0;

    CHECK_OK(make(f, txn, "/", "phone", &phone));
    CHECK_OK(enable(f, txn, &phone, STR("AIDABOB"), STEP));
    CHECK_RC(mfa_find_pair(vault, &phone.device, code_at(f, &phone, STEP - 1),
                           code_at(f, &phone, STEP), NOW, &f->arena, &found),
             RC_DENIED);
    CHECK_RC(mfa_find_pair(vault, &phone.device, code_at(f, &phone, STEP),
                           code_at(f, &phone, STEP + 1), NOW, &f->arena, &found),
             RC_DENIED);
    CHECK_RC(mfa_set_clock(txn, &phone.device, STEP + 1, NOW), RC_DENIED);
    CHECK_OK(mfa_set_clock(txn, &phone.device, STEP + 2, NOW));
    /* Taken away and given again: still not. */
    CHECK_OK(mfa_release(txn, &phone.device));
    CHECK_OK(reread(f, txn, &phone));
    CHECK_RC(enable(f, txn, &phone, STR("AIDABOB"), STEP + 2), RC_DENIED);
    return RC_OK;
}
MODEL_TEST(used_codes_set_no_clock)

static enum rc what_is_no_code(struct fixture *f, struct txn *txn)
{
    static const char *const texts[] = { "",       "12345",  "1234567", "12345x",
                                         "-12345", " 12345", "+12345" };
    struct phone phone = { 0 };
    int64_t found = 0;

    CHECK_OK(make(f, txn, "/", "phone", &phone));
    CHECK_OK(enable(f, txn, &phone, STR("AIDABOB"), STEP));
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        str text = str_cstr(texts[i]);
        CHECK_RC(mfa_accept(txn, vault, phone.serial, STR("AIDABOB"), text, NOW, &f->arena),
                 RC_DENIED);
        CHECK_RC(mfa_find_pair(vault, &phone.device, text, code_at(f, &phone, STEP), NOW, &f->arena,
                               &found),
                 RC_DENIED);
    }
    return RC_OK;
}
MODEL_TEST(what_is_no_code)

static enum rc devices_are_named_with_their_path(struct fixture *f, struct txn *txn)
{
    struct phone plain = { 0 }, deep = { 0 }, other = { 0 };

    CHECK_OK(make(f, txn, "/", "phone", &plain));
    CHECK_OK(make(f, txn, "/a/", "phone", &deep));
    CHECK_RC(make(f, txn, "/a/", "PHONE", &other), RC_EXISTS);
    CHECK_STR(deep.serial, "arn:aws:iam::123456789012:mfa/a/phone");
    CHECK(!str_eq(plain.device.entity.id, deep.device.entity.id));
    CHECK_RC(
        mfa_by_serial(txn, STR("arn:aws:iam::123456789012:mfa/b/phone"), &f->arena, &other.device),
        RC_NOENT);
    CHECK_RC(mfa_by_serial(txn, STR("GAHT12345678"), &f->arena, &other.device), RC_SYNTAX);
    return RC_OK;
}
MODEL_TEST(devices_are_named_with_their_path)

static enum rc eight_at_most_and_counted(struct fixture *f, struct txn *txn)
{
    struct phone phones[MFA_DEVICES_PER_USER + 1] = { 0 };
    struct mfa_device *owned = NULL;
    size_t count = 0;
    int64_t n = 0;

    for (size_t i = 0; i <= MFA_DEVICES_PER_USER; i++) {
        CHECK_OK(make(f, txn, "/", arena_printf(&f->arena, "d%zu", i).ptr, &phones[i]));
        CHECK_RC(mfa_enable(txn, &phones[i].device, STR("AIDABOB"), NOW, &f->arena),
                 i < MFA_DEVICES_PER_USER ? RC_OK : RC_LIMIT);
    }
    CHECK_OK(mfa_list_owned(txn, STR("AIDABOB"), &f->arena, &owned, &count));
    CHECK_OK(mfa_count_in_use(txn, ACCOUNT, &n));
    CHECK(count == MFA_DEVICES_PER_USER && n == MFA_DEVICES_PER_USER);
    CHECK_OK(reread(f, txn, &phones[0]));
    CHECK_RC(mfa_enable(txn, &phones[0].device, STR("AIDACAROL"), NOW, &f->arena), RC_EXISTS);
    CHECK_RC(mfa_delete(txn, &phones[0].device), RC_CONFLICT);
    CHECK_OK(mfa_release(txn, &phones[0].device));
    CHECK_OK(reread(f, txn, &phones[0]));
    CHECK_OK(mfa_delete(txn, &phones[0].device));
    CHECK_RC(reread(f, txn, &phones[0]), RC_NOENT);
    CHECK_OK(mfa_count_in_use(txn, ACCOUNT, &n));
    CHECK(n == MFA_DEVICES_PER_USER - 1);
    return RC_OK;
}
MODEL_TEST(eight_at_most_and_counted)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(a_code_is_accepted_once_and_no_older_one),
        MODEL_CASE(the_window_is_a_step_either_way),
        MODEL_CASE(a_slow_clock_is_followed),
        MODEL_CASE(a_pair_is_found_within_a_day),
        MODEL_CASE(used_codes_set_no_clock),
        MODEL_CASE(what_is_no_code),
        MODEL_CASE(devices_are_named_with_their_path),
        MODEL_CASE(eight_at_most_and_counted),
    };

    return cmocka_run_group_tests(tests, vault_setup, vault_teardown);
}
