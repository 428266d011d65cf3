/* The plan as a file: {"plan": {...}, "signature": "..."}; the signature is over the bytes of the first
 * value as they stand. */
#include <errno.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "migrate/plan.h"
#include "sign/digest.h"
#include "system/system.h"

#define PLAN_FORMAT "mantle-migrate-plan/1"
enum { HEX_BYTES = 2 * SHA256_BYTES };

static const struct json_limits limits = { .depth_max = 64, .values_max = 20000000 };

/* -- the key ------------------------------------------------------------------------------------------ */

static enum rc key_path(const char *estate_dir, struct arena *arena, str *ret_dir, str *ret_path)
{
    *ret_dir = arena_printf(arena, "%s/move", estate_dir);
    *ret_path = arena_printf(arena, "%s/move/plan.key", estate_dir);
    return ret_path->ptr == NULL || ret_dir->ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc key_read(const char *estate_dir, struct arena *arena, uint8_t *ret)
{
    str dir, path, text = STR_NONE;
    enum rc rc;

    TRY(key_path(estate_dir, arena, &dir, &path));
    TRY(file_read(path.ptr, 256, arena, &text));
    rc = hex_decode(str_trim(text), ret, PLAN_KEY_BYTES);
    wipe((char *)(uintptr_t)text.ptr, text.len);
    return rc;
}

static enum rc key_make(const char *estate_dir, const struct env *env, struct arena *arena,
                        uint8_t *ret)
{
    char hex[2 * PLAN_KEY_BYTES];
    str dir, path;
    enum rc rc;

    TRY(key_path(estate_dir, arena, &dir, &path));
    TRY(dir_make(dir.ptr));
    TRY(env->random(env, ret, PLAN_KEY_BYTES));
    hex_encode(ret, PLAN_KEY_BYTES, hex);
    rc = file_replace(path.ptr, str_from(hex, sizeof(hex)), 0600);
    wipe(hex, sizeof(hex));
    return rc;
}

static void sign_hex(const uint8_t *key, str text, char *ret_hex)
{
    static const str purpose = STR_INIT("mantle migrate plan\n");
    uint8_t digest[SHA256_BYTES];
    str parts[] = { purpose, text };
    struct hmac_key ready;

    hmac_key_init(&ready, key, PLAN_KEY_BYTES);
    hmac_with_parts(&ready, parts, COUNT_OF(parts), digest);
    wipe(&ready, sizeof(ready));
    hex_encode(digest, sizeof(digest), ret_hex);
}

/* -- writing ------------------------------------------------------------------------------------------ */

static void put_date(struct json_out *o, str name, int64_t at_s)
{
    char text[20];

    if (at_s != INT64_MIN) {
        date_print_iso(at_s, text);
        json_put_str(o, name, str_from(text, sizeof(text)));
    }
}

static void put_calls(struct json_out *o, str name, const struct calls *calls)
{
    json_key(o, name);
    calls_json(calls->items, calls->count, o);
}

static void put_optional(struct json_out *o, str name, str text)
{
    if (text.ptr != NULL) {
        json_put_str(o, name, text);
    }
}

static void put_role(struct json_out *o, const struct plan_role *role)
{
    json_open(o, '{');
    json_put_str(o, STR("name"), role->name);
    json_put_str(o, STR("arn"), role->arn);
    json_put_str(o, STR("folder"), role->folder);
    json_put_bool(o, STR("proofs"), role->proofs);
    put_calls(o, STR("make"), &role->make);
    put_calls(o, STR("unmake"), &role->unmake);
    json_close(o, '}');
}

static void put_evidence(struct json_out *o, const struct plan_key *key)
{
    json_put_i64(o, STR("period_days"), key->period_days);
    json_put_i64(o, STR("silent_days"), key->silent_days);
    put_date(o, STR("last_use"), key->last_use_s);
    json_own_key(o, STR("origins"));
    json_open(o, '[');
    for (size_t i = 0; i < key->origin_count; i++) {
        json_open(o, '{');
        put_optional(o, STR("agent"), key->origins[i].family);
        put_optional(o, STR("addresses"), key->origins[i].block);
        put_optional(o, STR("product"), key->origins[i].product);
        json_close(o, '}');
    }
    json_close(o, ']');
    json_own_key(o, STR("services"));
    json_open(o, '[');
    for (size_t i = 0; i < key->service_count; i++) {
        json_str(o, key->services[i]);
    }
    json_close(o, ']');
}

static void put_key(struct json_out *o, const struct plan_key *key)
{
    json_open(o, '{');
    json_put_str(o, STR("key"), key->id);
    json_put_str(o, STR("user"), key->user);
    put_optional(o, STR("owner"), key->owner);
    put_optional(o, STR("class"), key->class_word);
    put_optional(o, STR("held"), key->held);
    json_put_i64(o, STR("hours_from"), key->hours_from);
    json_put_i64(o, STR("hours_to"), key->hours_to);
    json_put_bool(o, STR("seen_anywhere"), key->seen_anywhere);
    json_put_bool(o, STR("deletable_user"), key->deletable_user);
    put_evidence(o, key);
    json_own_key(o, STR("roles"));
    json_open(o, '[');
    for (size_t i = 0; i < key->role_count; i++) {
        put_role(o, &key->roles[i]);
    }
    json_close(o, ']');
    put_calls(o, STR("probe"), &key->probe);
    put_calls(o, STR("probe_canary"), &key->canary);
    put_calls(o, STR("probe_undo"), &key->probe_undo);
    put_calls(o, STR("inactive"), &key->inactive);
    put_calls(o, STR("inactive_undo"), &key->inactive_undo);
    put_calls(o, STR("delete_key"), &key->delete_key);
    json_own_key(o, STR("live"));
    live_json(&key->live, o);
    json_close(o, '}');
}

static void put_plan(struct json_out *o, const struct plan *plan)
{
    json_open(o, '{');
    json_put_str(o, STR("format"), STR(PLAN_FORMAT));
    json_put_str(o, STR("account"), plan->account);
    json_put_str(o, STR("partition"), plan->partition);
    json_put_str(o, STR("estate"), plan->estate);
    put_date(o, STR("made"), plan->made_s);
    put_date(o, STR("expires"), plan->expires_s);
    put_date(o, STR("trail_newest"), plan->trail_newest_s);
    json_own_key(o, STR("windows_s"));
    json_open(o, '[');
    for (unsigned i = 0; i < plan->rules.windows; i++) {
        json_i64(o, plan->rules.windows_s[i]);
    }
    json_close(o, ']');
    json_put_i64(o, STR("inactive_s"), plan->rules.inactive_s);
    json_put_i64(o, STR("at_once"), plan->at_once);
    json_put_i64(o, STR("per_owner"), plan->per_owner);
    json_put_i64(o, STR("per_service"), plan->per_service);
    json_own_key(o, STR("keys"));
    json_open(o, '[');
    for (size_t i = 0; i < plan->key_count; i++) {
        put_key(o, &plan->keys[i]);
    }
    json_close(o, ']');
    json_close(o, '}');
}

enum rc plan_write(const struct plan *plan, const char *estate_dir, const char *path,
                   const struct env *env, str *ret_why, struct arena *arena)
{
    buf text = buf_heap(PLAN_BYTES_MAX);
    struct json_out o = { .out = &text };
    uint8_t key[PLAN_KEY_BYTES];
    char hex[HEX_BYTES];
    size_t begin;
    enum rc rc = key_read(estate_dir, arena, key);

    if (rc == RC_NOENT) {
        rc = key_make(estate_dir, env, arena, key);
    }
    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "%s/move/plan.key: %s", estate_dir, rc_name(rc));
        return rc;
    }
    buf_add(&text, STR("{\"plan\":"));
    begin = text.len;
    put_plan(&o, plan);
    sign_hex(key, str_skip(buf_str(&text), begin), hex);
    wipe(key, sizeof(key));
    buf_add(&text, STR(",\"signature\":\""));
    buf_add(&text, str_from(hex, sizeof(hex)));
    buf_add(&text, STR("\"}\n"));
    rc = text.err == RC_OK ? file_replace(path, buf_str(&text), 0600) : text.err;
    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "cannot write %s: %s", path, rc_name(rc));
    }
    buf_done(&text);
    return rc;
}

