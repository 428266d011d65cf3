#include "cases.h"

#include <stdio.h>

#include "base/buf.h"

static const char *const result_names[] = { "implicit_deny", "explicit_deny", "allow" };

const char *result_name(enum decision_result result)
{
    return result_names[result];
}

enum rc file_read(const char *path, struct arena *arena, str *ret)
{
    FILE *f = fopen(path, "re");
    buf text = buf_arena(arena, 64u << 20);
    size_t got = 1;

    if (f == NULL) {
        return RC_IO;
    }
    while (got > 0) {
        char *room = buf_reserve(&text, 65536);
        if (room == NULL) {
            break;
        }
        got = fread(room, 1, 65536, f);
        text.len += got;
    }
    (void)fclose(f);
    *ret = buf_str(&text);
    return text.err;
}

enum policy_kind resource_kind_of(str action)
{
    static const str trusted[] = { STR_INIT("sts:AssumeRole"), STR_INIT("sts:TagSession"),
                                   STR_INIT("sts:SetSourceIdentity"), STR_INIT("sts:SetContext") };

    for (size_t i = 0; i < COUNT_OF(trusted); i++) {
        if (str_starts_nocase(action, trusted[i])) {
            return POLICY_TRUST;
        }
    }
    return POLICY_RESOURCE;
}

struct reading {
    str text;
    bool stored;
    struct arena *arena;
    const char *problem;
};

static str member_text(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value == NULL ? STR_NONE : value->text;
}

static bool member_true(const struct json *object, const char *key)
{
    const struct json *value = json_member(object, str_cstr(key));

    return value != NULL && value->type == JSON_TRUE;
}

static const struct policy_document *document(struct reading *r, enum policy_kind kind,
                                              const struct json *json)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;
    str text = str_slice(r->text, json->span.offset, json->span.end - json->span.offset);
    enum rc rc = r->stored ? policy_parse(kind, text, r->arena, &doc, &refusal)
                           : policy_parse_loosely(kind, text, r->arena, &doc, &refusal);

    if (rc != RC_OK) {
        str why = arena_printf(r->arena, "a policy is refused: %.*s (%.*s)", FMT(refusal.message),
                               FMT(refusal.detail));
        r->problem = rc == RC_NOMEM ? "no memory" : why.ptr;
        return NULL;
    }
    return doc;
}

/* One document or a list of them as one set; absent gives NULL. */
static const struct policy_set *set_of(struct reading *r, enum policy_kind kind,
                                       const struct json *json)
{
    const struct policy_set *set = NULL;
    struct policy_source *sources;
    size_t n = 0, count = json == NULL ? 0 : json->type == JSON_ARRAY ? json->count : 1;
    const struct json *item = json == NULL ? NULL : json->type == JSON_ARRAY ? json->first : json;

    if (json == NULL) {
        return NULL;
    }
    sources = NEW_ARRAY(r->arena, count, struct policy_source);
    for (; n < count; item = item->next) {
        sources[n] = (struct policy_source){ .doc = document(r, kind, item),
                                             .name = arena_printf(r->arena, "policy-%zu", n) };
        if (sources[n++].doc == NULL) {
            return NULL;
        }
    }
    if (policy_compile(sources, count, r->arena, &set) != RC_OK) {
        r->problem = "does not compile";
    }
    return set;
}

static size_t levels_of(struct reading *r, enum policy_kind kind, const struct json *json,
                        const struct policy_set **levels)
{
    size_t n = 0;

    for (const struct json *l = json == NULL ? NULL : json->first; l != NULL; l = l->next) {
        if (n == CASE_LEVELS_MAX) {
            r->problem = "too many levels";
            break;
        }
        levels[n++] = set_of(r, kind, l);
    }
    return n;
}

static bool type_of(str name, enum principal_type *ret)
{
    static const str names[] = {
        [PRINCIPAL_ANONYMOUS] = STR_INIT("anonymous"),
        [PRINCIPAL_ROOT] = STR_INIT("root"),
        [PRINCIPAL_USER] = STR_INIT("user"),
        [PRINCIPAL_ROLE_SESSION] = STR_INIT("role-session"),
        [PRINCIPAL_FEDERATED_USER] = STR_INIT("federated-user"),
        [PRINCIPAL_SERVICE] = STR_INIT("service"),
        [PRINCIPAL_WEB_IDENTITY] = STR_INIT("web-identity"),
        [PRINCIPAL_SAML] = STR_INIT("saml"),
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq(names[i], name)) {
            *ret = (enum principal_type)i;
            return true;
        }
    }
    return false;
}

