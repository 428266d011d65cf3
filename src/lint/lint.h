/* The lint: what is wrong with a policy document, what is dangerous in it, and what to write
 * instead. Codes and severities are those of AWS's ValidatePolicy; checks.def is the list. It goes
 * on after the first finding and reads documents that the engine refuses. Pure. */
#ifndef MANTLE_LINT_LINT_H
#define MANTLE_LINT_LINT_H

#include "catalogue/catalogue.h"
#include "codec/json.h"
#include "policy/policy.h"

enum lint_severity { LINT_ERROR, LINT_SECURITY_WARNING, LINT_WARNING, LINT_SUGGESTION };
enum lint_kind { LINT_SYNTAX, LINT_CONTENT, LINT_OWN }; /* see checks.def */

enum lint_code {
#define CHECK(code, severity, kind, meaning, advice) LINT_##code,
#include "lint/checks.def"
#undef CHECK
    LINT_CODES
};

struct lint_check {
    str code; /* "MISSING_VERSION" */
    enum lint_severity severity;
    enum lint_kind kind;
    str meaning, advice; /* whole sentences */
};
const struct lint_check *lint_check_of(enum lint_code code);
str lint_severity_name(enum lint_severity severity); /* "SECURITY_WARNING" */

struct lint_options {
    const struct catalogue *catalogue;
    bool guess; /* `kind` is ignored and guessed from the document */
    enum policy_kind kind;
    str resource_type; /* "AWS::S3::Bucket" for resource policies; absent: any */
};

struct lint_finding {
    enum lint_code code;
    str message; /* one sentence about this document; in the arena */
    str advice;  /* what to write instead */
    struct json_span span;
    const struct json *node; /* NULL: the text is no JSON */
    bool at_key;             /* the span is of the node's key, not of its value */
};

struct lint_report {
    enum policy_kind kind;
    bool guessed;
    const struct lint_finding *findings; /* by place, then by severity */
    size_t count;
    bool refused;                  /* IAM would not store the document: */
    struct policy_refusal refusal; /* its own words */
};

/* The array and everything it names live in the arena; text must outlive it. RC_NOMEM; RC_LIMIT
 * when text is longer than LINT_TEXT_MAX. Whatever else is wrong is a finding. */
enum { LINT_TEXT_MAX = 1 << 20 };
MUST_CHECK enum rc lint_check(str text, const struct lint_options *options, struct arena *arena,
                              struct lint_report *ret);

/* The resource types that policies can be checked for; NULL past the end. */
const char *lint_resource_type(size_t i);

/* Writes ValidatePolicy's "path" of a finding's place: [{"value":"Statement"},{"index":0}, ...]. */
void lint_path_print(const struct lint_finding *finding, struct json_out *out);

/* Told from the document: a principal makes it a resource policy, or a trust policy when it has sts:
 * actions and no resource; anything else is an identity policy. */
enum policy_kind lint_guess_kind(const struct json *document);

#endif
