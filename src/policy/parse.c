/* The structure of a document: which elements stand where, of which type (G-1, G-2). Everything
 * here is "Syntax errors in policy." to AWS; the detail says which. */
#include "policy/parse.h"

#include <stdarg.h>
#include <stdlib.h>

enum rc reject(struct reader *r, const struct json *node, str message, const char *detail, ...)
{
    struct policy_refusal refusal = { .code = STR("MalformedPolicyDocument"), .message = message };
    va_list args;

    va_start(args, detail);
    refusal.detail = arena_vprintf(r->arena, detail, args);
    va_end(args);
    if (refusal.detail.ptr == NULL || message.ptr == NULL) {
        return RC_NOMEM;
    }
    if (node != NULL) {
        refusal.offset = node->span.offset;
        refusal.line = node->span.line;
        refusal.column = node->span.column;
    }
    *r->err = refusal;
    return RC_SYNTAX;
}

/* G-4. text is UTF-8 already: past U+00FF the lead byte is above 0xC3. */
static enum rc characters_check(struct reader *r, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && !ascii_is_space((char)c)) || c > 0xC3) {
            struct json at = { .span = { .offset = (uint32_t)i } };
            return reject(r, &at, STR(SYNTAX_ERRORS),
                          "a character outside U+0009, U+000A, U+000D, U+0020 to U+00FF");
        }
    }
    return RC_OK;
}

static int key_order(const void *left, const void *right)
{
    const struct json *a = *(const struct json *const *)left;
    const struct json *b = *(const struct json *const *)right;

    return str_cmp_nocase(a->key, b->key);
}

/* G-2: the reader refused equal keys; here fall those that differ only in case. */
static enum rc case_check(struct reader *r, const struct json *object)
{
    const struct json **members;
    size_t n = 0;

    if (object->count < 2) {
        return RC_OK;
    }
    members = NEW_ARRAY(r->arena, object->count, const struct json *);
    if (members == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        members[n++] = m;
    }
    qsort(members, n, sizeof(*members), key_order);
    for (size_t i = 1; i < n; i++) {
        if (str_eq_nocase(members[i - 1]->key, members[i]->key)) {
            return reject(r, members[i], STR(SYNTAX_ERRORS),
                          "DUPLICATE_KEYS_WITH_DIFFERENT_CASE: \"%.*s\" and \"%.*s\"",
                          FMT(members[i - 1]->key), FMT(members[i]->key));
        }
    }
    return RC_OK;
}

static enum rc elements_check(struct reader *r, const struct json *object, const str *known,
                              size_t count)
{
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++) {
            found = str_eq(m->key, known[i]); /* G-1: case-sensitive */
        }
        if (!found) {
            return reject(r, m, STR(SYNTAX_ERRORS), "unknown element \"%.*s\"", FMT(m->key));
        }
    }
    return case_check(r, object);
}

/* A string or an array of strings; NULL when absent. */
static enum rc strings_take(struct reader *r, const struct json *object, str key,
                            const struct json **ret)
{
    const struct json *list = json_member(object, key);

    for (const struct json *v = list_first(list); v != NULL; v = list_next(list, v)) {
        if (v->type != JSON_STRING) {
            return reject(r, v, STR(SYNTAX_ERRORS), "\"%.*s\" takes strings only", FMT(key));
        }
    }
    *ret = list;
    return RC_OK;
}

/* "X" or "NotX", not both. */
static enum rc either_take(struct reader *r, const struct json *statement, str yes, str no,
                           const struct json **ret, bool *ret_not)
{
    const struct json *listed, *excluded;

    TRY(strings_take(r, statement, yes, &listed));
    TRY(strings_take(r, statement, no, &excluded));
    if (listed != NULL && excluded != NULL) {
        return reject(r, excluded, STR(SYNTAX_ERRORS), "both \"%.*s\" and \"%.*s\"", FMT(yes),
                      FMT(no));
    }
    *ret = listed != NULL ? listed : excluded;
    *ret_not = excluded != NULL;
    return RC_OK;
}

