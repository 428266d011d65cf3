/* Reading case files. Every object is checked against a table of its members first; what follows
 * can then take them as they are. */
#include "policy/case.h"

#include <stdarg.h>

#include "codec/arn.h"
#include "policy/decide.h"

enum { CASE_DEPTH_MAX = 64, CASE_VALUES_MAX = 1 << 25 };

struct reading {
    str text;
    bool stored;
    struct arena *arena;
    struct eval_case *out;
    struct case_document **last; /* where the next document is linked */
    struct case_mistake *err;
};

static enum rc mistake(struct reading *r, const struct json *at, str member, const char *format,
                       ...) PRINTF_LIKE(4, 5);

static enum rc mistake(struct reading *r, const struct json *at, str member, const char *format,
                       ...)
{
    struct case_mistake found = { at->span.line, at->span.column, member, STR_NONE };
    va_list args;

    va_start(args, format);
    found.message = arena_vprintf(r->arena, format, args);
    va_end(args);
    if (member.ptr == NULL || found.message.ptr == NULL) {
        return RC_NOMEM;
    }
    *r->err = found;
    return RC_SYNTAX;
}

/* -- members ----------------------------------------------------------------------------------- */

enum {
    IS_STRING = 1 << JSON_STRING,
    IS_ARRAY = 1 << JSON_ARRAY,
    IS_OBJECT = 1 << JSON_OBJECT,
    IS_BOOL = 1 << JSON_TRUE | 1 << JSON_FALSE,
    IS_NULL = 1 << JSON_NULL,
};

struct member_row {
    str name;
    unsigned types;
    bool required;
    const char *wanted; /* "a string" */
};

static const char *const type_names[] = {
    [JSON_NULL] = "null",        [JSON_FALSE] = "false",     [JSON_TRUE] = "true",
    [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
    [JSON_OBJECT] = "an object",
};

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

static const struct member_row policies_members[] = {
    { STR_INIT("identity"), IS_ARRAY | IS_NULL, false, "a list of documents: [ {...} ]" },
    { STR_INIT("resource"), IS_OBJECT | IS_NULL, false, "one document" },
    { STR_INIT("boundary"), IS_OBJECT | IS_NULL, false, "one document" },
    { STR_INIT("session"), IS_ARRAY | IS_NULL, false, "a list of documents: [ {...} ]" },
    { STR_INIT("scp"), IS_ARRAY | IS_NULL, false, "a list of levels: [ [ {...} ], ... ]" },
    { STR_INIT("rcp"), IS_ARRAY | IS_NULL, false, "a list of levels: [ [ {...} ], ... ]" },
    { STR_INIT("endpoint"), IS_OBJECT | IS_NULL, false, "one document" },
};

static str path_of(struct reading *r, str parent, str name)
{
    return parent.len == 0 ? arena_str(r->arena, name)
                           : arena_printf(r->arena, "%.*s.%.*s", FMT(parent), FMT(name));
}

static const struct member_row *row_find(const struct member_row *rows, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static enum rc unknown_member(struct reading *r, const struct json *at, str path,
                              const struct member_row *rows, size_t count)
{
    buf known = buf_arena(r->arena, 1024);

    for (size_t i = 0; i < count; i++) {
        buf_add(&known, i == 0 ? STR("") : STR(", "));
        buf_add(&known, rows[i].name);
    }
    return mistake(r, at, path, "unknown member; known here: %.*s", FMT(buf_str(&known)));
}

static enum rc members_check(struct reading *r, const struct json *object, str path,
                             const struct member_row *rows, size_t count)
{
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        const struct member_row *row = row_find(rows, count, m->key);
        str own = path_of(r, path, m->key);
        if (row == NULL) {
            return unknown_member(r, m, own, rows, count);
        }
        if ((row->types >> m->type & 1) == 0) {
            return mistake(r, m, own, "is %s, not %s", type_names[m->type], row->wanted);
        }
        if (json_member(object, m->key) != m) {
            return mistake(r, m, own, "stands here twice");
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].required && json_member(object, rows[i].name) == NULL) {
            return mistake(r, object, path_of(r, path, rows[i].name), "is missing; it takes %s",
                           rows[i].wanted);
        }
    }
    return RC_OK;
}

#define CHECK_MEMBERS(r, object, path, rows) members_check(r, object, path, rows, COUNT_OF(rows))

/* Absent and null are the same: none. */
static const struct json *member_of(const struct json *object, str key)
{
    const struct json *value = json_member(object, key);

    return value == NULL || value->type == JSON_NULL ? NULL : value;
}

static str text_of(const struct json *object, str key)
{
    const struct json *value = member_of(object, key);

    return value == NULL ? STR_NONE : value->text;
}

static bool is_true(const struct json *object, str key)
{
    const struct json *value = member_of(object, key);

    return value != NULL && value->type == JSON_TRUE;
}

/* -- documents --------------------------------------------------------------------------------- */

enum policy_kind resource_document_kind(str action, str resource)
{
    char folded[ACTION_MAX];
    size_t len = action.len < ACTION_MAX ? action.len : ACTION_MAX;
    struct arn arn;

