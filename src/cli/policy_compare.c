/* mantle policy compare: does the new document, or the new stack, allow anything the old does not? */
#include <dirent.h>
#include <stdlib.h>

#include "cli/policy.h"
#include "cli/policy_answer.h"
#include "cli/policy_input.h"

enum { COMPARE_ARENA_MAX = 1 << 30, STACK_FILES_MAX = 256 };

struct asked {
    const char *type, *principal, *principal_type, *role_arn, *user_arn, *resource_account;
    const char *stack_old, *stack_new;
    struct option_list context;
    uint64_t budget;
    bool json, principal_in_management, resource_in_management;
};

/* -- stacks from folders ----------------------------------------------------------------------- */

enum place {
    PLACE_IDENTITY,
    PLACE_BOUNDARY,
    PLACE_SESSION,
    PLACE_RESOURCE,
    PLACE_ENDPOINT,
    PLACE_SCP,
    PLACE_RCP,
    PLACE_COUNT
};

static const struct {
    str prefix;
    enum place place;
    enum policy_kind kind;
    bool one; /* one document only */
} places[] = {
    { STR_INIT("identity"), PLACE_IDENTITY, POLICY_IDENTITY, false },
    { STR_INIT("boundary"), PLACE_BOUNDARY, POLICY_IDENTITY, true },
    { STR_INIT("session"), PLACE_SESSION, POLICY_IDENTITY, false },
    { STR_INIT("resource"), PLACE_RESOURCE, POLICY_RESOURCE, true },
    { STR_INIT("trust"), PLACE_RESOURCE, POLICY_TRUST, true },
    { STR_INIT("endpoint"), PLACE_ENDPOINT, POLICY_ENDPOINT, true },
    { STR_INIT("scp"), PLACE_SCP, POLICY_SCP, false },
    { STR_INIT("rcp"), PLACE_RCP, POLICY_RCP, false },
};

struct folder { /* the documents of each place, in the order of their names */
    struct policy_source *sources[PLACE_COUNT];
    size_t counts[PLACE_COUNT];
};

static bool file_take(const char *dir, const char *name, struct arena *arena, struct folder *f)
{
    const struct command *command = &command_policy_compare;
    str path = arena_printf(arena, "%s/%s", dir, name);

    for (size_t i = 0; path.ptr != NULL && i < COUNT_OF(places); i++) {
        enum place place = places[i].place;
        struct policy_source *source;
        if (!str_starts(str_cstr(name), places[i].prefix)) {
            continue;
        }
        if (f->counts[place] == STACK_FILES_MAX || (places[i].one && f->counts[place] > 0)) {
            complain(command, "%s: there is %s already", path.ptr,
                     places[i].one ? "one such document" : "the most of these, 256,");
            return false;
        }
        if (!policy_sources_read(command, places[i].kind, &path.ptr, 1, arena, &source)) {
            return false;
        }
        f->sources[place][f->counts[place]++] = *source;
        return true;
    }
    complain(command,
             "%s: the name of a document in a stack begins with identity, boundary, session, "
             "resource, trust, endpoint, scp or rcp",
             path.ptr == NULL ? name : path.ptr);
    return false;
}

static bool folder_read(const char *dir, struct arena *arena, struct folder *ret)
{
    struct dirent **names;
    int count = scandir(dir, &names, NULL, alphasort);
    bool ok = count >= 0;

    if (!ok) {
        complain(&command_policy_compare, "%s: not a folder that can be read", dir);
    }
    for (int i = 0; i < PLACE_COUNT && ok; i++) {
        ret->sources[i] = NEW_ARRAY(arena, STACK_FILES_MAX, struct policy_source);
        ok = ret->sources[i] != NULL;
    }
    for (int i = 0; i < count; i++) {
        if (ok && str_ends(str_cstr(names[i]->d_name), STR(".json"))) {
            ok = file_take(dir, names[i]->d_name, arena, ret);
        }
        free(names[i]);
    }
    if (count >= 0) {
        free(names);
    }
    return ok;
}

