/* The operating system: clock, randomness, files, systemd. */
#ifndef MANTLE_SYSTEM_SYSTEM_H
#define MANTLE_SYSTEM_SYSTEM_H

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

/* The real clock and getrandom(2). */
const struct env *system_env(void);

/* Reads a whole regular file of at most max bytes, NUL behind the last; RC_NOENT, RC_LIMIT, RC_IO
 * (errno says more), RC_NOMEM. */
MUST_CHECK enum rc file_read(const char *path, size_t max, struct arena *arena, str *ret);
/* Writes beside, fsyncs, renames over, fsyncs the directory: after RC_OK the file is durable, after
 * anything else the old one is untouched. RC_FULL, RC_NOENT (no such directory), RC_IO, RC_NOMEM. */
MUST_CHECK enum rc file_replace(const char *path, str content, unsigned mode);
/* mkdir -p of one level, mode 0700. RC_OK when it exists already; RC_NOENT, RC_IO. */
MUST_CHECK enum rc dir_make(const char *path);
/* The names in a folder, sorted, in the arena; hidden ones are left out. RC_NOENT: it cannot be opened;
 * RC_LIMIT: more than max; RC_NOMEM. */
MUST_CHECK enum rc dir_list(const char *path, size_t max, struct arena *arena, str **ret,
                            size_t *ret_count);

/* Takes PATH (made, 0600, when missing) for this process alone; the lock goes with the process or
 * with file_unlock. RC_BUSY when another process holds it, RC_IO. */
MUST_CHECK enum rc file_lock(const char *path, int *ret_fd);
void file_unlock(int fd); /* accepts -1 */

/* sd_notify(3) without libsystemd: "READY=1", "STOPPING=1"; no-op without NOTIFY_SOCKET. */
void notify_service_manager(const char *state);

#endif
