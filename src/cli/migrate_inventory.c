/* mantle migrate inventory: who really uses each key. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/migrate.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "codec/date.h"
#include "migrate/gather.h"
#include "migrate/inventory.h"
#include "system/system.h"

enum {
    DAY_S = 86400,
    SHOWN_CONSUMERS = 5,
    SHOWN_PROBLEMS = 10,
    THREADS_MAX = 64,
};
#define INVENTORY_ARENA_MAX ((size_t)8 << 30)

struct asked {
    struct option_list trails;
    uint64_t threads;
    const char *public_keys;
    bool json, dry;
};

static void on_progress(void *context, const struct trail_list *list,
                        const struct trail_counts *counts)
{
    progress_at(context, counts->packed_bytes >> 20, list->bytes >> 20, "MB");
}

/* -- text ---------------------------------------------------------------------------------------- */

static void print_day(const char *before, int64_t time_s)
{
    char text[20];

    if (time_s == ESTATE_NEVER) {
        (void)printf("%snever", before);
        return;
    }
    date_print_iso(time_s, text);
    (void)printf("%s%.10s", before, text);
}

static void print_consumer(const struct inventory_consumer *consumer)
{
    const struct inventory_use *use = &consumer->use;

    (void)fputs("      ", stdout);
    print_plain(stdout, consumer->name);
    (void)printf(": %" PRIu64 " call%s on %" PRIu32 " day%s,", use->calls, PLURAL(use->calls),
                 use->active_days, PLURAL(use->active_days));
    for (size_t i = 0; i < use->services.count && i < 4; i++) {
        (void)fputc(' ', stdout);
        print_plain(stdout, use->services.items[i].name);
    }
    print_day(", last ", use->last_s);
    if (use->denied > 0) {
        (void)printf(", %" PRIu64 " denied", use->denied);
    }
    (void)fputc('\n', stdout);
}

static void print_key(const struct inventory_key *key, int64_t now_s)
{
    (void)fputs("   ", stdout);
    print_plain(stdout, key->id.ptr == NULL ? STR("sessions without a known key") : key->id);
    if (key->known) {
        (void)printf(" %s", key->active ? "active" : "inactive");
        if (key->created_s != ESTATE_NEVER) {
            (void)printf(", %" PRId64 " day%s old", (now_s - key->created_s) / DAY_S,
                         PLURAL((now_s - key->created_s) / DAY_S));
        }
    } else if (key->id.ptr != NULL) {
        (void)printf(" not in the exports");
    }
    if (key->use.calls == 0 && key->use.last_s == ESTATE_NEVER) {
        (void)printf(", not in the trail");
        print_day("; last use by the report: ", key->reported_s);
        (void)fputc('\n', stdout);
        return;
    }
    (void)printf(", %" PRIu64 " call%s", key->use.calls, PLURAL(key->use.calls));
    print_day(", ", key->use.first_s);
    print_day(" to ", key->use.last_s);
    (void)printf(", %zu consumer%s\n", key->consumer_count, PLURAL(key->consumer_count));
    for (size_t i = 0; i < key->consumer_count && i < SHOWN_CONSUMERS; i++) {
        print_consumer(&key->consumers[i]);
    }
    if (key->consumer_count > SHOWN_CONSUMERS) {
        (void)printf("      and %zu more consumer%s\n", key->consumer_count - SHOWN_CONSUMERS,
                     PLURAL(key->consumer_count - SHOWN_CONSUMERS));
    }
    for (size_t i = 0; i < key->sessions.as.count && i < SHOWN_CONSUMERS; i++) {
        (void)fputs("      through sessions as ", stdout);
        print_plain(stdout, key->sessions.as.items[i].name);
        (void)printf(": %" PRIu64 " call%s\n", key->sessions.as.items[i].count,
                     PLURAL(key->sessions.as.items[i].count));
    }
}

static void print_place(FILE *out, const struct trail_problem *p)
{
    print_plain(out, p->path);
    (void)fprintf(out, ":%" PRIu64 ": ", p->offset);
    print_plain(out, p->what);
}

static void print_notes(const struct inventory *inventory)
{
    const struct trail_problems *notes = &inventory->notes;

    if (notes->count > 0) {
        (void)printf("\nNoted:\n");
    }
    for (size_t i = 0; i < notes->count && i < SHOWN_PROBLEMS; i++) {
        (void)fputs("   ", stdout);
        print_place(stdout, &notes->items[i]);
        (void)fputc('\n', stdout);
    }
    if (notes->count > SHOWN_PROBLEMS) {
        (void)printf("   and %zu more: " INVENTORY_FILE " has their places\n",
                     notes->count - SHOWN_PROBLEMS);
    }
}

