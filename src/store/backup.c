#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/str.h"
#include "store/connection.h"

/* In one step: in WAL mode a long read holds up nobody. */
static enum rc copy_pages(struct connection *from, struct connection *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
    int code;

    if (backup == NULL) {
        return connection_rc(to, sqlite3_extended_errcode(to->db));
    }
    (void)sqlite3_backup_step(backup, -1);
    code = sqlite3_backup_finish(backup);
    return connection_rc(to, code);
}

static enum rc write_to(const char *from_path, const char *to_path, size_t cache_bytes)
{
    struct connection from, to;
    enum rc rc = connection_open(&from, from_path, CONNECTION_READ, cache_bytes);

    TRY(rc);
    rc = connection_open(&to, to_path, CONNECTION_COPY, cache_bytes);
    if (rc == RC_OK) {
        rc = copy_pages(&from, &to);
        connection_close(&to);
    }
    connection_close(&from);
    return rc;
}

static enum rc sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    enum rc rc = fd >= 0 && fsync(fd) == 0 ? RC_OK : RC_IO;

    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

static enum rc sync_parent(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 0 : (int)(slash - path);

    (void)snprintf(parent, sizeof(parent), "%.*s", len, path);
    return sync_path(slash == NULL ? "." : len == 0 ? "/" : parent, O_RDONLY | O_DIRECTORY);
}

enum rc backup_write(const char *from, const char *to, size_t cache_bytes)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof(beside), "%s.part", to);
    enum rc rc;

    if (len < 0 || (size_t)len >= sizeof(beside)) {
        return RC_LIMIT;
    }
    if (unlink(beside) != 0 && errno != ENOENT) {
        return RC_IO;
    }
    rc = write_to(from, beside, cache_bytes);
    if (rc == RC_OK) {
        rc = sync_path(beside, O_RDONLY);
    }
    if (rc == RC_OK && rename(beside, to) != 0) {
        rc = RC_IO;
    }
    if (rc != RC_OK) {
        (void)unlink(beside);
        return rc;
    }
    return sync_parent(to);
}
