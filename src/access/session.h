/* Packing what goes into a session's token, and how much of the room there it takes. What a token says
 * stands in token/session.h. */
#ifndef MANTLE_ACCESS_SESSION_H
#define MANTLE_ACCESS_SESSION_H

#include "token/session.h"

/* Deflates a session policy against a dictionary of policy phrases. */
MUST_CHECK enum rc session_pack(str policy, struct arena *arena, str *ret_packed);

/* Percentage of the space AWS allots to a session's policies and tags; above 100 the request is
 * refused with PackedPolicyTooLarge. AWS does not publish its packing; ours is deterministic and
 * set so that the published examples come out alike (a one-statement policy: 6; the six tags of
 * EKS Pod Identity: about 74). */
unsigned session_packed_percent(str packed_policy, size_t managed_policies,
                                const struct session_tag *tags, size_t tag_count);

#endif
