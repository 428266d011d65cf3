#include "model/quota.h"

#include "support.h"

static enum rc defaults_until_set(struct fixture *f, struct txn *txn)
{
    int64_t value = 0;

    (void)f;
    for (enum quota quota = 0; quota < QUOTA_COUNT; quota++) {
        CHECK_OK(quota_get(txn, ACCOUNT, quota, &value));
        CHECK(value == quotas[quota].value && value <= quotas[quota].max);
        CHECK_OK(quota_set(txn, ACCOUNT, quotas[quota].name, quotas[quota].max));
        CHECK_OK(quota_get(txn, ACCOUNT, quota, &value));
        CHECK(value == quotas[quota].max);
        CHECK_OK(
            quota_get(txn, OTHER_ACCOUNT, quota, &value)); /* one account's says nothing there */
        CHECK(value == quotas[quota].value);
    }
    return RC_OK;
}
MODEL_TEST(defaults_until_set)

static enum rc names_are_one_each(struct fixture *f, struct txn *txn)
{
    (void)f;
    (void)txn;
    for (size_t i = 0; i < QUOTA_COUNT; i++) {
        for (size_t k = 0; k < i; k++) {
            CHECK(!str_eq(quotas[i].name, quotas[k].name));
        }
    }
    return RC_OK;
}
MODEL_TEST(names_are_one_each)

static enum rc nothing_below_0_or_above_the_max(struct fixture *f, struct txn *txn)
{
    int64_t value = 0;

    (void)f;
    CHECK_RC(quota_set(txn, ACCOUNT, STR("UsersPerPlanet"), 1), RC_NOENT);
    CHECK_RC(quota_set(txn, ACCOUNT, STR("usersPerAccount"), 1), RC_NOENT);
    CHECK_RC(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), -1), RC_LIMIT);
    CHECK_RC(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), quotas[QUOTA_USERS].max + 1),
             RC_LIMIT);
    CHECK_OK(quota_get(txn, ACCOUNT, QUOTA_USERS, &value));
    CHECK(value == quotas[QUOTA_USERS].value); /* a refusal changes nothing */
    return RC_OK;
}
MODEL_TEST(nothing_below_0_or_above_the_max)

static enum rc admits_one_more_or_not(struct fixture *f, struct txn *txn)
{
    (void)f;
    CHECK_OK(quota_set(txn, ACCOUNT, STR("GroupsPerUser"), 2));
    CHECK_OK(quota_admit(txn, ACCOUNT, QUOTA_GROUPS_PER_USER, 1));
    CHECK_RC(quota_admit(txn, ACCOUNT, QUOTA_GROUPS_PER_USER, 2), RC_LIMIT);
    CHECK_RC(quota_admit(txn, ACCOUNT, QUOTA_GROUPS_PER_USER, 3), RC_LIMIT); /* it was lowered */
    CHECK_OK(quota_set(txn, ACCOUNT, STR("GroupsPerUser"), 0));
    CHECK_RC(quota_admit(txn, ACCOUNT, QUOTA_GROUPS_PER_USER, 0), RC_LIMIT);
    return RC_OK;
}
MODEL_TEST(admits_one_more_or_not)

static enum rc counters_count(struct fixture *f, struct txn *txn)
{
    int64_t n = -1;

    (void)f;
    CHECK_OK(counter_get(txn, ACCOUNT, STR("things"), &n));
    CHECK(n == 0);
    CHECK_OK(counter_add(txn, ACCOUNT, STR("things"), 1));
    CHECK_OK(counter_add(txn, ACCOUNT, STR("things"), 4));
    CHECK_OK(counter_add(txn, ACCOUNT, STR("things"), -2));
    CHECK_OK(counter_add(txn, OTHER_ACCOUNT, STR("things"), 9));
    CHECK_OK(counter_get(txn, ACCOUNT, STR("things"), &n));
    CHECK(n == 3);
    return RC_OK;
}
MODEL_TEST(counters_count)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(defaults_until_set),
        MODEL_CASE(names_are_one_each),
        MODEL_CASE(nothing_below_0_or_above_the_max),
        MODEL_CASE(admits_one_more_or_not),
        MODEL_CASE(counters_count),
    };
    return cmocka_run_group_tests_name("model/quota", tests, NULL, NULL);
}
