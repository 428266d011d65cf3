/* mantle migrate status: the board, by stage. From the journal alone; no network. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/migrate.h"
#include "cli/migrate_account.h"
#include "cli/print.h"
#include "codec/date.h"
#include "system/system.h"

enum { ARENA_BYTES_MAX = 256 << 20 };

struct board {
    struct journal_move *moves; /* the last of each key */
    size_t count;
    struct journal_intent *open;
    size_t open_count;
    size_t by_stage[STAGES], alerts;
};

static int by_stage(const void *a, const void *b)
{
    const struct journal_move *x = a, *y = b;

    return x->stage != y->stage ? (x->stage > y->stage ? -1 : 1) : str_cmp(x->user, y->user);
}

static enum rc board_read(struct journal *journal, str key, struct arena *arena, struct board *ret)
{
    struct board board = { 0 };

    if (journal == NULL) {
        *ret = board;
        return RC_OK;
    }
    TRY(journal_moves(journal, key, arena, &board.moves, &board.count));
    TRY(journal_intents(journal, key, true, arena, &board.open, &board.open_count));
    if (key.ptr == NULL && board.count > 1) {
        qsort(board.moves, board.count, sizeof(*board.moves), by_stage);
    }
    for (size_t i = 0; i < board.count; i++) {
        board.by_stage[board.moves[i].stage]++;
        board.alerts += board.moves[i].alert;
    }
    *ret = board;
    return RC_OK;
}

