/* What is done to a key: one function for each deed of stage.h. */
#include <inttypes.h>
#include <stdio.h>

#include "codec/date.h"
#include "migrate/apply.h"

enum { CLOCK_SLACK_S = 60 };

static enum rc carry_out(struct apply_deed *d, str kind, const struct live_user *live,
                         const struct calls *calls, const struct calls *inverse, int64_t deadline_s)
{
    struct apply *a = d->a;

    if (a->dry) {
        apply_say(a, APPLY_DID, d->k, d->verdict, calls, str_cstr(d->verdict->why));
        return RC_OK;
    }
    d->intent = (struct journal_intent){ .key = d->k->plan->id,
                                         .user = d->k->plan->user,
                                         .kind = kind,
                                         .from_stage = d->k->facts.at,
                                         .to_stage = d->move.stage,
                                         .before = apply_before(a, live, &d->move),
                                         .deadline_s = deadline_s };
    TRY(apply_run(a, &d->intent, calls, inverse, &d->move, &d->done));
    if (d->done) {
        apply_say(a, d->verdict->what == DO_ALERT ? APPLY_ALERT : APPLY_DID, d->k, d->verdict,
                  calls, str_cstr(d->verdict->why));
    }
    return RC_OK;
}

static enum rc note(struct apply_deed *d)
{
    struct apply *a = d->a;

    if (!a->dry) {
        d->move.at_s = env_now_s(a->env);
        TRY(journal_put_move(a->journal, a->fence, &d->move));
        d->done = true;
    }
    apply_say(a, d->verdict->what == DO_ALERT ? APPLY_ALERT : APPLY_DID, d->k, d->verdict, NULL,
              str_cstr(d->verdict->why));
    return RC_OK;
}

static enum rc make_roles(struct apply_deed *d)
{
    struct calls make = { 0 }, unmake = { 0 };
    struct live_user live;
    bool good;

    TRY(apply_check(d->a, d->k, false, &live, &good));
    if (!good) {
        return RC_OK;
    }
    for (size_t i = 0; i < d->k->plan->role_count; i++) {
        TRY(calls_join(&make, &d->k->plan->roles[i].make, d->a->arena));
        TRY(calls_join(&unmake, &d->k->plan->roles[i].unmake, d->a->arena));
    }
    return carry_out(d, STR("role"), &live, &make, &unmake, 0);
}

struct stamps {
    struct {
        str mark, value;
    } rows[3];
};

static str put_stamps(str text, const struct stamps *stamps, struct arena *arena)
{
    for (size_t i = 0; i < COUNT_OF(stamps->rows); i++) {
        size_t at;
        while (str_find(text, stamps->rows[i].mark, &at)) {
            text = ARENA_JOIN(arena, str_slice(text, 0, at), stamps->rows[i].value,
                              str_skip(text, at + stamps->rows[i].mark.len));
            if (text.ptr == NULL) {
                return STR_NONE;
            }
        }
    }
    return text;
}

static enum rc stamp_calls(const struct calls *from, const struct stamps *stamps,
                           struct arena *arena, struct calls *ret)
{
    *ret = (struct calls){ NEW_ARRAY(arena, from->count + 1, struct call), from->count };
    if (ret->items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < from->count; i++) {
        ret->items[i] = from->items[i];
        for (size_t p = 0; p < from->items[i].count; p++) {
            ret->items[i].params[p].value = put_stamps(from->items[i].params[p].value, stamps,
                                                       arena);
        }
    }
    return RC_OK;
}

