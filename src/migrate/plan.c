/* Making a plan from an estate, the newest evidence, and what people have said (owners.json). */
#include "migrate/plan.h"

#include <stdlib.h>

#include "migrate/classify.h"
#include "system/system.h"

enum {
    OWNERS_BYTES_MAX = 4 << 20,
    DAY_S = 86400,
    SERVICES_MAX = 64,
    HOURS_FROM = 8,
    HOURS_TO = 16
};

static const struct json_limits limits = { .depth_max = 8, .values_max = 200000 };

struct making {
    struct estate *estate;
    const struct uses *uses;
    const struct plan_options *options;
    struct arena *arena;
    struct plan *plan;
    const struct json *owners; /* NULL: no file */
    str *why;
};

/* -- owners.json ------------------------------------------------------------------------------------ */

static enum rc read_owners(struct making *m)
{
    str path = ARENA_JOIN(m->arena, m->estate->folder, STR("/owners.json")), text = STR_NONE;
    struct json_error error = { 0 };
    struct json *doc = NULL;
    enum rc rc = path.ptr == NULL ? RC_NOMEM
                                  : file_read(path.ptr, OWNERS_BYTES_MAX, m->arena, &text);

    if (rc == RC_NOENT) {
        return RC_OK;
    }
    if (rc == RC_OK) {
        rc = json_parse(text, &limits, m->arena, &doc, &error);
    }
    if (rc == RC_OK && doc->type != JSON_OBJECT) {
        rc = RC_SYNTAX;
        error = (struct json_error){ .line = 1, .column = 1, .reason = "an object is wanted" };
    }
    if (rc != RC_OK) {
        *m->why = arena_printf(m->arena, "%.*s:%u:%u: %s", FMT(path), error.line, error.column,
                               rc == RC_SYNTAX ? error.reason : rc_name(rc));
        return rc;
    }
    m->owners = doc;
    return RC_OK;
}

