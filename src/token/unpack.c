/* Session policies out of tokens. */
#include "codec/deflate.h"
#include "token/session.h"

/* Part of token version 1: changing a byte makes live sessions unreadable. The commonest phrases
 * stand last, where references to them are shortest. */
static const char phrases[] =
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

_Static_assert(sizeof(phrases) <= SESSION_DICTIONARY_BYTES_MAX, "phrases stay within reach");

const str session_dictionary = STR_INIT(phrases);

enum rc session_unpack(str packed, size_t plain_len, struct arena *arena, str *ret_policy)
{
    char *out;

    if (plain_len > SESSION_POLICY_BYTES_MAX || packed.len > SESSION_BYTES_MAX) {
        return RC_SYNTAX;
    }
    out = arena_bytes(arena, plain_len);
    if (out == NULL) {
        return RC_NOMEM;
    }
    TRY(deflate_decode(packed, session_dictionary, out, plain_len));
    *ret_policy = str_from(out, plain_len);
    return RC_OK;
}
