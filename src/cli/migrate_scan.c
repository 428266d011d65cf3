/* mantle migrate scan PATH...: where do access keys live, and what replaces them there? */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/migrate_scan.h"
#include "migrate/plan.h"
#include "scan/patch.h"
#include "scan/write.h"
#include "system/system.h"

enum { LISTS_ARENA_MAX = 1 << 30, LIST_BYTES_MAX = 256 << 20, OUTPUT_MAX = 1 << 30 };

struct asked {
    const char *estate, *ids, *patches, *role, *roles, *account;
    struct option_list exclude;
    uint64_t threads;
    bool json, sarif, no_history, no_archives, quiet;
};

struct scanning {
    const struct asked *asked;
    struct arena arena;
    struct known known;
    struct estate estate;
    str account;
    struct scan_options options;
    struct scan_report report;
    enum rc rc;
    const char *const *roots;
    size_t root_count;
};

/* --- the keys that are looked for ---------------------------------------------------------------- */

static bool read_list(struct scanning *s, const char *path, bool optional)
{
    str text;
    uint32_t line = 0;
    enum rc rc = file_read(path, LIST_BYTES_MAX, &s->arena, &text);

    if (rc == RC_NOENT && optional) {
        return true;
    }
    if (rc != RC_OK) {
        complain(&command_migrate_scan, "%s cannot be read: %s", path, rc_name(rc));
        return false;
    }
    rc = known_read(&s->known, text, &line);
    if (rc != RC_OK) {
        complain(
            &command_migrate_scan,
            "%s, line %u: not an access key id (AKIA, ASIA, ABIA or ACCA and 16 to 124 letters "
            "and digits)",
            path, line);
        return false;
    }
    return true;
}

/* The roles that stand in the folder `mantle migrate roles` wrote: by them patches name what will be. */
static bool read_roles(struct scanning *s, struct known_key *key)
{
    const char *dir = s->asked->roles != NULL ? s->asked->roles : "roles";
    str rest = s->estate.user_count > 0 ? s->estate.users[0].arn : STR(""), partition = STR("aws");
    struct plan_role *made;
    struct known_role *roles;
    size_t count;
    str why = STR("out of memory");

    if (take_until(&rest, ':', &partition)) {
        (void)take_until(&rest, ':', &partition);
    }

    if (plan_roles_named(dir, key->user, key->account, partition, &s->arena, &made, &count, &why) !=
        RC_OK) {
        complain(&command_migrate_scan, "%s cannot be read: %.*s", dir, FMT(why));
        return false;
    }
    roles = NEW_ARRAY(&s->arena, count + 1, struct known_role);
    if (roles == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        str path = ARENA_JOIN(&s->arena, made[i].folder, STR("/trust.json"));
        roles[i].arn = made[i].arn;
        if (path.ptr == NULL ||
            file_read(path.ptr, LIST_BYTES_MAX, &s->arena, &roles[i].trust) != RC_OK) {
            roles[i].trust = STR_NONE;
        }
    }
    key->roles = roles;
    key->role_count = count;
    return true;
}

/* The keys of an estate; without account details those of its access-keys.json alone. */
static bool read_estate(struct scanning *s, const char *folder)
{
    str keys = arena_printf(&s->arena, "%s/access-keys.json", folder);
    str details = arena_printf(&s->arena, "%s/account-authorization-details.json", folder);

    s->options.skip_dir = realpath(folder, NULL);
    if (keys.ptr == NULL || details.ptr == NULL) {
        return false;
    }
    if (access(details.ptr, F_OK) != 0) {
        return read_list(s, keys.ptr, s->asked->ids != NULL);
    }
    if (!migrate_estate_open(&command_migrate_scan, folder, true, &s->estate)) {
        return false;
    }
    s->account = s->account.ptr == NULL ? s->estate.account : s->account;
    for (size_t i = 0; i < s->estate.key_count; i++) {
        const struct estate_key *key = &s->estate.keys[i];
        struct known_key known = { .id = key->id,
                                   .user = key->user,
                                   .status = key->active ? STR("Active") : STR("Inactive"),
                                   .account = s->estate.account };
        enum rc rc;
        if (!read_roles(s, &known)) {
            return false;
        }
        rc = known_add(&s->known, &known);
        if (rc == RC_NOMEM) {
            complain(&command_migrate_scan, "not enough memory");
            return false;
        }
    }
    return true;
}

