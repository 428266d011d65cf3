/* Explanations for people. Texts of others go through plain: no control character gets out. */
#include "policy/engine.h"
#include "policy/explain.h"

enum { EXCERPT_WIDTH = 92, EXCERPT_BEFORE = 30, VALUES_SHOWN = 6 };

struct writer {
    const struct explanation *e;
    const struct explain_style *style;
    buf *out;
};

static void plain(buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_add_char(out, c < 0x20 || c == 0x7F ? '?' : text.ptr[i]);
    }
}

static void quoted(buf *out, str text)
{
    buf_add_char(out, '"');
    plain(out, text);
    buf_add_char(out, '"');
}

static void paint(struct writer *w, const char *code, const char *text)
{
    bool on = w->style->colour;

    buf_printf(w->out, "%s%s%s%s%s", on ? "\033[" : "", on ? code : "", on ? "m" : "", text,
               on ? "\033[0m" : "");
}

/* -- what is missing --------------------------------------------------------------------------- */

/* "a", "b" or "c"; many are cut short. */
static void wanted_list(const struct json *wanted, const char *between, buf *out)
{
    uint32_t count = list_count(wanted), at = 0;

    for (const struct json *v = list_first(wanted); v != NULL; v = list_next(wanted, v), at++) {
        if (at == VALUES_SHOWN && count > VALUES_SHOWN + 1) {
            buf_printf(out, "%s%u more", between, count - at);
            return;
        }
        if (at > 0) {
            buf_printf(out, "%s", at + 1 == count ? between : ", ");
        }
        quoted(out, scalar_text(v));
    }
    if (count == 0) {
        BUF_LIT(out, "nothing: the list is empty");
    }
}

static void actual_text(const struct context_entry *actual, buf *out)
{
    if (actual == NULL) {
        BUF_LIT(out, "the request does not have the key");
        return;
    }
    BUF_LIT(out, "the request has ");
    if (actual->count == 0) {
        BUF_LIT(out, "no value");
    }
    if (actual->many && actual->count > 0) {
        BUF_LIT(out, "the list ");
    }
    for (uint32_t i = 0; i < actual->count; i++) {
        buf_printf(out, "%s", i == 0 ? "" : ", ");
        quoted(out, actual->values[i]);
    }
}

static void condition_text(const struct condition_view *view, buf *out)
{
    BUF_LIT(out, "condition ");
    plain(out, view->operator_name);
    BUF_LIT(out, " on ");
    plain(out, view->key);
    BUF_LIT(out, ": ");
    if (!view->known) {
        BUF_LIT(out, "there is no such operator");
        return;
    }
    if (view->asks_presence) {
        bool absent = view->wanted != NULL && list_first(view->wanted) != NULL &&
                      str_eq_nocase(scalar_text(list_first(view->wanted)), STR("true"));
        buf_printf(out, "%s",
                   view->wanted == NULL ? "asks whether the key is there"
                   : absent             ? "needs the key to be absent"
                                        : "needs the key to be there");
    } else if (view->wanted != NULL) {
        buf_printf(out, "needs %s", view->negated ? "none of " : "");
        wanted_list(view->wanted, " or ", out);
    } else {
        BUF_LIT(out, "does not hold");
    }
    BUF_LIT(out, "; ");
    actual_text(view->actual, out);
    if (view->list_needed) {
        BUF_LIT(out, " (a list is matched with ForAnyValue or ForAllValues only)");
    }
}

void condition_wish_text(const struct condition_view *view, buf *out)
{
    plain(out, view->operator_name);
    BUF_LIT(out, " ");
    plain(out, view->key);
    if (view->wanted != NULL) {
        BUF_LIT(out, " ");
        wanted_list(view->wanted, " or ", out);
    }
}

static void part_text(const char *what, str actual, const struct lack *lack, buf *out)
{
    buf_printf(out, "%s ", what);
    plain(out, actual);
    if (lack->excluded) {
        BUF_LIT(out, ": it is excluded");
    } else {
        BUF_LIT(out, ": the statement does not cover it");
    }
    if (lack->wanted != NULL && lack->wanted->type != JSON_OBJECT) {
        buf_printf(out, ", it %s ", lack->excluded ? "is for everything but" : "is for");
        wanted_list(lack->wanted, " and ", out);
    }
}

static str caller_text(const struct principal *p)
{
    return p->arn.len > 0 ? p->arn : principal_type_word(p->type);
}

/* As JSON, which may hold DEL: the one control character it does not escape. */
static void plain_json(buf *out, const struct json *json)
{
    size_t from = out->len;

    json_print(json, false, out);
    for (size_t i = from; i < out->len; i++) {
        out->ptr[i] = out->ptr[i] == 0x7F ? '?' : out->ptr[i];
    }
}

static void principal_text(const struct lack *lack, const struct policy_request *rq, buf *out)
{
    BUF_LIT(out, "principal ");
    plain(out, caller_text(&rq->principal));
    if (lack->named) {
        BUF_LIT(out, ": the statement has to name it; what covers it by NotPrincipal or by its "
                     "account is not enough");
        return;
    }
    buf_printf(out, "%s",
               lack->excluded ? ": NotPrincipal lists it" : ": the statement does not name it");
    if (lack->wanted != NULL) {
        BUF_LIT(out, ", it names ");
        plain_json(out, lack->wanted);
    }
}

