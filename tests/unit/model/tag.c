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
    CHECK_RC(tags_check(twice, 2), RC_EXISTS);
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
        MODEL_CASE(fifty_at_most),
    };
    return cmocka_run_group_tests_name("model/tag", tests, NULL, NULL);
}
