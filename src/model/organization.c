#include "model/organization.h"

#include "model/account.h"
#include "store/queries.h"
#include "store/store.h"

enum { ID_CHARS = 10, ROOT_CHARS = 4, TRIES = 8 };

static enum rc random_name(const struct env *env, str prefix, size_t chars, struct arena *arena,
                           str *ret)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz012345"; /* 32: no bias */
    uint8_t random[16];
    char *name = arena_bytes(arena, prefix.len + chars);

    if (name == NULL) {
        return RC_NOMEM;
    }
    TRY(env->random(env, random, chars));
    memcpy(name, prefix.ptr, prefix.len);
    for (size_t i = 0; i < chars; i++) {
        name[prefix.len + i] = alphabet[random[i] & 31];
    }
    *ret = str_from(name, prefix.len + chars);
    return RC_OK;
}

static enum rc path_of(str id, str root_id, struct arena *arena, str *ret)
{
    *ret = ARENA_JOIN(arena, id, STR("/"), root_id, STR("/"));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc organization_of(struct txn *txn, int64_t account, struct arena *arena,
                        struct organization *ret)
{
    struct q_organization_of_row row;
    struct organization found = { 0 };

    TRY(q_organization_of(txn, account, arena, &row));
    TRY(path_of(row.id, row.root_id, arena, &found.path));
    found.id = row.id;
    found.management = row.management;
    found.features = (unsigned)row.features;
    *ret = found;
    return RC_OK;
}

/* RC_OK when the account is there and in no organization. */
static enum rc is_free(struct txn *txn, int64_t account, struct arena *arena)
{
    struct organization other;
    struct account there;

    TRY(account_get(txn, account, arena, &there));
    enum rc rc = organization_of(txn, account, arena, &other);
    return rc == RC_NOENT ? RC_OK : rc == RC_OK ? RC_EXISTS : rc;
}

enum rc organization_create(struct txn *txn, const struct env *env, int64_t management,
                            struct arena *arena, struct organization *ret)
{
    struct organization made = { .management = management };
    str root_id = STR_NONE;

    TRY(is_free(txn, management, arena));
    TRY(random_name(env, STR("o-"), ID_CHARS, arena, &made.id));
    TRY(random_name(env, STR("r-"), ROOT_CHARS, arena, &root_id));
    TRY(path_of(made.id, root_id, arena, &made.path));
    TRY(q_organization_insert(txn, made.id, root_id, management, env_now_s(env)));
    TRY(q_organization_member_insert(txn, management, made.id, env_now_s(env)));
    *ret = made;
    return txn_touched(txn, management, STR_NONE);
}

enum rc organization_add(struct txn *txn, const struct organization *organization, int64_t account,
                         int64_t now_s, struct arena *arena)
{
    int64_t *members = NULL;
    size_t count = 0;

    TRY(is_free(txn, account, arena));
    TRY(organization_members(txn, organization, arena, &members, &count));
    if (count >= ORGANIZATION_MEMBERS_MAX) {
        return RC_LIMIT;
    }
    TRY(q_organization_member_insert(txn, account, organization->id, now_s));
    return txn_touched(txn, account, STR_NONE);
}

enum rc organization_remove(struct txn *txn, const struct organization *organization,
                            int64_t account, struct arena *arena)
{
    int64_t *members = NULL, rows = 0;
    size_t count = 0;

    TRY(organization_members(txn, organization, arena, &members, &count));
    if (account == organization->management && count > 1) {
        return RC_CONFLICT;
    }
    TRY(q_organization_member_delete(txn, account, organization->id, &rows));
    if (rows == 0) {
        return RC_NOENT;
    }
    if (account == organization->management) {
        TRY(q_organization_delete(txn, organization->id));
    }
    return txn_touched(txn, account, STR_NONE);
}

enum rc organization_members(struct txn *txn, const struct organization *organization,
                             struct arena *arena, int64_t **ret, size_t *ret_count)
{
    struct q_organization_members_row *rows = NULL;
    size_t count = 0;

    TRY(q_organization_members(txn, organization->id, -1, ORGANIZATION_MEMBERS_MAX, arena, &rows,
                               &count));
    int64_t *members = NEW_ARRAY(arena, count, int64_t);
    if (members == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        members[i] = rows[i].account;
    }
    *ret = members;
    *ret_count = count;
    return RC_OK;
}

/* Every member is touched: sessions as its root that the feature carried are looked at again. */
enum rc organization_set_features(struct txn *txn, struct organization *organization,
                                  unsigned features, struct arena *arena)
{
    int64_t *members = NULL;
    size_t count = 0;

    TRY(q_organization_set_features(txn, (int64_t)features, organization->id));
    organization->features = features;
    TRY(organization_members(txn, organization, arena, &members, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(txn_touched(txn, members[i], STR_NONE));
    }
    return RC_OK;
}

enum rc organization_task_feature(str task, unsigned *ret)
{
    static const struct {
        str name;
        unsigned feature;
    } tasks[] = {
        { STR_INIT("IAMAuditRootUserCredentials"), ORGANIZATION_ROOT_CREDENTIALS },
        { STR_INIT("IAMCreateRootUserPassword"), ORGANIZATION_ROOT_CREDENTIALS },
        { STR_INIT("IAMDeleteRootUserCredentials"), ORGANIZATION_ROOT_CREDENTIALS },
        { STR_INIT("S3UnlockBucketPolicy"), ORGANIZATION_ROOT_SESSIONS },
        { STR_INIT("SQSUnlockQueuePolicy"), ORGANIZATION_ROOT_SESSIONS },
    };

    for (size_t i = 0; i < COUNT_OF(tasks); i++) {
        if (str_eq(tasks[i].name, task)) {
            *ret = tasks[i].feature;
            return RC_OK;
        }
    }
    return RC_NOENT;
}

enum rc organization_root_task(struct txn *txn, int64_t management, int64_t member,
                               unsigned feature, struct arena *arena)
{
    struct organization organization;
    enum rc rc = organization_of(txn, member, arena, &organization);

    if (rc == RC_NOENT) {
        return RC_DENIED;
    }
    TRY(rc);
    return organization.management == management && member != management &&
                   (organization.features & feature) == feature
               ? RC_OK
               : RC_DENIED;
}
