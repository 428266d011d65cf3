/* Makes a trail: bench_trail_make FOLDER MEGABYTES [SEED]. Synthetic, the same bytes for the same seed, in
 * the layout CloudTrail delivers: gzip files of one to ten megabytes of text, half of the records S3
 * data events, the others calls of users, of roles and of services, with what those carry. */
#include <errno.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "codec/date.h"
#include "system/system.h"

enum { TEXT_MAX = 12 << 20, USERS = 60, ROLES = 25, LEVEL = 6, FILES_A_DAY = 24 };
#define ACCOUNT "111122223333"
#define FIRST_DAY INT64_C(1767571200) /* 2026-01-05 */

static uint64_t seed = 1;

static uint32_t pick(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % below;
}

static void hex(buf *out, unsigned digits)
{
    for (unsigned i = 0; i < digits; i++) {
        buf_add_char(out, "0123456789abcdef"[pick(16)]);
    }
}

static void uuid(buf *out)
{
    static const unsigned parts[] = { 8, 4, 4, 4, 12 };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (i > 0) {
            buf_add_char(out, '-');
        }
        hex(out, parts[i]);
    }
}

static const char *const agents[] = {
    "[Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10.199 md/arch#x86_64 lang/python#3.11.6 "
    "md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.11]",
    "aws-sdk-go/1.44.299 (go1.20.6; linux; amd64)",
    "APN/1.0 HashiCorp/1.0 Terraform/1.6.4 (+https://www.terraform.io) "
    "terraform-provider-aws/5.26.0",
    "aws-sdk-java/2.21.0 Linux/5.10.199-190.747.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.9+9-LTS",
    "[aws-cli/2.13.30 Python/3.11.6 Linux/5.15.0 exe/x86_64.ubuntu.22 prompt/off command/s3.cp]",
    "aws-sdk-js/3.454.0 ua/2.0 os/linux#5.10 lang/js md/nodejs#18.18.2 exec-env/AWS_ECS_FARGATE",
};

static void user_identity(buf *out, uint32_t n)
{
    buf_printf(out,
               "\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":\"AIDA%08uBENCHBEN\","
               "\"arn\":\"arn:aws:iam::" ACCOUNT ":user/svc-bench-%u\",\"accountId\":\"" ACCOUNT
               "\",\"accessKeyId\":\"AKIA%08uBENCHBEN\",\"userName\":\"svc-bench-%u\"}",
               n, n, n, n);
}

static void role_identity(buf *out, uint32_t n, uint32_t session)
{
    buf_printf(
        out,
        "\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROA%08uBENCHBEN:s-%u\","
        "\"arn\":\"arn:aws:sts::" ACCOUNT ":assumed-role/role-%u/s-%u\",\"accountId\":\"" ACCOUNT
        "\",\"accessKeyId\":\"ASIA%08uBENCHBEN\",\"sessionContext\":{\"sessionIssuer\":"
        "{\"type\":\"Role\",\"principalId\":\"AROA%08uBENCHBEN\",\"arn\":\"arn:aws:iam::" ACCOUNT
        ":role/role-%u\",\"accountId\":\"" ACCOUNT "\",\"userName\":\"role-%u\"},"
        "\"webIdFederationData\":{},\"attributes\":{\"creationDate\":\"2026-01-05T00:00:00Z\","
        "\"mfaAuthenticated\":\"false\"}}}",
        n, session, n, session, session, n, n, n);
}

static void who(buf *out, uint32_t n)
{
    if (n < USERS) {
        user_identity(out, n);
    } else {
        role_identity(out, n - USERS, n * 7 + pick(20));
    }
}

