/* mantle policy SUBCOMMAND: what can be asked of policies without a server. A new subcommand is a
 * file policy_NAME.c, a line in policy.h and a row here. */
#include "cli/policy.h"

#include "cli/commands.h"
#include "cli/group.h"

static const struct command *const subcommands[] = {
    &command_policy_check,   &command_policy_test,   &command_policy_explain,
    &command_policy_compare, &command_policy_public, &command_policy_redundant,
    &command_policy_who_can,
};

static const struct command_group group = {
    .name = "mantle policy",
    .intro = "Checks, tests and explains policies offline: no server, no account, no network.\n",
    .notes = "Exit status: 0 done,\n1 the answer is no (a finding, a failed test), 2 wrong usage "
             "or unreadable "
             "input.\n",
    .rows = subcommands,
    .count = COUNT_OF(subcommands),
};

static int run(int argc, char **argv)
{
    return command_group_run(&group, argc, argv);
}

const struct command command_policy = {
    .name = "policy",
    .summary = "Checks, tests and explains policies, offline.",
    .usage = "mantle policy COMMAND [OPTION]...",
    .run = run,
};
