#include "model/service_use.h"

#include "support.h"

enum { NOON = 1800000000 };

static enum rc note(struct txn *txn, str id, const char *service, const char *action,
                    int64_t used_s, const char *region)
{
    struct service_use use = { str_cstr(service), str_cstr(action), used_s, str_cstr(region) };

    return service_use_note(txn, id, &use);
}

static enum rc only(struct fixture *f, struct txn *txn, str id, int64_t used_s, const char *region)
{
    struct service_use *uses = NULL;
    size_t count = 0;

    CHECK_OK(service_use_list(txn, id, &f->arena, &uses, &count));
    CHECK(count == 1 && uses[0].used_s == used_s && str_eq(uses[0].region, str_cstr(region)));
    return RC_OK;
}

/* To the quarter of an hour: less is no news, and a clock that went back changes nothing. */
static enum rc news_come_in_quarters(struct fixture *f, struct txn *txn)
{
    struct entity user;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(note(txn, user.id, "iam", "GetUser", NOON, "us-east-1"));
    CHECK_OK(
        note(txn, user.id, "iam", "GetUser", NOON + SERVICE_USE_GRANULARITY_S - 1, "eu-west-1"));
    TRY(only(f, txn, user.id, NOON, "us-east-1"));
    CHECK_OK(note(txn, user.id, "iam", "GetUser", NOON - 3600, "eu-west-1"));
    TRY(only(f, txn, user.id, NOON, "us-east-1"));
    CHECK_OK(note(txn, user.id, "iam", "GetUser", NOON + SERVICE_USE_GRANULARITY_S, "eu-west-1"));
    return only(f, txn, user.id, NOON + SERVICE_USE_GRANULARITY_S, "eu-west-1");
}
MODEL_TEST(news_come_in_quarters)

static enum rc sorted_by_service_and_action(struct fixture *f, struct txn *txn)
{
    static const char *const wanted[][2] = {
        { "iam", "" }, { "iam", "GetUser" }, { "iam", "ListUsers" }, { "sts", "AssumeRole" }
    };
    struct service_use *uses = NULL;
    struct entity user;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    for (size_t i = COUNT_OF(wanted); i-- > 0;) {
        CHECK_OK(note(txn, user.id, wanted[i][0], wanted[i][1], NOON, "us-east-1"));
    }
    CHECK_OK(service_use_list(txn, user.id, &f->arena, &uses, &count));
    CHECK(count == COUNT_OF(wanted));
    for (size_t i = 0; i < count; i++) {
        CHECK(str_eq(uses[i].service, str_cstr(wanted[i][0])));
        CHECK(str_eq(uses[i].action, str_cstr(wanted[i][1])));
    }
    return RC_OK;
}
MODEL_TEST(sorted_by_service_and_action)

/* What comes late for somebody deleted must not come to life with a later one. */
static enum rc nothing_of_who_is_gone(struct fixture *f, struct txn *txn)
{
    struct service_use *uses = NULL;
    struct entity user;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(note(txn, user.id, "iam", "GetUser", NOON, "us-east-1"));
    CHECK_OK(entity_delete(txn, &user));
    CHECK_OK(note(txn, user.id, "sts", "AssumeRole", NOON, "us-east-1"));
    CHECK_OK(note(txn, STR("AIDANOBODYNOBODYNOBOD"), "iam", "GetUser", NOON, "us-east-1"));
    CHECK_OK(service_use_list(txn, user.id, &f->arena, &uses, &count));
    CHECK(count == 0);
    return RC_OK;
}
MODEL_TEST(nothing_of_who_is_gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(news_come_in_quarters),
        MODEL_CASE(sorted_by_service_and_action),
        MODEL_CASE(nothing_of_who_is_gone),
    };
    return cmocka_run_group_tests_name("model/service_use", tests, NULL, NULL);
}