/* What is asked, and of what: %u is an application. */
static const struct {
    const char *source, *name, *request, *response, *more;
    bool reads;
} calls[] = {
    { "ec2", "DescribeInstances",
      "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0123456789abc%04u\"}]},\"filterSet\":{}}",
      "null", "", true },
    { "dynamodb", "DescribeTable", "{\"tableName\":\"orders-%u\"}", "null",
      ",\"resources\":[{\"accountId\":\"" ACCOUNT "\",\"type\":\"AWS::DynamoDB::Table\",\"ARN\":"
      "\"arn:aws:dynamodb:eu-west-1:" ACCOUNT ":table/orders\"}]",
      true },
    { "kms", "Decrypt",
      "{\"encryptionContext\":{\"aws:s3:arn\":\"arn:aws:s3:::bench-app-%u\"},"
      "\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}",
      "null", "", true },
    { "logs", "CreateLogStream",
      "{\"logGroupName\":\"/aws/lambda/worker-%u\",\"logStreamName\":\"2026/01/05/[$LATEST]0\"}",
      "null", "", false },
    { "lambda", "UpdateFunctionConfiguration20150331v2",
      "{\"functionName\":\"worker-%u\",\"role\":\"arn:aws:iam::" ACCOUNT ":role/worker\","
      "\"environment\":{},\"timeout\":30}",
      "{\"functionName\":\"worker\",\"functionArn\":\"arn:aws:lambda:eu-west-1:" ACCOUNT
      ":function:worker\",\"runtime\":\"python3.11\",\"handler\":\"main.run\",\"codeSize\":1024,"
      "\"environment\":{},\"layers\":[],\"state\":\"Active\"}",
      "", false },
    { "iam", "PutRolePolicy",
      "{\"roleName\":\"role-%u\",\"policyName\":\"access\",\"policyDocument\":\"{\\\"Version\\\":"
      "\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"s3:*"
      "\\\","
      "\\\"Resource\\\":\\\"*\\\"}]}\"}",
      "null", "", false },
};

static void s3_call(buf *out, uint32_t app)
{
    uint32_t object = pick(100000);
    const char *name = pick(3) == 0 ? "PutObject" : "GetObject";
    bool reads = name[0] == 'G';

    buf_printf(
        out,
        "\"requestParameters\":{\"bucketName\":\"bench-app-%u\",\"Host\":\"bench-app-%u.s3."
        "eu-west-1.amazonaws.com\",\"key\":\"out/2026/01/%05u.json\"},\"responseElements\":%s,"
        "\"additionalEventData\":{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":"
        "\"ECDHE-RSA-AES128-GCM-SHA256\",\"bytesTransferredIn\":%u,\"SSEApplied\":"
        "\"Default_SSE_S3\",\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"",
        app, app, object, reads ? "null" : "{\"x-amz-server-side-encryption\":\"AES256\"}",
        pick(50000));
    hex(out, 150);
    buf_printf(
        out,
        "\",\"bytesTransferredOut\":%u},\"resources\":[{\"type\":\"AWS::S3::Object\",\"ARN\":"
        "\"arn:aws:s3:::bench-app-%u/out/2026/01/%05u.json\"},{\"accountId\":\"" ACCOUNT
        "\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::bench-app-%u\"}],"
        "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"%s\",\"readOnly\":%s,"
        "\"managementEvent\":false,\"eventCategory\":\"Data\"",
        pick(90000), app, object, app, name, reads ? "true" : "false");
}

static void api_call(buf *out, uint32_t app)
{
    uint32_t n = pick(COUNT_OF(calls));

    BUF_LIT(out, "\"requestParameters\":");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_printf(out, calls[n].request, app);
#pragma GCC diagnostic pop
    buf_printf(out,
               ",\"responseElements\":%s%s,\"eventSource\":\"%s.amazonaws.com\",\"eventName\":"
               "\"%s\",\"readOnly\":%s,\"managementEvent\":true,\"eventCategory\":\"Management\"",
               calls[n].response, calls[n].more, calls[n].source, calls[n].name,
               calls[n].reads ? "true" : "false");
    if (pick(25) == 0) {
        BUF_LIT(out, ",\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User is not authorized to "
                     "perform this action because no identity-based policy allows it\"");
    }
}

