#include "model/credential_report.h"

#include "model/credential.h"
#include "support.h"

enum { COLUMNS = 22, NOON = 1800000000 };

static enum rc lines(struct fixture *f, struct txn *txn, struct page *page, str *ret)
{
    buf out = buf_arena(&f->arena, 1 << 20);

    TRY(credential_report_lines(txn, ACCOUNT, STR("aws"), page, &f->arena, &out));
    *ret = buf_str(&out);
    return RC_OK;
}

/* Commas outside of quotation marks. */
static size_t columns(str line)
{
    bool quoted = false;
    size_t count = 1;

    for (size_t i = 0; i < line.len; i++) {
        quoted ^= line.ptr[i] == '"';
        count += !quoted && line.ptr[i] == ',';
    }
    return count;
}

static enum rc a_line_for_the_root_and_each_user(struct fixture *f, struct txn *txn)
{
    struct page page = { .max = CREDENTIAL_REPORT_PAGE };
    struct entity user;
    str text = STR_NONE, line;
    size_t count = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "plain", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "a,b", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "role", &user));
    CHECK_OK(lines(f, txn, &page, &text));
    CHECK(!page.truncated && str_ends(text, STR("\n")));
    while (take_until(&text, '\n', &line)) {
        CHECK(columns(line) == COLUMNS);
        CHECK(count != 0 || str_starts(line, STR("user,arn,user_creation_time,")));
        CHECK(count != 1 ||
              str_starts(line, STR("<root_account>,arn:aws:iam::123456789012:root,")));
        CHECK(count != 2 ||
              str_starts(line, STR("\"a,b\",\"arn:aws:iam::123456789012:user/a,b\",")));
        CHECK(count != 3 || str_starts(line, STR("plain,")));
        count++;
    }
    CHECK(count == 4);
    return RC_OK;
}
MODEL_TEST(a_line_for_the_root_and_each_user)

/* Page by page comes the same as at once, the heading and the root on the first page only. */
static enum rc pages_make_the_whole(struct fixture *f, struct txn *txn)
{
    struct page whole = { .max = 100 }, page = { .max = 2 };
    buf joined = buf_arena(&f->arena, 1 << 20);
    char name[] = "user-a";
    struct entity user;
    str text = STR_NONE, part = STR_NONE;

    for (; name[5] <= 'g'; name[5]++) {
        CHECK_OK(
            fixture_make(f, txn, ENTITY_USER, arena_str(&f->arena, str_cstr(name)).ptr, &user));
    }
    CHECK_OK(lines(f, txn, &whole, &text));
    do {
        page.truncated = false;
        CHECK_OK(lines(f, txn, &page, &part));
        buf_add(&joined, part);
        page.marker = page.next_marker;
    } while (page.truncated);
    CHECK(str_eq(buf_str(&joined), text));
    return RC_OK;
}
MODEL_TEST(pages_make_the_whole)

/* Two columns for certificates, whatever a quota allows. */
static enum rc certificates_have_two_columns(struct fixture *f, struct txn *txn)
{
    struct page page = { .max = 10 };
    struct entity user;
    str text = STR_NONE;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    for (int64_t i = 0; i < 3; i++) {
        struct credential made = { .account = ACCOUNT,
                                   .owner_id = user.id,
                                   .kind = CREDENTIAL_SIGNING_CERTIFICATE,
                                   .created_s = NOON + i * 86400,
                                   .about = STR("fingerprint"),
                                   .body = STR("PEM") };
        CHECK_OK(credential_insert(txn, f->env, &made, STR_NONE, &f->arena));
        CHECK_OK(credential_set_active(txn, &made, i != 0));
    }
    CHECK_OK(lines(f, txn, &page, &text));
    CHECK(str_ends(text, STR(",false,2027-01-15T08:00:00+00:00,true,2027-01-16T08:00:00+00:00\n")));
    return RC_OK;
}
MODEL_TEST(certificates_have_two_columns)

static enum rc kept_in_parts(struct fixture *f, struct txn *txn)
{
    struct credential_report report;
    str part = STR_NONE;
    int64_t run = 0;

    CHECK_RC(credential_report_get(txn, ACCOUNT, &f->arena, &report), RC_NOENT);
    CHECK_OK(credential_report_begin(txn, ACCOUNT, NOON, &f->arena, &run));
    CHECK_OK(credential_report_add(txn, ACCOUNT, run, STR("one\n"), false, NOON + 5, &f->arena));
    CHECK_OK(credential_report_get(txn, ACCOUNT, &f->arena, &report));
    CHECK(report.generated_s == 0 && report.progress_s == NOON + 5 && report.parts == 1);
    CHECK_OK(credential_report_add(txn, ACCOUNT, run, STR("two\n"), true, NOON + 9, &f->arena));
    CHECK_OK(credential_report_get(txn, ACCOUNT, &f->arena, &report));
    CHECK(report.generated_s == NOON + 9 && report.bytes == 8 && report.parts == 2);
    CHECK_OK(credential_report_part(txn, ACCOUNT, 1, &f->arena, &part));
    CHECK_STR(part, "two\n");
    CHECK_RC(credential_report_part(txn, ACCOUNT, 2, &f->arena, &part), RC_NOENT);
    CHECK_RC(credential_report_add(txn, ACCOUNT, run, STR("x"), true, NOON, &f->arena),
             RC_CONFLICT);
    CHECK_RC(credential_report_get(txn, OTHER_ACCOUNT, &f->arena, &report), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(kept_in_parts)

/* Whoever was too slow and comes back finds that another making was begun. */
static enum rc a_second_making_ends_the_first(struct fixture *f, struct txn *txn)
{
    struct credential_report report;
    int64_t first = 0, second = 0;
    str part;

    CHECK_OK(credential_report_begin(txn, ACCOUNT, NOON, &f->arena, &first));
    CHECK_OK(credential_report_add(txn, ACCOUNT, first, STR("old\n"), false, NOON, &f->arena));
    CHECK_OK(credential_report_begin(txn, ACCOUNT, NOON + 100, &f->arena, &second));
    CHECK(second != first);
    CHECK_RC(credential_report_add(txn, ACCOUNT, first, STR("old\n"), true, NOON, &f->arena),
             RC_CONFLICT);
    CHECK_RC(credential_report_part(txn, ACCOUNT, 0, &f->arena, &part), RC_NOENT);
    CHECK_OK(credential_report_add(txn, ACCOUNT, second, STR("new\n"), true, NOON, &f->arena));
    CHECK_OK(credential_report_get(txn, ACCOUNT, &f->arena, &report));
    CHECK(report.bytes == 4 && report.parts == 1 && report.run == second);
    return RC_OK;
}
MODEL_TEST(a_second_making_ends_the_first)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(a_line_for_the_root_and_each_user), MODEL_CASE(pages_make_the_whole),
        MODEL_CASE(certificates_have_two_columns),     MODEL_CASE(kept_in_parts),
        MODEL_CASE(a_second_making_ends_the_first),
    };
    return cmocka_run_group_tests_name("model/credential_report", tests, NULL, NULL);
}
