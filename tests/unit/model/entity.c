#include "model/entity.h"

#include "model/attachment.h"
#include "model/membership.h"
#include "model/tag.h"
#include "support.h"

static enum rc names_ignore_case(struct fixture *f, struct txn *txn)
{
    struct entity user, found;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "Bob", &user));
    CHECK(str_starts(user.id, STR("AIDA")) && user.id.len == 21 && user.created_s > 0);
    CHECK_OK(entity_by_name(txn, ACCOUNT, ENTITY_USER, STR("bOB"), &f->arena, &found));
    CHECK_STR(found.name, "Bob");
    CHECK(str_eq(found.id, user.id));
    CHECK_RC(fixture_make(f, txn, ENTITY_USER, "BOB", &user), RC_EXISTS);
    /* Other kinds and other accounts have names of their own. */
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "bob", &user));
    struct entity far = {
        .account = OTHER_ACCOUNT, .kind = ENTITY_USER, .name = STR("bob"), .path = STR("/")
    };
    CHECK_OK(entity_insert(txn, f->env, &far, &f->arena));
    CHECK_RC(entity_by_name(txn, OTHER_ACCOUNT, ENTITY_ROLE, STR("bob"), &f->arena, &found),
             RC_NOENT);
    return RC_OK;
}
MODEL_TEST(names_ignore_case)

static enum rc arns_fit_exactly(struct fixture *f, struct txn *txn)
{
    static const struct {
        const char *arn;
        enum rc want;
    } cases[] = {
        { "arn:aws:iam::123456789012:user/a/b/Bob", RC_OK },
        { "arn:aws:iam::123456789012:user/a/b/bob", RC_NOENT },
        { "arn:aws:iam::123456789012:user/a/Bob", RC_NOENT },
        { "arn:aws:iam::123456789012:user/Bob", RC_NOENT },
        { "arn:aws:iam::123456789012:role/a/b/Bob", RC_NOENT },
        { "arn:aws:iam::210987654321:user/a/b/Bob", RC_NOENT },
        { "arn:aws:iam::aws:user/a/b/Bob", RC_NOENT },
        { "arn:aws-cn:iam::123456789012:user/a/b/Bob", RC_NOENT },
        { "arn:aws:iam::123456789012:user/a/b/", RC_SYNTAX },
        { "arn:aws:iam::123456789012:user", RC_SYNTAX },
        { "arn:aws:iam::123456789012:user/", RC_SYNTAX },
        { "arn:aws:iam::123456789012:federated-user/Bob", RC_SYNTAX },
        { "arn:aws:iam:eu-west-1:123456789012:user/a/b/Bob", RC_SYNTAX },
        { "arn:aws:sts::123456789012:user/a/b/Bob", RC_SYNTAX },
        { "arn:aws:iam::12345:user/a/b/Bob", RC_SYNTAX },
        { "Bob", RC_SYNTAX },
        { "", RC_SYNTAX },
    };
    struct entity found, user = {
        .account = ACCOUNT, .kind = ENTITY_USER, .name = STR("Bob"), .path = STR("/a/b/")
    };

    CHECK_OK(entity_insert(txn, f->env, &user, &f->arena));
    CHECK_STR(entity_arn(&user, &f->arena), "arn:aws:iam::123456789012:user/a/b/Bob");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum rc rc = entity_by_arn(txn, str_cstr(cases[i].arn), &f->arena, &found);
        if (rc != cases[i].want) {
            (void)fprintf(stderr, "%s: %s\n", cases[i].arn, rc_name(rc));
            return RC_CORRUPT;
        }
    }
    return RC_OK;
}
MODEL_TEST(arns_fit_exactly)

static enum rc quota_counts(struct fixture *f, struct txn *txn)
{
    struct entity user, other;
    int64_t n = 0;

