#include "model/inline_policy.h"

#include "support.h"

/* `size` characters that count, and `blank` spaces that do not. */
static str document(struct fixture *f, size_t size, size_t blank)
{
    char *text = arena_bytes(&f->arena, size + blank);

    memset(text, ' ', size + blank);
    memset(text, 'x', size / 2);
    memset(text + size / 2 + blank, 'x', size - size / 2);
    return str_from(text, size + blank);
}

static enum rc totals_are_bounded(struct fixture *f, struct txn *txn)
{
    struct entity user;
    struct inline_policy policy, *all = NULL;
    size_t count = 0;
    str blanks = document(f, 1024, 700);

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_RC(inline_policy_put(txn, &user, STR("a"), document(f, 2049, 0), &f->arena), RC_LIMIT);
    CHECK_OK(inline_policy_put(txn, &user, STR("a"), document(f, 2048, 0), &f->arena));
    CHECK_RC(inline_policy_put(txn, &user, STR("b"), document(f, 1, 0), &f->arena), RC_LIMIT);
    /* What is replaced does not count, nor does white space. */
    CHECK_OK(inline_policy_put(txn, &user, STR("A"), blanks, &f->arena));
    CHECK_OK(inline_policy_put(txn, &user, STR("b"), document(f, 1024, 3), &f->arena));
    CHECK_RC(inline_policy_put(txn, &user, STR("c"), document(f, 1, 0), &f->arena), RC_LIMIT);

    CHECK_OK(inline_policy_get(txn, user.id, STR("a"), &f->arena, &policy));
    CHECK_STR(policy.name, "A");
    CHECK(str_eq(policy.document, blanks)); /* byte for byte */
    CHECK_OK(inline_policy_list(txn, user.id, &f->arena, &all, &count));
    CHECK(count == 2);
    CHECK_OK(inline_policy_delete(txn, &user, STR("B"), &f->arena));
    CHECK_RC(inline_policy_delete(txn, &user, STR("b"), &f->arena), RC_NOENT);
    CHECK_RC(inline_policy_get(txn, user.id, STR("b"), &f->arena, &policy), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(totals_are_bounded)

static enum rc each_kind_has_its_bound(struct fixture *f, struct txn *txn)
{
    static const struct {
        enum entity_kind kind;
        size_t max;
    } cases[] = { { ENTITY_USER, 2048 }, { ENTITY_GROUP, 5120 }, { ENTITY_ROLE, 10240 } };
    struct entity entity;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        str most = document(f, cases[i].max, 0), over = document(f, cases[i].max + 1, 0);
        CHECK_OK(fixture_make(f, txn, cases[i].kind, "e", &entity));
        CHECK_RC(inline_policy_put(txn, &entity, STR("p"), over, &f->arena), RC_LIMIT);
        CHECK_OK(inline_policy_put(txn, &entity, STR("p"), most, &f->arena));
    }
    CHECK_OK(fixture_make(f, txn, ENTITY_PROFILE, "e", &entity));
    CHECK_RC(inline_policy_put(txn, &entity, STR("p"), STR("x"), &f->arena), RC_UNSUPPORTED);
    return RC_OK;
}
MODEL_TEST(each_kind_has_its_bound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(totals_are_bounded),
        MODEL_CASE(each_kind_has_its_bound),
    };
    return cmocka_run_group_tests_name("model/inline_policy", tests, NULL, NULL);
}
