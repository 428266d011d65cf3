/* The calls of each step, and those that undo it. */
#include "migrate/plan.h"

enum { DOCUMENT_BYTES_MAX = 8192, TAIL = 8, ADDRESSES_MAX = 32 };

size_t plan_chars(str document)
{
    size_t count = 0;

    for (size_t i = 0; i < document.len; i++) {
        count += !ascii_is_space(document.ptr[i]);
    }
    return count;
}

/* -- the deny ------------------------------------------------------------------------------------- */

static bool is_address_block(str block)
{
    size_t at;

    return block.len > 0 && str_find_char(block, '/', &at) && !str_find_char(block, ' ', &at);
}

static void condition_list(struct json_out *o, str operator_name, str key)
{
    json_key(o, operator_name);
    json_open(o, '{');
    json_key(o, key);
    json_open(o, '[');
}

static void close_condition(struct json_out *o)
{
    json_close(o, ']');
    json_close(o, '}');
}

/* Narrower for the first window: those who are known to have used the key. False when nothing is known
 * that could narrow it. */
static bool canary_condition(const struct plan_key *key, enum plan_canary canary,
                             struct json_out *o, struct arena *arena)
{
    unsigned named = 0;

    switch (canary) {
    case CANARY_NONE:
    case CANARY_REGION:
        return false;
    case CANARY_SOURCE_IP:
        for (size_t i = 0; i < key->origin_count && named < ADDRESSES_MAX; i++) {
            if (is_address_block(key->origins[i].block)) {
                if (named++ == 0) {
                    condition_list(o, STR("IpAddress"), STR("aws:SourceIp"));
                }
                json_str(o, key->origins[i].block);
            }
        }
        break;
    case CANARY_USER_AGENT:
        for (size_t i = 0; i < key->origin_count && named < ADDRESSES_MAX; i++) {
            if (key->origins[i].product.len > 0) {
                if (named++ == 0) {
                    condition_list(o, STR("StringLike"), STR("aws:UserAgent"));
                }
                json_str(o, ARENA_JOIN(arena, STR("*"), key->origins[i].product, STR("*")));
            }
        }
        break;
    }
    if (named > 0) {
        close_condition(o);
    }
    return named > 0;
}

static str deny_document(const struct plan_key *key, enum plan_canary canary, struct arena *arena,
                         bool *ret_narrow)
{
    buf out = buf_arena(arena, DOCUMENT_BYTES_MAX);
    struct json_out o = { .out = &out };

    json_raw(&o, STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"MantleProbe\","
                     "\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"));
    o.need_comma = false;
    json_open(&o, '{');
    json_key(&o, STR("DateGreaterThan"));
    json_raw(&o, STR("{\"aws:CurrentTime\":\"{from}\"}"));
    json_key(&o, STR("DateLessThan"));
    json_raw(&o, STR("{\"aws:CurrentTime\":\"{until}\"}"));
    *ret_narrow = canary_condition(key, canary, &o, arena);
    json_close(&o, '}');
    buf_add(&out, STR("}]}"));
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

/* Dates in place of "{from}" and "{until}". */
static size_t deny_chars(str document)
{
    return plan_chars(document) + 2 * 20 - sizeof("{from}{until}") + 1;
}

static enum rc deny_inline(const struct plan_key *key, str name, str document, struct calls *to,
                           struct arena *arena)
{
    return calls_add(to,
                     CALL("PutUserPolicy", STR("UserName"), key->user, STR("PolicyName"), name,
                          STR("PolicyDocument"), document),
                     arena);
}

static enum rc deny_managed(const struct plan_key *key, str name, str arn, str document,
                            struct calls *to, struct arena *arena)
{
    TRY(calls_add(to,
                  CALL("CreatePolicy", STR("PolicyName"), name, STR("PolicyDocument"), document,
                       STR("@PolicyArn"), arn),
                  arena));
    return calls_add(
        to, CALL("AttachUserPolicy", STR("UserName"), key->user, STR("PolicyArn"), arn), arena);
}

static size_t inline_chars(const struct plan_key *key)
{
    size_t used = 0;

    for (size_t i = 0; i < key->live.policies.count; i++) {
        used += plan_chars(key->live.policies.items[i].value);
    }
    return used;
}

static enum rc probe(const struct plan *plan, enum plan_canary canary, struct arena *arena,
                     struct plan_key *key)
{
    str tail = str_skip(key->id, key->id.len > TAIL ? key->id.len - TAIL : 0);
    str name = ARENA_JOIN(arena, STR(LIVE_PROBE_PREFIX), tail);
    bool narrow, unused;
    str narrowed = deny_document(key, canary, arena, &narrow);
    str document = deny_document(key, CANARY_NONE, arena, &unused), arn;
    size_t used = inline_chars(key);

    if (name.ptr == NULL || document.ptr == NULL) {
        return RC_NOMEM;
    }
    narrow = narrow && narrowed.ptr != NULL;
    if (used + deny_chars(document) <= PLAN_INLINE_CHARS_MAX &&
        (!narrow || used + deny_chars(narrowed) <= PLAN_INLINE_CHARS_MAX)) {
        TRY(calls_add(&key->probe_undo,
                      CALL("DeleteUserPolicy", STR("UserName"), key->user, STR("PolicyName"), name),
                      arena));
        if (narrow) {
            TRY(deny_inline(key, name, narrowed, &key->canary, arena));
        }
        return deny_inline(key, name, document, &key->probe, arena);
    }
    if (key->live.attached.count >= PLAN_ATTACHED_MAX) {
        key->held = STR("there is no room for a deny policy: its user's inline policies and "
                        "attachments are full");
        return RC_OK;
    }
    name = ARENA_JOIN(arena, name, STR("-{stamp}"));
    arn = ARENA_JOIN(arena, STR("arn:"), plan->partition, STR(":iam::"), plan->account,
                     STR(":policy/"), name);
    if (name.ptr == NULL || arn.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(calls_add(&key->probe_undo,
                  CALL("DetachUserPolicy", STR("UserName"), key->user, STR("PolicyArn"), arn),
                  arena));
    TRY(calls_add(&key->probe_undo, CALL("DeletePolicy", STR("PolicyArn"), arn), arena));
    if (narrow) {
        TRY(deny_managed(key, name, arn, narrowed, &key->canary, arena));
    }
    return deny_managed(key, name, arn, document, &key->probe, arena);
}

static struct call set_status(const struct plan_key *key, str status)
{
    return CALL("UpdateAccessKey", STR("UserName"), key->user, STR("AccessKeyId"), key->id,
                STR("Status"), status);
}

enum rc plan_calls(const struct plan *plan, enum plan_canary canary, struct arena *arena,
                   struct plan_key *key)
{
    TRY(probe(plan, canary, arena, key));
    TRY(calls_add(&key->inactive, set_status(key, STR("Inactive")), arena));
    TRY(calls_add(&key->inactive_undo, set_status(key, STR("Active")), arena));
    return calls_add(
        &key->delete_key,
        CALL("DeleteAccessKey", STR("UserName"), key->user, STR("AccessKeyId"), key->id), arena);
}
