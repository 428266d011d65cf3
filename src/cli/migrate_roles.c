/* mantle migrate roles: a role with the least permissions for each user, from what the trail saw it do. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/migrate.h"
#include "cli/policy_input.h"
#include "cli/print.h"
#include "codec/arn.h"
#include "codec/json.h"
#include "migrate/roles.h"

enum { ROLES_CHUNK = 256 << 10, SCP_MAX = 16 };
#define ROLES_ARENA_MAX ((size_t)8 << 30)

#define COMMAND (&command_migrate_roles)

struct wish {
    struct option_list trail, users, roles, runs_on, scp;
    const char *out, *profile;
    uint64_t threads;
    bool all_users, json, quiet;
};

struct work {
    const struct wish *wish;
    struct estate estate;
    struct catalogue catalogue;
    struct evidence evidence;
    struct trail_list list;
    struct trail_problems problems;
    struct trail_counts counts;
    struct roles_job job;
    struct arena arena;
    struct role_of *made;
    size_t made_count, people;
    size_t proved_new, proved_observed;
};

/* -- the trail --------------------------------------------------------------------------------------------- */

static void progress(void *context, const struct trail_list *list,
                     const struct trail_counts *counts)
{
    const struct wish *wish = context;

    if (!wish->quiet) {
        (void)fprintf(stderr, "\r%" PRIu64 " of %zu files, %" PRIu64 " events", counts->files,
                      list->count, counts->records);
    }
}

static bool read_trail(struct work *w)
{
    struct evidence_reader reader = { .into = &w->evidence };
    struct trail_visitor visitor = evidence_visitor(&reader);
    struct trail_options options = { .threads = (unsigned)w->wish->threads,
                                     .progress = progress,
                                     .progress_context = (void *)(uintptr_t)w->wish };
    const char *paths[3] = { NULL };
    const char *const *from = w->wish->trail.items;
    size_t count = w->wish->trail.count;
    enum rc rc;

    if (count == 0) { /* beside the exports, where a copy of the bucket is usually put */
        static const char *const places[] = { "AWSLogs", "trail", "cloudtrail" };
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            str path = estate_path(&w->estate, str_cstr(places[i]));
            if (path.ptr != NULL && access(path.ptr, R_OK) == 0) {
                paths[count++] = path.ptr;
            }
        }
        from = paths;
    }
    if (count == 0) {
        complain(COMMAND, "there is no trail: --trail PATH names files or folders of CloudTrail; "
                          "AWSLogs, trail and cloudtrail in the estate are found without");
        return false;
    }
    w->problems.arena = &w->arena;
    rc = trail_list_make(from, count, &w->arena, &w->problems, &w->list);
    if (rc == RC_OK) {
        rc = trail_read(&w->list, &options, &visitor, &w->problems, &w->counts);
    }
    if (!w->wish->quiet) {
        (void)fputs("\r\033[K", stderr);
    }
    for (size_t i = 0; i < w->problems.count; i++) {
        const struct trail_problem *problem = &w->problems.items[i];
        print_plain(stderr, problem->path);
        (void)fprintf(stderr, ":%" PRIu64 ": ", problem->offset);
        print_plain(stderr, problem->what);
        (void)fputc('\n', stderr);
    }
    if (rc != RC_OK) {
        complain(COMMAND, "the trail cannot be read: %s", rc_name(rc));
    }
    return rc == RC_OK;
}

/* -- who ----------------------------------------------------------------------------------------------------- */

static bool listed(const struct option_list *list, str name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq_nocase(str_cstr(list->items[i]), name)) {
            return true;
        }
    }
    return false;
}

/* A person signs in: with a password, or in a browser. */
static bool is_person(const struct estate_user *user, const struct who *who)
{
    size_t at = 0;
    void *value;
    str agent;

    if (user->report != NULL && user->report->password_enabled) {
        return true;
    }
    while (who != NULL && table_next(&who->agents, &at, &agent, &value)) {
        if (str_starts(agent, STR("console.")) || str_starts(agent, STR("Mozilla/"))) {
            return true;
        }
    }
    return false;
}

