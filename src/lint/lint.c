/* One run: parse, guess the kind, walk, then ask the engine whether IAM would store the document. */
#include "lint/lint.h"

#include <stdlib.h>

#include "lint/walk.h"

static const struct lint_check checks[] = {
#define CHECK(code, severity, kind, meaning, advice)                                               \
    [LINT_##code] = { STR_INIT(#code), LINT_##severity, LINT_##kind, STR_INIT(meaning),            \
                      STR_INIT(advice) },
#include "lint/checks.def"
#undef CHECK
};

const struct lint_check *lint_check_of(enum lint_code code)
{
    return &checks[code];
}

str lint_severity_name(enum lint_severity severity)
{
    static const str names[] = { [LINT_ERROR] = STR_INIT("ERROR"),
                                 [LINT_SECURITY_WARNING] = STR_INIT("SECURITY_WARNING"),
                                 [LINT_WARNING] = STR_INIT("WARNING"),
                                 [LINT_SUGGESTION] = STR_INIT("SUGGESTION") };

    return names[severity];
}

/* -- reporting --------------------------------------------------------------------------------- */

static struct json_span key_place(const struct json *node)
{
    return node->key.ptr != NULL ? node->key_span : node->span;
}

PRINTF_LIKE(5, 0)
static void add(struct lint *l, enum lint_code code, const struct json *node, bool at_key,
                const char *format, va_list args)
{
    struct finding_list *entry = NEW(l->arena, struct finding_list);
    str message = arena_vprintf(l->arena, format, args);

    if (entry == NULL || message.ptr == NULL) {
        l->rc = RC_NOMEM;
        return;
    }
    entry->finding = (struct lint_finding){ .code = code,
                                            .message = message,
                                            .advice = checks[code].advice,
                                            .span = at_key ? key_place(node) : node->span,
                                            .node = node,
                                            .at_key = at_key && node->key.ptr != NULL };
    *l->last = entry;
    l->last = &entry->next;
    l->count++;
}

void report(struct lint *l, enum lint_code code, const struct json *node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(l, code, node, false, format, args);
    va_end(args);
}

void report_key(struct lint *l, enum lint_code code, const struct json *node, const char *format,
                ...)
{
    va_list args;

    va_start(args, format);
    add(l, code, node, true, format, args);
    va_end(args);
}

void advise(struct lint *l, const char *format, ...)
{
    struct finding_list *entry;
    va_list args;
    str advice;

    va_start(args, format);
    advice = arena_vprintf(l->arena, format, args);
    va_end(args);
    if (advice.ptr == NULL || l->rc != RC_OK) {
        l->rc = RC_NOMEM;
        return;
    }
    entry = (struct finding_list *)(void *)((char *)l->last - offsetof(struct finding_list, next));
    entry->finding.advice = advice;
}

static int place_order(const void *left, const void *right)
{
    const struct lint_finding *a = left, *b = right;
    enum lint_severity sa = checks[a->code].severity, sb = checks[b->code].severity;

    if (a->span.offset != b->span.offset) {
        return a->span.offset < b->span.offset ? -1 : 1;
    }
    return sa != sb ? (sa < sb ? -1 : 1) : (a->code > b->code) - (a->code < b->code);
}

static enum rc collect(struct lint *l, struct lint_report *ret)
{
    struct lint_finding *findings = NEW_ARRAY(l->arena, l->count, struct lint_finding);
    size_t n = 0;

    if (findings == NULL || l->rc != RC_OK) {
        return RC_NOMEM;
    }
    for (const struct finding_list *f = l->first; f != NULL; f = f->next) {
        findings[n++] = f->finding;
    }
    if (n > 0) {
        qsort(findings, n, sizeof(*findings), place_order);
    }
    ret->findings = findings;
    ret->count = n;
    return RC_OK;
}

/* -- the kind of a document -------------------------------------------------------------------- */

static bool only_sts(const struct json *actions)
{
    bool any = false;

    FOR_STRINGS(action, actions)
    {
        any = true;
        if (!str_starts_nocase(action->text, STR("sts:"))) {
            return false;
        }
    }
    return any;
}

enum policy_kind lint_guess_kind(const struct json *root)
{
    const struct json *list = json_member(root, STR("Statement"));
    bool principal = false, resource = false, sts = true;

    for (const struct json *s = list_first(list); s != NULL; s = list_next(list, s)) {
        principal = principal || json_member(s, STR("Principal")) != NULL ||
                    json_member(s, STR("NotPrincipal")) != NULL;
        resource = resource || json_member(s, STR("Resource")) != NULL ||
                   json_member(s, STR("NotResource")) != NULL;
        sts = sts && only_sts(json_member(s, STR("Action")));
    }
    return !principal ? POLICY_IDENTITY : sts && !resource ? POLICY_TRUST : POLICY_RESOURCE;
}

