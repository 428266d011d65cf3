/* src/access/authenticate.c, access.c, subject.c: with a store, a vault in memory and a clock of the
 * test's own. */
#include "access/access.h"

#include "access/live.h"
#include "codec/date.h"
#include "model/access_key.h"
#include "model/first_user.h"
#include "model/inline_policy.h"
#include "model/role.h"
#include "vault/vault.h"

#include "model/support.h" /* of tests/unit */

enum { NOW_S = 1795000000 };

struct world {
    struct fixture base;
    struct vault *vault;
    struct reader *reader;
    struct access *access;
    str key_id, secret, user_id, role_id;
};

static struct world w;

static const char trust_text[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                                 "\"Principal\":{\"AWS\":\"*\"},"
                                 "\"Action\":\"sts:AssumeRole\"}]}";

static enum rc plant(struct fixture *f, struct txn *txn)
{
    struct first_user first = { .account = INT64_C(111122223333) };
    struct role role = { .entity = { .account = INT64_C(111122223333),
                                     .kind = ENTITY_ROLE,
                                     .name = STR("app"),
                                     .path = STR("/") },
                         .max_session_s = 3600 };
    struct entity user;
    struct trust trust;
    const struct policy_document *doc;
    struct principal_entry missing;
    struct policy_refusal refusal;

    CHECK_OK(account_with_first_user(txn, f->env, w.vault, &first, &f->arena));
    CHECK_OK(entity_by_name(txn, first.account, ENTITY_USER, first_user_name, &f->arena, &user));
    CHECK_OK(policy_parse(POLICY_TRUST, STR(trust_text), &f->arena, &doc, &refusal));
    CHECK_OK(trust_resolve(txn, STR(trust_text), doc, &f->arena, &trust, &missing));
    CHECK_OK(role_insert(txn, f->env, &role, &trust, &f->arena));
    w.key_id = first.access_key_id;
    w.secret = first.secret;
    w.user_id = user.id;
    w.role_id = role.entity.id;
    return RC_OK;
}

static int setup(void **state)
{
    void *made;
    str why;

    (void)state;
    assert_int_equal(fixture_setup(&made), 0);
    w = (struct world){ .base = *(struct fixture *)made };
    free(made);
    assert_ok(vault_open(NULL, w.base.env, &w.base.arena, &w.vault, &why));
    fixture_run(&w.base, plant);
    assert_ok(reader_open(w.base.store, &w.reader));
    assert_ok(access_open(&(struct access_config){ .store = w.base.store,
                                                   .reader = w.reader,
                                                   .vault = w.vault,
                                                   .env = w.base.env,
                                                   .partition = STR("aws"),
                                                   .tolerance_s = 900,
                                                   .bytes_max = 1 << 24 },
                          &w.access));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *copy = calloc(1, sizeof(*copy));
    void *base = copy;

    (void)state;
    access_close(w.access);
    reader_close(w.reader);
    vault_close(w.vault);
    vault_thread_done();
    *copy = w.base;
    return fixture_teardown(&base);
}

/* --- making requests ---------------------------------------------------------------------------- */

struct signer {
    str key_id, secret, token;
    const char *region;
};

static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";

/* Authenticates a request signed at signed_s, at now_s. */
static enum access_fault authenticate(const struct signer *signer, int64_t signed_s, int64_t now_s,
                                      struct caller *ret)
{
    struct arena *arena = &w.base.arena;
    char date[16];
    struct sigv4_header headers[4] = { { STR("Host"), STR("localhost") },
                                       { STR("X-Amz-Date"), str_from(date, sizeof(date)) } };
    struct sigv4_request request = { .method = STR("POST"),
                                     .path = STR("/"),
                                     .headers = headers,
                                     .header_count = 2,
                                     .body = STR(body) };
    str region = str_cstr(signer->region == NULL ? "us-east-1" : signer->region);
    str text = STR_NONE, claimed = STR_NONE, authorization;
    struct hmac_key key;
    enum access_fault fault;

    date_print_basic(signed_s, date);
    if (signer->token.ptr != NULL) {
        headers[request.header_count++] = (struct sigv4_header){ STR("X-Amz-Security-Token"),
                                                                 signer->token };
    }
    assert_ok(sigv4_derive_key(signer->secret, str_from(date, 8), region, STR("sts"), &key));
    assert_ok(sigv4_sign(&request, &key, signer->key_id, str_from(date, sizeof(date)), region,
                         STR("sts"), arena, &authorization));
    headers[request.header_count++] = (struct sigv4_header){ STR("Authorization"), authorization };
    access_catch_up(w.access);
    fault = access_authenticate(w.access, &request, STR("sts"), now_s, arena, ret, &text, &claimed);
    access_txn_end(w.access);
    assert_true(fault == ACCESS_OK || text.ptr != NULL);
    return fault;
}

static void must_be(enum access_fault want, const struct signer *signer, int64_t now_s)
{
    struct caller caller = { 0 };

    assert_int_equal(authenticate(signer, now_s, now_s, &caller), want);
    access_release(&caller);
}

static struct signer long_term(void)
{
    return (struct signer){ .key_id = w.key_id, .secret = w.secret };
}

static struct session role_session(void)
{
    return (struct session){ .kind = SESSION_ROLE,
                             .account = INT64_C(111122223333),
                             .unique_id = w.role_id,
                             .name = STR("s1"),
                             .issued_s = NOW_S,
                             .expires_s = NOW_S + 900,
                             .issuer_key_id = w.key_id };
}

static struct signer issue(struct session session)
{
    struct arena *arena = &w.base.arena;
    struct signer signer = { 0 };
    str capsule;

    assert_ok(unique_id_new(w.base.env, STR("ASIA"), session.account, 20, arena, &signer.key_id));
    assert_ok(session_encode(&session, STR_NONE, arena, &capsule));
    assert_ok(vault_seal(w.vault, VAULT_TOKEN, signer.key_id, capsule, arena, &signer.token));
    assert_ok(vault_session_secret(w.vault, signer.key_id, signer.token, arena, &signer.secret));
    return signer;
}

/* --- long-term keys ------------------------------------------------------------------------------ */

static void a_user_is_known_by_its_key(void **state)
{
    struct signer user = long_term();
    struct caller caller = { 0 };

    (void)state;
    assert_int_equal(authenticate(&user, NOW_S, NOW_S, &caller), ACCESS_OK);
    assert_int_equal(caller.type, PRINCIPAL_USER);
    assert_str(caller.arn, "arn:aws:iam::111122223333:user/admin");
    assert_true(str_eq(caller.user_id, w.user_id) && str_eq(caller.unique_id, w.user_id));
    assert_false(caller.temporary);
    assert_true(caller.use_is_news);
    access_release(&caller);
    assert_int_equal(authenticate(&user, NOW_S + 1, NOW_S + 1, &caller), ACCESS_OK);
    assert_false(caller.use_is_news); /* known for the next quarter of an hour */
    access_release(&caller);
}

static void the_window_is_fifteen_minutes_both_ways(void **state)
{
    struct signer user = long_term();
    struct caller caller = { 0 };

    (void)state;
    for (int64_t off = -1000; off <= 1000; off += 50) {
        enum access_fault want = off < -900 || off > 900 ? ACCESS_SIGNATURE_MISMATCH : ACCESS_OK;
        assert_int_equal(authenticate(&user, NOW_S + off, NOW_S, &caller), want);
        access_release(&caller);
    }
}

static void wrong_secrets_and_unknown_keys(void **state)
{
    struct signer user = long_term();

    (void)state;
    user.secret = STR("wrong");
    must_be(ACCESS_SIGNATURE_MISMATCH, &user, NOW_S);
    user.key_id = STR("AKIAIOSFODNN7EXAMPLE");
    must_be(ACCESS_INVALID_TOKEN, &user, NOW_S);
    user.key_id = STR("ASIAIOSFODNN7EXAMPLE");
    must_be(ACCESS_INVALID_TOKEN, &user, NOW_S);
    user = long_term();
    user.token = STR("abcd");
    must_be(ACCESS_INVALID_TOKEN, &user, NOW_S);
}

static void any_region_of_the_scope_will_do(void **state)
{
    struct signer user = long_term();

    (void)state;
    user.region = "eu-west-1";
    must_be(ACCESS_OK, &user, NOW_S);
}

static enum rc deactivate(struct fixture *f, struct txn *txn)
{
    struct access_key key;

    CHECK_OK(access_key_get(txn, w.key_id, &f->arena, &key));
    CHECK_OK(access_key_set_active(txn, &key, !key.active));
    return RC_OK;
}

static enum rc remove_key(struct fixture *f, struct txn *txn)
{
    struct access_key key;

    CHECK_OK(access_key_get(txn, w.key_id, &f->arena, &key));
    CHECK_OK(access_key_delete(txn, &key));
    return RC_OK;
}

static void a_key_switched_off_or_deleted_is_seen_at_once(void **state)
{
    struct signer user = long_term();

    (void)state;
    must_be(ACCESS_OK, &user, NOW_S);
    fixture_run(&w.base, deactivate);
    must_be(ACCESS_INVALID_TOKEN, &user, NOW_S);
    fixture_run(&w.base, deactivate);
    must_be(ACCESS_OK, &user, NOW_S);
    fixture_run(&w.base, remove_key);
    must_be(ACCESS_INVALID_TOKEN, &user, NOW_S);
}

/* --- sessions ------------------------------------------------------------------------------------ */

static void a_session_is_its_role(void **state)
{
    struct signer session = issue(role_session());
    struct caller caller = { 0 };

    (void)state;
    assert_int_equal(authenticate(&session, NOW_S, NOW_S, &caller), ACCESS_OK);
    assert_int_equal(caller.type, PRINCIPAL_ROLE_SESSION);
    assert_str(caller.arn, "arn:aws:sts::111122223333:assumed-role/app/s1");
    assert_str(caller.role_arn, "arn:aws:iam::111122223333:role/app");
    assert_true(caller.temporary && str_eq(caller.unique_id, w.role_id));
    access_release(&caller);
}

static void a_session_ends_at_its_second(void **state)
{
    struct signer session = issue(role_session());

    (void)state;
    must_be(ACCESS_OK, &session, NOW_S);
    must_be(ACCESS_OK, &session, NOW_S + 899);
    must_be(ACCESS_EXPIRED_TOKEN, &session, NOW_S + 900);
    must_be(ACCESS_EXPIRED_TOKEN, &session, NOW_S + 100000);
}

static void every_changed_bit_of_a_token_is_refused(void **state)
{
    struct signer session = issue(role_session()), bent = session;
    char *copy = arena_bytes(&w.base.arena, session.token.len);

    (void)state;
    must_be(ACCESS_OK, &session, NOW_S);
    for (size_t at = 0; at < session.token.len; at++) {
        memcpy(copy, session.token.ptr, session.token.len);
        copy[at] = copy[at] == 'A' ? 'B' : 'A';
        if (copy[at] == session.token.ptr[at]) {
            continue;
        }
        bent.token = str_from(copy, session.token.len);
        must_be(ACCESS_INVALID_TOKEN, &bent, NOW_S);
    }
    must_be(ACCESS_OK, &session, NOW_S);
}

static void a_token_belongs_to_one_key_id(void **state)
{
    struct signer one = issue(role_session()), two = issue(role_session());

    (void)state;
    one.token = two.token;
    must_be(ACCESS_INVALID_TOKEN, &one, NOW_S);
    must_be(ACCESS_OK, &two, NOW_S);
    must_be(ACCESS_INVALID_TOKEN, &one, NOW_S); /* also when the token is cached */
}

static enum rc remove_role(struct fixture *f, struct txn *txn)
{
    struct role role;

    CHECK_OK(role_by_name(txn, INT64_C(111122223333), STR("app"), &f->arena, &role));
    CHECK_OK(role_delete(txn, &role.entity));
    return RC_OK;
}

static void a_deleted_role_takes_its_sessions_along(void **state)
{
    struct signer session = issue(role_session());

    (void)state;
    must_be(ACCESS_OK, &session, NOW_S);
    fixture_run(&w.base, remove_role);
    must_be(ACCESS_INVALID_TOKEN, &session, NOW_S);
}

static void sealed_nonsense_lets_nobody_in(void **state)
{
    struct session wrong_account = role_session(), wrong_kind = role_session(),
                   nobody = role_session(), managed = role_session();
    const str gone = STR("ANPAAAAAAAAAAAAAAAAAA");
    struct caller caller = { 0 };
    struct signer signer;

    (void)state;
    wrong_account.account = INT64_C(999988887777);
    wrong_kind.kind = SESSION_USER;
    nobody.unique_id = STR("AROAAAAAAAAAAAAAAAAAA");
    for (size_t i = 0; i < 3; i++) {
        signer = issue(i == 0 ? wrong_account : i == 1 ? wrong_kind : nobody);
        must_be(ACCESS_INVALID_TOKEN, &signer, NOW_S);
    }
    managed.policy_ids = &gone; /* what it might have denied is unknown: nothing is allowed */
    managed.policy_id_count = 1;
    signer = issue(managed);
    assert_int_equal(authenticate(&signer, NOW_S, NOW_S, &caller), ACCESS_OK);
    assert_true(caller.live->broken);
    access_release(&caller);
}

static void a_user_session_lives_as_long_as_its_key(void **state)
{
    struct session user = role_session();
    struct signer signer;

    (void)state;
    user.kind = SESSION_USER;
    user.unique_id = w.user_id;
    signer = issue(user);
    must_be(ACCESS_OK, &signer, NOW_S);
    fixture_run(&w.base, deactivate);
    must_be(ACCESS_INVALID_TOKEN, &signer, NOW_S);
    fixture_run(&w.base, deactivate);
    must_be(ACCESS_OK, &signer, NOW_S);
    fixture_run(&w.base, remove_key);
    must_be(ACCESS_INVALID_TOKEN, &signer, NOW_S);
}

/* --- decisions ----------------------------------------------------------------------------------- */

static enum decision_result decide(const struct caller *caller, str action)
{
    struct call call = { .now_s = NOW_S, .region = STR("us-east-1") };
    struct ask ask = { .action = action,
                       .resource = STR("*"),
                       .resource_account = STR("111122223333") };
    struct verdict verdict;

    assert_ok(access_decide(caller, &call, &ask, &w.base.arena, &verdict));
    assert_true((verdict.denial.ptr == NULL) == (verdict.decision.result == DECIDED_ALLOW));
    return verdict.decision.result;
}

static void deciding_for_a_user(void **state)
{
    struct signer user = long_term();
    struct caller caller = { 0 };

    (void)state;
    assert_int_equal(authenticate(&user, NOW_S, NOW_S, &caller), ACCESS_OK);
    assert_int_equal(decide(&caller, STR("iam:ListUsers")), DECIDED_ALLOW);
    access_release(&caller);
}

static enum rc spoil_policy(struct fixture *f, struct txn *txn)
{
    struct entity user;

    CHECK_OK(entity_by_id(txn, w.user_id, &f->arena, &user));
    CHECK_OK(inline_policy_put(txn, &user, STR("spoilt"), STR("{\"Statement\":{\"Nonsense\":1}}"),
                               &f->arena));
    return RC_OK;
}

static void a_stored_policy_that_no_longer_parses_denies_everything(void **state)
{
    struct signer user = long_term();
    struct caller caller = { 0 };

    (void)state;
    fixture_run(&w.base, spoil_policy);
    assert_int_equal(authenticate(&user, NOW_S, NOW_S, &caller), ACCESS_OK);
    assert_true(caller.subject->broken);
    assert_int_equal(decide(&caller, STR("iam:ListUsers")), DECIDED_EXPLICIT_DENY);
    assert_int_equal(decide(&caller, STR("sts:GetCallerIdentity")), DECIDED_ALLOW);
    access_release(&caller);
}

static void a_role_is_found_by_its_exact_arn(void **state)
{
    static const char *const others[] = {
        "arn:aws:iam::111122223333:role/APP",   "arn:aws:iam::111122223333:role/x/app",
        "arn:aws:iam::111122223333:user/app",   "arn:aws:iam::999988887777:role/app",
        "arn:aws:iam::111122223333:user/admin", "app"
    };
    const struct subject *role = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) { /* from the store, then from the cache */
        assert_ok(access_role(w.access, STR("arn:aws:iam::111122223333:role/app"), &role));
        assert_true(str_eq(role->unique_id, w.role_id) && role->trust != NULL);
        subject_unref(role);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_not_equal(access_role(w.access, str_cstr(others[i]), &role), RC_OK);
    }
    access_txn_end(w.access);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_user_is_known_by_its_key),
        CASE(the_window_is_fifteen_minutes_both_ways),
        CASE(wrong_secrets_and_unknown_keys),
        CASE(any_region_of_the_scope_will_do),
        CASE(a_key_switched_off_or_deleted_is_seen_at_once),
        CASE(a_session_is_its_role),
        CASE(a_session_ends_at_its_second),
        CASE(every_changed_bit_of_a_token_is_refused),
        CASE(a_token_belongs_to_one_key_id),
        CASE(a_deleted_role_takes_its_sessions_along),
        CASE(sealed_nonsense_lets_nobody_in),
        CASE(a_user_session_lives_as_long_as_its_key),
        CASE(deciding_for_a_user),
        CASE(a_stored_policy_that_no_longer_parses_denies_everything),
        CASE(a_role_is_found_by_its_exact_arn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
