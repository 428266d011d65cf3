#include "trailfile/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
    PORTION = 256 << 10, /* packed bytes a stream reads at a time */
    PACKED_WHOLE_MAX = 4 << 20,
    GZIP_LEAST = 18,      /* header, CRC-32 and length */
    BOMB_FREE = 64 << 20, /* so many unpacked bytes are never a bomb */
};

void feed_init(struct feed *feed)
{
    *feed = (struct feed){ .fd = -1 };
}

void feed_close(struct feed *feed)
{
    if (feed->fd >= 0) {
        (void)close(feed->fd);
    }
    feed->fd = -1;
}

void feed_done(struct feed *feed)
{
    feed_close(feed);
    if (feed->stream_made) {
        (void)inflateEnd(&feed->stream);
    }
    libdeflate_free_decompressor(feed->unpacker);
    alloc_free(&heap, feed->in, feed->in_room);
    feed_init(feed);
}

static enum rc trouble_is(struct feed_trouble *trouble, enum trail_problem_kind kind,
                          const char *what)
{
    if (!trouble->set) {
        *trouble = (struct feed_trouble){ kind, what, true };
    }
    return RC_IO;
}

static enum rc want_in(struct feed *feed, size_t room)
{
    if (room > feed->in_room) {
        char *in = heap.resize(&heap, feed->in, feed->in_room, room);
        if (in == NULL) {
            return RC_NOMEM;
        }
        feed->in = in;
        feed->in_room = room;
    }
    return RC_OK;
}

/* Until room is full or the file ends. */
static enum rc read_up_to(int fd, char *to, size_t room, size_t *ret_got)
{
    size_t len = 0;

    while (len < room) {
        ssize_t got = read(fd, to + len, room - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return RC_IO;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    *ret_got = len;
    return RC_OK;
}

static const struct {
    str magic;
    const char *what;
} foreign[] = {
    { STR_INIT("PK\003\004"), "a zip archive: unpack it first" },
    { STR_INIT("PAR1"), "a Parquet file: export as JSON or CSV" },
    { STR_INIT("ORC"), "an ORC file: export as JSON or CSV" },
    { STR_INIT("BZh"), "packed with bzip2: unpack it first" },
    { STR_INIT("\x28\xB5\x2F\xFD"), "packed with Zstandard: unpack it first" },
    { STR_INIT("\xFD"
               "7zXZ"),
      "packed with xz: unpack it first" },
    { STR_INIT("\xFF\xFE"), "UTF-16: save it as UTF-8" },
    { STR_INIT("\xFE\xFF"), "UTF-16: save it as UTF-8" },
};

static enum rc refuse_foreign(const struct feed *feed, struct feed_trouble *trouble)
{
    str head = str_from(feed->in, feed->in_len);

    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        if (str_starts(head, foreign[i].magic)) {
            return trouble_is(trouble, PROBLEM_UNSUPPORTED, foreign[i].what);
        }
    }
    return RC_OK;
}

static bool is_gzip(const struct feed *feed)
{
    return feed->in_len >= 3 && memcmp(feed->in, "\x1F\x8B\x08", 3) == 0;
}

static enum rc open_regular(struct feed *feed, struct feed_trouble *trouble)
{
    struct stat st;

