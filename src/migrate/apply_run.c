/* Intents: begun, carried out, ended; and those a crash left open. */
#include <inttypes.h>

#include "migrate/apply.h"

static const struct json_limits limits = { .depth_max = 64, .values_max = 1000000 };

enum rc apply_renew(struct apply *a)
{
    return journal_renew(a->journal, a->fence, env_now_s(a->env) + APPLY_LEASE_S);
}

void apply_say(struct apply *a, enum apply_kind kind, const struct apply_key *key,
               const struct stage_verdict *verdict, const struct calls *calls, str text)
{
    struct apply_news news = { .kind = kind, .text = text, .calls = calls };

    if (key != NULL) {
        news.key = key->plan != NULL ? key->plan->id : key->now.key;
        news.user = key->plan != NULL ? key->plan->user : key->now.user;
        news.stage = key->facts.at;
    }
    if (verdict != NULL) {
        news.what = verdict->what;
        news.not_before_s = verdict->not_before_s;
    }
    a->told[kind]++;
    a->tell(a->context, &news);
}

static void say_intent(struct apply *a, enum apply_kind kind, const struct journal_intent *intent,
                       str text)
{
    struct apply_news news = { .kind = kind,
                               .key = intent->key,
                               .user = intent->user,
                               .stage = (enum stage)intent->from_stage,
                               .text = text };

    a->told[kind]++;
    a->tell(a->context, &news);
}

