/* CloudTrail from files: folders in the layout of the bucket, single files, exports of lookup-events.
 * Each record goes once to a visitor; nothing is kept. Whatever cannot be read is reported with file
 * and offset, and the rest goes on.
 *
 * Accepted: {"Records": [...]}, bare arrays, one record per line or one behind the other, answers of
 * lookup-events ({"Events": [{"CloudTrailEvent": "..."}]}, several pages in one file too), CSV with a
 * column of whole records or with Athena's columns; each plain or packed with gzip. How much memory
 * that takes depends on the threads, not on the files: at most TRAIL_THREAD_BYTES each. */
#ifndef MANTLE_TRAILFILE_TRAILFILE_H
#define MANTLE_TRAILFILE_TRAILFILE_H

#include "base/buf.h"
#include "trailfile/event.h"

enum {
    TRAIL_RECORD_MAX = 4 << 20, /* bytes; CloudTrail itself stops at 1 MiB */
    TRAIL_WHOLE_MAX = 12 << 20, /* unpacked bytes up to which a file is unpacked in one go */
    TRAIL_RATIO_MAX = 200,      /* unpacked to packed; real trails reach 9 */
    TRAIL_THREAD_BYTES = 24 << 20,
};

/* -- which files --------------------------------------------------------------------------------- */

enum trail_file_kind { TRAIL_FILE_EVENTS, TRAIL_FILE_DIGEST };

struct trail_file {
    const char *path;
    uint64_t bytes;
    str account, region; /* from the name of a delivered file; else absent */
    int64_t delivered_s; /* from the name of a delivered file; else INT64_MIN */
    enum trail_file_kind kind;
    bool hashed;        /* read to its end, with digests in the list */
    uint8_t sha256[32]; /* of the unpacked file */
};

struct trail_list {
    struct trail_file *files; /* by delivery time, then path */
    size_t count, digests;
    uint64_t bytes; /* of all that are no digests, packed */
    struct arena *arena;
};

/* -- what went wrong ----------------------------------------------------------------------------- */

enum trail_problem_kind {
    PROBLEM_UNREADABLE,  /* the operating system said no, or it is no regular file */
    PROBLEM_GZIP,        /* truncated or damaged; what unpacked was read */
    PROBLEM_BOMB,        /* unpacks to more than TRAIL_RATIO_MAX times its size */
    PROBLEM_JSON,        /* broken off or malformed; reading went on at the next record */
    PROBLEM_NOT_A_TRAIL, /* JSON or text that holds no records */
    PROBLEM_RECORD,      /* a record that lacks what every record has */
    PROBLEM_TOO_LONG,    /* a record of more than TRAIL_RECORD_MAX bytes */
    PROBLEM_UNSUPPORTED, /* zip, parquet, ORC... */
    PROBLEM_DIGEST,      /* a digest or a file does not match what a later digest says */
    PROBLEM_GAP,         /* files or hours that are missing by what digests say */
    /* Nothing is wrong with these; they are in lists of their own. */
    NOTE_DUPLICATE,     /* delivered before, and left out */
    NOTE_UNKNOWN_EVENT, /* no permission is known for it */
};
enum { PROBLEM_KINDS = NOTE_UNKNOWN_EVENT + 1 };

struct trail_problem {
    enum trail_problem_kind kind;
    str path;
    uint64_t offset; /* bytes into the unpacked file */
    str what;        /* one English clause */
};
/* "gzip", "json"...; a static word, stable for machines. */
const char *trail_problem_word(enum trail_problem_kind kind);

/* All of them; each kind is listed up to a number and counted beyond. Zeroed arena pointer: none. */
struct trail_problems {
    struct trail_problem *items;
    size_t count, room;
    uint64_t seen[PROBLEM_KINDS]; /* listed or not */
    struct arena *arena;
};
enum { TRAIL_PROBLEMS_LISTED = 1000 };
void trail_problem_add(struct trail_problems *problems, enum trail_problem_kind kind, str path,
                       uint64_t offset, str what);

/* Folders are walked (links to folders are not followed), files taken as they are. RC_NOENT with a
 * problem added when a path does not exist; RC_NOMEM. Unreadable folders are problems. */
MUST_CHECK enum rc trail_list_make(const char *const *paths, size_t count, struct arena *arena,
                                   struct trail_problems *problems, struct trail_list *ret);

/* -- reading ------------------------------------------------------------------------------------- */

struct trail_counts {
    uint64_t files, packed_bytes, text_bytes, records, duplicates, bad_records;
};

/* One object per thread: `begin` makes it, `event` gets every record that thread read, `end` gets
 * all objects one after the other, in the order of the threads, on the calling thread. What they add
 * up to must not depend on which thread saw which record. */
struct trail_visitor {
    void *(*begin)(void *context, unsigned thread);                 /* NULL: no memory */
    enum rc (*event)(void *state, const struct trail_event *event); /* a failure ends the reading */
    enum rc (*end)(void *context, void *state); /* also after a failure; owns state then */
    void *context;
};

struct trail_options {
    unsigned threads; /* 0: one per core */
    bool keep_duplicates;
    struct trail_problems *notes; /* gets where duplicates stand; may be NULL */
    /* Called now and then, on any thread but never twice at a time; may be NULL. */
    void (*progress)(void *context, const struct trail_list *list,
                     const struct trail_counts *counts);
    void *progress_context;
};

/* Records with an eventID, time and name seen before (among the last 200,000 or so) are counted and left out.
 * RC_NOMEM, or what the visitor said. *ret_counts is written in any case. */
MUST_CHECK enum rc trail_read(const struct trail_list *list, const struct trail_options *options,
                              const struct trail_visitor *visitor, struct trail_problems *problems,
                              struct trail_counts *ret_counts);

/* -- digests ------------------------------------------------------------------------------------- */

/* CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them. */
struct trail_key {
    str fingerprint, der; /* der: RSAPublicKey of PKCS #1 */
};
struct trail_keys {
    struct trail_key *items;
    size_t count;
};
/* RC_SYNTAX with a clause in *reterr_why; RC_NOMEM. */
MUST_CHECK enum rc trail_keys_read(str text, struct arena *arena, struct trail_keys *ret,
                                   const char **reterr_why);

struct trail_digests {
    uint64_t digests, files_listed, files_verified, files_missing, files_differ, files_unlisted;
    uint64_t chain_gaps, chain_breaks;
    /* The signature of a digest stands in the one after it, and for the last one in the bucket's metadata
     * alone: that one is unsigned here. */
    uint64_t signatures_good, signatures_bad, unsigned_digests;
};
/* After trail_read: the digests of the list against its files, against each other, and against CloudTrail's
 * keys (NULL: signatures are not looked at). RC_NOMEM. */
MUST_CHECK enum rc trail_check_digests(const struct trail_list *list, const struct trail_keys *keys,
                                       struct trail_problems *problems, struct trail_digests *ret);

#endif
