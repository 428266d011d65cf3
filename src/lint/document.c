/* The document and the elements of its statements: what stands where, and of which type. */
#include "lint/walk.h"

#include <stdlib.h>

static const char *const type_names[] = {
    [JSON_NULL] = "null",        [JSON_FALSE] = "a boolean", [JSON_TRUE] = "a boolean",
    [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
    [JSON_OBJECT] = "an object",
};

static void report_type(struct lint *l, const struct json *node, const char *name,
                        const char *wanted)
{
    report(l, LINT_DATA_TYPE_MISMATCH, node, "%s is %s and has to be %s.", name,
           type_names[node->type], wanted);
}

static int key_order(const void *left, const void *right)
{
    const struct json *a = *(const struct json *const *)left;
    const struct json *b = *(const struct json *const *)right;
    int order = str_cmp_nocase(a->key, b->key);

    return order != 0 ? order
                      : (a->span.offset > b->span.offset) - (a->span.offset < b->span.offset);
}

/* Reports keys that differ in case only (G-2). */
static void check_case(struct lint *l, const struct json *object)
{
    const struct json **members;
    size_t n = 0;

    if (object->type != JSON_OBJECT || object->count < 2) {
        return;
    }
    members = NEW_ARRAY(l->arena, object->count, const struct json *);
    if (members == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        members[n++] = m;
    }
    qsort(members, n, sizeof(*members), key_order);
    for (size_t i = 1; i < n; i++) {
        if (str_eq_nocase(members[i - 1]->key, members[i]->key)) {
            report_key(l, LINT_DUPLICATE_KEYS_WITH_DIFFERENT_CASE, members[i],
                       "\"%.*s\" and \"%.*s\" are the same key.", FMT(members[i - 1]->key),
                       FMT(members[i]->key));
        }
    }
}

static void check_known(struct lint *l, const struct json *object, const str *known, size_t count)
{
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        size_t best = 3, nearest = count;
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            size_t distance = edit_distance(m->key, known[i], best);
            found = found || str_eq(m->key, known[i]);
            if (distance < best) {
                best = distance;
                nearest = i;
            }
        }
        if (!found) {
            report_key(l, LINT_INVALID_POLICY_ELEMENT, m, "There is no element \"%.*s\" here.",
                       FMT(m->key));
            if (nearest < count) {
                advise(l, "Write \"%.*s\".", FMT(known[nearest]));
            }
        }
    }
    check_case(l, object);
}

/* A string or an array; elements that are no strings are reported. NULL: absent or wrong. */
static const struct json *take_strings(struct lint *l, const struct json *object, str key)
{
    const struct json *list = json_member(object, key);

    if (list == NULL) {
        return NULL;
    }
    if (list->type != JSON_STRING && list->type != JSON_ARRAY) {
        report_type(l, list, key.ptr, "a string or an array of strings");
        return NULL;
    }
    for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
        if (v->type != JSON_STRING) {
            report_type(l, v, key.ptr, "a string");
        }
    }
    return list;
}

static const struct json *take_either(struct lint *l, const struct json *node, str yes, str no,
                                      bool *ret_not)
{
    const struct json *listed = take_strings(l, node, yes), *excluded = take_strings(l, node, no);

    if (json_member(node, yes) != NULL && json_member(node, no) != NULL) {
        report_key(l, LINT_UNSUPPORTED_ELEMENT_COMBINATION, json_member(node, no),
                   "%s and %s exclude each other.", yes.ptr, no.ptr);
    }
    *ret_not = json_member(node, yes) == NULL && json_member(node, no) != NULL;
    return listed != NULL ? listed : excluded;
}

static void take_effect(struct lint *l, const struct json *node, struct lint_statement *ret)
{
    const struct json *effect = json_member(node, STR("Effect"));

    if (effect == NULL) {
        report(l, LINT_MISSING_EFFECT, node, "The statement has no Effect.");
    } else if (effect->type != JSON_STRING) {
        report_type(l, effect, "Effect", "a string");
    } else if (str_eq(effect->text, STR("Allow")) || str_eq(effect->text, STR("Deny"))) {
        ret->effect = effect->text.ptr[0] == 'A' ? EFFECT_ALLOW : EFFECT_DENY;
    } else {
        report(l, LINT_INVALID_EFFECT, effect, "The effect \"%.*s\" is neither Allow nor Deny.",
               FMT(effect->text));
    }
}

