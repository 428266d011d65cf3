#include "model/trust.h"

#include "base/buf.h"
#include "codec/arn.h"
#include "model/entity.h"
#include "store/queries.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20 };

static bool is_account(str principal)
{
    struct arn arn;

    if (str_eq(principal, STR("*")) || account_id_is_valid(principal)) {
        return true;
    }
    return arn_parse(principal, &arn) == RC_OK && str_eq(arn.service, STR("iam")) &&
           str_eq(arn.resource, STR("root")) && account_id_is_valid(arn.account);
}

/* arn:aws:sts::A:assumed-role/NAME/SESSION is bound to the role of that name. */
static enum rc session_role(struct txn *txn, const struct arn *arn, struct arena *arena,
                            struct entity *ret)
{
    str rest = arn->resource, name;
    int64_t account;

    if (!take_prefix(&rest, STR("assumed-role/")) || !take_until(&rest, '/', &name) ||
        rest.len == 0 || account_id_parse(arn->account, &account) != RC_OK) {
        return RC_NOENT;
    }
    return entity_by_name(txn, account, ENTITY_ROLE, name, arena, ret);
}

/* RC_OK with an absent id: nothing to bind. */
static enum rc resolve_one(struct txn *txn, str principal, struct arena *arena, str *ret_id)
{
    struct entity entity = { .id = STR_NONE };
    struct arn arn;
    enum rc rc;

    *ret_id = STR_NONE;
    if (is_account(principal)) {
        return RC_OK;
    }
    if (arn_parse(principal, &arn) != RC_OK) {
        rc = entity_by_id(txn, principal, arena, &entity); /* a unique id, as AWS shows it */
    } else if (str_eq(arn.service, STR("sts")) &&
               str_starts(arn.resource, STR("federated-user/"))) {
        return account_id_is_valid(arn.account) ? RC_OK : RC_NOENT;
    } else if (str_eq(arn.service, STR("sts"))) {
        rc = session_role(txn, &arn, arena, &entity);
    } else {
        rc = entity_by_arn(txn, principal, arena, &entity);
    }
    if (rc == RC_SYNTAX) {
        return RC_NOENT;
    }
    TRY(rc);
    if (entity.kind != ENTITY_USER && entity.kind != ENTITY_ROLE) {
        return RC_NOENT; /* a group cannot be a principal: P-15 */
    }
    *ret_id = entity.id;
    return RC_OK;
}

enum rc trust_resolve(struct txn *txn, str text, const struct policy_document *doc,
                      struct arena *arena, struct trust *ret,
                      struct principal_entry *reterr_principal)
{
    const struct principal_entry *entries = NULL;
    size_t count = policy_principals(doc, arena, &entries);
    struct trust trust = { .document = text };

    trust.bindings = NEW_ARRAY(arena, count, struct principal_binding);
    if (trust.bindings == NULL || (count > 0 && entries == NULL)) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        str id;
        enum rc rc;
        if (entries[i].kind != ENTRY_AWS) {
            continue;
        }
        rc = resolve_one(txn, entries[i].value, arena, &id);
        if (rc == RC_NOENT) {
            *reterr_principal = entries[i];
        }
        TRY(rc);
        if (id.ptr != NULL) {
            trust.bindings[trust.binding_count++] = (struct principal_binding){ entries[i].value,
                                                                                id };
        }
    }
    *ret = trust;
    return RC_OK;
}

enum rc trust_bindings_put(struct txn *txn, str role_id, const struct trust *trust)
{
    TRY(q_binding_delete_all(txn, role_id));
    for (size_t i = 0; i < trust->binding_count; i++) {
        TRY(q_binding_insert(txn, role_id, trust->bindings[i].arn, trust->bindings[i].unique_id));
    }
    return RC_OK;
}

/* The principals of `dead` become their ids; what a condition says of them stays. */
static enum rc with_ids(str text, const struct policy_document *doc,
                        const struct q_binding_list_dead_row *dead, size_t dead_count,
                        struct arena *arena, str *ret)
{
    const struct principal_entry *entries = NULL;
    size_t count = policy_principals(doc, arena, &entries), shown = 0;
    buf out = buf_arena(arena, DOCUMENT_BYTES_MAX);

    for (size_t i = 0; entries != NULL && i < count; i++) {
        for (size_t d = 0; d < dead_count; d++) {
            if (entries[i].kind == ENTRY_AWS && str_eq(entries[i].value, dead[d].arn)) {
                buf_add(&out, str_slice(text, shown, entries[i].offset - shown));
                buf_add_char(&out, '"');
                buf_add(&out, dead[d].unique_id);
                buf_add_char(&out, '"');
                shown = entries[i].end;
                break;
            }
        }
    }
    buf_add(&out, str_skip(text, shown));
    *ret = buf_str(&out);
    return entries == NULL ? RC_NOMEM : out.err;
}

enum rc trust_as_read(struct txn *txn, str role_id, str document, struct arena *arena, str *ret)
{
    struct q_binding_list_dead_row *dead = NULL;
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;
    size_t count = 0;

    *ret = document;
    TRY(q_binding_list_dead(txn, role_id, arena, &dead, &count));
    if (count == 0) {
        return RC_OK;
    }
    TRY(policy_parse_loosely(POLICY_TRUST, document, arena, &doc, &refusal));
    return with_ids(document, doc, dead, count, arena, ret);
}
