#include "model/entity.h"

#include "codec/arn.h"
#include "model/entity_row.h"
#include "model/quota.h"
#include "store/store.h"

enum {
    ID_ENTITY_LENGTH = 21,
    ID_TRIES = 8,             /* a taken id is one in 2^44; eight in a row is a broken generator */
    SCAN_MAX = 20 * PAGE_MAX, /* names one call with a path prefix looks at */
};

static const struct kind {
    str id_prefix, arn_type, counter;
    enum quota quota;
    bool by_path; /* two of one name may stand under two paths */
} kinds[] = {
    [ENTITY_USER] = { STR_INIT("AIDA"), STR_INIT("user"), STR_INIT("users"), QUOTA_USERS },
    [ENTITY_GROUP] = { STR_INIT("AGPA"), STR_INIT("group"), STR_INIT("groups"), QUOTA_GROUPS },
    [ENTITY_ROLE] = { STR_INIT("AROA"), STR_INIT("role"), STR_INIT("roles"), QUOTA_ROLES },
    [ENTITY_PROFILE] = { STR_INIT("AIPA"), STR_INIT("instance-profile"), STR_INIT("profiles"),
                         QUOTA_PROFILES },
    [ENTITY_POLICY] = { STR_INIT("ANPA"), STR_INIT("policy"), STR_INIT("policies"),
                        QUOTA_POLICIES },
    [ENTITY_CERTIFICATE] = { STR_INIT("ASCA"), STR_INIT("server-certificate"),
                             STR_INIT("certificates"), QUOTA_SERVER_CERTIFICATES },
    /* As many as users, says AWS. Their ids are not shown anywhere. */
    [ENTITY_MFA] = { STR_INIT("AMFA"), STR_INIT("mfa"), STR_INIT("mfa"), QUOTA_USERS, true },
    [ENTITY_OIDC] = { STR_INIT("AOIP"), STR_INIT("oidc-provider"), STR_INIT("oidc-providers"),
                      QUOTA_OIDC_PROVIDERS },
    [ENTITY_SAML_PROVIDER] = { STR_INIT("ASAM"), STR_INIT("saml-provider"),
                               STR_INIT("saml_providers"), QUOTA_SAML_PROVIDERS },
};

ENTITY_ROWS(entity_page)
ENTITY_ROWS(entity_page_by_path)

enum entity_kind entity_kind_of_id(str id)
{
    for (size_t i = 1; i < COUNT_OF(kinds); i++) {
        if (str_starts(id, kinds[i].id_prefix)) {
            return (enum entity_kind)i;
        }
    }
    return (enum entity_kind)0;
}

enum quota entity_quota(enum entity_kind kind)
{
    return kinds[kind].quota;
}

str name_fold(str name, struct arena *arena)
{
    char *folded = arena_bytes(arena, name.len);
    if (folded == NULL) {
        return STR_NONE;
    }
    for (size_t i = 0; i < name.len; i++) {
        folded[i] = ascii_lower(name.ptr[i]);
    }
    return str_from(folded, name.len);
}

/* What one of a kind is unique by and sorted by. */
static str entity_key(enum entity_kind kind, str path, str name, struct arena *arena)
{
    str text = name;

    if (kinds[kind].by_path) {
        text = ARENA_JOIN(arena, str_skip(path, 1), name);
        if (text.ptr == NULL) {
            return STR_NONE;
        }
    }
    return name_fold(text, arena);
}

str entity_arn(const struct entity *entity, struct arena *arena)
{
    char account[12] = "aws";
    size_t account_len = 3;

    if (entity->account != ACCOUNT_AWS) {
        account_id_print(entity->account, account);
        account_len = sizeof(account);
    }
    return arena_printf(arena, "arn:aws:iam::%.*s:%.*s%.*s%.*s", (int)account_len, account,
                        FMT(kinds[entity->kind].arn_type), FMT(entity->path), FMT(entity->name));
}

static enum rc entity_by_path(struct txn *txn, int64_t account, enum entity_kind kind, str path,
                              str name, struct arena *arena, struct entity *ret)
{
    struct q_entity_get_by_name_row row;
    str key = entity_key(kind, path, name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_entity_get_by_name(txn, account, kind, key, arena, &row));
    *ret = ENTITY_OF(row);
    return RC_OK;
}

