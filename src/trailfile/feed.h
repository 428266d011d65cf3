/* The bytes of one file, unpacked, portion by portion. Small packed files come in one go (libdeflate);
 * large ones, and what is left of damaged ones, through a stream (zlib). */
#ifndef MANTLE_TRAILFILE_FEED_H
#define MANTLE_TRAILFILE_FEED_H

#include <zlib.h>

#include "trailfile/trailfile.h"

struct libdeflate_decompressor;

/* Of one thread, from file to file. */
struct feed {
    struct libdeflate_decompressor *unpacker;
    z_stream stream;
    bool stream_made, packed;
    bool streaming, between; /* zlib has begun on this file; a member of it has just ended */
    bool at_end, done;       /* of the file; no byte comes any more */
    int fd;
    char *in; /* packed bytes: of the whole file, or the portion the stream reads from */
    size_t in_room, in_len, in_at;
    uint64_t in_before; /* packed bytes before in[0] */
    uint64_t out_bytes; /* unpacked so far */
    uint64_t file_bytes;
    const struct trail_file *file;
};

void feed_init(struct feed *feed);
void feed_done(struct feed *feed);

struct feed_trouble {
    enum trail_problem_kind kind;
    const char *what;
    bool set;
};

/* RC_IO with the trouble set; RC_NOMEM. What is known to be no text is refused here. */
MUST_CHECK enum rc feed_open(struct feed *feed, const struct trail_file *file,
                             struct feed_trouble *trouble);
void feed_close(struct feed *feed);
/* How much room the whole content wants, when that is known and at most TRAIL_WHOLE_MAX; else
 * TRAIL_WHOLE_MAX. Only for the first feed_fill. */
size_t feed_room(const struct feed *feed);
/* Up to room bytes; *ret_got 0 with feed->done at the end. Damage sets the trouble and ends the feed
 * behind the last good byte. */
MUST_CHECK enum rc feed_fill(struct feed *feed, char *to, size_t room, size_t *ret_got,
                             struct feed_trouble *trouble);

#endif
