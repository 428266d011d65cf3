/* mantle migrate classify: person, program, both or unknown. */
#include <stdio.h>
#include <unistd.h>

#include "cli/migrate.h"
#include "cli/print.h"
#include "migrate/classify.h"
#include "system/system.h"

#define CLASSIFY_ARENA_MAX ((size_t)8 << 30)
enum { SHOWN_REASONS = 6 };

struct asked {
    bool json, dry, rules;
};

static void print_user(const struct user_verdict *u)
{
    const struct verdict *v = &u->verdict;

    (void)printf("%-8s", class_word(v->class));
    print_plain(stdout, u->name);
    if (v->percent > 0) {
        (void)printf("  %u %%", v->percent);
    }
    (void)printf("  (person %u, program %u points)\n", v->human, v->machine);
    if (u->break_glass) {
        (void)printf("        BREAK GLASS? leave it alone: %.*s\n", FMT(u->break_glass_why));
    }
    for (size_t i = 0; i < v->reason_count && i < SHOWN_REASONS; i++) {
        (void)printf("        %s %2u  ", v->reasons[i].human ? "person " : "program",
                     v->reasons[i].points);
        print_plain(stdout, v->reasons[i].what);
        (void)fputc('\n', stdout);
    }
    if (v->reason_count == 0) {
        (void)printf("        nothing was seen of it\n");
    }
}

static void print_text(const struct classification *c)
{
    for (size_t i = 0; i < c->user_count; i++) {
        print_user(&c->users[i]);
    }
    (void)printf("\n%zu user%s: %zu mixed, %zu unknown, %zu system%s, %zu people\n", c->user_count,
                 PLURAL(c->user_count), c->of_class[CLASS_MIXED], c->of_class[CLASS_UNKNOWN],
                 c->of_class[CLASS_SYSTEM], PLURAL(c->of_class[CLASS_SYSTEM]),
                 c->of_class[CLASS_HUMAN]);
}

static int print_rules(void)
{
    for (size_t i = 0; i < class_rule_count; i++) {
        const struct class_rule *r = &class_rules[i];
        (void)printf("%-8s%3u  %-18s %s\n", r->human ? "person" : "program", r->points, r->code,
                     r->what);
    }
    return 0;
}

static enum rc save(struct estate *estate, str text)
{
    str path = estate_path(estate, STR(CLASSIFY_FILE));

    return path.ptr == NULL ? RC_NOMEM : file_replace(path.ptr, text, 0600);
}

static int answer(const struct asked *asked, struct estate *estate,
                  const struct inventory *inventory, struct arena *arena)
{
    struct classification c;
    buf text = buf_heap(SIZE_MAX);
    enum rc rc = classify(estate, inventory, arena, &c);
    int status = 0;

    if (rc == RC_OK) {
        classification_print(&c, &text);
        rc = text.err != RC_OK ? text.err : asked->dry ? RC_OK : save(estate, buf_str(&text));
    }
    if (rc != RC_OK) {
        complain(&command_migrate_classify, "%.*s/" CLASSIFY_FILE " cannot be written (%s)",
                 FMT(estate->folder), rc_name(rc));
        status = EXIT_USAGE;
    } else if (asked->json) {
        (void)fwrite(text.ptr, 1, text.len, stdout);
    } else {
        print_text(&c);
    }
    buf_done(&text);
    return status;
}

static int work(const struct asked *asked, const char *folder)
{
    struct estate estate;
    struct inventory inventory;
    struct arena arena;
    const char *reason = "";
    int status = EXIT_USAGE;
    enum rc rc;

    arena_init(&arena, &heap, 1 << 18, CLASSIFY_ARENA_MAX);
    if (migrate_estate_open(&command_migrate_classify, folder, true, &estate)) {
        rc = inventory_load(&estate, &arena, &inventory, &reason);
        if (rc == RC_OK) {
            status = answer(asked, &estate, &inventory, &arena);
        } else if (rc == RC_NOENT) {
            complain(&command_migrate_classify,
                     "%s has no " INVENTORY_FILE ": run 'mantle migrate inventory' first", folder);
        } else {
            complain(&command_migrate_classify, "%s/" INVENTORY_FILE ": %s", folder,
                     rc == RC_SYNTAX ? reason : rc_name(rc));
        }
    }
    estate_close(&estate);
    arena_done(&arena);
    return status;
}

static int run(int argc, char **argv)
{
    struct asked asked = { .json = false };
    const struct option_row rows[] = {
        { "rules", 0, OPTION_FLAG, &asked.rules, NULL, "Print the rules and their points.", 0, 0,
          false },
        { "dry-run", 'n', OPTION_FLAG, &asked.dry, NULL,
          "Print only; leave " CLASSIFY_FILE " as it is.", 0, 0, false },
        { "json", 'j', OPTION_FLAG, &asked.json, NULL, CLASSIFY_FORMAT " instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    at = options_read(&command_migrate_classify, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && asked.rules) {
        status = print_rules();
    } else if (at >= 0 && argc - at != 1) {
        complain(&command_migrate_classify, "one ESTATE folder is read; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = work(&asked, argv[at]);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_classify = {
    .name = "migrate classify",
    .summary = "Which users are people, programs, or both, each with its reasons.",
    .usage = "mantle migrate classify ESTATE [OPTION]...",
    .notes =
        "Reads the exports and ESTATE/inventory.json; writes ESTATE/classify.json (" CLASSIFY_FORMAT
        ").\n"
        "Every rule that fires gives points to its side; a side with 40 has a case. Both sides: "
        "mixed\n"
        "(shown first: a person's key in a job). Neither, or fewer than 20 calls for a program: "
        "unknown.\n"
        "The percentage is the share of the side's points, not a probability anybody measured.\n"
        "Exit status: 0 done, 2 wrong usage or no inventory.\n",
    .run = run,
};
