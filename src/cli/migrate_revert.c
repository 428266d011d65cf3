/* mantle migrate revert: whatever stands in a key's way is taken away again. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 256 << 20 };

struct settings {
    const char *estate;
    bool all, print, roles, json;
    struct account_options account;
};

/* Offline, and without the lease: whoever holds it may be the one who hangs. */
static int print_calls(const struct settings *s, str key, struct arena *arena)
{
    struct held_journal held;
    struct journal_move *moves = NULL;
    size_t count = 0, found = 0;
    buf out = buf_arena(arena, 64 << 20);
    enum rc rc = RC_OK;

    if (!journal_take(&command_migrate_revert, s->estate, STR_NONE, true, arena, &held, NULL)) {
        journal_give_back(&held);
        return EXIT_USAGE;
    }
    rc = journal_moves(held.journal, STR_NONE, arena, &moves, &count);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        struct calls calls;
        if (key.ptr != NULL && !str_eq(moves[i].key, key)) {
            continue;
        }
        rc = revert_calls(held.journal, &moves[i], s->roles, arena, &calls);
        for (size_t c = 0; rc == RC_OK && c < calls.count; c++) {
            call_print(&calls.items[c], &out);
            buf_add_char(&out, '\n');
            found++;
        }
    }
    journal_give_back(&held);
    if (rc != RC_OK || out.err != RC_OK) {
        complain(&command_migrate_revert, "the journal cannot be read");
        return EXIT_USAGE;
    }
    if (fwrite(out.ptr, 1, out.len, stdout) != out.len) {
        return EXIT_USAGE;
    }
    if (found == 0) {
        complain(&command_migrate_revert, "nothing stands in the way of %s",
                 key.ptr == NULL ? "any key" : "this key");
    }
    return 0;
}

static int revert(const struct settings *s, str key, struct arena *arena)
{
    struct news_printer printer = { .json = s->json };
    struct held_journal held = { .lock = -1 };
    struct account account = { 0 };
    struct uses no_uses = { .oldest_s = USE_NEVER, .newest_s = USE_NEVER };
    struct apply a = { .env = system_env(),
                       .arena = arena,
                       .estate_dir = s->estate,
                       .uses = &no_uses,
                       .tell = news_print,
                       .context = &printer };
    size_t count = 0;
    int status = EXIT_USAGE;
    enum rc rc;

    if (account_open(&command_migrate_revert, &s->account, arena, &account) &&
        journal_take(&command_migrate_revert, s->estate, account.number, false, arena, &held,
                     NULL)) {
        a.remote = account.remote;
        a.journal = held.journal;
        a.fence = held.fence;
        a.operator_arn = account.arn;
        rc = revert_keys(&a, key, s->roles, &count);
        if (rc != RC_OK) {
            complain(&command_migrate_revert, "stopped: %s", rc_name(rc));
        } else if (count == 0) {
            complain(&command_migrate_revert, "nothing stands in the way of %s",
                     key.ptr == NULL ? "any key" : "this key");
        }
        status = rc == RC_OK && a.told[APPLY_FAILED] == 0 ? 0 : EXIT_FAILURE;
    }
    journal_give_back(&held);
    account_close(&account);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings s = { .estate = "estate", .account = { .rate = ACCOUNT_RATE } };
    const struct option_row rows[] = {
        { "estate", 'e', OPTION_TEXT, &s.estate, "DIR", "The estate (./estate).", 0, 0, false },
        { "all", 'a', OPTION_FLAG, &s.all, NULL, "Every key.", 0, 0, false },
        { "print", 'p', OPTION_FLAG, &s.print, NULL,
          "Print commands of the AWS CLI instead; needs no network.", 0, 0, false },
        { "roles", 0, OPTION_FLAG, &s.roles, NULL,
          "Delete the roles too that were made. Whatever uses them fails then.", 0, 0, false },
        ACCOUNT_OPTIONS(&s.account),
        { "json", 'j', OPTION_FLAG, &s.json, NULL, "One JSON object a line.", 0, 0, false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    at = options_read(&command_migrate_revert, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && (argc - at > 1 || (argc - at == 1) == s.all)) {
        complain(&command_migrate_revert, "either one KEY-ID or --all");
        status = EXIT_USAGE;
    } else if (at >= 0) {
        str key = s.all ? STR_NONE : str_cstr(argv[at]);
        status = s.print ? print_calls(&s, key, &arena) : revert(&s, key, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_revert = {
    .name = "migrate revert",
    .summary = "Brings a key back to work, or all of them: denies go, inactive keys are active.",
    .usage = "mantle migrate revert KEY-ID|--all [--print] [--estate DIR] [OPTION]...",
    .notes =
        "Works from ESTATE/move/journal.db: no plan is needed. A deleted key cannot be brought\n"
        "back; what stood around it is in ESTATE/move/restore. A key that was brought back stays\n"
        "where it is until a new plan is made.\n"
        "Exit status: 0 done, 1 something failed, 2 wrong usage.\n",
    .run = run,
};
