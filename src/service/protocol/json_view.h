/* Inputs and outputs as JSON for the audit trail, as CloudTrail writes them: roleName,
 * maxSessionDuration; secrets are masked. */
#ifndef MANTLE_SERVICE_PROTOCOL_JSON_VIEW_H
#define MANTLE_SERVICE_PROTOCOL_JSON_VIEW_H

#include "base/buf.h"
#include "service/protocol/api.h"

/* One object of what is present in the struct; members left at their default are not written.
 * shape NULL or value NULL: "null", which is what CloudTrail says for nothing. */
void json_view(const struct api_shape *shape, const void *value, buf *out);

#endif