    /* Non-blocking, so that a FIFO in the folder cannot hang the reading. */
    feed->fd = open(feed->file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (feed->fd < 0) {
        return trouble_is(trouble, PROBLEM_UNREADABLE,
                          errno == EACCES ? "no permission to read it" : "cannot be opened");
    }
    if (fstat(feed->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return trouble_is(trouble, PROBLEM_UNREADABLE, "not a regular file");
    }
    feed->file_bytes = (uint64_t)st.st_size;
    return RC_OK;
}

/* What is there already stays; to `len` bytes in all, or to the end. */
static enum rc read_in(struct feed *feed, size_t len, struct feed_trouble *trouble)
{
    size_t got;

    TRY(want_in(feed, len));
    if (read_up_to(feed->fd, feed->in + feed->in_len, len - feed->in_len, &got) != RC_OK) {
        return trouble_is(trouble, PROBLEM_UNREADABLE, "cannot be read to its end");
    }
    feed->in_len += got;
    feed->at_end = feed->in_len < len;
    return RC_OK;
}

enum rc feed_open(struct feed *feed, const struct trail_file *file, struct feed_trouble *trouble)
{
    feed_close(feed);
    feed->file = file;
    feed->at_end = feed->done = feed->packed = feed->streaming = feed->between = false;
    feed->in_len = feed->in_at = 0;
    feed->in_before = feed->out_bytes = 0;
    TRY(open_regular(feed, trouble));
    TRY(read_in(feed, PORTION, trouble));
    feed->packed = is_gzip(feed);
    if (feed->packed && !feed->at_end && feed->file_bytes <= PACKED_WHOLE_MAX) {
        TRY(read_in(feed, PACKED_WHOLE_MAX + 1, trouble));
    }
    return refuse_foreign(feed, trouble);
}

/* What the last member says of its length; a hint, for a file of one member the truth mod 2^32. */
static size_t said_length(const struct feed *feed)
{
    const unsigned char *at = (const unsigned char *)feed->in + feed->in_len - 4;

    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

static bool fits_whole(const struct feed *feed)
{
    return feed->packed && feed->at_end && !feed->streaming && feed->in_len >= GZIP_LEAST &&
           said_length(feed) <= TRAIL_WHOLE_MAX;
}

size_t feed_room(const struct feed *feed)
{
    size_t room = TRAIL_WHOLE_MAX;

    if (fits_whole(feed)) {
        room = said_length(feed) + 1;
    } else if (!feed->packed && feed->at_end) {
        room = feed->in_len + 1;
    }
    return room < TRAIL_WHOLE_MAX ? room : TRAIL_WHOLE_MAX;
}

/* False: not one sound member of that size; the stream then says what is wrong. */
static bool unpack_whole(struct feed *feed, char *to, size_t room, size_t *ret_got)
{
    size_t used = 0, got = 0;

    if (feed->unpacker == NULL) {
        feed->unpacker = libdeflate_alloc_decompressor();
    }
    if (feed->unpacker == NULL ||
        libdeflate_gzip_decompress_ex(feed->unpacker, feed->in, feed->in_len, to, room, &used,
                                      &got) != LIBDEFLATE_SUCCESS ||
        used != feed->in_len) {
        return false;
    }
    *ret_got = got;
    return true;
}

static enum rc stream_start(struct feed *feed)
{
    enum { GZIP_ONLY = 16 };

    if (feed->stream_made) {
        return inflateReset(&feed->stream) == Z_OK ? RC_OK : RC_NOMEM;
    }
    feed->stream = (z_stream){ 0 };
    if (inflateInit2(&feed->stream, GZIP_ONLY + MAX_WBITS) != Z_OK) {
        return RC_NOMEM;
    }
    feed->stream_made = true;
    return RC_OK;
}

static enum rc more_in(struct feed *feed, struct feed_trouble *trouble)
{
    feed->in_before += feed->in_len;
    feed->in_at = feed->in_len = 0;
    if (feed->at_end) {
        return RC_OK;
    }
    return read_in(feed, PORTION, trouble);
}

static bool is_bomb(const struct feed *feed)
{
    uint64_t packed = feed->in_before + feed->in_at;

    return feed->out_bytes > BOMB_FREE && feed->out_bytes / TRAIL_RATIO_MAX > packed;
}

/* Behind a member: another one, padding, or the end. */
static enum rc next_member(struct feed *feed, struct feed_trouble *trouble)
{
    while (feed->in_at < feed->in_len && feed->in[feed->in_at] == '\0') {
        feed->in_at++; /* tapes and block devices pad with zeros */
    }
    if (feed->in_at == feed->in_len) {
        feed->done = feed->at_end;
        return feed->at_end ? RC_OK : more_in(feed, trouble);
    }
    feed->between = false;
    return inflateReset(&feed->stream) == Z_OK ? RC_OK : RC_NOMEM;
}

static void stream_step(struct feed *feed, char *to, size_t room, size_t *len,
                        struct feed_trouble *trouble)
{
    int answer;

    feed->stream.next_in = (Bytef *)(void *)(feed->in + feed->in_at);
    feed->stream.avail_in = (uInt)(feed->in_len - feed->in_at);
    feed->stream.next_out = (Bytef *)(void *)(to + *len);
    feed->stream.avail_out = (uInt)(room - *len);
    answer = inflate(&feed->stream, Z_NO_FLUSH);
    feed->out_bytes += room - *len - feed->stream.avail_out;
    *len = room - feed->stream.avail_out;
    feed->in_at = feed->in_len - feed->stream.avail_in;
    if (answer == Z_STREAM_END) {
        feed->between = true;
    } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
        (void)trouble_is(trouble, PROBLEM_GZIP, "the packed data is damaged here");
        feed->done = true;
    } else if (is_bomb(feed)) {
        (void)trouble_is(trouble, PROBLEM_BOMB, "unpacks to over 200 times its size");
        feed->done = true;
    }
}

static enum rc stream_fill(struct feed *feed, char *to, size_t room, size_t *ret_got,
                           struct feed_trouble *trouble)
{
    size_t len = 0;

    while (len < room && !feed->done) {
        if (feed->between) {
            TRY(next_member(feed, trouble));
            continue;
        }
        if (feed->in_at == feed->in_len) {
            TRY(more_in(feed, trouble));
            if (feed->in_len == 0) {
                (void)trouble_is(trouble, PROBLEM_GZIP, "the packed data is cut off here");
                feed->done = true;
                break;
            }
        }
        stream_step(feed, to, room, &len, trouble);
    }
    *ret_got = len;
    return RC_OK;
}

static enum rc plain_fill(struct feed *feed, char *to, size_t room, size_t *ret_got,
                          struct feed_trouble *trouble)
{
    size_t len = feed->in_len - feed->in_at, more = 0;

    len = len < room ? len : room;
    memcpy(to, feed->in + feed->in_at, len);
    feed->in_at += len;
    if (len < room && !feed->at_end) {
        if (read_up_to(feed->fd, to + len, room - len, &more) != RC_OK) {
            feed->done = true;
            return trouble_is(trouble, PROBLEM_UNREADABLE, "cannot be read to its end");
        }
        feed->at_end = more < room - len;
    }
    feed->done = feed->at_end && feed->in_at == feed->in_len;
    feed->out_bytes += len + more;
    *ret_got = len + more;
    return RC_OK;
}

enum rc feed_fill(struct feed *feed, char *to, size_t room, size_t *ret_got,
                  struct feed_trouble *trouble)
{
    *ret_got = 0;
    if (feed->done) {
        return RC_OK;
    }
    if (!feed->packed) {
        return plain_fill(feed, to, room, ret_got, trouble);
    }
    if (fits_whole(feed) && unpack_whole(feed, to, room, ret_got)) {
        feed->out_bytes = *ret_got;
        feed->done = true;
        return RC_OK;
    }
    if (!feed->streaming) {
        TRY(stream_start(feed));
        feed->streaming = true;
    }
    return stream_fill(feed, to, room, ret_got, trouble);
}
