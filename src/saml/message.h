/* What the server and its helper process say to each other. Inside saml/ only. */
#ifndef MANTLE_SAML_MESSAGE_H
#define MANTLE_SAML_MESSAGE_H

#include "base/buf.h"
#include "saml/saml.h"

enum message_kind { MESSAGE_RESPONSE = 1, MESSAGE_METADATA = 2 };

struct message { /* what the helper is asked */
    enum message_kind kind;
    struct saml_response_in response;
    str metadata;
};
MUST_CHECK enum rc message_write(const struct message *message, buf *out);
MUST_CHECK enum rc message_read(str in, struct arena *arena, struct message *ret);
MUST_CHECK enum rc response_write(const struct saml_response *response, buf *out);
MUST_CHECK enum rc response_read(str in, struct arena *arena, struct saml_response *ret);
MUST_CHECK enum rc metadata_write(const struct saml_metadata *metadata, buf *out);
MUST_CHECK enum rc metadata_read(str in, struct arena *arena, struct saml_metadata *ret);

#endif
