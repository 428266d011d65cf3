/* Endpoint rule sets: the files that make old AWS clients (Debian's CLI 2.9, boto3 1.26), which do
 * not know AWS_ENDPOINT_URL, send their direct and inner calls to an endpoint of ours. */
#ifndef MANTLE_CLI_CLIENT_FILES_H
#define MANTLE_CLI_CLIENT_FILES_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

/* Writes DIR/SERVICE/VERSION/endpoint-rule-set-1.json for each service we speak, making folders.
 * A file that is there and not ours is left alone: RC_EXISTS, *ret_path names it. */
MUST_CHECK enum rc client_files_write(const char *dir, str endpoint, struct arena *arena,
                                      str *ret_path);
/* Removes the files written, and folders that became empty. Files that are not ours stay. Returns
 * how many were removed. */
unsigned client_files_remove(const char *dir, struct arena *arena);

#endif
