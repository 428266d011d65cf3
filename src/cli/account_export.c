#include "cli/account_export.h"

enum { EXPORT_DEPTH_MAX = 64, EXPORT_VALUES_MAX = 1 << 26, SOURCES_MAX = 512 };

static str text_of(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

/* What pages hold of one list is one list. */
static void join(const struct json **whole, struct json **last, const struct json *list)
{
    if (list == NULL || list->first == NULL) {
        *whole = *whole == NULL ? list : *whole;
        return;
    }
    if (*last == NULL) {
        *whole = list;
    } else {
        (*last)->next = list->first;
    }
    for (*last = list->first; (*last)->next != NULL;) {
        *last = (*last)->next;
    }
}

static const struct json *list_of(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_ARRAY ? value : NULL;
}

static enum rc index_by(struct table *table, const struct json *list, const char *key)
{
    for (const struct json *i = list == NULL ? NULL : list->first; i != NULL; i = i->next) {
        if (text_of(i, key).ptr != NULL) {
            TRY(table_set(table, text_of(i, key), (void *)(uintptr_t)i, NULL));
        }
    }
    return RC_OK;
}

static enum rc pages_read(str text, struct arena *arena, struct account_export *ret, str *ret_why)
{
    static const struct json_limits limits = { EXPORT_DEPTH_MAX, EXPORT_VALUES_MAX, true };
    static const char *const names[] = { "UserDetailList", "GroupDetailList", "RoleDetailList",
                                         "Policies" };
    const struct json **lists[] = { &ret->users, &ret->groups, &ret->roles, &ret->policies };
    struct json *last[COUNT_OF(lists)] = { NULL };
    const str whole = text;

    do {
        size_t line = str_count(str_slice(whole, 0, whole.len - text.len), '\n');
        struct json_error at = { 0 };
        struct json *page = NULL;
        enum rc rc = json_take_value(&text, &limits, arena, &page, &at);
        if (rc == RC_SYNTAX || rc == RC_LIMIT) {
            *ret_why = arena_printf(arena, "%zu:%u: %s", line + at.line, at.column, at.reason);
        }
        TRY(rc);
        for (size_t i = 0; i < COUNT_OF(lists); i++) {
            join(lists[i], &last[i], list_of(page, names[i]));
        }
    } while (str_trim(text).len > 0);
    return RC_OK;
}

enum rc account_export_read(str text, struct arena *arena, struct account_export *ret, str *ret_why)
{
    static const uint8_t hash_key[16] = "account exports";

    *ret = (struct account_export){ 0 };
    TRY(pages_read(text, arena, ret, ret_why));
    table_init(&ret->policy_by_arn, &heap, hash_key);
    table_init(&ret->group_by_name, &heap, hash_key);
    if (ret->users == NULL && ret->roles == NULL) {
        *ret_why = STR("holds neither UserDetailList nor RoleDetailList: it is no export of "
                       "get-account-authorization-details");
        return RC_SYNTAX;
    }
    TRY(index_by(&ret->policy_by_arn, ret->policies, "Arn"));
    return index_by(&ret->group_by_name, ret->groups, "GroupName");
}

void account_export_done(struct account_export *export_)
{
    if (export_->policy_by_arn.alloc != NULL) { /* it was read */
        table_done(&export_->policy_by_arn);
        table_done(&export_->group_by_name);
    }
}

/* -- documents --------------------------------------------------------------------------------- */

/* The API answers documents percent-encoded; the AWS CLI decodes them into objects. */
static enum rc document_text(const struct json *document, struct arena *arena, str *ret)
{
    buf text = buf_arena(arena, 1 << 20);
    str in;

    if (document == NULL || document->type != JSON_STRING) {
        if (document != NULL) {
            json_print(document, false, &text);
        }
        *ret = buf_str(&text);
        return text.err;
    }
    in = document->text;
    for (size_t i = 0; i < in.len; i++) {
        bool coded = in.len > 0 && in.ptr[0] == '%' && in.ptr[i] == '%' && i + 2 < in.len &&
                     ascii_hex_value(in.ptr[i + 1]) < 16 && ascii_hex_value(in.ptr[i + 2]) < 16;
        buf_add_char(&text, coded ? (char)(ascii_hex_value(in.ptr[i + 1]) * 16 +
                                           ascii_hex_value(in.ptr[i + 2]))
                                  : in.ptr[i]);
        i += coded ? 2 : 0;
    }
    *ret = buf_str(&text);
    return text.err;
}

struct gathering {
    const struct account_export *export_;
    struct arena *arena;
    struct policy_source sources[SOURCES_MAX];
    size_t count;
    buf incomplete;
};

static void lose(struct gathering *g, str what, const char *why)
{
    buf_printf(&g->incomplete, "%s%.*s %s", g->incomplete.len > 0 ? "; " : "", FMT(what), why);
}

static enum rc document_add(struct gathering *g, str name, const struct json *document)
{
    struct policy_source *source = &g->sources[g->count];
    struct policy_refusal why;
    str text;
    enum rc rc;

    if (g->count == SOURCES_MAX) {
        lose(g, name, "is one policy too many");
        return RC_OK;
    }
    rc = document_text(document, g->arena, &text);
    if (rc == RC_OK) {
        *source = (struct policy_source){ .name = name, .text = text };
        rc = policy_parse_loosely(POLICY_IDENTITY, text, g->arena, &source->doc, &why);
    }
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        lose(g, name, "cannot be read");
        return RC_OK;
    }
    TRY(rc);
    g->count++;
    return RC_OK;
}

