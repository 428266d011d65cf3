/* Calls to IAM as data: what a step of the move does, and what undoes it. They stand in plans and in
 * the journal, are printed as lines of the AWS CLI, and know how to find out from the account whether
 * they have taken effect. */
#ifndef MANTLE_MIGRATE_CALL_H
#define MANTLE_MIGRATE_CALL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "codec/json.h"
#include "remote/remote.h"

enum { CALL_PARAMS_MAX = 8, CALLS_MAX = 4096 };

struct call {
    str action; /* "PutUserPolicy" */
    /* A name that begins with '@' is for finding out alone and is not sent. */
    struct remote_param params[CALL_PARAMS_MAX];
    size_t count;
};
struct calls {
    struct call *items;
    size_t count;
};

/* Name and value, in turn, up to an absent name. */
struct call call_of(str action, ...);
#define CALL(action, ...) call_of(STR(action), __VA_ARGS__, STR_NONE)
/* Absent without. */
str call_param(const struct call *call, str name);

/* Behind the others; both copy. RC_NOMEM. */
MUST_CHECK enum rc calls_add(struct calls *calls, struct call call, struct arena *arena);
MUST_CHECK enum rc calls_join(struct calls *to, const struct calls *more, struct arena *arena);

/* [{"action": ..., "params": {...}}, ...] */
void calls_json(const struct call *calls, size_t count, struct json_out *out);
/* RC_SYNTAX: none, or a call that is not one of ours. */
MUST_CHECK enum rc calls_read(const struct json *array, struct arena *arena, struct calls *ret);
MUST_CHECK enum rc calls_parse(str text, struct arena *arena, struct calls *ret);

/* "aws iam put-user-policy --user-name ..." in a shell's quoting. */
void call_print(const struct call *call, buf *out);

enum call_state {
    CALL_NOT_APPLIED,
    CALL_APPLIED,
    CALL_DIFFERENT /* something else stands there: neither done nor to be done */
};
/* Asks the account. RC_OK; else what remote_call said, with *ret_answer. */
MUST_CHECK enum rc call_find(struct remote *remote, const struct call *call, struct arena *arena,
                             enum call_state *ret, struct remote_answer *ret_answer);
MUST_CHECK enum rc call_make(struct remote *remote, const struct call *call, struct arena *arena,
                             struct remote_answer *ret_answer);

/* Two JSON documents that say the same, whatever their white space. */
bool call_same_document(str a, str b);

#endif
