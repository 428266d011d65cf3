#include "model/attachment.h"

#include "model/entity_row.h"
#include "model/quota.h"
#include "store/store.h"

ENTITY_ROWS(attachment_list)
ENTITY_ROWS(attachment_page_by_policy)
ENTITY_ROWS(boundary_page)

enum quota attachment_quota(enum entity_kind kind)
{
    switch (kind) {
    case ENTITY_USER:
        return QUOTA_POLICIES_PER_USER;
    case ENTITY_GROUP:
        return QUOTA_POLICIES_PER_GROUP;
    case ENTITY_ROLE:
        return QUOTA_POLICIES_PER_ROLE;
    case ENTITY_PROFILE:
    case ENTITY_POLICY:
    case ENTITY_CERTIFICATE:
    case ENTITY_MFA:
    case ENTITY_OIDC:
    case ENTITY_SAML_PROVIDER:
        break;
    }
    return QUOTA_COUNT; /* nothing attaches to them */
}

/* The name of the counter of a policy's uses. */
static str usage_counter(str policy_id, enum policy_usage usage, struct arena *arena)
{
    return usage == USAGE_ATTACHED ? policy_id
                                   : arena_printf(arena, "%.*s/boundary", FMT(policy_id));
}

static enum rc usage_add(struct txn *txn, str policy_id, enum policy_usage usage, int64_t account,
                         int64_t delta, struct arena *arena)
{
    str what = usage_counter(policy_id, usage, arena);

    return what.ptr == NULL ? RC_NOMEM : counter_add(txn, account, what, delta);
}

enum rc attachment_add(struct txn *txn, const struct entity *entity, const struct entity *policy,
                       struct arena *arena)
{
    struct q_attachment_exists_row there;
    enum quota quota = attachment_quota(entity->kind);
    int64_t used = 0;
    str key = name_fold(entity->name, arena);

    if (quota == QUOTA_COUNT) {
        return RC_UNSUPPORTED;
    }
    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_attachment_exists(txn, entity->id, policy->id, arena, &there));
    if (there.n > 0) {
        return RC_OK;
    }
    TRY(attachment_count(txn, entity->id, arena, &used));
    TRY(quota_admit(txn, entity->account, quota, used));
    TRY(q_attachment_insert(txn, entity->id, policy->id, entity->account, entity->kind, key));
    TRY(usage_add(txn, policy->id, USAGE_ATTACHED, entity->account, 1, arena));
    return txn_touched(txn, entity->account, entity->id);
}

enum rc attachment_remove(struct txn *txn, const struct entity *entity, const struct entity *policy)
{
    int64_t rows = 0;

    TRY(q_attachment_delete(txn, entity->id, policy->id, &rows));
    if (rows == 0) {
        return RC_NOENT;
    }
    TRY(counter_add(txn, entity->account, policy->id, -1));
    return txn_touched(txn, entity->account, entity->id);
}

enum rc attachment_list(struct txn *txn, str entity_id, struct arena *arena, struct entity **ret,
                        size_t *ret_count)
{
    struct q_attachment_list_row *rows = NULL;
    size_t count = 0;

    TRY(q_attachment_list(txn, entity_id, arena, &rows, &count));
    TRY(attachment_list_entities(rows, count, arena, ret));
    *ret_count = count;
    return RC_OK;
}

enum rc attachment_count(struct txn *txn, str entity_id, struct arena *arena, int64_t *ret)
{
    struct q_attachment_count_row row;

    TRY(q_attachment_count(txn, entity_id, arena, &row));
    *ret = row.n;
    return RC_OK;
}

enum rc attachment_documents(struct txn *txn, str entity_id, struct arena *arena,
                             struct attached_document **ret, size_t *ret_count)
{
    struct q_attachment_documents_row *rows = NULL;
    size_t count = 0;

    TRY(q_attachment_documents(txn, entity_id, arena, &rows, &count));
    struct attached_document *documents = NEW_ARRAY(arena, count, struct attached_document);
    if (documents == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].name.ptr == NULL || rows[i].document.ptr == NULL) {
            return RC_CORRUPT; /* a policy that cannot be read may be the one that denies */
        }
        documents[i].policy = (struct entity){ .id = rows[i].id,
                                               .account = rows[i].account,
                                               .kind = ENTITY_POLICY,
                                               .name = rows[i].name,
                                               .path = rows[i].path };
        documents[i].document = rows[i].document;
    }
    *ret = documents;
    *ret_count = count;
    return RC_OK;
}

enum rc policy_entities(struct txn *txn, str policy_id, enum policy_usage usage, int64_t account,
                        enum entity_kind kind, struct page *page, struct arena *arena,
                        struct entity **ret, size_t *ret_count)
{
    size_t count = 0;
    int64_t max = (int64_t)page->max + 1;

    if (usage == USAGE_ATTACHED) {
        struct q_attachment_page_by_policy_row *rows = NULL;
        TRY(q_attachment_page_by_policy(txn, policy_id, account, kind, page_after(page), max, arena,
                                        &rows, &count));
        TRY(attachment_page_by_policy_entities(rows, count, arena, ret));
    } else {
        struct q_boundary_page_row *rows = NULL;
        TRY(q_boundary_page(txn, policy_id, account, kind, page_after(page), max, arena, &rows,
                            &count));
        TRY(boundary_page_entities(rows, count, arena, ret));
    }
    TRY(page_cut(page, arena, *ret, &count));
    *ret_count = count;
    return RC_OK;
}

enum rc policy_usage_count(struct txn *txn, str policy_id, enum policy_usage usage, int64_t account,
                           struct arena *arena, int64_t *ret)
{
    str what = usage_counter(policy_id, usage, arena);

    return what.ptr == NULL ? RC_NOMEM : counter_get(txn, account, what, ret);
}

enum rc boundary_set(struct txn *txn, struct entity *entity, const struct entity *policy,
                     struct arena *arena)
{
    str id = policy == NULL ? STR_NONE : policy->id;

    if (entity->kind != ENTITY_USER && entity->kind != ENTITY_ROLE) {
        return RC_UNSUPPORTED;
    }
    if (entity->boundary_id.ptr != NULL) {
        TRY(usage_add(txn, entity->boundary_id, USAGE_BOUNDARY, entity->account, -1, arena));
    }
    if (policy != NULL) {
        TRY(usage_add(txn, id, USAGE_BOUNDARY, entity->account, 1, arena));
    }
    TRY(q_entity_set_boundary(txn, id, entity->id));
    entity->boundary_id = id;
    return txn_touched(txn, entity->account, entity->id);
}
