/* A group of commands: the program itself, and commands that have subcommands. */
#ifndef MANTLE_CLI_GROUP_H
#define MANTLE_CLI_GROUP_H

#include "cli/options.h"

struct command_group {
    const char *name;  /* "mantle policy" */
    const char *intro; /* what it is for; ends with a newline */
    const char *notes; /* behind the list; may be NULL */
    const struct command *const *rows;
    size_t count;
};

/* argv[0] is the group's own name. Finds the command that argv[1] names and runs it, or prints the
 * help. Returns the exit status. */
int command_group_run(const struct command_group *group, int argc, char **argv);

#endif
