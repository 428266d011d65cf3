/* What the two files of AssumeRoleWithSAML share. */
#ifndef MANTLE_SERVICE_STS_SAML_H
#define MANTLE_SERVICE_STS_SAML_H

#include "saml/saml.h"
#include "service/request.h"
#include "service/sts/sts.h"

struct saml_provider;

/* The context keys a trust policy can ask about: saml:aud, saml:iss, ... and what the provider says
 * of the person in the vocabularies AWS knows (eduPerson, eduOrg, X.500, Active Directory). */
MUST_CHECK enum rc sts_saml_keys(struct rq *rq, const struct saml_claims *claims,
                                 const struct saml_identity *who, str name_qualifier, str doc,
                                 const struct context_entry **ret, size_t *ret_count);

#endif
