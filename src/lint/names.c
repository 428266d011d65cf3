/* Comparing names and patterns. */
#include "lint/walk.h"
#include "policy/text.h"

static char fold(char c, bool nocase)
{
    return nocase ? ascii_lower(c) : c;
}

/* Greedy like glob_match, but over a pattern: a wildcard of `inner` is only taken by a '*'. */
bool pattern_covers(str outer, str inner, bool nocase)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;

    while (t < inner.len) {
        if (p < outer.len && outer.ptr[p] == '*') {
            star = ++p;
            star_text = t;
        } else if (p < outer.len && outer.ptr[p] == '?' && inner.ptr[t] != '*') {
            p++;
            t++;
        } else if (p < outer.len && inner.ptr[t] != '*' && inner.ptr[t] != '?' &&
                   fold(outer.ptr[p], nocase) == fold(inner.ptr[t], nocase)) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++star_text;
        } else {
            return false;
        }
    }
    while (p < outer.len && outer.ptr[p] == '*') {
        p++;
    }
    return p == outer.len;
}

/* Steps over a variable, or returns 0. */
static size_t variable_len(str text)
{
    size_t end;

    return str_starts(text, STR("${")) && str_find_char(text, '}', &end) ? end + 1 : 0;
}

static bool leading_run(str text, size_t *ret_len)
{
    size_t len = variable_len(text);

    if (len == 0 && text.len > 0 && text.ptr[0] == '*') {
        len = 1;
    }
    *ret_len = len;
    return len > 0;
}

static bool is_plain(char c)
{
    return c != '*' && c != '?' && c != '$';
}

enum { MEET_MAX = 512 }; /* bytes of a pattern; longer ones are taken to meet */

/* row[j]: whether what was read of `a` can match what was read of b[0, j). */
bool patterns_meet(str a, str b)
{
    bool row[MEET_MAX + 1] = { true }, next[MEET_MAX + 1];
    size_t skip;

    if (a.len > MEET_MAX || b.len > MEET_MAX) {
        return true;
    }
    for (size_t i = 0; i < a.len && i < b.len && is_plain(a.ptr[i]) && is_plain(b.ptr[i]); i++) {
        if (a.ptr[i] != b.ptr[i]) {
            return false; /* nearly always decided here */
        }
    }
    for (size_t j = 0; j < b.len && row[j];) { /* runs of b at its front match nothing, too */
        if (!leading_run(str_skip(b, j), &skip)) {
            break;
        }
        row[j += skip] = true;
    }
    for (size_t i = 0; i < a.len;) {
        bool a_run = leading_run(str_skip(a, i), &skip);
        char c = a.ptr[i];
        i += a_run ? skip : 1;
        memset(next, 0, b.len + 1);
        if (a_run) {
            memcpy(next, row, b.len + 1);
        }
        next[0] = a_run && row[0];
        for (size_t j = 0; j < b.len;) {
            size_t b_skip;
            bool b_run = leading_run(str_skip(b, j), &b_skip);
            size_t to = j + (b_run ? b_skip : 1);
            if (a_run) {
                next[to] = next[to] || next[j];
            } else if (b_run) {
                /* The run takes this character and stays, or has ended before it. */
                next[to] = next[to] || next[j] || row[j] || row[to];
            } else if (row[j] && (c == '?' || b.ptr[j] == '?' || c == b.ptr[j])) {
                next[to] = true;
            }
            j = to;
        }
        memcpy(row, next, b.len + 1);
    }
    return row[b.len];
}

enum { NAME_MAX_BYTES = 64 };

size_t edit_distance(str a, str b, size_t max)
{
    size_t rows[3][NAME_MAX_BYTES + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    if (a.len > NAME_MAX_BYTES || b.len > NAME_MAX_BYTES ||
        (a.len > b.len ? a.len - b.len : b.len - a.len) >= max) {
        return max;
    }
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = j;
        before[j] = 0;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *spare = before, least = now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = ascii_lower(a.ptr[i - 1]), y = ascii_lower(b.ptr[j - 1]);
            size_t cost = last[j - 1] + (x != y);
            cost = last[j] + 1 < cost ? last[j] + 1 : cost;
            cost = now[j - 1] + 1 < cost ? now[j - 1] + 1 : cost;
            if (i > 1 && j > 1 && x == ascii_lower(b.ptr[j - 2]) &&
                y == ascii_lower(a.ptr[i - 2]) && before[j - 2] + 1 < cost) {
                cost = before[j - 2] + 1;
            }
            now[j] = cost;
            least = cost < least ? cost : least;
        }
        if (least >= max) {
            return max;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[b.len] < max ? last[b.len] : max;
}

static const str regions[] = {
    STR_INIT("af-south-1"),      STR_INIT("ap-east-1"),      STR_INIT("ap-east-2"),
    STR_INIT("ap-northeast-1"),  STR_INIT("ap-northeast-2"), STR_INIT("ap-northeast-3"),
    STR_INIT("ap-south-1"),      STR_INIT("ap-south-2"),     STR_INIT("ap-southeast-1"),
    STR_INIT("ap-southeast-2"),  STR_INIT("ap-southeast-3"), STR_INIT("ap-southeast-4"),
    STR_INIT("ap-southeast-5"),  STR_INIT("ap-southeast-6"), STR_INIT("ap-southeast-7"),
    STR_INIT("ca-central-1"),    STR_INIT("ca-west-1"),      STR_INIT("eu-central-1"),
    STR_INIT("eu-central-2"),    STR_INIT("eu-north-1"),     STR_INIT("eu-south-1"),
    STR_INIT("eu-south-2"),      STR_INIT("eu-west-1"),      STR_INIT("eu-west-2"),
    STR_INIT("eu-west-3"),       STR_INIT("il-central-1"),   STR_INIT("me-central-1"),
    STR_INIT("me-south-1"),      STR_INIT("mx-central-1"),   STR_INIT("sa-east-1"),
    STR_INIT("sa-west-1"),       STR_INIT("us-east-1"),      STR_INIT("us-east-2"),
    STR_INIT("us-west-1"),       STR_INIT("us-west-2"),      STR_INIT("cn-north-1"),
    STR_INIT("cn-northwest-1"),  STR_INIT("us-gov-east-1"),  STR_INIT("us-gov-west-1"),
    STR_INIT("us-iso-east-1"),   STR_INIT("us-iso-west-1"),  STR_INIT("us-isob-east-1"),
    STR_INIT("us-isob-west-1"),  STR_INIT("eu-isoe-west-1"), STR_INIT("us-isof-east-1"),
    STR_INIT("us-isof-south-1"), STR_INIT("eusc-de-east-1"), STR_INIT("global"),
};

bool is_region(str text)
{
    for (size_t i = 0; i < COUNT_OF(regions); i++) {
        if (str_eq(text, regions[i])) {
            return true;
        }
    }
    return false;
}

bool is_account(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!ascii_is_digit(text.ptr[i])) {
            return false;
        }
    }
    return text.len == 12;
}

