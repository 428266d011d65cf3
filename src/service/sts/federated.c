/* From a verified assertion or token to a role session: the trust policy alone decides. */
#include "codec/arn.h"
#include "model/account.h"
#include "service/sts/sts.h"

enum rc sts_role_account(struct rq *rq, str role_arn, int64_t *ret_account)
{
    struct arn arn;

    if (arn_parse(role_arn, &arn) != RC_OK || !str_eq(arn.service, STR("iam")) ||
        !str_starts(arn.resource, STR("role/")) ||
        account_id_parse(arn.account, ret_account) != RC_OK) {
        return api_fail(rq, ERR_ValidationError, "%.*s is invalid", FMT(role_arn));
    }
    return RC_OK;
}

/* --- the question ------------------------------------------------------------------------------- */

struct trust_keys {
    struct context_entry *entries;
    str *values;
    size_t count;
};

static void put_many(struct trust_keys *keys, str key, const str *values, size_t count)
{
    keys->entries[keys->count++] = (struct context_entry){
        .key = key, .values = values, .count = (uint32_t)count, .many = true
    };
}

static void put(struct trust_keys *keys, str key, str value)
{
    keys->values[keys->count] = value;
    keys->entries[keys->count] =
        (struct context_entry){ .key = key, .values = &keys->values[keys->count], .count = 1 };
    keys->count++;
}

static enum rc put_tags(struct rq *rq, const struct sts_Tag_list *tags, struct trust_keys *keys)
{
    str *names = NEW_ARRAY(rq->arena, tags->count, str);

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < tags->count; i++) {
        str key = arena_printf(rq->arena, "aws:RequestTag/%.*s", FMT(tags->items[i].Key));
        if (key.ptr == NULL) {
            return RC_NOMEM;
        }
        put(keys, key, tags->items[i].Value);
        names[i] = tags->items[i].Key;
    }
    if (tags->count > 0) { /* K-1: absent when no tags are passed */
        put_many(keys, STR("aws:TagKeys"), names, tags->count);
    }
    return RC_OK;
}

static enum rc trust_keys(struct rq *rq, const struct sts_federation *federation, str session_name,
                          struct trust_keys *ret)
{
    size_t max = federation->tags.count + 4;

    *ret = (struct trust_keys){ .entries = NEW_ARRAY(rq->arena, max, struct context_entry),
                                .values = NEW_ARRAY(rq->arena, max, str) };
    if (ret->entries == NULL || ret->values == NULL) {
        return RC_NOMEM;
    }
    put(ret, STR("sts:RoleSessionName"), session_name);
    if (federation->source_identity.ptr != NULL) {
        put(ret, STR("sts:SourceIdentity"), federation->source_identity);
    }
    if (federation->transitive.count > 0) {
        put_many(ret, STR("sts:TransitiveTagKeys"), federation->transitive.items,
                 federation->transitive.count);
    }
    return put_tags(rq, &federation->tags, ret);
}

/* Without a role, or with one whose trust policy does not parse, nobody is asked: the answer is the
 * same, and does not tell whether the role exists. */
static enum rc find_role(struct rq *rq, const struct sts_federation *federation, str role_arn)
{
    struct turn *turn = turn_of(rq);
    enum rc rc = access_role(turn->loop->access, role_arn, &turn->target);

    if (rc == RC_NOENT || rc == RC_SYNTAX || (rc == RC_OK && turn->target->trust == NULL)) {
        return api_fail(rq, ERR_AccessDenied, "Not authorized to perform %.*s",
                        FMT(federation->action));
    }
    return rc;
}

static enum rc ask_trust(struct rq *rq, const struct sts_federation *federation,
                         const struct sts_federated_in *in)
{
    struct turn *turn = turn_of(rq);
    struct trust_keys keys;
    struct ask ask = { .resource = in->role_arn,
                       .resource_account = turn->target->account_text,
                       .resource_org_id = turn->target->org_id,
                       .resource_org_path = turn->target->org_path,
                       .resource_policy = turn->target->trust };

    TRY(trust_keys(rq, federation, in->session_name, &keys));
    ask.keys = keys.entries;
    ask.key_count = keys.count;
    ask.action = federation->action;
    TRY(turn_decide(turn, &ask));
    if (federation->tags.count > 0 || federation->transitive.count > 0) {
        ask.action = STR("sts:TagSession");
        TRY(turn_decide(turn, &ask));
    }
    if (federation->source_identity.ptr != NULL) {
        ask.action = STR("sts:SetSourceIdentity");
        TRY(turn_decide(turn, &ask));
    }
    return RC_OK;
}

/* --- the session -------------------------------------------------------------------------------- */

static enum rc seconds_for(struct rq *rq, const struct sts_federation *federation, int64_t wanted,
                           int64_t *ret)
{
    if (wanted > turn_of(rq)->target->max_session_s) {
        return api_fail(rq, ERR_ValidationError,
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for "
                        "this role.");
    }
    *ret = federation->seconds_max > 0 && wanted > federation->seconds_max ? federation->seconds_max
                                                                           : wanted;
    return RC_OK;
}

/* From here on the request has a caller, for decisions and for the trail. */
static void introduce(struct rq *rq, const struct sts_federation *federation)
{
    struct turn *turn = turn_of(rq);

    turn->caller = (struct caller){ .type = federation->type, .federated = &federation->identity };
    rq->caller = &turn->caller;
}

enum rc sts_assume_federated(struct rq *rq, const struct sts_federation *federation,
                             const struct sts_federated_in *in, struct sts_federated_out *ret)
{
    struct session session = { .kind = SESSION_ROLE,
                               .name = in->session_name,
                               .source_identity = federation->source_identity,
                               .keys = federation->kept,
                               .key_count = federation->kept_count };
    const struct subject *role;
    str packed = STR_NONE;
    int64_t percent, seconds = 0;

    introduce(rq, federation);
    TRY(find_role(rq, federation, in->role_arn));
    role = turn_of(rq)->target;
    rq->account = role->account;
    rq->account_text = role->account_text;
    TRY(ask_trust(rq, federation, in));
    TRY(seconds_for(rq, federation, in->seconds, &seconds));
    session.account = role->account;
    session.unique_id = role->unique_id;
    TRY(sts_session_policies(rq, in->policy, in->policy_arns, role->account, &session, &packed));
    TRY(sts_session_tags(rq, &federation->tags, &federation->transitive, NULL, &session));
    TRY(sts_packed_size(rq, &session, packed, &percent));
    TRY(sts_issue(rq, &session, packed, seconds, &ret->credentials));
    TRY(sts_name_session(rq, &session, role, &ret->user));
    if (in->policy.ptr != NULL || in->policy_arns->count > 0 || federation->tags.count > 0) {
        ret->packed_size = (struct opt_int){ percent, true };
    }
    return RC_OK;
}
