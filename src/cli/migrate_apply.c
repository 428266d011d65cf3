/* mantle migrate apply: a plan, stage by stage. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "codec/date.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 1 << 30, FREEZE_BYTES_MAX = 1 << 20, DAY_S = 86400, LOOK_BACK_DAYS = 400 };

struct settings {
    const char *estate, *stage, *key;
    bool yes, may_delete, json;
    uint64_t watch_s;
    struct option_list trail;
    struct account_options account;
};

struct applying {
    const struct settings *s;
    struct plan plan;
    struct account account;
    struct held_journal held;
    struct news_printer printer;
    struct arena arena; /* of the whole run */
    enum stage until;
};

static bool read_plan(struct applying *r, const char *path)
{
    char text[20];
    str why = STR_NONE;
    int64_t now_s = env_now_s(system_env());

    if (plan_read(path, r->s->estate, &r->arena, &r->plan, &why) != RC_OK) {
        complain(&command_migrate_apply, "%.*s", FMT(why));
        return false;
    }
    if (now_s >= r->plan.expires_s) {
        date_print_iso(r->plan.expires_s, text);
        complain(&command_migrate_apply,
                 "the plan expired at %.20s: collect again and make a new one", text);
        return false;
    }
    if (now_s < r->plan.made_s - 300) {
        complain(&command_migrate_apply, "the plan was made in the future: is this clock right?");
        return false;
    }
    return true;
}

static bool check_account(struct applying *r)
{
    if (!account_open(&command_migrate_apply, &r->s->account, &r->arena, &r->account)) {
        return false;
    }
    if (!str_eq(r->account.number, r->plan.account)) {
        complain(&command_migrate_apply,
                 "the plan is for account %.*s, these credentials are of %.*s (%.*s)",
                 FMT(r->plan.account), FMT(r->account.number), FMT(r->account.arn));
        return false;
    }
    return true;
}

/* freeze.json: [{"from": "2026-12-20", "to": "2027-01-03", "why": "..."}]. One that cannot be read
 * stops us: whoever wrote it meant to. */
static bool read_freeze(struct applying *r, struct arena *arena, const struct json **ret)
{
    static const struct json_limits limits = { .depth_max = 8, .values_max = 10000 };
    str path = arena_printf(arena, "%s/freeze.json", r->s->estate), text = STR_NONE;
    struct json_error error = { 0 };
    struct json *doc = NULL;
    enum rc rc = path.ptr == NULL ? RC_NOMEM : file_read(path.ptr, FREEZE_BYTES_MAX, arena, &text);

    *ret = NULL;
    if (rc == RC_NOENT) {
        return true;
    }
    if (rc == RC_OK) {
        rc = json_parse(text, &limits, arena, &doc, &error);
    }
    if (rc != RC_OK || doc->type != JSON_ARRAY) {
        complain(&command_migrate_apply, "%s:%u:%u: %s", path.ptr, error.line, error.column,
                 rc == RC_OK       ? "a list is wanted"
                 : rc == RC_SYNTAX ? error.reason
                                   : rc_name(rc));
        return false;
    }
    *ret = doc;
    return true;
}

static void warn_of_problems(const struct uses *uses)
{
    for (size_t i = 0; i < uses->problems.count && i < 10; i++) {
        const struct trail_problem *p = &uses->problems.items[i];
        (void)fprintf(stderr, "%.*s:%" PRIu64 ": %.*s\n", FMT(p->path), p->offset, FMT(p->what));
    }
    if (uses->problems.count > 10) {
        (void)fprintf(stderr, "... and %zu more problems\n", uses->problems.count - 10);
    }
}

static int exit_of(const struct apply *a)
{
    return a->told[APPLY_FAILED] + a->told[APPLY_REFUSED] + a->told[APPLY_ALERT] > 0 ? EXIT_FAILURE
                                                                                     : 0;
}

static int one_pass(struct applying *r)
{
    struct apply a = { .plan = &r->plan,
                       .remote = r->account.remote,
                       .journal = r->held.journal,
                       .env = system_env(),
                       .estate_dir = r->s->estate,
                       .operator_arn = r->account.arn,
                       .fence = r->held.fence,
                       .dry = !r->s->yes,
                       .may_delete = r->s->may_delete,
                       .until = r->until,
                       .only = str_cstr(r->s->key),
                       .tell = news_print,
                       .context = &r->printer };
    int64_t from_s = env_now_s(a.env) - (int64_t)LOOK_BACK_DAYS * DAY_S;
    struct arena arena;
    struct uses uses = { .newest_s = USE_NEVER };
    enum rc rc;
    int status = EXIT_FAILURE;

    arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    a.arena = &arena;
    rc = uses_read(r->s->trail.items, r->s->trail.count, from_s, &uses);
    a.uses = &uses;
    warn_of_problems(&uses);
    if (rc != RC_OK) {
        complain(&command_migrate_apply, "the trail cannot be read: %s", rc_name(rc));
    } else if (read_freeze(r, &arena, &a.freeze)) {
        rc = apply_pass(&a);
        if (rc != RC_OK) {
            complain(&command_migrate_apply, "stopped: %s",
                     rc == RC_CONFLICT ? "another run has taken over the journal" : rc_name(rc));
        }
        status = rc == RC_OK ? exit_of(&a) : EXIT_FAILURE;
    }
    uses_done(&uses);
    arena_done(&arena);
    return status;
}

