/* mantle migrate SUBCOMMAND: from users with keys to roles. A new subcommand is a file migrate_NAME.c, a
 * line in migrate.h and a row here. */
#include "cli/migrate.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/group.h"
#include "cli/print.h"

static const struct command *const subcommands[] = {
    &command_migrate_collect,  &command_migrate_check,  &command_migrate_inventory,
    &command_migrate_classify, &command_migrate_roles,  &command_migrate_scan,
    &command_migrate_plan,     &command_migrate_apply,  &command_migrate_status,
    &command_migrate_revert,   &command_migrate_report,
};

static const struct command_group group = {
    .name = "mantle migrate",
    .intro = "From IAM users with access keys to roles, step by step, on the exports of an AWS\n"
             "account. An estate is a folder with account-authorization-details.json,\n"
             "credential-report.csv and access-keys.json, and what the steps add to it.\n",
    .notes = "Exit status: 0 done,\n1 done, and something in the input could not be read, 2 wrong "
             "usage or nothing to work on.\n",
    .rows = subcommands,
    .count = COUNT_OF(subcommands),
};

static int run(int argc, char **argv)
{
    return command_group_run(&group, argc, argv);
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "From users with keys to roles: who uses a key, what for, and what replaces it.",
    .usage = "mantle migrate COMMAND [OPTION]...",
    .run = run,
};

static void print_problem(const struct estate *estate, const struct estate_problem *problem)
{
    print_plain(stderr, problem->file);
    if (problem->line > 0) {
        (void)fprintf(stderr, ":%" PRIu64, problem->line);
    }
    (void)fputs(": ", stderr);
    print_plain(stderr, problem->what);
    (void)fputc('\n', stderr);
}

bool migrate_estate_open(const struct command *command, const char *folder, bool quiet,
                         struct estate *ret)
{
    enum rc rc = estate_open(folder, ret);

    for (size_t i = 0; i < ret->problem_count && (!quiet || rc != RC_OK); i++) {
        print_problem(ret, &ret->problems[i]);
    }
    if (rc != RC_OK) {
        complain(command, "%s: no estate that can be used%s", folder,
                 rc == RC_NOMEM ? " (not enough memory)" : "");
    }
    return rc == RC_OK;
}
