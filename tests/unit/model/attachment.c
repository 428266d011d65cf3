#include "model/attachment.h"

#include "store/queries.h"
#include "support.h"

static enum rc attaching_counts(struct fixture *f, struct txn *txn)
{
    struct entity user, role, policies[11], *found = NULL;
    struct page page = { .max = 1 };
    size_t count = 0;
    int64_t n = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "r", &role));
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        str name = arena_printf(&f->arena, "p%02zu", i);
        CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, name.ptr, &policies[i]));
    }
    for (size_t i = 0; i < 10; i++) {
        CHECK_OK(attachment_add(txn, &user, &policies[9 - i], &f->arena));
    }
    CHECK_OK(attachment_add(txn, &user, &policies[0], &f->arena)); /* again: nothing happens */
    CHECK_RC(attachment_add(txn, &user, &policies[10], &f->arena), RC_LIMIT);
    CHECK_OK(attachment_add(txn, &role, &policies[0], &f->arena));
    CHECK_OK(policy_usage_count(txn, policies[0].id, USAGE_ATTACHED, ACCOUNT, &f->arena, &n));
    CHECK(n == 2);
    CHECK_OK(attachment_list(txn, user.id, &f->arena, &found, &count));
    CHECK(count == 10);
    CHECK_STR(found[0].name, "p00");
    CHECK_STR(found[9].name, "p09");

    CHECK_OK(policy_entities(txn, policies[0].id, USAGE_ATTACHED, ACCOUNT, ENTITY_ROLE, &page,
                             &f->arena, &found, &count));
    CHECK(count == 1 && !page.truncated);
    CHECK_STR(found[0].name, "r");
    CHECK_OK(policy_entities(txn, policies[0].id, USAGE_ATTACHED, OTHER_ACCOUNT, ENTITY_ROLE, &page,
                             &f->arena, &found, &count));
    CHECK(count == 0);

    CHECK_OK(attachment_remove(txn, &user, &policies[0]));
    CHECK_RC(attachment_remove(txn, &user, &policies[0]), RC_NOENT);
    CHECK_OK(policy_usage_count(txn, policies[0].id, USAGE_ATTACHED, ACCOUNT, &f->arena, &n));
    CHECK(n == 1);
    CHECK_OK(attachment_add(txn, &user, &policies[10], &f->arena));
    CHECK_RC(attachment_add(txn, &policies[0], &policies[1], &f->arena), RC_UNSUPPORTED);
    return RC_OK;
}
MODEL_TEST(attaching_counts)

static enum rc a_missing_document_is_noticed(struct fixture *f, struct txn *txn)
{
    struct entity user, policy;
    struct attached_document *documents = NULL;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "p", &policy));
    CHECK_OK(attachment_add(txn, &user, &policy, &f->arena));
    /* A policy without its document is not left out: it might deny. */
    CHECK_RC(attachment_documents(txn, user.id, &f->arena, &documents, &count), RC_CORRUPT);
    CHECK_OK(attachment_remove(txn, &user, &policy));
    CHECK_OK(attachment_documents(txn, user.id, &f->arena, &documents, &count));
    CHECK(count == 0);
    return RC_OK;
}
MODEL_TEST(a_missing_document_is_noticed)

static enum rc boundaries_count(struct fixture *f, struct txn *txn)
{
    struct entity user, group, first, second, *found = NULL;
    struct page page = { .max = 5 };
    size_t count = 0;
    int64_t n = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "g", &group));
    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "one", &first));
    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "two", &second));
    CHECK_RC(boundary_set(txn, &group, &first, &f->arena), RC_UNSUPPORTED);
    CHECK_OK(boundary_set(txn, &user, NULL, &f->arena));
    CHECK_OK(boundary_set(txn, &user, &first, &f->arena));
    CHECK_OK(boundary_set(txn, &user, &first, &f->arena));
    CHECK_OK(policy_usage_count(txn, first.id, USAGE_BOUNDARY, ACCOUNT, &f->arena, &n));
    CHECK(n == 1);
    CHECK_OK(policy_entities(txn, first.id, USAGE_BOUNDARY, ACCOUNT, ENTITY_USER, &page, &f->arena,
                             &found, &count));
    CHECK(count == 1);
    CHECK_OK(boundary_set(txn, &user, &second, &f->arena));
    CHECK_OK(policy_usage_count(txn, first.id, USAGE_BOUNDARY, ACCOUNT, &f->arena, &n));
    CHECK(n == 0);
    CHECK_OK(policy_usage_count(txn, second.id, USAGE_BOUNDARY, ACCOUNT, &f->arena, &n));
    CHECK(n == 1);
    CHECK_OK(entity_by_id(txn, user.id, &f->arena, &user));
    CHECK(str_eq(user.boundary_id, second.id));
    CHECK_OK(boundary_set(txn, &user, NULL, &f->arena));
    CHECK_OK(entity_by_id(txn, user.id, &f->arena, &user));
    CHECK(user.boundary_id.ptr == NULL);
    return RC_OK;
}
MODEL_TEST(boundaries_count)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(attaching_counts),
        MODEL_CASE(a_missing_document_is_noticed),
        MODEL_CASE(boundaries_count),
    };
    return cmocka_run_group_tests_name("model/attachment", tests, NULL, NULL);
}