    CHECK_RC(quota_set(txn, ACCOUNT, STR("usersPerAccount"), 2), RC_NOENT);
    CHECK_RC(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), -1), RC_LIMIT);
    CHECK_RC(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), INT64_MAX), RC_LIMIT);
    CHECK_OK(quota_get(txn, ACCOUNT, QUOTA_USERS, &n));
    CHECK(n == 5000);
    CHECK_OK(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), 2));
    CHECK_OK(quota_get(txn, ACCOUNT, QUOTA_USERS, &n));
    CHECK(n == 2);
    CHECK_OK(quota_get(txn, OTHER_ACCOUNT, QUOTA_USERS, &n));
    CHECK(n == 5000);

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "a", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "b", &user));
    CHECK_RC(fixture_make(f, txn, ENTITY_USER, "c", &other), RC_LIMIT);
    CHECK_RC(fixture_make(f, txn, ENTITY_USER, "b", &other), RC_EXISTS);
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "c", &other));
    CHECK_OK(entity_delete(txn, &user));
    CHECK_OK(entity_count(txn, ACCOUNT, ENTITY_USER, &n));
    CHECK(n == 1);
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "c", &other));
    CHECK_OK(entity_count(txn, ACCOUNT, ENTITY_USER, &n));
    CHECK(n == 2);
    return RC_OK;
}
MODEL_TEST(quota_counts)

/* Repeats its last bytes for ever. */
static enum rc same_random(const struct env *env, void *out, size_t len)
{
    memset(out, 0x5a, len);
    return RC_OK;
}

static enum rc ids_are_never_given_again(struct fixture *f, struct txn *txn)
{
    struct env stuck = *f->env;
    struct entity user = {
        .account = ACCOUNT, .kind = ENTITY_USER, .name = STR("a"), .path = STR("/")
    };
    struct entity again = user;
    struct tag tag = { STR("k"), STR("v") }, *tags = NULL;
    size_t count = 9;

    stuck.random = same_random;
    CHECK_OK(entity_insert(txn, &stuck, &user, &f->arena));
    CHECK_OK(tags_put(txn, ACCOUNT, user.id, &tag, 1, &f->arena));
    CHECK_OK(entity_delete(txn, &user));
    CHECK_OK(tags_list(txn, user.id, &f->arena, &tags, &count));
    CHECK(count == 0);
    CHECK_RC(entity_delete(txn, &user), RC_NOENT);
    CHECK_RC(entity_insert(txn, &stuck, &again, &f->arena), RC_CONFLICT);
    CHECK_OK(entity_insert(txn, f->env, &again, &f->arena));
    CHECK(!str_eq(again.id, user.id));
    return RC_OK;
}
MODEL_TEST(ids_are_never_given_again)

static enum rc listings_page_by_name(struct fixture *f, struct txn *txn)
{
    static const char *const names[] = { "Delta", "alpha", "Charlie", "bravo", "echo" };
    static const char want[] = "abcde";
    struct entity user, *users = NULL;
    struct page page = { .max = 2 };
    size_t count = 0, seen = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_OK(fixture_make(f, txn, ENTITY_USER, names[i], &user));
    }
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "a-role", &user));
    do {
        CHECK_OK(
            entity_list(txn, ACCOUNT, ENTITY_USER, STR("/"), &page, &f->arena, &users, &count));
        for (size_t i = 0; i < count; i++) {
            CHECK(ascii_lower(users[i].name.ptr[0]) == want[seen++]);
        }
        page.marker = page.next_marker;
    } while (page.truncated);
    CHECK(seen == COUNT_OF(names));
    CHECK(page.next_marker.ptr == NULL);
    page = (struct page){ .max = 5 };
    CHECK_OK(entity_list(txn, ACCOUNT, ENTITY_USER, STR_NONE, &page, &f->arena, &users, &count));
    CHECK(count == 5 && !page.truncated);
    CHECK_OK(
        entity_list(txn, OTHER_ACCOUNT, ENTITY_USER, STR_NONE, &page, &f->arena, &users, &count));
    CHECK(count == 0 && !page.truncated);
    return RC_OK;
}
MODEL_TEST(listings_page_by_name)

