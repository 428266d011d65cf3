/* Shared by the policy commands that analyse: which kind of document, and how an answer is shown. */
#ifndef MANTLE_CLI_POLICY_ANSWER_H
#define MANTLE_CLI_POLICY_ANSWER_H

#include "analysis/analysis.h"
#include "cli/options.h"

enum { EXIT_UNKNOWN = 3 };

/* "identity", "resource"...; NULL: identity. False after a message. */
bool policy_kind_read(const struct command *command, const char *type, enum policy_kind *ret);

/* One file as a set. False after a message. */
bool analysis_file_read(const struct command *command, enum policy_kind kind, const char *path,
                        struct arena *arena, const struct analysis_set **ret);

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
