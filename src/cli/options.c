#include "cli/options.h"

#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "system/system.h"

enum { ROWS_MAX = 64, CONFIG_BYTES_MAX = 1 << 20, FIRST_LONG = 256 };

/* Where a value came from: each beats those before it. */
enum origin { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

struct reading {
    const struct command *command;
    const struct option_row *rows;
    size_t count;
    struct arena *arena;
    enum origin origin[ROWS_MAX];
};

void complain(const struct command *command, const char *format, ...)
{
    va_list args;

    (void)fprintf(stderr, "mantle %s: ", command->name);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static bool flag_value(str text, bool *ret)
{
    static const struct {
        str text;
        bool value;
    } words[] = {
        { STR_INIT("true"), true }, { STR_INIT("yes"), true },    { STR_INIT("on"), true },
        { STR_INIT("1"), true },    { STR_INIT("false"), false }, { STR_INIT("no"), false },
        { STR_INIT("off"), false }, { STR_INIT("0"), false },
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq_nocase(text, words[i].text)) {
            *ret = words[i].value;
            return true;
        }
    }
    return false;
}

static bool set_uint(const struct reading *r, const struct option_row *row, str text,
                     const char *where)
{
    uint64_t n;

    if (str_to_u64(text, &n) != RC_OK || n < row->min || n > row->max) {
        complain(r->command, "%s: '%.*s' is not a whole number from %" PRIu64 " to %" PRIu64, where,
                 FMT(text), row->min, row->max);
        return false;
    }
    *(uint64_t *)row->target = n;
    return true;
}

static bool add_item(struct reading *r, struct option_list *list, str text)
{
    str copy = arena_str(r->arena, text);
    const char **items = NEW_ARRAY(r->arena, list->count + 1, const char *);

    if (copy.ptr == NULL || items == NULL) {
        complain(r->command, "not enough memory");
        return false;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof(*items));
    }
    items[list->count] = copy.ptr;
    list->items = items;
    list->count++;
    return true;
}

/* A value from a weaker origin than the one that stands is ignored. */
static bool set_value(struct reading *r, size_t index, str text, enum origin origin,
                      const char *where)
{
    const struct option_row *row = &r->rows[index];
    str copy;

    if (origin < r->origin[index]) {
        return true;
    }
    r->origin[index] = origin;
    switch (row->type) {
    case OPTION_FLAG:
        if (!flag_value(text, row->target)) {
            complain(r->command, "%s: '%.*s' is neither true nor false", where, FMT(text));
            return false;
        }
        return true;
    case OPTION_UINT:
        return set_uint(r, row, text, where);
    case OPTION_TEXT:
        copy = arena_str(r->arena, text);
        *(const char **)row->target = copy.ptr;
        return copy.ptr != NULL;
    case OPTION_LIST:
        return add_item(r, row->target, text);
    }
    return false;
}

