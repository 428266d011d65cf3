/* What users hold beside access keys and passwords: signing certificates, SSH public keys and
 * service-specific credentials. They share their row, their states and their listing. */
#ifndef MANTLE_MODEL_CREDENTIAL_H
#define MANTLE_MODEL_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct txn;

enum credential_kind { /* stored: never renumber */
                       CREDENTIAL_SIGNING_CERTIFICATE = 1,
                       CREDENTIAL_SSH_KEY = 2,
                       CREDENTIAL_SERVICE = 3,
};

struct credential {
    str id;
    int64_t account;
    str owner_id; /* unique id of the user; the twelve digits for root */
    enum credential_kind kind;
    bool active;
    int64_t created_s;
    int64_t expires_s; /* 0: never */
    str about;         /* fingerprint of a certificate or key; the service's name */
    str body;          /* certificate or key as uploaded; the user name at the service */
};

/* Inserts with a fresh id, active. Whether there may be one more is the caller's to ask. `secret`
 * absent: none; it is kept as its SHA-256, so it must be random and long (vault_new_secret). */
MUST_CHECK enum rc credential_insert(struct txn *txn, const struct env *env,
                                     struct credential *credential, str secret,
                                     struct arena *arena);
MUST_CHECK enum rc credential_get(struct txn *txn, str id, struct arena *arena,
                                  struct credential *ret);
/* Sorted by age. */
MUST_CHECK enum rc credential_list(struct txn *txn, str owner_id, enum credential_kind kind,
                                   struct arena *arena, struct credential **ret, size_t *ret_count);
/* Of all owners of an account, sorted by id, those behind `after`. */
MUST_CHECK enum rc credential_page(struct txn *txn, int64_t account, enum credential_kind kind,
                                   str after, size_t max, struct arena *arena,
                                   struct credential **ret, size_t *ret_count);
MUST_CHECK enum rc credential_count(struct txn *txn, str owner_id, enum credential_kind kind,
                                    struct arena *arena, int64_t *ret);
/* How many of an account are about the same certificate. */
MUST_CHECK enum rc credential_count_about(struct txn *txn, int64_t account,
                                          enum credential_kind kind, str about, struct arena *arena,
                                          int64_t *ret);
MUST_CHECK enum rc credential_set_active(struct txn *txn, const struct credential *credential,
                                         bool active);
MUST_CHECK enum rc credential_set_secret(struct txn *txn, const struct credential *credential,
                                         str secret);
MUST_CHECK enum rc credential_delete(struct txn *txn, const struct credential *credential);

#endif
