/* Virtual MFA devices: an entity with a seed, enabled for one user (or the root) at a time. */
#ifndef MANTLE_MODEL_MFA_H
#define MANTLE_MODEL_MFA_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "model/entity.h"

struct txn;
struct vault;

struct mfa_device {
    struct entity entity; /* its ARN is the serial number */
    str wrapped;          /* the seed */
    str owner_id; /* unique id of the user, the twelve digits for root; absent: unassigned */
    int64_t enabled_s;
    int64_t drift_steps; /* its clock is so many steps ahead */
    int64_t last_step;   /* of the last code accepted */
};

enum { MFA_DEVICES_PER_USER = 8, MFA_SERIAL_CHARS_MAX = 256 };

/* RC_EXISTS, RC_LIMIT as entity_insert. `wrapped` is a seed for mfa_about(). */
MUST_CHECK enum rc mfa_create(struct txn *txn, const struct env *env, struct entity *entity,
                              str wrapped, struct arena *arena);
/* RC_NOENT, RC_SYNTAX: not the ARN of a virtual device. */
MUST_CHECK enum rc mfa_by_serial(struct txn *txn, str serial, struct arena *arena,
                                 struct mfa_device *ret);
MUST_CHECK enum rc mfa_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                                 struct mfa_device *ret);
/* Those of one owner, in the order they were enabled. */
MUST_CHECK enum rc mfa_list_owned(struct txn *txn, str owner_id, struct arena *arena,
                                  struct mfa_device **ret, size_t *ret_count);
MUST_CHECK enum rc mfa_count_owned(struct txn *txn, str owner_id, struct arena *arena,
                                   int64_t *ret);
/* How many of the account are enabled for somebody. */
MUST_CHECK enum rc mfa_count_in_use(struct txn *txn, int64_t account, int64_t *ret);
/* RC_LIMIT: the owner has MFA_DEVICES_PER_USER; RC_EXISTS: it is somebody's already. */
MUST_CHECK enum rc mfa_enable(struct txn *txn, const struct mfa_device *device, str owner_id,
                              int64_t now_s, struct arena *arena);
MUST_CHECK enum rc mfa_release(struct txn *txn, const struct mfa_device *device);
/* RC_CONFLICT while it is somebody's. */
MUST_CHECK enum rc mfa_delete(struct txn *txn, const struct mfa_device *device);

/* What binds a seed to its device: the serial number, which never changes. */
str mfa_about(const struct entity *entity, struct arena *arena);

/* --- codes -------------------------------------------------------------------------------------- */

/* Finds two codes of steps one behind the other, within a day of now_s either way: for enabling and
 * for setting the clock. Takes some milliseconds: not for a loop. *ret_step is the second's.
 * RC_DENIED: there are none later than the last code accepted. */
MUST_CHECK enum rc mfa_find_pair(struct vault *vault, const struct mfa_device *device, str code1,
                                 str code2, int64_t now_s, struct arena *arena, int64_t *ret_step);
/* Keeps what a pair told of the device's clock. RC_DENIED: its codes were used meanwhile. */
MUST_CHECK enum rc mfa_set_clock(struct txn *txn, const struct mfa_device *device, int64_t step,
                                 int64_t now_s);
/* One code of the device's present step or its neighbours. Accepts a code once: in a transaction,
 * and RC_OK stands only when that is committed. RC_DENIED: wrong; RC_EXISTS: right, but that step's
 * or a later code was accepted before; RC_NOENT: not this owner's device. */
MUST_CHECK enum rc mfa_accept(struct txn *txn, struct vault *vault, str serial, str owner_id,
                              str code, int64_t now_s, struct arena *arena);

#endif
