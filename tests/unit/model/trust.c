#include "model/trust.h"

#include "model/role.h"
#include "support.h"

#define DOCUMENT(principals)                                                                       \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" principals   \
    ",\"Action\":\"sts:AssumeRole\"}]}"
#define OF_MAIN(rest) "arn:aws:iam::123456789012:" rest

static enum rc resolve(struct fixture *f, struct txn *txn, const char *text, struct trust *ret,
                       struct principal_entry *reterr)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;

    CHECK_OK(policy_parse_loosely(POLICY_TRUST, str_cstr(text), &f->arena, &doc, &refusal));
    return trust_resolve(txn, str_cstr(text), doc, &f->arena, ret, reterr);
}

static enum rc make_role(struct fixture *f, struct txn *txn, const char *text, struct role *ret)
{
    struct principal_entry missing;
    struct trust trust;

    *ret = (struct role){ .entity = { .account = ACCOUNT,
                                      .kind = ENTITY_ROLE,
                                      .name = STR("target"),
                                      .path = STR("/") },
                          .max_session_s = ROLE_SESSION_S_MIN };
    CHECK_OK(resolve(f, txn, text, &trust, &missing));
    return role_insert(txn, f->env, ret, &trust, &f->arena);
}

static enum rc who_has_an_id_is_bound_to_it(struct fixture *f, struct txn *txn)
{
    struct principal_entry missing;
    struct entity bob, deploy;
    struct trust trust;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "deploy", &deploy));
    CHECK_OK(resolve(f, txn,
                     DOCUMENT("{\"AWS\":[\"210987654321\",\"" OF_MAIN("root") "\",\"" OF_MAIN(
                         "user/bob") "\",\"arn:aws:sts::123456789012:assumed-role/deploy/"
                                     "run-1\"],\"Service\":\"ec2.amazonaws.com\"}"),
                     &trust, &missing));
    CHECK(trust.binding_count == 2); /* accounts and services have none */
    CHECK(str_eq(trust.bindings[0].unique_id, bob.id));
    CHECK(str_eq(trust.bindings[1].unique_id, deploy.id));
    CHECK_STR(trust.bindings[0].arn, OF_MAIN("user/bob"));
    CHECK_OK(resolve(f, txn, DOCUMENT("\"*\""), &trust, &missing));
    CHECK(trust.binding_count == 0);
    return RC_OK;
}
MODEL_TEST(who_has_an_id_is_bound_to_it)

static enum rc who_is_not_there_is_named(struct fixture *f, struct txn *txn)
{
    static const char *const nobodies[] = {
        OF_MAIN("user/nobody"),
        OF_MAIN("role/nobody"),
        OF_MAIN("group/admins"), /* is there, and no principal */
        "arn:aws:iam::999999999999:user/bob",
        "arn:aws:sts::123456789012:assumed-role/nobody/x",
        "arn:aws:sts::123456789012:assumed-role/deploy/", /* a role, no session */
        "AIDAAAAAAAAAAAAAAAAAA",
    };
    struct principal_entry missing;
    struct entity made;
    struct trust trust;

    CHECK_OK(fixture_make(f, txn, ENTITY_GROUP, "admins", &made));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &made));
    CHECK_OK(fixture_make(f, txn, ENTITY_ROLE, "deploy", &made));
    for (size_t i = 0; i < COUNT_OF(nobodies); i++) {
        str text = arena_printf(
            &f->arena, DOCUMENT("{\"AWS\":[\"" OF_MAIN("user/bob") "\",\"%s\"]}"), nobodies[i]);
        CHECK_RC(resolve(f, txn, text.ptr, &trust, &missing), RC_NOENT);
        CHECK(str_eq(missing.value, str_cstr(nobodies[i])));
    }
    return RC_OK;
}
MODEL_TEST(who_is_not_there_is_named)

static enum rc read_as_written_while_all_live(struct fixture *f, struct txn *txn)
{
    const char *text = DOCUMENT(" { \"AWS\" : \"arn:aws:iam::123456789012:user\\/bob\" } ");
    struct entity bob;
    struct role role;
    str shown;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob));
    CHECK_OK(make_role(f, txn, text, &role));
    CHECK_OK(trust_as_read(txn, role.entity.id, role.trust, &f->arena, &shown));
    CHECK(str_eq(shown, str_cstr(text)));
    return RC_OK;
}
MODEL_TEST(read_as_written_while_all_live)

#define STATEMENT(principal, condition)                                                            \
    "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":" principal                                      \
    "},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"ArnEquals\":{\"aws:"                         \
    "PrincipalArn\":" condition "}}}"
#define BOB "\"" OF_MAIN("user/bob") "\""
#define CARL "\"" OF_MAIN("user/carl") "\""

/* Only the principal: a condition, which compares ARNs, goes on to say what was written. */
static enum rc the_dead_are_shown_as_their_ids(struct fixture *f, struct txn *txn)
{
    const char *text = "{\"Version\":\"2012-10-17\",\"Statement\":[" STATEMENT(
        "[" CARL ", " BOB "]", BOB) "," STATEMENT("\"arn:aws:iam::123456789012:user\\/bob\"",
                                                  CARL) "]}";
    struct entity bob, carl;
    struct role role;
    str shown, wanted;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "carl", &carl));
    CHECK_OK(make_role(f, txn, text, &role));
    CHECK_OK(entity_delete(txn, &bob));
    CHECK_OK(trust_as_read(txn, role.entity.id, role.trust, &f->arena, &shown));
    wanted = arena_printf(&f->arena,
                          "{\"Version\":\"2012-10-17\",\"Statement\":[" STATEMENT(
                              "[" CARL ", \"%.*s\"]", BOB) "," STATEMENT("\"%.*s\"", CARL) "]}",
                          FMT(bob.id), FMT(bob.id));
    CHECK(str_eq(shown, wanted));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob)); /* another one */
    CHECK_OK(trust_as_read(txn, role.entity.id, role.trust, &f->arena, &shown));
    CHECK(str_eq(shown, wanted));
    return RC_OK;
}
MODEL_TEST(the_dead_are_shown_as_their_ids)

static enum rc written_again_it_is_bound_again(struct fixture *f, struct txn *txn)
{
    const char *text = DOCUMENT("{\"AWS\":" BOB "}");
    struct principal_entry missing;
    struct entity bob;
    struct trust trust;
    struct role role;
    str shown;

    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob));
    CHECK_OK(make_role(f, txn, text, &role));
    CHECK_OK(entity_delete(txn, &bob));
    CHECK_OK(fixture_make(f, txn, ENTITY_USER, "bob", &bob));
    CHECK_OK(resolve(f, txn, text, &trust, &missing));
    CHECK_OK(role_set_trust(txn, &role, &trust));
    CHECK_OK(trust_as_read(txn, role.entity.id, role.trust, &f->arena, &shown));
    CHECK(str_eq(shown, str_cstr(text)));
    return RC_OK;
}
MODEL_TEST(written_again_it_is_bound_again)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_CASE(who_has_an_id_is_bound_to_it),    MODEL_CASE(who_is_not_there_is_named),
        MODEL_CASE(read_as_written_while_all_live),  MODEL_CASE(the_dead_are_shown_as_their_ids),
        MODEL_CASE(written_again_it_is_bound_again),
    };
    return cmocka_run_group_tests_name("model/trust", tests, NULL, NULL);
}