static enum rc principal_map_check(struct reader *r, const struct json *map)
{
    static const str known[] = { STR_INIT("AWS"), STR_INIT("Service"), STR_INIT("Federated"),
                                 STR_INIT("CanonicalUser") };
    const struct json *list;

    TRY(elements_check(r, map, known, COUNT_OF(known)));
    for (const struct json *m = map->first; m != NULL; m = m->next) {
        TRY(strings_take(r, map, m->key, &list));
    }
    return RC_OK;
}

static enum rc principal_take(struct reader *r, const struct json *statement,
                              struct doc_statement *ret)
{
    const struct json *listed = json_member(statement, STR("Principal"));
    const struct json *excluded = json_member(statement, STR("NotPrincipal"));
    const struct json *principal = listed != NULL ? listed : excluded;

    if (listed != NULL && excluded != NULL) {
        return reject(r, excluded, STR(SYNTAX_ERRORS), "both \"Principal\" and \"NotPrincipal\"");
    }
    ret->principal = principal;
    ret->not_principal = excluded != NULL;
    if (principal == NULL || principal->type == JSON_STRING) {
        return RC_OK;
    }
    if (principal->type != JSON_OBJECT) {
        return reject(r, principal, STR(SYNTAX_ERRORS), "a principal is \"*\" or an object");
    }
    return principal_map_check(r, principal);
}

static enum rc condition_values_check(struct reader *r, const struct json *key)
{
    for (const struct json *v = list_first(key); v != NULL; v = list_next(key, v)) {
        if (v->type == JSON_OBJECT || v->type == JSON_ARRAY || v->type == JSON_NULL) {
            return reject(r, v, STR(SYNTAX_ERRORS),
                          "a value of \"%.*s\" is not a string, number or boolean", FMT(key->key));
        }
    }
    return RC_OK;
}

static enum rc condition_take(struct reader *r, const struct json *statement,
                              struct doc_statement *ret)
{
    const struct json *block = json_member(statement, STR("Condition"));

    ret->condition = block;
    if (block == NULL) {
        return RC_OK;
    }
    if (block->type != JSON_OBJECT) {
        return reject(r, block, STR(SYNTAX_ERRORS), "\"Condition\" is not an object");
    }
    TRY(case_check(r, block));
    for (const struct json *op = block->first; op != NULL; op = op->next) {
        if (op->type != JSON_OBJECT) {
            return reject(r, op, STR(SYNTAX_ERRORS), "condition operator \"%.*s\" takes an object",
                          FMT(op->key));
        }
        TRY(case_check(r, op));
        for (const struct json *key = op->first; key != NULL; key = key->next) {
            TRY(condition_values_check(r, key));
        }
    }
    return RC_OK;
}

static str effect_text(const struct reader *r, const struct json *effect)
{
    return r->kind == POLICY_TRUST && effect->type == JSON_STRING
               ? arena_printf(r->arena, "Invalid effect: %.*s", FMT(effect->text))
               : STR(SYNTAX_ERRORS);
}

/* E-5: another spelling of the two words goes on to legacy parsing, which refuses it. */
static enum rc effect_take(struct reader *r, const struct json *statement,
                           struct doc_statement *ret)
{
    const struct json *effect = json_member(statement, STR("Effect"));

    if (effect == NULL) {
        return reject(r, statement, TRUST_OR(r, "Missing required field Effect", SYNTAX_ERRORS),
                      "missing element \"Effect\"");
    }
    if (effect->type != JSON_STRING ||
        (!str_eq_nocase(effect->text, STR("Allow")) && !str_eq_nocase(effect->text, STR("Deny")))) {
        return reject(r, effect, effect_text(r, effect), "\"Effect\" is neither Allow nor Deny");
    }
    ret->effect = str_eq(effect->text, STR("Allow"))  ? EFFECT_ALLOW
                  : str_eq(effect->text, STR("Deny")) ? EFFECT_DENY
                                                      : EFFECT_NONE;
    return RC_OK;
}

static enum rc string_take(struct reader *r, const struct json *object, str key, str *ret)
{
    const struct json *value = json_member(object, key);

    if (value == NULL) {
        return RC_OK;
    }
    if (value->type != JSON_STRING) {
        return reject(r, value, STR(SYNTAX_ERRORS), "\"%.*s\" is not a string", FMT(key));
    }
    *ret = value->text;
    return RC_OK;
}

