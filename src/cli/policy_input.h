/* What the policy commands read from files and from options: documents, context keys, principals. */
#ifndef MANTLE_CLI_POLICY_INPUT_H
#define MANTLE_CLI_POLICY_INPUT_H

#include "cli/options.h"
#include "policy/case.h"

enum { POLICY_FILE_MAX = 1 << 20 }; /* bytes; the API takes at most 131,072 characters */

/* Each returns false after a message on standard error. */

/* A document in two steps, for whoever has to look at it before he knows its kind. */
bool policy_text_read(const struct command *command, const char *path, struct arena *arena,
                      str *ret);
bool policy_text_parse(const struct command *command, enum policy_kind kind, const char *path,
                       str text, struct arena *arena, struct policy_source *ret);

/* The documents of the files; their name is the file's. count is not 0. */
bool policy_sources_read(const struct command *command, enum policy_kind kind,
                         const char *const *paths, size_t count, struct arena *arena,
                         struct policy_source **ret);

/* The documents of the files as one set; its statements' policy name is the file's. count 0: NULL. */
bool policy_files_read(const struct command *command, enum policy_kind kind,
                       const char *const *paths, size_t count, struct arena *arena,
                       const struct policy_set **ret);

/* "key=value"; a key given twice, or as "key[]=value", has a list of values; "key[]=" alone an empty
 * one. */
bool context_read(const struct command *command, const struct option_list *texts,
                  struct arena *arena, struct policy_request *ret);

/* From an ARN, a service's name, or "anonymous". type: NULL to tell it from the ARN. */
bool principal_read(const struct command *command, const char *arn, const char *type,
                    const char *role_arn, const char *user_arn, struct arena *arena,
                    struct principal *ret);

#endif
