/* mantle env: shell lines that point this shell's AWS clients at the server of a data directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "cli/client_files.h"
#include "cli/commands.h"
#include "cli/data_dir.h"

/* For eval: in single quotes nothing has a meaning but the quote itself. */
static void print_export(const char *name, str value)
{
    (void)printf("export %s='", name);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\'') {
            (void)fputs("'\\''", stdout);
        } else {
            (void)fputc(value.ptr[i], stdout);
        }
    }
    (void)puts("'");
}

static int print_unset(void)
{
    static const char *const names[] = { "AWS_ENDPOINT_URL",   "AWS_REGION",
                                         "AWS_DEFAULT_REGION", "AWS_DATA_PATH",
                                         "AWS_ACCESS_KEY_ID",  "AWS_SECRET_ACCESS_KEY",
                                         "AWS_SESSION_TOKEN",  "AWS_EC2_METADATA_DISABLED" };

    (void)fputs("unset", stdout);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)printf(" %s", names[i]);
    }
    (void)puts("");
    return 0;
}

static int print_env(const char *data, struct arena *arena)
{
    struct data_dir dir;
    str path = STR_NONE, models;
    enum rc rc;

    if (!data_dir_read(&command_env, data, arena, &dir)) {
        return EXIT_FAILURE;
    }
    models = arena_printf(arena, "%s/client-models", dir.path.ptr);
    rc = models.ptr == NULL ? RC_NOMEM : client_files_write(models.ptr, dir.endpoint, arena, &path);
    if (rc != RC_OK) {
        complain(&command_env, "cannot write %.*s: %s", FMT(path), rc_name(rc));
        return EXIT_FAILURE;
    }
    print_export("AWS_ENDPOINT_URL", dir.endpoint);
    print_export("AWS_DATA_PATH", models); /* for clients that do not know the line above */
    print_export("AWS_REGION", dir.region);
    print_export("AWS_DEFAULT_REGION", dir.region);
    print_export("AWS_ACCESS_KEY_ID", dir.access_key_id);
    print_export("AWS_SECRET_ACCESS_KEY", dir.secret);
    print_export("AWS_EC2_METADATA_DISABLED", STR("true"));
    (void)puts("unset AWS_SESSION_TOKEN AWS_PROFILE");
    return 0;
}

static int run(int argc, char **argv)
{
    const char *data = "./mantle-data", *config = NULL;
    bool undo = false;
    const struct option_row rows[] = {
        { "data", 'd', OPTION_TEXT, &data, "DIR", "Data directory of the server (./mantle-data).",
          0, 0, false },
        { "undo", 'u', OPTION_FLAG, &undo, NULL, "Print lines that take the variables away again.",
          0, 0, false },
        { "config", 'c', OPTION_TEXT, &config, "FILE", "Read settings from FILE.", 0, 0, false },
    };
    struct arena arena;
    int status, at;

    arena_init(&arena, &heap, 16384, 4 << 20);
    at = options_read(&command_env, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at < argc) {
        complain(&command_env, "unexpected argument '%s'", argv[at]);
    } else if (at >= 0) {
        status = undo ? print_unset() : print_env(data, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_env = {
    .name = "env",
    .summary = "Prints shell lines that point AWS clients at a server: eval \"$(mantle env)\".",
    .usage = "mantle env [--data DIR] [--undo]",
    .notes =
        "The lines carry the bootstrap credentials; they go to standard output only.\n"
        "AWS_DATA_PATH names a folder in DIR with endpoint files for clients that are too old\n"
        "for AWS_ENDPOINT_URL (AWS CLI before 2.13, boto3 before 1.28).\n",
    .run = run,
};