static const struct analysis_set *set_of(const struct folder *f, enum place place, size_t from,
                                         size_t count, struct arena *arena)
{
    struct analysis_set *set = count == 0 ? NULL : NEW(arena, struct analysis_set);

    if (set != NULL) {
        *set = (struct analysis_set){ f->sources[place] + from, count };
    }
    return set;
}

static const struct analysis_set *whole(const struct folder *f, enum place place,
                                        struct arena *arena)
{
    return set_of(f, place, 0, f->counts[place], arena);
}

static const struct analysis_set *const *levels(const struct folder *f, enum place place,
                                                struct arena *arena)
{
    const struct analysis_set **sets = NEW_ARRAY(arena, f->counts[place],
                                                 const struct analysis_set *);

    for (size_t i = 0; sets != NULL && i < f->counts[place]; i++) {
        sets[i] = set_of(f, place, i, 1, arena);
    }
    return sets;
}

static bool stack_read(const char *dir, struct arena *arena, struct analysis_stack *ret)
{
    struct folder f = { .counts = { 0 } };

    if (!folder_read(dir, arena, &f)) {
        return false;
    }
    *ret = (struct analysis_stack){
        .identity = whole(&f, PLACE_IDENTITY, arena),
        .boundary = whole(&f, PLACE_BOUNDARY, arena),
        .session = whole(&f, PLACE_SESSION, arena),
        .resource = whole(&f, PLACE_RESOURCE, arena),
        .endpoint = whole(&f, PLACE_ENDPOINT, arena),
        .scp = levels(&f, PLACE_SCP, arena),
        .scp_count = f.counts[PLACE_SCP],
        .rcp = levels(&f, PLACE_RCP, arena),
        .rcp_count = f.counts[PLACE_RCP],
    };
    return true;
}

/* -- comparing --------------------------------------------------------------------------------- */

static bool options_make(const struct asked *a, struct arena *arena, struct analysis_options *ret)
{
    struct policy_request rq = { .action = STR_NONE };
    struct principal *p = NEW(arena, struct principal);

    if (p == NULL || !context_read(&command_policy_compare, &a->context, arena, &rq)) {
        return false;
    }
    *ret = (struct analysis_options){ .steps_max = a->budget,
                                      .known = rq.context,
                                      .known_count = rq.context_count,
                                      .resource_account = str_cstr(a->resource_account) };
    ret->principal_in_management_account = a->principal_in_management;
    ret->resource_in_management_account = a->resource_in_management;
    if (a->principal == NULL) {
        return true;
    }
    ret->principal = p;
    return principal_read(&command_policy_compare, a->principal, a->principal_type, a->role_arn,
                          a->user_arn, arena, p);
}

/* RC_SYNTAX: a message was printed. */
static enum rc compare(const struct asked *a, char **paths, const struct analysis_options *options,
                       struct arena *arena, struct analysis_result *ret)
{
    const struct command *command = &command_policy_compare;
    struct analysis_set sets[2];
    struct analysis_stack before, after;
    enum policy_kind kind;

    if (a->stack_old != NULL) {
        if (!stack_read(a->stack_old, arena, &before) || !stack_read(a->stack_new, arena, &after)) {
            return RC_SYNTAX;
        }
        return analysis_compare(&before, &after, options, arena, ret);
    }
    if (!analysis_files_read(command, a->type, paths, 2, arena, sets, &kind)) {
        return RC_SYNTAX;
    }
    return analysis_compare_kind(kind, &sets[0], &sets[1], options, arena, ret);
}

static bool operands_fit(const struct asked *a, int count)
{
    bool stacks = a->stack_old != NULL || a->stack_new != NULL;

    if (stacks && (a->stack_old == NULL || a->stack_new == NULL)) {
        complain(&command_policy_compare, "--stack-old and --stack-new go together");
        return false;
    }
    if (stacks && (count > 0 || a->type != NULL)) {
        complain(&command_policy_compare, "two stacks are compared: no files and no --type beside");
        return false;
    }
    if (!stacks && count != 2) {
        complain(&command_policy_compare, "two files are compared, OLD and NEW; %d given", count);
        return false;
    }
    return true;
}