static bool find_row(const struct reading *r, str name, size_t *ret_index)
{
    for (size_t i = 0; i < r->count; i++) {
        if (str_eq(str_cstr(r->rows[i].name), name)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static bool config_line(struct reading *r, str line, const char *path, unsigned number)
{
    str rest = str_trim(line), name;
    char where[256];
    size_t index;

    (void)snprintf(where, sizeof(where), "%s:%u", path, number);
    if (rest.len == 0 || rest.ptr[0] == '#') {
        return true;
    }
    if (!take_until(&rest, '=', &name)) {
        complain(r->command, "%s: expected 'name = value'", where);
        return false;
    }
    name = str_trim(name);
    if (!find_row(r, name, &index) || str_eq(name, STR("config"))) {
        complain(r->command, "%s: unknown setting '%.*s' (see mantle %s --help)", where, FMT(name),
                 r->command->name);
        return false;
    }
    return set_value(r, index, str_trim(rest), FROM_FILE, where);
}

static bool read_config(struct reading *r)
{
    size_t index;
    const char *path;
    str text, line;
    enum rc rc;

    if (!find_row(r, STR("config"), &index)) {
        return true;
    }
    path = *(const char **)r->rows[index].target;
    if (path == NULL) {
        return true;
    }
    rc = file_read(path, CONFIG_BYTES_MAX, r->arena, &text);
    if (rc != RC_OK) {
        complain(r->command, "cannot read the configuration file %s: %s", path, rc_name(rc));
        return false;
    }
    for (unsigned number = 1; take_item(&text, '\n', &line); number++) {
        if (!config_line(r, line, path, number)) {
            return false;
        }
    }
    return true;
}

static bool read_environment(struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        char name[64];
        int len = snprintf(name, sizeof(name), "MANTLE_%s", r->rows[i].name);
        const char *value;

        for (int at = 0; at < len && at < (int)sizeof(name); at++) {
            name[at] = name[at] == '-' ? '_' : (char)toupper((unsigned char)name[at]);
        }
        value = getenv(name);
        if (value != NULL && value[0] != '\0' &&
            !set_value(r, i, str_cstr(value), FROM_ENVIRONMENT, name)) {
            return false;
        }
    }
    return true;
}

enum { HELP_AT = 32, HELP_END = 79 }; /* columns of the text beside an option */

/* From column HELP_AT, broken between words. A word that is too long stands alone. */
static void print_text(str text)
{
    size_t column = HELP_AT;
    str word;

    while (take_item(&text, ' ', &word)) {
        if (column > HELP_AT && column + 1 + word.len > HELP_END) {
            (void)printf("\n%*s", HELP_AT, "");
            column = HELP_AT;
        }
        if (column > HELP_AT) {
            (void)putchar(' ');
            column++;
        }
        (void)printf("%.*s", (int)word.len, word.ptr);
        column += word.len;
    }
    (void)putchar('\n');
}

static void print_help(const struct reading *r)
{
    (void)printf("Usage: %s\n%s\n", r->command->usage, r->command->summary);
    (void)printf("\nOptions:\n");
    for (size_t i = 0; i < r->count; i++) {
        const struct option_row *row = &r->rows[i];
        char left[80];
        int len = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", row->letter ? '-' : ' ',
                           row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
                           row->metavar ? "=" : "", row->metavar ? row->metavar : "");
        if (len < HELP_AT) {
            (void)printf("%-*s", HELP_AT, left);
        } else {
            (void)printf("%s\n%*s", left, HELP_AT, "");
        }
        print_text(str_cstr(row->help));
    }
    (void)printf("%-*sThis text.\n", HELP_AT, "  -h, --help");
    if (r->command->notes != NULL) {
        (void)printf("\n%s", r->command->notes);
    }
}

/* The tables getopt_long wants; letters are mapped back by looking for them. */
static void getopt_tables(const struct reading *r, struct option *longs, char *shorts)
{
    size_t at = 0;

    shorts[at++] = 'h';
    for (size_t i = 0; i < r->count; i++) {
        const struct option_row *row = &r->rows[i];
        longs[i] = (struct option){ row->name,
                                    row->type == OPTION_FLAG ? optional_argument
                                                             : required_argument,
                                    NULL, FIRST_LONG + (int)i };
        if (row->letter != 0) {
            shorts[at++] = row->letter;
            if (row->type != OPTION_FLAG) {
                shorts[at++] = ':';
            }
        }
    }
    longs[r->count] = (struct option){ "help", no_argument, NULL, 'h' };
    longs[r->count + 1] = (struct option){ NULL, 0, NULL, 0 };
    shorts[at] = '\0';
}

static bool one_flag(struct reading *r, int code)
{
    for (size_t i = 0; i < r->count; i++) {
        char where[64];
        if (code != FIRST_LONG + (int)i && (r->rows[i].letter == 0 || code != r->rows[i].letter)) {
            continue;
        }
        (void)snprintf(where, sizeof(where), "--%s", r->rows[i].name);
        return set_value(r, i, optarg == NULL ? STR("true") : str_cstr(optarg), FROM_FLAG, where);
    }
    return false;
}

int options_read(const struct command *command, const struct option_row *rows, size_t count,
                 int argc, char **argv, struct arena *arena, int *ret_exit)
{
    struct reading r = { .command = command, .rows = rows, .count = count, .arena = arena };
    struct option longs[ROWS_MAX + 2];
    char shorts[ROWS_MAX * 2 + 2];
    int code;

    *ret_exit = EXIT_USAGE;
    getopt_tables(&r, longs, shorts);
    optind = 0; /* glibc: start anew */
    opterr = 0;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (code == 'h') {
            print_help(&r);
            *ret_exit = 0;
            return -1;
        }
        if (code == '?') {
            complain(command, "unknown, ambiguous or incomplete option '%s' (see mantle %s --help)",
                     argv[optind > 1 ? optind - 1 : 1], command->name);
            return -1;
        }
        if (!one_flag(&r, code)) {
            return -1;
        }
    }
    if (!read_environment(&r) || !read_config(&r)) {
        return -1;
    }
    return optind;
}