void lack_text(const struct lack *lack, const struct policy_request *request, buf *out)
{
    switch (lack->kind) {
    case LACK_ACTION:
        part_text("action", request->action, lack, out);
        return;
    case LACK_RESOURCE:
        part_text("resource", request->resource, lack, out);
        return;
    case LACK_PRINCIPAL:
        principal_text(lack, request, out);
        return;
    case LACK_CONDITION:
        condition_text(&lack->condition, out);
        return;
    }
}

/* -- places ------------------------------------------------------------------------------------ */

static void place(struct writer *w, const struct policy_set *set, uint32_t statement)
{
    struct statement_info info;
    str file = STR_NONE;

    if (!policy_statement_info(set, statement, &info)) {
        return;
    }
    if (w->style->locate != NULL) {
        w->style->locate(w->style->context, &info, &file);
    }
    plain(w->out, file.ptr != NULL ? file : info.policy_name);
    buf_printf(w->out, ":%u:%u", info.line, info.column);
    if (file.ptr != NULL) {
        BUF_LIT(w->out, " ");
        plain(w->out, info.policy_name);
    }
    buf_printf(w->out, " statement %u", info.index + 1);
    if (info.sid.len > 0) {
        BUF_LIT(w->out, " ");
        quoted(w->out, info.sid);
    }
}

/* The line of the statement's text in which `node` begins, and a caret below. node is of
 * statement_source. */
static void excerpt(struct writer *w, const struct policy_set *set, uint32_t statement,
                    const struct json *node, bool key)
{
    struct statement_info info;
    str text = set->origins[statement].text, file;
    size_t at = node == NULL ? 0 : key ? node->key_span.offset : node->span.offset;
    size_t from, to;

    if (text.ptr == NULL || at >= text.len || !policy_statement_info(set, statement, &info)) {
        return;
    }
    if (w->style->locate != NULL) {
        w->style->locate(w->style->context, &info, &file);
    }
    for (from = at; from > 0 && text.ptr[from - 1] != '\n' && at - from < EXCERPT_BEFORE;) {
        from--;
    }
    for (to = at; to < text.len && text.ptr[to] != '\n' && to - from < EXCERPT_WIDTH;) {
        to++;
    }
    while (from < at && ascii_is_space(text.ptr[from])) {
        from++;
    }
    buf_printf(w->out, "%9u | ",
               info.line + (node == NULL ? 0 : (key ? node->key_span.line : node->span.line) - 1));
    plain(w->out, str_slice(text, from, to - from));
    BUF_LIT(w->out, "\n          | ");
    for (size_t i = from; i < at; i++) {
        buf_add_char(w->out, ' ');
    }
    paint(w, "31", "^");
    BUF_LIT(w->out, "\n");
}

static const struct json *lack_node(const struct lack *lack)
{
    return lack->kind == LACK_CONDITION ? lack->condition.wanted : lack->wanted;
}

/* -- sections ---------------------------------------------------------------------------------- */

static void headline(struct writer *w)
{
    const struct policy_request *rq = w->e->request;
    bool allowed = w->e->decision.result == DECIDED_ALLOW;

    paint(w, allowed ? "1;32" : "1;31", allowed ? "ALLOWED" : "DENIED");
    BUF_LIT(w->out, "  ");
    plain(w->out, rq->action);
    BUF_LIT(w->out, " on ");
    plain(w->out, rq->resource);
    BUF_LIT(w->out, "\n  for ");
    plain(w->out, principal_type_word(rq->principal.type));
    if (rq->principal.arn.len > 0) {
        BUF_LIT(w->out, " ");
        plain(w->out, rq->principal.arn);
    }
    BUF_LIT(w->out, "\n");
}

static const char *layer_words(enum policy_layer layer)
{
    static const char *const words[] = {
        [LAYER_NONE] = "no policy",
        [LAYER_RCP] = "a resource control policy",
        [LAYER_SCP] = "a service control policy",
        [LAYER_RESOURCE] = "the resource policy",
        [LAYER_ENDPOINT] = "the endpoint policy",
        [LAYER_IDENTITY] = "an identity policy",
        [LAYER_BOUNDARY] = "the permissions boundary",
        [LAYER_SESSION] = "the session policy",
        [LAYER_SERVICE_RULE] = "a rule of the service",
    };

    return words[layer];
}

