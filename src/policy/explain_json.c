/* Explanations for machines: mantle-explanation/1, described in docs/reference/explanation.md. */
#include "policy/engine.h"
#include "policy/explain.h"

enum { LACK_TEXT_MAX = 64 * 1024 };

static void put_place(struct json_out *o, str key, const struct explain_style *style,
                      const struct policy_set *set, uint32_t statement)
{
    struct statement_info info;
    str file = STR_NONE;

    if (!policy_statement_info(set, statement, &info)) {
        return;
    }
    if (style->locate != NULL) {
        style->locate(style->context, &info, &file);
    }
    json_key(o, key);
    json_open(o, '{');
    json_put_str(o, STR("policy"), info.policy_name);
    if (file.ptr != NULL) {
        json_put_str(o, STR("file"), file);
    }
    json_put_i64(o, STR("index"), info.index);
    if (info.sid.len > 0) {
        json_put_str(o, STR("sid"), info.sid);
    }
    json_put_i64(o, STR("line"), info.line);
    json_put_i64(o, STR("column"), info.column);
    json_put_i64(o, STR("end_line"), info.end_line);
    json_put_i64(o, STR("end_column"), info.end_column);
    json_close(o, '}');
}

static void put_values(struct json_out *o, const struct context_entry *entry)
{
    if (!entry->many && entry->count == 1) {
        json_str(o, entry->values[0]);
        return;
    }
    json_open(o, '[');
    for (uint32_t i = 0; i < entry->count; i++) {
        json_str(o, entry->values[i]);
    }
    json_close(o, ']');
}

static void put_wanted(struct json_out *o, const struct json *wanted)
{
    if (wanted == NULL) {
        return;
    }
    json_key(o, STR("wanted"));
    if (wanted->type == JSON_OBJECT) {                             /* a principal */
        buf text = { .max = o->out->max, .alloc = o->out->alloc }; /* never the heap's */
        json_print(wanted, false, &text);
        json_raw(o, text.err == RC_OK ? buf_str(&text) : STR("null"));
        buf_done(&text);
        return;
    }
    json_open(o, '[');
    for (const struct json *v = list_first(wanted); v != NULL; v = list_next(wanted, v)) {
        json_str(o, scalar_text(v));
    }
    json_close(o, ']');
}

/* "actual": null says that the request does not have the key. */
static void put_condition(struct json_out *o, const struct condition_view *view)
{
    json_put_str(o, STR("operator"), view->operator_name);
    json_put_str(o, STR("key"), view->key);
    put_wanted(o, view->wanted);
    json_key(o, STR("actual"));
    if (view->actual == NULL) {
        json_null(o);
    } else {
        put_values(o, view->actual);
    }
}

static void put_lack(struct json_out *o, const struct lack *lack, const struct policy_request *rq)
{
    static const str kinds[] = { [LACK_ACTION] = STR_INIT("action"),
                                 [LACK_RESOURCE] = STR_INIT("resource"),
                                 [LACK_PRINCIPAL] = STR_INIT("principal"),
                                 [LACK_CONDITION] = STR_INIT("condition") };
    buf text = { .max = LACK_TEXT_MAX, .alloc = o->out->alloc };

    json_open(o, '{');
    json_put_str(o, STR("what"), kinds[lack->kind]);
    if (lack->kind == LACK_CONDITION) {
        put_condition(o, &lack->condition);
    } else {
        json_put_str(o, STR("actual"),
                     lack->kind == LACK_ACTION     ? rq->action
                     : lack->kind == LACK_RESOURCE ? rq->resource
                                                   : rq->principal.arn);
        json_put_bool(o, STR("excluded"), lack->excluded);
        put_wanted(o, lack->wanted);
    }
    lack_text(lack, rq, &text);
    json_put_str(o, STR("text"), buf_str(&text));
    buf_done(&text);
    json_close(o, '}');
}

static void put_layer(struct json_out *o, enum policy_layer layer, uint32_t level)
{
    json_put_str(o, STR("layer"), policy_layer_name(layer));
    if (layer == LAYER_SCP || layer == LAYER_RCP) {
        json_put_i64(o, STR("level"), level);
    }
}

bool explanation_hides(const struct explanation *e, const struct explain_style *style,
                       enum policy_layer layer)
{
    const struct policy_request *rq = e->request;

    return style->foreign_hidden && (layer == LAYER_RESOURCE || layer == LAYER_RCP) &&
           rq->resource_account.ptr != NULL && !str_eq(rq->resource_account, rq->principal.account);
}