static void context_of(struct reading *r, const struct json *json, struct policy_request *ret)
{
    struct context_entry *entries;
    size_t n = 0;

    if (json == NULL) {
        return;
    }
    entries = NEW_ARRAY(r->arena, json->count, struct context_entry);
    for (const struct json *m = json->first; m != NULL; m = m->next) {
        bool many = m->type == JSON_ARRAY;
        size_t count = many ? m->count : 1, i = 0;
        str *values = NEW_ARRAY(r->arena, count, str);
        for (const struct json *v = many ? m->first : m; i < count; v = v->next) {
            values[i++] = v->type == JSON_TRUE    ? STR("true")
                          : v->type == JSON_FALSE ? STR("false")
                                                  : v->text;
        }
        entries[n++] = (struct context_entry){ m->key, values, (uint32_t)count, many };
    }
    ret->context = entries;
    ret->context_count = n;
}

static void request_of(struct reading *r, const struct json *json, const struct json *org,
                       struct policy_request *ret)
{
    const struct json *p = json_member(json, STR("principal"));

    if (!type_of(member_text(p, "type"), &ret->principal.type)) {
        r->problem = "unknown principal type";
    }
    ret->principal.account = member_text(p, "account");
    ret->principal.arn = member_text(p, "arn");
    ret->principal.role_arn = member_text(p, "role_arn");
    ret->principal.user_arn = member_text(p, "user_arn");
    ret->principal.unique_id = member_text(p, "unique_id");
    ret->principal.service_linked = member_true(p, "service_linked");
    ret->action = member_text(json, "action");
    ret->resource = member_text(json, "resource");
    ret->resource_account = member_text(json, "resource_account");
    ret->principal_in_management_account = member_true(org, "principal_in_management_account");
    ret->resource_in_management_account = member_true(org, "resource_in_management_account");
    context_of(r, json_member(json, STR("context")), ret);
}

static bool expect_of(str name, enum decision_result *ret)
{
    for (size_t i = 0; i < COUNT_OF(result_names); i++) {
        if (str_eq(name, str_cstr(result_names[i]))) {
            *ret = (enum decision_result)i;
            return true;
        }
    }
    return false;
}

bool case_read(str text, const struct json *json, bool stored, struct arena *arena,
               struct eval_case *ret, const char **ret_problem)
{
    struct reading r = { text, stored, arena, NULL };
    const struct json *policies = json_member(json, STR("policies"));
    struct case_policies *p = &ret->policies;

    memset(ret, 0, sizeof(*ret));
    ret->json = json;
    ret->id = member_text(json, "id");
    ret->title = member_text(json, "title");
    request_of(&r, json_member(json, STR("request")), json_member(json, STR("org")), &ret->request);
    *p = (struct case_policies){
        .identity = json_member(policies, STR("identity")),
        .resource = json_member(policies, STR("resource")),
        .boundary = json_member(policies, STR("boundary")),
        .session = json_member(policies, STR("session")),
        .scp = json_member(policies, STR("scp")),
        .rcp = json_member(policies, STR("rcp")),
        .endpoint = json_member(policies, STR("endpoint")),
    };
    ret->stack = (struct policy_stack){
        .identity = set_of(&r, POLICY_IDENTITY, p->identity),
        .boundary = set_of(&r, POLICY_IDENTITY, p->boundary),
        .session = set_of(&r, POLICY_IDENTITY, p->session),
        .resource = set_of(&r, resource_kind_of(ret->request.action), p->resource),
        .endpoint = set_of(&r, POLICY_ENDPOINT, p->endpoint),
        .scp = ret->scp,
        .scp_count = levels_of(&r, POLICY_SCP, p->scp, ret->scp),
        .rcp = ret->rcp,
        .rcp_count = levels_of(&r, POLICY_RCP, p->rcp, ret->rcp),
    };
    if (!expect_of(member_text(json, "expect"), &ret->expect)) {
        r.problem = "unknown expectation";
    }
    *ret_problem = r.problem;
    return r.problem == NULL;
}