static enum rc statement_take(struct reader *r, const struct json *statement,
                              struct doc_statement *ret)
{
    static const str known[] = { STR_INIT("Sid"),       STR_INIT("Effect"),
                                 STR_INIT("Principal"), STR_INIT("NotPrincipal"),
                                 STR_INIT("Action"),    STR_INIT("NotAction"),
                                 STR_INIT("Resource"),  STR_INIT("NotResource"),
                                 STR_INIT("Condition") };

    if (statement->type != JSON_OBJECT) {
        return reject(r, statement, STR(SYNTAX_ERRORS), "a statement is not an object");
    }
    ret->node = statement;
    TRY(elements_check(r, statement, known, COUNT_OF(known)));
    TRY(effect_take(r, statement, ret));
    TRY(either_take(r, statement, STR("Action"), STR("NotAction"), &ret->action, &ret->not_action));
    TRY(either_take(r, statement, STR("Resource"), STR("NotResource"), &ret->resource,
                    &ret->not_resource));
    TRY(condition_take(r, statement, ret));
    TRY(string_take(r, statement, STR("Sid"), &ret->sid));
    return principal_take(r, statement, ret);
}

/* G-7 */
static enum rc version_take(struct reader *r, const struct json *root, bool *ret_variables)
{
    const struct json *version = json_member(root, STR("Version"));

    *ret_variables = false; /* V-1: absent means 2008 */
    if (version == NULL) {
        return RC_OK;
    }
    if (version->type == JSON_STRING && str_eq(version->text, STR("2012-10-17"))) {
        *ret_variables = true;
        return RC_OK;
    }
    if (version->type == JSON_STRING && str_eq(version->text, STR("2008-10-17"))) {
        return RC_OK;
    }
    return reject(r, version,
                  TRUST_OR(r, "The policy must contain a valid version string", SYNTAX_ERRORS),
                  "\"Version\" is neither 2012-10-17 nor 2008-10-17");
}

static enum rc statements_take(struct reader *r, const struct json *root,
                               struct policy_document *doc)
{
    const struct json *list = json_member(root, STR("Statement"));
    struct doc_statement *statements;

    if (list == NULL || (list->type != JSON_OBJECT && list->type != JSON_ARRAY) ||
        list_count(list) == 0) {
        return reject(r, list == NULL ? root : list,
                      TRUST_OR(r, "Could not parse the policy: Statement is empty!", SYNTAX_ERRORS),
                      "no statements");
    }
    statements = NEW_ARRAY(r->arena, list_count(list), struct doc_statement);
    if (statements == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *s = list_first(list); s != NULL; s = list_next(list, s)) {
        TRY(statement_take(r, s, &statements[doc->count++]));
    }
    doc->statements = statements;
    return RC_OK;
}

static enum rc document_take(struct reader *r, const struct json *root, struct policy_document *doc)
{
    static const str known[] = { STR_INIT("Version"), STR_INIT("Id"), STR_INIT("Statement") };
    str id = STR_NONE;

    if (root->type != JSON_OBJECT) {
        return reject(r, root, STR(SYNTAX_ERRORS), "the document is not an object");
    }
    TRY(elements_check(r, root, known, COUNT_OF(known)));
    TRY(version_take(r, root, &doc->variables));
    TRY(string_take(r, root, STR("Id"), &id)); /* E-4 */
    return statements_take(r, root, doc);
}

static enum rc json_take(struct reader *r, str text, struct json **ret)
{
    static const struct json_limits limits = { JSON_DEPTH_MAX, JSON_VALUES_MAX };
    struct json_error at;
    struct json where = { .type = JSON_NULL };
    enum rc rc = json_parse(text, &limits, r->arena, ret, &at);

    if (rc != RC_SYNTAX && rc != RC_LIMIT) {
        return rc;
    }
    where.span.offset = at.offset;
    where.span.line = at.line;
    where.span.column = at.column;
    if (reject(r, &where,
               r->kind == POLICY_TRUST ? STR("This policy contains invalid Json")
                                       : STR(SYNTAX_ERRORS),
               "%s", at.reason) == RC_NOMEM) {
        return RC_NOMEM;
    }
    return rc;
}

