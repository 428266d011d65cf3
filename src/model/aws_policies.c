/* Managed policies of AWS's own, in account 0. */
#include "codec/base64.h"
#include "model/aws_objects.h"
#include "model/managed_policy.h"
#include "policy/policy.h"
#include "sign/digest.h"
#include "store/queries.h"
#include "store/store.h"

enum { NAME_CHARS_MAX = 128, PATH_CHARS_MAX = 512, VERSIONS_KEPT = 5, ID_DERIVED_CHARS = 9 };

/* --- what may be put ---------------------------------------------------------------------------- */

static bool is_among(char c, str more)
{
    size_t at;

    return ascii_is_alnum(c) || str_find_char(more, c, &at);
}

static bool all_among(str text, str more)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_among(text.ptr[i], more)) {
            return false;
        }
    }
    return true;
}

static bool name_and_path_are_valid(const struct aws_policy *policy)
{
    str path = policy->path;

    return policy->name.len > 0 && policy->name.len <= NAME_CHARS_MAX &&
           all_among(policy->name, STR("_+=,.@-")) && path.len > 0 && path.len <= PATH_CHARS_MAX &&
           str_starts(path, STR("/")) && str_ends(path, STR("/")) &&
           all_among(path, STR("_+=,.@-/"));
}

static enum rc check(const struct aws_policy *policy, struct arena *arena)
{
    const struct policy_document *doc;
    struct policy_refusal refusal;
    enum rc rc;

    if (!name_and_path_are_valid(policy)) {
        return RC_SYNTAX;
    }
    rc = policy_parse(POLICY_IDENTITY, policy->document, arena, &doc, &refusal);
    return rc == RC_LIMIT ? RC_SYNTAX : rc;
}

/* --- adding ------------------------------------------------------------------------------------- */

/* The same as tools/aws_objects.py makes: a policy without a known id has the same one everywhere. */
static enum rc derive_id(str name, struct arena *arena, str *ret)
{
    uint8_t digest[SHA256_BYTES];
    buf text = buf_arena(arena, 2 * SHA256_BYTES);

    sha256(name, digest);
    base32_encode(digest, sizeof(digest), &text);
    TRY(text.err);
    *ret = ARENA_JOIN(arena, STR("ANPAZKAPJZG4"), str_slice(buf_str(&text), 0, ID_DERIVED_CHARS));
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static bool is_policy_id(str id)
{
    return id.len == 21 && str_starts(id, STR("ANPA")) && all_among(id, STR(""));
}

static enum rc choose_id(struct txn *txn, const struct aws_policy *policy, struct arena *arena,
                         str *ret)
{
    struct q_id_is_taken_row taken = { .n = 1 };

    if (is_policy_id(policy->id)) {
        TRY(q_id_is_taken(txn, policy->id, arena, &taken));
        *ret = policy->id;
    }
    return taken.n == 0 ? RC_OK : derive_id(policy->name, arena, ret);
}

static enum rc add(struct txn *txn, const struct aws_policy *policy, str key, struct arena *arena)
{
    int64_t version = policy->version > 0 ? policy->version : 1;
    str id = STR_NONE;

    TRY(choose_id(txn, policy, arena, &id));
    TRY(q_entity_insert(txn, id, ACCOUNT_AWS, ENTITY_POLICY, policy->name, key, policy->path,
                        policy->created_s, STR_NONE));
    TRY(q_managed_policy_insert(txn, id, STR_NONE, version, version + 1, policy->updated_s));
    TRY(q_policy_version_insert(txn, id, version, policy->document, policy->updated_s));
    return txn_touched(txn, ACCOUNT_AWS, id);
}

/* --- changing ----------------------------------------------------------------------------------- */

/* The oldest go, never the default one. */
static enum rc drop_old_versions(struct txn *txn, str id, int64_t default_version,
                                 struct arena *arena)
{
    struct q_policy_version_list_row *rows = NULL;
    int64_t deleted = 0;
    size_t count = 0;

