/* Key files: who may read them, and how they come and go. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/system.h"
#include "vault/keyset.h"

static enum rc say(enum rc rc, str why, str *ret_why)
{
    if (why.ptr == NULL) {
        return RC_NOMEM;
    }
    *ret_why = why;
    return rc;
}

static enum rc say_errno(const char *verb, const char *path, struct arena *arena, str *ret_why)
{
    return say(RC_IO, arena_printf(arena, "cannot %s %s: %s", verb, path, strerror(errno)),
               ret_why);
}

/* A key that others could have read is no secret any more: say so instead of going on. */
static enum rc check_access(const char *path, const struct stat *st, bool group_ok,
                            struct arena *arena, str *ret_why)
{
    mode_t refused = group_ok ? S_IRWXO : S_IRWXG | S_IRWXO;

    if (!S_ISREG(st->st_mode)) {
        return say(RC_CORRUPT, arena_printf(arena, "%s is not a regular file", path), ret_why);
    }
    if (st->st_uid != geteuid() && st->st_uid != 0) {
        return say(RC_DENIED,
                   arena_printf(arena,
                                "%s belongs to user %u; it must belong to the user that "
                                "runs this program: chown it",
                                path, (unsigned)st->st_uid),
                   ret_why);
    }
    if ((st->st_mode & refused) != 0) {
        return say(RC_DENIED,
                   arena_printf(arena,
                                "%s can be read by others (mode %04o): run \"chmod 600 %s\", and "
                                "rotate its keys if others did read it",
                                path, (unsigned)(st->st_mode & 07777), path),
                   ret_why);
    }
    return RC_OK;
}

/* Reads into guarded memory; *ret_len stays 0 and errno says why on failure. */
static bool read_whole(int fd, char *room, size_t size, size_t *ret_len)
{
    size_t len = 0;

    while (len < size) {
        ssize_t got = read(fd, room + len, size - len);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            *ret_len = len;
            return true;
        }
        len += (size_t)got;
    }
    errno = EFBIG;
    return false;
}

static enum rc parse_open_file(int fd, const char *path, enum vault_set kind, struct arena *arena,
                               struct keyset *ret, str *ret_why)
{
    char *room = sodium_malloc(KEYSET_FILE_BYTES_MAX);
    size_t len = 0;
    enum rc rc;

    if (room == NULL) {
        return RC_NOMEM;
    }
    if (!read_whole(fd, room, KEYSET_FILE_BYTES_MAX, &len)) {
        rc = say_errno("read", path, arena, ret_why);
    } else {
        rc = keyset_parse(str_from(room, len), kind, ret);
        if (rc != RC_OK) {
            rc = say(RC_CORRUPT,
                     arena_printf(arena,
                                  "%s is damaged, or is not a file of %.*s keys: restore it "
                                  "from a backup",
                                  path, FMT(keyset_name(kind))),
                     ret_why);
        }
    }
    sodium_free(room);
    return rc;
}

enum rc keyset_load(const char *path, enum vault_set kind, bool group_ok, struct arena *arena,
                    struct keyset *ret, str *ret_why)
{
    /* Non-blocking, so that a FIFO in its place cannot hang the start. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    enum rc rc;

    if (fd < 0) {
        enum rc wanted = errno == ENOENT ? RC_NOENT : RC_IO;

        rc = say_errno("open", path, arena, ret_why);
        return rc == RC_IO ? wanted : rc;
    }
    if (fstat(fd, &st) != 0) {
        rc = say_errno("examine", path, arena, ret_why);
    } else {
        rc = check_access(path, &st, group_ok, arena, ret_why);
    }
    if (rc == RC_OK) {
        rc = parse_open_file(fd, path, kind, arena, ret, ret_why);
    }
    (void)close(fd);
    return rc;
}

enum rc keyset_save(const char *path, enum vault_set kind, const struct keyset *set,
                    struct arena *arena, str *ret_why)
{
    char *room = sodium_malloc(KEYSET_FILE_BYTES_MAX);
    str text = STR_NONE;
    enum rc rc;

    if (room == NULL) {
        return RC_NOMEM;
    }
    rc = keyset_print(set, kind, room, &text);
    if (rc == RC_OK) {
        rc = file_replace(path, text, 0600);
        if (rc != RC_OK && rc != RC_NOMEM) {
            rc = say(rc, arena_printf(arena, "cannot write %s: %s", path, strerror(errno)),
                     ret_why);
        }
    }
    sodium_free(room);
    return rc;
}
