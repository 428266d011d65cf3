/* mantle configure: for clients that ignore AWS_ENDPOINT_URL, per user instead of per shell. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "cli/client_files.h"
#include "cli/commands.h"
#include "cli/data_dir.h"

static int apply(const char *models, str endpoint, struct arena *arena)
{
    str path = STR_NONE;
    enum rc rc = client_files_write(models, endpoint, arena, &path);

    if (rc == RC_EXISTS) {
        complain(&command_configure, "%.*s is there and not ours; move it away first", FMT(path));
        return EXIT_FAILURE;
    }
    if (rc != RC_OK) {
        complain(&command_configure, "cannot write %.*s: %s", FMT(path), rc_name(rc));
        return EXIT_FAILURE;
    }
    (void)printf("AWS CLI and boto3 of this user now send IAM and STS calls to %.*s\n"
                 "(files under %s; take them away with: mantle configure --undo)\n",
                 FMT(endpoint), models);
    return 0;
}

static int undo_all(const char *models, struct arena *arena)
{
    unsigned removed = client_files_remove(models, arena);

    (void)printf("%u file%s of ours removed under %s\n", removed, removed == 1 ? "" : "s", models);
    return 0;
}

static int run(int argc, char **argv)
{
    const char *data = "./mantle-data", *endpoint = NULL, *models = NULL, *config = NULL;
    const char *home = getenv("HOME");
    bool undo = false;
    const struct option_row rows[] = {
        { "data", 'd', OPTION_TEXT, &data, "DIR", "Data directory of the server (./mantle-data).",
          0, 0, false },
        { "endpoint", 'e', OPTION_TEXT, &endpoint, "URL",
          "The server's address, when it runs elsewhere.", 0, 0, false },
        { "models", 'm', OPTION_TEXT, &models, "DIR",
          "Where clients look for model files (~/.aws/models).", 0, 0, false },
        { "undo", 'u', OPTION_FLAG, &undo, NULL, "Take the files away again.", 0, 0, false },
        { "config", 'c', OPTION_TEXT, &config, "FILE", "Read settings from FILE.", 0, 0, false },
    };
    struct arena arena;
    struct data_dir dir = { .path = STR_NONE };
    int status, at;

    arena_init(&arena, &heap, 16384, 4 << 20);
    at = options_read(&command_configure, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at < argc) {
        complain(&command_configure, "unexpected argument '%s'", argv[at]);
        at = -1;
    }
    if (at >= 0 && models == NULL && home == NULL) {
        complain(&command_configure, "HOME is not set; name the folder with --models");
        at = -1;
        status = EXIT_FAILURE;
    }
    if (at >= 0 && models == NULL) {
        models = arena_printf(&arena, "%s/.aws/models", home).ptr;
    }
    if (at >= 0 && undo) {
        status = undo_all(models, &arena);
    } else if (at >= 0) {
        bool known = endpoint != NULL || data_dir_endpoint(&command_configure, data, &arena, &dir);
        str url = endpoint != NULL ? str_cstr(endpoint) : dir.endpoint;
        status = known ? apply(models, url, &arena) : EXIT_FAILURE;
    }
    arena_done(&arena);
    return status;
}

const struct command command_configure = {
    .name = "configure",
    .summary = "Points this user's older AWS clients at a server, or undoes it.",
    .usage = "mantle configure [--data DIR | --endpoint URL] [--undo]",
    .notes =
        "Clients before AWS CLI 2.13 and boto3 1.28 ignore AWS_ENDPOINT_URL. This writes endpoint\n"
        "rule sets for iam and sts, which steer direct calls and the inner ones (profiles with\n"
        "role_arn). Files that are not ours are never touched.\n",
    .run = run,
};