static void check_sid(struct lint *l, const struct json *node)
{
    const struct json *sid = json_member(node, STR("Sid"));
    bool plain = l->kind == POLICY_IDENTITY || l->kind == POLICY_TRUST; /* G-5 */

    if (sid == NULL) {
        return;
    }
    if (sid->type != JSON_STRING) {
        report_type(l, sid, "Sid", "a string");
        return;
    }
    if (sid->text.len == 0) {
        report(l, LINT_EMPTY_SID_VALUE, sid, "The Sid is empty.");
    }
    for (size_t i = 0; plain && i < sid->text.len; i++) {
        if (!ascii_is_alnum(sid->text.ptr[i])) {
            report(l, LINT_UNSUPPORTED_SID, sid,
                   "The Sid \"%.*s\" has characters other than letters and digits.",
                   FMT(sid->text));
            return;
        }
    }
}

static void check_presence(struct lint *l, const struct json *node)
{
    const struct json *resource = json_member(node, STR("Resource"));

    resource = resource != NULL ? resource : json_member(node, STR("NotResource"));
    if (json_member(node, STR("Action")) == NULL && json_member(node, STR("NotAction")) == NULL) {
        report(l, LINT_MISSING_ACTION, node, "The statement has neither Action nor NotAction.");
    }
    if (resource == NULL && l->kind != POLICY_TRUST) {
        report(l, LINT_MISSING_RESOURCE, node,
               "The statement has neither Resource nor NotResource.");
    }
    if (resource != NULL && l->kind == POLICY_TRUST) {
        report_key(l, LINT_ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE, resource,
                   "A trust policy has no %.*s.", FMT(resource->key));
    }
}

static void check_empty(struct lint *l, const struct json *list, enum lint_code code,
                        const char *what)
{
    if (list != NULL && list->type == JSON_ARRAY && list->count == 0) {
        report(l, code, list, "The list of %s is empty.", what);
    }
}

static void take_condition(struct lint *l, const struct json *node, struct lint_statement *ret)
{
    const struct json *block = json_member(node, STR("Condition"));

    if (block == NULL) {
        return;
    }
    if (block->type != JSON_OBJECT) {
        report_type(l, block, "Condition", "an object");
        return;
    }
    if (block->count == 0) {
        report(l, LINT_EMPTY_OBJECT_CONDITION, block, "The condition is empty.");
    }
    ret->condition = block;
    check_case(l, block);
    for (const struct json *op = block->first; op != NULL; op = op->next) {
        if (op->type != JSON_OBJECT) {
            report_type(l, op, "A condition operator's value", "an object of keys");
            continue;
        }
        if (op->count == 0) {
            report(l, LINT_EMPTY_OBJECT_CONDITION, op, "%.*s has no keys.", FMT(op->key));
        }
        check_case(l, op);
    }
}

static const str statement_elements[] = {
    STR_INIT("Sid"),          STR_INIT("Effect"),      STR_INIT("Principal"),
    STR_INIT("NotPrincipal"), STR_INIT("Action"),      STR_INIT("NotAction"),
    STR_INIT("Resource"),     STR_INIT("NotResource"), STR_INIT("Condition"),
};

void check_statement_elements(struct lint *l, const struct json *node, struct lint_statement *ret)
{
    const struct json *principal = json_member(node, STR("Principal"));
    const struct json *not_principal = json_member(node, STR("NotPrincipal"));

    *ret = (struct lint_statement){ .node = node };
    if (node->type != JSON_OBJECT) {
        report_type(l, node, "A statement", "an object");
        return;
    }
    check_known(l, node, statement_elements, COUNT_OF(statement_elements));
    check_sid(l, node);
    take_effect(l, node, ret);
    check_presence(l, node);
    ret->actions = take_either(l, node, STR("Action"), STR("NotAction"), &ret->not_action);
    ret->resources = take_either(l, node, STR("Resource"), STR("NotResource"), &ret->not_resource);
    if (principal != NULL && not_principal != NULL) {
        report_key(l, LINT_UNSUPPORTED_ELEMENT_COMBINATION, not_principal,
                   "Principal and NotPrincipal exclude each other.");
    }
    ret->principal = principal != NULL ? principal : not_principal;
    ret->not_principal = principal == NULL && not_principal != NULL;
    check_empty(l, ret->actions, LINT_EMPTY_ARRAY_ACTION, "actions");
    check_empty(l, ret->resources, LINT_EMPTY_ARRAY_RESOURCE, "resources");
    take_condition(l, node, ret);
}

/* -- the document ------------------------------------------------------------------------------ */

