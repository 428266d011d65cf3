/* The subcommands of mantle migrate; each stands in the file of its name. */
#ifndef MANTLE_CLI_MIGRATE_H
#define MANTLE_CLI_MIGRATE_H

#include "cli/options.h"
#include "migrate/estate.h"

extern const struct command command_migrate_apply;
extern const struct command command_migrate_check;
extern const struct command command_migrate_classify;
extern const struct command command_migrate_collect;
extern const struct command command_migrate_inventory;
extern const struct command command_migrate_plan;
extern const struct command command_migrate_revert;
extern const struct command command_migrate_roles;
extern const struct command command_migrate_scan;
extern const struct command command_migrate_status;

/* Opens an estate; its problems go to standard error unless `quiet`. False after a message. estate_close
 * in any case. */
bool migrate_estate_open(const struct command *command, const char *folder, bool quiet,
                         struct estate *ret);

#endif
