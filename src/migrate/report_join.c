/* One row for each key, from all steps; the numbers over them; the folders of roles. */
#include <stdlib.h>

#include "codec/arn.h"
#include "migrate/estate_read.h"
#include "migrate/report.h"
#include "system/system.h"

enum { DAY_S = 86400, NAMES_MAX = 100000 };

const char *const report_age_words[REPORT_AGES] = {
    "under 90 days", "90 to 180 days", "180 days to a year",
    "1 to 2 years",  "2 to 3 years",   "3 years and more",
};
static const int64_t age_ends[REPORT_AGES] = { 90, REPORT_OLD_DAYS, 365, 730, 1095, INT64_MAX };

/* -- keys ------------------------------------------------------------------------------------------ */

/* Before they are sorted: those of the exports stand where the exports have them, deleted ones behind. */
static struct report_key *find(const struct report *r, str id)
{
    const struct estate_key *known = estate_key(r->estate, id);

    if (known != NULL) {
        return &r->keys[known - r->estate->keys];
    }
    for (size_t i = r->estate->key_count; i < r->key_count; i++) {
        if (str_eq(r->keys[i].id, id)) {
            return &r->keys[i];
        }
    }
    return NULL;
}

static void join_inventory(struct report *r)
{
    for (size_t p = 0; p < r->inventory.principal_count; p++) {
        const struct inventory_principal *who = &r->inventory.principals[p];
        for (size_t k = 0; k < who->key_count; k++) {
            const struct inventory_key *seen = &who->keys[k];
            struct report_key *key = seen->id.len == 0 ? NULL : find(r, seen->id);
            if (key != NULL) {
                key->seen = seen;
                key->used_s = seen->use.last_s > key->used_s ? seen->use.last_s : key->used_s;
            }
        }
    }
}

static void join_plan(struct report *r)
{
    for (size_t i = 0; i < r->plan.key_count; i++) {
        struct report_key *key = find(r, r->plan.keys[i].id);
        if (key != NULL) {
            key->plan = &r->plan.keys[i];
            key->owner = r->plan.keys[i].owner;
        }
    }
}

static void join_scan(struct report *r)
{
    for (const struct json *f = report_first(r->scan, STR("findings")); f != NULL; f = f->next) {
        struct report_key *key = find(r, estate_text(f, STR("keyId")));
        if (key != NULL) {
            key->places++;
        }
    }
}

static void join_classes(struct report *r)
{
    for (const struct json *u = report_first(r->classes, STR("users")); u != NULL; u = u->next) {
        for (const struct json *k = report_first(u, STR("keys")); k != NULL; k = k->next) {
            struct report_key *key = find(r, estate_text(k, STR("id")));
            if (key != NULL) {
                key->person = u;
                key->class_word = estate_text(u, STR("class"));
            }
        }
    }
}

/* Where the plan names nobody. */
static void join_tag(const struct report *r, struct report_key *key)
{
    const struct estate_user *user = estate_user(r->estate, key->user);

    for (size_t i = 0; user != NULL && key->owner.len == 0 && i < user->tag_count; i++) {
        if (str_eq_nocase(user->tags[i].key, STR("owner"))) {
            key->owner = user->tags[i].value;
        }
    }
}

static int key_order(const void *a, const void *b)
{
    const struct report_key *x = a, *y = b;
    bool ax = x->move != NULL && x->move->alert, ay = y->move != NULL && y->move->alert;
    int by_user;

    if (ax != ay) {
        return ax ? -1 : 1;
    }
    if (x->stage != y->stage) {
        return x->stage > y->stage ? -1 : 1;
    }
    by_user = str_cmp(x->user, y->user);
    return by_user != 0 ? by_user : str_cmp(x->id, y->id);
}

enum rc report_join_keys(struct report *r)
{
    const struct estate *estate = r->estate;

    r->keys = NEW_ARRAY(r->arena, estate->key_count + r->move_count + 1, struct report_key);
    if (r->keys == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < estate->key_count; i++) {
        const struct estate_key *k = &estate->keys[i];
        r->keys[r->key_count++] = (struct report_key){ .id = k->id,
                                                       .user = k->user,
                                                       .in_exports = true,
                                                       .active = k->active,
                                                       .created_s = k->created_s,
                                                       .used_s = k->last_used_s };
    }
    for (size_t m = 0; m < r->move_count; m++) {
        struct report_key *key = find(r, r->moves[m].key);
        if (key == NULL) { /* deleted since: not in the exports any more */
            key = &r->keys[r->key_count++];
            *key = (struct report_key){ .id = r->moves[m].key,
                                        .user = r->moves[m].user,
                                        .created_s = ESTATE_NEVER,
                                        .used_s = ESTATE_NEVER };
        }
        key->move = &r->moves[m];
        key->stage = r->moves[m].stage > 0 && r->moves[m].stage < STAGES
                         ? (enum stage)r->moves[m].stage
                         : STAGE_INVENTORIED;
    }
    join_inventory(r);
    join_classes(r);
    join_scan(r);
    join_plan(r);
    for (size_t i = 0; i < r->key_count; i++) {
        join_tag(r, &r->keys[i]);
    }
    if (r->key_count > 1) {
        qsort(r->keys, r->key_count, sizeof(*r->keys), key_order);
    }
    return RC_OK;
}

int64_t report_age_days(const struct report *r, const struct report_key *key)
{
    return key->created_s == ESTATE_NEVER || key->created_s > r->now_s
               ? -1
               : (r->now_s - key->created_s) / DAY_S;
}

