/* What stands in the account about a user now: the before-image of a step, and what a plan is compared
 * with before anything is done by it. */
#ifndef MANTLE_MIGRATE_LIVE_H
#define MANTLE_MIGRATE_LIVE_H

#include "codec/json.h"
#include "migrate/estate.h"
#include "remote/remote.h"

/* What the policies of deny windows are called: they come and go without changing what was planned. */
#define LIVE_PROBE_PREFIX "mantle-probe-"

struct live_named {
    str name, value; /* inline policy: document, compact; key: Status; the others: absent */
};
struct live_list { /* sorted by name */
    struct live_named *items;
    size_t count, room;
};
struct live_user {
    bool exists;
    int64_t password_used_s; /* INT64_MIN: never, or not known */
    str name, path, id, arn, boundary;
    struct live_list groups, attached, policies, keys;
    /* Only when asked for whole: what else goes before the user can. */
    bool whole, has_password;
    struct live_list mfa, certificates, ssh_keys, credentials;
};

/* RC_OK also when there is no such user. Else as remote_call, with *ret_answer. */
MUST_CHECK enum rc live_read(struct remote *remote, str user, bool whole, struct arena *arena,
                             struct live_user *ret, struct remote_answer *ret_answer);
/* The same from the exports. RC_NOMEM. */
MUST_CHECK enum rc live_from_estate(const struct estate_user *user, struct arena *arena,
                                    struct live_user *ret);
void live_json(const struct live_user *user, struct json_out *out);
MUST_CHECK enum rc live_parse(const struct json *object, struct arena *arena,
                              struct live_user *ret);

/* Null when nothing that bears on the user changed from `planned` to `now`; else the first difference
 * as a clause. Keys are compared elsewhere: the move itself changes them. */
str live_difference(const struct live_user *planned, const struct live_user *now,
                    struct arena *arena);
/* The Status of a key; absent: there is none. */
str live_key(const struct live_user *user, str id);

#endif
