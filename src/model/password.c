#include "model/password.h"

#include "codec/arn.h"
#include "store/queries.h"
#include "store/store.h"

enum { DAY_S = 24 * 3600 };

/* --- policies ----------------------------------------------------------------------------------- */

/* User guide, "Default password policy". */
static const struct password_policy default_policy = { .is_default = true,
                                                       .min_length = 8,
                                                       .classes = 3 };

enum rc password_policy_get(struct txn *txn, int64_t account, struct arena *arena,
                            struct password_policy *ret)
{
    struct q_password_policy_get_row row;
    enum rc rc = q_password_policy_get(txn, account, arena, &row);

    if (rc == RC_NOENT) {
        *ret = default_policy;
        return RC_OK;
    }
    TRY(rc);
    *ret = (struct password_policy){ .min_length = row.min_length,
                                     .symbols = row.require_symbols != 0,
                                     .numbers = row.require_numbers != 0,
                                     .upper = row.require_upper != 0,
                                     .lower = row.require_lower != 0,
                                     .users_change = row.users_change != 0,
                                     .max_age_days = row.max_age_days,
                                     .reuse = row.reuse,
                                     .hard_expiry = row.hard_expiry != 0 };
    return RC_OK;
}

/* Whether users may change their passwords stands in every user's compiled permissions. */
enum rc password_policy_put(struct txn *txn, int64_t account, const struct password_policy *policy)
{
    TRY(q_password_policy_put(txn, account, policy->min_length, policy->symbols, policy->numbers,
                              policy->upper, policy->lower, policy->users_change,
                              policy->max_age_days, policy->reuse, policy->hard_expiry));
    return txn_touched(txn, account, STR_NONE);
}

enum rc password_policy_delete(struct txn *txn, int64_t account)
{
    int64_t rows = 0;

    TRY(q_password_policy_delete(txn, account, &rows));
    return rows == 0 ? RC_NOENT : txn_touched(txn, account, STR_NONE);
}

struct makeup { /* of a password */
    int64_t length;
    bool symbols, numbers, upper, lower;
};

static struct makeup makeup_of(str password)
{
    /* What AWS counts as a symbol; other characters count for the length alone. */
    static const str symbols = STR_INIT("!@#$%^&*()_+-=[]{}|'");
    struct makeup made = { 0 };
    str rest = password;
    uint32_t c;
    size_t at;

    while (take_utf8(&rest, &c)) {
        made.length++;
        made.numbers |= c >= '0' && c <= '9';
        made.upper |= c >= 'A' && c <= 'Z';
        made.lower |= c >= 'a' && c <= 'z';
        made.symbols |= c < 128 && str_find_char(symbols, (char)c, &at);
    }
    return made;
}

bool password_fits(const struct password_policy *policy, str password)
{
    struct makeup made = makeup_of(password);

    return made.length >= policy->min_length && (made.symbols || !policy->symbols) &&
           (made.numbers || !policy->numbers) && (made.upper || !policy->upper) &&
           (made.lower || !policy->lower) &&
           made.symbols + made.numbers + made.upper + made.lower >= policy->classes;
}

/* --- profiles ----------------------------------------------------------------------------------- */

str login_profile_about(int64_t account, str owner_id, struct arena *arena)
{
    char digits[12];

    account_id_print(account, digits);
    return arena_printf(arena, "password/%.12s/%.*s", digits, FMT(owner_id));
}

enum rc login_profile_get(struct txn *txn, str owner_id, struct arena *arena,
                          struct login_profile *ret)
{
    struct q_login_profile_get_row row;

    TRY(q_login_profile_get(txn, owner_id, arena, &row));
    *ret = (struct login_profile){ .owner_id = owner_id,
                                   .account = row.account,
                                   .wrapped = row.wrapped,
                                   .created_s = row.created_s,
                                   .changed_s = row.changed_s,
                                   .reset_required = row.reset_required != 0,
                                   .last_used_s = row.last_used_s_null ? 0 : row.last_used_s };
    return RC_OK;
}