static bool read_lists(struct scanning *s)
{
    const struct asked *a = s->asked;

    s->account = str_cstr(a->account);
    if (a->estate != NULL && !read_estate(s, a->estate)) {
        return false;
    }
    return a->ids == NULL || read_list(s, a->ids, false);
}

/* --- while it runs ------------------------------------------------------------------------------- */

static void *scan_thread(void *arg)
{
    struct scanning *s = arg;

    s->rc = scan_run(&s->options, s->roots, s->root_count, &s->report);
    return NULL;
}

static void progress(const struct scan_report *r)
{
    (void)fprintf(stderr, "\r\033[K%llu files, %llu archives, %llu objects, %.2f GB, %llu findings",
                  (unsigned long long)atomic_load(&r->files),
                  (unsigned long long)atomic_load(&r->archives),
                  (unsigned long long)atomic_load(&r->objects),
                  (double)atomic_load(&r->bytes) / 1e9, (unsigned long long)atomic_load(&r->found));
}

static bool run_scan(struct scanning *s)
{
    bool shown = isatty(STDERR_FILENO) == 1 && !s->asked->quiet;
    struct timespec wait;
    pthread_t thread;

    scan_report_init(&s->report);
    if (pthread_create(&thread, NULL, scan_thread, s) != 0) {
        return false;
    }
    do {
        (void)clock_gettime(CLOCK_REALTIME, &wait);
        wait.tv_nsec += 200 * 1000 * 1000;
        wait.tv_sec += wait.tv_nsec / 1000000000;
        wait.tv_nsec %= 1000000000;
        if (shown) {
            progress(&s->report);
        }
    } while (pthread_timedjoin_np(thread, NULL, &wait) != 0);
    if (shown) {
        (void)fprintf(stderr, "\r\033[K");
    }
    return s->rc == RC_OK;
}

/* --- what comes of it ---------------------------------------------------------------------------- */

static bool print(struct scanning *s, const struct scan_writing *w)
{
    buf out = buf_heap(OUTPUT_MAX);
    bool good;

    if (s->asked->sarif) {
        scan_write_sarif(w, &out);
    } else if (s->asked->json) {
        scan_write_json(w, &out);
    } else {
        scan_write_text(w, &out);
    }
    good = out.err == RC_OK && fwrite(out.ptr, 1, out.len, stdout) == out.len &&
           fflush(stdout) == 0;
    buf_done(&out);
    if (!good) {
        complain(&command_migrate_scan, "the answer cannot be written");
    }
    return good;
}

static bool save(struct scanning *s, const struct scan_writing *w)
{
    str path;
    buf out = buf_heap(OUTPUT_MAX);
    enum rc rc;

    if (s->asked->estate == NULL) {
        return true;
    }
    scan_write_json(w, &out);
    path = arena_printf(&s->arena, "%s/scan.json", s->asked->estate);
    rc = out.err != RC_OK || path.ptr == NULL ? RC_NOMEM
                                              : file_replace(path.ptr, buf_str(&out), 0600);
    buf_done(&out);
    if (rc != RC_OK) {
        complain(&command_migrate_scan, "%s/scan.json cannot be written: %s", s->asked->estate,
                 rc_name(rc));
    }
    return rc == RC_OK;
}

static int conclude(struct scanning *s)
{
    struct scan_writing w = {
        .report = &s->report, .account = s->account, .roots = s->roots, .root_count = s->root_count
    };
    struct scan_roles roles = { .role = str_cstr(s->asked->role), .account = s->account };
    struct scan_change *changes = NULL;
    bool damaged = s->report.unseen_more > 0;

    if (scan_changes(&s->report, &roles, &s->arena, &changes, &w.change_count) != RC_OK) {
        complain(&command_migrate_scan, "not enough memory");
        return EXIT_USAGE;
    }
    w.changes = changes;
    if (s->asked->patches != NULL && !scan_patches_write(s->asked->patches, s->roots, s->root_count,
                                                         changes, w.change_count, &s->arena)) {
        return EXIT_USAGE;
    }
    if (!print(s, &w) || !save(s, &w)) {
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < s->report.unseen_count; i++) {
        damaged = damaged || s->report.unseen[i].damaged;
    }
    return s->report.count > 0 ? EXIT_FAILURE : damaged ? EXIT_USAGE : 0;
}

