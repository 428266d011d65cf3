/* The table in the program: what it holds, how it is searched, and that damage stays inside. */
#include "catalogue/catalogue.h"

#include <stdlib.h>

#include "catalogue/embedded.h"
#include "unit.h"

static struct catalogue shipped(void)
{
    struct catalogue c;

    assert_ok(catalogue_shipped(&c));
    return c;
}

static void holds_every_service(void **state UNUSED)
{
    struct catalogue c = shipped();

    assert_true(catalogue_service_count(&c) >= 456);
    assert_true(catalogue_action_count(&c) >= 22000);
    assert_true(catalogue_embedded_size <= 1500000);
}

static void services_by_prefix(void **state UNUSED)
{
    struct catalogue c = shipped();
    struct catalogue_service s;

    assert_true(catalogue_service_find(&c, STR("s3"), &s));
    assert_str(s.prefix, "s3");
    assert_str(s.name, "Amazon S3");
    assert_true(s.resource_control);
    assert_true(catalogue_service_find(&c, STR("IAM"), &s));
    assert_str(s.prefix, "iam");
    assert_false(s.resource_control);
    assert_false(catalogue_service_find(&c, STR("s33"), &s));
    assert_false(catalogue_service_find(&c, STR(""), &s));
    assert_false(catalogue_service_find(&c, STR("zzzz"), &s));
    /* Sorted: each is found where it stands. */
    for (uint32_t i = 0; i < catalogue_service_count(&c); i++) {
        struct catalogue_service again;
        assert_true(catalogue_service_at(&c, i, &s));
        assert_true(catalogue_service_find(&c, s.prefix, &again));
        assert_int_equal(again.first_action, s.first_action);
    }
    assert_false(catalogue_service_at(&c, catalogue_service_count(&c), &s));
}

static void actions_by_name(void **state UNUSED)
{
    struct catalogue c = shipped();
    struct catalogue_service s;
    struct catalogue_action a;

    assert_true(catalogue_service_find(&c, STR("s3"), &s));
    assert_true(catalogue_action_find(&c, &s, STR("getOBJECT"), &a));
    assert_str(a.name, "GetObject");
    assert_int_equal(a.level, ACCESS_READ);
    assert_true(catalogue_action_find(&c, &s, STR("PutBucketPolicy"), &a));
    assert_int_equal(a.level, ACCESS_PERMISSIONS);
    assert_true(catalogue_action_find(&c, &s, STR("PutObjectTagging"), &a));
    assert_int_equal(a.level, ACCESS_TAGGING);
    assert_true(catalogue_action_find(&c, &s, STR("ListAllMyBuckets"), &a));
    assert_int_equal(a.level, ACCESS_LIST);
    assert_false(catalogue_action_find(&c, &s, STR("GetObjekt"), &a));
    assert_false(catalogue_action_find(&c, &s, STR("AssumeRole"), &a)); /* another service's */
    assert_false(catalogue_action_find(&c, &s, STR("zzz"), &a));
    for (uint32_t i = 0; i < catalogue_action_count(&c); i++) {
        struct catalogue_action again;
        assert_true(catalogue_action_at(&c, i, &a));
        assert_true(catalogue_service_at(&c, a.service, &s));
        assert_true(catalogue_action_find(&c, &s, a.name, &again));
        assert_int_equal(again.number, i);
    }
    assert_false(catalogue_action_at(&c, catalogue_action_count(&c), &a));
}

static void resource_types_of_an_action(void **state UNUSED)
{
    struct catalogue c = shipped();
    struct catalogue_service s;
    struct catalogue_action a;
    struct catalogue_type t;

    assert_true(catalogue_service_find(&c, STR("iam"), &s));
    assert_true(catalogue_action_find(&c, &s, STR("PassRole"), &a));
    assert_int_equal(a.types.count, 1);
    assert_true(catalogue_type_of(&c, &a, 0, &t));
    assert_str(t.name, "role");
    assert_str(t.arn, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}");
    assert_true(t.required);
    assert_false(catalogue_type_of(&c, &a, 1, &t));
    assert_true(catalogue_action_find(&c, &s, STR("ListUsers"), &a));
    assert_false(catalogue_type_of(&c, &a, 0, &t));
}

static void condition_keys(void **state UNUSED)
{
    static const struct {
        const char *name, *canonical; /* NULL: unknown */
        enum key_type type;
        bool global;
    } rows[] = {
        { "aws:SourceArn", "aws:SourceArn", KEY_ARN, true },
        { "AWS:sourceip", "aws:SourceIp", KEY_IP, true },
        { "aws:TagKeys", "aws:TagKeys", KEY_STRINGS, true },
        { "aws:ResourceTag/team", "aws:ResourceTag/${TagKey}", KEY_STRING, true },
        { "aws:ResourceTag/", NULL, KEY_STRING, false },
        { "aws:NoSuchKey", NULL, KEY_STRING, false },
        { "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthPresent", KEY_BOOL, true },
        { "aws:CurrentTime", "aws:CurrentTime", KEY_DATE, true },
        { "s3:prefix", "s3:prefix", KEY_STRING, false },
        { "s3:ExistingObjectTag/a", "s3:ExistingObjectTag/<key>", KEY_STRING, false },
        { "kms:EncryptionContext:a", "kms:EncryptionContext:${EncryptionContextKey}", KEY_STRING,
          false },
        { "s3:max-keys", "s3:max-keys", KEY_NUMERIC, false },
        { "", NULL, KEY_STRING, false },
    };
    struct catalogue c = shipped();
    struct catalogue_key key;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = catalogue_key_find(&c, str_cstr(rows[i].name), &key);
        if (found != (rows[i].canonical != NULL)) {
            fail_msg("%s: %s", rows[i].name, found ? "found" : "not found");
        }
        if (found && (!str_eq(key.name, str_cstr(rows[i].canonical)) || key.type != rows[i].type)) {
            fail_msg("%s: %.*s, type %d", rows[i].name, FMT(key.name), (int)key.type);
        }
        assert_int_equal(catalogue_key_is_global(&c, str_cstr(rows[i].name), &key), rows[i].global);
    }
}

