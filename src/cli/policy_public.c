/* mantle policy public: is a resource or trust policy open to the world? */
#include <stdlib.h>

#include "cli/policy.h"
#include "cli/policy_answer.h"

enum { PUBLIC_ARENA_MAX = 1 << 30 };

struct asked {
    const char *type;
    uint64_t budget;
    bool json;
};

static int answer(const struct asked *a, char *path, struct arena *arena)
{
    static const struct answer_words words = {
        "not public: only callers it names, or who come from where it names",
        "public: somebody it does not name is allowed", NULL, "decision"
    };
    const struct command *command = &command_policy_public;
    struct analysis_options options = { .steps_max = a->budget };
    struct analysis_set set;
    struct analysis_result result;
    enum policy_kind kind;

    if (!analysis_files_read(command, a->type, &path, 1, arena, &set, &kind)) {
        return EXIT_USAGE;
    }
    if (kind != POLICY_RESOURCE && kind != POLICY_TRUST) {
        complain(command, "%s: only resource and trust policies can be public; this is %s", path,
                 a->type == NULL ? "taken for an identity policy (--type says otherwise)"
                                 : a->type);
        return EXIT_USAGE;
    }
    if (analysis_is_public(kind, &set, &options, arena, &result) != RC_OK) {
        complain(command, "not enough memory");
        return EXIT_USAGE;
    }
    return answer_print(command, &result, &words, a->json, arena);
}

static int run(int argc, char **argv)
{
    struct asked a = { .json = false };
    const struct option_row rows[] = {
        { "type", 't', OPTION_TEXT, &a.type, "TYPE",
          "resource or trust; default: told from the document", 0, 0, false },
        { "budget", 'b', OPTION_UINT, &a.budget, "STEPS", BUDGET_HELP, 1, UINT64_C(1) << 40,
          false },
        { "json", 'j', OPTION_FLAG, &a.json, NULL, "mantle-analysis/1 instead of text.", 0, 0,
          false },
    };
    struct arena arena;
    int status = 0, at;

    arena_init(&arena, &heap, 1 << 16, PUBLIC_ARENA_MAX);
    at = options_read(&command_policy_public, rows, COUNT_OF(rows), argc, argv, &arena, &status);
    if (at >= 0 && argc - at != 1) {
        complain(&command_policy_public, "one FILE is judged; %d given", argc - at);
        status = EXIT_USAGE;
    } else if (at >= 0) {
        status = answer(&a, argv[at], &arena);
    }
    arena_done(&arena);
    return status;
}

const struct command command_policy_public = {
    .name = "policy public",
    .summary = "Is a resource or trust policy open to the world? A proof or a request.",
    .usage = "mantle policy public FILE [--type resource|trust] [OPTION]...",
    .notes = "Public: a caller whom the policy does not name is allowed something, though his\n"
             "account, network and organization are none it names (fixed values of aws:SourceArn,\n"
             "aws:SourceIp, aws:PrincipalOrgID and the like).\n"
             "Limits: 1 MiB a policy file.\n"
             "Exit status: 0 proved not public, 1 public, 3 unknown, 2 wrong usage.\n",
    .run = run,
};
