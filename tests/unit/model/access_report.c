#include "model/access_report.h"

#include "support.h"

enum { NOW_S = 1800000000, FULL = 1000 };

static enum rc begin(struct txn *txn, str job_id, int64_t created_s)
{
    struct access_report report = { .job_id = job_id,
                                    .account = ACCOUNT,
                                    .owner_id = STR("AIDAOWNER"),
                                    .entity_id = STR("AIDABOB"),
                                    .action_level = true,
                                    .created_s = created_s };

    return access_report_insert(txn, &report);
}

static enum rc at_work_until_finished(struct fixture *f, struct txn *txn)
{
    struct access_report read;

    CHECK_RC(access_report_get(txn, STR("a"), &f->arena, &read), RC_NOENT);
    CHECK_OK(begin(txn, STR("a"), NOW_S));
    CHECK_OK(access_report_get(txn, STR("a"), &f->arena, &read));
    CHECK(read.account == ACCOUNT && read.action_level && read.created_s == NOW_S);
    CHECK(read.completed_s == 0 && !read.failed);
    CHECK_STR(read.owner_id, "AIDAOWNER");
    CHECK_STR(read.entity_id, "AIDABOB");
    CHECK_OK(access_report_finish(txn, STR("a"), NOW_S + 3, true));
    CHECK_OK(access_report_get(txn, STR("a"), &f->arena, &read));
    CHECK(read.completed_s == NOW_S + 3 && read.failed);
    return RC_OK;
}
MODEL_TEST(at_work_until_finished)

static enum rc add_line(struct txn *txn, str job_id, const char *service, const char *action,
                        int64_t used_s)
{
    struct access_line line = { .service = str_cstr(service),
                                .action = str_cstr(action),
                                .name = STR("A service"),
                                .used_s = used_s,
                                .entity_id = STR(""),
                                .region = STR("") };

    return access_report_add_line(txn, job_id, &line);
}

static enum rc services_are_not_their_actions(struct fixture *f, struct txn *txn)
{
    struct access_line *lines = NULL;
    size_t count = 0;

    CHECK_OK(begin(txn, STR("a"), NOW_S));
    CHECK_OK(begin(txn, STR("b"), NOW_S));
    CHECK_OK(add_line(txn, STR("a"), "sts", "", 0));
    CHECK_OK(add_line(txn, STR("a"), "iam", "", 7));
    CHECK_OK(add_line(txn, STR("a"), "iam", "ListUsers", 7));
    CHECK_OK(add_line(txn, STR("a"), "iam", "CreateUser", 0));
    CHECK_OK(add_line(txn, STR("b"), "s3", "", 9));
    CHECK_OK(access_report_services(txn, STR("a"), STR(""), 10, &f->arena, &lines, &count));
    CHECK(count == 2 && lines[0].used_s == 7 && lines[1].used_s == 0);
    CHECK_STR(lines[0].service, "iam");
    CHECK_STR(lines[1].service, "sts");
    CHECK_OK(access_report_services(txn, STR("a"), STR("iam"), 10, &f->arena, &lines, &count));
    CHECK(count == 1);
    CHECK_STR(lines[0].service, "sts");
    CHECK_OK(access_report_actions(txn, STR("a"), STR("iam"), &f->arena, &lines, &count));
    CHECK(count == 2);
    CHECK_STR(lines[0].action, "CreateUser");
    CHECK_STR(lines[1].action, "ListUsers");
    CHECK_OK(access_report_has_service(txn, STR("a"), STR("sts"), &f->arena));
    CHECK_RC(access_report_has_service(txn, STR("a"), STR("s3"), &f->arena), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(services_are_not_their_actions)

/* --- who the policies hold for ------------------------------------------------------------------ */

struct person {
    const char *name;
    int64_t used_s; /* 0: never */
};

static enum rc add_person(struct fixture *f, struct txn *txn, const struct person *person)
{
    struct entity entity;
    bool added = false;
    str key;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, person->name, &entity));
    CHECK_OK(access_report_add_entity(txn, STR("a"), &entity, &f->arena, &added, &key));
    CHECK(added);
    CHECK_OK(access_report_add_entity(txn, STR("a"), &entity, &f->arena, &added, &key));
    CHECK(!added); /* by a group and by itself: once */
    return person->used_s == 0
               ? RC_OK
               : access_report_add_use(txn, STR("a"), STR("iam"), person->used_s, key, entity.id);
}

/* "name name ": all pages of `max`, one behind the other. */
static enum rc listed(struct fixture *f, struct txn *txn, str service, size_t max, str *ret)
{
    str marker = STR_NONE, names = STR("");