enum purpose { TO_EVALUATE, TO_STORE, TO_STORE_MANAGED };

/* IAM stores 2008 documents inline, but not as managed policies. */
static enum rc managed_check(struct reader *r, const struct json *root,
                             const struct policy_document *doc)
{
    const struct json *version = json_member(root, STR("Version"));

    if (doc->variables) {
        return RC_OK;
    }
    return reject(r, version == NULL ? root : version,
                  STR("Policy document must be version 2012-10-17 or greater."),
                  "a managed policy needs \"Version\": \"2012-10-17\"");
}

static enum rc parse(enum policy_kind kind, str text, enum purpose purpose, struct arena *arena,
                     const struct policy_document **ret, struct policy_refusal *reterr)
{
    struct policy_document *doc = NEW(arena, struct policy_document);
    struct reader r = { kind, arena, reterr };
    struct json *root;

    if (doc == NULL) {
        return RC_NOMEM;
    }
    doc->kind = kind;
    TRY(json_take(&r, text, &root));
    TRY(document_take(&r, root, doc));
    if (purpose == TO_STORE_MANAGED) {
        TRY(managed_check(&r, root, doc));
    }
    TRY(characters_check(&r, text));
    TRY(purpose == TO_EVALUATE ? evaluable_check(&r, doc) : grammar_check(&r, doc));
    *ret = doc;
    return RC_OK;
}

enum rc policy_parse(enum policy_kind kind, str text, struct arena *arena,
                     const struct policy_document **ret, struct policy_refusal *reterr)
{
    return parse(kind, text, TO_STORE, arena, ret, reterr);
}

enum rc policy_parse_managed(str text, struct arena *arena, const struct policy_document **ret,
                             struct policy_refusal *reterr)
{
    return parse(POLICY_IDENTITY, text, TO_STORE_MANAGED, arena, ret, reterr);
}

enum rc policy_parse_loosely(enum policy_kind kind, str text, struct arena *arena,
                             const struct policy_document **ret, struct policy_refusal *reterr)
{
    return parse(kind, text, TO_EVALUATE, arena, ret, reterr);
}

size_t policy_size(str text)
{
    size_t size = 0;

    for (size_t i = 0; i < text.len; i++) {
        bool continuation = ((unsigned char)text.ptr[i] & 0xC0) == 0x80;
        size += !ascii_is_space(text.ptr[i]) && !continuation ? 1 : 0;
    }
    return size;
}

/* -- principals, for binding them (P-13) ------------------------------------------------------- */

static const struct json *principal_map(const struct doc_statement *statement)
{
    bool map = statement->principal != NULL && statement->principal->type == JSON_OBJECT;

    return map ? statement->principal->first : NULL;
}

static enum principal_entry_kind entry_kind(str key)
{
    return str_eq(key, STR("AWS"))         ? ENTRY_AWS
           : str_eq(key, STR("Service"))   ? ENTRY_SERVICE
           : str_eq(key, STR("Federated")) ? ENTRY_FEDERATED
                                           : ENTRY_CANONICAL;
}

size_t policy_principals(const struct policy_document *doc, struct arena *arena,
                         const struct principal_entry **ret)
{
    struct principal_entry *entries;
    size_t room = 0, count = 0;

    for (uint32_t i = 0; i < doc->count; i++) {
        for (const struct json *m = principal_map(&doc->statements[i]); m != NULL; m = m->next) {
            room += list_count(m);
        }
    }
    entries = NEW_ARRAY(arena, room, struct principal_entry);
    for (uint32_t i = 0; entries != NULL && i < doc->count; i++) {
        for (const struct json *m = principal_map(&doc->statements[i]); m != NULL; m = m->next) {
            for (const struct json *v = list_first(m); v != NULL; v = list_next(m, v)) {
                entries[count++] = (struct principal_entry){ entry_kind(m->key), v->text,
                                                             v->span.line,       v->span.column,
                                                             v->span.offset,     v->span.end };
            }
        }
    }
    *ret = entries;
    return count;
}
