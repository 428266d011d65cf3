/* How the three exports fit together, and where they do not. */
#include "migrate/estate_read.h"

static const str keys_file = STR_INIT(ESTATE_KEYS), report_file = STR_INIT(ESTATE_REPORT);

/* The key of a report's slot: created when the slot says it was rotated; else the only one that has
 * the slot's state. NULL: none, or it cannot be told. */
static struct estate_key *key_of_slot(const struct estate_user *user, int64_t rotated_s,
                                      bool active)
{
    struct estate_key *only = NULL;

    for (size_t i = 0; i < user->key_count; i++) {
        if (rotated_s != ESTATE_NEVER && user->keys[i]->created_s == rotated_s) {
            return user->keys[i];
        }
    }
    for (size_t i = 0; i < user->key_count; i++) {
        if (user->keys[i]->active == active && user->keys[i]->created_s == ESTATE_NEVER) {
            if (only != NULL) {
                return NULL;
            }
            only = user->keys[i];
        }
    }
    return only;
}

static void join_slots(struct estate *estate, struct estate_user *user)
{
    const struct estate_report *row = user->report;
    size_t slots = 0;

    for (int k = 0; k < 2; k++) {
        bool there = row->keys[k].active || row->keys[k].rotated_s != ESTATE_NEVER;
        struct estate_key *key;
        if (!there) {
            continue;
        }
        slots++;
        key = key_of_slot(user, row->keys[k].rotated_s, row->keys[k].active);
        if (key == NULL) {
            if (estate->has_keys) {
                estate_problem(estate, report_file, row->line,
                               "key %d of %.*s is not in " ESTATE_KEYS
                               ": the exports are of different days",
                               k + 1, FMT(user->name));
            }
            continue;
        }
        key->last_used_s = row->keys[k].used_s;
        key->last_region = row->keys[k].region;
        key->last_service = row->keys[k].service;
        if (key->active != row->keys[k].active) {
            estate_problem(estate, report_file, row->line,
                           "%.*s of %.*s is %s here and %s in " ESTATE_KEYS
                           ": the exports are of different days",
                           FMT(key->id), FMT(user->name),
                           row->keys[k].active ? "active" : "inactive",
                           key->active ? "active" : "inactive");
        }
    }
    if (slots < user->key_count) {
        estate_problem(estate, report_file, row->line,
                       "%.*s has %zu keys in " ESTATE_KEYS
                       " and %zu here: the exports are of different days",
                       FMT(user->name), user->key_count, slots);
    }
}

static enum rc join_keys(struct estate *estate)
{
    for (size_t i = 0; i < estate->key_count; i++) {
        struct estate_user *user = estate_user(estate, estate->keys[i].user);
        if (user == NULL) {
            estate_problem(estate, keys_file, 0,
                           "%.*s belongs to %.*s, who is not in " ESTATE_DETAILS
                           ": the exports are of different days",
                           FMT(estate->keys[i].id), FMT(estate->keys[i].user));
            continue;
        }
        if (user->keys == NULL) { /* sorted by user: his keys stand together */
            size_t count = 1;
            while (i + count < estate->key_count &&
                   str_eq(estate->keys[i + count].user, user->name)) {
                count++;
            }
            user->keys = NEW_ARRAY(&estate->arena, count, struct estate_key *);
            if (user->keys == NULL) {
                return RC_NOMEM;
            }
        }
        user->keys[user->key_count++] = &estate->keys[i];
    }
    return RC_OK;
}

static void join_row(struct estate *estate, const struct estate_report *row)
{
    struct estate_user *user = estate_user(estate, row->user);

    if (str_eq(row->user, STR("<root_account>"))) {
        return;
    }
    if (user == NULL) {
        estate_problem(estate, report_file, row->line,
                       "%.*s is not in " ESTATE_DETAILS ": the exports are of different days",
                       FMT(row->user));
        return;
    }
    user->report = row;
    if (row->arn.len > 0 && !str_eq(row->arn, user->arn)) {
        estate_problem(estate, report_file, row->line,
                       "%.*s is %.*s here and %.*s in " ESTATE_DETAILS
                       ": the exports are of different accounts",
                       FMT(user->name), FMT(row->arn), FMT(user->arn));
    } else if (row->created_s != ESTATE_NEVER && user->created_s != ESTATE_NEVER &&
               row->created_s != user->created_s) {
        estate_problem(estate, report_file, row->line,
                       "%.*s was created at another time than " ESTATE_DETAILS
                       " says: deleted and made again between the exports",
                       FMT(user->name));
    }
}

enum rc estate_join(struct estate *estate)
{
    TRY(join_keys(estate));
    for (size_t i = 0; i < estate->report_count; i++) {
        join_row(estate, &estate->reports[i]);
    }
    for (size_t i = 0; i < estate->user_count && estate->has_report; i++) {
        struct estate_user *user = &estate->users[i];
        if (user->report == NULL) {
            estate_problem(estate, report_file, 0,
                           "%.*s has no row: the report is older than the other exports",
                           FMT(user->name));
        } else {
            join_slots(estate, user);
        }
    }
    return RC_OK;
}
