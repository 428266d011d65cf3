/* ~/.aws/config and ~/.aws/credentials: sections of "name = value", as AWS's tools read them. */
#ifndef MANTLE_REMOTE_PROFILE_H
#define MANTLE_REMOTE_PROFILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

struct profile_entry { /* views of the file's text */
    str section;       /* "profile audit", "default", "services local" */
    str parent;        /* of an indented line: the entry it stands under; else absent */
    str name, value;
};
struct profile_file {
    struct profile_entry *entries;
    size_t count;
};

/* '#' and ';' begin a comment line, and " #" or " ;" one behind a value. RC_SYNTAX with *reterr_line
 * (from 1): neither section nor pair; RC_NOMEM. A name that comes twice: the last one counts. */
MUST_CHECK enum rc profile_parse(str text, struct arena *arena, struct profile_file *ret,
                                 unsigned *reterr_line);

/* Absent when there is none. */
str profile_get(const struct profile_file *file, str section, str name);
str profile_get_under(const struct profile_file *file, str section, str parent, str name);
bool profile_has(const struct profile_file *file, str section);

#endif