static void record(buf *out, int64_t at)
{
    uint32_t n = pick(USERS + ROLES), app = n % 40;
    char time[20];

    date_print_iso(at, time);
    BUF_LIT(out, "{\"eventVersion\":\"1.11\",");
    who(out, n);
    BUF_LIT(out, ",\"eventTime\":\"");
    buf_add(out, str_from(time, sizeof(time)));
    buf_printf(
        out,
        "\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.%u.%u.%u\",\"userAgent\":\"%s\",",
        n % 4, n % 200, pick(3), agents[n % COUNT_OF(agents)]);
    (pick(2) == 0 ? s3_call : api_call)(out, app);
    BUF_LIT(out, ",\"requestID\":\"");
    uuid(out);
    BUF_LIT(out, "\",\"eventID\":\"");
    uuid(out);
    BUF_LIT(out,
            "\",\"eventType\":\"AwsApiCall\",\"recipientAccountId\":\"" ACCOUNT "\","
            "\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\","
            "\"clientProvidedHostHeader\":\"s3.eu-west-1.amazonaws.com\"}}");
}

static void die(const char *what)
{
    (void)fprintf(stderr, "trail_make: %s\n", what);
    exit(1);
}

static void make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            die("cannot make the folder");
        }
        *at = '/';
    }
}

static void write_file(const char *folder, unsigned number, const buf *text, buf *packed,
                       struct libdeflate_compressor *compressor)
{
    struct date date = date_from_unix(FIRST_DAY + (int64_t)number * 86400 / FILES_A_DAY);
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof(path),
                   "%s/AWSLogs/" ACCOUNT "/CloudTrail/eu-west-1/%04d/%02d/%02d/" ACCOUNT
                   "_CloudTrail_eu-west-1_%04d%02d%02dT%02d%02dZ_bench%011u.json.gz",
                   folder, date.year, date.month, date.day, date.year, date.month, date.day,
                   date.hour, date.minute, number);
    make_folders(path);
    packed->len = libdeflate_gzip_compress(compressor, text->ptr, text->len, packed->ptr,
                                           packed->cap);
    file = fopen(path, "wbe");
    if (file == NULL || fwrite(packed->ptr, 1, packed->len, file) != packed->len ||
        fclose(file) != 0) {
        die("cannot write");
    }
}

int main(int argc, char **argv)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    buf text = buf_heap(TEXT_MAX), packed = buf_heap(TEXT_MAX);
    uint64_t left = 0, n = 0;

    if (argc < 3 || compressor == NULL || str_to_u64(str_cstr(argv[2]), &left) != RC_OK ||
        (argc > 3 && (str_to_u64(str_cstr(argv[3]), &seed) != RC_OK || seed == 0)) ||
        buf_reserve(&packed, TEXT_MAX) == NULL) {
        die("usage: bench_trail_make FOLDER MEGABYTES [SEED]");
    }
    left <<= 20;
    for (unsigned file = 0; left > 0; file++) {
        uint64_t size = (1 + pick(9)) * UINT64_C(1000000);
        int64_t at = FIRST_DAY + (int64_t)file * 86400 / FILES_A_DAY;
        buf_clear(&text);
        BUF_LIT(&text, "{\"Records\":[");
        for (size = size < left ? size : left; text.len < size; n++) {
            if (text.len > 16) {
                buf_add_char(&text, ',');
            }
            record(&text, at + (int64_t)(text.len * 3000 / size));
        }
        BUF_LIT(&text, "]}");
        write_file(argv[1], file, &text, &packed, compressor);
        left -= text.len < left ? text.len : left;
    }
    (void)printf("%llu records\n", (unsigned long long)n);
    buf_done(&text);
    buf_done(&packed);
    libdeflate_free_compressor(compressor);
    return 0;
}
