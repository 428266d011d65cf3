/* Where a command has an account's policies from: an export, or the account itself. */
#ifndef MANTLE_CLI_ACCOUNT_SOURCE_H
#define MANTLE_CLI_ACCOUNT_SOURCE_H

#include "cli/account_export.h"
#include "cli/migrate_account.h"

enum { ACCOUNT_EXPORT_BYTES_MAX = 512 << 20 };

struct account_source {
    const char *file; /* "-": standard input */
    struct account_options live;
};

/* False after a message. account_export_done in any case. */
bool account_source_take(const struct command *command, const struct account_source *source,
                         struct arena *arena, struct account_export *ret);

#endif
