/* Between the files that make changes only. */
#ifndef MANTLE_SCAN_PATCH_INSIDE_H
#define MANTLE_SCAN_PATCH_INSIDE_H

#include "scan/patch.h"
#include "scan/sheet.h"
#include "scan/text.h"
#include "scan/token.h"

struct patching {
    struct scan_change *change;
    struct arena *arena;
    struct sheet sheet;
    const struct scan_finding *findings;
    size_t finding_count;
};

/* Marks the lines that set a key, its secret or its token. */
void patch_mark(struct patching *p);
/* Result, or why there is none. */
MUST_CHECK enum rc patch_finish(struct patching *p);

void patch_trap(struct patching *p, size_t line, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
