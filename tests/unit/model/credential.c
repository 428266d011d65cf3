#include "model/credential.h"

#include "support.h"

static enum rc make(struct fixture *f, struct txn *txn, str owner, enum credential_kind kind,
                    const char *about, int64_t created_s, struct credential *ret)
{
    *ret = (struct credential){ .account = ACCOUNT,
                                .owner_id = owner,
                                .kind = kind,
                                .created_s = created_s,
                                .about = str_cstr(about),
                                .body = STR("body") };
    return credential_insert(txn, f->env, ret, STR_NONE, &f->arena);
}

/* AWS's forms: keys say their kind and account, certificates neither. */
static enum rc ids_have_the_form_of_their_kind(struct fixture *f, struct txn *txn)
{
    struct credential certificate, key, service, read;
    struct entity user;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SIGNING_CERTIFICATE, "f", 1, &certificate));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SSH_KEY, "f", 1, &key));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SERVICE, "s", 1, &service));
    CHECK(certificate.id.len == 32);
    CHECK(key.id.len == 20 && str_starts(key.id, STR("APKA")));
    CHECK(service.id.len == 21 && str_starts(service.id, STR("ACCA")));
    CHECK_OK(credential_get(txn, key.id, &f->arena, &read));
    CHECK(read.kind == CREDENTIAL_SSH_KEY && read.active && read.account == ACCOUNT);
    CHECK(str_eq(read.owner_id, user.id) && read.expires_s == 0);
    CHECK_RC(credential_get(txn, STR("APKANOBODYSKEY234567"), &f->arena, &read), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(ids_have_the_form_of_their_kind)

/* Kinds and owners do not see each other's. */
static enum rc listed_by_owner_and_kind(struct fixture *f, struct txn *txn)
{
    struct credential made, *list = NULL;
    struct entity user, other;
    size_t count = 0;
    int64_t number = -1;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "v", &other));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SERVICE, "younger", 20, &made));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SERVICE, "older", 10, &made));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SSH_KEY, "key", 5, &made));
    CHECK_OK(make(f, txn, other.id, CREDENTIAL_SERVICE, "theirs", 1, &made));
    CHECK_OK(credential_list(txn, user.id, CREDENTIAL_SERVICE, &f->arena, &list, &count));
    CHECK(count == 2);
    CHECK_STR(list[0].about, "older");
    CHECK_STR(list[1].about, "younger");
    CHECK_OK(credential_count(txn, user.id, CREDENTIAL_SSH_KEY, &f->arena, &number));
    CHECK(number == 1);
    CHECK_OK(credential_count(txn, other.id, CREDENTIAL_SSH_KEY, &f->arena, &number));
    CHECK(number == 0);
    return RC_OK;
}
MODEL_TEST(listed_by_owner_and_kind)

/* Pages over an account bring each once, in order of id, and none of another account's. */
static enum rc pages_of_an_account(struct fixture *f, struct txn *txn)
{
    struct credential made, *page = NULL;
    struct entity user;
    str after = STR("");
    size_t count = 0, seen = 0;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    for (int64_t i = 0; i < 7; i++) {
        CHECK_OK(make(f, txn, user.id, CREDENTIAL_SERVICE, "s", i, &made));
    }
    do {
        CHECK_OK(
            credential_page(txn, ACCOUNT, CREDENTIAL_SERVICE, after, 3, &f->arena, &page, &count));
        for (size_t i = 0; i < count; i++) {
            CHECK(str_cmp(page[i].id, after) > 0);
            after = page[i].id;
        }
        seen += count;
    } while (count > 0);
    CHECK(seen == 7);
    CHECK_OK(credential_page(txn, OTHER_ACCOUNT, CREDENTIAL_SERVICE, STR(""), 3, &f->arena, &page,
                             &count));
    CHECK(count == 0);
    return RC_OK;
}
MODEL_TEST(pages_of_an_account)

static enum rc changed_and_deleted(struct fixture *f, struct txn *txn)
{
    struct credential made, read;
    struct entity user;
    int64_t count = -1;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "u", &user));
    CHECK_OK(make(f, txn, user.id, CREDENTIAL_SIGNING_CERTIFICATE, "print", 1, &made));
    CHECK_OK(credential_count_about(txn, ACCOUNT, CREDENTIAL_SIGNING_CERTIFICATE, STR("print"),
                                    &f->arena, &count));
    CHECK(count == 1);
    CHECK_OK(credential_count_about(txn, OTHER_ACCOUNT, CREDENTIAL_SIGNING_CERTIFICATE,
                                    STR("print"), &f->arena, &count));
    CHECK(count == 0);
    CHECK_OK(credential_set_active(txn, &made, false));
    CHECK_OK(credential_get(txn, made.id, &f->arena, &read));
    CHECK(!read.active);
    CHECK_OK(credential_delete(txn, &made));
    CHECK_RC(credential_get(txn, made.id, &f->arena, &read), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(changed_and_deleted)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(ids_have_the_form_of_their_kind),
        MODEL_CASE(listed_by_owner_and_kind),
        MODEL_CASE(pages_of_an_account),
        MODEL_CASE(changed_and_deleted),
    };
    return cmocka_run_group_tests_name("model/credential", tests, NULL, NULL);
}