static void keys_of_an_action(void **state UNUSED)
{
    struct catalogue c = shipped();
    struct catalogue_service s;
    struct catalogue_action a;

    assert_true(catalogue_service_find(&c, STR("s3"), &s));
    assert_true(catalogue_action_find(&c, &s, STR("ListBucket"), &a));
    assert_true(catalogue_action_has_key(&c, &a, STR("S3:Prefix")));
    assert_false(catalogue_action_has_key(&c, &a, STR("s3:VersionId")));
    assert_true(catalogue_keys_have(&c, s.keys, STR("s3:VersionId")));
    /* From the resource type. */
    assert_true(catalogue_service_find(&c, STR("ec2"), &s));
    assert_true(catalogue_action_find(&c, &s, STR("StopInstances"), &a));
    assert_true(catalogue_action_has_key(&c, &a, STR("aws:ResourceTag/team")));
}

static uint32_t count_of(const struct catalogue *c, const char *pattern)
{
    struct catalogue_walk walk;
    struct catalogue_action a;
    uint32_t n = 0;

    for (catalogue_walk_init(&walk, str_cstr(pattern)); catalogue_walk_next(c, &walk, &a);) {
        n++;
    }
    return n;
}

static void walking_a_pattern(void **state UNUSED)
{
    struct catalogue c = shipped();
    struct catalogue_service s;
    char longer[301];

    assert_true(catalogue_service_find(&c, STR("s3"), &s));
    assert_int_equal(count_of(&c, "*"), catalogue_action_count(&c));
    assert_int_equal(count_of(&c, "*:*"), catalogue_action_count(&c));
    assert_int_equal(count_of(&c, "s3:*"), s.action_count);
    assert_int_equal(count_of(&c, "S3:GETobject"), 1);
    assert_int_equal(count_of(&c, "s3:GetObject?"), 0);
    assert_true(count_of(&c, "s3:GetObject*") > 5);
    assert_true(count_of(&c, "s?:ListBucket") == 1);
    assert_int_equal(count_of(&c, "nosuch:*"), 0);
    assert_int_equal(count_of(&c, "GetObject"), 0);
    assert_int_equal(count_of(&c, ""), 0);
    assert_int_equal(count_of(&c, "*Object"), 0);
    memset(longer, '*', 300);
    longer[300] = '\0';
    assert_int_equal(count_of(&c, longer), 0);
}

/* A damaged table must not be read outside; what it then says does not matter. */
static void read_everything(const struct catalogue *c)
{
    struct catalogue_service s;
    struct catalogue_action a;
    struct catalogue_key key;
    struct catalogue_type type;

    for (uint32_t i = 0; i < 600 && catalogue_service_at(c, i, &s); i++) {
        (void)catalogue_service_find(c, s.prefix, &s);
        (void)catalogue_action_find(c, &s, STR("GetObject"), &a);
        (void)catalogue_keys_have(c, s.keys, STR("aws:x"));
    }
    for (uint32_t i = 0; i < 30000 && catalogue_action_at(c, i, &a); i += 17) {
        for (uint32_t t = 0; t < 40 && catalogue_type_of(c, &a, t, &type); t++) {
            (void)catalogue_item(c, type.keys, t);
        }
    }
    (void)catalogue_key_find(c, STR("aws:ResourceTag/x"), &key);
    (void)catalogue_key_find(c, STR("nosuch:key"), &key);
}

static void damage_stays_inside(void **state UNUSED)
{
    struct catalogue c;
    char *copy = malloc(catalogue_embedded_size);
    uint64_t seed = 20261127;

    assert_non_null(copy);
    for (unsigned round = 0; round < 60; round++) {
        memcpy(copy, catalogue_embedded, catalogue_embedded_size);
        for (unsigned i = 0; i < 200; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            copy[(seed >> 20) % catalogue_embedded_size] = (char)(seed >> 56);
        }
        if (catalogue_open(str_from(copy, catalogue_embedded_size), &c) == RC_OK) {
            read_everything(&c);
        }
    }
    /* Cut anywhere: refused, for the last section reaches the end. */
    for (size_t len = 0; len < catalogue_embedded_size; len += 997) {
        assert_int_equal(catalogue_open(str_from(catalogue_embedded, len), &c), RC_SYNTAX);
    }
    assert_int_equal(catalogue_open(STR("MCAT\2\0\0\0"), &c), RC_SYNTAX);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_every_service), cmocka_unit_test(services_by_prefix),
        cmocka_unit_test(actions_by_name),     cmocka_unit_test(resource_types_of_an_action),
        cmocka_unit_test(condition_keys),      cmocka_unit_test(keys_of_an_action),
        cmocka_unit_test(walking_a_pattern),   cmocka_unit_test(damage_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