static bool in_journal(const struct board *board, str key)
{
    for (size_t i = 0; i < board->count; i++) {
        if (str_eq(board->moves[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void print_move(const struct journal_move *m)
{
    char at[20];

    date_print_iso(m->at_s, at);
    (void)printf("%.*s %-11.*s %-20.*s %-24.*s %.20s  %s", FMT(stage_code((enum stage)m->stage)),
                 FMT(stage_word((enum stage)m->stage)), FMT(m->key), FMT(m->user), at,
                 m->alert ? "ALERT: " : "");
    print_plain(stdout, m->why);
    if (m->detail.ptr != NULL && m->alert) {
        (void)fputs("\n    ", stdout);
        print_plain(stdout, m->detail);
    }
    (void)fputc('\n', stdout);
}

static void print_text(const struct board *board, const struct estate *estate, str key)
{
    char at[20];
    size_t untouched = 0;

    for (size_t i = 0; i < board->count; i++) {
        print_move(&board->moves[i]);
    }
    for (size_t i = 0; i < board->open_count; i++) {
        const struct journal_intent *intent = &board->open[i];
        date_print_iso(intent->at_s, at);
        (void)printf("OPEN intent %" PRId64 " (%.*s) of %.*s, begun %.20s: run apply or revert\n",
                     intent->id, FMT(intent->kind), FMT(intent->key), at);
    }
    if (key.ptr != NULL) {
        return;
    }
    for (size_t i = 0; i < estate->key_count; i++) {
        untouched += estate->keys[i].listed && !in_journal(board, estate->keys[i].id);
    }
    (void)printf("\nS0 %zu", untouched + board->by_stage[0]);
    for (unsigned i = 1; i < STAGES; i++) {
        (void)printf(" · %.*s %zu", FMT(stage_code((enum stage)i)), board->by_stage[i]);
    }
    (void)printf(" · alerts %zu · open intents %zu\n", board->alerts, board->open_count);
}

static void put_move(struct json_out *o, const struct journal_move *m)
{
    char at[20];

    date_print_iso(m->at_s, at);
    json_open(o, '{');
    json_put_str(o, STR("key"), m->key);
    json_put_str(o, STR("user"), m->user);
    json_put_str(o, STR("stage"), stage_code((enum stage)m->stage));
    json_put_str(o, STR("name"), stage_word((enum stage)m->stage));
    json_put_str(o, STR("since"), str_from(at, sizeof(at)));
    json_put_bool(o, STR("alert"), m->alert);
    json_put_str(o, STR("why"), m->why);
    if (m->detail.ptr != NULL) {
        json_own_key(o, STR("detail"));
        json_raw(o, m->detail);
    }
    json_close(o, '}');
}

static void print_json(const struct board *board, const struct estate *estate)
{
    buf text = buf_heap(SIZE_MAX);
    struct json_out o = { .out = &text };

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR("mantle-migrate-status/1"));
    json_own_key(&o, STR("keys"));
    json_open(&o, '[');
    for (size_t i = 0; i < board->count; i++) {
        put_move(&o, &board->moves[i]);
    }
    for (size_t i = 0; i < estate->key_count; i++) {
        if (estate->keys[i].listed && !in_journal(board, estate->keys[i].id)) {
            json_open(&o, '{');
            json_put_str(&o, STR("key"), estate->keys[i].id);
            json_put_str(&o, STR("user"), estate->keys[i].user);
            json_put_str(&o, STR("stage"), STR("S0"));
            json_put_str(&o, STR("name"), STR("inventoried"));
            json_put_bool(&o, STR("alert"), false);
            json_close(&o, '}');
        }
    }
    json_close(&o, ']');
    json_own_key(&o, STR("open_intents"));
    json_open(&o, '[');
    for (size_t i = 0; i < board->open_count; i++) {
        json_open(&o, '{');
        json_put_i64(&o, STR("intent"), board->open[i].id);
        json_put_str(&o, STR("kind"), board->open[i].kind);
        json_put_str(&o, STR("key"), board->open[i].key);
        json_put_i64(&o, STR("calls_done"), board->open[i].calls_done);
        json_close(&o, '}');
    }
    json_close(&o, ']');
    json_close(&o, '}');
    (void)printf("%.*s\n", FMT(buf_str(&text)));
    buf_done(&text);
}

static int status_of(const char *folder, str key, bool json, struct arena *arena)
{
    struct held_journal held;
    struct estate estate = { 0 };
    struct board board;
    bool missing = false;
    int status = EXIT_USAGE;

    if (!journal_take(&command_migrate_status, folder, STR_NONE, true, arena, &held, &missing)) {
        journal_give_back(&held);
        return EXIT_USAGE;
    }
    if (estate_open(folder, &estate) != RC_OK && missing) {
        complain(&command_migrate_status, "%s: neither an estate nor a journal (--estate)", folder);
    } else if (board_read(held.journal, key, arena, &board) != RC_OK) {
        complain(&command_migrate_status, "the journal cannot be read");
    } else {
        if (json) {
            print_json(&board, &estate);
        } else {
            print_text(&board, &estate, key);
        }
        status = board.alerts + board.open_count > 0 ? EXIT_FAILURE : 0;
    }
    estate_close(&estate);
    journal_give_back(&held);
    return status;
}

/* Pass after pass, each from the journal as it is then; a terminal shows the newest alone. */
static int watch(const char *folder, str key, bool json, unsigned every_s)
{
    const struct timespec wait = { .tv_sec = (time_t)every_s };
    bool terminal = isatty(STDOUT_FILENO) == 1 && !json;
    int status;

    do {
        struct arena arena;
        char at[20];
        date_print_iso(env_now_s(system_env()), at);
        if (!json) {
            (void)printf("%s%.20s\n", terminal ? "\033[H\033[2J" : "", at);
        }
        arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
        status = status_of(folder, key, json, &arena);
        arena_done(&arena);
        if (fflush(stdout) != 0) {
            return EXIT_FAILURE; /* nobody reads any more */
        }
    } while (status != EXIT_USAGE && nanosleep(&wait, NULL) == 0);
    return status;
}

static int run(int argc, char **argv)
{
    const char *folder = "estate";
    uint64_t watch_s = 0;
    bool json = false;
    const struct option_row rows[] = {
        { "estate", 'e', OPTION_TEXT, &folder, "DIR", "The estate (./estate).", 0, 0, false },
        { "watch", 'w', OPTION_UINT, &watch_s, "SECONDS",
          "Again and again, that far apart, until interrupted.", 1, 86400, false },
        { "json", 'j', OPTION_FLAG, &json, NULL, "mantle-migrate-status/1 instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, ARENA_BYTES_MAX);
    at = options_read(&command_migrate_status, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at > 1) {
        complain(&command_migrate_status, "one KEY-ID at most; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        str key = at < argc ? str_cstr(argv[at]) : STR_NONE;
        status = watch_s > 0 ? watch(folder, key, json, (unsigned)watch_s)
                             : status_of(folder, key, json, &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_status = {
    .name = "migrate status",
    .summary = "Where each key stands on its way out; with a KEY-ID, how it got there.",
    .usage = "mantle migrate status [KEY-ID] [--estate DIR] [--watch SECONDS] [--json]",
    .notes = "Reads ESTATE/move/journal.db; asks no account.\n"
             "Exit status: 0 nothing to look at, 1 an alert or an intent that is open, 2 wrong "
             "usage.\n",
    .run = run,
};