enum rc login_profile_create(struct txn *txn, const struct login_profile *profile,
                             struct arena *arena)
{
    struct login_profile there;
    enum rc rc = login_profile_get(txn, profile->owner_id, arena, &there);

    if (rc != RC_NOENT) {
        return rc == RC_OK ? RC_EXISTS : rc;
    }
    return q_login_profile_insert(txn, profile->owner_id, profile->account, profile->wrapped,
                                  profile->created_s, profile->reset_required);
}

/* The history holds one less than the most a policy can ask for: the present one counts too. */
static enum rc remember(struct txn *txn, const struct login_profile *profile, struct arena *arena)
{
    struct q_password_history_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_password_history_list(txn, profile->owner_id, 1, arena, &rows, &count));
    int64_t number = count == 0 ? 1 : rows[0].number + 1;
    TRY(q_password_history_add(txn, profile->owner_id, number, profile->wrapped));
    return q_password_history_forget(txn, profile->owner_id, number - (PASSWORD_REUSE_MAX - 1));
}

enum rc login_profile_set_password(struct txn *txn, const struct login_profile *profile,
                                   str wrapped, int64_t now_s, struct arena *arena)
{
    struct login_profile there;

    TRY(login_profile_get(txn, profile->owner_id, arena, &there));
    if (!str_eq(there.wrapped, profile->wrapped)) {
        return RC_CONFLICT;
    }
    TRY(remember(txn, profile, arena));
    return q_login_profile_set_password(txn, wrapped, now_s, profile->owner_id);
}

enum rc login_profile_set_reset(struct txn *txn, str owner_id, bool required)
{
    return q_login_profile_set_reset(txn, required, owner_id);
}

enum rc login_profile_delete(struct txn *txn, str owner_id)
{
    int64_t rows = 0;

    TRY(q_login_profile_delete(txn, owner_id, &rows));
    TRY(q_password_history_delete(txn, owner_id));
    return rows == 0 ? RC_NOENT : RC_OK;
}

enum rc login_profile_history(struct txn *txn, const struct login_profile *profile, size_t max,
                              struct arena *arena, str **ret, size_t *ret_count)
{
    struct q_password_history_list_row *rows = NULL;
    size_t count = 0;
    str *hashes;

    if (max > 1) {
        TRY(q_password_history_list(txn, profile->owner_id, (int64_t)max - 1, arena, &rows,
                                    &count));
    }
    hashes = NEW_ARRAY(arena, count + 1, str);
    if (hashes == NULL) {
        return RC_NOMEM;
    }
    hashes[0] = profile->wrapped;
    for (size_t i = 0; i < count; i++) {
        hashes[i + 1] = rows[i].wrapped;
    }
    *ret = hashes;
    *ret_count = max == 0 ? 0 : count + 1;
    return RC_OK;
}

/* --- signing in --------------------------------------------------------------------------------- */

int64_t password_expires_s(const struct password_policy *policy,
                           const struct login_profile *profile)
{
    return policy->max_age_days == 0 ? 0 : profile->changed_s + policy->max_age_days * DAY_S;
}

enum password_age password_age(const struct password_policy *policy,
                               const struct login_profile *profile, int64_t now_s)
{
    int64_t expires_s = password_expires_s(policy, profile);
    bool old = expires_s != 0 && now_s >= expires_s;

    if (old && policy->hard_expiry) {
        return PASSWORD_EXPIRED;
    }
    return old || profile->reset_required ? PASSWORD_MUST_CHANGE : PASSWORD_GOOD;
}

enum rc login_profile_used(struct txn *txn, str owner_id, int64_t now_s, struct arena *arena)
{
    struct login_profile profile;
    enum rc rc = login_profile_get(txn, owner_id, arena, &profile);

    if (rc == RC_NOENT ||
        (rc == RC_OK && now_s - profile.last_used_s < PASSWORD_USE_GRANULARITY_S)) {
        return RC_OK;
    }
    TRY(rc);
    return q_login_profile_set_used(txn, now_s, owner_id);
}
