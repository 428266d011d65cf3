/* The subcommands of mantle policy; each stands in the file of its name. */
#ifndef MANTLE_CLI_POLICY_H
#define MANTLE_CLI_POLICY_H

#include "cli/options.h"

extern const struct command command_policy_check, command_policy_compare, command_policy_explain,
    command_policy_public, command_policy_redundant, command_policy_test, command_policy_who_can;

#endif
