/* What a server leaves in its data directory for the commands beside it:
 *   DIR/endpoint      URL and region, one a line: written at each start
 *   DIR/bootstrap     access key id and secret of the first user, one a line, 0600: written once,
 *                     when the directory is made */
#ifndef MANTLE_CLI_DATA_DIR_H
#define MANTLE_CLI_DATA_DIR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "cli/options.h"

struct data_dir {
    str path; /* absolute */
    str endpoint, region;
    str access_key_id, secret;
};

/* All of it; complains and returns false when something is missing. */
bool data_dir_read(const struct command *command, const char *path, struct arena *arena,
                   struct data_dir *ret);
/* The endpoint alone; complains. */
bool data_dir_endpoint(const struct command *command, const char *path, struct arena *arena,
                       struct data_dir *ret);

/* access_key_id and secret alone; says nothing. */
MUST_CHECK enum rc data_dir_bootstrap(const char *path, struct arena *arena, struct data_dir *ret);

MUST_CHECK enum rc data_dir_write_endpoint(const char *path, str endpoint, str region);
MUST_CHECK enum rc data_dir_write_bootstrap(const char *path, str access_key_id, str secret);

#endif
