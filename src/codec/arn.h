/* Amazon Resource Names: arn:partition:service:region:account:resource. The resource part may hold
 * colons and slashes of its own. */
#ifndef MANTLE_CODEC_ARN_H
#define MANTLE_CODEC_ARN_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct arn { /* views into the text parsed */
    str partition, service, region, account, resource;
};

/* RC_SYNTAX unless there are six segments, the first is "arn" and the resource is not empty.
 * Segments are not judged further: patterns parse too. */
MUST_CHECK enum rc arn_parse(str text, struct arn *ret_arn);
void arn_print(const struct arn *arn, buf *out);

/* An IAM account id: exactly twelve digits. */
bool account_id_is_valid(str text);
/* 12 digits to number and back; the number is below 10^12. */
MUST_CHECK enum rc account_id_parse(str text, int64_t *ret_account);
void account_id_print(int64_t account, char out[12]); /* no NUL */

#endif