str apply_before(struct apply *a, const struct live_user *live, const struct journal_move *move)
{
    buf out = buf_arena(a->arena, 8 << 20);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    if (live != NULL) {
        json_own_key(&o, STR("live"));
        live_json(live, &o);
    }
    if (move != NULL) {
        json_own_key(&o, STR("move"));
        json_open(&o, '{');
        json_put_bool(&o, STR("alert"), move->alert);
        json_put_str(&o, STR("why"), move->why);
        if (move->detail.ptr != NULL) {
            json_put_str(&o, STR("detail"), move->detail);
        }
        json_close(&o, '}');
    }
    json_close(&o, '}');
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

static str json_of(struct apply *a, const struct calls *calls)
{
    buf out = buf_arena(a->arena, 8 << 20);
    struct json_out o = { .out = &out };

    calls_json(calls->items, calls->count, &o);
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

static str explain(struct apply *a, const struct call *call, const struct remote_answer *answer)
{
    return arena_printf(a->arena, "%.*s: %.*s: %.*s%s%.*s%s", FMT(call->action), FMT(answer->code),
                        FMT(answer->message), answer->request_id.len > 0 ? " (request " : "",
                        FMT(answer->request_id), answer->request_id.len > 0 ? ")" : "");
}

enum carried { CARRIED, CARRIED_NOT, CARRIED_UNKNOWN };

/* One call, unless it has had its effect. After a refusal the account is asked again: the refusal may be
 * that of a second attempt whose first one got through. */
static enum rc carry_one(struct apply *a, const struct call *call, enum carried *ret, str *ret_id,
                         str *ret_why)
{
    struct remote_answer answer = { 0 }, asked = { 0 };
    enum call_state state = CALL_DIFFERENT;
    enum rc rc;

    *ret = CARRIED_UNKNOWN;
    rc = call_find(a->remote, call, a->arena, &state, &asked);
    if (rc == RC_OK && state == CALL_NOT_APPLIED) {
        TRY(apply_renew(a));
        rc = call_make(a->remote, call, a->arena, &answer);
        if (rc == RC_OK) {
            *ret_id = answer.request_id;
            *ret = CARRIED;
            return RC_OK;
        }
        if (rc == RC_NOMEM) {
            return rc;
        }
        *ret_why = explain(a, call, &answer);
        rc = call_find(a->remote, call, a->arena, &state, &asked);
    } else if (rc == RC_OK && state == CALL_DIFFERENT) {
        *ret_why = arena_printf(a->arena, "%.*s: something else stands there", FMT(call->action));
    }
    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        *ret_why = explain(a, call, &asked);
        *ret = rc == RC_API ? CARRIED_NOT : CARRIED_UNKNOWN;
        return RC_OK;
    }
    *ret = state == CALL_APPLIED ? CARRIED : CARRIED_NOT;
    return RC_OK;
}

/* All in order; stops at the first that was not carried. */
static enum rc carry(struct apply *a, int64_t intent, int64_t first, const struct calls *calls,
                     enum carried *ret, str *ret_why)
{
    *ret = CARRIED;
    for (size_t i = 0; i < calls->count && *ret == CARRIED; i++) {
        str id = STR_NONE;
        TRY(carry_one(a, &calls->items[i], ret, &id, ret_why));
        if (*ret == CARRIED) {
            TRY(journal_called(a->journal, a->fence, intent, first + (int64_t)i, env_now_s(a->env),
                               id));
        }
    }
    return RC_OK;
}

/* What failed half way is taken back; what cannot be taken back now stays open for the next start. */
static enum rc undo(struct apply *a, const struct journal_intent *intent,
                    const struct calls *inverse, str outcome, str why)
{
    enum carried carried;
    str more = STR_NONE;

    TRY(carry(a, intent->id, 1000000, inverse, &carried, &more));
    if (carried != CARRIED) {
        say_intent(a, APPLY_FAILED, intent,
                   arena_printf(a->arena,
                                "%.*s; taking it back failed too: %.*s. Intent %" PRId64
                                " stays open: run apply or revert again",
                                FMT(why), FMT(more), intent->id));
        return RC_IO;
    }
    return journal_end(a->journal, a->fence, intent->id, outcome, why, env_now_s(a->env), NULL);
}

enum rc apply_run(struct apply *a, const struct journal_intent *intent, const struct calls *calls,
                  const struct calls *inverse, const struct journal_move *move, bool *ret_done)
{
    struct journal_intent i = *intent;
    struct journal_move then = *move;
    enum carried carried;
    str why = STR_NONE;

    *ret_done = false;
    i.fence = a->fence;
    i.calls = json_of(a, calls);
    i.inverse = json_of(a, inverse);
    i.operator_arn = a->operator_arn;
    i.at_s = env_now_s(a->env);
    if (i.calls.ptr == NULL || i.inverse.ptr == NULL || i.before.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(journal_begin(a->journal, &i, &i.id));
    then.intent = i.id;
    TRY(carry(a, i.id, 0, calls, &carried, &why));
    if (carried == CARRIED) {
        then.at_s = env_now_s(a->env);
        TRY(journal_end(a->journal, a->fence, i.id, STR("finished"), STR_NONE, then.at_s, &then));
        *ret_done = true;
        return RC_OK;
    }
    if (carried == CARRIED_UNKNOWN) {
        say_intent(a, APPLY_FAILED, &i,
                   arena_printf(a->arena,
                                "%.*s. Whether it took effect is not known: intent %" PRId64
                                " stays open, the next run finds out",
                                FMT(why), i.id));
        return RC_IO;
    }
    say_intent(a, APPLY_FAILED, &i, why);
    return undo(a, &i, inverse, STR("failed"), why);
}

/* -- after a crash ----------------------------------------------------------------------------------- */

enum leftover { LEFT_NONE, LEFT_PART, LEFT_ALL };
enum remedy { FINISH, UNDO, FORGET /* nothing took effect: it is as if it had not been begun */ };

/* What is safe: a deny is taken back, whatever brings access back is finished, deletions go on where
 * they were, because the key they follow is gone already. */
static const struct {
    str kind;
    enum remedy by_left[LEFT_ALL + 1];
} remedies[] = {
    { STR_INIT("role"), { FORGET, FINISH, FINISH } },
    { STR_INIT("probe"), { FORGET, UNDO, UNDO } },
    { STR_INIT("probe-end"), { FINISH, FINISH, FINISH } },
    { STR_INIT("inactive"), { FORGET, UNDO, FINISH } },
    { STR_INIT("alert"), { FINISH, FINISH, FINISH } },
    { STR_INIT("revert"), { FINISH, FINISH, FINISH } },
    { STR_INIT("delete-key"), { FORGET, FINISH, FINISH } },
    { STR_INIT("delete-user"), { FORGET, FINISH, FINISH } },
};

static enum rc find_left(struct apply *a, const struct calls *calls, enum leftover *ret,
                         str *ret_why)
{
    size_t applied = 0;

    for (size_t i = 0; i < calls->count; i++) {
        struct remote_answer answer = { 0 };
        enum call_state state;
        enum rc rc = call_find(a->remote, &calls->items[i], a->arena, &state, &answer);
        if (rc != RC_OK) {
            *ret_why = explain(a, &calls->items[i], &answer);
            return rc;
        }
        applied += state == CALL_APPLIED;
    }
    *ret = applied == 0 ? LEFT_NONE : applied == calls->count ? LEFT_ALL : LEFT_PART;
    return RC_OK;
}

static enum remedy remedy_of(const struct journal_intent *intent, enum leftover left)
{
    for (size_t i = 0; i < COUNT_OF(remedies); i++) {
        if (str_eq(remedies[i].kind, intent->kind)) {
            return remedies[i].by_left[left];
        }
    }
    return UNDO;
}

static enum rc move_of(struct apply *a, const struct journal_intent *intent,
                       struct journal_move *ret)
{
    const struct json *move, *alert, *why, *detail;
    struct json_error error;
    struct json *before = NULL;

    TRY(json_parse(intent->before, &limits, a->arena, &before, &error));
    move = json_member(before, STR("move"));
    alert = json_member(move, STR("alert"));
    why = json_member(move, STR("why"));
    detail = json_member(move, STR("detail"));
    *ret = (struct journal_move){ .key = intent->key,
                                  .user = intent->user,
                                  .stage = intent->to_stage,
                                  .alert = alert != NULL && alert->type == JSON_TRUE,
                                  .why = why == NULL ? STR("") : why->text,
                                  .detail = detail == NULL ? STR_NONE : detail->text,
                                  .intent = intent->id,
                                  .at_s = env_now_s(a->env) };
    return RC_OK;
}

static enum rc finish(struct apply *a, const struct journal_intent *intent,
                      const struct calls *calls, const struct calls *inverse)
{
    struct journal_move move;
    enum carried carried;
    str why = STR_NONE;

    TRY(move_of(a, intent, &move));
    TRY(carry(a, intent->id, 0, calls, &carried, &why));
    if (carried == CARRIED) {
        return journal_end(a->journal, a->fence, intent->id, STR("finished"),
                           STR("after a restart"), move.at_s, &move);
    }
    if (carried == CARRIED_UNKNOWN || inverse->count == 0) {
        say_intent(
            a, APPLY_FAILED, intent,
            arena_printf(a->arena, "%.*s. Intent %" PRId64 " stays open", FMT(why), intent->id));
        return RC_IO;
    }
    return undo(a, intent, inverse, STR("failed"), why);
}

static enum rc recover_one(struct apply *a, const struct journal_intent *intent)
{
    static const char *const words[] = {
        [FINISH] = "is finished", [UNDO] = "is taken back", [FORGET] = "had no effect and is closed"
    };
    struct calls calls, inverse;
    enum leftover left;
    enum remedy remedy;
    str why = STR_NONE;

    TRY(calls_parse(intent->calls, a->arena, &calls));
    TRY(calls_parse(intent->inverse, a->arena, &inverse));
    if (find_left(a, &calls, &left, &why) != RC_OK) {
        say_intent(a, APPLY_FAILED, intent, why);
        return RC_IO;
    }
    remedy = remedy_of(intent, left);
    say_intent(a, APPLY_WARNING, intent,
               arena_printf(a->arena, "intent %" PRId64 " (%.*s) was left open and %s%s",
                            intent->id, FMT(intent->kind), a->dry ? "would be dealt with: it " : "",
                            words[remedy]));
    if (a->dry) {
        return RC_OK;
    }
    switch (remedy) {
    case FINISH:
        return finish(a, intent, &calls, &inverse);
    case UNDO:
        return undo(a, intent, &inverse, STR("undone"), STR("after a restart"));
    case FORGET:
        return journal_end(a->journal, a->fence, intent->id, STR("undone"),
                           STR("after a restart: no call had taken effect"), env_now_s(a->env),
                           NULL);
    }
    return RC_OK;
}

enum rc apply_recover(struct apply *a)
{
    struct journal_intent *open = NULL;
    size_t count = 0;

    TRY(journal_intents(a->journal, STR_NONE, true, a->arena, &open, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(recover_one(a, &open[i]));
    }
    return RC_OK;
}
