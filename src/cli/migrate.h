/* The subcommands of mantle migrate; each stands in the file of its name. */
#ifndef MANTLE_CLI_MIGRATE_H
#define MANTLE_CLI_MIGRATE_H

#include "cli/options.h"
#include "migrate/estate.h"
#include "trailfile/trailfile.h"

extern const struct command command_migrate_apply;
extern const struct command command_migrate_check;
extern const struct command command_migrate_classify;
extern const struct command command_migrate_collect;
extern const struct command command_migrate_inventory;
extern const struct command command_migrate_plan;
extern const struct command command_migrate_report;
extern const struct command command_migrate_revert;
extern const struct command command_migrate_roles;
extern const struct command command_migrate_scan;
extern const struct command command_migrate_status;

/* Opens an estate; its problems go to standard error unless `quiet`. False after a message. estate_close
 * in any case. */
bool migrate_estate_open(const struct command *command, const char *folder, bool quiet,
                         struct estate *ret);

/* ESTATE/trail.json: the paths of the trail that the inventory was made from, for steps that read it
 * again. RC_IO, RC_FULL, RC_NOMEM. */
MUST_CHECK enum rc migrate_trail_remember(struct estate *estate, const struct option_list *paths);
/* False when there is none, or none that can be read. */
bool migrate_trail_recall(struct estate *estate, struct arena *arena, const char *const **ret,
                          size_t *ret_count);

/* CloudTrail's public keys, before the trail is read, which takes longer than finding a wrong name. path NULL:
 * none are wanted. False after a message. */
bool migrate_trail_keys(const struct command *command, const char *path, struct arena *arena,
                        struct trail_keys *ret);
#define PUBLIC_KEYS_OPTION(to)                                                                     \
    {                                                                                              \
        "public-keys", 'k', OPTION_TEXT, to, "FILE",                                               \
            "Check signatures of digests by the answer of aws cloudtrail list-public-keys.", 0, 0, \
            false                                                                                  \
    }

#endif
