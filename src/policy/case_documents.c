/* The policies of a case: each document as the file has it, and compiled for deciding. */
#include "codec/arn.h"
#include "policy/case_read.h"
#include "policy/decide.h"

static const struct member_row policies_members[] = {
    { STR_INIT("identity"), IS_ARRAY | IS_NULL, false, "a list of documents: [ {...} ]" },
    { STR_INIT("resource"), IS_OBJECT | IS_NULL, false, "one document" },
    { STR_INIT("boundary"), IS_OBJECT | IS_NULL, false, "one document" },
    { STR_INIT("session"), IS_ARRAY | IS_NULL, false, "a list of documents: [ {...} ]" },
    { STR_INIT("scp"), IS_ARRAY | IS_NULL, false, "a list of levels: [ [ {...} ], ... ]" },
    { STR_INIT("rcp"), IS_ARRAY | IS_NULL, false, "a list of levels: [ [ {...} ], ... ]" },
    { STR_INIT("endpoint"), IS_OBJECT | IS_NULL, false, "one document" },
};

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
        return case_mistake(r, json, path, "is %s; a policy document is an object",
                            json_type_names[json->type]);
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
            return case_mistake(r, l, own,
                                "is %s; a level is a list of documents, root first: [ {...} ]",
                                json_type_names[l->type]);
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

enum rc case_policies_read(struct reading *r, const struct json *policies)
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
