/* The audit trail: CloudTrail-shaped records, one JSON object a line, in append-only segments under
 * DIR/trail/ (0600). The record of a change is in the same commit as the change: it is first a row
 * of an outbox table written by that transaction, then a line of a segment, then no row any more;
 * a crash in between loses and doubles nothing. Records of reads and refusals go through a buffer
 * per loop and reach the segment within a tenth of a second. */
#ifndef MANTLE_TRAIL_TRAIL_H
#define MANTLE_TRAIL_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct store;
struct txn;
struct trail;
struct trail_lane; /* one per loop: a buffer only that loop appends to */

struct trail_config {
    const char *dir;            /* DIR/trail */
    uint64_t segment_bytes_max; /* then a new segment: 64 MiB */
    unsigned lanes;
    const struct env *env;
};
MUST_CHECK enum rc trail_open(const struct trail_config *config, struct arena *arena,
                              struct trail **ret, str *ret_why);
/* After store_open: moves what a crash left in the outbox into the segment, starts the thread. */
MUST_CHECK enum rc trail_start(struct trail *trail, struct store *store);
void trail_close(struct trail *trail); /* flushes */

/* On the writer thread, inside the job whose change it records; `line` is one JSON object without
 * newline. It becomes durable with the change or not at all. */
MUST_CHECK enum rc trail_change(struct trail *trail, str line);
/* For struct store_config; ctx is the struct trail. */
enum rc trail_before_commit(void *ctx, struct txn *txn);
void trail_after_commit(void *ctx, uint64_t revision);
void trail_after_abort(void *ctx);

/* On the loop's thread. Never waits: when the disk cannot follow, the record is dropped, counted
 * in a metric and /health says so. */
void trail_note(struct trail *trail, unsigned lane, str line);
/* False while records cannot be written. */
bool trail_is_healthy(const struct trail *trail);

/* --- the record ------------------------------------------------------------------------------- */

struct trail_evaluated { /* one authorization decision made for the request */
    str action, resource;
    bool allowed;
    str result;        /* "allow", "explicit_deny", "implicit_deny" */
    str layer;         /* "identity-based policy" ... */
    str policy, sid;   /* deciding statement, absent when none */
    int64_t statement; /* index, -1 when none */
    str rule;          /* rule number */
    str context;       /* JSON object: all context keys of a denial; absent when allowed */
    str missing;       /* JSON array: what a denial lacked (mantle-explanation/1), or absent */
};

struct trail_event {
    str request_id, event_id; /* UUIDs */
    int64_t time_s;
    int64_t
        at_us; /* when the record was made, microseconds since 1970: orders records of a second */
    str event_source, event_name, region;
    str source_ip, user_agent;
    str user_identity;             /* JSON object, made by access/ */
    str error_code, error_message; /* absent on success */
    str error_detail;              /* ours, under "mantle"; absent: none */
    str request_parameters;        /* JSON, secrets masked, or absent: null */
    str response_elements;         /* the same */
    str recipient_account;
    bool read_only;
    str tls_version, tls_cipher;
    const struct trail_evaluated *evaluated;
    size_t evaluated_count;
};
/* Appends one line without newline. */
void trail_print(const struct trail_event *event, buf *out);

/* --- reading, also beside a running server ------------------------------------------------------ */
struct trail_reader;
MUST_CHECK enum rc trail_reader_open(const char *dir, struct arena *arena,
                                     struct trail_reader **ret, str *ret_why);
void trail_reader_close(struct trail_reader *reader);
/* Next line, oldest first; RC_NOENT at the present end (call again to follow). The view lives until
 * the next call. */
MUST_CHECK enum rc trail_reader_next(struct trail_reader *reader, str *ret_line);
/* Positions so that about the last n lines follow. */
MUST_CHECK enum rc trail_reader_last(struct trail_reader *reader, uint64_t n);

#endif
