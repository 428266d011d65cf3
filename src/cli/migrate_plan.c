/* mantle migrate plan: what would be done, in which order, with what undoes it. Touches nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "cli/print.h"
#include "codec/date.h"
#include "migrate/plan.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 1 << 30, DAY_S = 86400, LOOK_BACK_DAYS = 400 };

struct settings {
    const char *out, *roles, *canary;
    uint64_t valid_days, inactive_days, at_once, per_owner, per_service;
    struct option_list trail, windows;
    bool quiet;
};

/* "5m", "1h", "24h", "7d", "90s". */
static bool read_length(str text, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY_S } };
    uint64_t n;

    if (text.len < 2 || str_to_u64(str_slice(text, 0, text.len - 1), &n) != RC_OK || n == 0 ||
        n > 100000) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (text.ptr[text.len - 1] == units[i].unit) {
            *ret_s = (int64_t)n * units[i].seconds;
            return *ret_s >= 60 && *ret_s <= INT64_C(30) * DAY_S;
        }
    }
    return false;
}

static bool read_rules(const struct settings *s, struct plan_options *options)
{
    static const struct {
        str word;
        enum plan_canary canary;
    } canaries[] = { { STR_INIT("none"), CANARY_NONE },
                     { STR_INIT("source-ip"), CANARY_SOURCE_IP },
                     { STR_INIT("user-agent"), CANARY_USER_AGENT } };
    bool known = s->canary == NULL;

    options->rules = stage_rules_default();
    options->rules.inactive_s = (int64_t)s->inactive_days * DAY_S;
    if (s->windows.count > WINDOWS_MAX) {
        complain(&command_migrate_plan, "--window: at most %d", WINDOWS_MAX);
        return false;
    }
    for (size_t i = 0; i < s->windows.count; i++) {
        options->rules.windows = (unsigned)s->windows.count;
        if (!read_length(str_cstr(s->windows.items[i]), &options->rules.windows_s[i])) {
            complain(&command_migrate_plan,
                     "--window: '%s' is no length from 60s to 30d, like 5m, 1h, 24h, 7d",
                     s->windows.items[i]);
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(canaries) && !known; i++) {
        known = str_eq(canaries[i].word, str_cstr(s->canary));
        options->canary = canaries[i].canary;
    }
    if (!known) {
        complain(&command_migrate_plan, "--canary: one of none, source-ip, user-agent");
    }
    return known;
}

static const char *next_of(const struct plan_key *key)
{
    return key->held.ptr != NULL                           ? "is left alone"
           : key->owner.len == 0                           ? "needs an owner (owners.json)"
           : key->role_count == 0 && key->origin_count > 0 ? "needs a role (mantle migrate roles)"
           : key->role_count > 0                           ? "make its role, see it used"
                                                           : "nothing uses it: go on to silence";
}

static void print_summary(const struct plan *plan, const char *path)
{
    char until[20];

    for (size_t i = 0; i < plan->key_count; i++) {
        const struct plan_key *key = &plan->keys[i];
        (void)printf("%-20.*s %-24.*s %u role%s, silent for %u days (period %u): %s\n",
                     FMT(key->id), FMT(key->user), (unsigned)key->role_count,
                     key->role_count == 1 ? "" : "s", key->silent_days, key->period_days,
                     next_of(key));
        if (key->held.ptr != NULL) {
            (void)fputs("    ", stdout);
            print_plain(stdout, key->held);
            (void)fputc('\n', stdout);
        }
        for (size_t r = 0; r < key->role_count; r++) {
            if (!key->roles[r].proofs) {
                (void)printf("    role %.*s has no proofs that hold: it will not be made\n",
                             FMT(key->roles[r].name));
            }
        }
    }
    if (plan->trail_newest_s == USE_NEVER) {
        (void)printf(
            "no trail was given: nothing is known of who uses the keys how regularly, nor by "
            "whom\n");
    } else {
        int64_t days = (plan->trail_newest_s - plan->trail_oldest_s) / DAY_S + 1;
        (void)printf("the trail covers %" PRId64
                     " day%s: what happens less often than every %" PRId64
                     " day%s is not seen to recur\n",
                     days, PLURAL(days), days > 3 ? days / 2 : 1, PLURAL(days > 3 ? days / 2 : 1));
    }
    date_print_iso(plan->expires_s, until);
    (void)printf("%zu key%s of account %.*s in %s, good until %.20s; nothing was touched\n",
                 plan->key_count, PLURAL(plan->key_count), FMT(plan->account), path, until);
}

static const char *roles_dir(const struct settings *s)
{
    struct stat st;

    return s->roles != NULL ? s->roles
                            : (stat("roles", &st) == 0 && S_ISDIR(st.st_mode) ? "roles" : NULL);
}

static int plan_it(const struct settings *s, struct estate *estate, const char *folder,
                   struct arena *arena)
{
    struct plan_options options = { .roles_dir = roles_dir(s),
                                    .now_s = env_now_s(system_env()),
                                    .valid_s = (int64_t)s->valid_days * DAY_S,
                                    .at_once = (unsigned)s->at_once,
                                    .per_owner = (unsigned)s->per_owner,
                                    .per_service = (unsigned)s->per_service };
    struct held_journal held;
    struct journal_move *moves = NULL;
    struct plan plan;
    struct uses uses = { .newest_s = USE_NEVER };
    bool missing = false;
    str why = STR_NONE;
    int status = EXIT_USAGE;
    enum rc rc;

    if (!read_rules(s, &options)) {
        return EXIT_USAGE;
    }
    if (!journal_take(&command_migrate_plan, folder, estate->account, true, arena, &held,
                      &missing)) {
        journal_give_back(&held);
        return EXIT_USAGE;
    }
    rc = held.journal == NULL
             ? RC_OK
             : journal_moves(held.journal, STR_NONE, arena, &moves, &options.move_count);
    journal_give_back(&held);
    options.moves = moves;
    if (rc != RC_OK) {
        complain(&command_migrate_plan, "the journal cannot be read: %s", rc_name(rc));
        return EXIT_USAGE;
    }
    rc = uses_read(s->trail.items, s->trail.count, options.now_s - (int64_t)LOOK_BACK_DAYS * DAY_S,
                   &uses);
    for (size_t i = 0; i < uses.problems.count; i++) {
        const struct trail_problem *p = &uses.problems.items[i];
        (void)fprintf(stderr, "%.*s:%" PRIu64 ": %.*s\n", FMT(p->path), p->offset, FMT(p->what));
    }
    if (rc == RC_OK) {
        rc = plan_make(estate, &uses, &options, arena, &plan, &why);
    }
    if (rc == RC_OK) {
        rc = plan_write(&plan, folder, s->out, system_env(), &why, arena);
    }
    if (rc != RC_OK) {
        complain(&command_migrate_plan, "%.*s", FMT(why.ptr == NULL ? str_cstr(rc_name(rc)) : why));
    } else {
        if (!s->quiet) {
            print_summary(&plan, s->out);
        }
        status = uses.problems.count > 0 ? EXIT_FAILURE : 0;
    }
    uses_done(&uses);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings s = { .out = "plan.json",
                          .valid_days = 7,
                          .inactive_days = 30,
                          .at_once = 10,
                          .per_owner = 3,
                          .per_service = 5 };
    const struct option_row rows[] = {
        { "out", 'o', OPTION_TEXT, &s.out, "FILE", "Where the plan goes (plan.json).", 0, 0,
          false },
        { "roles", 'r', OPTION_TEXT, &s.roles, "DIR",
          "The folder mantle migrate roles wrote (./roles, when there).", 0, 0, false },
        { "trail", 't', OPTION_LIST, &s.trail, "PATH",
          "CloudTrail files, or Mantle's trail: who uses the keys, how regularly. Repeatable.", 0,
          0, false },
        { "window", 0, OPTION_LIST, &s.windows, "LENGTH",
          "Deny windows in order, 60s to 30d each, at most 8 (5m 1h 24h 7d). Repeatable.", 0, 0,
          false },
        { "canary", 0, OPTION_TEXT, &s.canary, "HOW",
          "Narrow the first window to known users: source-ip or user-agent (none).", 0, 0, false },
        { "inactive-days", 0, OPTION_UINT, &s.inactive_days, "DAYS",
          "How long a key stays inactive before it may be deleted (30).", 1, 400, false },
        { "at-once", 0, OPTION_UINT, &s.at_once, "N",
          "Keys that may be denied, or switched off today, at a time (10).", 1, 10000, false },
        { "per-owner", 0, OPTION_UINT, &s.per_owner, "N", "The same of one owner (3).", 1, 10000,
          false },
        { "per-service", 0, OPTION_UINT, &s.per_service, "N",
          "The same that use a service in common (5).", 1, 10000, false },
        { "valid-days", 0, OPTION_UINT, &s.valid_days, "DAYS", "How long the plan holds (7).", 1,
          400, false },
        { "quiet", 'q', OPTION_FLAG, &s.quiet, NULL, "No summary.", 0, 0, false },
    };
    struct estate estate = { 0 };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    at = options_read(&command_migrate_plan, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_migrate_plan, "one ESTATE is planned for; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = migrate_estate_open(&command_migrate_plan, argv[at], true, &estate)
                     ? plan_it(&s, &estate, argv[at], &arena)
                     : EXIT_USAGE;
        estate_close(&estate);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_plan = {
    .name = "migrate plan",
    .summary = "What would be done to each key, with what undoes it; touches nothing.",
    .usage = "mantle migrate plan ESTATE [--out FILE] [--roles DIR] [--trail PATH]... [OPTION]...",
    .notes =
        "Owners come from ESTATE/owners.json, {\"USER or KEY-ID\": \"who\"} or {..: {\"owner\": "
        "who,\n"
        "\"hours_utc\": \"8-16\", \"seen\": \"anywhere\", \"leave\": reason}}, or from a tag Owner "
        "of the\n"
        "user. A key must be silent for twice the longest period seen between its uses, at least "
        "14\n"
        "days; 35 where it is monthly, 95 where it is quarterly. Without --trail no period is "
        "known.\n"
        "The plan is signed with ESTATE/move/plan.key, which is made when missing.\n"
        "Exit status: 0 done, 1 done but some of the trail could not be read, 2 wrong usage or\n"
        "unreadable input.\n",
    .run = run,
};
