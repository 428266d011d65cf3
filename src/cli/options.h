/* Options of all commands: GNU style on the command line, MANTLE_* in the environment, and
 * "name = value" lines in a --config file. One rule: the flag wins over the variable, the variable
 * over the file, the file over the default. */
#ifndef MANTLE_CLI_OPTIONS_H
#define MANTLE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum option_type {
    OPTION_FLAG, /* bool *: present or "true", "yes", "on", "1" and their opposites */
    OPTION_TEXT, /* const char **: NUL-terminated; lives in the arena or in argv */
    OPTION_UINT, /* uint64_t *: decimal, with min and max */
    OPTION_LIST, /* struct option_list *: a text each time the option is given */
};

struct option_list {
    const char **items;
    size_t count;
};

struct option_row {
    const char *name; /* long name without dashes; also the key in the config file */
    char letter;      /* short name, or 0 */
    enum option_type type;
    void *target;
    const char *metavar; /* "DIR" in the help; NULL for flags */
    const char *help;    /* one sentence: unit, limit, default */
    uint64_t min, max;   /* OPTION_UINT */
    bool secret;         /* never repeated in a message */
};

struct command {
    const char *name;    /* "serve" */
    const char *summary; /* one line for `mantle --help` */
    const char *usage;   /* "mantle serve --data DIR [--listen HOST:PORT]" */
    const char *notes;   /* behind the options in --help; may be NULL */
    /* argv[0] is the command's name. Returns the exit status: 0 done, 1 failed, 2 wrong usage. */
    int (*run)(int argc, char **argv);
};

enum { EXIT_USAGE = 2 };

/* Fills the targets of rows. Environment names are MANTLE_ and the name in capitals, '-' as '_'.
 * A row named "config" of type TEXT names the file. Returns the index of the first operand in argv,
 * or -1 when the caller must stop with *ret_exit: 0 after --help, EXIT_USAGE after a message on
 * standard error that says what is wrong and where. */
int options_read(const struct command *command, const struct option_row *rows, size_t count,
                 int argc, char **argv, struct arena *arena, int *ret_exit);

/* "mantle serve: " + message + newline on standard error. */
void complain(const struct command *command, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
