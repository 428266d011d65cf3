/* The encoded authorization message of a denial: everything the decision was made from, sealed so
 * that only who may call sts:DecodeAuthorizationMessage in the caller's account can read it. It
 * travels in the header x-mantle-authorization-message; the decoded form is AWS's. */
#include "codec/json.h"
#include "service/turn.h"
#include "vault/vault.h"

enum { PLAIN_BYTES_MAX = 5 * 1024, /* sealed and in base64 within what EncodedMessage takes */ };

static void open_items(struct json_out *o, str key)
{
    json_own_key(o, key);
    json_open(o, '{');
    json_own_key(o, STR("items"));
    json_open(o, '[');
}

static void close_items(struct json_out *o)
{
    json_close(o, ']');
    json_close(o, '}');
}

static void put_items(struct json_out *o, str key, const struct json *list)
{
    bool array = list != NULL && list->type == JSON_ARRAY;

    open_items(o, key);
    for (const struct json *v = array ? list->first : list; v != NULL; v = array ? v->next : NULL) {
        json_open(o, '{');
        json_put_str(o, STR("value"),
                     v->type == JSON_TRUE    ? STR("true")
                     : v->type == JSON_FALSE ? STR("false")
                                             : v->text);
        json_close(o, '}');
    }
    close_items(o);
}

static void put_wanted(struct json_out *o, const struct condition_view *view)
{
    json_open(o, '{');
    json_put_str(o, STR("key"), view->key);
    put_items(o, STR("values"), view->wanted);
    json_close(o, '}');
}

/* A statement that applies, as it is written. principals: who it was applied to. */
static enum rc put_statement(struct json_out *o, const struct explained_match *m, str principal,
                             struct arena *arena)
{
    struct statement_info info;
    const struct json *node;
    str text;

    if (!policy_statement_info(m->match.set, m->match.statement, &info)) {
        return RC_OK;
    }
    TRY(statement_source(m->match.set, m->match.statement, arena, &node, &text));
    json_open(o, '{');
    json_put_str(o, STR("statementId"), info.sid.ptr == NULL ? STR("") : info.sid);
    json_put_str(o, STR("effect"), m->match.deny ? STR("DENY") : STR("ALLOW"));
    put_items(o, STR("principals"), &(struct json){ .type = JSON_STRING, .text = principal });
    put_items(o, STR("principalGroups"), NULL);
    put_items(o, STR("actions"), json_member(node, STR("Action")));
    put_items(o, STR("resources"), json_member(node, STR("Resource")));
    open_items(o, STR("conditions"));
    for (size_t i = 0; i < m->condition_count; i++) {
        put_wanted(o, &m->conditions[i]);
    }
    close_items(o);
    json_put_str(o, STR("policy"), info.policy_name);
    json_put_i64(o, STR("statement"), info.index);
    json_close(o, '}');
    return RC_OK;
}

static const struct explain_style shown = { .foreign_hidden = true };

static enum rc put_effect(struct json_out *o, const struct explanation *e, bool deny, str principal,
                          struct arena *arena)
{
    for (size_t i = 0; e != NULL && i < e->match_count; i++) {
        if (e->matches[i].match.deny == deny &&
            !explanation_hides(e, &shown, e->matches[i].match.layer)) {
            TRY(put_statement(o, &e->matches[i], principal, arena));
        }
    }
    return RC_OK;
}

/* What denies comes first: it decided. */
static enum rc put_statements(struct json_out *o, const struct explanation *e, str principal,
                              struct arena *arena)
{
    open_items(o, STR("matchedStatements"));
    TRY(put_effect(o, e, true, principal, arena));
    TRY(put_effect(o, e, false, principal, arena));
    close_items(o);
    return RC_OK;
}

/* What was missing, each as explanation_missing_json says it. */
static void put_failures(struct json_out *o, const struct explanation *e)
{
    json_key(o, STR("failures"));
    json_open(o, '{');
    json_key(o, STR("items"));
    if (e == NULL) {
        json_open(o, '[');
        json_close(o, ']');
    } else {
        explanation_missing_json(e, &shown, o);
    }
    json_close(o, '}');
}

static void put_condition(struct json_out *o, const struct context_entry *entry)
{
    json_open(o, '{');
    json_put_str(o, STR("key"), entry->key);
    open_items(o, STR("values"));
    for (uint32_t i = 0; i < entry->count; i++) {
        json_open(o, '{');
        json_put_str(o, STR("value"), entry->values[i]);
        json_close(o, '}');
    }
    close_items(o);
    json_close(o, '}');
}

static void put_context(struct json_out *o, const struct caller *caller,
                        const struct policy_request *request)
{
    json_own_key(o, STR("context"));
    json_open(o, '{');
    json_own_key(o, STR("principal"));
    json_open(o, '{');
    json_put_str(o, STR("id"), caller->user_id);
    json_put_str(o, STR("arn"), caller->arn);
    json_close(o, '}');
    json_put_str(o, STR("action"), request->action);
    json_put_str(o, STR("resource"), request->resource);
    open_items(o, STR("conditions"));
    for (size_t i = 0; i < request->context_count; i++) {
        put_condition(o, &request->context[i]);
    }
    close_items(o);
    json_close(o, '}');
}

static enum rc print_denial(struct turn *turn, const struct verdict *verdict,
                            const struct explanation *e, buf *plain)
{
    struct json_out o = { .out = plain };

    json_open(&o, '{');
    json_put_bool(&o, STR("allowed"), false);
    json_put_bool(&o, STR("explicitDeny"), verdict->decision.result == DECIDED_EXPLICIT_DENY);
    TRY(put_statements(&o, e, turn->caller.unique_id, turn->rq.arena));
    put_failures(&o, e);
    put_context(&o, &turn->caller, &verdict->request);
    json_close(&o, '}');
    return plain->err;
}

str turn_seal_denial(struct turn *turn, const struct verdict *verdict)
{
    buf plain = buf_arena(turn->rq.arena, PLAIN_BYTES_MAX);
    enum rc rc = print_denial(turn, verdict, verdict->explanation, &plain);
    str sealed;

    if (rc == RC_LIMIT) { /* long statements: what was decided from matters more */
        buf_clear(&plain);
        rc = print_denial(turn, verdict, NULL, &plain);
    }
    if (rc != RC_OK || vault_seal(turn->rq.vault, VAULT_MESSAGE, turn->caller.account_text,
                                  buf_str(&plain), turn->rq.arena, &sealed) != RC_OK) {
        return STR_NONE; /* a convenience: the denial stands without it */
    }
    return sealed;
}
