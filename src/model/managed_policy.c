#include "model/managed_policy.h"

#include "model/quota.h"
#include "store/queries.h"
#include "store/store.h"

/* What GetAccountSummary calls PolicyVersionsInUse is counted beside the rows. */
static const str version_counter = STR_INIT("versions");

enum rc managed_policy_insert(struct txn *txn, const struct env *env, struct managed_policy *policy,
                              str document, struct arena *arena)
{
    struct entity *entity = &policy->entity;

    TRY(entity_insert(txn, env, entity, arena));
    policy->default_version = 1;
    policy->updated_s = entity->created_s;
    TRY(q_managed_policy_insert(txn, entity->id, policy->description, 1, 2, policy->updated_s));
    TRY(q_policy_version_insert(txn, entity->id, 1, document, entity->created_s));
    return counter_add(txn, entity->account, version_counter, 1);
}

enum rc managed_policy_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                                 struct managed_policy *ret)
{
    struct q_managed_policy_get_row row;

    TRY(q_managed_policy_get(txn, entity->id, arena, &row));
    *ret = (struct managed_policy){
        .entity = *entity,
        .description = row.description,
        .default_version = row.default_version,
        .updated_s = row.updated_s,
    };
    return RC_OK;
}

enum rc managed_policy_by_arn(struct txn *txn, str arn, struct arena *arena,
                              struct managed_policy *ret)
{
    struct entity entity;

    TRY(entity_by_arn(txn, arn, arena, &entity));
    return entity.kind == ENTITY_POLICY ? managed_policy_of_entity(txn, &entity, arena, ret)
                                        : RC_NOENT;
}

enum rc managed_policy_delete(struct txn *txn, const struct entity *entity)
{
    int64_t rows = 0;

    TRY(q_policy_version_delete_all(txn, entity->id, &rows));
    TRY(counter_add(txn, entity->account, version_counter, -rows));
    TRY(q_managed_policy_delete(txn, entity->id));
    return entity_delete(txn, entity);
}

enum rc policy_version_add(struct txn *txn, struct managed_policy *policy, str document,
                           bool make_default, int64_t now_s, struct arena *arena,
                           struct policy_version *ret)
{
    struct q_managed_policy_get_row row;
    struct q_policy_version_count_row there;
    str id = policy->entity.id;

    TRY(q_policy_version_count(txn, id, arena, &there));
    TRY(quota_admit(txn, policy->entity.account, QUOTA_VERSIONS_PER_POLICY, there.n));
    TRY(q_managed_policy_get(txn, id, arena, &row));
    TRY(q_policy_version_insert(txn, id, row.next_version, document, now_s));
    TRY(q_managed_policy_set_next(txn, row.next_version + 1, now_s, id));
    TRY(counter_add(txn, policy->entity.account, version_counter, 1));
    if (make_default) {
        TRY(policy_version_set_default(txn, policy, row.next_version, now_s, arena));
    }
    *ret = (struct policy_version){
        .version = row.next_version,
        .document = document,
        .created_s = now_s,
        .is_default = make_default,
    };
    return RC_OK;
}

enum rc policy_version_get(struct txn *txn, const struct managed_policy *policy, int64_t version,
                           struct arena *arena, struct policy_version *ret)
{
    struct q_policy_version_get_row row;

    TRY(q_policy_version_get(txn, policy->entity.id, version, arena, &row));
    *ret = (struct policy_version){
        .version = version,
        .document = row.document,
        .created_s = row.created_s,
        .is_default = version == policy->default_version,
    };
    return RC_OK;
}

enum rc policy_version_list(struct txn *txn, const struct managed_policy *policy,
                            struct arena *arena, struct policy_version **ret, size_t *ret_count)
{
    struct q_policy_version_list_row *rows = NULL;
    struct policy_version *versions;
    size_t count = 0;

    TRY(q_policy_version_list(txn, policy->entity.id, arena, &rows, &count));
    versions = NEW_ARRAY(arena, count, struct policy_version);
    if (versions == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        versions[i] = (struct policy_version){
            .version = rows[i].version,
            .document = rows[i].document,
            .created_s = rows[i].created_s,
            .is_default = rows[i].version == policy->default_version,
        };
    }
    *ret = versions;
    *ret_count = count;
    return RC_OK;
}

enum rc policy_version_delete(struct txn *txn, const struct managed_policy *policy, int64_t version)
{
    int64_t rows = 0;

    if (version == policy->default_version) {
        return RC_CONFLICT;
    }
    TRY(q_policy_version_delete(txn, policy->entity.id, version, &rows));
    return rows == 0 ? RC_NOENT : counter_add(txn, policy->entity.account, version_counter, -1);
}

enum rc policy_version_set_default(struct txn *txn, struct managed_policy *policy, int64_t version,
                                   int64_t now_s, struct arena *arena)
{
    struct q_policy_version_get_row row;

    TRY(q_policy_version_get(txn, policy->entity.id, version, arena, &row));
    TRY(q_managed_policy_set_default(txn, version, now_s, policy->entity.id));
    policy->default_version = version;
    policy->updated_s = now_s;
    return txn_touched(txn, policy->entity.account, policy->entity.id);
}
