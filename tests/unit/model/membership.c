#include "model/membership.h"

#include "support.h"

static enum rc members_page_by_name(struct fixture *f, struct txn *txn)
{
    static const char *const names[] = { "Zoe", "adam", "Mia" };
    struct entity group, user, *users = NULL;
    struct page page = { .max = 2 };
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "g", &group));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_OK(fixture_make(f, txn, ENTITY_USER, names[i], &user));
        CHECK_OK(membership_add(txn, &group, &user, &f->arena));
        CHECK_OK(membership_add(txn, &group, &user, &f->arena)); /* again: nothing happens */
    }
    CHECK_OK(membership_users(txn, group.id, &page, &f->arena, &users, &count));
    CHECK(count == 2 && page.truncated);
    CHECK_STR(users[0].name, "adam");
    CHECK_STR(users[1].name, "Mia");
    page.marker = page.next_marker;
    CHECK_OK(membership_users(txn, group.id, &page, &f->arena, &users, &count));
    CHECK(count == 1 && !page.truncated);
    CHECK_STR(users[0].name, "Zoe");
    CHECK_OK(membership_remove(txn, &group, &users[0]));
    CHECK_RC(membership_remove(txn, &group, &users[0]), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(members_page_by_name)

static enum rc ten_groups_at_most(struct fixture *f, struct txn *txn)
{
    struct entity user, group = { 0 }, *groups = NULL;
    size_t count = 0;
    int64_t n = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    for (int i = 0; i < 11; i++) {
        str name = arena_printf(&f->arena, "g%02d", 10 - i);
        CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, name.ptr, &group));
        CHECK_RC(membership_add(txn, &group, &user, &f->arena), i < 10 ? RC_OK : RC_LIMIT);
    }
    CHECK_OK(membership_groups(txn, user.id, &f->arena, &groups, &count));
    CHECK(count == 10);
    CHECK_STR(groups[0].name, "g01");
    CHECK_OK(membership_group_count(txn, user.id, &f->arena, &n));
    CHECK(n == 10);
    return RC_OK;
}
MODEL_TEST(ten_groups_at_most)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(members_page_by_name),
        MODEL_CASE(ten_groups_at_most),
    };
    return cmocka_run_group_tests_name("model/membership", tests, NULL, NULL);
}
