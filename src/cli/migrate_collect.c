/* mantle migrate collect: the exports of an account, by reading calls alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "cli/print.h"
#include "migrate/collect.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 256 << 20, DAY_S = 86400 };

static void show_progress(void *context UNUSED, const char *step, size_t done, size_t total)
{
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    (void)fprintf(stderr, total > 0 ? "\r\033[K%s: %zu of %zu" : "\r\033[K%s: %zu", step, done,
                  total);
    (void)fflush(stderr);
}

static void show_problem(void *context UNUSED, str what)
{
    if (isatty(STDERR_FILENO)) {
        (void)fputs("\r\033[K", stderr);
    }
    print_plain(stderr, what);
    (void)fputc('\n', stderr);
}

static void wait_ms(void *context UNUSED, int64_t ms)
{
    struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

static int collect(const struct account_options *options, const char *dir, bool again,
                   struct arena *arena)
{
    const struct command *command = &command_migrate_collect;
    struct remote_config config = { .profile = options->profile,
                                    .region = options->region,
                                    .endpoint = options->endpoint,
                                    .calls_per_s = (unsigned)options->rate,
                                    .env = system_env() };
    struct collect c = { .env = system_env(),
                         .dir = dir,
                         .keep_s = again ? 0 : DAY_S,
                         .progress = show_progress,
                         .problem = show_problem,
                         .sleep_ms = wait_ms };
    str why = STR_NONE;
    enum rc rc;

    if (remote_open(&config, arena, &c.remote, &why) != RC_OK) {
        complain(command, "%.*s", FMT(why));
        return EXIT_USAGE;
    }
    rc = collect_run(&c);
    remote_close(c.remote);
    if (isatty(STDERR_FILENO)) {
        (void)fputs("\r\033[K", stderr);
    }
    if (rc != RC_OK) {
        complain(command, "%s is not whole (%s); the next run goes on from here", dir, rc_name(rc));
        return EXIT_USAGE;
    }
    (void)printf("%zu user%s in %s", c.users, PLURAL(c.users), dir);
    if (c.problems > 0) {
        (void)printf("; %zu call%s failed: what they would have said is missing", c.problems,
                     c.problems == 1 ? "" : "s");
    }
    (void)putchar('\n');
    return c.problems > 0 ? EXIT_FAILURE : 0;
}

static int run(int argc, char **argv)
{
    struct account_options account = { .rate = ACCOUNT_RATE };
    const char *dir = NULL;
    bool print = false, again = false;
    const struct option_row rows[] = {
        { "out", 'o', OPTION_TEXT, &dir, "DIR", "The estate; made when missing.", 0, 0, false },
        { "print-policy", 0, OPTION_FLAG, &print, NULL,
          "Print the policy that is needed for it, and do nothing.", 0, 0, false },
        { "again", 0, OPTION_FLAG, &again, NULL,
          "Do not go on with what a run of the last day left unfinished.", 0, 0, false },
        ACCOUNT_OPTIONS(&account),
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    at = options_read(&command_migrate_collect, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && print) {
        (void)fputs(collect_policy, stdout);
        status = 0;
    } else if (at >= 0 && (at < argc || dir == NULL)) {
        complain(&command_migrate_collect, "--out DIR says where to, and nothing else is wanted");
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = collect(&account, dir, again, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_collect = {
    .name = "migrate collect",
    .summary = "Reads an account into an estate: only calls that read, their policy with "
               "--print-policy.",
    .usage = "mantle migrate collect --out DIR [--profile NAME] [OPTION]...",
    .notes = "Credentials come from where AWS's tools look: the environment, ~/.aws/config and\n"
             "~/.aws/credentials (keys, source_profile with role_arn, web identity, "
             "credential_process).\n"
             "SSO, MFA prompts, instance and container credentials are not looked for.\n"
             "Calls: GetAccountAuthorizationDetails, GenerateCredentialReport, "
             "GetCredentialReport, and\n"
             "for each user ListAccessKeys and GetAccessKeyLastUsed. A run that broke off goes on "
             "where it\n"
             "was.\n"
             "Exit status: 0 done, 1 done but some calls failed, 2 wrong usage or no estate.\n",
    .run = run,
};
