/* All commands of the program; each stands in the file of its name. */
#ifndef MANTLE_CLI_COMMANDS_H
#define MANTLE_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct command command_serve, command_env, command_configure, command_trail,
    command_admin, command_policy, command_why, command_migrate;

#endif
