#include "trail/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIGITS = 10,
    UNSYNCED_MAX = 1 << 30, /* never reached: the trail appends no more while a sync is owed */
    REDO_BYTES = 1 << 18,
};

enum rc segment_path(const char *dir, uint64_t number, char *ret_path, size_t size)
{
    int len = snprintf(ret_path, size, "%s/%0*" PRIu64 ".jsonl", dir, DIGITS, number);

    return len > 0 && (size_t)len < size ? RC_OK : RC_LIMIT;
}

static bool number_of(const char *name, uint64_t *ret)
{
    str rest = str_cstr(name);

    return str_ends(rest, STR(".jsonl")) && rest.len >= DIGITS + 6 &&
           str_to_u64(str_slice(rest, 0, rest.len - 6), ret) == RC_OK && *ret > 0;
}

enum rc segment_range(const char *dir, uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t first = 0, last = 0, number;
    DIR *entries = opendir(dir);

    if (entries == NULL) {
        return errno == ENOENT ? RC_NOENT : RC_IO;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (!number_of(entry->d_name, &number)) {
            continue;
        }
        first = first == 0 || number < first ? number : first;
        last = number > last ? number : last;
    }
    (void)closedir(entries);
    *ret_first = first;
    *ret_last = last;
    return RC_OK;
}

static enum rc rc_of_errno(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? RC_FULL : RC_IO;
}

/* Makes the name itself durable: a new file is only there after a crash if its directory says so. */
static enum rc sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return failed ? RC_IO : RC_OK;
}

/* Finds the end of the last whole line by reading backwards. */
static enum rc whole_lines(int fd, uint64_t size, uint64_t *ret_bytes)
{
    char block[4096];

    while (size > 0) {
        size_t len = size < sizeof(block) ? (size_t)size : sizeof(block);
        ssize_t got = pread(fd, block, len, (off_t)(size - len));
        if (got != (ssize_t)len) {
            return RC_IO;
        }
        const char *newline = memrchr(block, '\n', len);
        if (newline != NULL) {
            *ret_bytes = size - len + (uint64_t)(newline - block) + 1;
            return RC_OK;
        }
        size -= len;
    }
    *ret_bytes = 0;
    return RC_OK;
}

/* For good: else the half line could come back with the next power cut, in front of a whole one. */
static enum rc cut_off(int fd, uint64_t size, uint64_t bytes)
{
    return size == bytes || (ftruncate(fd, (off_t)bytes) == 0 && fdatasync(fd) == 0) ? RC_OK
                                                                                     : RC_IO;
}

static enum rc open_number(struct segment_writer *w, uint64_t number)
{
    char path[SEGMENT_PATH_MAX];
    struct stat info;
    uint64_t bytes = 0;
    int fd;

    TRY(segment_path(w->dir, number, path, sizeof(path)));
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return rc_of_errno(errno);
    }
    if (fstat(fd, &info) != 0 || whole_lines(fd, (uint64_t)info.st_size, &bytes) != RC_OK ||
        cut_off(fd, (uint64_t)info.st_size, bytes) != RC_OK || sync_dir(w->dir) != RC_OK) {
        (void)close(fd);
        return RC_IO;
    }
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
    w->fd = fd;
    w->number = number;
    w->bytes = w->synced = bytes;
    return RC_OK;
}

enum rc segment_writer_open(struct segment_writer *w, const char *dir, uint64_t bytes_max)
{
    struct segment_writer fresh = { .fd = -1, .bytes_max = bytes_max };
    int len = snprintf(fresh.dir, sizeof(fresh.dir), "%s", dir);
    uint64_t first, last;

    if (len < 0 || (size_t)len >= sizeof(fresh.dir)) {
        return RC_LIMIT;
    }
    TRY(segment_range(dir, &first, &last));
    TRY(open_number(&fresh, last == 0 ? 1 : last));
    fresh.unsynced = buf_heap(UNSYNCED_MAX);
    *w = fresh;
    return RC_OK;
}

void segment_writer_close(struct segment_writer *w)
{
    if (w->fd >= 0) {
        (void)close(w->fd);
    }
    w->fd = -1;
    buf_done(&w->unsynced);
}

static enum rc write_at(int fd, str bytes, uint64_t at)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t put = pwrite(fd, bytes.ptr + done, bytes.len - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return rc_of_errno(put == 0 ? EIO : errno);
        }
        done += (size_t)put;
    }
    return RC_OK;
}

enum rc segment_append(struct segment_writer *w, str lines)
{
    bool full = w->bytes >= w->bytes_max && w->bytes > 0;
    enum rc rc;

    if (w->doubtful || full) {
        TRY(segment_sync(w)); /* nobody syncs a full one again */
    }
    if (full) {
        TRY(open_number(w, w->number + 1));
    }
    if (lines.len > 0 && buf_reserve(&w->unsynced, lines.len) == NULL) {
        rc = w->unsynced.err;
        w->unsynced.err = RC_OK;
        return rc;
    }
    rc = write_at(w->fd, lines, w->bytes);
    if (rc != RC_OK) {
        /* If this fails too, the next append writes over it, or the next open cuts it off. */
        return ftruncate(w->fd, (off_t)w->bytes) == 0 ? rc : RC_IO;
    }
    buf_add(&w->unsynced, lines);
    w->bytes += lines.len;
    return RC_OK;
}

enum rc segment_sync(struct segment_writer *w)
{
    if (w->doubtful) {
        TRY(write_at(w->fd, buf_str(&w->unsynced), w->synced));
    }
    if (fdatasync(w->fd) != 0) {
        w->doubtful = true;
        return rc_of_errno(errno);
    }
    w->doubtful = false;
    w->synced = w->bytes;
    buf_clear(&w->unsynced);
    return RC_OK;
}

enum rc segment_redo(struct segment_writer *w, uint64_t from)
{
    char *block = alloc_new(&heap, REDO_BYTES);
    enum rc rc = block == NULL ? RC_NOMEM : RC_OK;

    while (rc == RC_OK && from < w->bytes) {
        size_t len = w->bytes - from < REDO_BYTES ? (size_t)(w->bytes - from) : REDO_BYTES;
        rc = pread(w->fd, block, len, (off_t)from) == (ssize_t)len
                 ? write_at(w->fd, str_from(block, len), from)
                 : RC_IO;
        from += len;
    }
    alloc_free(&heap, block, REDO_BYTES);
    return rc;
}