/* service[.region].amazonaws.com and its siblings of other partitions. */
bool is_service_principal(str text)
{
    static const str ends[] = {
        STR_INIT(".amazonaws.com"), STR_INIT(".amazonaws.com.cn"),   STR_INIT(".amazon.com"),
        STR_INIT(".amazonaws.eu"),  STR_INIT(".amazonaws.internal"), STR_INIT(".aws.internal"),
        STR_INIT(".api.aws")
    };

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (text.len > ends[i].len && str_ends(text, ends[i]) && text.ptr[0] != '.') {
            return true;
        }
    }
    return false;
}

static const struct {
    str type, service;
} resource_types[] = {
    { STR_INIT("AWS::S3::Bucket"), STR_INIT("s3") },
    { STR_INIT("AWS::S3::AccessPoint"), STR_INIT("s3") },
    { STR_INIT("AWS::S3::MultiRegionAccessPoint"), STR_INIT("s3") },
    { STR_INIT("AWS::S3ObjectLambda::AccessPoint"), STR_INIT("s3-object-lambda") },
    { STR_INIT("AWS::IAM::AssumeRolePolicyDocument"), STR_INIT("sts") },
    { STR_INIT("AWS::DynamoDB::Table"), STR_INIT("dynamodb") },
    { STR_INIT("AWS::KMS::Key"), STR_INIT("kms") },
    { STR_INIT("AWS::SQS::Queue"), STR_INIT("sqs") },
    { STR_INIT("AWS::SNS::Topic"), STR_INIT("sns") },
    { STR_INIT("AWS::SecretsManager::Secret"), STR_INIT("secretsmanager") },
    { STR_INIT("AWS::Lambda::Function"), STR_INIT("lambda") },
    { STR_INIT("AWS::ECR::Repository"), STR_INIT("ecr") },
    { STR_INIT("AWS::EFS::FileSystem"), STR_INIT("elasticfilesystem") },
};

const char *lint_resource_type(size_t i)
{
    return i < COUNT_OF(resource_types) ? resource_types[i].type.ptr : NULL;
}

str service_of_resource_type(str type)
{
    for (size_t i = 0; i < COUNT_OF(resource_types); i++) {
        if (str_eq(type, resource_types[i].type)) {
            return resource_types[i].service;
        }
    }
    return STR_NONE;
}

/* Services that AWS has ended; old policies still name them, and nothing is known of their actions. */
bool service_is_retired(str prefix)
{
    static const str retired[] = { STR_INIT("builderid"),         STR_INIT("deepcomposer"),
                                   STR_INIT("deeplens"),          STR_INIT("deepracer"),
                                   STR_INIT("elastic-inference"), STR_INIT("honeycode"),
                                   STR_INIT("iot1click"),         STR_INIT("zocalo") };

    for (size_t i = 0; i < COUNT_OF(retired); i++) {
        if (str_eq_nocase(prefix, retired[i])) {
            return true;
        }
    }
    return false;
}

bool action_covers(str pattern, str action)
{
    return pattern_covers(pattern, action, true);
}

bool statement_has_action(const struct lint_statement *s, str action)
{
    FOR_STRINGS(a, s->actions)
    {
        if (action_covers(a->text, action)) {
            return !s->not_action;
        }
    }
    return s->not_action && s->actions != NULL;
}

const struct condition_entry *find_condition(const struct lint_statement *s, str name)
{
    bool prefix = str_ends(name, STR("/"));

    for (size_t i = 0; i < s->condition_count; i++) {
        str key = s->conditions[i].key->key;
        if (prefix ? str_starts_nocase(key, name) : str_eq_nocase(key, name)) {
            return &s->conditions[i];
        }
    }
    return NULL;
}
