/* SAML providers: entities whose metadata says who may sign assertions, and up to two private keys
 * that open encrypted ones. */
#ifndef MANTLE_MODEL_SAML_PROVIDER_H
#define MANTLE_MODEL_SAML_PROVIDER_H

#include "model/entity.h"

struct vault;

enum saml_encryption { /* stored: never renumber */
                       SAML_ENCRYPTION_UNSET = 0,
                       SAML_ENCRYPTION_ALLOWED = 1,
                       SAML_ENCRYPTION_REQUIRED = 2,
};

enum { SAML_KEYS_MAX = 2 };

struct saml_provider {
    struct entity entity;
    str uuid;
    str metadata;          /* as submitted; absent from saml_provider_trust */
    str entity_id;         /* read from it, and so are the others */
    str certificates;      /* base64 of DER, one a line */
    int64_t valid_until_s; /* 0: it sets no end */
    enum saml_encryption encryption;
};

struct saml_key {
    str key_id;
    int64_t created_s;
    str wrapped; /* opens with saml_key_about */
};

/* Inserts the entity too, and makes the uuid. RC_EXISTS, RC_LIMIT (SAMLProvidersPerAccount). */
MUST_CHECK enum rc saml_provider_insert(struct txn *txn, const struct env *env,
                                        struct saml_provider *provider, struct arena *arena);
/* Fills all but the entity, which is given; the second leaves out the metadata. */
MUST_CHECK enum rc saml_provider_of_entity(struct txn *txn, const struct entity *entity,
                                           struct arena *arena, struct saml_provider *ret);
MUST_CHECK enum rc saml_provider_trust(struct txn *txn, const struct entity *entity,
                                       struct arena *arena, struct saml_provider *ret);
/* Writes metadata and what was read from it. */
MUST_CHECK enum rc saml_provider_set_metadata(struct txn *txn,
                                              const struct saml_provider *provider);
MUST_CHECK enum rc saml_provider_set_encryption(struct txn *txn,
                                                const struct saml_provider *provider);
MUST_CHECK enum rc saml_provider_delete(struct txn *txn, const struct entity *entity);

/* By key id. */
MUST_CHECK enum rc saml_keys_list(struct txn *txn, str provider_id, struct arena *arena,
                                  struct saml_key **ret, size_t *ret_count);
/* RC_LIMIT: it has SAML_KEYS_MAX. */
MUST_CHECK enum rc saml_key_add(struct txn *txn, const struct env *env, struct vault *vault,
                                str provider_id, str pem, struct arena *arena);
/* RC_NOENT. */
MUST_CHECK enum rc saml_key_remove(struct txn *txn, str provider_id, str key_id);
/* What a wrapped key is bound to. Absent when memory ran out. */
str saml_key_about(str provider_id, str key_id, struct arena *arena);

#endif