/* -- reading ------------------------------------------------------------------------------------------ */

/* What is read here was signed by us, so a member that is missing is damage, not somebody's choice. */
struct plan_reading {
    struct arena *arena;
    bool bad;
};

static str get_str(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static int64_t get_i64(struct plan_reading *r, const struct json *object, str name)
{
    const struct json *value = json_member(object, name);
    int64_t n = 0;

    if (value == NULL || value->type != JSON_NUMBER || str_to_i64(value->text, &n) != RC_OK) {
        r->bad = true;
    }
    return n;
}

static int64_t get_date(const struct json *object, str name)
{
    struct instant at;

    return date_parse_instant(get_str(object, name), &at) == RC_OK ? at.unix_s : INT64_MIN;
}

static bool get_bool(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_TRUE;
}

static enum rc get_calls(struct plan_reading *r, const struct json *object, str name,
                         struct calls *ret)
{
    return calls_read(json_member(object, name), r->arena, ret);
}

static const struct json *get_list(struct plan_reading *r, const struct json *object, str name)
{
    const struct json *list = json_member(object, name);

    if (list == NULL || list->type != JSON_ARRAY) {
        r->bad = true;
        return NULL;
    }
    return list;
}

static enum rc read_role(struct plan_reading *r, const struct json *item, struct plan_role *ret)
{
    ret->name = get_str(item, STR("name"));
    ret->arn = get_str(item, STR("arn"));
    ret->folder = get_str(item, STR("folder"));
    ret->proofs = get_bool(item, STR("proofs"));
    TRY(get_calls(r, item, STR("make"), &ret->make));
    return get_calls(r, item, STR("unmake"), &ret->unmake);
}

static enum rc read_lists(struct plan_reading *r, const struct json *item, struct plan_key *key)
{
    const struct json *origins = get_list(r, item, STR("origins"));
    const struct json *services = get_list(r, item, STR("services"));
    const struct json *roles = get_list(r, item, STR("roles"));

    if (r->bad) {
        return RC_SYNTAX;
    }
    key->origins = NEW_ARRAY(r->arena, origins->count + 1, struct plan_origin);
    key->services = NEW_ARRAY(r->arena, services->count + 1, str);
    key->roles = NEW_ARRAY(r->arena, roles->count + 1, struct plan_role);
    if (key->origins == NULL || key->services == NULL || key->roles == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *o = origins->first; o != NULL; o = o->next) {
        key->origins[key->origin_count++] = (struct plan_origin){ get_str(o, STR("agent")),
                                                                  get_str(o, STR("addresses")) };
    }
    for (const struct json *s = services->first; s != NULL; s = s->next) {
        key->services[key->service_count++] = s->text;
    }
    for (const struct json *role = roles->first; role != NULL; role = role->next) {
        TRY(read_role(r, role, &key->roles[key->role_count++]));
    }
    return RC_OK;
}

static enum rc read_key(struct plan_reading *r, const struct json *item, struct plan_key *key)
{
    key->id = get_str(item, STR("key"));
    key->user = get_str(item, STR("user"));
    key->owner = get_str(item, STR("owner"));
    key->class_word = get_str(item, STR("class"));
    key->held = get_str(item, STR("held"));
    key->hours_from = (unsigned)get_i64(r, item, STR("hours_from"));
    key->hours_to = (unsigned)get_i64(r, item, STR("hours_to"));
    key->seen_anywhere = get_bool(item, STR("seen_anywhere"));
    key->deletable_user = get_bool(item, STR("deletable_user"));
    key->period_days = (unsigned)get_i64(r, item, STR("period_days"));
    key->silent_days = (unsigned)get_i64(r, item, STR("silent_days"));
    key->last_use_s = get_date(item, STR("last_use"));
    if (key->id.ptr == NULL || key->user.ptr == NULL) {
        return RC_SYNTAX;
    }
    TRY(read_lists(r, item, key));
    TRY(get_calls(r, item, STR("probe"), &key->probe));
    TRY(get_calls(r, item, STR("probe_canary"), &key->canary));
    TRY(get_calls(r, item, STR("probe_undo"), &key->probe_undo));
    TRY(get_calls(r, item, STR("inactive"), &key->inactive));
    TRY(get_calls(r, item, STR("inactive_undo"), &key->inactive_undo));
    TRY(get_calls(r, item, STR("delete_key"), &key->delete_key));
    return live_parse(json_member(item, STR("live")), r->arena, &key->live);
}

static enum rc read_plan(struct plan_reading *r, const struct json *doc, struct plan *plan)
{
    const struct json *windows = get_list(r, doc, STR("windows_s"));
    const struct json *keys = get_list(r, doc, STR("keys"));

    plan->account = get_str(doc, STR("account"));
    plan->partition = get_str(doc, STR("partition"));
    plan->estate = get_str(doc, STR("estate"));
    plan->made_s = get_date(doc, STR("made"));
    plan->expires_s = get_date(doc, STR("expires"));
    plan->trail_newest_s = get_date(doc, STR("trail_newest"));
    plan->rules.inactive_s = get_i64(r, doc, STR("inactive_s"));
    plan->rules.plan_made_s = plan->made_s;
    plan->at_once = (unsigned)get_i64(r, doc, STR("at_once"));
    plan->per_owner = (unsigned)get_i64(r, doc, STR("per_owner"));
    plan->per_service = (unsigned)get_i64(r, doc, STR("per_service"));
    if (r->bad || !str_eq(get_str(doc, STR("format")), STR(PLAN_FORMAT)) ||
        windows->count > WINDOWS_MAX) {
        return RC_SYNTAX;
    }
    for (const struct json *w = windows->first; w != NULL; w = w->next) {
        TRY(str_to_i64(w->text, &plan->rules.windows_s[plan->rules.windows++]));
    }
    plan->keys = NEW_ARRAY(r->arena, keys->count + 1, struct plan_key);
    if (plan->keys == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *k = keys->first; k != NULL; k = k->next) {
        TRY(read_key(r, k, &plan->keys[plan->key_count++]));
    }
    return r->bad ? RC_SYNTAX : RC_OK;
}

static enum rc check_signature(const char *estate_dir, str signed_text, str signature,
                               struct arena *arena, str *ret_why)
{
    uint8_t key[PLAN_KEY_BYTES];
    char hex[HEX_BYTES];
    enum rc rc = key_read(estate_dir, arena, key);

    if (rc != RC_OK) {
        *ret_why = arena_printf(arena,
                                "%s/move/plan.key cannot be read (%s): is this the estate the plan "
                                "was made from? (--estate)",
                                estate_dir, rc_name(rc));
        return rc;
    }
    sign_hex(key, signed_text, hex);
    wipe(key, sizeof(key));
    if (signature.len != sizeof(hex) || !equal_ct(signature.ptr, hex, sizeof(hex))) {
        *ret_why = STR("the plan is not signed by this estate's key: it was changed after it was "
                       "made, or made from another estate");
        return RC_DENIED;
    }
    return RC_OK;
}

enum rc plan_read(const char *path, const char *estate_dir, struct arena *arena, struct plan *ret,
                  str *ret_why)
{
    struct plan_reading r = { .arena = arena };
    const struct json *doc;
    struct json_error error = { 0 };
    struct json *file = NULL;
    struct plan plan = { 0 };
    str text = STR_NONE;
    enum rc rc = file_read(path, PLAN_BYTES_MAX, arena, &text);

    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "cannot read the plan %s: %s", path, rc_name(rc));
        return rc;
    }
    rc = json_parse(text, &limits, arena, &file, &error);
    doc = rc == RC_OK ? json_member(file, STR("plan")) : NULL;
    if (doc == NULL || doc->type != JSON_OBJECT) {
        *ret_why = arena_printf(arena, "%s:%u:%u: no plan of mantle migrate", path, error.line,
                                error.column);
        return rc == RC_NOMEM ? rc : RC_SYNTAX;
    }
    TRY(check_signature(estate_dir,
                        str_slice(text, doc->span.offset, doc->span.end - doc->span.offset),
                        get_str(file, STR("signature")), arena, ret_why));
    rc = read_plan(&r, doc, &plan);
    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "%s: a plan of another version of mantle", path);
        return rc;
    }
    *ret = plan;
    return RC_OK;
}
