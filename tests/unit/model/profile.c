#include "model/profile.h"

#include "support.h"

static enum rc holds_one_role(struct fixture *f, struct txn *txn)
{
    struct entity profile, role, second, read;

    CHECK_OK(fixture_make(f, txn, ENTITY_PROFILE, "machines", &profile));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "reader", &role));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "writer", &second));
    CHECK_RC(profile_role(txn, profile.id, &f->arena, &read), RC_NOENT);
    CHECK_OK(profile_add_role(txn, &profile, &role));
    CHECK_RC(profile_add_role(txn, &profile, &second), RC_LIMIT);
    CHECK_RC(profile_add_role(txn, &profile, &role), RC_LIMIT); /* the same one is one more, too */
    CHECK_OK(profile_role(txn, profile.id, &f->arena, &read));
    CHECK(str_eq(read.id, role.id));
    CHECK_STR(read.name, "reader");
    return RC_OK;
}
MODEL_TEST(holds_one_role)

static enum rc gives_up_the_one_it_holds(struct fixture *f, struct txn *txn)
{
    struct entity profile, role, second, read;

    CHECK_OK(fixture_make(f, txn, ENTITY_PROFILE, "machines", &profile));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "reader", &role));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "writer", &second));
    CHECK_RC(profile_remove_role(txn, &profile, &role), RC_NOENT);
    CHECK_OK(profile_add_role(txn, &profile, &role));
    CHECK_RC(profile_remove_role(txn, &profile, &second), RC_NOENT);
    CHECK_OK(profile_remove_role(txn, &profile, &role));
    CHECK_RC(profile_role(txn, profile.id, &f->arena, &read), RC_NOENT);
    CHECK_OK(profile_add_role(txn, &profile, &second)); /* its place is free */
    return RC_OK;
}
MODEL_TEST(gives_up_the_one_it_holds)

static enum rc all_that_hold_a_role_page_by_page(struct fixture *f, struct txn *txn)
{
    static const char *const names[] = { "delta", "Alpha", "charlie", "Bravo", "echo" };
    struct entity role, other, profile, *found = NULL;
    struct page page = { .max = 2 };
    str listed = STR("");
    size_t count = 0, pages = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "reader", &role));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "writer", &other));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_OK(fixture_make(f, txn, ENTITY_PROFILE, names[i], &profile));
        CHECK_OK(profile_add_role(txn, &profile, &role));
    }
    CHECK_OK(fixture_make(f, txn, ENTITY_PROFILE, "beta", &profile));
    CHECK_OK(profile_add_role(txn, &profile, &other));
    do {
        CHECK_OK(profiles_of_role(txn, role.id, &page, &f->arena, &found, &count));
        for (size_t i = 0; i < count; i++) {
            listed = arena_printf(&f->arena, "%.*s%.*s ", FMT(listed), FMT(found[i].name));
        }
        pages++;
        page.marker = page.next_marker;
    } while (page.truncated);
    CHECK(pages == 3);
    CHECK_STR(listed, "Alpha Bravo charlie delta echo ");
    return RC_OK;
}
MODEL_TEST(all_that_hold_a_role_page_by_page)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(holds_one_role),
        MODEL_CASE(gives_up_the_one_it_holds),
        MODEL_CASE(all_that_hold_a_role_page_by_page),
    };
    return cmocka_run_group_tests_name("model/profile", tests, NULL, NULL);
}