static void print_not_seen(const struct inventory *inventory)
{
    size_t shown = 0, same;

    for (size_t i = 0; i < inventory->problem_count && shown < SHOWN_PROBLEMS; i += same, shown++) {
        const struct trail_problem *p = &inventory->problems[i];
        for (same = 1; i + same < inventory->problem_count && str_eq(p[same].path, p->path);) {
            same++;
        }
        print_place(stderr, p);
        if (same > 1) {
            (void)fprintf(stderr, "; and %zu more in it", same - 1);
        }
        (void)fputc('\n', stderr);
    }
    if (inventory->problem_count > shown) {
        (void)fprintf(stderr, "all %" PRIu64 " are in " INVENTORY_FILE "\n",
                      inventory->problems_seen);
    }
    if (inventory->blind_count > 0) {
        (void)printf("\nNot seen:\n");
    }
    for (size_t i = 0; i < inventory->blind_count; i++) {
        (void)fputs("   ", stdout);
        print_plain(stdout, inventory->blind[i].what);
        (void)fputc('\n', stdout);
    }
}

static void print_text(const struct inventory *inventory, int64_t now_s)
{
    for (size_t i = 0; i < inventory->principal_count; i++) {
        const struct inventory_principal *p = &inventory->principals[i];
        if (p->kind == BOOK_ROLE) {
            continue;
        }
        print_plain(stdout, p->kind == BOOK_ROOT ? STR("root user") : p->name);
        (void)printf("%s\n", p->key_count == 0 ? ": no key, not in the trail" : "");
        for (size_t k = 0; k < p->key_count; k++) {
            print_key(&p->keys[k], now_s);
        }
    }
    (void)printf("\n%" PRIu64 " record%s in %" PRIu64 " file%s", inventory->trail.records,
                 PLURAL(inventory->trail.records), inventory->trail.files,
                 PLURAL(inventory->trail.files));
    print_day(", ", inventory->first_s);
    print_day(" to ", inventory->last_s);
    (void)printf("; %" PRIu64 " call%s of users and roles, %" PRIu64 " duplicate%s left out\n",
                 inventory->calls, PLURAL(inventory->calls), inventory->trail.duplicates,
                 PLURAL(inventory->trail.duplicates));
    if (inventory->digests.digests > 0) {
        const struct trail_digests *d = &inventory->digests;
        (void)printf("%" PRIu64 " digest%s: %" PRIu64 " of %" PRIu64 " file%s verified, %" PRIu64
                     " digest%s by signature\n",
                     d->digests, PLURAL(d->digests), d->files_verified, d->files_listed,
                     PLURAL(d->files_listed), d->signatures_good, PLURAL(d->signatures_good));
    }
    print_not_seen(inventory);
    print_notes(inventory);
}

/* -- the work ------------------------------------------------------------------------------------ */

struct run {
    const struct asked *asked;
    struct estate estate;
    struct arena arena;
    struct trail_problems problems, notes;
    struct trail_digests digests;
    struct trail_keys keys;
    struct books books;
    struct inventory inventory;
    int64_t now_s;
};

static enum rc read_trail(struct run *run, struct trail_counts *ret_counts)
{
    const struct env *env = system_env();
    struct progress progress;
    struct gather_options options = {
        .trail = { .threads = (unsigned)run->asked->threads,
                   .notes = &run->notes,
                   .progress = on_progress,
                   .progress_context = &progress },
        .now_s = run->now_s,
    };
    struct trail_list list;
    enum rc rc;

    books_init(&run->books, 0, 0);
    TRY(env->random(env, &options.seed, sizeof(options.seed)));
    TRY(trail_list_make(run->asked->trails.items, run->asked->trails.count, &run->arena,
                        &run->problems, &list));
    progress_start(&progress, "reading the trail");
    books_done(&run->books);
    rc = gather(&list, &options, &run->problems, &run->books, ret_counts);
    progress_end(&progress);
    TRY(rc);
    books_tell_odd(&run->books, &run->problems);
    return trail_check_digests(&list, run->asked->public_keys == NULL ? NULL : &run->keys,
                               &run->problems, &run->digests);
}

static enum rc make(struct run *run)
{
    struct trail_counts counts = { 0 };