static int answer(const struct asked *a, char **paths, struct arena *arena)
{
    static const struct answer_words words = { "the new one allows nothing the old one does not",
                                               "the new one allows what the old one does not",
                                               "old", "new" };
    struct analysis_options options;
    struct analysis_result result;
    enum rc rc;

    if (!options_make(a, arena, &options)) {
        return EXIT_USAGE;
    }
    rc = compare(a, paths, &options, arena, &result);
    if (rc != RC_OK) {
        if (rc != RC_SYNTAX) {
            complain(&command_policy_compare, "cannot be compared: %s",
                     rc == RC_LIMIT ? "a value has too many variables" : "not enough memory");
        }
        return EXIT_USAGE;
    }
    return answer_print(&command_policy_compare, &result, &words, a->json, arena);
}

static int run(int argc, char **argv)
{
    struct asked a = { .json = false };
    const struct option_row rows[] = {
        { "type", 't', OPTION_TEXT, &a.type, "TYPE", TYPE_HELP, 0, 0, false },
        { "principal", 'p', OPTION_TEXT, &a.principal, "ARN",
          "Only what this caller may do; variables that name him are filled in.", 0, 0, false },
        { "principal-type", 0, OPTION_TEXT, &a.principal_type, "TYPE",
          "When the ARN does not tell: user, role-session, service, saml...", 0, 0, false },
        { "role-arn", 0, OPTION_TEXT, &a.role_arn, "ARN",
          "The role behind a session (needed when it has a path).", 0, 0, false },
        { "user-arn", 0, OPTION_TEXT, &a.user_arn, "ARN", "The user behind a federated user.", 0, 0,
          false },
        { "resource-account", 0, OPTION_TEXT, &a.resource_account, "ID",
          "Only resources of this account (the caller's own, and another's).", 0, 0, false },
        { "context", 'k', OPTION_LIST, &a.context, "KEY=VALUE",
          "A context key whose value is known; again for a list.", 0, 0, false },
        { "stack-old", 0, OPTION_TEXT, &a.stack_old, "DIR", "All policies of the caller, before.",
          0, 0, false },
        { "stack-new", 0, OPTION_TEXT, &a.stack_new, "DIR", "All policies of the caller, after.", 0,
          0, false },
        { "principal-in-management-account", 0, OPTION_FLAG, &a.principal_in_management, NULL,
          "Service control policies do not bind the caller.", 0, 0, false },
        { "resource-in-management-account", 0, OPTION_FLAG, &a.resource_in_management, NULL,
          "Resource control policies do not bind the resource.", 0, 0, false },
        { "budget", 'b', OPTION_UINT, &a.budget, "STEPS", BUDGET_HELP, 1, UINT64_C(1) << 40,
          false },
        { "json", 'j', OPTION_FLAG, &a.json, NULL, "mantle-analysis/1 instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, COMPARE_ARENA_MAX);
    at = options_read(&command_policy_compare, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0) {
        status = operands_fit(&a, argc - at) ? answer(&a, argv + at, &arena) : EXIT_USAGE;
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_compare = {
    .name = "policy compare",
    .summary = "Does a new policy allow anything the old one does not? A proof or a request.",
    .usage = "mantle policy compare OLD NEW [--type TYPE] [OPTION]...\n"
             "       mantle policy compare --stack-old DIR --stack-new DIR [OPTION]...",
    .notes =
        "PROVED holds for every request. COUNTEREXAMPLE shows a request, decided by the engine.\n"
        "UNKNOWN says why: the budget is spent, or it depends on a variable nobody knows.\n"
        "A DIR holds identity*.json, boundary*.json, session*.json, resource*.json or\n"
        "trust*.json, endpoint*.json, and by level, root first, scp*.json and rcp*.json.\n"
        "Limits: 1 MiB a policy file; 256 files of a kind; a search takes at most 32 MiB.\n"
        "Exit status: 0 proved, 1 counterexample, 3 unknown, 2 wrong usage or an unreadable "
        "file.\n",
    .run = run,
};
