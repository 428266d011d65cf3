#include "model/tag.h"

#include "support.h"

static enum rc keys_ignore_case(struct fixture *f, struct txn *txn)
{
    static const struct tag twice[] = { { STR_INIT("Team"), STR_INIT("a") },
                                        { STR_INIT("tEAM"), STR_INIT("b") } };
    static const str gone[] = { STR_INIT("TEAM"), STR_INIT("never there") };
    struct entity user;
    struct tag *tags = NULL;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_RC(tags_check(ENTITY_USER, twice, 2), RC_EXISTS);
    CHECK_RC(tags_put(txn, ACCOUNT, user.id, twice, 2, &f->arena), RC_EXISTS);
    CHECK_OK(tags_put(txn, ACCOUNT, user.id, twice, 1, &f->arena));
    /* The second one takes the first one's place, as it is written. */
    CHECK_OK(tags_put(txn, ACCOUNT, user.id, twice + 1, 1, &f->arena));
    CHECK_OK(tags_list(txn, user.id, &f->arena, &tags, &count));
    CHECK(count == 1);
    CHECK_STR(tags[0].key, "tEAM");
    CHECK_STR(tags[0].value, "b");
    CHECK_OK(tags_remove(txn, ACCOUNT, user.id, gone, 2, &f->arena));
    CHECK_OK(tags_list(txn, user.id, &f->arena, &tags, &count));
    CHECK(count == 0);
    return RC_OK;
}
MODEL_TEST(keys_ignore_case)

static enum rc keys_of_other_kinds_do_not(struct fixture *f, struct txn *txn)
{
    static const struct tag two[] = { { STR_INIT("team"), STR_INIT("a") },
                                      { STR_INIT("Team"), STR_INIT("b") },
                                      { STR_INIT("Team"), STR_INIT("c") } };
    struct entity policy;
    struct tag *tags = NULL;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "p", &policy));
    CHECK(entity_kind_of_id(policy.id) == ENTITY_POLICY);
    CHECK(entity_kind_of_id(STR("")) == 0);
    CHECK_OK(tags_check(ENTITY_POLICY, two, 2));
    CHECK_RC(tags_check(ENTITY_POLICY, two, 3), RC_EXISTS);
    CHECK_RC(tags_check(ENTITY_ROLE, two, 2), RC_EXISTS);
    CHECK_OK(tags_put(txn, ACCOUNT, policy.id, two, 2, &f->arena));
    CHECK_OK(tags_list(txn, policy.id, &f->arena, &tags, &count));
    CHECK(count == 2); /* sorted bytewise */
    CHECK_STR(tags[0].key, "Team");
    CHECK_STR(tags[1].key, "team");
    CHECK_OK(tags_put(txn, ACCOUNT, policy.id, two + 2, 1, &f->arena));
    CHECK_OK(tags_remove(txn, ACCOUNT, policy.id, &two[0].key, 1, &f->arena));
    CHECK_OK(tags_list(txn, policy.id, &f->arena, &tags, &count));
    CHECK(count == 1);
    CHECK_STR(tags[0].value, "c");
    return RC_OK;
}
MODEL_TEST(keys_of_other_kinds_do_not)

static enum rc fifty_at_most(struct fixture *f, struct txn *txn)
{
    struct tag tags[TAGS_MAX + 1], *found = NULL;
    struct entity user;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    for (size_t i = 0; i < COUNT_OF(tags); i++) {
        tags[i].key = arena_printf(&f->arena, "key%zu", i);
        tags[i].value = STR("");
    }
    CHECK_RC(tags_put(txn, ACCOUNT, user.id, tags, TAGS_MAX + 1, &f->arena), RC_LIMIT);
    CHECK_OK(tags_put(txn, ACCOUNT, user.id, tags, TAGS_MAX, &f->arena));
    CHECK_RC(tags_put(txn, ACCOUNT, user.id, tags + TAGS_MAX, 1, &f->arena), RC_LIMIT);
    tags[7].value = STR("changed"); /* overwriting is always possible */
    CHECK_OK(tags_put(txn, ACCOUNT, user.id, tags, TAGS_MAX, &f->arena));
    CHECK_OK(tags_list(txn, user.id, &f->arena, &found, &count));
    CHECK(count == TAGS_MAX);
    CHECK(found[0].value.ptr != NULL); /* empty is not absent */
    return RC_OK;
}
MODEL_TEST(fifty_at_most)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(keys_ignore_case),
        MODEL_CASE(keys_of_other_kinds_do_not),
        MODEL_CASE(fifty_at_most),
    };
    return cmocka_run_group_tests_name("model/tag", tests, NULL, NULL);
}
