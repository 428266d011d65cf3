/* The tables that tools/trailmap.py makes of data/trail-map.txt, which says what each means. */
#ifndef MANTLE_TRAILMAP_ROWS_H
#define MANTLE_TRAILMAP_ROWS_H

#include <stddef.h>

#include "base/str.h"
#include "trailmap/trailmap.h"

enum { MAP_TARGETS = 4, MAP_PATHS = 6 };

struct map_source { /* sorted, ignoring case */
    str source, prefix;
};
struct map_event { /* sorted, ignoring case; names that end in "*" come last */
    str name;
    struct map_target targets[MAP_TARGETS];
    size_t count;
};
struct map_variable { /* sorted, ignoring case: "s3:bucket:BucketName" */
    str name;
    struct map_path paths[MAP_PATHS];
    size_t count;
};
struct map_hint {
    str hint, variable;
    struct map_path paths[MAP_PATHS];
    size_t count;
};
struct map_word {
    str name;
};

extern const struct map_source map_sources[];
extern const size_t map_sources_count;
extern const struct map_event map_events[];
extern const size_t map_events_count;
extern const struct map_variable map_variables[];
extern const size_t map_variables_count;
extern const struct map_hint map_hints[];
extern const size_t map_hints_count;
extern const struct map_companion map_companions[]; /* sorted by action, ignoring case */
extern const size_t map_companions_count;
extern const struct map_id map_ids[]; /* longest first */
extern const size_t map_ids_count;
extern const struct map_word map_whole[];
extern const size_t map_whole_count;
extern const struct map_word map_short_lived[];
extern const size_t map_short_lived_count;

#endif
