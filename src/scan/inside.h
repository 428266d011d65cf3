/* Between the files of the scan only. */
#ifndef MANTLE_SCAN_INSIDE_H
#define MANTLE_SCAN_INSIDE_H

#include "scan/scan.h"
#include "scan/unpack.h"

/* Where bytes come from: a file, an entry of an archive, an object of a repository. */
struct scan_reader {
    /* Up to max bytes; 0 at the end, -1 on a failure that `why` then names. */
    ssize_t (*read)(struct scan_reader *reader, char *out, size_t max);
    /* As lseek(2): the new place, or -1. NULL when it cannot. */
    int64_t (*seek)(struct scan_reader *reader, int64_t offset, int whence);
    const char *why;
    uint64_t at; /* bytes read */
    bool ended;  /* the last read reached the end: no need to ask again */
};

/* What an archive may cost in all, with everything that stands in it. */
struct scan_budget {
    uint64_t packed;   /* bytes of the outermost archive read so far */
    uint64_t unpacked; /* bytes that came out on all levels */
    uint64_t entries;
    unsigned depth;
    bool spent;
};

struct scan_worker {
    const struct scan_options *options;
    struct scan_report *report;
    char *window; /* heap */
    size_t window_cap;
    struct arena arena; /* of the text being looked at */
};

struct scan_place {
    str path, file, object;
    enum scan_source source;
    struct scan_budget *budget; /* inside an archive; else NULL */
};

MUST_CHECK enum rc scan_worker_init(struct scan_worker *worker, const struct scan_options *options,
                                    struct scan_report *report);
void scan_worker_done(struct scan_worker *worker);

/* Reads to the end and lists what is found; opens archives. */
MUST_CHECK enum rc scan_stream(struct scan_worker *worker, const struct scan_place *place,
                               struct scan_reader *reader);
/* The first bytes of the stream say that it is one. */
bool scan_is_archive(str start, str path);
/* `start` was read already. *ret_opened: it was one. */
MUST_CHECK enum rc scan_archive(struct scan_worker *worker, const struct scan_place *place,
                                struct scan_reader *reader, str start, bool *ret_opened);
/* All objects of the repository whose git directory this is. */
MUST_CHECK enum rc scan_history(struct scan_worker *worker, const char *git_dir);

MUST_CHECK enum rc scan_report_add(struct scan_report *report, const struct scan_place *place,
                                   const struct place *kind, const struct find_hit *hits,
                                   size_t count);
MUST_CHECK enum rc scan_report_unseen(struct scan_report *report, str path, const char *why,
                                      uint64_t offset, bool damaged);
MUST_CHECK enum rc scan_report_blob(struct scan_report *report, str text);
/* Order, and history without what stands in files. */
MUST_CHECK enum rc scan_report_finish(struct scan_report *report);

#endif
