/* mantle migrate roles: a role with the least permissions for each user, from what the trail saw it do. */
#include <unistd.h>

#include "cli/migrate_roles.h"
#include "cli/policy_input.h"
#include "system/system.h"

enum { ROLES_CHUNK = 256 << 10, CLOCK_SLACK_S = 86400 };
#define ROLES_ARENA_MAX ((size_t)8 << 30)

#define COMMAND (&command_migrate_roles)

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

static bool read_scps(struct roles_work *w)
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

/* Of another account's trail nothing follows for this one. */
static bool is_wrong_trail(const struct roles_work *w)
{
    for (size_t i = 0; i < w->inventory.blind_count; i++) {
        if (str_eq(w->inventory.blind[i].code, STR("wrong-account"))) {
            complain(COMMAND, "%.*s", FMT(w->inventory.blind[i].what));
            return true;
        }
    }
    return false;
}

static int make(struct roles_work *w)
{
    w->job.evidence = &w->evidence;
    w->job.estate = &w->estate;
    w->job.arena = &w->arena;
    w->job.problems = &w->problems;
    w->made = NEW_ARRAY(&w->arena, w->estate.user_count + w->estate.role_count + 1, struct role_of);
    if (w->made == NULL || !read_profile(w->wish->profile, &w->job.profile) || !read_scps(w) ||
        !migrate_trail_keys(COMMAND, w->wish->public_keys, &w->arena, &w->keys) ||
        !roles_read_trail(w)) {
        return EXIT_USAGE;
    }
    if (!roles_regroup(w) || !roles_survey(w)) {
        complain(COMMAND, "not enough memory");
        return EXIT_USAGE;
    }
    if (is_wrong_trail(w)) {
        return EXIT_USAGE;
    }
    if (!roles_make_users(w) || !roles_make_existing(w) ||
        !roles_all_found(w, &w->wish->users, "user") ||
        !roles_all_found(w, &w->wish->roles, "role")) {
        return EXIT_USAGE;
    }
    if (w->wish->json) {
        roles_print_json(w);
    } else {
        roles_print_text(w);
    }
    return w->problems.count > 0 || w->proved_new < w->made_count + w->part_count ||
           w->proved_observed < w->made_count + w->part_count;
}

static int work(const char *folder, const struct roles_wish *wish)
{
    struct roles_work w = { .wish = wish };
    int status = EXIT_USAGE;

    arena_init(&w.arena, &heap, ROLES_CHUNK, ROLES_ARENA_MAX);
    if (catalogue_shipped(&w.catalogue) == RC_OK) {
        const struct env *env = system_env();
        uint64_t seed = 0;
        bool random = env->random(env, &seed, sizeof(seed)) == RC_OK;
        evidence_init(&w.raw, &w.catalogue);
        evidence_init(&w.evidence, &w.catalogue);
        books_init(&w.books, seed, env_now_s(env) + CLOCK_SLACK_S);
        if (migrate_estate_open(COMMAND, folder, wish->json, &w.estate) && random) {
            status = make(&w);
        }
        landscape_done(&w.job.landscape);
        evidence_done(&w.evidence);
        evidence_done(&w.raw);
        books_done(&w.books);
        estate_close(&w.estate);
    }
    arena_done(&w.arena);
    return status;
}

static int run(int argc, char **argv)
{
    struct roles_wish wish = { .out = NULL, .profile = "stable" };
    const struct option_row rows[] = {
        { "trail", 't', OPTION_LIST, &wish.trail, "PATH",
          "A file or folder of CloudTrail; may be given again. Default: what the inventory read, "
          "or "
          "AWSLogs, trail, cloudtrail in the estate.",
          0, 0, false },
        PUBLIC_KEYS_OPTION(&wish.public_keys),
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
        "evidence.json, proofs.json and README.md; where its calls come from several consumers, a\n"
        "folder of the same for each lies below. Refused calls never become permissions. "
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
