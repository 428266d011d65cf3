/* src/access/session.c and pack.c. */
#include "access/session.h"

#include "unit.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, &heap, 65536, 64 * 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct session_tag two_tags[] = {
    { STR_INIT("team"), STR_INIT("blue"), true },
    { STR_INIT("stage"), STR_INIT(""), false },
};
static const str two_ids[] = { STR_INIT("ANPAAAAAAAAAAAAAAAAAA"),
                               STR_INIT("ANPABBBBBBBBBBBBBBBBB") };

static const struct session_key two_keys[] = {
    { STR_INIT("aws:FederatedProvider"), STR_INIT("arn:aws:iam::123456789012:saml-provider/idp") },
    { STR_INIT("saml:sub"), STR_INIT("alice") },
};

static struct session full(void)
{
    return (struct session){ .kind = SESSION_ROLE,
                             .account = INT64_C(123456789012),
                             .unique_id = STR("AROAAAAAAAAAAAAAAAAAA"),
                             .name = STR("orders-7f3"),
                             .issued_s = 1795000000,
                             .expires_s = 1795003600,
                             .source_identity = STR("alice"),
                             .mfa_s = 1794999999,
                             .tags = two_tags,
                             .tag_count = 2,
                             .policy = STR("{\"Version\":\"2012-10-17\",\"Statement\":[]}"),
                             .policy_ids = two_ids,
                             .policy_id_count = 2,
                             .keys = two_keys,
                             .key_count = 2,
                             .chain_depth = 3,
                             .issuer_key_id = STR("AKIAAAAAAAAAAAAAAAAA") };
}

static str encoded(const struct session *session)
{
    str packed = STR_NONE, out = STR_NONE;

    if (session->policy.ptr != NULL) {
        assert_ok(session_pack(session->policy, &arena, &packed));
    }
    assert_ok(session_encode(session, packed, &arena, &out));
    return out;
}

static void what_goes_in_comes_out(void **state)
{
    struct session in = full(), out;

    (void)state;
    assert_ok(session_decode(encoded(&in), &arena, &out));
    assert_int_equal(out.kind, SESSION_ROLE);
    assert_true(out.account == in.account && out.issued_s == in.issued_s &&
                out.expires_s == in.expires_s && out.mfa_s == in.mfa_s && out.chain_depth == 3);
    assert_str(out.unique_id, "AROAAAAAAAAAAAAAAAAAA");
    assert_str(out.name, "orders-7f3");
    assert_str(out.source_identity, "alice");
    assert_str(out.issuer_key_id, "AKIAAAAAAAAAAAAAAAAA");
    assert_true(str_eq(out.policy, in.policy));
    assert_int_equal(out.tag_count, 2);
    assert_str(out.tags[0].key, "team");
    assert_true(out.tags[0].transitive && !out.tags[1].transitive);
    assert_str(out.tags[1].value, "");
    assert_int_equal(out.policy_id_count, 2);
    assert_str(out.policy_ids[1], "ANPABBBBBBBBBBBBBBBBB");
    assert_int_equal(out.key_count, 2);
    assert_str(out.keys[0].key, "aws:FederatedProvider");
    assert_str(out.keys[1].value, "alice");
}

static void absent_stays_absent(void **state)
{
    struct session in = { .kind = SESSION_USER, .unique_id = STR("AIDA"), .name = STR("") }, out;

    (void)state;
    assert_ok(session_decode(encoded(&in), &arena, &out));
    assert_null(out.source_identity.ptr);
    assert_null(out.policy.ptr);
    assert_int_equal(out.tag_count, 0);
    assert_int_equal(out.key_count, 0);
}

static void every_cut_and_every_tail_is_refused(void **state)
{
    struct session in = full(), out;
    str whole = encoded(&in), longer;

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        assert_int_equal(session_decode(str_slice(whole, 0, len), &arena, &out), RC_SYNTAX);
    }
    longer = arena_str(&arena, whole); /* a NUL follows the copy */
    longer.len++;
    assert_int_equal(session_decode(longer, &arena, &out), RC_SYNTAX);
}

static void another_version_or_kind_is_refused(void **state)
{
    struct session in = full(), out;
    str whole = encoded(&in);

    (void)state;
    for (size_t at = 0; at < 3; at++) {
        for (int value = 0; value < 256; value++) {
            char *copy = arena_bytes(&arena, whole.len);
            memcpy(copy, whole.ptr, whole.len);
            copy[at] = (char)value;
            if (copy[at] == whole.ptr[at] || (at == 1 && value >= 1 && value <= 4)) {
                continue;
            }
            assert_int_equal(session_decode(str_from(copy, whole.len), &arena, &out), RC_SYNTAX);
        }
    }
}

