/* Rotation of keys, and its record. The keys stand in files, the record in the database: two places
 * that no commit covers. So the record is made first and kept beside; then the keys change; then one
 * commit moves it to the trail and notes which key is current. Whatever dies in between, the next
 * start sees by that note whether the keys changed, and makes exactly the record that is missing. */
#ifndef MANTLE_CLI_ADMIN_KEYS_H
#define MANTLE_CLI_ADMIN_KEYS_H

#include "cli/admin_ops.h"
#include "vault/vault.h"

/* "master", "token", "message". RC_NOENT. */
MUST_CHECK enum rc admin_keys_set(str name, enum vault_set *ret);

/* At a start, before anybody can rotate: records rotations that were not, also those made without
 * Mantle (a key file or credential exchanged). Nothing to record: changes nothing. */
MUST_CHECK enum rc admin_keys_settle(const struct admin *admin);

/* line: the record. *ret_rotated: also when the record of it had to be left to the next start. */
MUST_CHECK enum rc admin_keys_rotate(const struct admin *admin, enum vault_set set, str line,
                                     bool *ret_rotated);

#endif