static struct who *who_by_arn(struct work *w, str arn)
{
    str key = ARENA_JOIN(&w->arena, arn, STR("\n"));

    return key.ptr == NULL ? NULL : table_get(&w->evidence.whos, key);
}

static str partition_of(str arn)
{
    struct arn parsed;

    return arn_parse(arn, &parsed) == RC_OK ? parsed.partition : STR("aws");
}

/* "USER=SPEC" for one, "SPEC" for all. */
static bool runs_on(struct work *w, struct role_of *role)
{
    const struct option_list *list = &w->wish->runs_on;
    str chosen = STR_NONE, why = STR("no memory");

    for (size_t i = 0; i < list->count; i++) {
        str text = str_cstr(list->items[i]);
        size_t equals = text.len, comma = text.len;
        (void)str_find_char(text, '=', &equals);
        (void)str_find_char(text, ',', &comma);
        if (equals < comma) {
            if (str_eq(str_slice(text, 0, equals), role->name)) {
                chosen = str_skip(text, equals + 1);
            }
        } else if (chosen.ptr == NULL) {
            chosen = text;
        }
    }
    if (chosen.ptr == NULL) {
        role->trusted.place = PLACE_UNKNOWN;
        if (role->who != NULL) {
            role->trusted = trusted_by_agents(role->who);
        }
        return true;
    }
    if (trusted_parse(chosen, &w->arena, &role->trusted, &why) != RC_OK) {
        complain(COMMAND, "--runs-on %.*s: %.*s", FMT(chosen), FMT(why));
        return false;
    }
    return true;
}

static void count_proofs(struct work *w, const struct role_of *role)
{
    w->proved_new += role->cut.new_in_old.verdict == ANALYSIS_PROVED;
    w->proved_observed += role->cut.observed_in_new.verdict == ANALYSIS_PROVED;
}

static bool make_one(struct work *w, struct role_of *role)
{
    str dir = ARENA_JOIN(&w->arena, str_cstr(w->wish->out), STR("/"), role->name);
    enum rc rc;

    role->consumer = STR("");
    role->partition = partition_of(role->arn);
    if (!runs_on(w, role)) {
        return false;
    }
    rc = dir.ptr == NULL ? RC_NOMEM : role_make(&w->job, role);
    rc = rc != RC_OK ? rc : role_write(role, &w->evidence, dir.ptr, true, &w->arena);
    if (rc != RC_OK) {
        complain(COMMAND, "%.*s: %s", FMT(dir.ptr == NULL ? role->name : dir), rc_name(rc));
        return false;
    }
    count_proofs(w, role);
    return true;
}

static bool make_users(struct work *w)
{
    for (size_t i = 0; i < w->estate.user_count; i++) {
        const struct estate_user *user = &w->estate.users[i];
        struct who *who = who_by_arn(w, user->arn);
        bool named = listed(&w->wish->users, user->name);
        struct role_of *role = &w->made[w->made_count];
        if ((w->wish->users.count > 0 || w->wish->roles.count > 0) ? !named : false) {
            continue;
        }
        if (!named && !w->wish->all_users && is_person(user, who)) {
            w->people++;
            continue;
        }
        if (!named && who == NULL && user->key_count == 0) {
            continue; /* neither keys nor calls: nothing to take the place of */
        }
        *role = (struct role_of){
            .who = who, .user = user, .name = user->name, .arn = user->arn, .account = user->account
        };
        w->made_count++;
        if (!make_one(w, role)) {
            return false;
        }
    }
    return true;
}

