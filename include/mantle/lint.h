/* What is wrong with a policy document, what is dangerous in it, and what to write instead. Codes and
 * severities are those of AWS's ValidatePolicy. It goes on after the first finding, and reads documents
 * that mantle_policy_parse refuses. */
#ifndef MANTLE_LINT_H
#define MANTLE_LINT_H

#include <mantle/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mantle_severity {
    MANTLE_ERROR,
    MANTLE_SECURITY_WARNING,
    MANTLE_WARNING,
    MANTLE_SUGGESTION
} mantle_severity;

typedef struct mantle_lint_options { /* zeroed: an identity policy */
    mantle_policy_kind kind;
    bool guess;               /* `kind` is ignored, and guessed from the document */
    mantle_str resource_type; /* "AWS::S3::Bucket" for resource policies; absent: any */
} mantle_lint_options;

typedef struct mantle_finding {
    mantle_severity severity;
    mantle_str code;               /* "MISSING_VERSION" */
    mantle_str message;            /* one sentence about this document */
    mantle_str advice;             /* what to write instead */
    uint32_t offset, end;          /* bytes: [offset, end) */
    uint32_t line, column;         /* of the first byte; from 1; columns count bytes */
    uint32_t end_line, end_column; /* just behind the last byte */
} mantle_finding;

typedef struct mantle_lint mantle_lint;

/* The text is copied, at most MANTLE_POLICY_TEXT_MAX bytes (MANTLE_LIMIT past it). Whatever else is
 * wrong with it is a finding. options may be NULL. MANTLE_NO_MEMORY, MANTLE_INVALID. Free *ret with
 * mantle_lint_free. */
MANTLE_API MANTLE_MUST_CHECK mantle_rc mantle_policy_lint(const mantle_allocator *allocator,
                                                          mantle_str text,
                                                          const mantle_lint_options *options,
                                                          mantle_lint **ret);
MANTLE_API void mantle_lint_free(mantle_lint *lint); /* accepts NULL */

MANTLE_API mantle_policy_kind mantle_lint_kind(const mantle_lint *lint); /* used or guessed */
MANTLE_API bool mantle_lint_refused(const mantle_lint *lint); /* IAM would not store the document */
/* By place, then by severity. Views into the lint. at: false past the end. */
MANTLE_API size_t mantle_lint_count(const mantle_lint *lint);
MANTLE_API bool mantle_lint_at(const mantle_lint *lint, size_t i, mantle_finding *ret);

/* "ERROR", "SECURITY_WARNING". Static text, never NULL. */
MANTLE_API const char *mantle_severity_name(mantle_severity severity);

#ifdef __cplusplus
}
#endif

#endif
