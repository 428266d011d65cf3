/* The policies as they stand now, read beside a running server, and the recorded decision made again
 * from them. */
#include "access/subject.h"
#include "cli/why.h"
#include "model/attachment.h"
#include "model/membership.h"
#include "store/store.h"
#include "system/system.h"

str why_text(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static const struct json *issuer_of(const struct json *record)
{
    return json_member(json_member(json_member(record, STR("userIdentity")), STR("sessionContext")),
                       STR("sessionIssuer"));
}

/* The unique id of the user or role behind the call; the account's number for the root user. */
static str behind(const struct json *record)
{
    const struct json *identity = json_member(record, STR("userIdentity"));
    const struct json *issuer = issuer_of(record);

    if (issuer != NULL) {
        return why_text(issuer, "principalId");
    }
    return str_eq(why_text(identity, "type"), STR("Root")) ? why_text(identity, "accountId")
                                                           : why_text(identity, "principalId");
}

static void arn_add(struct why_now *now, str arn)
{
    if (arn.ptr != NULL && arn.len > 1 && now->arn_count < WHY_ARNS_MAX) {
        now->arns[now->arn_count++] = arn;
    }
}

static enum rc policies_add(struct txn *txn, str entity_id, struct arena *arena,
                            struct why_now *now)
{
    struct attached_document *attached;
    size_t count;

    TRY(attachment_documents(txn, entity_id, arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        arn_add(now, entity_arn(&attached[i].policy, arena));
    }
    return RC_OK;
}

static enum rc arns_find(struct txn *txn, struct arena *arena, struct why_now *now)
{
    struct entity *groups;
    size_t count = 0;

    arn_add(now, now->caller->arn);
    TRY(policies_add(txn, now->caller->unique_id, arena, now));
    if (now->caller->kind == SUBJECT_USER) {
        TRY(membership_groups(txn, now->caller->unique_id, arena, &groups, &count));
    }
    for (size_t i = 0; i < count; i++) {
        arn_add(now, entity_arn(&groups[i], arena));
        TRY(policies_add(txn, groups[i].id, arena, now));
    }
    return RC_OK;
}

/* The role that was to be assumed: its trust policy takes part. */
static enum rc target_load(struct txn *txn, const struct json *evaluated, struct arena *arena,
                           struct why_now *now)
{
    for (const struct json *e = evaluated == NULL ? NULL : evaluated->first; e != NULL;
         e = e->next) {
        struct entity entity;
        enum rc rc;
        arn_add(now, why_text(e, "policy"));
        arn_add(now, why_text(e, "resource"));
        if (!str_starts(why_text(e, "action"), STR("sts:")) || now->target != NULL) {
            continue;
        }
        rc = entity_by_arn(txn, why_text(e, "resource"), arena, &entity);
        if (rc == RC_OK && entity.kind == ENTITY_ROLE) {
            rc = subject_load(txn, entity.id, STR("aws"), &now->target);
        }
        if (rc != RC_OK && rc != RC_NOENT && rc != RC_SYNTAX) {
            return rc;
        }
    }
    return RC_OK;
}

static enum rc load(struct txn *txn, const struct json *record, struct arena *arena,
                    struct why_now *now)
{
    const struct json *ours = json_member(record, STR("mantle"));
    str id = behind(record);
    enum rc rc = id.ptr == NULL ? RC_NOENT : subject_load(txn, id, STR("aws"), &now->caller);

    now->gone = rc == RC_NOENT;
    if (rc != RC_NOENT) {
        TRY(rc);
        TRY(arns_find(txn, arena, now));
    }
    return target_load(txn, json_member(ours, STR("evaluated")), arena, now);
}

enum rc why_now_open(const char *data, const struct json *record, struct arena *arena,
                     struct why_now *ret, str *ret_why)
{
    const struct store_config config = { .dir = data, .beside = true, .env = system_env() };
    struct txn *txn;
    enum rc rc;

    *ret = (struct why_now){ .session = issuer_of(record) != NULL };
    TRY(store_open(&config, arena, &ret->store, ret_why));
    TRY(reader_open(ret->store, &ret->reader));
    TRY(reader_begin(ret->reader, &txn));
    rc = load(txn, record, arena, ret);
    reader_end(ret->reader);
    return rc;
}

void why_now_close(struct why_now *now)
{
    subject_unref(now->caller);
    subject_unref(now->target);
    if (now->reader != NULL) {
        reader_close(now->reader);
    }
    if (now->store != NULL) {
        store_close(now->store);
    }
}

/* -- the decision again ------------------------------------------------------------------------ */

static enum principal_type type_of(str name)
{
    return str_eq(name, STR("Root"))            ? PRINCIPAL_ROOT
           : str_eq(name, STR("IAMUser"))       ? PRINCIPAL_USER
           : str_eq(name, STR("AssumedRole"))   ? PRINCIPAL_ROLE_SESSION
           : str_eq(name, STR("FederatedUser")) ? PRINCIPAL_FEDERATED_USER
                                                : PRINCIPAL_ANONYMOUS;
}

static struct principal principal_of(const struct why_now *now, const struct json *record)
{
    const struct json *identity = json_member(record, STR("userIdentity"));
    struct principal p = { .type = type_of(why_text(identity, "type")),
                           .account = now->caller->account_text,
                           .arn = why_text(identity, "arn"),
                           .unique_id = now->caller->unique_id,
                           .service_linked = now->caller->service_linked };

    if (p.type == PRINCIPAL_ROLE_SESSION) {
        p.role_arn = now->caller->arn;
    } else if (p.type == PRINCIPAL_FEDERATED_USER) {
        p.user_arn = now->caller->arn;
    }
    return p;
}

static enum rc context_of(const struct json *json, struct arena *arena, struct policy_request *ret)
{
    struct context_entry *entries = NEW_ARRAY(arena, json->count, struct context_entry);
    size_t n = 0;

    for (const struct json *m = json->first; entries != NULL && m != NULL; m = m->next) {
        bool many = m->type == JSON_ARRAY;
        size_t count = many ? m->count : 1, i = 0;
        str *values = NEW_ARRAY(arena, count, str);
        if (values == NULL) {
            return RC_NOMEM;
        }
        for (const struct json *v = many ? m->first : m; i < count; v = v->next) {
            values[i++] = v->text;
        }
        entries[n++] = (struct context_entry){ m->key, values, (uint32_t)count, many };
        if (str_eq_nocase(m->key, STR("aws:ResourceAccount")) && count == 1) {
            ret->resource_account = values[0];
        }
    }
    ret->context = entries;
    ret->context_count = n;
    return entries == NULL ? RC_NOMEM : RC_OK;
}

enum rc why_now_explain(const struct why_now *now, const struct json *record,
                        const struct json *evaluated, struct arena *arena, struct explanation *ret)
{
    const struct json *context = json_member(evaluated, STR("context"));
    struct policy_request *rq = NEW(arena, struct policy_request);
    struct policy_stack stack = { .identity = NULL };

    if (context == NULL || context->type != JSON_OBJECT || now->caller == NULL) {
        return RC_NOENT;
    }
    if (rq == NULL) {
        return RC_NOMEM;
    }
    *rq = (struct policy_request){ .principal = principal_of(now, record),
                                   .action = why_text(evaluated, "action"),
                                   .resource = why_text(evaluated, "resource") };
    TRY(context_of(context, arena, rq));
    stack.identity = now->caller->identity;
    stack.boundary = now->caller->boundary;
    if (now->target != NULL && str_eq(now->target->arn, rq->resource) &&
        str_starts(rq->action, STR("sts:"))) {
        stack.resource = now->target->trust;
    }
    return policy_explain(&stack, rq, arena, ret);
}

static enum rc statement_find(const struct policy_set *set, str policy, int64_t index,
                              struct arena *arena, str *ret)
{
    struct statement_info info;

    for (uint32_t i = 0; policy_statement_info(set, i, &info); i++) {
        if (str_eq(info.policy_name, policy) && (int64_t)info.index == index) {
            const struct json *node;
            return statement_source(set, i, arena, &node, ret);
        }
    }
    return RC_OK;
}

enum rc why_now_statement(const struct why_now *now, const struct json *evaluated,
                          struct arena *arena, str *ret_text)
{
    const struct json *number = json_member(evaluated, STR("statement"));
    const struct policy_set *sets[3] = {
        now->caller == NULL ? NULL : now->caller->identity,
        now->caller == NULL ? NULL : now->caller->boundary,
        now->target == NULL ? NULL : now->target->trust,
    };
    int64_t index;

    *ret_text = STR_NONE;
    if (number == NULL || str_to_i64(number->text, &index) != RC_OK) {
        return RC_OK;
    }
    for (size_t i = 0; i < COUNT_OF(sets) && ret_text->ptr == NULL; i++) {
        TRY(statement_find(sets[i], why_text(evaluated, "policy"), index, arena, ret_text));
    }
    return RC_OK;
}
