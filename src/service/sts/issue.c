#include "model/entity.h"
#include "policy/policy.h"
#include "service/sts/sts.h"
#include "vault/vault.h"

enum { ACCESS_KEY_ID_CHARS = 20, PACKED_ENTRY_BYTES_MAX = 32 * 1024 };

enum rc sts_snapshot(struct rq *rq, struct txn **ret)
{
    TRY(access_txn(turn_of(rq)->loop->access, &rq->txn));
    *ret = rq->txn;
    return RC_OK;
}

/* --- session policies --------------------------------------------------------------------------- */

static size_t characters(str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

static enum rc too_large(struct rq *rq, size_t percent)
{
    return api_fail(rq, ERR_PackedPolicyTooLarge,
                    "Packed policy consumes %zu%% of allotted space, please use smaller policy.",
                    percent);
}

static enum rc check_inline(struct rq *rq, str policy)
{
    const struct policy_document *doc;
    struct policy_refusal refusal;
    enum rc rc;

    if (policy.len > SESSION_POLICY_BYTES_MAX || characters(policy) > STS_POLICY_CHARACTERS_MAX) {
        return too_large(rq, characters(policy) * 100 / STS_POLICY_CHARACTERS_MAX + 1);
    }
    rc = policy_parse(POLICY_IDENTITY, policy, rq->arena, &doc, &refusal);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return api_fail_policy(rq, &refusal);
    }
    return rc;
}

/* The same few session policies come again and again: what was found well-formed and packed once is
 * remembered by its text. Without memory it is merely done again. */
static void remember_packed(struct rq *rq, str policy, str packed)
{
    struct packed_policy *entry = cache_entry_new(sizeof(*entry), PACKED_ENTRY_BYTES_MAX);

    if (entry == NULL) {
        return;
    }
    entry->entry.key = arena_str(&entry->entry.arena, policy);
    entry->packed = arena_str(&entry->entry.arena, packed);
    if (entry->entry.key.ptr != NULL && entry->packed.ptr != NULL) {
        cache_put(&turn_of(rq)->loop->packed, &entry->entry);
    }
    cache_entry_unref(&entry->entry);
}

static enum rc pack_inline(struct rq *rq, str policy, str *ret_packed)
{
    struct packed_policy *known = cache_get(&turn_of(rq)->loop->packed, policy);

    if (known != NULL) {
        *ret_packed = arena_str(rq->arena, known->packed);
        return ret_packed->ptr == NULL ? RC_NOMEM : RC_OK;
    }
    TRY(check_inline(rq, policy));
    TRY(session_pack(policy, rq->arena, ret_packed));
    remember_packed(rq, policy, *ret_packed);
    return RC_OK;
}

static enum rc managed_policy_id(struct rq *rq, str arn, int64_t account, str *ret_id)
{
    struct entity policy;
    struct txn *txn;
    enum rc rc;

    TRY(sts_snapshot(rq, &txn));
    rc = entity_by_arn(txn, arn, rq->arena, &policy);
    if (rc == RC_OK && (policy.kind != ENTITY_POLICY ||
                        (policy.account != account && policy.account != ACCOUNT_AWS))) {
        rc = RC_NOENT;
    }
    if (rc == RC_NOENT || rc == RC_SYNTAX) {
        return api_fail(rq, ERR_MalformedPolicyDocument,
                        "Policy %.*s does not exist or is not attachable.", FMT(arn));
    }
    TRY(rc);
    *ret_id = policy.id;
    return RC_OK;
}

enum rc sts_session_policies(struct rq *rq, str policy,
                             const struct sts_PolicyDescriptorType_list *arns, int64_t account,
                             struct session *session, str *ret_packed)
{
    str *ids = NEW_ARRAY(rq->arena, arns->count, str);

    if (ids == NULL) {
        return RC_NOMEM;
    }
    if (arns->count > SESSION_POLICY_IDS_MAX) {
        return api_fail(rq, ERR_ValidationError,
                        "1 validation error detected: Value at 'policyArns' failed to satisfy "
                        "constraint: Member must have length less than or equal to %d",
                        SESSION_POLICY_IDS_MAX);
    }
    if (policy.ptr != NULL) {
        TRY(pack_inline(rq, policy, ret_packed));
        session->policy = policy;
    }
    for (size_t i = 0; i < arns->count; i++) {
        if (arns->items[i].arn.ptr == NULL) {
            return api_fail(rq, ERR_ValidationError,
                            "1 validation error detected: Value at 'policyArns' failed to satisfy "
                            "constraint: Member must not be null");
        }
        TRY(managed_policy_id(rq, arns->items[i].arn, account, &ids[i]));
    }
    session->policy_ids = ids;
    session->policy_id_count = arns->count;
    return RC_OK;
}

/* --- session tags ------------------------------------------------------------------------------- */

static bool tag_is_among(const struct sts_Tag_list *tags, str key, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(tags->items[i].Key, key)) {
            return true;
        }
    }
    return false;
}