    TRY(q_policy_version_list(txn, id, arena, &rows, &count));
    for (size_t i = VERSIONS_KEPT; i < count; i++) {
        if (rows[i].version != default_version) {
            TRY(q_policy_version_delete(txn, id, rows[i].version, &deleted));
        }
    }
    return RC_OK;
}

static enum rc change(struct txn *txn, const struct managed_policy *there,
                      const struct aws_policy *policy, struct arena *arena)
{
    struct q_managed_policy_get_row row;
    str id = there->entity.id;

    TRY(q_managed_policy_get(txn, id, arena, &row));
    int64_t version = policy->version > row.next_version ? policy->version : row.next_version;
    TRY(q_policy_version_insert(txn, id, version, policy->document, policy->updated_s));
    TRY(q_managed_policy_set_next(txn, version + 1, policy->updated_s, id));
    TRY(q_managed_policy_set_default(txn, version, policy->updated_s, id));
    TRY(drop_old_versions(txn, id, version, arena));
    return txn_touched(txn, ACCOUNT_AWS, id);
}

static enum rc find(struct txn *txn, str name, struct arena *arena, struct managed_policy *ret,
                    struct policy_version *ret_version)
{
    struct entity entity;

    TRY(entity_by_name(txn, ACCOUNT_AWS, ENTITY_POLICY, name, arena, &entity));
    TRY(managed_policy_of_entity(txn, &entity, arena, ret));
    return policy_version_get(txn, ret, ret->default_version, arena, ret_version);
}

enum rc aws_policy_put(struct txn *txn, const struct aws_policy *policy, struct arena *arena,
                       enum aws_policy_change *ret)
{
    struct policy_version now;
    struct managed_policy there;
    str key = name_fold(policy->name, arena);
    bool moved, changed;

    TRY(check(policy, arena));
    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    enum rc rc = find(txn, policy->name, arena, &there, &now);
    if (rc == RC_NOENT) {
        *ret = AWS_POLICY_ADDED;
        return add(txn, policy, key, arena);
    }
    TRY(rc);
    moved = !str_eq(there.entity.path, policy->path) || !str_eq(there.entity.name, policy->name);
    changed = !str_eq(now.document, policy->document);
    if (moved) {
        TRY(entity_rename(txn, &there.entity, policy->name, policy->path, arena));
    }
    if (changed) {
        TRY(change(txn, &there, policy, arena));
    }
    *ret = moved || changed ? AWS_POLICY_CHANGED : AWS_POLICY_SAME;
    return RC_OK;
}

/* --- the table ---------------------------------------------------------------------------------- */

static enum rc seed_one(struct txn *txn, const struct aws_policy *policy, struct arena *arena)
{
    enum aws_policy_change ignored;
    struct policy_version now;
    struct managed_policy there;
    enum rc rc = find(txn, policy->name, arena, &there, &now);

    if (rc == RC_OK && there.default_version >= policy->version) {
        return RC_OK;
    }
    return rc == RC_OK || rc == RC_NOENT ? aws_policy_put(txn, policy, arena, &ignored) : rc;
}

/* What the table says, in one word: a later program with another table seeds again. */
static enum rc table_digest(struct arena *arena, str *ret)
{
    uint8_t digest[SHA256_BYTES];
    char *hex = arena_bytes(arena, sizeof(digest) * 2);
    str *parts = NEW_ARRAY(arena, aws_policy_count * 2, str);

    if (hex == NULL || parts == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < aws_policy_count; i++) {
        parts[2 * i] = aws_policies[i].name;
        parts[2 * i + 1] = aws_policies[i].document;
    }
    sha256_parts(parts, aws_policy_count * 2, digest);
    hex_encode(digest, sizeof(digest), hex);
    *ret = str_from(hex, sizeof(digest) * 2);
    return RC_OK;
}

enum rc aws_policies_seed(struct txn *txn, struct arena *arena)
{
    static const str key = STR_INIT("aws policies");
    struct q_meta_get_row row;
    str digest = STR_NONE;

    TRY(table_digest(arena, &digest));
    enum rc rc = q_meta_get(txn, key, arena, &row);
    if (rc == RC_OK && str_eq(row.value, digest)) {
        return RC_OK;
    }
    if (rc != RC_OK && rc != RC_NOENT) {
        return rc;
    }
    for (size_t i = 0; i < aws_policy_count; i++) {
        TRY(seed_one(txn, &aws_policies[i], arena));
    }
    return q_meta_set(txn, key, digest);
}

const struct aws_service_role *aws_service_role_of(str service)
{
    for (size_t i = 0; i < aws_service_role_count; i++) {
        if (str_eq(aws_service_roles[i].service, service)) {
            return &aws_service_roles[i];
        }
    }
    return NULL;
}
