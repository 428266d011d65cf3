/* Server certificates: entities with a certificate, its chain and an end. The private key is checked
 * against the certificate when it is uploaded and not kept: no operation gives it back, and nothing
 * here serves TLS with it. */
#ifndef MANTLE_MODEL_SERVER_CERTIFICATE_H
#define MANTLE_MODEL_SERVER_CERTIFICATE_H

#include "model/entity.h"

struct server_certificate {
    struct entity entity;
    str body, chain; /* PEM as uploaded; chain absent when none */
    int64_t expires_s;
};

/* Inserts the entity too. RC_EXISTS, RC_LIMIT (ServerCertificatesPerAccount). */
MUST_CHECK enum rc server_certificate_insert(struct txn *txn, const struct env *env,
                                             struct server_certificate *certificate,
                                             struct arena *arena);
/* Fills all but the entity, which is given. */
MUST_CHECK enum rc server_certificate_of_entity(struct txn *txn, const struct entity *entity,
                                                struct arena *arena,
                                                struct server_certificate *ret);
MUST_CHECK enum rc server_certificate_delete(struct txn *txn, const struct entity *entity);

#endif