    for (size_t i = 0; i < len; i++) {
        folded[i] = ascii_lower(action.ptr[i]);
    }
    if (action_needs_trust(str_from(folded, len)) != TRUST_NONE ||
        (arn_parse(resource, &arn) == RC_OK && str_eq(arn.service, STR("iam")) &&
         str_starts(arn.resource, STR("role/")))) {
        return POLICY_TRUST;
    }
    return POLICY_RESOURCE;
}

static enum rc document_add(struct reading *r, enum policy_kind kind, enum policy_layer layer,
                            const struct json *json, str path, struct policy_source *ret)
{
    struct case_document *document = NEW(r->arena, struct case_document);
    str text = str_slice(r->text, json->span.offset, json->span.end - json->span.offset);
    enum rc rc;

    if (document == NULL || path.ptr == NULL) {
        return RC_NOMEM;
    }
    if (json->type != JSON_OBJECT) {
        return mistake(r, json, path, "is %s; a policy document is an object",
                       type_names[json->type]);
    }
    *document = (struct case_document){ .path = path, .layer = layer, .json = json };
    *r->last = document;
    r->last = &document->next;
    ret->name = path;
    ret->text = text;
    rc = r->stored ? policy_parse(kind, text, r->arena, &ret->doc, &document->refusal)
                   : policy_parse_loosely(kind, text, r->arena, &ret->doc, &document->refusal);
    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        document->refused = true;
        r->out->refused_count++;
        return RC_OK;
    }
    return rc;
}

/* What is read becomes one set; a set whose only document is refused allows nothing. */
static enum rc set_compile(struct reading *r, const struct policy_source *sources, size_t count,
                           const struct policy_set **ret)
{
    enum rc rc = policy_compile(sources, count, r->arena, ret);

    if (rc == RC_LIMIT) { /* more variables in a value than are evaluated: as if unreadable */
        r->out->refused_count++;
        rc = policy_compile(sources, 0, r->arena, ret);
    }
    return rc;
}

static enum rc one_read(struct reading *r, enum policy_kind kind, enum policy_layer layer,
                        const struct json *json, str path, const struct policy_set **ret)
{
    struct policy_source source = { .doc = NULL };

    if (json == NULL) {
        return RC_OK;
    }
    TRY(document_add(r, kind, layer, json, path, &source));
    return set_compile(r, &source, source.doc == NULL ? 0 : 1, ret);
}

static enum rc list_read(struct reading *r, enum policy_kind kind, enum policy_layer layer,
                         const struct json *list, str path, const struct policy_set **ret)
{
    struct policy_source *sources;
    size_t count = 0, at = 0;

    if (list == NULL) {
        return RC_OK;
    }
    sources = NEW_ARRAY(r->arena, list->count, struct policy_source);
    if (sources == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *d = list->first; d != NULL; d = d->next) {
        str own = arena_printf(r->arena, "%.*s[%zu]", FMT(path), at++);
        sources[count] = (struct policy_source){ .doc = NULL };
        TRY(document_add(r, kind, layer, d, own, &sources[count]));
        count += sources[count].doc != NULL ? 1 : 0;
    }
    return set_compile(r, sources, count, ret);
}

static enum rc levels_read(struct reading *r, enum policy_kind kind, enum policy_layer layer,
                           const struct json *levels, str path,
                           const struct policy_set *const **ret, size_t *ret_count)
{
    const struct policy_set **sets;
    size_t n = 0;

    if (levels == NULL) {
        return RC_OK;
    }
    sets = NEW_ARRAY(r->arena, levels->count, const struct policy_set *);
    if (sets == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *l = levels->first; l != NULL; l = l->next) {
        str own = arena_printf(r->arena, "%.*s[%zu]", FMT(path), n);
        if (own.ptr == NULL) {
            return RC_NOMEM;
        }
        if (l->type != JSON_ARRAY) {
            return mistake(r, l, own,
                           "is %s; a level is a list of documents, root first: [ {...} ]",
                           type_names[l->type]);
        }
        TRY(list_read(r, kind, layer, l, own, &sets[n++]));
    }
    *ret = sets;
    *ret_count = n;
    return RC_OK;
}

/* A list without session policies says that none was passed (D-31), not that nothing is allowed. */
static const struct json *none_if_empty(const struct json *list)
{
    return list != NULL && list->type == JSON_ARRAY && list->count == 0 ? NULL : list;
}

static enum rc policies_read(struct reading *r, const struct json *policies)
{
    struct case_policies *p = &r->out->policies;
    struct policy_stack *stack = &r->out->stack;
    const struct policy_request *rq = &r->out->request;