    do {
        struct access_entity *found = NULL;
        size_t count = 0;
        CHECK_OK(access_report_entities(txn, STR("a"), service, marker, max, &f->arena, &found,
                                        &count, &marker));
        CHECK(count <= max);
        for (size_t i = 0; i < count; i++) {
            struct entity entity;
            CHECK_OK(entity_by_id(txn, found[i].entity_id, &f->arena, &entity));
            names = arena_printf(&f->arena, "%.*s%.*s%s ", FMT(names), FMT(entity.name),
                                 found[i].used_s > 0 ? "!" : "");
        }
    } while (marker.ptr != NULL);
    *ret = names;
    return RC_OK;
}

static enum rc the_latest_first_then_the_others(struct fixture *f, struct txn *txn)
{
    static const struct person people[] = {
        { "dora", 0 }, { "Ben", 50 }, { "Adam", 0 }, { "carl", 90 }, { "eve", 50 }, { "fritz", 70 },
    };
    str names;

    CHECK_OK(begin(txn, STR("a"), NOW_S));
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        CHECK_OK(add_person(f, txn, &people[i]));
    }
    for (size_t max = 1; max <= COUNT_OF(people) + 1; max++) { /* however they are cut */
        CHECK_OK(listed(f, txn, STR("iam"), max, &names));
        CHECK_STR(names, "carl! fritz! Ben! eve! Adam dora ");
        CHECK_OK(listed(f, txn, STR("sts"), max, &names));
        CHECK_STR(names, "Adam Ben carl dora eve fritz ");
    }
    return RC_OK;
}
MODEL_TEST(the_latest_first_then_the_others)

static enum rc markers_of_others_are_refused(struct fixture *f, struct txn *txn)
{
    static const char *const bad[] = { "x", "u5", "ux 1a", "u99999999999999999999 1a",
                                       "u9223372036854775808 1a" };
    struct access_entity *found = NULL;
    size_t count = 0;
    str marker;

    CHECK_OK(begin(txn, STR("a"), NOW_S));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CHECK_RC(access_report_entities(txn, STR("a"), STR("iam"), str_cstr(bad[i]), 5, &f->arena,
                                        &found, &count, &marker),
                 RC_SYNTAX);
    }
    return RC_OK;
}
MODEL_TEST(markers_of_others_are_refused)

/* --- a day later -------------------------------------------------------------------------------- */

static enum rc kept_for_a_day(struct fixture *f, struct txn *txn)
{
    struct access_report read;
    struct access_line *lines = NULL;
    size_t count = 0;

    CHECK_OK(begin(txn, STR("old"), NOW_S));
    CHECK_OK(add_line(txn, STR("old"), "iam", "", 1));
    CHECK_OK(begin(txn, STR("new"), NOW_S + 60));
    CHECK_OK(access_report_sweep(txn, NOW_S + ACCESS_REPORT_KEPT_S - 1, &f->arena));
    CHECK_OK(access_report_get(txn, STR("old"), &f->arena, &read));
    CHECK_OK(access_report_sweep(txn, NOW_S + ACCESS_REPORT_KEPT_S + 1, &f->arena));
    CHECK_RC(access_report_get(txn, STR("old"), &f->arena, &read), RC_NOENT);
    CHECK_OK(access_report_services(txn, STR("old"), STR(""), 9, &f->arena, &lines, &count));
    CHECK(count == 0);
    CHECK_OK(access_report_get(txn, STR("new"), &f->arena, &read));
    return RC_OK;
}
MODEL_TEST(kept_for_a_day)

static enum rc what_is_long_goes_piece_by_piece(struct fixture *f, struct txn *txn)
{
    struct access_line *lines = NULL;
    struct access_report read;
    char service[16];
    size_t count = 0;

    CHECK_OK(begin(txn, STR("old"), NOW_S));
    for (int i = 0; i < FULL + 1; i++) {
        (void)snprintf(service, sizeof(service), "s%04d", i);
        CHECK_OK(add_line(txn, STR("old"), service, "", 0));
    }
    CHECK_OK(access_report_sweep(txn, NOW_S + ACCESS_REPORT_KEPT_S + 1, &f->arena));
    CHECK_OK(access_report_get(txn, STR("old"), &f->arena, &read)); /* so that the rest is found */
    CHECK_OK(access_report_services(txn, STR("old"), STR(""), 9, &f->arena, &lines, &count));
    CHECK(count == 1);
    CHECK_OK(access_report_sweep(txn, NOW_S + ACCESS_REPORT_KEPT_S + 1, &f->arena));
    CHECK_RC(access_report_get(txn, STR("old"), &f->arena, &read), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(what_is_long_goes_piece_by_piece)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(at_work_until_finished),
        MODEL_CASE(services_are_not_their_actions),
        MODEL_CASE(the_latest_first_then_the_others),
        MODEL_CASE(markers_of_others_are_refused),
        MODEL_CASE(kept_for_a_day),
        MODEL_CASE(what_is_long_goes_piece_by_piece),
    };
    return cmocka_run_group_tests_name("model/access_report", tests, NULL, NULL);
}
