/* The record of something an administrator did on this machine. */
#ifndef MANTLE_CLI_ADMIN_RECORD_H
#define MANTLE_CLI_ADMIN_RECORD_H

#include <stdbool.h>

#include "cli/admin_ops.h"

struct admin_record {
    str event_name;
    const str *words; /* of the operation */
    size_t count;
    int64_t account; /* concerned; -1: none */
    bool found;      /* noticed afterwards: who did it is not known */
};

/* One line for the trail, in the arena; absent without memory. */
str admin_record_line(const struct admin *admin, const struct admin_record *record,
                      struct arena *arena);

#endif
