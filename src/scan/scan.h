/* Where do access keys live? Walks trees of files, archives in them and the history of repositories,
 * and lists every key with its place. Nothing is executed but git (to read a repository's objects),
 * nothing is followed out of the trees, nothing is sent anywhere. */
#ifndef MANTLE_SCAN_SCAN_H
#define MANTLE_SCAN_SCAN_H

#include <pthread.h>
#include <stdatomic.h>

#include "scan/find.h"
#include "scan/place.h"

enum scan_source { SCAN_FILE, SCAN_ARCHIVE, SCAN_HISTORY };

struct scan_finding {
    struct find_hit hit; /* its strings live in the report's arena */
    str path;            /* as a person reads it: dir/file, image.tar!layer.tar!etc/conf */
    str file;            /* the file of the file system it is in; of history: the repository */
    enum scan_source source;
    const struct place *place;
    str object, commit, inside; /* SCAN_HISTORY: blob, the commit that brought it, its path there */
};

/* What could not be looked at, and why: a scan that says "none" must not hide it. */
struct scan_unseen {
    str path;
    str why;
    uint64_t offset; /* in the file, where that says something */
    bool damaged;    /* it should have been readable */
};

struct scan_report {
    struct arena arena;
    pthread_mutex_t lock; /* guards everything but the counters while the scan runs */
    struct scan_finding *findings;
    size_t count, cap;
    struct scan_unseen *unseen;
    size_t unseen_count, unseen_cap, unseen_more; /* more: beyond SCAN_UNSEEN_MAX, counted only */
    struct table blobs; /* git's ids of files with findings: their history says nothing new */
    enum rc rc;
    _Atomic uint64_t files, bytes, found, archives, objects, links;
    size_t same_in_history; /* findings of history that stand in a file as well */
};

enum { SCAN_UNSEEN_MAX = 10000, SCAN_THREADS_MAX = 64 };

struct scan_options {
    const struct known *known;  /* may be NULL */
    unsigned threads;           /* 1 to SCAN_THREADS_MAX */
    const char *const *exclude; /* shell patterns of names or paths */
    size_t exclude_count;
    const char *skip_dir; /* real path of a directory that is left out (the estate); may be NULL */
    bool no_history, no_archives;
};

void scan_report_init(struct scan_report *report);
void scan_report_done(struct scan_report *report);
/* Looks through each root (a file or a directory). Blocks; the counters move meanwhile. RC_NOMEM;
 * what cannot be read is listed, not an error. */
MUST_CHECK enum rc scan_run(const struct scan_options *options, const char *const *roots,
                            size_t count, struct scan_report *report);

#endif
