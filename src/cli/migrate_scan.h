/* mantle migrate scan, in two files. */
#ifndef MANTLE_CLI_MIGRATE_SCAN_H
#define MANTLE_CLI_MIGRATE_SCAN_H

#include "cli/migrate.h"
#include "scan/patch.h"

/* Makes DIR and writes the patches into it; changes get the name of theirs. False after a message. */
bool scan_patches_write(const char *dir, const char *const *roots, size_t root_count,
                        struct scan_change *changes, size_t count, struct arena *arena);

#endif