static int answer(const struct asked *a, const char *const *roots, size_t count)
{
    struct scanning s = { .asked = a, .roots = roots, .root_count = count };
    uint8_t hash_key[16];
    int status = EXIT_USAGE;

    arena_init(&s.arena, &heap, 1 << 16, LISTS_ARENA_MAX);
    if (system_env()->random(system_env(), hash_key, sizeof(hash_key)) != RC_OK) {
        complain(&command_migrate_scan, "no random numbers");
        return EXIT_USAGE;
    }
    known_init(&s.known, &s.arena, hash_key);
    s.options = (struct scan_options){ .known = &s.known,
                                       .threads = (unsigned)a->threads,
                                       .exclude = a->exclude.items,
                                       .exclude_count = a->exclude.count,
                                       .no_history = a->no_history,
                                       .no_archives = a->no_archives };
    if (read_lists(&s)) {
        if (run_scan(&s)) {
            status = conclude(&s);
        } else {
            complain(&command_migrate_scan, "not enough memory");
        }
        scan_report_done(&s.report);
    }
    free((void *)(uintptr_t)s.options.skip_dir);
    estate_close(&s.estate);
    arena_done(&s.arena);
    return status;
}

static uint64_t cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > SCAN_THREADS_MAX ? SCAN_THREADS_MAX : (uint64_t)n;
}

static int run(int argc, char **argv)
{
    struct asked a = { .threads = cores() };
    const struct option_row rows[] = {
        { "estate", 'e', OPTION_TEXT, &a.estate, "DIR",
          "Look for the keys of its access-keys.json first; write scan.json into it.", 0, 0,
          false },
        { "ids", 'i', OPTION_TEXT, &a.ids, "FILE",
          "More key ids: one a line (a user may follow), or JSON of list-access-keys.", 0, 0,
          false },
        { "patches", 'p', OPTION_TEXT, &a.patches, "DIR",
          "Write a patch for each repository or tree, and trust policies, into DIR.", 0, 0, false },
        { "role", 'r', OPTION_TEXT, &a.role, "ARN",
          "The role that patches name; without it the one of the key's user in --roles, or called "
          "like him.",
          0, 0, false },
        { "roles", 0, OPTION_TEXT, &a.roles, "DIR",
          "The folder mantle migrate roles wrote (./roles, when there), with --estate.", 0, 0,
          false },
        { "account", 'a', OPTION_TEXT, &a.account, "ID",
          "Our account, 12 digits; without it that of the estate.", 0, 0, false },
        { "exclude", 'x', OPTION_LIST, &a.exclude, "PATTERN",
          "Leave out names or paths like this (* and ?); may be repeated.", 0, 0, false },
        { "no-history", 0, OPTION_FLAG, &a.no_history, NULL, "Leave out what git keeps.", 0, 0,
          false },
        { "no-archives", 0, OPTION_FLAG, &a.no_archives, NULL,
          "Look at archives as bytes, not into them.", 0, 0, false },
        { "threads", 't', OPTION_UINT, &a.threads, "N", "Threads, 1 to 64 (one per core).", 1,
          SCAN_THREADS_MAX, false },
        { "json", 'j', OPTION_FLAG, &a.json, NULL, "mantle-scan/1 instead of text.", 0, 0, false },
        { "sarif", 0, OPTION_FLAG, &a.sarif, NULL, "SARIF 2.1.0 instead of text.", 0, 0, false },
        { "quiet", 'q', OPTION_FLAG, &a.quiet, NULL, "No progress on a terminal.", 0, 0, false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 14, 1 << 24);
    at = options_read(&command_migrate_scan, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && at == argc) {
        complain(&command_migrate_scan, "no PATH given: which trees or files are looked at?");
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = answer(&a, (const char *const *)argv + at, (size_t)(argc - at));
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_scan = {
    .name = "migrate scan",
    .summary = "Where do access keys live, and what replaces them there?",
    .usage = "mantle migrate scan PATH... [--estate DIR] [--ids FILE] [--patches DIR] [OPTION]...",
    .notes =
        "Looks at every file, ignored by git or not, into archives (tar, zip, 7z, cpio, ar, rpm; "
        "gzip,\n"
        "bzip2, xz, zstd, lz4) and through the history of repositories (with git). Symbolic links "
        "are\n"
        "not followed. No secret is printed: its last four characters and the start of its "
        "SHA-256\n"
        "stand for it. Nothing is sent anywhere. Patches hold what they delete: keep them "
        "private.\n"
        "Limits: archives in archives 8 deep; 1 GiB out of an archive, beyond that 1000 bytes out "
        "for\n"
        "each in; values packed in a text 32 MiB; 100000 findings in a file.\n"
        "Exit status: 0 none, 1 found, 2 wrong usage, or none found but not all could be read.\n",
    .run = run,
};
