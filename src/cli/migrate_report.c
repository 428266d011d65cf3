/* mantle migrate report: the move for its readers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "cli/print.h"
#include "migrate/report.h"
#include "system/system.h"

#define REPORT_ARENA_MAX ((size_t)8 << 30)
#define COMMAND (&command_migrate_report)

struct asked {
    const char *estate, *html, *roles, *plan;
    bool json;
};

static void print_counts(const char *what, const uint64_t *counts, size_t count,
                         const char *const *words)
{
    (void)printf("%s", what);
    for (size_t i = 0; i < count; i++) {
        (void)printf("%s %s %" PRIu64, i == 0 ? "" : ",", words[i], counts[i]);
    }
    (void)printf("\n");
}

static void print_board(const struct report *r)
{
    (void)printf("board   ");
    for (unsigned i = 0; i < STAGES; i++) {
        (void)printf("%s%.*s %zu", i == 0 ? " " : ", ", FMT(stage_code((enum stage)i)),
                     r->sum.by_stage[i]);
    }
    (void)printf("; alerts %zu, open intents %zu\n", r->sum.alerts, r->open_count);
}

static void print_text(const struct report *r)
{
    const struct report_sum *s = &r->sum;

    (void)printf(
        "account  %.*s: %zu user%s, %zu key%s, %zu active, %zu of them %d days old or older, "
        "%zu never seen in use\n",
        FMT(r->estate->account.ptr == NULL ? STR("unknown") : r->estate->account), s->users,
        PLURAL(s->users), s->keys, PLURAL(s->keys), s->active, s->old, REPORT_OLD_DAYS, s->unused);
    print_counts("ages    ", s->ages, REPORT_AGES, report_age_words);
    if (r->steps[REPORT_INVENTORY].state == STEP_DONE) {
        (void)printf("behind   %zu consumer%s; %zu key%s more than one\n", s->consumers,
                     PLURAL(s->consumers), s->shared, s->shared == 1 ? " has" : "s have");
    }
    if (r->role_count > 0) {
        (void)printf("roles    %zu, %zu with both proofs\n", r->role_count, s->proved);
    }
    print_board(r);
    (void)printf("owners   known for %zu of %zu key%s\n\n", s->owned, r->key_count,
                 PLURAL(r->key_count));
    for (size_t i = 0; i < REPORT_STEPS; i++) {
        (void)printf("%-28s ", report_steps[i].name);
        print_plain(stdout, r->steps[i].what);
        (void)fputc('\n', stdout);
    }
    if (r->steps[REPORT_INVENTORY].state == STEP_DONE) { /* else nobody has looked */
        (void)printf("\nnot seen: %zu thing%s, which --html lists\n", r->inventory.blind_count,
                     PLURAL(r->inventory.blind_count));
    }
}

/* The page names users, programs and files: for its owner's eyes until he passes it on. */
static bool write_page(const struct report *r, const char *file)
{
    buf page = buf_heap((size_t)4 << 30);
    enum rc rc;

    report_page(r, &page);
    rc = page.err != RC_OK ? page.err : file_replace(file, buf_str(&page), 0600);
    buf_done(&page);
    if (rc != RC_OK) {
        complain(COMMAND, "%s cannot be written (%s)", file, rc_name(rc));
    }
    return rc == RC_OK;
}

static bool print_json(const struct report *r)
{
    buf text = buf_heap((size_t)4 << 30);
    bool good;

    report_json(r, &text);
    good = text.err == RC_OK && fwrite(text.ptr, 1, text.len, stdout) == text.len;
    buf_done(&text);
    if (!good) {
        complain(COMMAND, "the answer cannot be written");
    }
    return good;
}