static str text_of(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

/* "8-16" */
static bool read_hours(str text, struct plan_key *key)
{
    uint64_t from, to;
    str first;

    if (!take_until(&text, '-', &first) || str_to_u64(first, &from) != RC_OK ||
        str_to_u64(text, &to) != RC_OK || from >= to || to > 24) {
        return false;
    }
    key->hours_from = (unsigned)from;
    key->hours_to = (unsigned)to;
    return true;
}

static str owner_by_tag(const struct estate_user *user)
{
    for (size_t i = 0; i < user->tag_count; i++) {
        if (str_eq_nocase(user->tags[i].key, STR("owner"))) {
            return user->tags[i].value;
        }
    }
    return STR_NONE;
}

/* What is said of the key wins over what is said of its user, that over the tag. */
static enum rc find_owner(struct making *m, const struct estate_user *user, struct plan_key *key)
{
    const struct json *said = json_member(m->owners, key->id);
    str hours;

    key->hours_from = HOURS_FROM;
    key->hours_to = HOURS_TO;
    if (said == NULL) {
        said = json_member(m->owners, key->user);
    }
    if (said == NULL) {
        key->owner = owner_by_tag(user);
        return RC_OK;
    }
    if (said->type == JSON_STRING) {
        key->owner = said->text;
        return RC_OK;
    }
    key->owner = text_of(said, STR("owner"));
    hours = text_of(said, STR("hours_utc"));
    key->seen_anywhere = str_eq(text_of(said, STR("seen")), STR("anywhere"));
    if (text_of(said, STR("leave")).ptr != NULL) {
        key->held = ARENA_JOIN(m->arena, STR("owners.json says to leave it: "),
                               text_of(said, STR("leave")));
    }
    if (hours.ptr != NULL && !read_hours(hours, key)) {
        *m->why = arena_printf(
            m->arena, "owners.json:%u: hours_utc '%.*s' is not FROM-TO, whole hours of UTC",
            said->span.line, FMT(hours));
        return RC_SYNTAX;
    }
    return RC_OK;
}

/* -- evidence ---------------------------------------------------------------------------------------- */

static enum rc add_service(struct plan_key *key, str deed)
{
    str service;

    if (!take_until(&deed, ' ', &service) || key->service_count == SERVICES_MAX) {
        return RC_OK;
    }
    for (size_t i = 0; i < key->service_count; i++) {
        if (str_eq(key->services[i], service)) {
            return RC_OK;
        }
    }
    key->services[key->service_count++] = service;
    return RC_OK;
}

static int by_origin(const void *a, const void *b)
{
    const struct plan_origin *x = a, *y = b;
    int order = str_cmp(x->family, y->family);

    return order != 0 ? order : str_cmp(x->block, y->block);
}

static int by_str(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static enum rc add_evidence(struct making *m, const struct estate_key *listed, struct plan_key *key)
{
    const struct use *use = uses_key(m->uses, key->id);

    key->last_use_s = listed->last_used_s;
    key->period_days = uses_period_days(use);
    key->silent_days = stage_silent_days(key->period_days);
    if (use == NULL) {
        return RC_OK;
    }
    key->last_use_s = use->last_s > key->last_use_s ? use->last_s : key->last_use_s;
    key->origins = NEW_ARRAY(m->arena, use->origin_count + 1, struct plan_origin);
    key->services = NEW_ARRAY(m->arena, SERVICES_MAX, str);
    if (key->origins == NULL || key->services == NULL) {
        return RC_NOMEM;
    }
    for (const struct use_origin *o = use->origins; o != NULL; o = o->next) {
        key->origins[key->origin_count++] = (struct plan_origin){ o->family, o->block, o->product };
    }
    for (const struct use_deed *d = use->deeds; d != NULL; d = d->next) {
        TRY(add_service(key, d->name));
    }
    qsort(key->origins, key->origin_count, sizeof(*key->origins), by_origin);
    qsort(key->services, key->service_count, sizeof(str), by_str);
    return RC_OK;
}

static bool has_password(const struct estate_user *user)
{
    return user->report != NULL && user->report->password_enabled;
}

/* What mantle migrate classify said; who may be for emergencies is left alone. */
static void add_class(const struct json *classes, struct plan_key *key)
{
    const struct json *list = json_member(classes, STR("users"));
    const struct json *flag;

    for (const struct json *item = list == NULL ? NULL : list->first; item != NULL;
         item = item->next) {
        if (!str_eq(text_of(item, STR("name")), key->user)) {
            continue;
        }
        key->class_word = text_of(item, STR("class"));
        flag = json_member(item, STR("break_glass"));
        if (flag != NULL && flag->type == JSON_TRUE && key->held.ptr == NULL) {
            key->held = STR(
                "its user may be for emergencies (break-glass), and those are left alone");
        }
    }
}

static enum rc plan_one(struct making *m, const struct json *classes,
                        const struct estate_key *listed, struct plan_key *key)
{
    const struct estate_user *user = estate_user(m->estate, listed->user);

    key->id = listed->id;
    key->user = listed->user;
    if (user == NULL) {
        key->held = STR("its user is not in the exports");
        key->live.id = STR("");
        key->live.name = listed->user;
        return RC_OK;
    }
    TRY(live_from_estate(user, m->arena, &key->live));
    TRY(find_owner(m, user, key));
    add_class(classes, key);
    TRY(add_evidence(m, listed, key));
    key->deletable_user = !has_password(user);
    TRY(plan_roles(m->options->roles_dir, m->estate, m->plan->partition, m->arena, key, m->why));
    return plan_calls(m->plan, m->options->canary, m->arena, key);
}

static const struct json *read_classes(struct making *m)
{
    str path = ARENA_JOIN(m->arena, m->estate->folder, STR("/" CLASSIFY_FILE));
    struct json_error error;
    struct json *doc = NULL;
    str text = STR_NONE;
    static const struct json_limits large = { .depth_max = 32, .values_max = 4000000 };

    if (path.ptr == NULL || file_read(path.ptr, 64 << 20, m->arena, &text) != RC_OK ||
        json_parse(text, &large, m->arena, &doc, &error) != RC_OK) {
        return NULL;
    }
    return doc;
}

static str partition_of(const struct estate *estate)
{
    str rest = estate->user_count > 0 ? estate->users[0].arn : STR("arn:aws:"), part;

    if (!take_until(&rest, ':', &part)) { /* "arn" */
        return STR("aws");
    }
    return take_until(&rest, ':', &part) ? part : STR("aws");
}

static enum rc plan_deleted(struct making *m, const struct json *classes)
{
    for (size_t i = 0; i < m->options->move_count; i++) {
        const struct journal_move *move = &m->options->moves[i];
        struct estate_key gone = { .id = move->key,
                                   .user = move->user,
                                   .last_used_s = ESTATE_NEVER };
        if (move->stage == STAGE_KEY_DELETED && estate_user(m->estate, move->user) != NULL &&
            estate_key(m->estate, move->key) == NULL) {
            TRY(plan_one(m, classes, &gone, &m->plan->keys[m->plan->key_count++]));
        }
    }
    return RC_OK;
}

enum rc plan_make(struct estate *estate, const struct uses *uses,
                  const struct plan_options *options, struct arena *arena, struct plan *ret,
                  str *ret_why)
{
    struct plan plan = { .account = estate->account,
                         .partition = partition_of(estate),
                         .estate = estate->folder,
                         .made_s = options->now_s,
                         .expires_s = options->now_s + options->valid_s,
                         .trail_oldest_s = uses->oldest_s,
                         .trail_newest_s = uses->newest_s,
                         .rules = options->rules,
                         .at_once = options->at_once,
                         .per_owner = options->per_owner,
                         .per_service = options->per_service };
    struct making m = { estate, uses, options, arena, &plan, NULL, ret_why };
    const struct json *classes;

    if (estate->account.ptr == NULL) {
        *ret_why = STR("the exports do not say which account they are of");
        return RC_SYNTAX;
    }
    TRY(read_owners(&m));
    classes = read_classes(&m);
    plan.keys = NEW_ARRAY(arena, estate->key_count + options->move_count + 1, struct plan_key);
    if (plan.keys == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < estate->key_count; i++) {
        /* Without a listing there is no knowing which user a key belongs to now. */
        if (estate->keys[i].listed) {
            TRY(plan_one(&m, classes, &estate->keys[i], &plan.keys[plan.key_count++]));
        }
    }
    TRY(plan_deleted(&m, classes));
    plan.rules.plan_made_s = plan.made_s;
    *ret = plan;
    return RC_OK;
}
