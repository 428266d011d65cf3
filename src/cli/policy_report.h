/* How mantle policy check writes its findings. */
#ifndef MANTLE_CLI_POLICY_REPORT_H
#define MANTLE_CLI_POLICY_REPORT_H

#include "lint/lint.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_GITHUB };
struct report_style {
    enum report_format format;
    bool colour;
    bool begun; /* JSON: a file stands already */
};

bool report_format_find(const char *name, enum report_format *ret);
void report_begin(const struct report_style *style);
void report_write(struct report_style *style, const char *file, const struct lint_report *report);
void report_end(const struct report_style *style);

/* "identity", "trust"... */
const char *policy_kind_word(enum policy_kind kind);

#endif
