/* What is known of a key when it is judged: by the journal, the newest evidence, and the account. Only
 * what its stage asks for is asked of the account. */
#include "codec/date.h"
#include "migrate/apply.h"

/* Accounts tell the last use as the beginning of a quarter of an hour. */
enum { DAY_S = 86400, HOUR_S = 3600, LAST_USED_GRAIN_S = 900 };

static const struct json_limits limits = { .depth_max = 64, .values_max = 1000000 };

/* -- the journal ------------------------------------------------------------------------------------- */

static int64_t json_number(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);
    int64_t n = 0;

    return value != NULL && value->type == JSON_NUMBER && str_to_i64(value->text, &n) == RC_OK ? n
                                                                                               : 0;
}

/* {"windows_done": n, "window_until": s, "undo": [...]} of a move at S5. */
static enum rc read_detail(struct apply *a, struct apply_key *k)
{
    const struct json *undo;
    struct json_error error;
    struct json *detail = NULL;

    if (k->now.stage != STAGE_PROBED || k->now.detail.ptr == NULL) {
        return RC_OK;
    }
    TRY(json_parse(k->now.detail, &limits, a->arena, &detail, &error));
    k->facts.windows_done = (unsigned)json_number(detail, STR("windows_done"));
    k->facts.window_until_s = json_number(detail, STR("window_until"));
    undo = json_member(detail, STR("undo"));
    if (undo != NULL) {
        k->window_undo = str_slice(k->now.detail, undo->span.offset,
                                   undo->span.end - undo->span.offset);
    }
    return RC_OK;
}

static enum rc read_journal(struct apply *a, struct apply_key *k)
{
    struct journal_move *moves = NULL;
    size_t count = 0;

    TRY(journal_moves(a->journal, k->plan->id, a->arena, &moves, &count));
    k->now = (struct journal_move){ .key = k->plan->id, .user = k->plan->user };
    for (size_t i = 0; i < count; i++) {
        if (moves[i].stage < STAGE_SILENT) {
            k->facts.silent_since_s = 0;
        } else if (k->facts.silent_since_s == 0) {
            k->facts.silent_since_s = moves[i].at_s;
        }
        if (moves[i].stage < STAGE_PROBED) {
            k->probed_since_s = 0;
        } else if (k->probed_since_s == 0) {
            k->probed_since_s = moves[i].at_s;
        }
        k->now = moves[i];
    }
    k->facts.at = (enum stage)k->now.stage;
    k->facts.since_s = k->now.at_s;
    k->facts.alert = k->now.alert;
    return read_detail(a, k);
}

/* -- attempts ---------------------------------------------------------------------------------------- */

