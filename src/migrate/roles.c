#include "migrate/roles.h"

#include "codec/arn.h"

static void blind(struct role_of *role, const char *what)
{
    if (role->blind_count < BLIND_MAX) {
        role->blind[role->blind_count++] = what;
    }
}

/* -- what is held today ------------------------------------------------------------------------------------ */

static void today_make(const struct roles_job *job, struct role_of *role)
{
    const struct estate_policies *policies = role->user != NULL   ? &role->user->policies
                                             : role->role != NULL ? &role->role->policies
                                                                  : NULL;
    const struct estate_policies *boundary = role->user != NULL   ? &role->user->boundary
                                             : role->role != NULL ? &role->role->boundary
                                                                  : NULL;

    role->today = (struct today){ .policies = policies };
    role->today.principal = (struct principal){
        .type = role->role != NULL ? PRINCIPAL_ROLE_SESSION : PRINCIPAL_USER,
        .account = role->account,
        .arn = role->arn,
        .role_arn = role->role != NULL ? role->arn : STR_NONE,
        .unique_id = role->user != NULL ? role->user->id : STR_NONE,
    };
    if (policies == NULL) {
        return;
    }
    role->today.stack = estate_analysis(policies, boundary);
    role->today.stack.scp = job->scp;
    role->today.stack.scp_count = job->scp_count;
    role->today.unknown = policies->unknown + boundary->unknown;
    if (boundary->count > 0) {
        role->today.boundary = boundary->items[0].name;
    }
    if (role->today.unknown > 0) {
        blind(role, "the export lacks documents of today's policies: what they allow is not used, "
                    "what they deny is not seen");
    }
}

/* -- what could not be seen --------------------------------------------------------------------------------- */

/* Services whose everyday calls are data events, which a trail has only when it was told to. */
static const struct {
    str prefix;
    const char *what;
} data_services[] = {
    { STR_INIT("s3"),
      "the trail has no data events of S3: reads and writes of objects are not seen" },
    { STR_INIT("lambda"), "the trail has no data events of Lambda: invocations are not seen" },
    { STR_INIT("dynamodb"),
      "the trail has no data events of DynamoDB: reads and writes of items are not seen" },
    { STR_INIT("sqs"), "the trail has no data events of SQS: messages are not seen" },
    { STR_INIT("sns"), "the trail has no data events of SNS: publishing is not seen" },
    { STR_INIT("kinesis"), "the trail has no data events of Kinesis: records are not seen" },
    { STR_INIT("cloudwatch"),
      "PutMetricData of CloudWatch is a data event, and the trail has none" },
    { STR_INIT("bedrock"), "the trail may lack data events of Bedrock" },
};

/* Whether a document of today speaks of the service, or of all. */
static bool speaks_of(const struct estate_policies *policies, str prefix)
{
    char room[64];
    str word = str_from(room, prefix.len + 2);

    room[0] = '"';
    memcpy(room + 1, prefix.ptr, prefix.len);
    room[prefix.len + 1] = ':';
    for (size_t i = 0; policies != NULL && i < policies->count; i++) {
        if (str_find(policies->items[i].text, word, &(size_t){ 0 })) {
            return true;
        }
    }
    return false;
}

static void find_blind(const struct roles_job *job, struct role_of *role)
{
    for (size_t i = 0; i < COUNT_OF(data_services); i++) {
        if (table_get(&job->evidence->data, data_services[i].prefix) == NULL &&
            speaks_of(role->today.policies, data_services[i].prefix)) {
            blind(role, data_services[i].what);
        }
    }
    if (job->problems != NULL && job->problems->seen[PROBLEM_GAP] > 0) {
        blind(role, "files or hours of the trail are missing, by what its digests say");
    }
    if (job->evidence->last_s - job->evidence->first_s < INT64_C(35) * 86400) {
        blind(role, "the trail covers less than five weeks: monthly work may not be in it");
    } else if (job->evidence->last_s - job->evidence->first_s < INT64_C(95) * 86400) {
        blind(role,
              "the trail covers less than a quarter and a few days: quarterly and yearly work "
              "may not be in it");
    }
}

/* -- confidence ---------------------------------------------------------------------------------------------- */

enum { DAYS_HIGH = 10, DAYS_MEDIUM = 3 };

static void judge(struct grant *grant)
{
    unsigned days = days_count(&grant->days);
    bool doubtful = grant->partial || grant->note_count > (grant->companion ? 1u : 0u);

    grant->confidence = days >= DAYS_HIGH     ? CONFIDENCE_HIGH
                        : days >= DAYS_MEDIUM ? CONFIDENCE_MEDIUM
                                              : CONFIDENCE_LOW;
    if (grant->sibling) {
        grant->confidence = CONFIDENCE_LOW;
    } else if (doubtful && grant->confidence == CONFIDENCE_HIGH) {
        grant->confidence = CONFIDENCE_MEDIUM;
    }
}

/* A bucket's key does not show in events of objects, and with a bucket key few calls reach KMS at all.
 * Who is given KMS by name today, uses objects, and was never seen to use a key, keeps what S3 may need
 * on his behalf; whoever was seen to use one has that. Elsewhere the possibility is not worth a line. */
static void settle_bucket_keys(struct role_of *role, enum profile profile)
{
    struct grants *grants = &role->grants;
    bool uses_kms = false, keep;
    size_t left = 0;

    for (size_t i = 0; i < grants->count; i++) {
        uses_kms = uses_kms ||
                   (str_starts(grants->items[i].action, STR("kms:")) && !grants->items[i].sibling);
    }
    keep = !uses_kms && profile != PROFILE_EXACT && speaks_of(role->today.policies, STR("kms"));
    for (size_t i = 0; i < grants->left_out_count; i++) {
        struct grant *grant = &grants->left_out[i];
        bool key = grant->sibling && grant->partial && str_starts(grant->action, STR("kms:"));
        if (key && keep) {
            grant->note_count = 0;
            grant->notes[grant->note_count++] =
                "not seen: for a bucket encrypted with a key of KMS, through S3 only; name the key "
                "or take this out when the bucket has none";
            grants->items[grants->count++] = *grant;
        } else if (!key) {
            grants->left_out[left++] = *grant;
        }
    }
    grants->left_out_count = left;
}

enum rc role_make(const struct roles_job *job, struct role_of *role)
{
    const struct generalise g = { job->evidence, &job->landscape, job->estate, job->profile,
                                  job->arena };

    role->grants = (struct grants){ .count = 0 };
    role->blind_count = 0;
    today_make(job, role);
    find_blind(job, role);
    if (role->who != NULL) {
        TRY(grants_make(&g, role->who, &role->grants));
        settle_bucket_keys(role, job->profile);
    }
    TRY(cut_to_today(&role->grants, &role->today, job->arena, &role->cut));
    for (size_t i = 0; i < role->grants.count; i++) {
        judge(&role->grants.items[i]);
    }
    for (size_t i = 0; i < role->grants.left_out_count; i++) {
        judge(&role->grants.left_out[i]);
    }
    return RC_OK;
}
