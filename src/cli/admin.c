/* mantle admin: accounts, quotas, root keys, key rotation, backup. Asks the running server, or does
 * it alone when none runs. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "cli/admin_keys.h"
#include "cli/admin_ops.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "store/store.h"
#include "system/system.h"
#include "trail/trail.h"
#include "vault/vault.h"

struct alone { /* what a server would have open */
    struct trail *trail;
    struct store *store;
    struct vault *vault;
};

static enum rc open_alone(const char *dir, struct alone *a, struct arena *arena, str *ret_why)
{
    str trail_dir = arena_printf(arena, "%s/trail", dir);
    struct trail_config trail = {
        .dir = trail_dir.ptr, .segment_bytes_max = 64 << 20, .lanes = 1, .env = system_env()
    };
    struct store_config store = { .dir = dir,
                                  .env = system_env(),
                                  .before_commit = trail_before_commit,
                                  .after_commit = trail_after_commit,
                                  .after_abort = trail_after_abort };

    if (trail_dir.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(vault_open(dir, system_env(), arena, &a->vault, ret_why));
    TRY(trail_open(&trail, arena, &a->trail, ret_why));
    store.ctx = a->trail;
    TRY(store_open(&store, arena, &a->store, ret_why));
    return trail_start(a->trail, a->store);
}

static int run_alone(const char *dir, const str *words, size_t count, struct arena *arena)
{
    struct alone a = { 0 };
    buf out = buf_arena(arena, ADMIN_BYTES_MAX), err = buf_arena(arena, ADMIN_BYTES_MAX);
    str why = STR_NONE;
    enum rc rc = open_alone(dir, &a, arena, &why);
    int status = EXIT_FAILURE;

    if (rc == RC_OK) {
        struct admin admin = { .store = a.store,
                               .trail = a.trail,
                               .vault = a.vault,
                               .env = system_env(),
                               .region = STR("us-east-1"),
                               .uid = getuid() };
        rc = admin_keys_settle(&admin);
        if (rc != RC_OK) {
            buf_printf(&err, "cannot look after the records of key rotations: %s", rc_name(rc));
        } else {
            status = admin_execute(&admin, words, count, arena, &out, &err);
        }
        (void)fwrite(out.ptr, 1, out.len, stdout);
        if (err.len > 0) {
            complain(&command_admin, "%.*s", FMT(buf_str(&err)));
        }
    } else {
        complain(&command_admin, "%s: %.*s", dir, FMT(why.len > 0 ? why : str_cstr(rc_name(rc))));
    }
    trail_close(a.trail);
    store_close(a.store);
    vault_close(a.vault);
    return status;
}

static int ask(const char *dir, const str *words, size_t count, struct arena *arena)
{
    str out = STR_NONE, err = STR_NONE;
    int status = EXIT_FAILURE;
    enum rc rc = control_ask(dir, words, count, arena, &status, &out, &err);

    if (rc == RC_NOENT) {
        return run_alone(dir, words, count, arena);
    }
    if (rc != RC_OK) {
        complain(&command_admin, "the server of %s does not listen to this user: %s", dir,
                 rc_name(rc));
        return EXIT_FAILURE;
    }
    (void)fwrite(out.ptr, 1, out.len, stdout);
    if (err.len > 0) {
        complain(&command_admin, "%.*s", FMT(err));
    }
    return status;
}

/* --data may stand anywhere; all other words belong to the operation. */
static int run(int argc, char **argv)
{
    const char *data = getenv("MANTLE_DATA");
    struct arena arena;
    str words[ADMIN_WORDS_MAX];
    size_t count = 0;
    int status;

    data = data == NULL || data[0] == '\0' ? "./mantle-data" : data;
    for (int i = 1; i < argc; i++) {
        str word = str_cstr(argv[i]);
        if (str_eq(word, STR("--help")) || str_eq(word, STR("-h"))) {
            (void)printf("Usage: %s\n%s\n\n%s", command_admin.usage, command_admin.summary,
                         admin_help);
            return 0;
        }
        if ((str_eq(word, STR("--data")) || str_eq(word, STR("-d"))) && i + 1 < argc) {
            data = argv[++i];
        } else if (take_prefix(&word, STR("--data="))) {
            data = word.ptr;
        } else if (count < ADMIN_WORDS_MAX) {
            words[count++] = word;
        }
    }
    if (count == 0) {
        complain(&command_admin, "what? (see mantle admin --help)");
        return EXIT_USAGE;
    }
    if (access(data, F_OK) != 0) {
        complain(&command_admin, "there is no data directory %s; name it with --data", data);
        return EXIT_FAILURE;
    }
    arena_init(&arena, &heap, 65536, 256 << 20);
    if (count == 2 && str_eq(words[0], STR("import-managed-policies"))) {
        static char path[PATH_MAX]; /* the server stands in a folder of its own */
        words[1] = realpath(words[1].ptr, path) == NULL ? words[1] : str_cstr(path);
    }
    status = ask(data, words, count, &arena);
    arena_done(&arena);
    return status;
}

const struct command command_admin = {
    .name = "admin",
    .summary = "Accounts, quotas, root keys, key rotation, backup.",
    .usage = "mantle admin [--data DIR] OPERATION [OPTION]...",
    .notes = NULL,
    .run = run,
};