    if (policies == NULL) {
        return RC_OK;
    }
    TRY(CHECK_MEMBERS(r, policies, STR("policies"), policies_members));
    *p = (struct case_policies){
        .identity = member_of(policies, STR("identity")),
        .resource = member_of(policies, STR("resource")),
        .boundary = member_of(policies, STR("boundary")),
        .session = none_if_empty(member_of(policies, STR("session"))),
        .scp = member_of(policies, STR("scp")),
        .rcp = member_of(policies, STR("rcp")),
        .endpoint = member_of(policies, STR("endpoint")),
    };
    TRY(list_read(r, POLICY_IDENTITY, LAYER_IDENTITY, p->identity, STR("policies.identity"),
                  &stack->identity));
    TRY(one_read(r, resource_document_kind(rq->action, rq->resource), LAYER_RESOURCE, p->resource,
                 STR("policies.resource"), &stack->resource));
    TRY(one_read(r, POLICY_IDENTITY, LAYER_BOUNDARY, p->boundary, STR("policies.boundary"),
                 &stack->boundary));
    TRY(list_read(r, POLICY_IDENTITY, LAYER_SESSION, p->session, STR("policies.session"),
                  &stack->session));
    TRY(levels_read(r, POLICY_SCP, LAYER_SCP, p->scp, STR("policies.scp"), &stack->scp,
                    &stack->scp_count));
    TRY(levels_read(r, POLICY_RCP, LAYER_RCP, p->rcp, STR("policies.rcp"), &stack->rcp,
                    &stack->rcp_count));
    return one_read(r, POLICY_ENDPOINT, LAYER_ENDPOINT, p->endpoint, STR("policies.endpoint"),
                    &stack->endpoint);
}

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
    return mistake(r, principal, path_of(r, STR("request.principal"), name),
                   "is missing; a principal of type \"%.*s\" needs it",
                   FMT(text_of(principal, STR("type"))));
}

static enum rc principal_read(struct reading *r, const struct json *json, struct principal *ret)
{
    const struct json *type = json_member(json, STR("type"));

    TRY(CHECK_MEMBERS(r, json, STR("request.principal"), principal_members));
    if (!principal_type_parse(type->text, &ret->type)) {
        return mistake(r, type, STR("request.principal.type"),
                       "\"%.*s\" is none of anonymous, root, user, role-session, federated-user, "
                       "service, web-identity, saml",
                       FMT(type->text));
    }
    TRY(need(r, json, types[ret->type].account, STR("account")));
    TRY(need(r, json, types[ret->type].arn, STR("arn")));
    TRY(need(r, json, types[ret->type].role_arn, STR("role_arn")));
    TRY(need(r, json, types[ret->type].user_arn, STR("user_arn")));
    ret->account = text_of(json, STR("account"));
    ret->arn = text_of(json, STR("arn"));
    ret->role_arn = text_of(json, STR("role_arn"));
    ret->user_arn = text_of(json, STR("user_arn"));
    ret->unique_id = text_of(json, STR("unique_id"));
    ret->service_linked = is_true(json, STR("service_linked"));
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
    str *values = NEW_ARRAY(r->arena, count, str), own = path_of(r, STR("request.context"), m->key);

    if (values == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *v = many ? m->first : m; i < count; v = v->next) {
        if (!is_scalar(v)) {
            return mistake(r, v, own,
                           "is %s; a value is a string, a number, true or false, several of them "
                           "an array, and an absent key is left out",
                           type_names[v->type]);
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
                return mistake(r, m, path_of(r, STR("request.context"), m->key),
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
    rq->action = text_of(json, STR("action"));
    rq->resource = text_of(json, STR("resource"));
    rq->resource_account = text_of(json, STR("resource_account"));
    TRY(context_read(r, member_of(json, STR("context")), rq));
    if (org != NULL) {
        TRY(CHECK_MEMBERS(r, org, STR("org"), org_members));
        rq->principal_in_management_account = is_true(org, org_members[0].name);
        rq->resource_in_management_account = is_true(org, org_members[1].name);
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
    return mistake(r, json, STR("expect"),
                   "\"%.*s\" is none of allow, explicit_deny, implicit_deny", FMT(json->text));
}

enum rc case_read(str text, const struct json *json, bool stored, struct arena *arena,
                  struct eval_case *ret, struct case_mistake *reterr)
{
    struct reading r = { text, stored, arena, ret, &ret->documents, reterr };

    *ret = (struct eval_case){ .json = json };
    if (json->type != JSON_OBJECT) {
        return mistake(&r, json, STR("cases"), "holds %s; a case is an object",
                       type_names[json->type]);
    }
    TRY(CHECK_MEMBERS(&r, json, STR(""), case_members));
    ret->id = text_of(json, STR("id"));
    ret->title = text_of(json, STR("title"));
    if (ret->id.len == 0) {
        return mistake(&r, json_member(json, STR("id")), STR("id"), "is empty");
    }
    TRY(expect_read(&r, json_member(json, STR("expect"))));
    TRY(request_read(&r, json_member(json, STR("request")), member_of(json, STR("org"))));
    return policies_read(&r, member_of(json, STR("policies")));
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
        return mistake(&r, root, STR(""), "the file holds %s, not an object with \"cases\"",
                       type_names[root->type]);
    }
    TRY(CHECK_MEMBERS(&r, root, STR(""), file_members));
    format = json_member(root, STR("format"));
    if (!str_eq(format->text, STR("mantle-eval-cases/1"))) {
        return mistake(&r, format, STR("format"), "\"%.*s\" is not \"mantle-eval-cases/1\"",
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