/* -- a run ------------------------------------------------------------------------------------- */

static void check_all(struct lint *l)
{
    check_document(l);
    for (size_t i = 0; i < l->statement_count && l->rc == RC_OK; i++) {
        struct lint_statement *s = &l->statements[i];
        check_conditions(l, s);
        check_key_rules(l, s);
        check_actions(l, s);
        check_resources(l, s);
        check_principals(l, s);
        check_trust(l, s);
        check_grants(l, s);
        check_tags(l, s);
        check_organization(l, s);
    }
    check_redundancy(l);
}

static bool has_error(const struct lint *l)
{
    for (const struct finding_list *f = l->first; f != NULL; f = f->next) {
        if (checks[f->finding.code].severity == LINT_ERROR) {
            return true;
        }
    }
    return false;
}

/* What IAM would say; a finding of our own when nothing else explains the refusal. */
static enum rc ask_engine(struct lint *l, struct lint_report *ret, struct json *anywhere)
{
    const struct policy_document *doc;
    enum rc rc = policy_parse(l->kind, l->text, l->arena, &doc, &ret->refusal);

    if (rc == RC_NOMEM) {
        return rc;
    }
    ret->refused = rc != RC_OK;
    if (ret->refused && !has_error(l)) {
        struct json_span *span = &anywhere->span;
        const struct policy_refusal *why = &ret->refusal;
        if (why->line > 0 && why->offset < l->text.len) {
            *span = (struct json_span){ why->offset, why->offset + 1, why->line,
                                        why->column, why->line,       why->column + 1 };
        }
        report(l, LINT_MALFORMED_POLICY_DOCUMENT, anywhere, "IAM refuses this: %.*s",
               FMT(why->detail));
    }
    return RC_OK;
}

static void report_syntax(struct lint *l, const struct json_error *at, struct json *where)
{
    uint32_t offset = at->offset < l->text.len ? at->offset : (uint32_t)l->text.len;

    where->span = (struct json_span){ offset,   offset + (offset < l->text.len ? 1 : 0),
                                      at->line, at->column,
                                      at->line, at->column + 1 };
    report(l, LINT_JSON_SYNTAX_ERROR, where, "This is not JSON: %s.", at->reason);
}

enum rc lint_check(str text, const struct lint_options *options, struct arena *arena,
                   struct lint_report *ret)
{
    static const struct json_limits limits = { 32, 1 << 17 };
    struct lint l = { .catalogue = options->catalogue,
                      .arena = arena,
                      .kind = options->guess ? POLICY_IDENTITY : options->kind,
                      .resource_type = options->resource_type,
                      .text = text };
    struct json anywhere = {
        .type = JSON_NULL,
        .span = { .end = text.len > 0, .line = 1, .column = 1, .end_line = 1, .end_column = 2 }
    };
    struct json *root;
    struct json_error at;
    enum rc rc;

    if (text.len > LINT_TEXT_MAX) {
        return RC_LIMIT;
    }
    l.last = &l.first;
    *ret = (struct lint_report){ .guessed = options->guess };
    rc = json_parse(text, &limits, arena, &root, &at);
    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        report_syntax(&l, &at, &anywhere);
    } else {
        l.root = root;
        l.kind = options->guess ? lint_guess_kind(root) : options->kind;
        check_all(&l);
    }
    ret->kind = l.kind;
    TRY(l.rc);
    TRY(ask_engine(&l, ret, &anywhere));
    TRY(collect(&l, ret));
    for (size_t i = 0; i < ret->count; i++) { /* the node that is none does not outlive us */
        struct lint_finding *f = (struct lint_finding *)&ret->findings[i];
        f->node = f->node == &anywhere ? NULL : f->node;
    }
    return RC_OK;
}

/* -- paths ------------------------------------------------------------------------------------- */

static void path_print(const struct json *node, bool at_key, struct json_out *out)
{
    int64_t index = 0;

    if (node->parent == NULL) {
        return;
    }
    path_print(node->parent, false, out);
    json_open(out, '{');
    if (node->parent->type == JSON_ARRAY) {
        for (const struct json *n = node->parent->first; n != node; n = n->next) {
            index++;
        }
        json_put_i64(out, STR("index"), index);
    } else {
        json_put_str(out, at_key ? STR("key") : STR("value"), node->key);
    }
    json_close(out, '}');
}

void lint_path_print(const struct lint_finding *finding, struct json_out *out)
{
    json_open(out, '[');
    if (finding->node != NULL) {
        path_print(finding->node, finding->at_key, out);
    }
    json_close(out, ']');
}
