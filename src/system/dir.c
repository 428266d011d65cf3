#include <dirent.h>
#include <stdlib.h>

#include "system/system.h"

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

struct listing {
    struct arena *arena;
    str *names;
    size_t count, room, max;
};

static enum rc add(struct listing *l, const char *name)
{
    if (l->count == l->max) {
        return RC_LIMIT;
    }
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 16 : 2 * l->room;
        str *more = NEW_ARRAY(l->arena, room, str);
        if (more == NULL) {
            return RC_NOMEM;
        }
        for (size_t i = 0; i < l->count; i++) {
            more[i] = l->names[i];
        }
        l->names = more;
        l->room = room;
    }
    l->names[l->count] = arena_str(l->arena, str_cstr(name));
    return l->names[l->count++].ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc dir_list(const char *path, size_t max, struct arena *arena, str **ret, size_t *ret_count)
{
    struct listing l = { .arena = arena, .max = max };
    DIR *dir = opendir(path);
    struct dirent *entry;
    enum rc rc = RC_OK;

    *ret = NULL;
    *ret_count = 0;
    if (dir == NULL) {
        return RC_NOENT;
    }
    while (rc == RC_OK && (entry = readdir(dir)) != NULL) { /* NOLINT: this thread's own stream */
        if (entry->d_name[0] != '.') {
            rc = add(&l, entry->d_name);
        }
    }
    (void)closedir(dir);
    TRY(rc);
    if (l.count > 1) {
        qsort(l.names, l.count, sizeof(*l.names), by_name);
    }
    *ret = l.names;
    *ret_count = l.count;
    return RC_OK;
}