static void counts_above_the_limits_are_refused(void **state)
{
    struct session in = full(), out;
    struct session_tag many[SESSION_TAGS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = two_tags[0];
    }
    in.tags = many;
    in.tag_count = SESSION_TAGS_MAX;
    assert_ok(session_decode(encoded(&in), &arena, &out));
    in.tag_count = SESSION_TAGS_MAX + 1;
    assert_int_equal(session_decode(encoded(&in), &arena, &out), RC_SYNTAX);
}

static void keys_above_the_limit_are_refused(void **state)
{
    struct session in = full(), out;
    struct session_key many[SESSION_KEYS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = two_keys[1];
    }
    in.keys = many;
    in.key_count = SESSION_KEYS_MAX;
    assert_ok(session_decode(encoded(&in), &arena, &out));
    in.key_count = SESSION_KEYS_MAX + 1;
    assert_int_equal(session_decode(encoded(&in), &arena, &out), RC_SYNTAX);
}

static void a_policy_packs_and_unpacks(void **state)
{
    char text[SESSION_POLICY_BYTES_MAX + 1];
    str packed, out;

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i * 2654435761u >> 13);
    }
    for (size_t len = 0; len <= SESSION_POLICY_BYTES_MAX; len += 37) {
        str policy = str_from(text, len);
        assert_ok(session_pack(policy, &arena, &packed));
        assert_ok(session_unpack(packed, len, &arena, &out));
        assert_true(str_eq(out, policy));
        assert_int_equal(session_unpack(packed, len + 1, &arena, &out), RC_SYNTAX);
        if (len > 0) {
            assert_int_equal(session_unpack(packed, len - 1, &arena, &out), RC_SYNTAX);
        }
        arena_reset(&arena);
    }
    assert_int_equal(session_pack(str_from(text, sizeof(text)), &arena, &packed), RC_LIMIT);
}

static void a_bomb_is_refused_early(void **state)
{
    char zeros[SESSION_POLICY_BYTES_MAX] = { 0 };
    str packed, out;

    (void)state;
    assert_ok(session_pack(str_from(zeros, sizeof(zeros)), &arena, &packed));
    assert_true(packed.len < 64);
    assert_int_equal(session_unpack(packed, 10, &arena, &out), RC_SYNTAX);
    assert_int_equal(session_unpack(packed, SIZE_MAX, &arena, &out), RC_SYNTAX);
}

static void packed_sizes_are_as_published(void **state)
{
    static const struct session_tag pod[] = {
        { STR_INIT("eks-cluster-arn"),
          STR_INIT("arn:aws:eks:eu-west-1:123456789012:cluster/production-01"), true },
        { STR_INIT("eks-cluster-name"), STR_INIT("production-01"), true },
        { STR_INIT("kubernetes-namespace"), STR_INIT("orders-backend"), true },
        { STR_INIT("kubernetes-service-account"), STR_INIT("orders-worker"), true },
        { STR_INIT("kubernetes-pod-name"), STR_INIT("orders-worker-6d4cf56db6-x7k2p"), true },
        { STR_INIT("kubernetes-pod-uid"), STR_INIT("e2a2d2a1-6f0c-4d4f-9d6b-0b9f0a3c1a52"), true },
    };
    str packed;
    unsigned percent = session_packed_percent(STR_NONE, 0, pod, COUNT_OF(pod));

    (void)state;
    assert_in_range(percent, 68, 80);
    assert_ok(session_pack(STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Stmt1\","
                               "\"Effect\":\"Allow\",\"Action\":\"s3:ListAllMyBuckets\","
                               "\"Resource\":\"*\"}]}"),
                           &arena, &packed));
    assert_int_equal(session_packed_percent(packed, 0, NULL, 0), 6);
    assert_int_equal(session_packed_percent(STR_NONE, 0, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(absent_stays_absent),
        cmocka_unit_test(every_cut_and_every_tail_is_refused),
        cmocka_unit_test(another_version_or_kind_is_refused),
        cmocka_unit_test(counts_above_the_limits_are_refused),
        cmocka_unit_test(keys_above_the_limit_are_refused),
        cmocka_unit_test(a_policy_packs_and_unpacks),
        cmocka_unit_test(a_bomb_is_refused_early),
        cmocka_unit_test(packed_sizes_are_as_published),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
