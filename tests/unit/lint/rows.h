/* Documents for every check: one that it reports and one that it does not. */
#ifndef MANTLE_TESTS_LINT_ROWS_H
#define MANTLE_TESTS_LINT_ROWS_H

#include "lint/lint.h"

struct lint_row {
    enum lint_code code;
    enum policy_kind kind;
    const char *resource_type; /* or NULL */
    const char *bad, *good;
};
extern const struct lint_row lint_rows[];
extern const size_t lint_row_count;

#endif
