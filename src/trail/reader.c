/* Reads segments in order, line by line, while they grow. */
#include "trail/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trail/segment.h"

struct trail_reader {
    char *dir;
    size_t dir_size;
    uint64_t number; /* of the segment read; 0: none yet */
    uint64_t offset; /* behind the last line returned or held in block */
    int fd;
    buf block;    /* bytes read and not yet returned */
    size_t taken; /* of block */
};

enum { READ_BYTES = 1 << 16 };

enum rc trail_reader_open(const char *dir, struct arena *arena, struct trail_reader **ret,
                          str *ret_why)
{
    struct trail_reader *reader = ALLOC_NEW(&heap, struct trail_reader);
    uint64_t first, last;
    enum rc rc;

    if (reader == NULL) {
        return RC_NOMEM;
    }
    reader->fd = -1;
    reader->block = buf_heap(SEGMENT_LINE_MAX + READ_BYTES);
    reader->dir_size = strlen(dir) + 1;
    reader->dir = alloc_new(&heap, reader->dir_size);
    rc = reader->dir == NULL ? RC_NOMEM : segment_range(dir, &first, &last);
    if (rc != RC_OK) {
        *ret_why = arena_printf(arena, "cannot read the audit trail in %s: %s", dir, rc_name(rc));
        trail_reader_close(reader);
        return rc;
    }
    memcpy(reader->dir, dir, reader->dir_size);
    *ret = reader;
    return RC_OK;
}

void trail_reader_close(struct trail_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->fd >= 0) {
        (void)close(reader->fd);
    }
    buf_done(&reader->block);
    alloc_free(&heap, reader->dir, reader->dir_size);
    ALLOC_FREE(&heap, reader);
}

static enum rc open_segment(struct trail_reader *reader, uint64_t number)
{
    char path[SEGMENT_PATH_MAX];
    int fd;

    TRY(segment_path(reader->dir, number, path, sizeof(path)));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? RC_NOENT : RC_IO;
    }
    if (reader->fd >= 0) {
        (void)close(reader->fd);
    }
    reader->fd = fd;
    reader->number = number;
    reader->offset = 0;
    reader->taken = 0;
    buf_clear(&reader->block);
    return RC_OK;
}

/* The next segment that exists: old ones may have been archived away. */
static enum rc next_segment(struct trail_reader *reader)
{
    uint64_t first, last;
    enum rc rc = reader->number == 0 ? RC_NOENT : open_segment(reader, reader->number + 1);

    if (rc != RC_NOENT) {
        return rc;
    }
    TRY(segment_range(reader->dir, &first, &last));
    if (last == 0 || last <= reader->number) {
        return RC_NOENT;
    }
    return open_segment(reader, reader->number < first ? first : reader->number + 1);
}

static enum rc fill(struct trail_reader *reader)
{
    size_t rest = reader->block.len - reader->taken;
    ssize_t got;
    char *at;

    if (reader->taken > 0) {
        memmove(reader->block.ptr, reader->block.ptr + reader->taken, rest);
        reader->block.len = rest;
        reader->taken = 0;
    }
    at = buf_reserve(&reader->block, READ_BYTES);
    if (at == NULL) {
        return reader->block.err;
    }
    got = pread(reader->fd, at, READ_BYTES, (off_t)reader->offset);
    if (got < 0) {
        return RC_IO;
    }
    reader->block.len += (size_t)got;
    reader->offset += (uint64_t)got;
    return got == 0 ? RC_NOENT : RC_OK;
}

enum rc trail_reader_next(struct trail_reader *reader, str *ret_line)
{
    for (;;) {
        str rest = str_skip(buf_str(&reader->block), reader->taken);
        enum rc rc;

        if (take_until(&rest, '\n', ret_line)) {
            reader->taken = reader->block.len - rest.len;
            return RC_OK;
        }
        if (rest.len >= SEGMENT_LINE_MAX) { /* no record: a disk that lost power left it */
            *ret_line = rest;
            reader->taken = reader->block.len;
            return RC_OK;
        }
        rc = reader->fd < 0 ? RC_NOENT : fill(reader);
        if (rc == RC_NOENT) {
            rc = next_segment(reader);
        }
        if (rc != RC_OK) {
            return rc;
        }
    }
}

/* Counts newlines backwards from the end of the segment; *n is reduced by what it holds. */
static enum rc seek_back(struct trail_reader *reader, uint64_t *n)
{
    char block[READ_BYTES];
    struct stat info;
    uint64_t at;

    if (fstat(reader->fd, &info) != 0) {
        return RC_IO;
    }
    at = (uint64_t)info.st_size;
    while (at > 0) {
        size_t len = at < sizeof(block) ? (size_t)at : sizeof(block);
        if (pread(reader->fd, block, len, (off_t)(at - len)) != (ssize_t)len) {
            return RC_IO;
        }
        for (size_t i = len; i-- > 0;) {
            bool very_last = at - len + i + 1 == (uint64_t)info.st_size;
            if (block[i] == '\n' && !very_last && --*n == 0) {
                reader->offset = at - len + i + 1;
                return RC_OK;
            }
        }
        at -= len;
    }
    reader->offset = 0;
    return *n > 0 && info.st_size > 0 && --*n == 0 ? RC_OK : RC_NOENT;
}

enum rc trail_reader_last(struct trail_reader *reader, uint64_t n)
{
    uint64_t first, last;

    TRY(segment_range(reader->dir, &first, &last));
    for (uint64_t number = last; number >= first && number > 0; number--) {
        enum rc rc = open_segment(reader, number);
        if (rc == RC_OK && n > 0) {
            rc = seek_back(reader, &n);
        } else if (rc == RC_OK) {
            struct stat info;
            rc = fstat(reader->fd, &info) == 0 ? RC_OK : RC_IO;
            reader->offset = rc == RC_OK ? (uint64_t)info.st_size : 0;
        }
        if (rc != RC_NOENT) {
            return rc;
        }
    }
    return RC_OK;
}

enum rc trail_reader_seek(struct trail_reader *reader, struct segment_position from)
{
    enum rc rc = from.number == 0 ? RC_NOENT : open_segment(reader, from.number);

    reader->number = from.number;
    if (rc == RC_OK) {
        reader->offset = from.bytes;
    }
    return rc == RC_NOENT ? RC_OK : rc; /* archived away: on with what follows it */
}

bool trail_reader_past(const struct trail_reader *reader, struct segment_position end)
{
    uint64_t bytes = reader->offset - (reader->block.len - reader->taken);

    return reader->number > end.number || (reader->number == end.number && bytes > end.bytes);
}