enum rc entity_by_name(struct txn *txn, int64_t account, enum entity_kind kind, str name,
                       struct arena *arena, struct entity *ret)
{
    return entity_by_path(txn, account, kind, STR("/"), name, arena, ret);
}

enum rc entity_by_id(struct txn *txn, str id, struct arena *arena, struct entity *ret)
{
    struct q_entity_get_row row;

    TRY(q_entity_get(txn, id, arena, &row));
    *ret = ENTITY_OF(row);
    return RC_OK;
}

/* "user/division/bob": kind, path with slashes at both ends, name. */
static enum rc take_resource(str resource, enum entity_kind *ret_kind, str *ret_path, str *ret_name)
{
    str rest = resource, type = { 0 };
    size_t name_at = 0;

    if (!take_until(&rest, '/', &type)) {
        return RC_SYNTAX;
    }
    size_t kind = ENTITY_USER;
    while (kind < COUNT_OF(kinds) &&
           (kinds[kind].arn_type.ptr == NULL || !str_eq(type, kinds[kind].arn_type))) {
        kind++;
    }
    if (kind == COUNT_OF(kinds) || rest.len == 0) {
        return RC_SYNTAX;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '/') {
            name_at = i + 1;
        }
    }
    *ret_kind = (enum entity_kind)kind;
    if (kind == ENTITY_OIDC) { /* slashes are the URL's own */
        name_at = 0;
    }
    /* The path begins with the slash behind the type. */
    *ret_path = str_from(rest.ptr - 1, name_at + 1);
    *ret_name = str_skip(rest, name_at);
    return ret_name->len > 0 ? RC_OK : RC_SYNTAX;
}

enum rc entity_by_arn(struct txn *txn, str arn, struct arena *arena, struct entity *ret)
{
    struct arn parts;
    struct entity found;
    enum entity_kind kind;
    int64_t account = ACCOUNT_AWS;
    str path = { 0 }, name = { 0 };

    TRY(arn_parse(arn, &parts));
    if (!str_eq(parts.service, STR("iam")) || parts.region.len != 0) {
        return RC_SYNTAX;
    }
    if (!str_eq(parts.account, STR("aws"))) {
        TRY(account_id_parse(parts.account, &account));
    }
    TRY(take_resource(parts.resource, &kind, &path, &name));
    if (!str_eq(parts.partition, STR("aws"))) {
        return RC_NOENT;
    }
    TRY(entity_by_path(txn, account, kind, path, name, arena, &found));
    /* Names are looked up without regard to case, ARNs are compared with it. */
    if (!str_eq(found.path, path) || !str_eq(found.name, name)) {
        return RC_NOENT;
    }
    *ret = found;
    return RC_OK;
}

static enum rc fresh_id(struct txn *txn, const struct env *env, const struct entity *entity,
                        struct arena *arena, str *ret)
{
    struct q_id_is_taken_row taken = { .n = 1 };
    str id = { 0 };

    for (int i = 0; i < ID_TRIES && taken.n != 0; i++) {
        TRY(unique_id_new(env, kinds[entity->kind].id_prefix, entity->account, ID_ENTITY_LENGTH,
                          arena, &id));
        TRY(q_id_is_taken(txn, id, arena, &taken));
    }
    if (taken.n != 0) {
        return RC_CONFLICT;
    }
    *ret = id;
    return RC_OK;
}

enum rc entity_insert(struct txn *txn, const struct env *env, struct entity *entity,
                      struct arena *arena)
{
    const struct kind *kind = &kinds[entity->kind];
    struct entity made = *entity, other;
    int64_t used = 0;
    str key = entity_key(entity->kind, entity->path, entity->name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    enum rc rc = entity_by_path(txn, entity->account, entity->kind, entity->path, entity->name,
                                arena, &other);
    if (rc != RC_NOENT) {
        return rc == RC_OK ? RC_EXISTS : rc;
    }
    TRY(counter_get(txn, entity->account, kind->counter, &used));
    if (entity->account != ACCOUNT_AWS) {
        TRY(quota_admit(txn, entity->account, kind->quota, used));
    }
    TRY(fresh_id(txn, env, entity, arena, &made.id));
    if (made.created_s == 0) {
        made.created_s = env_now_s(env);
    }
    TRY(q_entity_insert(txn, made.id, made.account, made.kind, made.name, key, made.path,
                        made.created_s, made.boundary_id));
    TRY(counter_add(txn, made.account, kind->counter, 1));
    *entity = made;
    return RC_OK;
}

enum rc entity_delete(struct txn *txn, const struct entity *entity)
{
    int64_t rows = 0;