static int passes(struct applying *r)
{
    int status = one_pass(r);

    while (r->s->watch_s > 0 && r->s->yes) {
        const struct timespec wait = { .tv_sec = (time_t)r->s->watch_s };
        (void)nanosleep(&wait, NULL);
        if (env_now_s(system_env()) >= r->plan.expires_s) {
            complain(&command_migrate_apply, "the plan has expired");
            return EXIT_FAILURE;
        }
        status = one_pass(r);
    }
    return status;
}

static int apply(struct applying *r, const char *path)
{
    bool missing = false;

    if (r->s->key != NULL) {
        bool found = false;
        if (!read_plan(r, path)) {
            return EXIT_USAGE;
        }
        for (size_t i = 0; i < r->plan.key_count; i++) {
            found = found || str_eq(r->plan.keys[i].id, str_cstr(r->s->key));
        }
        if (!found) {
            complain(&command_migrate_apply, "the plan has no key %s", r->s->key);
            return EXIT_USAGE;
        }
    } else if (!read_plan(r, path)) {
        return EXIT_USAGE;
    }
    if (!check_account(r) || !journal_take(&command_migrate_apply, r->s->estate, r->plan.account,
                                           false, &r->arena, &r->held, &missing)) {
        return EXIT_USAGE;
    }
    if (!r->s->yes && !r->s->json) {
        (void)printf("A dry run: nothing is changed. --yes does it.\n");
    }
    return passes(r);
}

static int run(int argc, char **argv)
{
    struct settings s = { .estate = "estate", .account = { .rate = ACCOUNT_RATE } };
    const struct option_row rows[] = {
        { "estate", 'e', OPTION_TEXT, &s.estate, "DIR", "The estate the plan is of (./estate).", 0,
          0, false },
        { "stage", 's', OPTION_TEXT, &s.stage, "STAGE",
          "How far to go: role, probe, inactive, delete-key or delete-user.", 0, 0, false },
        { "yes", 'y', OPTION_FLAG, &s.yes, NULL, "Do it; without it nothing is changed.", 0, 0,
          false },
        { "delete", 0, OPTION_FLAG, &s.may_delete, NULL,
          "Delete keys and users also when we switched the key off ourselves.", 0, 0, false },
        { "key", 'k', OPTION_TEXT, &s.key, "KEY-ID", "This key alone.", 0, 0, false },
        { "trail", 't', OPTION_LIST, &s.trail, "PATH",
          "CloudTrail files, or Mantle's trail: the newest evidence. Repeatable.", 0, 0, false },
        { "watch", 'w', OPTION_UINT, &s.watch_s, "SECONDS",
          "Pass after pass, that far apart, until the plan expires.", 1, 86400, false },
        ACCOUNT_OPTIONS(&s.account),
        { "json", 'j', OPTION_FLAG, &s.json, NULL, "One JSON object a line.", 0, 0, false },
    };
    struct applying r = { .s = &s, .held = { .lock = -1 } };
    int status = 0, at;

    arena_init(&r.arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    at = options_read(&command_migrate_apply, rows, COUNT_OF(rows), argc, argv, &r.arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_migrate_apply, "one PLAN is applied; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0 && (s.stage == NULL || !stage_parse(str_cstr(s.stage), &r.until))) {
        complain(&command_migrate_apply,
                 "--stage: one of role, probe, inactive, delete-key, delete-user");
        status = EXIT_USAGE;
    } else if (at >= 0) {
        r.printer = (struct news_printer){ .json = s.json, .dry = !s.yes };
        status = apply(&r, argv[at]);
    }
    journal_give_back(&r.held);
    account_close(&r.account);
    arena_done(&r.arena);
    return status;
}

const struct command command_migrate_apply = {
    .name = "migrate apply",
    .summary = "Carries a plan out, stage by stage; a dry run unless --yes.",
    .usage = "mantle migrate apply PLAN --stage STAGE [--yes] [OPTION]...",
    .notes =
        "Every change is in ESTATE/move/journal.db, with what undoes it, before its first call. "
        "What\n"
        "a crash left open is finished or taken back when apply or revert run the next time.\n"
        "An attempt to use a key that is silent, denied or inactive brings it back by itself: run\n"
        "apply again and again (cron), or with --watch. A deny ends by itself in any case.\n"
        "ESTATE/freeze.json, [{\"from\": DATE, \"to\": DATE}]: no probe, no deactivation, no "
        "deletion\n"
        "begins then.\n"
        "Exit status: 0 all done or waiting, 1 something was refused, failed or brought back, 2 "
        "wrong\n"
        "usage, wrong account, expired or foreign plan.\n",
    .run = run,
};
