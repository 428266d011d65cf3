/* The patterns that are more than one repeated class of characters, translated by hand; named
 * pattern_SERVICE_NAME after their declaration in the .api file. The generated tables refer to
 * them: a pattern without its function does not link. */
#ifndef MANTLE_SERVICE_PROTOCOL_PATTERNS_H
#define MANTLE_SERVICE_PROTOCOL_PATTERNS_H

#include <stdbool.h>

#include "base/str.h"
#include "service/protocol/api.h"

bool pattern_iam_alias(str value);
bool pattern_iam_organizationPath(str value);
bool pattern_iam_organizationId(str value);
bool pattern_iam_organizationPolicy(str value);
bool pattern_iam_path(str value);
bool pattern_iam_pathPrefix(str value);
bool pattern_iam_policyPath(str value);
bool pattern_iam_url(str value);
bool pattern_iam_version(str value);

/* The whole value, in code points. Malformed UTF-8 never matches. */
bool pattern_matches(const struct api_pattern *pattern, str value);

#endif
