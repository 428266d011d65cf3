#include "model/oidc_provider.h"

#include "model/quota.h"
#include "support.h"

static enum rc make(struct fixture *f, struct txn *txn, int64_t account, const char *url,
                    struct oidc_provider *ret)
{
    *ret = (struct oidc_provider){ .entity = { .account = account },
                                   .url = str_cstr(url),
                                   .thumbprints = STR("") };
    return oidc_provider_insert(txn, f->env, ret, &f->arena);
}

static void names_have_no_scheme(void **state)
{
    (void)state;
    assert_str(oidc_url_name(STR("https://a.example/p")), "a.example/p");
    assert_str(oidc_url_name(STR("http://127.0.0.1:1")), "127.0.0.1:1");
    assert_str(oidc_url_name(STR("a.example")), "a.example");
    assert_str(oidc_url_name(STR("https://https://a")), "https://a"); /* once */
}

static enum rc found_by_exactly_its_url(struct fixture *f, struct txn *txn)
{
    static const char *const others[] = { "http://a.example/p", "https://a.example/P",
                                          "https://a.example/p/", "https://a.example", "" };
    struct oidc_provider made, read;

    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example/p", &made));
    CHECK_STR(entity_arn(&made.entity, &f->arena),
              "arn:aws:iam::123456789012:oidc-provider/a.example/p");
    CHECK_OK(oidc_provider_by_url(txn, ACCOUNT, STR("https://a.example/p"), &f->arena, &read));
    CHECK(str_eq(read.entity.id, made.entity.id));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        CHECK_RC(oidc_provider_by_url(txn, ACCOUNT, str_cstr(others[i]), &f->arena, &read),
                 RC_NOENT);
    }
    CHECK_RC(oidc_provider_by_url(txn, OTHER_ACCOUNT, made.url, &f->arena, &read), RC_NOENT);
    CHECK_OK(make(f, txn, OTHER_ACCOUNT, "https://a.example/p", &made));     /* each has its own */
    CHECK_RC(make(f, txn, ACCOUNT, "http://a.example/p", &made), RC_EXISTS); /* ARNs would be one */
    return RC_OK;
}
MODEL_TEST(found_by_exactly_its_url)

static enum rc found_by_its_arn(struct fixture *f, struct txn *txn)
{
    struct oidc_provider made, read;
    struct entity user;
    str arn;

    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example", &made));
    arn = entity_arn(&made.entity, &f->arena);
    CHECK_OK(oidc_provider_by_arn(txn, arn, &f->arena, &read));
    CHECK_STR(read.url, "https://a.example");
    CHECK_RC(oidc_provider_by_arn(txn, STR("arn:aws:iam::123456789012:oidc-provider/b.example"),
                                  &f->arena, &read),
             RC_NOENT);
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &user));
    CHECK_RC(oidc_provider_by_arn(txn, entity_arn(&user, &f->arena), &f->arena, &read), RC_SYNTAX);
    CHECK_OK(oidc_provider_set_thumbprints(txn, &made, STR("00 11")));
    CHECK_OK(oidc_provider_by_arn(txn, arn, &f->arena, &read));
    CHECK_STR(read.thumbprints, "00 11");
    return RC_OK;
}
MODEL_TEST(found_by_its_arn)

static enum rc clients_are(struct fixture *f, struct txn *txn, const struct oidc_provider *provider,
                           const char *wanted)
{
    str *clients = NULL, listed = STR("");
    size_t count = 0;

    CHECK_OK(oidc_clients(txn, provider->entity.id, &f->arena, &clients, &count));
    for (size_t i = 0; i < count; i++) {
        listed = arena_printf(&f->arena, "%.*s%.*s ", FMT(listed), FMT(clients[i]));
    }
    CHECK(str_eq(listed, str_cstr(wanted)));
    return RC_OK;
}

static enum rc clients_keep_the_order_they_came_in(struct fixture *f, struct txn *txn)
{
    struct oidc_provider made;

    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example", &made));
    CHECK_OK(clients_are(f, txn, &made, ""));
    CHECK_OK(oidc_client_add(txn, &made, STR("zoo"), &f->arena));
    CHECK_OK(oidc_client_add(txn, &made, STR("app"), &f->arena));
    CHECK_OK(oidc_client_add(txn, &made, STR("APP"), &f->arena)); /* another one */
    CHECK_OK(oidc_client_add(txn, &made, STR("zoo"), &f->arena)); /* there already */
    CHECK_OK(clients_are(f, txn, &made, "zoo app APP "));
    CHECK_OK(oidc_client_remove(txn, &made, STR("nobody")));
    CHECK_OK(oidc_client_remove(txn, &made, STR("zoo")));
    CHECK_RC(oidc_client_find(txn, made.entity.id, STR("zoo"), &f->arena), RC_NOENT);
    CHECK_OK(oidc_client_find(txn, made.entity.id, STR("app"), &f->arena));
    CHECK_OK(oidc_client_add(txn, &made, STR("zoo"), &f->arena)); /* now the last */
    return clients_are(f, txn, &made, "app APP zoo ");
}
MODEL_TEST(clients_keep_the_order_they_came_in)

static enum rc quotas_of_both(struct fixture *f, struct txn *txn)
{
    struct oidc_provider made, more;

    CHECK_OK(quota_set(txn, ACCOUNT, STR("OpenIdConnectProvidersPerAccount"), 1));
    CHECK_OK(quota_set(txn, ACCOUNT, STR("ClientIdsPerOpenIdConnectProvider"), 1));
    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example", &made));
    CHECK_RC(make(f, txn, ACCOUNT, "https://b.example", &more), RC_LIMIT);
    CHECK_OK(oidc_client_add(txn, &made, STR("one"), &f->arena));
    CHECK_RC(oidc_client_add(txn, &made, STR("two"), &f->arena), RC_LIMIT);
    CHECK_OK(oidc_client_add(txn, &made, STR("one"), &f->arena)); /* is not one more */
    return RC_OK;
}
MODEL_TEST(quotas_of_both)

static enum rc gone_with_its_clients(struct fixture *f, struct txn *txn)
{
    struct oidc_provider made, again, read;

    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example", &made));
    CHECK_OK(oidc_client_add(txn, &made, STR("app"), &f->arena));
    CHECK_OK(oidc_provider_delete(txn, &made));
    CHECK_RC(oidc_provider_by_url(txn, ACCOUNT, made.url, &f->arena, &read), RC_NOENT);
    CHECK_RC(oidc_client_find(txn, made.entity.id, STR("app"), &f->arena), RC_NOENT);
    CHECK_OK(make(f, txn, ACCOUNT, "https://a.example", &again));
    return clients_are(f, txn, &again, "");
}
MODEL_TEST(gone_with_its_clients)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_no_scheme),
        MODEL_CASE(found_by_exactly_its_url),
        MODEL_CASE(found_by_its_arn),
        MODEL_CASE(clients_keep_the_order_they_came_in),
        MODEL_CASE(quotas_of_both),
        MODEL_CASE(gone_with_its_clients),
    };
    return cmocka_run_group_tests_name("model/oidc_provider", tests, NULL, NULL);
}