static void put_layers(const struct explanation *e, const struct explain_style *style,
                       struct json_out *o)
{
    json_key(o, STR("layers"));
    json_open(o, '[');
    for (enum policy_layer layer = LAYER_RCP; layer <= LAYER_SESSION; layer++) {
        const struct layer_answer *a = &e->answers.by_layer[layer];
        if (!a->asked) {
            continue;
        }
        json_open(o, '{');
        put_layer(o, layer, a->level);
        json_put_str(o, STR("says"), policy_result_name(a->result));
        if (a->result != DECIDED_IMPLICIT_DENY && a->set != NULL &&
            !explanation_hides(e, style, layer)) {
            put_place(o, STR("statement"), style, a->set, a->statement);
        }
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void put_matches(const struct explanation *e, const struct explain_style *style,
                        struct json_out *o)
{
    json_key(o, STR("matched"));
    json_open(o, '[');
    for (size_t i = 0; i < e->match_count; i++) {
        const struct explained_match *m = &e->matches[i];
        if (explanation_hides(e, style, m->match.layer)) {
            continue;
        }
        json_open(o, '{');
        put_layer(o, m->match.layer, m->match.level);
        json_put_str(o, STR("effect"), m->match.deny ? STR("Deny") : STR("Allow"));
        put_place(o, STR("statement"), style, m->match.set, m->match.statement);
        json_key(o, STR("conditions"));
        json_open(o, '[');
        for (size_t c = 0; c < m->condition_count; c++) {
            json_open(o, '{');
            put_condition(o, &m->conditions[c]);
            json_close(o, '}');
        }
        json_close(o, ']');
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void put_shortfall(const struct explanation *e, const struct shortfall *s,
                          const struct explain_style *style, struct json_out *o)
{
    json_open(o, '{');
    put_layer(o, s->layer, s->level);
    json_put_str(o, STR("rule"), str_cstr(s->rule));
    json_put_bool(o, STR("no_policy"), s->no_policy);
    if (s->nearest.set != NULL && !explanation_hides(e, style, s->layer)) {
        put_place(o, STR("nearest"), style, s->nearest.set, s->nearest.statement);
        json_key(o, STR("lacks"));
        json_open(o, '[');
        for (size_t i = 0; i < s->nearest.lack_count; i++) {
            put_lack(o, &s->nearest.lacks[i], e->request);
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

void request_context_json(const struct policy_request *rq, struct json_out *o)
{
    json_open(o, '{');
    for (size_t i = 0; i < rq->context_count; i++) {
        json_key(o, rq->context[i].key);
        put_values(o, &rq->context[i]);
    }
    json_close(o, '}');
}

static void put_request(const struct policy_request *rq, struct json_out *o)
{
    json_key(o, STR("request"));
    json_open(o, '{');
    json_key(o, STR("principal"));
    json_open(o, '{');
    json_put_str(o, STR("type"), principal_type_word(rq->principal.type));
    if (rq->principal.arn.ptr != NULL) {
        json_put_str(o, STR("arn"), rq->principal.arn);
    }
    if (rq->principal.account.ptr != NULL) {
        json_put_str(o, STR("account"), rq->principal.account);
    }
    json_close(o, '}');
    json_put_str(o, STR("action"), rq->action);
    json_put_str(o, STR("resource"), rq->resource);
    if (rq->resource_account.ptr != NULL) {
        json_put_str(o, STR("resource_account"), rq->resource_account);
    }
    json_key(o, STR("context"));
    request_context_json(rq, o);
    json_close(o, '}');
}

void explanation_json(const struct explanation *e, const struct explain_style *style,
                      struct json_out *o)
{
    json_put_str(o, STR("format"), STR("mantle-explanation/1"));
    json_put_str(o, STR("decision"), policy_result_name(e->decision.result));
    json_put_str(o, STR("layer"), policy_layer_name(e->decision.layer));
    json_put_str(o, STR("rule"), str_cstr(e->decision.rule));
    json_put_str(o, STR("rule_text"), str_cstr(policy_rule_text(e->decision.rule)));
    if (e->decision.set != NULL) {
        put_place(o, STR("statement"), style, e->decision.set, e->decision.statement);
    }
    json_put_bool(o, STR("changeable"), !e->unchangeable);
    put_request(e->request, o);
    put_layers(e, style, o);
    put_matches(e, style, o);
    json_key(o, STR("missing"));
    explanation_missing_json(e, style, o);
}

void explanation_missing_json(const struct explanation *e, const struct explain_style *style,
                              struct json_out *o)
{
    json_open(o, '[');
    for (size_t i = 0; i < e->shortfall_count; i++) {
        put_shortfall(e, &e->shortfalls[i], style, o);
    }
    json_close(o, ']');
}

void condition_json(const struct condition_view *view, struct json_out *o)
{
    json_open(o, '{');
    json_put_str(o, STR("operator"), view->operator_name);
    json_put_str(o, STR("key"), view->key);
    put_wanted(o, view->wanted);
    json_close(o, '}');
}
