/* mantle COMMAND: finds the command and hands over. */
#include <stdio.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/group.h"
#include "sign/libcrypto.h"

static const struct command *const commands[] = {
    &command_serve, &command_env,    &command_configure, &command_trail,
    &command_admin, &command_policy, &command_why,       &command_migrate,
};

static const struct command_group program = {
    .name = "mantle",
    .intro = "An identity service that speaks AWS's own protocols (IAM, STS).\n",
    .notes = "Options can also stand in the\n"
             "environment (MANTLE_DATA for --data) and in a file (--config).\n"
             "Exit status: 0 done, 1 failed, 2 wrong usage.\n",
    .rows = commands,
    .count = COUNT_OF(commands),
};

int main(int argc, char **argv)
{
    (void)libcrypto_count_failures(); /* whatever is linked, nothing of OpenSSL was called yet */

    if (argc > 1 && str_eq(str_cstr(argv[1]), STR("--version"))) {
        (void)printf("mantle %s\n", MANTLE_VERSION);
        return 0;
    }
    return command_group_run(&program, argc, argv);
}
