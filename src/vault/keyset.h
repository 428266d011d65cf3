/* One set of keys: in guarded memory, and as text in a file. Inside vault/ only. */
#ifndef MANTLE_VAULT_KEYSET_H
#define MANTLE_VAULT_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "token/keys.h"
#include "vault/vault.h"

enum {
    KEYSET_KEYS_MAX = 64,
    KEYSET_FILE_BYTES_MAX = 16 * 1024,
    SETS = VAULT_MESSAGE + 1,
};

struct keyset { /* immutable once published; made by keyset_new, so guarded, locked, wiped */
    struct keyset *older; /* readers may still hold it: freed with the vault */
    size_t count;
    struct sealing_key keys[KEYSET_KEYS_MAX]; /* oldest first; the last one is current */
};

/* Empty; NULL without memory. *ret_locked turns false when it could not be kept from swap. */
struct keyset *keyset_new(bool *ret_locked);
void keyset_free(struct keyset *set); /* wipes; accepts NULL */

const struct sealing_key *keyset_find(const struct keyset *set, uint32_t id); /* NULL if absent */
const struct sealing_key *keyset_current(const struct keyset *set);
/* Every key of `inner` is in `outer`. */
bool keyset_within(const struct keyset *inner, const struct keyset *outer);

/* Appends a random key. When the set is full: the oldest key of a set that seals short-lived
 * things goes, if it was replaced long enough ago; else RC_LIMIT. */
MUST_CHECK enum rc keyset_add(struct keyset *set, enum vault_set kind, const struct env *env);

/* "master", "token", "message" */
str keyset_name(enum vault_set kind);

/* The text of a key file. room: KEYSET_FILE_BYTES_MAX bytes of guarded memory. */
MUST_CHECK enum rc keyset_print(const struct keyset *set, enum vault_set kind, char *room,
                                str *ret_text);
/* RC_CORRUPT: not a key file of this kind, or changed since it was written. */
MUST_CHECK enum rc keyset_parse(str text, enum vault_set kind, struct keyset *ret);

/* Reads a key file into an empty set. RC_NOENT; RC_DENIED: others than the owner may read it
 * (group_ok: the group may, as with systemd credentials); RC_CORRUPT; RC_IO. *ret_why on failure. */
MUST_CHECK enum rc keyset_load(const char *path, enum vault_set kind, bool group_ok,
                               struct arena *arena, struct keyset *ret, str *ret_why);
/* Durable when it returns. */
MUST_CHECK enum rc keyset_save(const char *path, enum vault_set kind, const struct keyset *set,
                               struct arena *arena, str *ret_why);

#endif