static void count_age(struct report *r, const struct report_key *key)
{
    int64_t days = report_age_days(r, key);
    size_t at = 0;

    if (days < 0) {
        return;
    }
    while (days >= age_ends[at]) {
        at++;
    }
    r->sum.ages[at]++;
    r->sum.ages_inactive[at] += !key->active;
    if (key->active) {
        r->sum.old += days >= REPORT_OLD_DAYS;
        r->sum.oldest_days = days > r->sum.oldest_days ? days : r->sum.oldest_days;
    }
}

void report_count(struct report *r)
{
    struct report_sum *s = &r->sum;

    s->users = r->estate->user_count;
    for (size_t i = 0; i < r->key_count; i++) {
        const struct report_key *key = &r->keys[i];
        bool alert = key->move != NULL && key->move->alert;
        s->by_stage[key->stage]++;
        s->alerts_at[key->stage] += alert;
        s->alerts += alert;
        s->owned += key->owner.len > 0;
        s->held += key->plan != NULL && key->plan->held.ptr != NULL;
        s->consumers += key->seen == NULL ? 0 : key->seen->consumer_count;
        s->shared += key->seen != NULL && key->seen->consumer_count > 1;
        if (key->in_exports) {
            s->keys++;
            s->active += key->active;
            s->unused += key->active && key->used_s == ESTATE_NEVER;
            count_age(r, key);
        }
    }
    for (size_t i = 0; i < r->role_count; i++) {
        s->of_consumers += r->roles[i].consumer.len > 0;
        s->proved += r->roles[i].new_in_old == CLAIM_PROVED &&
                     r->roles[i].observed_in_new == CLAIM_PROVED;
    }
}

/* -- roles ------------------------------------------------------------------------------------------- */

/* No such folder: nothing in it. */
static enum rc names_in(str dir, struct arena *arena, str **ret, size_t *ret_count)
{
    enum rc rc = dir.ptr == NULL ? RC_NOMEM : dir_list(dir.ptr, NAMES_MAX, arena, ret, ret_count);

    return rc == RC_NOENT ? RC_OK : rc;
}

static enum report_claim claim(const struct json *proofs, str name, str *ret_failed)
{
    const struct json *proof = json_member(proofs, name);
    str verdict = estate_text(proof, STR("verdict"));

    if (proof == NULL) {
        return CLAIM_UNKNOWN;
    }
    if (str_eq(verdict, STR("PROVED"))) {
        return CLAIM_PROVED;
    }
    *ret_failed = estate_text(proof, STR("claim"));
    return CLAIM_OPEN;
}

/* Roles lie where somebody says they do: those of another account are no part of this move. */
static bool of_account(const struct report *r, str text)
{
    struct arn arn;

    return r->estate->account.ptr == NULL ||
           (arn_parse(text, &arn) == RC_OK && str_eq(arn.account, r->estate->account));
}

/* A folder without evidence.json is none of a role's. */
static enum rc read_role(struct report *r, str dir, str name, str consumer)
{
    const struct json *evidence, *proofs;
    enum rc rc = report_read(r, ARENA_JOIN(r->arena, dir, STR("/evidence.json")), &evidence);
    struct report_role *room = &r->roles[r->role_count];
    str arn;

    if (rc == RC_NOENT || rc == RC_SYNTAX) {
        return RC_OK;
    }
    TRY(rc);
    rc = report_read(r, ARENA_JOIN(r->arena, dir, STR("/proofs.json")), &proofs);
    if (rc == RC_NOMEM) {
        return rc;
    }
    arn = estate_text(evidence, STR("principal"));
    if (!of_account(r, arn)) {
        report_trouble(r, "%.*s: a role of another account, left out", FMT(dir));
        return RC_OK;
    }
    *room = (struct report_role){ .name = name,
                                  .consumer = consumer,
                                  .user = estate_user_by_arn(r->estate, arn),
                                  .evidence = evidence };
    room->new_in_old = claim(proofs, STR("new_in_old"), &room->failed);
    room->observed_in_new = claim(proofs, STR("observed_in_new"), &room->failed);
    r->role_count++;
    return RC_OK;
}

static enum rc make_room(struct report *r, size_t more)
{
    struct report_role *wider;

    if (more <= r->role_room - r->role_count) {
        return RC_OK;
    }
    wider = NEW_ARRAY(r->arena, 2 * r->role_room + more, struct report_role);
    if (wider == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < r->role_count; i++) {
        wider[i] = r->roles[i];
    }
    r->roles = wider;
    r->role_room = 2 * r->role_room + more;
    return RC_OK;
}

/* The role of a whole user, then those of his consumers. */
static enum rc read_folder(struct report *r, str dir, str name)
{
    str *below;
    size_t count;

    TRY(names_in(dir, r->arena, &below, &count));
    TRY(make_room(r, count + 1));
    TRY(read_role(r, dir, name, STR_NONE));
    for (size_t i = 0; i < count; i++) {
        str folder = ARENA_JOIN(r->arena, dir, STR("/"), below[i]);
        TRY(folder.ptr == NULL ? RC_NOMEM : read_role(r, folder, name, below[i]));
    }
    return RC_OK;
}

enum rc report_read_roles(struct report *r, const char *dir)
{
    str *names;
    size_t count;

    if (dir == NULL) {
        return RC_OK;
    }
    TRY(names_in(str_cstr(dir), r->arena, &names, &count));
    for (size_t i = 0; i < count; i++) {
        str folder = ARENA_JOIN(r->arena, str_cstr(dir), STR("/"), names[i]);
        TRY(folder.ptr == NULL ? RC_NOMEM : read_folder(r, folder, names[i]));
    }
    return RC_OK;
}