static void decided_by(struct writer *w)
{
    const struct decision *d = &w->e->decision;

    switch (d->result) {
    case DECIDED_ALLOW:
        buf_printf(w->out, "  allowed by %s", layer_words(d->layer));
        break;
    case DECIDED_EXPLICIT_DENY:
        buf_printf(w->out, "  denied explicitly by %s", layer_words(d->layer));
        break;
    case DECIDED_IMPLICIT_DENY:
        if (d->layer == LAYER_NONE || d->layer == LAYER_SERVICE_RULE) {
            buf_printf(w->out, "  denied by %s",
                       d->layer == LAYER_NONE ? "default: the request cannot be evaluated"
                                              : layer_words(d->layer));
        } else {
            buf_printf(w->out, "  denied because %s allows it",
                       d->layer == LAYER_IDENTITY   ? "no identity policy"
                       : d->layer == LAYER_RESOURCE ? "no resource policy"
                       : d->layer == LAYER_BOUNDARY ? "no permissions boundary"
                       : d->layer == LAYER_SESSION  ? "no session policy"
                       : d->layer == LAYER_ENDPOINT ? "no endpoint policy"
                                                    : "no service control policy of some level");
        }
        break;
    }
    if (d->set != NULL) {
        BUF_LIT(w->out, ", ");
        place(w, d->set, d->statement);
    }
    buf_printf(w->out, "\n  rule %s: %s\n", d->rule, policy_rule_text(d->rule));
}

static void level_name(struct writer *w, enum policy_layer layer, uint32_t level)
{
    buf_add(w->out, policy_layer_name(layer));
    if (layer == LAYER_SCP || layer == LAYER_RCP) {
        buf_printf(w->out, " level %u", level + 1);
    }
}

static void match_text(struct writer *w, const struct explained_match *m)
{
    BUF_LIT(w->out, "  ");
    level_name(w, m->match.layer, m->match.level);
    BUF_LIT(w->out, ": ");
    place(w, m->match.set, m->match.statement);
    BUF_LIT(w->out, "\n");
    if (m->match.deny || m->condition_count == 0) {
        excerpt(w, m->match.set, m->match.statement, NULL, false);
    }
    for (size_t i = 0; i < m->condition_count; i++) {
        BUF_LIT(w->out, "      holds: ");
        condition_text(&m->conditions[i], w->out);
        BUF_LIT(w->out, "\n");
    }
}

static void matches_text(struct writer *w, bool deny)
{
    bool first = true;

    for (size_t i = 0; i < w->e->match_count; i++) {
        if (w->e->matches[i].match.deny != deny) {
            continue;
        }
        if (first) {
            buf_printf(w->out, "\nStatements that %s\n", deny ? "deny" : "allow");
            first = false;
        }
        match_text(w, &w->e->matches[i]);
    }
}

static void miss_text(struct writer *w, const struct near_miss *miss)
{
    BUF_LIT(w->out, "nearest is ");
    place(w, miss->set, miss->statement);
    BUF_LIT(w->out, "\n");
    for (size_t i = 0; i < miss->lack_count; i++) {
        BUF_LIT(w->out, "    ");
        paint(w, "31", "missing");
        BUF_LIT(w->out, ": ");
        lack_text(&miss->lacks[i], w->e->request, w->out);
        BUF_LIT(w->out, "\n");
        if (lack_node(&miss->lacks[i]) != NULL) {
            excerpt(w, miss->set, miss->statement, lack_node(&miss->lacks[i]), true);
        }
    }
}

static void shortfalls_text(struct writer *w)
{
    if (w->e->shortfall_count > 0) {
        BUF_LIT(w->out, "\nWhat would have to allow, and does not\n");
    }
    for (size_t i = 0; i < w->e->shortfall_count; i++) {
        const struct shortfall *s = &w->e->shortfalls[i];
        BUF_LIT(w->out, "  ");
        level_name(w, s->layer, s->level);
        buf_printf(w->out, " (%s): ", s->rule);
        if (s->nearest.set != NULL) {
            miss_text(w, &s->nearest);
        } else {
            buf_printf(w->out, "%s\n",
                       s->no_policy ? "there is no policy" : "it has no statement that allows");
        }
    }
    if (w->e->unchangeable) {
        BUF_LIT(w->out, "\nNo policy can change this.\n");
    }
}

static void layers_text(struct writer *w)
{
    BUF_LIT(w->out, "\nWhat each layer says (the others have no policy that bears on this)\n");
    for (enum policy_layer layer = LAYER_RCP; layer <= LAYER_SESSION; layer++) {
        const struct layer_answer *a = &w->e->answers.by_layer[layer];
        if (!a->asked) {
            continue;
        }
        buf_printf(w->out, "  %-9.*s %s", FMT(policy_layer_name(layer)),
                   a->result == DECIDED_ALLOW           ? "allows"
                   : a->result == DECIDED_EXPLICIT_DENY ? "denies"
                                                        : "nothing applies");
        if (a->set != NULL && a->result != DECIDED_IMPLICIT_DENY) {
            BUF_LIT(w->out, ": ");
            place(w, a->set, a->statement);
        }
        BUF_LIT(w->out, "\n");
    }
}

enum rc explanation_text(const struct explanation *e, const struct explain_style *style, buf *out)
{
    struct writer w = { e, style, out };

    headline(&w);
    decided_by(&w);
    matches_text(&w, true);
    shortfalls_text(&w);
    matches_text(&w, false);
    layers_text(&w);
    return out->err;
}
