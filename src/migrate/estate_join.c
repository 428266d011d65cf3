/* How the three exports fit together, and where they do not. */
#include <inttypes.h>

#include "codec/arn.h"
#include "migrate/estate_read.h"
#include "scan/shape.h"

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
                       "%.*s has %zu key%s in " ESTATE_KEYS
                       " and %zu here: the exports are of different days",
                       FMT(user->name), user->key_count, PLURAL(user->key_count), slots);
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
    if (user->report != NULL) {
        estate_problem(estate, report_file, row->line,
                       "%.*s has a row in line %" PRIu64 " already: that one counts",
                       FMT(row->user), user->report->line);
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

/* -- the account --------------------------------------------------------------------------------- */

static bool is_of(str arn, str account)
{
    struct arn parts;

    return arn_parse(arn, &parts) != RC_OK || str_eq(parts.account, account);
}

/* A report that names another account in each row says nothing of these users, though the names be the same. */
static void check_report_account(struct estate *estate)
{
    struct arn parts;
    size_t others = 0;

    if (!estate->has_report || estate->account.ptr == NULL) {
        return;
    }
    for (size_t i = 0; i < estate->report_count; i++) {
        others += !is_of(estate->reports[i].arn, estate->account);
    }
    if (others == 0 || others < estate->report_count ||
        arn_parse(estate->reports[0].arn, &parts) != RC_OK) {
        return;
    }
    estate_problem(estate, report_file, 0,
                   "is of account %.*s, " ESTATE_DETAILS
                   " of %.*s: it is left out; export all three from one account",
                   FMT(parts.account), FMT(estate->account));
    estate->has_report = false;
    estate->report_count = 0;
}

/* Ids name the account since 2019 or so. One that is made up names any; all of them the same one, hardly. */
static void check_keys_account(struct estate *estate)
{
    char account[ACCOUNT_CHARS + 1] = "", first[ACCOUNT_CHARS + 1] = "";
    size_t said = 0;

    for (size_t i = 0; i < estate->key_count; i++) {
        if (!shape_account(estate->keys[i].id, account)) {
            continue;
        }
        if (said == 0) {
            memcpy(first, account, sizeof(first));
        }
        if (strcmp(account, first) != 0) {
            return;
        }
        said++;
    }
    if (said > 1 && estate->account.ptr != NULL && !str_eq(str_cstr(first), estate->account)) {
        estate_problem(estate, keys_file, 0,
                       "all key ids are of account %s, " ESTATE_DETAILS
                       " is of %.*s: export all three from one account",
                       first, FMT(estate->account));
    }
}

enum rc estate_join(struct estate *estate)
{
    check_report_account(estate);
    check_keys_account(estate);
    TRY(join_keys(estate));
    for (size_t i = 0; i < estate->report_count; i++) {
        join_row(estate, &estate->reports[i]);
    }
    for (size_t i = 0; i < estate->user_count && estate->has_report; i++) {
        struct estate_user *user = &estate->users[i];
        if (user->report == NULL) {
            estate_problem(estate, report_file, 0, "%.*s has no row%s", FMT(user->name),
                           estate->report_bad_rows > 0
                               ? " that can be read"
                               : ": the report is older than the other exports");
        } else {
            join_slots(estate, user);
        }
    }
    return RC_OK;
}