static int answer(const struct asked *asked, const struct report *r)
{
    for (size_t i = 0; i < r->trouble_count; i++) {
        print_plain(stderr, r->troubles[i]);
        (void)fputc('\n', stderr);
    }
    if (asked->html != NULL && !write_page(r, asked->html)) {
        return EXIT_USAGE;
    }
    if (asked->json && !print_json(r)) {
        return EXIT_USAGE;
    }
    if (!asked->json) {
        print_text(r);
        if (asked->html != NULL) {
            (void)printf("the page is %s\n", asked->html);
        }
    }
    return r->trouble_count > 0 ? EXIT_FAILURE : 0;
}

/* `given`, else NAME in the estate, else ./NAME as the steps write it by default; NULL: nowhere. */
static const char *find(const char *given, struct estate *estate, const char *name)
{
    str inside = estate_path(estate, str_cstr(name));
    struct stat st;

    return given != NULL                                      ? given
           : inside.ptr != NULL && stat(inside.ptr, &st) == 0 ? inside.ptr
           : stat(name, &st) == 0                             ? name
                                                              : NULL;
}

static int work(const struct asked *asked, struct estate *estate, const char *folder,
                struct arena *arena)
{
    struct report_options options = { .roles_dir = find(asked->roles, estate, "roles"),
                                      .plan_file = find(asked->plan, estate, "plan.json"),
                                      .now_s = env_now_s(system_env()) };
    struct held_journal held;
    struct report report;
    bool missing = false;
    int status = EXIT_USAGE;

    if (!journal_take(COMMAND, folder, estate->account, true, arena, &held, &missing)) {
        options.journal_trouble = STR("cannot be read");
    }
    options.journal = held.journal;
    if (report_gather(&options, estate, arena, &report) == RC_OK) {
        status = answer(asked, &report);
    } else {
        complain(COMMAND, "not enough memory");
    }
    journal_give_back(&held);
    return status;
}

static int run(int argc, char **argv)
{
    struct asked asked = { .estate = "estate" };
    const struct option_row rows[] = {
        { "estate", 'e', OPTION_TEXT, &asked.estate, "DIR", "The same as ESTATE (./estate).", 0, 0,
          false },
        { "html", 'o', OPTION_TEXT, &asked.html, "FILE", "Write the page there.", 0, 0, false },
        { "json", 'j', OPTION_FLAG, &asked.json, NULL, REPORT_FORMAT " instead of text.", 0, 0,
          false },
        { "roles", 'r', OPTION_TEXT, &asked.roles, "DIR",
          "What mantle migrate roles wrote (ESTATE/roles, else ./roles).", 0, 0, false },
        { "plan", 'p', OPTION_TEXT, &asked.plan, "FILE",
          "What mantle migrate plan wrote (ESTATE/plan.json, else ./plan.json).", 0, 0, false },
    };
    struct estate estate = { 0 };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 18, REPORT_ARENA_MAX);
    at = options_read(COMMAND, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at > 1) {
        complain(COMMAND, "one ESTATE folder is read; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        asked.estate = at < argc ? argv[at] : asked.estate;
        status = migrate_estate_open(COMMAND, asked.estate, true, &estate)
                     ? work(&asked, &estate, asked.estate, &arena)
                     : EXIT_USAGE;
        estate_close(&estate);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_report = {
    .name = "migrate report",
    .summary = "Where the move stands, as one page for its readers.",
    .usage = "mantle migrate report [ESTATE] [--html FILE] [--json] [OPTION]...",
    .notes =
        "Reads what the other steps left in the estate and asks no account: exports, "
        "inventory.json,\n"
        "classify.json, scan.json, roles/, plan.json, move/journal.db. A step that was not done "
        "is named.\n"
        "The page stands alone: no script, nothing from elsewhere, no secret. It names users, "
        "programs,\n"
        "addresses and files; FILE is made readable for its owner only. Ages count from now.\n"
        "Limits: 1 GiB a file; the page lists 2000 places.\n"
        "Exit status: 0 done, 1 something left by a step cannot be read, 2 wrong usage or no "
        "estate.\n",
    .run = run,
};