static str window_detail(struct apply *a, unsigned done, int64_t until_s, const struct calls *undo)
{
    buf out = buf_arena(a->arena, 65536);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_put_i64(&o, STR("windows_done"), done);
    if (undo != NULL) {
        json_put_i64(&o, STR("window_until"), until_s);
        json_own_key(&o, STR("undo"));
        calls_json(undo->items, undo->count, &o);
    }
    json_close(&o, '}');
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

/* The window begins a minute ago, for clocks that differ; it ends by the account's own clock whether we
 * live then or not. */
static enum rc open_window(struct apply_deed *d)
{
    struct apply *a = d->a;
    const struct plan_key *key = d->k->plan;
    unsigned n = d->k->facts.windows_done;
    int64_t now_s = env_now_s(a->env), until_s = now_s + a->plan->rules.windows_s[n];
    char from[20], until[20], stamp[24];
    struct stamps stamps = { .rows = { { STR("{from}"), { from, sizeof(from) } },
                                       { STR("{until}"), { until, sizeof(until) } },
                                       { STR("{stamp}"), STR_NONE } } };
    struct calls calls, undo;
    struct live_user live;
    bool good;
    str cap;

    TRY(apply_cap(a, d->k, &cap));
    if (cap.ptr != NULL) {
        apply_say(a, APPLY_WAITS, d->k, NULL, NULL, cap);
        return RC_OK;
    }
    TRY(apply_check(a, d->k, false, &live, &good));
    if (!good) {
        return RC_OK;
    }
    date_print_iso(now_s - CLOCK_SLACK_S, from);
    date_print_iso(until_s, until);
    (void)snprintf(stamp, sizeof(stamp), "%" PRId64, now_s);
    stamps.rows[2].value = str_cstr(stamp);
    TRY(stamp_calls(n == 0 && key->canary.count > 0 ? &key->canary : &key->probe, &stamps, a->arena,
                    &calls));
    TRY(stamp_calls(&key->probe_undo, &stamps, a->arena, &undo));
    d->move.detail = window_detail(a, n, until_s, &undo);
    return carry_out(d, STR("probe"), &live, &calls, &undo, until_s);
}

static enum rc undo_of_window(struct apply_deed *d, struct calls *ret)
{
    *ret = (struct calls){ 0 };
    return d->k->window_undo.ptr == NULL ? RC_OK : calls_parse(d->k->window_undo, d->a->arena, ret);
}

static enum rc close_window(struct apply_deed *d)
{
    struct calls calls;

    TRY(undo_of_window(d, &calls));
    d->move.detail = window_detail(d->a, d->k->facts.windows_done + 1, 0, NULL);
    return carry_out(d, STR("probe-end"), NULL, &calls, &(struct calls){ 0 }, 0);
}

static enum rc deactivate(struct apply_deed *d)
{
    struct live_user live;
    bool good;
    str cap;

    TRY(apply_cap(d->a, d->k, &cap));
    if (cap.ptr != NULL) {
        apply_say(d->a, APPLY_WAITS, d->k, NULL, NULL, cap);
        return RC_OK;
    }
    TRY(apply_check(d->a, d->k, false, &live, &good));
    return good ? carry_out(d, STR("inactive"), &live, &d->k->plan->inactive,
                            &d->k->plan->inactive_undo, 0)
                : RC_OK;
}

/* Back to S3: the deny goes, the key works again. No check of anything comes before it. */
static enum rc alert(struct apply_deed *d)
{
    struct calls calls = { 0 };

    d->move.alert = true;
    d->move.detail = d->k->attempt;
    TRY(undo_of_window(d, &calls));
    if (d->k->facts.at == STAGE_INACTIVE) {
        TRY(calls_join(&calls, &d->k->plan->inactive_undo, d->a->arena));
    }
    return calls.count == 0 ? note(d)
                            : carry_out(d, STR("alert"), NULL, &calls, &(struct calls){ 0 }, 0);
}

/* -- what cannot be taken back -------------------------------------------------------------------------- */

/* Who switched it off is not who deletes it; or it is said on the command line. */
static enum rc second_person(struct apply_deed *d, bool *ret)
{
    struct journal_intent *intents = NULL;
    size_t count = 0;

    *ret = d->a->may_delete;
    TRY(journal_intents(d->a->journal, d->k->plan->id, false, d->a->arena, &intents, &count));
    for (size_t i = 0; i < count; i++) {
        if (str_eq(intents[i].kind, STR("inactive")) &&
            str_eq(intents[i].outcome, STR("finished"))) {
            *ret = d->a->may_delete || !str_eq(intents[i].operator_arn, d->a->operator_arn);
        }
    }
    return RC_OK;
}

static bool evidence_is_fresh(struct apply_deed *d)
{
    struct apply *a = d->a;
    int64_t newest_s = a->uses->newest_s;

    if (a->plan->trail_newest_s == INT64_MIN ||
        (newest_s != USE_NEVER && env_now_s(a->env) - newest_s < APPLY_TRAIL_FRESH_S)) {
        return true;
    }
    apply_say(a, APPLY_WAITS, d->k, NULL, NULL,
              STR("the newest record of the trail is older than two days: bring newer files "
                  "(--trail), so that an attempt would be seen"));
    return false;
}

static enum rc may_delete(struct apply_deed *d, bool *ret)
{
    *ret = false;
    if (!evidence_is_fresh(d)) {
        return RC_OK;
    }
    TRY(second_person(d, ret));
    if (!*ret) {
        apply_say(d->a, APPLY_WAITS, d->k, NULL, NULL,
                  STR("deleting cannot be taken back: somebody other than who switched the key off "
                      "must do it, or say --delete"));
    }
    return RC_OK;
}

static enum rc save_recipe(struct apply_deed *d, str name, const struct live_user *live, bool *ret)
{
    enum rc rc = d->a->dry ? RC_OK : apply_save_recipe(d->a, name, live);

    *ret = rc == RC_OK;
    if (rc != RC_OK && rc != RC_NOMEM) {
        apply_say(d->a, APPLY_FAILED, d->k, NULL, NULL,
                  arena_printf(d->a->arena, "the recipe for restoring cannot be written: %s",
                               rc_name(rc)));
        return RC_OK;
    }
    return rc;
}

static enum rc delete_key(struct apply_deed *d)
{
    struct live_user live;
    bool good;

    TRY(may_delete(d, &good));
    if (good) {
        TRY(apply_check(d->a, d->k, false, &live, &good));
    }
    if (good) {
        TRY(save_recipe(d, d->k->plan->id, &live, &good));
    }
    return good ? carry_out(d, STR("delete-key"), &live, &d->k->plan->delete_key,
                            &(struct calls){ 0 }, 0)
                : RC_OK;
}

static enum rc delete_user(struct apply_deed *d)
{
    struct calls calls, inverse;
    struct live_user live;
    bool good;

    TRY(may_delete(d, &good));
    if (good) {
        TRY(apply_check(d->a, d->k, true, &live, &good));
    }
    if (!good) {
        return RC_OK;
    }
    if (live.has_password || live.keys.count > 0) {
        apply_say(d->a, APPLY_WAITS, d->k, NULL, NULL,
                  arena_printf(d->a->arena, "the user stays: %s",
                               live.has_password ? "there is a password"
                                                 : "there is another access key"));
        return RC_OK;
    }
    TRY(save_recipe(d, d->k->plan->user, &live, &good));
    TRY(apply_user_calls(&live, d->a->arena, &calls, &inverse));
    return good ? carry_out(d, STR("delete-user"), &live, &calls, &inverse, 0) : RC_OK;
}

static enum rc wait_for(struct apply_deed *d)
{
    apply_say(d->a, APPLY_WAITS, d->k, d->verdict, NULL, str_cstr(d->verdict->why));
    return RC_OK;
}

static enum rc (*const deeds[])(struct apply_deed *d) = {
    [DO_NOTHING] = wait_for,
    [DO_NOTE] = note,
    [DO_MAKE_ROLE] = make_roles,
    [DO_OPEN_WINDOW] = open_window,
    [DO_CLOSE_WINDOW] = close_window,
    [DO_DEACTIVATE] = deactivate,
    [DO_DELETE_KEY] = delete_key,
    [DO_DELETE_USER] = delete_user,
    [DO_ALERT] = alert,
};

enum rc apply_do(struct apply_deed *deed)
{
    return deeds[deed->verdict->what](deed);
}
