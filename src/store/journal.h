/* The journal of a move from keys to roles: a database of its own beside the estate, WAL and
 * synchronous=FULL. What is to be done to an account is committed here before the first call that does
 * it, with the calls that undo it, so that whoever comes after a crash knows what was under way.
 *
 * Rows are only ever added; the file itself refuses changes to them. The lease is the exception: one
 * writer at a time, by a number that only grows. Every change names the number it was made under and
 * fails once another writer has taken over. */
#ifndef MANTLE_STORE_JOURNAL_H
#define MANTLE_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct journal;

/* PATH is made when missing, unless `read_only` (RC_NOENT then). RC_UNSUPPORTED: a newer version's;
 * RC_CORRUPT: no journal, or damaged; RC_IO. */
MUST_CHECK enum rc journal_open(const char *path, bool read_only, struct journal **ret);
void journal_close(struct journal *journal); /* accepts NULL */

/* The account a journal belongs to: written by the first who comes, RC_CONFLICT with *ret_account (in
 * the arena) for one of another. Absent account: asks only; RC_NOENT when none is written. */
MUST_CHECK enum rc journal_account(struct journal *journal, str account, struct arena *arena,
                                   str *ret_account);

/* RC_BUSY: somebody else holds it until *ret_until_s; `sure_dead`: he is known to be gone. */
MUST_CHECK enum rc journal_lease(struct journal *journal, str holder, bool sure_dead, int64_t now_s,
                                 int64_t ttl_s, int64_t *ret_fence, int64_t *ret_until_s);
/* RC_CONFLICT: the lease is another's by now. */
MUST_CHECK enum rc journal_renew(struct journal *journal, int64_t fence, int64_t until_s);
MUST_CHECK enum rc journal_release(struct journal *journal, int64_t fence);
/* Who holds it; absent after a release. For messages. */
MUST_CHECK enum rc journal_holder(struct journal *journal, struct arena *arena, str *ret,
                                  int64_t *ret_until_s);

struct journal_intent {
    int64_t id, fence;
    str key, user; /* key id; absent for what is about the user alone */
    str kind;      /* "role", "probe", "probe-end", "inactive", "delete-key"... */
    int64_t from_stage, to_stage;
    str before;         /* JSON: what stood there */
    str calls, inverse; /* JSON arrays of calls */
    int64_t deadline_s; /* by then it undoes itself; 0: it does not */
    str operator_arn;
    int64_t at_s;
    str outcome; /* "finished", "undone", "failed"; absent: open */
    str detail;
    int64_t ended_s;
    int64_t calls_done; /* as far as was told */
};

/* Where a key stands from now on. */
struct journal_move {
    int64_t id;
    str key, user;
    int64_t stage;
    bool alert;
    str why, detail; /* detail: JSON, may be absent */
    int64_t intent;  /* 0: none */
    int64_t at_s;
};

/* Durable when they return. RC_CONFLICT: the lease is lost. */
MUST_CHECK enum rc journal_begin(struct journal *journal, const struct journal_intent *intent,
                                 int64_t *ret_id);
MUST_CHECK enum rc journal_called(struct journal *journal, int64_t fence, int64_t intent, int64_t n,
                                  int64_t at_s, str request_id);
/* move: NULL, or where the key stands after it; one commit. */
MUST_CHECK enum rc journal_end(struct journal *journal, int64_t fence, int64_t intent, str outcome,
                               str detail, int64_t at_s, const struct journal_move *move);
MUST_CHECK enum rc journal_put_move(struct journal *journal, int64_t fence,
                                    const struct journal_move *move);

/* Oldest first. key absent: of all keys. */
MUST_CHECK enum rc journal_intents(struct journal *journal, str key, bool open_only,
                                   struct arena *arena, struct journal_intent **ret,
                                   size_t *ret_count);
/* All moves of a key, oldest first; key absent: the last of each key. */
MUST_CHECK enum rc journal_moves(struct journal *journal, str key, struct arena *arena,
                                 struct journal_move **ret, size_t *ret_count);

#endif
