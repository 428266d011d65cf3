/* Session policies inside tokens: deflated against a dictionary, so that a short policy of common
 * phrases takes little of the space a token has. */
#include "access/session.h"

#define ZLIB_CONST
#include <zlib.h>

/* Part of token version 1: changing a byte makes live sessions unreadable. The commonest phrases
 * stand last, where references to them are shortest. */
static const char dictionary[] =
    "\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"ForAnyValue:StringLike\":{\"DateLessThan\":"
    "{\"aws:CurrentTime\":\"\"IpAddress\":{\"aws:SourceIp\":[\"\"Bool\":{\"aws:SecureTransport\":"
    "\"true\"}\"aws:MultiFactorAuthPresent\"\"ArnLike\":{\"aws:SourceArn\":\"\"StringNotEquals\":{"
    "\"aws:PrincipalTag/aws:RequestTag/aws:ResourceTag/\"aws:RequestedRegion\":[\"us-east-1\""
    "us-west-2eu-west-1eu-central-1ap-southeast-2\"secretsmanager:GetSecretValue\"\"kms:Decrypt\","
    "\"kms:GenerateDataKey\"\"lambda:InvokeFunction\"\"logs:CreateLogStream\",\"logs:PutLogEvents\""
    "\"ssm:GetParameter\"\"ecr:GetAuthorizationToken\"\"cloudwatch:PutMetricData\"\"sns:Publish\""
    "\"sqs:SendMessage\",\"sqs:ReceiveMessage\",\"sqs:DeleteMessage\",\"sqs:GetQueueAttributes\""
    "\"dynamodb:GetItem\",\"dynamodb:PutItem\",\"dynamodb:Query\"\"ec2:Describe*\"\"iam:PassRole\""
    "\"sts:AssumeRole\"\"s3:DeleteObject\",\"s3:ListAllMyBuckets\"\"s3:GetBucketLocation\","
    "\"s3:ListBucket\",\"s3:PutObject\",\"s3:GetObject\",arn:aws:dynamodb:arn:aws:lambda:"
    "arn:aws:sns:arn:aws:sqs:arn:aws:iam::\"arn:aws:s3:::\"StringLike\":{\"s3:prefix\":[\""
    "\"Condition\":{\"StringEquals\":{\"\"NotAction\":[\"\"NotResource\":\"\"Effect\":\"Deny\",\""
    "\"}}]}{\"Statement\":[{\"Action\":[\"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n"
    "    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"Resource\": \"arn:aws:"
    "\"],\"Resource\":[\"arn:aws:*\"],\"Effect\":\"Allow\"}],\"Version\":\"2012-10-17\"}"
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Stmt1\",\"Effect\":\"Allow\","
    "\"Action\":\"*\",\"Resource\":\"*\"}]}";

enum {
    WINDOW_BITS = 13, /* 8 KiB: dictionary and the longest policy */
    MEM_LEVEL = 4,
    /* Percentages: see session_packed_percent. */
    BUDGET = 400 * 4,
    UNITS_PER_TAG_BYTE = 4,
    UNITS_PER_TAG = 2 * UNITS_PER_TAG_BYTE,
    UNITS_PER_INLINE_POLICY = 64,
    UNITS_PER_POLICY_BYTE = 3,
    UNITS_PER_MANAGED_POLICY = 24,
};

_Static_assert(sizeof(dictionary) + SESSION_POLICY_BYTES_MAX <= 1 << WINDOW_BITS,
               "every phrase must stay within reach of the end of the longest policy");

static void *take_memory(void *arena, unsigned count, unsigned size)
{
    return arena_array(arena, count, size);
}

static void leave_memory(void *arena, void *ptr)
{
    (void)arena; /* the arena frees everything at once */
    (void)ptr;
}

static z_stream stream_of(struct arena *arena)
{
    return (z_stream){ .zalloc = take_memory, .zfree = leave_memory, .opaque = arena };
}

enum rc session_pack(str policy, struct arena *arena, str *ret_packed)
{
    z_stream stream = stream_of(arena);
    unsigned long bound;
    char *out;

    if (policy.len > SESSION_POLICY_BYTES_MAX) {
        return RC_LIMIT;
    }
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetDictionary(&stream, (const Bytef *)dictionary, sizeof(dictionary) - 1) != Z_OK) {
        return RC_NOMEM;
    }
    bound = deflateBound(&stream, policy.len);
    out = arena_bytes(arena, bound);
    if (out == NULL) {
        return RC_NOMEM;
    }
    stream.next_in = (const Bytef *)policy.ptr;
    stream.avail_in = (unsigned)policy.len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)bound;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        return RC_NOMEM;
    }
    *ret_packed = str_from(out, stream.total_out);
    return RC_OK;
}

/* One byte more than plain_len is offered, so that a longer text is seen and refused. */
enum rc session_unpack(str packed, size_t plain_len, struct arena *arena, str *ret_policy)
{
    z_stream stream = stream_of(arena);
    char *out;

    if (plain_len > SESSION_POLICY_BYTES_MAX || packed.len > SESSION_BYTES_MAX) {
        return RC_SYNTAX;
    }
    out = arena_bytes(arena, plain_len + 1);
    if (out == NULL || inflateInit2(&stream, -WINDOW_BITS) != Z_OK ||
        inflateSetDictionary(&stream, (const Bytef *)dictionary, sizeof(dictionary) - 1) != Z_OK) {
        return RC_NOMEM;
    }
    stream.next_in = (const Bytef *)packed.ptr;
    stream.avail_in = (unsigned)packed.len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (unsigned)plain_len + 1;
    if (inflate(&stream, Z_FINISH) != Z_STREAM_END || stream.avail_in != 0 ||
        stream.total_out != plain_len) {
        return RC_SYNTAX;
    }
    *ret_policy = str_from(out, plain_len);
    return RC_OK;
}

unsigned session_packed_percent(str packed_policy, size_t managed_policies,
                                const struct session_tag *tags, size_t tag_count)
{
    size_t units = managed_policies * UNITS_PER_MANAGED_POLICY;

    if (packed_policy.ptr != NULL) {
        units += UNITS_PER_INLINE_POLICY + packed_policy.len * UNITS_PER_POLICY_BYTE;
    }
    for (size_t i = 0; i < tag_count; i++) {
        units += UNITS_PER_TAG + (tags[i].key.len + tags[i].value.len) * UNITS_PER_TAG_BYTE;
    }
    return (unsigned)((units * 100 + BUDGET - 1) / BUDGET);
}
