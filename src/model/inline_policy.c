#include "model/inline_policy.h"

#include "policy/policy.h"
#include "store/queries.h"
#include "store/store.h"

enum quota inline_policy_quota(enum entity_kind kind)
{
    switch (kind) {
    case ENTITY_USER:
        return QUOTA_INLINE_USER_SIZE;
    case ENTITY_GROUP:
        return QUOTA_INLINE_GROUP_SIZE;
    case ENTITY_ROLE:
        return QUOTA_INLINE_ROLE_SIZE;
    case ENTITY_PROFILE:
    case ENTITY_POLICY:
    case ENTITY_CERTIFICATE:
    case ENTITY_MFA:
    case ENTITY_OIDC:
    case ENTITY_SAML_PROVIDER:
        break;
    }
    return QUOTA_COUNT; /* they have none */
}

enum rc inline_policy_put(struct txn *txn, const struct entity *entity, str name, str document,
                          struct arena *arena)
{
    struct inline_policy *others = NULL;
    size_t count = 0, total = policy_size(document);
    int64_t limit = 0;
    enum quota quota = inline_policy_quota(entity->kind);
    str key = name_fold(name, arena);

    if (quota == QUOTA_COUNT) {
        return RC_UNSUPPORTED;
    }
    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(quota_get(txn, entity->account, quota, &limit));
    TRY(inline_policy_list(txn, entity->id, arena, &others, &count));
    for (size_t i = 0; i < count; i++) {
        if (!str_eq_nocase(others[i].name, name)) {
            total += policy_size(others[i].document);
        }
    }
    if (total > (uint64_t)limit) {
        return RC_LIMIT;
    }
    TRY(q_inline_policy_put(txn, entity->id, key, name, document));
    return txn_touched(txn, entity->account, entity->id);
}

enum rc inline_policy_get(struct txn *txn, str entity_id, str name, struct arena *arena,
                          struct inline_policy *ret)
{
    struct q_inline_policy_get_row row;
    str key = name_fold(name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_inline_policy_get(txn, entity_id, key, arena, &row));
    *ret = (struct inline_policy){ row.name, row.document };
    return RC_OK;
}

enum rc inline_policy_delete(struct txn *txn, const struct entity *entity, str name,
                             struct arena *arena)
{
    int64_t rows = 0;
    str key = name_fold(name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_inline_policy_delete(txn, entity->id, key, &rows));
    return rows == 0 ? RC_NOENT : txn_touched(txn, entity->account, entity->id);
}

enum rc inline_policy_list(struct txn *txn, str entity_id, struct arena *arena,
                           struct inline_policy **ret, size_t *ret_count)
{
    struct q_inline_policy_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_inline_policy_list(txn, entity_id, arena, &rows, &count));
    struct inline_policy *policies = NEW_ARRAY(arena, count, struct inline_policy);
    if (policies == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        policies[i] = (struct inline_policy){ rows[i].name, rows[i].document };
    }
    *ret = policies;
    *ret_count = count;
    return RC_OK;
}

enum rc inline_policy_count(struct txn *txn, str entity_id, struct arena *arena, int64_t *ret)
{
    struct q_inline_policy_count_row row;

    TRY(q_inline_policy_count(txn, entity_id, arena, &row));
    *ret = row.n;
    return RC_OK;
}
