#include "model/server_certificate.h"

#include "support.h"

static enum rc make(struct fixture *f, struct txn *txn, const char *name, str chain,
                    struct server_certificate *ret)
{
    *ret = (struct server_certificate){
        .entity = { .account = ACCOUNT,
                    .kind = ENTITY_CERTIFICATE,
                    .name = str_cstr(name),
                    .path = STR("/cdn/") },
        .body = STR("certificate of \"x\"\n"),
        .chain = chain,
        .expires_s = 1900000000,
    };
    return server_certificate_insert(txn, f->env, ret, &f->arena);
}

static enum rc kept_as_uploaded(struct fixture *f, struct txn *txn)
{
    struct server_certificate made, read = { 0 };

    CHECK_OK(make(f, txn, "Web", STR_NONE, &made));
    CHECK(made.entity.id.len == 21 && str_starts(made.entity.id, STR("ASCA")));
    CHECK_STR(entity_arn(&made.entity, &f->arena),
              "arn:aws:iam::123456789012:server-certificate/cdn/Web");
    CHECK_OK(server_certificate_of_entity(txn, &made.entity, &f->arena, &read));
    CHECK_STR(read.body, "certificate of \"x\"\n");
    CHECK(read.chain.ptr == NULL && read.expires_s == 1900000000);
    CHECK_OK(make(f, txn, "Chained", STR("chain"), &made));
    CHECK_OK(server_certificate_of_entity(txn, &made.entity, &f->arena, &read));
    CHECK_STR(read.chain, "chain");
    return RC_OK;
}
MODEL_TEST(kept_as_uploaded)

static enum rc names_and_quota(struct fixture *f, struct txn *txn)
{
    struct server_certificate made, more;
    char name[] = "c00";

    CHECK_OK(make(f, txn, "Web", STR_NONE, &made));
    CHECK_RC(make(f, txn, "wEB", STR_NONE, &more), RC_EXISTS);
    CHECK_OK(quota_set(txn, ACCOUNT, quotas[QUOTA_SERVER_CERTIFICATES].name, 3));
    for (char last = '1'; last <= '2'; last++) {
        name[2] = last;
        CHECK_OK(make(f, txn, name, STR_NONE, &more));
    }
    CHECK_RC(make(f, txn, "one-more", STR_NONE, &more), RC_LIMIT);
    CHECK_OK(server_certificate_delete(txn, &made.entity));
    CHECK_OK(make(f, txn, "web", STR_NONE, &more)); /* the name and the place are free again */
    CHECK(!str_eq(more.entity.id, made.entity.id));
    return RC_OK;
}
MODEL_TEST(names_and_quota)

static enum rc gone_with_all_that_was_its_own(struct fixture *f, struct txn *txn)
{
    struct server_certificate made, read;

    CHECK_OK(make(f, txn, "Web", STR_NONE, &made));
    CHECK_OK(server_certificate_delete(txn, &made.entity));
    CHECK_RC(server_certificate_of_entity(txn, &made.entity, &f->arena, &read), RC_NOENT);
    CHECK_RC(entity_by_id(txn, made.entity.id, &f->arena, &read.entity), RC_NOENT);
    return RC_OK;
}
MODEL_TEST(gone_with_all_that_was_its_own)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(kept_as_uploaded),
        MODEL_CASE(names_and_quota),
        MODEL_CASE(gone_with_all_that_was_its_own),
    };
    return cmocka_run_group_tests_name("model/server_certificate", tests, NULL, NULL);
}
