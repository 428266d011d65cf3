/* The trail map: which permissions an event speaks of, and that every row names what there is. */
#include "trailmap/trailmap.h"

#include <stdlib.h>

#include "trailmap/rows.h"
#include "unit.h"

static struct catalogue catalogue;

static int setup(void **state UNUSED)
{
    return catalogue_shipped(&catalogue) == RC_OK ? 0 : -1;
}

static void write_answer(const struct map_answer *answer, char *room, size_t size)
{
    static const char *const words[] = { "unknown source", "unknown event", "none", "" };
    static const char *const marks[] = { "", "~", "?" };
    size_t len = (size_t)snprintf(room, size, "%s", words[answer->status]);

    for (size_t i = 0; i < answer->count; i++) {
        const struct map_target *t = &answer->targets[i];
        len += (size_t)snprintf(room + len, size - len, "%s%.*s%s%s%.*s", i > 0 ? " " : "",
                                FMT(t->action), marks[t->certainty], t->hint.len > 0 ? "@" : "",
                                FMT(t->hint));
    }
}

static const struct {
    const char *source, *event, *wanted;
} cases[] = {
    { "s3.amazonaws.com", "GetObject", "s3:GetObject" },
    { "s3.amazonaws.com", "HeadObject", "s3:GetObject" },
    { "s3.amazonaws.com", "ListObjects", "s3:ListBucket" },
    { "s3.amazonaws.com", "ListBuckets", "s3:ListAllMyBuckets" },
    { "s3.amazonaws.com", "PutBucketReplication", "s3:PutReplicationConfiguration" },
    { "s3.amazonaws.com", "DeleteBucketEncryption", "s3:PutEncryptionConfiguration" },
    { "s3.amazonaws.com", "GetBucketLifecycle", "s3:GetLifecycleConfiguration" },
    { "s3.amazonaws.com", "CopyObject", "s3:PutObject s3:GetObject@copy-source" },
    { "s3.amazonaws.com", "CompleteMultipartUpload", "s3:PutObject" },
    { "s3.amazonaws.com", "GetStorageLensDashboardDataInternal", "unknown event" },
    { "lambda.amazonaws.com", "Invoke", "lambda:InvokeFunction" },
    { "lambda.amazonaws.com", "CreateFunction20150331", "lambda:CreateFunction" },
    { "lambda.amazonaws.com", "GetFunction20150331v2", "lambda:GetFunction" },
    { "cloudfront.amazonaws.com", "CreateDistribution2020_05_31", "cloudfront:CreateDistribution" },
    { "cloudfront.amazonaws.com", "CreateDistributionWithTags2020_05_31",
      "cloudfront:CreateDistribution cloudfront:TagResource" },
    /* ends in digits, and is a name all the same */
    { "cloud9.amazonaws.com", "CreateEnvironmentEC2", "cloud9:CreateEnvironmentEC2" },
    { "datasync.amazonaws.com", "CreateLocationS3", "datasync:CreateLocationS3" },
    { "kafka.amazonaws.com", "ListClustersV2", "kafka:ListClustersV2" },
    /* a date, and no name before it */
    { "lambda.amazonaws.com", "Frobnicate20150331", "unknown event" },
    { "lambda.amazonaws.com", "20150331", "unknown event" },
    { "monitoring.amazonaws.com", "PutMetricAlarm", "cloudwatch:PutMetricAlarm" },
    { "email.amazonaws.com", "SendEmail", "ses:SendEmail" },
    { "servicecatalog-appregistry.amazonaws.com", "ListApplications",
      "servicecatalog:ListApplications" },
    { "streams.dynamodb.amazonaws.com", "GetRecords", "dynamodb:GetRecords" },
    { "dynamodb.amazonaws.com", "TransactGetItems", "dynamodb:GetItem" },
    { "dynamodb.amazonaws.com", "TransactWriteItems",
      "dynamodb:PutItem~ dynamodb:UpdateItem~ dynamodb:DeleteItem? dynamodb:ConditionCheckItem?" },
    { "sqs.amazonaws.com", "ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility" },
    { "kms.amazonaws.com", "ReEncrypt",
      "kms:ReEncryptFrom@kms-source kms:ReEncryptTo@kms-destination" },
    { "apigateway.amazonaws.com", "CreateRestApi", "apigateway:POST" },
    { "apigateway.amazonaws.com", "UpdateStage", "apigateway:PATCH" },
    { "apigateway.amazonaws.com", "CreatePortal", "apigateway:CreatePortal" },
    { "budgets.amazonaws.com", "CreateBudget", "budgets:ModifyBudget" },
    { "sts.amazonaws.com", "GetCallerIdentity", "none" },
    { "sts.amazonaws.com", "AssumeRoleWithWebIdentity", "none" },
    { "sts.amazonaws.com", "AssumeRole", "sts:AssumeRole" },
    { "ec2.amazonaws.com", "PutBucketVersioning", "unknown event" },
    { "frobnicator.amazonaws.com", "GetObject", "unknown source" },
    { "s3.example.com", "GetObject", "unknown source" },
    { "", "GetObject", "unknown source" },
    { "s3.amazonaws.com", "", "unknown event" },
};

