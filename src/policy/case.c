/* Reading case files. Every object is checked against a table of its members first; what follows
 * can then take them as they are. */
#include "policy/case.h"

#include "policy/case_read.h"
#include "policy/inside.h"

enum { CASE_DEPTH_MAX = 64, CASE_VALUES_MAX = 1 << 25 };

/* -- members ----------------------------------------------------------------------------------- */

static const struct member_row file_members[] = {
    { STR_INIT("format"), IS_STRING, true, "the string \"mantle-eval-cases/1\"" },
    { STR_INIT("cases"), IS_ARRAY, true, "an array of cases" },
    { STR_INIT("comment"), IS_STRING, false, "a string" },
};

static const struct member_row case_members[] = {
    { STR_INIT("id"), IS_STRING, true, "a string" },
    { STR_INIT("title"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("comment"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("rule"), IS_STRING | IS_ARRAY | IS_NULL, false, "an array of rule numbers" },
    { STR_INIT("request"), IS_OBJECT, true, "an object" },
    { STR_INIT("policies"), IS_OBJECT | IS_NULL, false, "an object" },
    { STR_INIT("org"), IS_OBJECT | IS_NULL, false, "an object" },
    { STR_INIT("expect"), IS_STRING, true, "\"allow\", \"explicit_deny\" or \"implicit_deny\"" },
    { STR_INIT("loosely"), IS_BOOL | IS_NULL, false, "true or false" },
};

static const struct member_row request_members[] = {
    { STR_INIT("principal"), IS_OBJECT, true, "an object" },
    { STR_INIT("action"), IS_STRING, true, "a string like \"s3:GetObject\"" },
    { STR_INIT("resource"), IS_STRING, true, "an ARN or \"*\"" },
    { STR_INIT("resource_account"), IS_STRING | IS_NULL, false, "a string of twelve digits" },
    { STR_INIT("context"), IS_OBJECT | IS_NULL, false, "an object" },
};

static const struct member_row principal_members[] = {
    { STR_INIT("type"), IS_STRING, true, "a principal type" },
    { STR_INIT("account"), IS_STRING | IS_NULL, false, "a string of twelve digits" },
    { STR_INIT("arn"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("role_arn"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("user_arn"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("unique_id"), IS_STRING | IS_NULL, false, "a string" },
    { STR_INIT("service_linked"), IS_BOOL | IS_NULL, false, "true or false" },
};

static const struct member_row org_members[] = {
    { STR_INIT("principal_in_management_account"), IS_BOOL | IS_NULL, false, "true or false" },
    { STR_INIT("resource_in_management_account"), IS_BOOL | IS_NULL, false, "true or false" },
};

/* -- the request ------------------------------------------------------------------------------- */

/* What each type of principal cannot be told apart without. */
static const struct {
    str name;
    bool account, arn, role_arn, user_arn;
} types[] = {
    [PRINCIPAL_ANONYMOUS] = { STR_INIT("anonymous"), false, false, false, false },
    [PRINCIPAL_ROOT] = { STR_INIT("root"), true, false, false, false },
    [PRINCIPAL_USER] = { STR_INIT("user"), true, true, false, false },
    [PRINCIPAL_ROLE_SESSION] = { STR_INIT("role-session"), true, true, true, false },
    [PRINCIPAL_FEDERATED_USER] = { STR_INIT("federated-user"), true, true, false, true },
    [PRINCIPAL_SERVICE] = { STR_INIT("service"), false, true, false, false },
    [PRINCIPAL_WEB_IDENTITY] = { STR_INIT("web-identity"), false, true, false, false },
    [PRINCIPAL_SAML] = { STR_INIT("saml"), false, true, false, false },
};

bool principal_type_parse(str name, enum principal_type *ret)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_eq(types[i].name, name)) {
            *ret = (enum principal_type)i;
            return true;
        }
    }
    return false;
}

str principal_type_word(enum principal_type type)
{
    return types[type].name;
}

static enum rc need(struct reading *r, const struct json *principal, bool needed, str name)
{
    if (!needed || member_of(principal, name) != NULL) {
        return RC_OK;
    }
    return case_mistake(r, principal, case_path(r, STR("request.principal"), name),
                        "is missing; a principal of type \"%.*s\" needs it",
                        FMT(member_text(principal, STR("type"))));
}

static enum rc principal_read(struct reading *r, const struct json *json, struct principal *ret)
{
    const struct json *type = json_member(json, STR("type"));

    TRY(CHECK_MEMBERS(r, json, STR("request.principal"), principal_members));
    if (!principal_type_parse(type->text, &ret->type)) {
        return case_mistake(
            r, type, STR("request.principal.type"),
            "\"%.*s\" is none of anonymous, root, user, role-session, federated-user, "
            "service, web-identity, saml",
            FMT(type->text));
    }
    TRY(need(r, json, types[ret->type].account, STR("account")));
    TRY(need(r, json, types[ret->type].arn, STR("arn")));
    TRY(need(r, json, types[ret->type].role_arn, STR("role_arn")));
    TRY(need(r, json, types[ret->type].user_arn, STR("user_arn")));
    ret->account = member_text(json, STR("account"));
    ret->arn = member_text(json, STR("arn"));
    ret->role_arn = member_text(json, STR("role_arn"));
    ret->user_arn = member_text(json, STR("user_arn"));
    ret->unique_id = member_text(json, STR("unique_id"));
    ret->service_linked = member_is_true(json, STR("service_linked"));
    return RC_OK;
}

static bool is_scalar(const struct json *json)
{
    return json->type == JSON_STRING || json->type == JSON_NUMBER || json->type == JSON_TRUE ||
           json->type == JSON_FALSE;
}

static enum rc entry_read(struct reading *r, const struct json *m, struct context_entry *ret)
{
    bool many = m->type == JSON_ARRAY;
    size_t count = many ? m->count : 1, i = 0;
    str *values = NEW_ARRAY(r->arena, count, str),
        own = case_path(r, STR("request.context"), m->key);

    if (values == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *v = many ? m->first : m; i < count; v = v->next) {
        if (!is_scalar(v)) {
            return case_mistake(
                r, v, own,
                "is %s; a value is a string, a number, true or false, several of them "
                "an array, and an absent key is left out",
                json_type_names[v->type]);
        }
        values[i++] = scalar_text(v);
    }
    *ret = (struct context_entry){ m->key, values, (uint32_t)count, many };
    return RC_OK;
}

static enum rc context_read(struct reading *r, const struct json *json, struct policy_request *ret)
{
    struct context_entry *entries;
    size_t n = 0;

    if (json == NULL) {
        return RC_OK;
    }
    entries = NEW_ARRAY(r->arena, json->count, struct context_entry);
    if (entries == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *m = json->first; m != NULL; m = m->next) {
        for (size_t i = 0; i < n; i++) {
            if (str_eq_nocase(entries[i].key, m->key)) { /* C-7 */
                return case_mistake(r, m, case_path(r, STR("request.context"), m->key),
                                    "stands here twice (keys compare without regard to case)");
            }
        }
        TRY(entry_read(r, m, &entries[n++]));
    }
    ret->context = entries;
    ret->context_count = n;
    return RC_OK;
}

static enum rc request_read(struct reading *r, const struct json *json, const struct json *org)
{
    struct policy_request *rq = &r->out->request;

    TRY(CHECK_MEMBERS(r, json, STR("request"), request_members));
    TRY(principal_read(r, json_member(json, STR("principal")), &rq->principal));
    rq->action = member_text(json, STR("action"));
    rq->resource = member_text(json, STR("resource"));
    rq->resource_account = member_text(json, STR("resource_account"));
    TRY(context_read(r, member_of(json, STR("context")), rq));
    if (org != NULL) {
        TRY(CHECK_MEMBERS(r, org, STR("org"), org_members));
        rq->principal_in_management_account = member_is_true(org, org_members[0].name);
        rq->resource_in_management_account = member_is_true(org, org_members[1].name);
    }
    return RC_OK;
}

static enum rc expect_read(struct reading *r, const struct json *json)
{
    static const enum decision_result results[] = { DECIDED_ALLOW, DECIDED_EXPLICIT_DENY,
                                                    DECIDED_IMPLICIT_DENY };

    for (size_t i = 0; i < COUNT_OF(results); i++) {
        if (str_eq(json->text, policy_result_name(results[i]))) {
            r->out->expect = results[i];
            return RC_OK;
        }
    }
    return case_mistake(r, json, STR("expect"),
                        "\"%.*s\" is none of allow, explicit_deny, implicit_deny", FMT(json->text));
}

enum rc case_read(str text, const struct json *json, bool stored, struct arena *arena,
                  struct eval_case *ret, struct case_mistake *reterr)
{
    struct reading r = { text, stored, arena, ret, &ret->documents, reterr };

    *ret = (struct eval_case){ .json = json };
    if (json->type != JSON_OBJECT) {
        return case_mistake(&r, json, STR("cases"), "holds %s; a case is an object",
                            json_type_names[json->type]);
    }
    TRY(CHECK_MEMBERS(&r, json, STR(""), case_members));
    ret->id = member_text(json, STR("id"));
    ret->title = member_text(json, STR("title"));
    if (ret->id.len == 0) {
        return case_mistake(&r, json_member(json, STR("id")), STR("id"), "is empty");
    }
    TRY(expect_read(&r, json_member(json, STR("expect"))));
    TRY(request_read(&r, json_member(json, STR("request")), member_of(json, STR("org"))));
    return case_policies_read(&r, member_of(json, STR("policies")));
}

enum rc case_file_read(str text, struct arena *arena, struct case_file *ret,
                       struct case_mistake *reterr)
{
    /* Documents are read a second time, strictly: here a repeated key may stand (G-2). */
    static const struct json_limits limits = { CASE_DEPTH_MAX, CASE_VALUES_MAX, true };
    struct reading r = { .text = text, .arena = arena, .err = reterr };
    struct json_error at = { .reason = NULL };
    struct json *root;
    const struct json *format;
    enum rc rc = json_parse(text, &limits, arena, &root, &at);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        *reterr = (struct case_mistake){ at.line, at.column, STR(""), str_cstr(at.reason) };
    }
    TRY(rc);
    if (root->type != JSON_OBJECT) {
        return case_mistake(&r, root, STR(""), "the file holds %s, not an object with \"cases\"",
                            json_type_names[root->type]);
    }
    TRY(CHECK_MEMBERS(&r, root, STR(""), file_members));
    format = json_member(root, STR("format"));
    if (!str_eq(format->text, STR("mantle-eval-cases/1"))) {
        return case_mistake(&r, format, STR("format"), "\"%.*s\" is not \"mantle-eval-cases/1\"",
                            FMT(format->text));
    }
    *ret = (struct case_file){ text, json_member(root, STR("cases")) };
    return RC_OK;
}

/* -- deciding ---------------------------------------------------------------------------------- */

void case_decide(const struct eval_case *c, struct decision *ret)
{
    policy_decide(&c->stack, &c->request, ret);
    if (ret->result == DECIDED_ALLOW && ret->layer != LAYER_SERVICE_RULE && c->refused_count > 0) {
        const struct case_document *d = c->documents;
        while (d != NULL && !d->refused) {
            d = d->next;
        }
        /* D-6: the document that cannot be read may have denied. */
        *ret = (struct decision){ .layer = d == NULL ? LAYER_NONE : d->layer, .rule = "D-6" };
    }
}

void case_place(const struct case_document *document, uint32_t *line, uint32_t *column)
{
    if (*line <= 1) {
        *column += document->json->span.column - 1;
    }
    *line += document->json->span.line - 1;
}

const struct case_document *case_document_find(const struct eval_case *c, str path)
{
    for (const struct case_document *d = c->documents; d != NULL; d = d->next) {
        if (str_eq(d->path, path)) {
            return d;
        }
    }
    return NULL;
}
