/* mantle migrate scan, in two files. */
#ifndef MANTLE_CLI_MIGRATE_SCAN_H
#define MANTLE_CLI_MIGRATE_SCAN_H

#include "cli/migrate.h"
#include "scan/patch.h"

#endif