static bool make_roles(struct work *w)
{
    for (size_t i = 0; i < w->estate.role_count; i++) {
        const struct estate_role *is = &w->estate.roles[i];
        struct role_of *role = &w->made[w->made_count];
        if (!listed(&w->wish->roles, is->name)) {
            continue;
        }
        *role = (struct role_of){ .who = who_by_arn(w, is->arn),
                                  .role = is,
                                  .name = is->name,
                                  .arn = is->arn,
                                  .account = is->account };
        w->made_count++;
        if (!make_one(w, role)) {
            return false;
        }
    }
    return true;
}

/* Whoever is asked for by name must be there. */
static bool all_found(struct work *w, const struct option_list *list, const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        bool found = false;
        for (size_t j = 0; j < w->made_count; j++) {
            found = found || str_eq_nocase(w->made[j].name, str_cstr(list->items[i]));
        }
        if (!found) {
            complain(COMMAND, "the estate has no %s %s", what, list->items[i]);
            return false;
        }
    }
    return true;
}

/* -- what it came to ------------------------------------------------------------------------------------------ */

static void print_unknown(struct work *w)
{
    size_t count = 0;
    struct tally **rows = tallies(&w->arena, &w->evidence.unknown, &count);

    for (size_t i = 0; i < count; i++) {
        (void)printf("  %.*s (%" PRIu64 " calls, unknown %.*s)\n", FMT(rows[i]->name),
                     rows[i]->count, FMT(rows[i]->more));
    }
}

static void print_text(struct work *w)
{
    size_t grants = 0, low = 0, left_out = 0;

    for (size_t i = 0; i < w->made_count; i++) {
        const struct role_of *role = &w->made[i];
        grants += role->grants.count;
        left_out += role->grants.left_out_count;
        for (size_t j = 0; j < role->grants.count; j++) {
            low += role->grants.items[j].confidence == CONFIDENCE_LOW;
        }
    }
    (void)printf("roles    %zu in %s", w->made_count, w->wish->out);
    if (w->people > 0) {
        (void)printf("; %zu people left out (--all-users)", w->people);
    }
    (void)printf("\ngrants   %zu, %zu of them of low confidence; %zu left out\n", grants, low,
                 left_out);
    (void)printf("proofs   nothing new: %zu of %zu; everything observed: %zu of %zu\n",
                 w->proved_new, w->made_count, w->proved_observed, w->made_count);
    (void)printf("trail    %" PRIu64 " events, %" PRIu64 " duplicates, %" PRIu64
                 " of root, %zu problems\n",
                 w->counts.records, w->counts.duplicates, w->evidence.root, w->problems.count);
    if (w->evidence.unknown.count > 0) {
        (void)printf("unknown  %zu events that no permission is known for:\n",
                     w->evidence.unknown.count);
        print_unknown(w);
    }
}

static str word_of(enum analysis_verdict verdict)
{
    return verdict == ANALYSIS_PROVED           ? STR("PROVED")
           : verdict == ANALYSIS_COUNTEREXAMPLE ? STR("COUNTEREXAMPLE")
                                                : STR("UNKNOWN");
}

static void print_json(struct work *w)
{
    buf text = buf_heap(SIZE_MAX);
    struct json_out out = { .out = &text };
    size_t count = 0;
    struct tally **unknown = tallies(&w->arena, &w->evidence.unknown, &count);

    json_open(&out, '{');
    json_put_str(&out, STR("format"), STR("mantle-migrate-roles/1"));
    json_put_i64(&out, STR("events"), (int64_t)w->counts.records);
    json_put_i64(&out, STR("problems"), (int64_t)w->problems.count);
    json_put_i64(&out, STR("people_left_out"), (int64_t)w->people);
    json_own_key(&out, STR("roles"));
    json_open(&out, '[');
    for (size_t i = 0; i < w->made_count; i++) {
        const struct role_of *role = &w->made[i];
        json_open(&out, '{');
        json_put_str(&out, STR("name"), role->name);
        json_put_str(&out, STR("principal"), role->arn);
        json_put_i64(&out, STR("grants"), (int64_t)role->grants.count);
        json_put_i64(&out, STR("pairs"), (int64_t)role->cut.documents.pairs);
        json_put_i64(&out, STR("policies"), (int64_t)role->cut.documents.count);
        json_put_i64(&out, STR("left_out"), (int64_t)role->grants.left_out_count);
        json_put_str(&out, STR("new_in_old"), word_of(role->cut.new_in_old.verdict));
        json_put_str(&out, STR("observed_in_new"), word_of(role->cut.observed_in_new.verdict));
        json_close(&out, '}');
    }
    json_close(&out, ']');
    json_own_key(&out, STR("unknown_events"));
    json_open(&out, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(&out, unknown[i]->name);
    }
    json_close(&out, ']');
    json_close(&out, '}');
    (void)printf("%.*s\n", FMT(buf_str(&text)));
    buf_done(&text);
}