static void check_version(struct lint *l)
{
    const struct json *version = json_member(l->root, STR("Version"));

    if (version == NULL) {
        report(l, LINT_MISSING_VERSION, l->root, "The policy has no Version.");
    } else if (version->type != JSON_STRING) {
        report_type(l, version, "Version", "a string");
    } else if (str_eq(version->text, STR("2012-10-17"))) {
        l->version_2012 = true;
    } else if (!str_eq(version->text, STR("2008-10-17"))) {
        report(l, LINT_INVALID_VERSION, version, "There is no version \"%.*s\".",
               FMT(version->text));
    }
}

static const struct {
    enum policy_kind kind;
    size_t max;
    bool spaces; /* white space counts (G-6) */
    enum lint_code code;
} quotas[] = {
    { POLICY_IDENTITY, 6144, false, LINT_POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA },
    { POLICY_TRUST, 2048, false, LINT_POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA },
    { POLICY_RESOURCE, 20480, true, LINT_POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA },
    { POLICY_SCP, 5120, true, LINT_POLICY_SIZE_EXCEEDS_SCP_QUOTA },
    { POLICY_RCP, 5120, true, LINT_POLICY_SIZE_EXCEEDS_RCP_QUOTA },
};

static void check_size(struct lint *l)
{
    for (size_t i = 0; i < COUNT_OF(quotas); i++) {
        size_t size = quotas[i].spaces ? l->text.len : policy_size(l->text);
        if (quotas[i].kind == l->kind && size > quotas[i].max) {
            report(l, quotas[i].code, l->root, "The policy has %zu characters, more than %zu.",
                   size, quotas[i].max);
        }
    }
}

struct sid_place {
    str sid;
    const struct json *node;
};

static int sid_order(const void *left, const void *right)
{
    const struct sid_place *a = left, *b = right;
    int order = str_cmp(a->sid, b->sid);

    return order != 0 ? order
                      : (a->node->span.offset > b->node->span.offset) -
                            (a->node->span.offset < b->node->span.offset);
}

void check_sids(struct lint *l)
{
    struct sid_place *sids = NEW_ARRAY(l->arena, l->statement_count, struct sid_place);
    size_t n = 0;

    if (sids == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    for (size_t i = 0; i < l->statement_count; i++) {
        const struct json *sid = json_member(l->statements[i].node, STR("Sid"));
        if (sid != NULL && sid->type == JSON_STRING && sid->text.len > 0) {
            sids[n++] = (struct sid_place){ sid->text, sid };
        }
    }
    if (n > 0) {
        qsort(sids, n, sizeof(*sids), sid_order);
    }
    for (size_t i = 1; i < n; i++) {
        if (str_eq(sids[i - 1].sid, sids[i].sid)) {
            report(l,
                   l->kind == POLICY_RESOURCE || l->kind == POLICY_ENDPOINT
                       ? LINT_UNIQUE_SIDS_RECOMMENDED
                       : LINT_UNIQUE_SIDS_REQUIRED,
                   sids[i].node, "The Sid \"%.*s\" stands in line %u, too.", FMT(sids[i].sid),
                   sids[i - 1].node->span.line);
        }
    }
}

static void check_statements(struct lint *l)
{
    const struct json *list = json_member(l->root, STR("Statement"));

    if (list == NULL || list_count(list) == 0) {
        report(l, LINT_MISSING_STATEMENT, list == NULL ? l->root : list,
               "The policy has no statement.");
        return;
    }
    if (list->type != JSON_OBJECT && list->type != JSON_ARRAY) {
        report_type(l, list, "Statement", "an object or an array of objects");
        return;
    }
    l->statements = NEW_ARRAY(l->arena, list_count(list), struct lint_statement);
    if (l->statements == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    for (const struct json *s = list_first(list); s != NULL; s = list_next(list, s)) {
        check_statement_elements(l, s, &l->statements[l->statement_count++]);
    }
    check_sids(l);
}

void check_document(struct lint *l)
{
    static const str known[] = { STR_INIT("Version"), STR_INIT("Id"), STR_INIT("Statement") };
    const struct json *id = json_member(l->root, STR("Id"));

    if (l->root->type != JSON_OBJECT) {
        report_type(l, l->root, "The policy", "an object");
        return;
    }
    check_known(l, l->root, known, COUNT_OF(known));
    check_version(l);
    if (id != NULL && id->type != JSON_STRING) {
        report_type(l, id, "Id", "a string");
    }
    check_size(l);
    check_statements(l);
}
