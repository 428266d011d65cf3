#include "cli/group.h"

#include <stdio.h>

/* The last word of a command's name: "test" of "policy test". */
static const char *word_of(const struct command *command)
{
    const char *space = strrchr(command->name, ' ');

    return space == NULL ? command->name : space + 1;
}

static void print_help(const struct command_group *group, FILE *out)
{
    (void)fprintf(out, "Usage: %s COMMAND [OPTION]...\n%s\nCommands:\n", group->name, group->intro);
    for (size_t i = 0; i < group->count; i++) {
        (void)fprintf(out, "  %-12s%s\n", word_of(group->rows[i]), group->rows[i]->summary);
    }
    (void)fprintf(out, "\n'%s COMMAND --help' says more about one.%s%s", group->name,
                  group->notes == NULL ? "\n" : " ", group->notes == NULL ? "" : group->notes);
}

int command_group_run(const struct command_group *group, int argc, char **argv)
{
    str name = argc < 2 ? STR_NONE : str_cstr(argv[1]);

    if (name.ptr == NULL) {
        print_help(group, stderr);
        return EXIT_USAGE;
    }
    if (str_eq(name, STR("--help")) || str_eq(name, STR("-h")) || str_eq(name, STR("help"))) {
        print_help(group, stdout);
        return 0;
    }
    for (size_t i = 0; i < group->count; i++) {
        if (str_eq(name, str_cstr(word_of(group->rows[i])))) {
            return group->rows[i]->run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "%s: unknown command '%s' (see %s --help)\n", group->name, argv[1],
                  group->name);
    return EXIT_USAGE;
}
