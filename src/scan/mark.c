#include <stdarg.h>

#include "scan/patch_inside.h"

void patch_trap(struct patching *p, size_t line, const char *format, ...)
{
    struct scan_change *c = p->change;
    va_list args;

    if (c->trap_count == TRAPS_MAX) {
        return;
    }
    va_start(args, format);
    c->traps[c->trap_count].text = arena_vprintf(p->arena, format, args);
    va_end(args);
    c->traps[c->trap_count].line = (uint32_t)line;
    if (c->traps[c->trap_count].text.ptr == NULL) {
        p->sheet.rc = RC_NOMEM;
        return;
    }
    c->trap_count++;
}

void patch_mark(struct patching *p)
{
    (void)p;
}

enum rc patch_finish(struct patching *p)
{
    if (p->sheet.rc != RC_OK) {
        return RC_NOMEM;
    }
    if (p->sheet.changed) {
        p->change->after = sheet_result(&p->sheet);
        return p->change->after.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_OK;
}