static enum rc check_tags(struct rq *rq, const struct sts_Tag_list *tags,
                          const struct api_str_list *transitive)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (tag_is_among(tags, tags->items[i].Key, i)) {
            return api_fail(rq, ERR_InvalidParameterValue,
                            "Duplicate tag keys found. Please note that Tag keys are case "
                            "insensitive.");
        }
        if (str_starts_nocase(tags->items[i].Key, STR("aws:"))) {
            return api_fail(rq, ERR_InvalidParameterValue,
                            "Tag keys that begin with aws: are reserved.");
        }
    }
    for (size_t i = 0; i < transitive->count; i++) {
        if (!tag_is_among(tags, transitive->items[i], tags->count)) {
            return api_fail(rq, ERR_InvalidParameterValue,
                            "The specified transitive tag key must be included in the requested "
                            "tags.");
        }
    }
    return RC_OK;
}

static bool is_transitive(const struct api_str_list *transitive, str key)
{
    for (size_t i = 0; i < transitive->count; i++) {
        if (str_eq_nocase(transitive->items[i], key)) {
            return true;
        }
    }
    return false;
}

enum rc sts_session_tags(struct rq *rq, const struct sts_Tag_list *tags,
                         const struct api_str_list *transitive, const struct session *parent,
                         struct session *session)
{
    size_t inherited = parent == NULL ? 0 : parent->tag_count, n = 0;
    struct session_tag *out = NEW_ARRAY(rq->arena, tags->count + inherited, struct session_tag);

    if (out == NULL) {
        return RC_NOMEM;
    }
    TRY(check_tags(rq, tags, transitive));
    for (size_t i = 0; i < inherited; i++) {
        if (!parent->tags[i].transitive) {
            continue;
        }
        if (tag_is_among(tags, parent->tags[i].key, tags->count)) {
            return api_fail(rq, ERR_InvalidParameterValue,
                            "One of the specified transitive tag keys can't be set because it "
                            "conflicts with a transitive tag key from the calling session.");
        }
        out[n++] = parent->tags[i];
    }
    for (size_t i = 0; i < tags->count; i++) {
        const struct sts_Tag *tag = &tags->items[i];
        out[n++] = (struct session_tag){ .key = tag->Key,
                                         .value = tag->Value,
                                         .transitive = is_transitive(transitive, tag->Key) };
    }
    if (n > SESSION_TAGS_MAX) {
        return api_fail(rq, ERR_InvalidParameterValue,
                        "The session would have more than %d tags with those it inherits.",
                        SESSION_TAGS_MAX);
    }
    session->tags = out;
    session->tag_count = n;
    return RC_OK;
}

enum rc sts_packed_size(struct rq *rq, const struct session *session, str packed,
                        int64_t *ret_percent)
{
    unsigned percent = session_packed_percent(packed, session->policy_id_count, session->tags,
                                              session->tag_count);

    if (percent > 100 && session->policy.ptr == NULL && session->policy_id_count == 0) {
        return api_fail(rq, ERR_PackedPolicyTooLarge,
                        "Packed size of session tags consumes %u%% of allotted space.", percent);
    }
    if (percent > 100) {
        return too_large(rq, percent);
    }
    *ret_percent = percent;
    return RC_OK;
}

/* --- names ----------------------------------------------------------------------------------- */

enum rc sts_name_session(struct rq *rq, const struct session *session, const struct subject *role,
                         struct sts_AssumedRoleUser **ret)
{
    struct sts_AssumedRoleUser *user = NEW(rq->arena, struct sts_AssumedRoleUser);

    if (user == NULL) {
        return RC_NOMEM;
    }
    user->AssumedRoleId = ARENA_JOIN(rq->arena, role->unique_id, STR(":"), session->name);
    user->Arn = ARENA_JOIN(rq->arena, STR("arn:"), rq->partition, STR(":sts::"), role->account_text,
                           STR(":assumed-role/"), role->name, STR("/"), session->name);
    *ret = user;
    return user->AssumedRoleId.ptr == NULL || user->Arn.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* --- credentials -------------------------------------------------------------------------------- */

enum rc sts_issue(struct rq *rq, struct session *session, str packed, int64_t seconds,
                  struct sts_Credentials **ret)
{
    const struct session *parent = rq->caller->session;
    struct sts_Credentials *credentials = NEW(rq->arena, struct sts_Credentials);
    str capsule;

    if (credentials == NULL) {
        return RC_NOMEM;
    }
    session->issued_s = rq->now_s;
    session->expires_s = rq->now_s + seconds;
    if (parent != NULL && session->expires_s > parent->expires_s) {
        session->expires_s = parent->expires_s;
    }
    session->issuer_key_id = rq->caller->access_key_id;
    TRY(unique_id_new(&turn_of(rq)->loop->env, STR("ASIA"), session->account, ACCESS_KEY_ID_CHARS,
                      rq->arena, &session->access_key_id));
    TRY(session_encode(session, packed, rq->arena, &capsule));
    TRY(vault_seal(rq->vault, VAULT_TOKEN, session->access_key_id, capsule, rq->arena,
                   &credentials->SessionToken));
    TRY(vault_session_secret(rq->vault, session->access_key_id, credentials->SessionToken,
                             rq->arena, &credentials->SecretAccessKey));
    credentials->AccessKeyId = session->access_key_id;
    credentials->Expiration = (struct opt_int){ session->expires_s, true };
    *ret = credentials;
    return RC_OK;
}
