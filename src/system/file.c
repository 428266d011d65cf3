#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "system/system.h"

static enum rc rc_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return RC_NOENT;
    case ENOSPC:
    case EDQUOT:
        return RC_FULL;
    case ENOMEM:
        return RC_NOMEM;
    default:
        return RC_IO;
    }
}

/* close(2) after an error must not hide what the error was. */
static void close_keep_errno(int fd)
{
    int saved = errno;

    (void)close(fd);
    errno = saved;
}

static enum rc read_all(int fd, size_t max, struct arena *arena, str *ret)
{
    buf content = buf_arena(arena, max == SIZE_MAX ? max : max + 1);

    for (;;) {
        char *at = buf_reserve(&content, 1);
        ssize_t got;

        if (at == NULL) {
            return content.err;
        }
        got = read(fd, at, content.cap - content.len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return RC_IO;
        }
        if (got == 0) {
            break;
        }
        content.len += (size_t)got;
        if (content.len > max) {
            return RC_LIMIT;
        }
    }
    content.ptr[content.len] = '\0';
    *ret = buf_str(&content);
    return RC_OK;
}

enum rc file_read(const char *path, size_t max, struct arena *arena, str *ret)
{
    /* Non-blocking, so that a FIFO put in the file's place cannot hang the start. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    enum rc rc;

    if (fd < 0) {
        return rc_of_errno();
    }
    if (fstat(fd, &st) != 0) {
        rc = RC_IO;
    } else if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        rc = RC_IO;
    } else if (st.st_size > 0 && (uint64_t)st.st_size > max) {
        rc = RC_LIMIT;
    } else {
        rc = read_all(fd, max, arena, ret);
    }
    close_keep_errno(fd);
    return rc;
}

static enum rc write_all(int fd, str content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.ptr, content.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return rc_of_errno();
        }
        content = str_skip(content, (size_t)put);
    }
    return RC_OK;
}

static enum rc sync_dir_of(const char *path)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? snprintf(dir, sizeof(dir), ".")
                            : snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path);
    enum rc rc = RC_OK;
    int fd;

    if (len < 0 || (size_t)len >= sizeof(dir)) {
        errno = ENAMETOOLONG;
        return RC_IO;
    }
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return rc_of_errno();
    }
    if (fsync(fd) != 0) {
        rc = RC_IO;
    }
    close_keep_errno(fd);
    return rc;
}

static enum rc write_beside(const char *beside, str content, unsigned mode)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    enum rc rc;

    if (fd < 0) {
        return rc_of_errno();
    }
    rc = write_all(fd, content);
    /* The umask may have taken bits the caller asked for. */
    if (rc == RC_OK && (fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0)) {
        rc = rc_of_errno();
    }
    if (close(fd) != 0 && rc == RC_OK) {
        rc = RC_IO;
    }
    return rc;
}

enum rc file_replace(const char *path, str content, unsigned mode)
{
    char beside[4096];
    int len = snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long)getpid());
    enum rc rc;

    if (len < 0 || (size_t)len >= sizeof(beside)) {
        errno = ENAMETOOLONG;
        return RC_IO;
    }
    (void)unlink(beside); /* left by a process of the same number that was killed */
    rc = write_beside(beside, content, mode);
    if (rc == RC_OK && rename(beside, path) != 0) {
        rc = rc_of_errno();
    }
    if (rc != RC_OK) {
        int saved = errno;
        (void)unlink(beside);
        errno = saved;
        return rc;
    }
    return sync_dir_of(path);
}

enum rc dir_make(const char *path)
{
    struct stat st;

    if (mkdir(path, 0700) == 0) {
        return RC_OK;
    }
    if (errno != EEXIST) {
        return rc_of_errno();
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return RC_IO;
    }
    return RC_OK;
}

enum rc file_lock(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum rc rc;

    if (fd < 0) {
        return rc_of_errno();
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return RC_OK;
    }
    rc = errno == EWOULDBLOCK ? RC_BUSY : RC_IO;
    close_keep_errno(fd);
    return rc;
}

void file_unlock(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}
