#include <mantle/lint.h>

#include "lib/policy.h"
#include "lint/lint.h"

enum { CHUNK_BYTES = 32 * 1024 };
_Static_assert(MANTLE_POLICY_TEXT_MAX == LINT_TEXT_MAX, "one limit for texts of policies");

struct mantle_lint {
    struct object object;
    struct lint_report report;
};

static enum rc check(mantle_lint *lint, str text, const mantle_lint_options *options,
                     enum policy_kind kind)
{
    struct catalogue catalogue;
    struct lint_options ours = { .catalogue = &catalogue, .kind = kind };

    TRY(catalogue_shipped(&catalogue));
    text = arena_str(&lint->object.arena, text);
    if (text.ptr == NULL) {
        return RC_NOMEM;
    }
    if (options != NULL) {
        ours.guess = options->guess;
        ours.resource_type = str_of(options->resource_type);
    }
    return lint_check(text, &ours, &lint->object.arena, &lint->report);
}

mantle_rc mantle_policy_lint(const mantle_allocator *allocator, mantle_str text,
                             const mantle_lint_options *options, mantle_lint **ret)
{
    enum policy_kind kind = POLICY_IDENTITY;
    mantle_lint *lint;
    enum rc rc;

    if (ret == NULL || text.ptr == NULL ||
        (options != NULL && (!kind_of(options->kind, &kind) || !is_view(options->resource_type)))) {
        return MANTLE_INVALID;
    }
    if (text.len > MANTLE_POLICY_TEXT_MAX) {
        return MANTLE_LIMIT;
    }
    lint = object_new(allocator, sizeof(*lint), CHUNK_BYTES, MANTLE_POLICY_MEMORY_MAX);
    if (lint == NULL) {
        return MANTLE_NO_MEMORY;
    }
    rc = check(lint, str_of(text), options, kind);
    if (rc != RC_OK) {
        mantle_lint_free(lint);
        return public_rc(rc);
    }
    *ret = lint;
    return MANTLE_OK;
}

void mantle_lint_free(mantle_lint *lint)
{
    if (lint != NULL) {
        object_free(&lint->object, sizeof(*lint));
    }
}

mantle_policy_kind mantle_lint_kind(const mantle_lint *lint)
{
    mantle_policy_kind kind = MANTLE_POLICY_IDENTITY;
    enum policy_kind ours;

    for (int k = 0; lint != NULL && kind_of((mantle_policy_kind)k, &ours); k++) {
        if (ours == lint->report.kind) {
            kind = (mantle_policy_kind)k;
        }
    }
    return kind;
}

bool mantle_lint_refused(const mantle_lint *lint)
{
    return lint == NULL || lint->report.refused;
}

size_t mantle_lint_count(const mantle_lint *lint)
{
    return lint == NULL ? 0 : lint->report.count;
}

static mantle_severity severity_of(enum lint_severity severity)
{
    switch (severity) {
    case LINT_ERROR:
        return MANTLE_ERROR;
    case LINT_SECURITY_WARNING:
        return MANTLE_SECURITY_WARNING;
    case LINT_WARNING:
        return MANTLE_WARNING;
    case LINT_SUGGESTION:
        return MANTLE_SUGGESTION;
    }
    return MANTLE_ERROR;
}

bool mantle_lint_at(const mantle_lint *lint, size_t i, mantle_finding *ret)
{
    const struct lint_finding *finding;
    const struct lint_check *of;

    if (ret == NULL || i >= mantle_lint_count(lint)) {
        return false;
    }
    finding = &lint->report.findings[i];
    of = lint_check_of(finding->code);
    *ret = (mantle_finding){
        .severity = severity_of(of->severity),
        .code = public_str(of->code),
        .message = public_str(finding->message),
        .advice = public_str(finding->advice),
        .offset = finding->span.offset,
        .end = finding->span.end,
        .line = finding->span.line,
        .column = finding->span.column,
        .end_line = finding->span.end_line,
        .end_column = finding->span.end_column,
    };
    return true;
}

const char *mantle_severity_name(mantle_severity severity)
{
    static const enum lint_severity ours[] = {
        [MANTLE_ERROR] = LINT_ERROR,
        [MANTLE_SECURITY_WARNING] = LINT_SECURITY_WARNING,
        [MANTLE_WARNING] = LINT_WARNING,
        [MANTLE_SUGGESTION] = LINT_SUGGESTION,
    };

    return (unsigned)severity < COUNT_OF(ours) ? lint_severity_name(ours[severity]).ptr : "UNKNOWN";
}