/* -- the command ----------------------------------------------------------------------------------------------- */

static bool read_profile(const char *word, enum profile *ret)
{
    static const char *const words[] = { "exact", "stable", "generous" };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(str_cstr(word), str_cstr(words[i]))) {
            *ret = (enum profile)i;
            return true;
        }
    }
    complain(COMMAND, "--profile %s: exact, stable or generous", word);
    return false;
}

static bool read_scps(struct work *w)
{
    const struct option_list *list = &w->wish->scp;
    const struct analysis_set **sets = NEW_ARRAY(&w->arena, list->count + 1,
                                                 const struct analysis_set *);

    for (size_t i = 0; sets != NULL && i < list->count; i++) {
        struct analysis_set *set = NEW(&w->arena, struct analysis_set);
        struct policy_source *source;
        if (set == NULL ||
            !policy_sources_read(COMMAND, POLICY_SCP, &list->items[i], 1, &w->arena, &source)) {
            return false;
        }
        *set = (struct analysis_set){ source, 1 };
        sets[i] = set;
    }
    w->job.scp = sets;
    w->job.scp_count = list->count;
    return sets != NULL;
}

/* ARNs of the export, which names may not run into. */
static bool survey(struct work *w)
{
    size_t count = 0;
    str *known = NEW_ARRAY(&w->arena, w->estate.user_count + w->estate.role_count + 1, str);

    for (size_t i = 0; known != NULL && i < w->estate.user_count; i++) {
        known[count++] = w->estate.users[i].arn;
    }
    for (size_t i = 0; known != NULL && i < w->estate.role_count; i++) {
        known[count++] = w->estate.roles[i].arn;
    }
    return known != NULL &&
           landscape_make(&w->evidence, known, count, &w->arena, &w->job.landscape) == RC_OK;
}

static int make(struct work *w)
{
    w->job.evidence = &w->evidence;
    w->job.estate = &w->estate;
    w->job.arena = &w->arena;
    w->job.problems = &w->problems;
    w->made = NEW_ARRAY(&w->arena, w->estate.user_count + w->estate.role_count + 1, struct role_of);
    if (w->made == NULL || !read_profile(w->wish->profile, &w->job.profile) || !read_scps(w) ||
        !read_trail(w)) {
        return EXIT_USAGE;
    }
    if (!survey(w)) {
        complain(COMMAND, "not enough memory");
        return EXIT_USAGE;
    }
    if (!make_users(w) || !make_roles(w) || !all_found(w, &w->wish->users, "user") ||
        !all_found(w, &w->wish->roles, "role")) {
        return EXIT_USAGE;
    }
    if (w->wish->json) {
        print_json(w);
    } else {
        print_text(w);
    }
    return w->problems.count > 0 || w->proved_new < w->made_count ||
           w->proved_observed < w->made_count;
}

static int work(const char *folder, const struct wish *wish)
{
    struct work w = { .wish = wish };
    int status = EXIT_USAGE;

    arena_init(&w.arena, &heap, ROLES_CHUNK, ROLES_ARENA_MAX);
    if (catalogue_shipped(&w.catalogue) == RC_OK) {
        evidence_init(&w.evidence, &w.catalogue);
        if (migrate_estate_open(COMMAND, folder, wish->json, &w.estate)) {
            status = make(&w);
        }
        landscape_done(&w.job.landscape);
        evidence_done(&w.evidence);
        estate_close(&w.estate);
    }
    arena_done(&w.arena);
    return status;
}

