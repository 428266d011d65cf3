/* What recovery needs of the reader beside trail/trail.h. Inside trail/ only. */
#ifndef MANTLE_TRAIL_READER_H
#define MANTLE_TRAIL_READER_H

#include "trail/segment.h"
#include "trail/trail.h"

/* The next line is the first behind `from`, which is the start of a line. */
MUST_CHECK enum rc trail_reader_seek(struct trail_reader *reader, struct segment_position from);
/* Whether the line returned last ends behind `end`. */
bool trail_reader_past(const struct trail_reader *reader, struct segment_position end);

#endif