static enum rc inlines_add(struct gathering *g, const struct json *list, str prefix)
{
    for (const struct json *p = list == NULL ? NULL : list->first; p != NULL; p = p->next) {
        str name = arena_printf(g->arena, "%.*sinline:%.*s", FMT(prefix),
                                FMT(text_of(p, "PolicyName")));
        TRY(name.ptr == NULL ? RC_NOMEM
                             : document_add(g, name, json_member(p, STR("PolicyDocument"))));
    }
    return RC_OK;
}

/* The document in force. */
static const struct json *default_document(const struct json *policy)
{
    const struct json *versions = list_of(policy, "PolicyVersionList");
    str id = text_of(policy, "DefaultVersionId");

    for (const struct json *v = versions == NULL ? NULL : versions->first; v != NULL; v = v->next) {
        const struct json *is_default = json_member(v, STR("IsDefaultVersion"));
        if (id.ptr != NULL ? str_eq(text_of(v, "VersionId"), id)
                           : is_default != NULL && is_default->type == JSON_TRUE) {
            return json_member(v, STR("Document"));
        }
    }
    return NULL;
}

static enum rc managed_add(struct gathering *g, str arn, str prefix)
{
    const struct json *policy = arn.ptr == NULL ? NULL : table_get(&g->export_->policy_by_arn, arn);
    const struct json *document = policy == NULL ? NULL : default_document(policy);
    str name = arena_printf(g->arena, "%.*s%.*s", FMT(prefix), FMT(arn));

    if (name.ptr == NULL) {
        return RC_NOMEM;
    }
    if (document == NULL) {
        lose(g, name, "is not in the export");
        return RC_OK;
    }
    return document_add(g, name, document);
}

static enum rc attached_add(struct gathering *g, const struct json *list, str prefix)
{
    for (const struct json *p = list == NULL ? NULL : list->first; p != NULL; p = p->next) {
        TRY(managed_add(g, text_of(p, "PolicyArn"), prefix));
    }
    return RC_OK;
}

/* D-5 */
static enum rc groups_add(struct gathering *g, const struct json *names)
{
    for (const struct json *n = names == NULL ? NULL : names->first; n != NULL; n = n->next) {
        const struct json *group = n->type == JSON_STRING
                                       ? table_get(&g->export_->group_by_name, n->text)
                                       : NULL;
        str prefix = arena_printf(g->arena, "group %.*s: ", FMT(n->text));
        if (prefix.ptr == NULL) {
            return RC_NOMEM;
        }
        if (group == NULL) {
            lose(g, prefix, "is not in the export");
            continue;
        }
        TRY(inlines_add(g, list_of(group, "GroupPolicyList"), prefix));
        TRY(attached_add(g, list_of(group, "AttachedManagedPolicies"), prefix));
    }
    return RC_OK;
}

static enum rc compile(struct gathering *g, const struct policy_set **ret)
{
    enum rc rc = policy_compile(g->sources, g->count, g->arena, ret);

    g->count = 0;
    if (rc == RC_LIMIT) {
        lose(g, STR("a value with too many variables"), "cannot be evaluated");
        return RC_OK;
    }
    return rc;
}

enum rc account_export_stack(const struct account_export *export_, const struct json *entity,
                             struct arena *arena, struct export_stack *ret)
{
    struct gathering *g = NEW(arena, struct gathering);
    const struct json *boundary = json_member(entity, STR("PermissionsBoundary"));

    if (g == NULL) {
        return RC_NOMEM;
    }
    *ret = (struct export_stack){ .incomplete = STR_NONE };
    g->export_ = export_;
    g->arena = arena;
    g->incomplete = buf_arena(arena, 1 << 16);
    TRY(inlines_add(g, list_of(entity, "UserPolicyList"), STR("")));
    TRY(inlines_add(g, list_of(entity, "RolePolicyList"), STR("")));
    TRY(attached_add(g, list_of(entity, "AttachedManagedPolicies"), STR("")));
    TRY(groups_add(g, list_of(entity, "GroupList")));
    TRY(compile(g, &ret->stack.identity));
    if (boundary != NULL && boundary->type == JSON_OBJECT) {
        TRY(managed_add(g, text_of(boundary, "PermissionsBoundaryArn"), STR("boundary ")));
        TRY(compile(g, &ret->stack.boundary)); /* one that is not there allows nothing */
    }
    if (g->incomplete.len > 0) {
        ret->incomplete = buf_str(&g->incomplete);
    }
    return RC_OK;
}

enum rc account_export_trust(const struct account_export *export_, str role_arn,
                             struct arena *arena, const struct policy_set **ret)
{
    const struct json *list = export_->roles;

    *ret = NULL;
    for (const struct json *r = list == NULL ? NULL : list->first; r != NULL; r = r->next) {
        struct policy_source source = { .name = STR("trust policy") };
        struct policy_refusal why;
        enum rc rc;
        if (!str_eq(text_of(r, "Arn"), role_arn)) {
            continue;
        }
        TRY(document_text(json_member(r, STR("AssumeRolePolicyDocument")), arena, &source.text));
        rc = policy_parse_loosely(POLICY_TRUST, source.text, arena, &source.doc, &why);
        if (rc == RC_SYNTAX || rc == RC_LIMIT) {
            return RC_OK;
        }
        TRY(rc);
        return policy_compile(&source, 1, arena, ret);
    }
    return RC_OK;
}
