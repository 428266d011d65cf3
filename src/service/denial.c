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

static void put_statement(struct json_out *o, const struct decision *decision)
{
    struct statement_info info;

    open_items(o, STR("matchedStatements"));
    if (decision->set != NULL && policy_statement_info(decision->set, decision->statement, &info)) {
        json_open(o, '{');
        json_put_str(o, STR("statementId"), info.sid.ptr == NULL ? STR("") : info.sid);
        json_put_str(o, STR("effect"), STR("DENY"));
        json_put_str(o, STR("policy"), info.policy_name);
        json_put_i64(o, STR("statement"), info.index);
        json_close(o, '}');
    }
    close_items(o);
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

str turn_seal_denial(struct turn *turn, const struct verdict *verdict)
{
    buf plain = buf_arena(turn->rq.arena, PLAIN_BYTES_MAX);
    struct json_out o = { .out = &plain };
    str sealed;

    if (turn->caller.federated != NULL) {
        return STR_NONE; /* nobody yet: there is no account in which it could be read */
    }
    json_open(&o, '{');
    json_put_bool(&o, STR("allowed"), false);
    json_put_bool(&o, STR("explicitDeny"), verdict->decision.result == DECIDED_EXPLICIT_DENY);
    put_statement(&o, &verdict->decision);
    open_items(&o, STR("failures"));
    close_items(&o);
    put_context(&o, &turn->caller, &verdict->request);
    json_close(&o, '}');
    if (plain.err != RC_OK || vault_seal(turn->rq.vault, VAULT_MESSAGE, turn->caller.account_text,
                                         buf_str(&plain), turn->rq.arena, &sealed) != RC_OK) {
        return STR_NONE; /* a convenience: the denial stands without it */
    }
    return sealed;
}