static void events(void **state UNUSED)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct map_answer answer;
        char room[512];
        map_event(&catalogue, str_cstr(cases[i].source), str_cstr(cases[i].event), &answer);
        write_answer(&answer, room, sizeof(room));
        if (strcmp(room, cases[i].wanted) != 0) {
            fail_msg("%s %s: %s, not %s", cases[i].source, cases[i].event, room, cases[i].wanted);
        }
    }
}

static bool is_action(str action)
{
    struct catalogue_service service;
    struct catalogue_action found;
    str name = action, prefix;

    return take_until(&name, ':', &prefix) &&
           catalogue_service_find(&catalogue, prefix, &service) &&
           catalogue_action_find(&catalogue, &service, name, &found);
}

static void every_row_names_what_there_is(void **state UNUSED)
{
    struct catalogue_service service;

    assert_true(map_sources_count >= 90);
    assert_true(map_events_count >= 150);
    for (size_t i = 0; i < map_sources_count; i++) {
        assert_true(catalogue_service_find(&catalogue, map_sources[i].prefix, &service));
        assert_true(i == 0 || str_cmp_nocase(map_sources[i - 1].source, map_sources[i].source) < 0);
    }
    for (size_t i = 0; i < map_events_count; i++) {
        for (size_t j = 0; j < map_events[i].count; j++) {
            assert_true(is_action(map_events[i].targets[j].action));
        }
    }
    for (size_t i = 0; i < map_companions_count; i++) {
        assert_true(is_action(map_companions[i].action));
        assert_true(is_action(map_companions[i].also));
    }
    for (size_t i = 0; i < map_whole_count; i++) {
        assert_true(is_action(map_whole[i].name));
    }
}

/* Every action of the catalogue is found by its own name, or a row says what the event means. */
static void every_action_by_its_name(void **state UNUSED)
{
    for (uint32_t i = 0; i < catalogue_action_count(&catalogue); i++) {
        struct catalogue_action action;
        struct catalogue_service service;
        struct map_answer answer;
        char source[128];
        assert_true(catalogue_action_at(&catalogue, i, &action));
        assert_true(catalogue_service_at(&catalogue, action.service, &service));
        (void)snprintf(source, sizeof(source), "%.*s.amazonaws.com", FMT(service.prefix));
        map_event(&catalogue, str_cstr(source), action.name, &answer);
        if (answer.status != MAP_TARGETS_FOUND && answer.status != MAP_NO_PERMISSION) {
            fail_msg("%.*s:%.*s is not found", FMT(service.prefix), FMT(action.name));
        }
    }
}

static void companions_of_every_action(void **state UNUSED)
{
    for (size_t i = 0; i < map_companions_count; i++) {
        size_t count;
        const struct map_companion *rows = map_companions_of(map_companions[i].action, &count);
        assert_non_null(rows);
        assert_true(rows <= &map_companions[i] && &map_companions[i] < rows + count);
    }
    assert_null(map_companions_of(STR("s3:ListBucket"), &(size_t){ 0 }));
    assert_null(map_companions_of(STR(""), &(size_t){ 0 }));
    assert_null(map_companions_of(STR("zzz:Z"), &(size_t){ 0 }));
}

static void ids_tell_their_type(void **state UNUSED)
{
    assert_str(map_id_of(STR("i-0acc59eff90a93f3e"))->type, "instance");
    assert_str(map_id_of(STR("vpce-svc-0acc59eff90a93f3e"))->type, "vpc-endpoint-service");
    assert_str(map_id_of(STR("vpce-0acc59ef"))->type, "vpc-endpoint");
    assert_null(map_id_of(STR("i-0acc59eff90a93f3")));  /* a digit short */
    assert_null(map_id_of(STR("i-0acc59eff90a93f3g"))); /* no digit */
    assert_null(map_id_of(STR("i-")));
    assert_true(map_is_short_lived(STR("ec2"), STR("instance")));
    assert_false(map_is_short_lived(STR("ec2"), STR("vpc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(every_row_names_what_there_is),
        cmocka_unit_test(every_action_by_its_name),
        cmocka_unit_test(companions_of_every_action),
        cmocka_unit_test(ids_tell_their_type),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
