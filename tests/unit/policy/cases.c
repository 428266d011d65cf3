#include "cases.h"

#include <stdio.h>

#include "base/buf.h"

const char *result_name(enum decision_result result)
{
    return policy_result_name(result).ptr;
}

enum rc file_read(const char *path, struct arena *arena, str *ret)
{
    FILE *f = fopen(path, "re");
    buf text = buf_arena(arena, 64u << 20);
    size_t got = 1;

    if (f == NULL) {
        return RC_IO;
    }
    while (got > 0) {
        char *room = buf_reserve(&text, 65536);
        if (room == NULL) {
            break;
        }
        got = fread(room, 1, 65536, f);
        text.len += got;
    }
    (void)fclose(f);
    *ret = buf_str(&text);
    return text.err;
}

bool case_take(str text, const struct json *json, bool stored, struct arena *arena,
               struct eval_case *ret, const char **ret_problem)
{
    struct case_mistake mistake;
    enum rc rc = case_read(text, json, stored, arena, ret, &mistake);

    if (rc != RC_OK) {
        *ret_problem =
            rc == RC_SYNTAX
                ? arena_printf(arena, "%.*s: %.*s", FMT(mistake.member), FMT(mistake.message)).ptr
                : "no memory";
        return false;
    }
    for (const struct case_document *d = ret->documents; d != NULL; d = d->next) {
        if (d->refused) {
            *ret_problem = arena_printf(arena, "%.*s is refused: %.*s", FMT(d->path),
                                        FMT(d->refusal.detail))
                               .ptr;
            return false;
        }
    }
    return true;
}
