/* What a role changes for a user: report_diff.c. */
#ifndef MANTLE_MIGRATE_REPORT_DIFF_H
#define MANTLE_MIGRATE_REPORT_DIFF_H

#include "migrate/report.h"

struct report_today { /* one action of one statement that counts today */
    const struct estate_policy *policy;
    const struct json *statement;
    const struct json *action; /* NULL: NotAction */
    bool deny;
};
typedef void report_today_visitor(void *context, const struct report_today *today);

/* RC_NOMEM. */
MUST_CHECK enum rc report_each_today(const struct estate_user *user, struct arena *arena,
                                     report_today_visitor *visit, void *context);
/* The grants of a role that may be parts of it; how many there are, also beyond `room`. */
size_t report_kept(const struct report_today *today, const struct json *evidence,
                   const struct json **ret, size_t room);
void report_put_diff(const struct report *r, const struct report_role *role, buf *out);

#endif