static enum rc rename_follows_everywhere(struct fixture *f, struct txn *txn)
{
    struct entity user, other, group, policy, *found = NULL;
    struct page page = { .max = 10 };
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "zoe", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "mia", &other));
    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "all", &group));
    CHECK_OK(fixture_make(f, txn, ENTITY_POLICY, "p", &policy));
    CHECK_OK(membership_add(txn, &group, &user, &f->arena));
    CHECK_OK(membership_add(txn, &group, &other, &f->arena));
    CHECK_OK(attachment_add(txn, &user, &policy, &f->arena));
    CHECK_OK(attachment_add(txn, &other, &policy, &f->arena));

    CHECK_OK(entity_rename(txn, &user, STR("Anna"), STR("/x/"), &f->arena));
    CHECK_STR(entity_arn(&user, &f->arena), "arn:aws:iam::123456789012:user/x/Anna");
    CHECK_RC(entity_by_name(txn, ACCOUNT, ENTITY_USER, STR("zoe"), &f->arena, &policy), RC_NOENT);
    CHECK_OK(membership_users(txn, group.id, &page, &f->arena, &found, &count));
    CHECK(count == 2);
    CHECK_STR(found[0].name, "Anna");
    CHECK_OK(entity_by_name(txn, ACCOUNT, ENTITY_POLICY, STR("p"), &f->arena, &policy));
    CHECK_OK(policy_entities(txn, policy.id, USAGE_ATTACHED, ACCOUNT, ENTITY_USER, &page, &f->arena,
                             &found, &count));
    CHECK(count == 2);
    CHECK_STR(found[0].name, "Anna");

    /* Only the case changes: still one's own name. */
    CHECK_OK(entity_rename(txn, &user, STR("ANNA"), STR("/"), &f->arena));
    CHECK_RC(entity_rename(txn, &user, STR("MIA"), STR("/"), &f->arena), RC_EXISTS);
    CHECK_STR(user.name, "ANNA");
    return RC_OK;
}
MODEL_TEST(rename_follows_everywhere)

/* More names than one call looks at: pages are short, nothing is lost and nothing comes twice. */
static enum rc path_prefix_is_bounded(struct fixture *f, struct txn *txn)
{
    enum { USERS = 41000, EVERY = 1000 };
    struct page page = { .max = 7 };
    struct entity *users = NULL;
    size_t count = 0, seen = 0, calls = 0;

    CHECK_OK(quota_set(txn, ACCOUNT, STR("UsersPerAccount"), 100000));
    for (int i = 0; i < USERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "u%06d", i);
        struct entity user = { .account = ACCOUNT,
                               .kind = ENTITY_USER,
                               .name = str_cstr(name),
                               .path = i % EVERY == EVERY - 1 ? STR("/rare/x/") : STR("/common/") };
        CHECK_OK(entity_insert(txn, f->env, &user, &f->arena));
    }
    do {
        CHECK_OK(entity_list(txn, ACCOUNT, ENTITY_USER, STR("/rare/"), &page, &f->arena, &users,
                             &count));
        CHECK(count <= page.max);
        for (size_t i = 0; i < count; i++) {
            char want[16];
            (void)snprintf(want, sizeof(want), "u%06d", (int)seen * EVERY + EVERY - 1);
            CHECK(str_eq(users[i].name, str_cstr(want)));
            seen++;
        }
        page.marker = page.next_marker;
        CHECK(++calls < 100);
    } while (page.truncated);
    CHECK(seen == USERS / EVERY);
    page = (struct page){ .max = 1000 };
    CHECK_OK(
        entity_list(txn, ACCOUNT, ENTITY_USER, STR("/none/"), &page, &f->arena, &users, &count));
    CHECK(count == 0 && page.truncated && page.next_marker.ptr != NULL);
    return RC_OK;
}
MODEL_TEST(path_prefix_is_bounded)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(names_ignore_case),      MODEL_CASE(arns_fit_exactly),
        MODEL_CASE(quota_counts),           MODEL_CASE(ids_are_never_given_again),
        MODEL_CASE(listings_page_by_name),  MODEL_CASE(rename_follows_everywhere),
        MODEL_CASE(path_prefix_is_bounded),
    };
    return cmocka_run_group_tests_name("model/entity", tests, NULL, NULL);
}
