/* mantle COMMAND: finds the command and hands over. */
#include <stdio.h>

#include "base/str.h"
#include "cli/commands.h"

static const struct command *const commands[] = {
    &command_serve, &command_env, &command_configure, &command_trail, &command_admin,
};

static void print_help(FILE *out)
{
    (void)fprintf(out, "Usage: mantle COMMAND [OPTION]...\n"
                       "An identity service that speaks AWS's own protocols (IAM, STS).\n\n"
                       "Commands:\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        (void)fprintf(out, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    }
    (void)fprintf(out,
                  "\n'mantle COMMAND --help' says more about one. Options can also stand in the\n"
                  "environment (MANTLE_DATA for --data) and in a file (--config).\n"
                  "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

int main(int argc, char **argv)
{
    str name = argc < 2 ? STR_NONE : str_cstr(argv[1]);

    if (name.ptr == NULL) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (str_eq(name, STR("--help")) || str_eq(name, STR("-h")) || str_eq(name, STR("help"))) {
        print_help(stdout);
        return 0;
    }
    if (str_eq(name, STR("--version"))) {
        (void)printf("mantle %s\n", MANTLE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (str_eq(name, str_cstr(commands[i]->name))) {
            return commands[i]->run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "mantle: unknown command '%s' (see mantle --help)\n", argv[1]);
    return EXIT_USAGE;
}