static str attempt_json(struct apply *a, const struct use *use, const char *from)
{
    buf out = buf_arena(a->arena, 65536);
    struct json_out o = { .out = &out };
    char at[20];

    date_print_iso(use->last_s, at);
    json_open(&o, '{');
    json_put_str(&o, STR("at"), str_from(at, sizeof(at)));
    json_put_str(&o, STR("seen_in"), str_cstr(from));
    json_put_str(&o, STR("source"), use->last.source);
    json_put_str(&o, STR("agent"), use->last.agent);
    json_put_str(&o, STR("service"), use->last.service);
    json_put_str(&o, STR("event"), use->last.event);
    json_put_str(&o, STR("error"), use->last.error);
    json_close(&o, '}');
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

static void later(struct apply *a, struct apply_key *k, const struct use *use, const char *from)
{
    if (use != NULL && use->last_s > k->facts.last_use_s) {
        k->facts.last_use_s = use->last_s;
        k->attempt = attempt_json(a, use, from);
    }
}

static bool knows_place(const struct plan_key *key, const struct use *use)
{
    for (size_t i = 0; i < key->origin_count; i++) {
        if (uses_has_origin(use, key->origins[i].family, key->origins[i].block)) {
            return true;
        }
    }
    return key->origin_count == 0;
}

/* Whoever is turned away with the id of an inactive key has shown no secret: a stranger who guesses ids
 * must not be able to switch keys on again. It counts from places that are known to have used the key. */
static void claims(struct apply *a, struct apply_key *k)
{
    const struct use *use = uses_claim(a->uses, k->plan->id);

    if (use == NULL || k->facts.at != STAGE_INACTIVE || use->last_s < k->facts.since_s) {
        return;
    }
    if (knows_place(k->plan, use)) {
        later(a, k, use, "Mantle's trail");
    } else {
        apply_say(
            a, APPLY_WARNING, k, NULL, NULL,
            arena_printf(a->arena,
                         "somebody at %.*s tried the inactive key and was turned away; it was "
                         "never used from there, so it stays inactive",
                         FMT(use->last.source)));
    }
}

/* *ret_s stays as it is when the key was never used. *ret_refusal: we may not know; a key that nobody can
 * see is used must not be taken for silent. */
static enum rc last_used(struct apply *a, const struct apply_key *k, str id, int64_t *ret_s,
                         str *ret_service, str *ret_refusal)
{
    struct remote_param param = { STR("AccessKeyId"), id };
    const struct answer_node *used;
    struct remote_answer answer;
    struct instant at;
    enum rc rc = remote_call(a->remote, STR("iam"), STR("GetAccessKeyLastUsed"), &param, 1,
                             a->arena, &answer);

    if (rc == RC_API && !str_eq(answer.code, STR("NoCredentials"))) {
        *ret_refusal = answer.code;
        return RC_OK;
    }
    if (rc != RC_OK) {
        apply_say(a, APPLY_FAILED, k, NULL, NULL,
                  arena_printf(a->arena, "GetAccessKeyLastUsed: %.*s: %.*s", FMT(answer.code),
                               FMT(answer.message)));
        return rc == RC_NOMEM ? rc : RC_IO;
    }
    used = answer_child(answer.result, STR("AccessKeyLastUsed"));
    if (date_parse_instant(answer_text(used, STR("LastUsedDate")), &at) == RC_OK &&
        at.unix_s > *ret_s) {
        *ret_s = at.unix_s;
        *ret_service = answer_text(used, STR("ServiceName"));
    }
    return RC_OK;
}

static enum rc ask_last_used(struct apply *a, struct apply_key *k)
{
    struct use use = { .last_s = k->facts.last_use_s };
    str refusal = STR_NONE;

    TRY(last_used(a, k, k->plan->id, &use.last_s, &use.last.service, &refusal));
    if (refusal.ptr != NULL && k->facts.held == NULL) {
        k->facts.held = arena_printf(a->arena,
                                     "it cannot be asked when the key was used last "
                                     "(GetAccessKeyLastUsed: %.*s)",
                                     FMT(refusal))
                            .ptr;
    }
    later(a, k, &use, "GetAccessKeyLastUsed");
    return RC_OK;
}

/* -- roles ------------------------------------------------------------------------------------------- */

static enum rc roles_stand(struct apply *a, struct apply_key *k)
{
    k->facts.roles_made = k->plan->role_count > 0;
    for (size_t i = 0; i < k->plan->role_count && k->facts.roles_made; i++) {
        const struct calls *make = &k->plan->roles[i].make;
        for (size_t c = 0; c < make->count && k->facts.roles_made; c++) {
            struct remote_answer answer;
            enum call_state state;
            enum rc rc = call_find(a->remote, &make->items[c], a->arena, &state, &answer);
            if (rc != RC_OK) {
                apply_say(
                    a, APPLY_FAILED, k, NULL, NULL,
                    arena_printf(a->arena, "%.*s: %.*s", FMT(answer.code), FMT(answer.message)));
                return rc == RC_NOMEM ? rc : RC_IO;
            }
            k->facts.roles_made = state == CALL_APPLIED;
        }
    }
    return RC_OK;
}

/* Weaker than the trail: it says that, not from where. Good enough for a key with one consumer or none
 * known. */
static bool role_last_used(struct apply *a, const struct plan_role *role)
{
    struct remote_param param = { STR("RoleName"), role->name };
    const struct answer_node *used;
    struct remote_answer answer;
    struct instant at;

    return remote_call(a->remote, STR("iam"), STR("GetRole"), &param, 1, a->arena, &answer) ==
               RC_OK &&
           (used = answer_find(answer.result, STR("RoleLastUsed"))) != NULL &&
           date_parse_instant(answer_text(used, STR("LastUsedDate")), &at) == RC_OK;
}

static bool origin_moved(struct apply *a, const struct apply_key *k, const struct plan_origin *o)
{
    for (size_t i = 0; i < k->plan->role_count; i++) {
        if (uses_has_origin(uses_role(a->uses, k->plan->roles[i].arn), o->family, o->block)) {
            return true;
        }
    }
    return false;
}

/* Every role in use, and every place the key was used from seen with one of them. */
static void roles_seen(struct apply *a, struct apply_key *k)
{
    size_t moved = 0;

    k->facts.roles_seen = k->plan->role_count > 0;
    for (size_t i = 0; i < k->plan->role_count && k->facts.roles_seen; i++) {
        const struct plan_role *role = &k->plan->roles[i];
        k->facts.roles_seen = uses_role(a->uses, role->arn) != NULL || role_last_used(a, role);
    }
    for (size_t i = 0; i < k->plan->origin_count; i++) {
        moved += origin_moved(a, k, &k->plan->origins[i]);
    }
    if (!k->facts.roles_seen || moved == k->plan->origin_count || k->plan->seen_anywhere ||
        (k->plan->origin_count == 1 && a->uses->newest_s == USE_NEVER)) {
        return;
    }
    k->facts.roles_seen = false;
    for (size_t i = 0; i < k->plan->origin_count; i++) {
        const struct plan_origin *o = &k->plan->origins[i];
        if (!origin_moved(a, k, o)) {
            apply_say(
                a, APPLY_WARNING, k, NULL, NULL,
                arena_printf(a->arena,
                             "its role is in use, but not yet by %.*s at %.*s, which used the "
                             "key",
                             FMT(o->family), FMT(o->block)));
        }
    }
}

/* -- the user, the clock, the calendar ------------------------------------------------------------------ */

static const struct plan_key *planned(const struct apply *a, str id)
{
    for (size_t i = 0; i < a->plan->key_count; i++) {
        if (str_eq(a->plan->keys[i].id, id)) {
            return &a->plan->keys[i];
        }
    }
    return NULL;
}

/* A deny on the user hits his other key and his password too. Before the first window opens they must
 * have been silent as long as the key; a use of theirs from then on is an attempt like one of the key. Uses
 * before it are none: they only kept the window away. */
static enum rc other_use(struct apply *a, struct apply_key *k, int64_t used_s, str service,
                         const char *from)
{
    struct use use = { .last_s = used_s, .last = { .service = service } };

    if (used_s == USE_NEVER) {
        return RC_OK;
    }
    if (env_now_s(a->env) - used_s < k->facts.silent_s) {
        k->facts.user_in_use = true;
    }
    if (k->facts.at == STAGE_PROBED && used_s >= k->probed_since_s - LAST_USED_GRAIN_S) {
        later(a, k, &use, from);
    }
    return RC_OK;
}

static enum rc other_key(struct apply *a, struct apply_key *k, str id)
{
    const struct plan_key *other = planned(a, id);
    const struct use *use = uses_key(a->uses, id);
    int64_t used_s = other == NULL ? USE_NEVER : other->last_use_s;
    str service = STR_NONE, refusal = STR_NONE;

    if (other == NULL) {
        k->facts.user_in_use = true; /* nothing is known of it */
    }
    if (use != NULL && use->last_s > used_s) {
        used_s = use->last_s;
        service = use->last.service;
    }
    TRY(last_used(a, k, id, &used_s, &service, &refusal));
    if (refusal.ptr != NULL) {
        k->facts.user_in_use = true;
    }
    return other_use(a, k, used_s, service, "the user's other key");
}

static enum rc user_in_use(struct apply *a, struct apply_key *k)
{
    struct remote_answer answer = { 0 };
    struct live_user live;
    enum rc rc = live_read(a->remote, k->plan->user, false, a->arena, &live, &answer);

    if (rc != RC_OK) {
        apply_say(a, APPLY_FAILED, k, NULL, NULL,
                  arena_printf(a->arena, "user %.*s cannot be read: %.*s: %.*s", FMT(k->plan->user),
                               FMT(answer.code), FMT(answer.message)));
        return rc == RC_NOMEM ? rc : RC_IO;
    }
    for (size_t i = 0; i < live.keys.count; i++) {
        if (!str_eq(live.keys.items[i].name, k->plan->id) &&
            str_eq(live.keys.items[i].value, STR("Active"))) {
            TRY(other_key(a, k, live.keys.items[i].name));
        }
    }
    return other_use(a, k, live.password_used_s, STR("signin"), "the user's password");
}

static bool working_hours(const struct plan_key *key, int64_t now_s)
{
    int64_t weekday = (now_s / DAY_S + 3) % 7; /* 1970-01-01 was a Thursday; 0: Monday */
    unsigned hour = (unsigned)(now_s % DAY_S / HOUR_S);

    return weekday < 5 && hour >= key->hours_from && hour < key->hours_to;
}

static int64_t calendar_time(const struct json *item, str name, bool end)
{
    const struct json *value = json_member(item, name);
    struct instant at;

    if (value == NULL || value->type != JSON_STRING ||
        date_parse_instant(value->text, &at) != RC_OK) {
        return end ? INT64_MAX : INT64_MIN; /* no bound that can be read: frozen */
    }
    /* A day without a time ends with its last second. */
    return at.unix_s + (end && value->text.len == sizeof("2026-12-24") - 1 ? DAY_S : 0);
}

static bool frozen(const struct json *calendar, int64_t now_s)
{
    for (const struct json *item = calendar == NULL ? NULL : calendar->first; item != NULL;
         item = item->next) {
        if (now_s >= calendar_time(item, STR("from"), false) &&
            now_s < calendar_time(item, STR("to"), true)) {
            return true;
        }
    }
    return false;
}

static bool proofs_of(const struct plan_key *key)
{
    for (size_t i = 0; i < key->role_count; i++) {
        if (!key->roles[i].proofs) {
            return false;
        }
    }
    return true;
}

enum rc apply_gather(struct apply *a, const struct plan_key *key, struct apply_key *ret)
{
    struct apply_key k = { .plan = key };
    int64_t now_s = env_now_s(a->env);
    enum stage at;

    TRY(read_journal(a, &k));
    at = k.facts.at;
    k.facts.owned = key->owner.len > 0;
    k.facts.deletable_user = key->deletable_user;
    k.facts.roles = (unsigned)key->role_count;
    k.facts.proofs = proofs_of(key);
    k.facts.silent_s = (int64_t)key->silent_days * DAY_S;
    k.facts.held = key->held.ptr == NULL ? NULL : arena_str(a->arena, key->held).ptr;
    k.facts.last_use_s = key->last_use_s;
    k.facts.working_hours = working_hours(key, now_s);
    k.facts.frozen = frozen(a->freeze, now_s);
    later(a, &k, uses_key(a->uses, key->id), "the trail");
    later(a, &k, uses_user(a->uses, key->user), "the trail (a session of the user)");
    claims(a, &k);
    if (at < STAGE_KEY_DELETED) {
        TRY(ask_last_used(a, &k));
    }
    if (at == STAGE_OWNED || at == STAGE_ROLE || at == STAGE_SEEN || at == STAGE_INACTIVE) {
        TRY(roles_stand(a, &k));
    }
    if (at == STAGE_ROLE) {
        roles_seen(a, &k);
    }
    if (at == STAGE_SILENT || at == STAGE_PROBED) {
        TRY(user_in_use(a, &k));
    }
    *ret = k;
    return RC_OK;
}