static int run(int argc, char **argv)
{
    struct wish wish = { .out = NULL, .profile = "stable" };
    const struct option_row rows[] = {
        { "trail", 't', OPTION_LIST, &wish.trail, "PATH",
          "A file or folder of CloudTrail; may be given again. Default: AWSLogs, trail, cloudtrail "
          "in the estate.",
          0, 0, false },
        { "out", 'o', OPTION_TEXT, &wish.out, "DIR", "Where a folder is made for each role.", 0, 0,
          false },
        { "all-users", 'a', OPTION_FLAG, &wish.all_users, NULL,
          "People, too: those with a password, or seen in a browser.", 0, 0, false },
        { "user", 'u', OPTION_LIST, &wish.users, "NAME", "This user alone; may be given again.", 0,
          0, false },
        { "role", 'r', OPTION_LIST, &wish.roles, "NAME",
          "An existing role, to see how much smaller it could be; may be given again.", 0, 0,
          false },
        { "profile", 'p', OPTION_TEXT, &wish.profile, "WORD",
          "exact: what was seen, word for word; stable: names that go together become one "
          "pattern; generous: with what is possible, too. Default: stable.",
          0, 0, false },
        { "runs-on", 0, OPTION_LIST, &wish.runs_on, "[USER=]PLACE",
          "Where it runs, for the trust policy; see below. May be given again.", 0, 0, false },
        { "scp", 0, OPTION_LIST, &wish.scp, "FILE",
          "A service control policy above the account, root first; may be given again.", 0, 0,
          false },
        { "threads", 0, OPTION_UINT, &wish.threads, "N", "Readers; 0 to 256; 0: one per core.", 0,
          256, false },
        { "json", 'j', OPTION_FLAG, &wish.json, NULL, "mantle-migrate-roles/1 instead of text.", 0,
          0, false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 4096, 1 << 20);
    at = options_read(COMMAND, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(COMMAND, "one ESTATE folder is read; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0 && wish.out == NULL) {
        complain(COMMAND, "--out DIR says where the roles go");
        status = EXIT_USAGE;
    } else if (at >= 0) {
        wish.quiet = wish.json || isatty(STDERR_FILENO) == 0;
        status = work(argv[at], &wish);
    }
    arena_done(&arena);
    return status;
}

const struct command command_migrate_roles = {
    .name = "migrate roles",
    .summary = "A role with the least permissions for each user, from what it was seen to do.",
    .usage = "mantle migrate roles ESTATE --out DIR [--trail PATH]... [OPTION]...",
    .notes =
        "DIR/USER gets policy.json (policy-2.json... where one is not enough), trust.json, "
        "main.tf,\n"
        "evidence.json, proofs.json and README.md. Refused calls never become permissions. "
        "Nothing\n"
        "is granted that the user is not allowed today, by the policies in the estate.\n"
        "\nPLACE is one of\n"
        "  ec2 | ecs | lambda | codebuild | user\n"
        "  irsa,provider=HOST/PATH,namespace=NS,account=NAME\n"
        "  pod,namespace=NS,account=NAME\n"
        "  github,repo=ORG/REPO,branch=NAME  (or environment=NAME, ref=REF, pull_request)\n"
        "  gitlab,project=GROUP/PROJECT,branch=NAME[,host=HOST]\n"
        "  x509,anchor=ARN,name=COMMON-NAME  (Roles Anywhere, Mantle's agent)\n"
        "  account,id=DIGITS,external=ID\n"
        "Limits: 6,144 characters a policy, 10 policies a role.\n"
        "Exit status: 0 done and all proved, 1 done, and something was not proved or could not be\n"
        "read, 2 wrong usage or nothing to work on.\n",
    .run = run,
};