    TRY(read_trail(run, &counts));
    TRY(inventory_make(&run->books, &run->estate, &counts, &run->digests, &run->problems,
                       &run->arena, &run->inventory));
    inventory_note(&run->inventory, &run->notes);
    if (run->asked->dry) {
        return RC_OK;
    }
    TRY(migrate_trail_remember(&run->estate, &run->asked->trails));
    return inventory_save(&run->inventory, &run->estate);
}

static int say(const struct run *run)
{
    buf text = buf_heap(SIZE_MAX);

    if (run->asked->json) {
        inventory_print(&run->inventory, &text);
        (void)fwrite(buf_str(&text).ptr, 1, text.len, stdout);
        buf_done(&text);
    } else {
        print_text(&run->inventory, run->now_s);
    }
    return run->inventory.problems_seen > 0 || run->estate.problem_count > 0;
}

static void complain_of(const struct run *run, enum rc rc, const char *folder)
{
    const struct trail_problems *p = &run->problems;

    if (rc == RC_NOENT && p->count > 0) {
        complain(&command_migrate_inventory, "%.*s: %.*s", FMT(p->items[p->count - 1].path),
                 FMT(p->items[p->count - 1].what));
    } else if (rc == RC_NOMEM) {
        complain(&command_migrate_inventory, "not enough memory");
    } else {
        complain(&command_migrate_inventory, "%s/" INVENTORY_FILE " cannot be written (%s)", folder,
                 rc_name(rc));
    }
}

static int inventory(const struct asked *asked, const char *folder)
{
    struct run run = { .asked = asked, .now_s = env_now_s(system_env()) };
    int status = EXIT_USAGE;
    enum rc rc;

    arena_init(&run.arena, &heap, 1 << 18, INVENTORY_ARENA_MAX);
    run.problems.arena = run.notes.arena = &run.arena;
    books_init(&run.books, 0, 0);
    if (migrate_estate_open(&command_migrate_inventory, folder, asked->json, &run.estate) &&
        migrate_trail_keys(&command_migrate_inventory, asked->public_keys, &run.arena, &run.keys)) {
        rc = make(&run);
        if (rc == RC_OK) {
            status = say(&run);
        } else {
            complain_of(&run, rc, folder);
        }
    }
    books_done(&run.books);
    estate_close(&run.estate);
    arena_done(&run.arena);
    return status;
}

static int run(int argc, char **argv)
{
    struct asked asked = { .json = false };
    const struct option_row rows[] = {
        { "trail", 't', OPTION_LIST, &asked.trails, "PATH",
          "A folder of trail files, or one file; may be given several times.", 0, 0, false },
        PUBLIC_KEYS_OPTION(&asked.public_keys),
        { "threads", 0, OPTION_UINT, &asked.threads, "N",
          "Files read at a time; one per core by default.", 1, THREADS_MAX, false },
        { "dry-run", 'n', OPTION_FLAG, &asked.dry, NULL,
          "Print only; leave " INVENTORY_FILE " as it is.", 0, 0, false },
        { "json", 'j', OPTION_FLAG, &asked.json, NULL, INVENTORY_FORMAT " instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    at = options_read(&command_migrate_inventory, rows, COUNT_OF(rows), argc, argv, &arena,
                      &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_migrate_inventory, "one ESTATE folder is read; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = inventory(&asked, argv[at]);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_inventory = {
    .name = "migrate inventory",
    .summary = "Users and keys, and who really uses each: a dossier per key.",
    .usage = "mantle migrate inventory ESTATE --trail PATH [--trail PATH]... [OPTION]...",
    .notes = "Reads CloudTrail as it is delivered ({\"Records\": ...}, gzip or not), arrays, one "
             "record a\n"
             "line, answers of lookup-events, and CSV of Athena or CloudTrail Lake. Writes "
             "ESTATE/inventory.json\n"
             "(" INVENTORY_FORMAT "), which later steps read instead of the trail.\n"
             "A consumer is one program at work behind a key, told by program, address and deeds; "
             "user agents\n"
             "and addresses prove nothing, so ask its owner.\n"
             "Damage costs the record it hits and is listed with file and offset (in the unpacked "
             "file).\n"
             "Limits: 4 MiB a record; files that unpack to 200 times their size are left; "
             "duplicates are\n"
             "recognised among the last 200,000 records. Memory: 24 MiB a thread, and what there "
             "is to tell.\n"
             "Exit status: 0 done, 1 done and some input could not be read or disagrees, 2 wrong "
             "usage.\n",
    .run = run,
};
