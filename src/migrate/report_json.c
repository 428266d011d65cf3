/* mantle-report/1: the same facts for machines. */
#include "codec/date.h"
#include "migrate/estate_read.h"
#include "migrate/report.h"

static void put_time(struct json_out *o, str name, int64_t at_s)
{
    char text[20];

    if (at_s != ESTATE_NEVER) {
        date_print_iso(at_s, text);
        json_put_str(o, name, str_from(text, sizeof(text)));
    }
}

static void put_steps(const struct report *r, struct json_out *o)
{
    json_own_key(o, STR("steps"));
    json_open(o, '[');
    for (size_t i = 0; i < REPORT_STEPS; i++) {
        json_open(o, '{');
        json_put_str(o, STR("command"), str_cstr(report_steps[i].command));
        json_put_bool(o, STR("done"), r->steps[i].state == STEP_DONE);
        json_put_str(o, STR("what"), r->steps[i].what);
        json_close(o, '}');
    }
    json_close(o, ']');
}

static void put_sum(const struct report *r, struct json_out *o)
{
    const struct report_sum *s = &r->sum;

    json_own_key(o, STR("sum"));
    json_open(o, '{');
    json_put_i64(o, STR("users"), (int64_t)s->users);
    json_put_i64(o, STR("keys"), (int64_t)s->keys);
    json_put_i64(o, STR("active"), (int64_t)s->active);
    json_put_i64(o, STR("active_180_days"), (int64_t)s->old);
    json_put_i64(o, STR("active_never_used"), (int64_t)s->unused);
    json_put_i64(o, STR("oldest_active_days"), s->oldest_days);
    json_put_i64(o, STR("owned"), (int64_t)s->owned);
    if (r->steps[REPORT_INVENTORY].state == STEP_DONE) {
        json_put_i64(o, STR("consumers"), (int64_t)s->consumers);
        json_put_i64(o, STR("shared_keys"), (int64_t)s->shared);
    }
    if (r->steps[REPORT_ROLES].state == STEP_DONE) {
        json_put_i64(o, STR("roles"), (int64_t)r->role_count);
        json_put_i64(o, STR("roles_proved"), (int64_t)s->proved);
    }
    json_put_i64(o, STR("alerts"), (int64_t)s->alerts);
    json_put_i64(o, STR("open_intents"), (int64_t)r->open_count);
    json_own_key(o, STR("ages"));
    json_open(o, '{');
    for (size_t i = 0; i < REPORT_AGES; i++) {
        json_put_i64(o, str_cstr(report_age_words[i]), (int64_t)s->ages[i]);
    }
    json_close(o, '}');
    json_own_key(o, STR("stages"));
    json_open(o, '{');
    for (unsigned i = 0; i < STAGES; i++) {
        json_put_i64(o, stage_code((enum stage)i), (int64_t)s->by_stage[i]);
    }
    json_close(o, '}');
    json_close(o, '}');
}

static void put_key(const struct report *r, const struct report_key *key, struct json_out *o)
{
    int64_t age = report_age_days(r, key);

    json_open(o, '{');
    json_put_str(o, STR("key"), key->id);
    json_put_str(o, STR("user"), key->user);
    json_put_bool(o, STR("in_exports"), key->in_exports);
    json_put_bool(o, STR("active"), key->active);
    if (age >= 0) {
        json_put_i64(o, STR("age_days"), age);
    }
    put_time(o, STR("last_use"), key->used_s);
    json_put_some(o, STR("class"), key->class_word);
    json_put_some(o, STR("owner"), key->owner);
    json_put_str(o, STR("stage"), stage_code(key->stage));
    if (key->move != NULL) {
        put_time(o, STR("since"), key->move->at_s);
        json_put_bool(o, STR("alert"), key->move->alert);
        json_put_str(o, STR("why"), key->move->why);
    }
    json_put_some(o, STR("held"), key->plan == NULL ? STR_NONE : key->plan->held);
    if (r->scan != NULL) {
        json_put_i64(o, STR("places"), (int64_t)key->places);
    }
    if (key->seen != NULL) {
        json_put_i64(o, STR("calls"), (int64_t)key->seen->use.calls);
        json_own_key(o, STR("consumers"));
        json_open(o, '[');
        for (size_t i = 0; i < key->seen->consumer_count; i++) {
            json_str(o, key->seen->consumers[i].name);
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

static void put_role(const struct report_role *role, struct json_out *o)
{
    const struct json *grants = json_member(role->evidence, STR("grants"));

    json_open(o, '{');
    json_put_str(o, STR("name"), role->name);
    json_put_some(o, STR("consumer"), role->consumer);
    json_put_i64(o, STR("grants"), grants == NULL ? 0 : (int64_t)grants->count);
    json_put_bool(o, STR("nothing_beyond_today"), role->new_in_old == CLAIM_PROVED);
    json_put_bool(o, STR("all_observed"), role->observed_in_new == CLAIM_PROVED);
    json_close(o, '}');
}

static void put_blind(const struct report *r, struct json_out *o)
{
    json_own_key(o, STR("not_seen"));
    json_open(o, '[');
    for (size_t i = 0; i < r->inventory.blind_count; i++) {
        json_open(o, '{');
        json_put_some(o, STR("subject"), r->inventory.blind[i].subject);
        json_put_str(o, STR("what"), r->inventory.blind[i].what);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_own_key(o, STR("troubles"));
    json_open(o, '[');
    for (size_t i = 0; i < r->trouble_count; i++) {
        json_str(o, r->troubles[i]);
    }
    json_close(o, ']');
}

void report_json(const struct report *r, buf *out)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR(REPORT_FORMAT));
    json_put_some(&o, STR("account"), r->estate->account);
    put_time(&o, STR("made"), r->now_s);
    put_steps(r, &o);
    put_sum(r, &o);
    json_own_key(&o, STR("keys"));
    json_open(&o, '[');
    for (size_t i = 0; i < r->key_count; i++) {
        put_key(r, &r->keys[i], &o);
    }
    json_close(&o, ']');
    json_own_key(&o, STR("roles"));
    json_open(&o, '[');
    for (size_t i = 0; i < r->role_count; i++) {
        put_role(&r->roles[i], &o);
    }
    json_close(&o, ']');
    put_blind(r, &o);
    json_close(&o, '}');
    BUF_LIT(out, "\n");
}
