/* Shared by the policy commands that analyse: which kind of document, and how an answer is shown. */
#ifndef MANTLE_CLI_POLICY_ANSWER_H
#define MANTLE_CLI_POLICY_ANSWER_H

#include "analysis/analysis.h"
#include "cli/options.h"

enum { EXIT_UNKNOWN = 3 };

/* The files, each as a set of its own, all of one kind: of the type named ("identity", "resource"...),
 * or, when that is NULL, what they look like. False after a message. */
bool analysis_files_read(const struct command *command, const char *type, char *const *paths,
                         size_t count, struct arena *arena, struct analysis_set *sets,
                         enum policy_kind *ret);

/* --type, where it need not be given. */
#define TYPE_HELP                                                                                  \
    "identity, boundary, session, resource, trust, endpoint, scp or rcp; default: told from the "  \
    "document"

struct answer_words { /* what the verdicts mean here */
    const char *proved, *example;
    const char *old, *new; /* names of the two sides; old NULL: only the new one is shown */
};
/* Prints the answer; the exit status for it, or EXIT_USAGE when it cannot be written. */
int answer_print(const struct command *command, const struct analysis_result *result,
                 const struct answer_words *words, bool json, struct arena *arena);

/* "1 statement" in the units of --budget: steps of a search. */
#define BUDGET_HELP "Steps the search may take (4000000)."

#endif