    TRY(q_entity_delete(txn, entity->id, &rows));
    if (rows == 0) {
        return RC_NOENT;
    }
    TRY(q_retired_id_insert(txn, entity->id));
    TRY(q_tag_delete_all(txn, entity->id));
    TRY(q_service_use_forget(txn, entity->id));
    TRY(counter_add(txn, entity->account, kinds[entity->kind].counter, -1));
    if (entity->kind == ENTITY_POLICY) { /* nothing uses it any more: its own counters are 0 */
        TRY(q_counter_delete_all(txn, entity->id));
    }
    return txn_touched(txn, entity->account, entity->id);
}

enum rc entity_rename(struct txn *txn, struct entity *entity, str name, str path,
                      struct arena *arena)
{
    str key = entity_key(entity->kind, path, name, arena);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_entity_rename(txn, name, key, path, entity->id));
    TRY(q_attachment_rename(txn, key, entity->id));
    if (entity->kind == ENTITY_USER) {
        TRY(q_membership_rename(txn, key, entity->id));
    }
    entity->name = name;
    entity->path = path;
    return txn_touched(txn, entity->account, entity->id);
}

enum rc entity_count(struct txn *txn, int64_t account, enum entity_kind kind, int64_t *ret)
{
    return counter_get(txn, account, kinds[kind].counter, ret);
}

str page_after(const struct page *page)
{
    return page->marker.ptr == NULL ? STR("") : page->marker;
}

enum rc page_cut(struct page *page, struct arena *arena, const struct entity *entities,
                 size_t *count)
{
    page->truncated = *count > page->max;
    page->next_marker = STR_NONE;
    if (page->truncated) {
        *count = page->max;
        const struct entity *last = &entities[*count - 1];
        page->next_marker = entity_key(last->kind, last->path, last->name, arena);
        return page->next_marker.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}

/* Under a path prefix: a scan of at most SCAN_MAX names. */
static enum rc list_by_path(struct txn *txn, int64_t account, enum entity_kind kind,
                            str path_prefix, struct page *page, struct arena *arena,
                            struct entity **ret, size_t *ret_count)
{
    struct q_entity_page_by_path_row *rows = NULL;
    struct q_entity_scan_end_row end;
    size_t count = 0;
    /* Paths are ASCII: everything with the prefix sorts before the prefix and the last character. */
    str path_to = arena_printf(arena, "%.*s\xF4\x8F\xBF\xBF", FMT(path_prefix));

    if (path_to.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(q_entity_page_by_path(txn, account, kind, page_after(page), SCAN_MAX, path_prefix, path_to,
                              (int64_t)page->max + 1, arena, &rows, &count));
    TRY(entity_page_by_path_entities(rows, count, arena, ret));
    TRY(page_cut(page, arena, *ret, &count));
    *ret_count = count;
    if (page->truncated) {
        return RC_OK;
    }
    enum rc rc = q_entity_scan_end(txn, account, kind, page_after(page), SCAN_MAX - 1, arena, &end);
    if (rc == RC_OK) { /* there may be more behind where the scan stopped */
        page->truncated = true;
        page->next_marker = end.name_key;
    }
    return rc == RC_NOENT ? RC_OK : rc;
}

enum rc entity_list(struct txn *txn, int64_t account, enum entity_kind kind, str path_prefix,
                    struct page *page, struct arena *arena, struct entity **ret, size_t *ret_count)
{
    struct q_entity_page_row *rows = NULL;
    size_t count = 0;

    if (path_prefix.len > 1) {
        return list_by_path(txn, account, kind, path_prefix, page, arena, ret, ret_count);
    }
    TRY(q_entity_page(txn, account, kind, page_after(page), (int64_t)page->max + 1, arena, &rows,
                      &count));
    TRY(entity_page_entities(rows, count, arena, ret));
    TRY(page_cut(page, arena, *ret, &count));
    *ret_count = count;
    return RC_OK;
}
