/* Which files there are, and in which order they are read. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "codec/arn.h"
#include "codec/date.h"
#include "trailfile/trailfile.h"

enum { DEPTH_MAX = 32, FILES_MAX = 4 << 20 };

struct lister {
    struct arena *arena;
    struct trail_problems *problems;
    struct trail_list *list;
    size_t room;
};

/* "ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_UNIQUE.json.gz", "ACCOUNT_CloudTrail-Digest_REGION_...";
 * other names leave the file as it is. */
static void read_name(str name, struct trail_file *file)
{
    str account, kind, region, rest = name, part;
    char basic[16] = "";
    int64_t at;

    if (!take_until(&rest, '_', &account) || !account_id_is_valid(account) ||
        !take_until(&rest, '_', &kind) || !take_until(&rest, '_', &region)) {
        return;
    }
    if (str_eq(kind, STR("CloudTrail-Digest"))) {
        file->kind = TRAIL_FILE_DIGEST;
    } else if (!str_eq(kind, STR("CloudTrail"))) {
        return;
    }
    file->account = account;
    file->region = region;
    while (take_item(&rest, '_', &part)) {
        part = str_slice(part, 0, file->kind == TRAIL_FILE_DIGEST ? 16 : part.len);
        if (part.len == 14 && part.ptr[8] == 'T') { /* minutes: no seconds */
            memcpy(basic, part.ptr, 13);
            memcpy(basic + 13, "00Z", 3);
        } else if (part.len == 16) {
            memcpy(basic, part.ptr, 16);
        } else {
            continue;
        }
        if (date_parse_basic(str_from(basic, 16), &at) == RC_OK) {
            file->delivered_s = at;
            return;
        }
    }
}

static str last_part(str path)
{
    size_t at = path.len;

    while (at > 0 && path.ptr[at - 1] != '/') {
        at--;
    }
    return str_skip(path, at);
}

static enum rc add_file(struct lister *l, str path, uint64_t bytes)
{
    struct trail_list *list = l->list;
    struct trail_file file = { .path = path.ptr, .bytes = bytes, .delivered_s = INT64_MIN };

    if (list->count == FILES_MAX) {
        trail_problem_add(l->problems, PROBLEM_UNREADABLE, path, 0, STR("too many files"));
        return RC_LIMIT;
    }
    if (list->count == l->room) {
        size_t room = l->room == 0 ? 256 : l->room * 2;
        struct trail_file *files = NEW_ARRAY(l->arena, room, struct trail_file);
        if (files == NULL) {
            return RC_NOMEM;
        }
        if (list->count > 0) {
            memcpy(files, list->files, list->count * sizeof(*files));
        }
        list->files = files;
        l->room = room;
    }
    read_name(last_part(path), &file);
    list->bytes += file.kind == TRAIL_FILE_EVENTS ? bytes : 0;
    list->digests += file.kind == TRAIL_FILE_DIGEST;
    list->files[list->count++] = file;
    return RC_OK;
}

static enum rc add_path(struct lister *l, str path, unsigned depth);

/* Names that no trail has: metadata of the folder itself. */
static bool is_hidden(const char *name)
{
    return name[0] == '.';
}

static enum rc add_folder(struct lister *l, str path, unsigned depth)
{
    DIR *dir = opendir(path.ptr);
    const struct dirent *entry;
    enum rc rc = RC_OK;

    if (dir == NULL || depth == DEPTH_MAX) {
        trail_problem_add(l->problems, PROBLEM_UNREADABLE, path, 0,
                          dir == NULL ? STR("the folder cannot be opened")
                                      : STR("folders in folders, too deep"));
        if (dir != NULL) {
            (void)closedir(dir);
        }
        return RC_OK;
    }
    while (rc == RC_OK && (entry = readdir(dir)) != NULL) { /* NOLINT: this thread's own stream */
        struct stat st;
        str child;
        if (is_hidden(entry->d_name)) {
            continue;
        }
        child = ARENA_JOIN(l->arena, path, STR("/"), str_cstr(entry->d_name));
        if (child.ptr == NULL) {
            rc = RC_NOMEM;
        } else if (lstat(child.ptr, &st) == 0 && !S_ISLNK(st.st_mode)) {
            rc = add_path(l, child, depth + 1);
        }
    }
    (void)closedir(dir);
    return rc;
}

static enum rc add_path(struct lister *l, str path, unsigned depth)
{
    struct stat st;

    if (stat(path.ptr, &st) != 0) {
        trail_problem_add(l->problems, PROBLEM_UNREADABLE, path, 0,
                          errno == ENOENT ? STR("there is no such file")
                                          : STR("it cannot be looked at"));
        return depth == 0 ? RC_NOENT : RC_OK;
    }
    if (S_ISDIR(st.st_mode)) {
        return add_folder(l, path, depth);
    }
    if (!S_ISREG(st.st_mode)) {
        trail_problem_add(l->problems, PROBLEM_UNREADABLE, path, 0, STR("not a regular file"));
        return RC_OK;
    }
    return add_file(l, path, (uint64_t)st.st_size);
}

static int by_time(const void *a, const void *b)
{
    const struct trail_file *x = a, *y = b;

    if (x->delivered_s != y->delivered_s) {
        return x->delivered_s < y->delivered_s ? -1 : 1;
    }
    return strcmp(x->path, y->path);
}

/* A path that is given twice, or lies in a folder that is given too, counts once. */
static void drop_repeats(struct trail_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || strcmp(list->files[kept - 1].path, list->files[i].path) != 0) {
            list->files[kept++] = list->files[i];
        } else {
            list->bytes -= list->files[i].kind == TRAIL_FILE_EVENTS ? list->files[i].bytes : 0;
            list->digests -= list->files[i].kind == TRAIL_FILE_DIGEST;
        }
    }
    list->count = kept;
}

enum rc trail_list_make(const char *const *paths, size_t count, struct arena *arena,
                        struct trail_problems *problems, struct trail_list *ret)
{
    struct trail_list list = { .arena = arena };
    struct lister l = { arena, problems, &list, 0 };
    enum rc rc = RC_OK;

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        str path = str_cstr(paths[i]);
        while (path.len > 1 && path.ptr[path.len - 1] == '/') {
            path.len--;
        }
        path = arena_str(arena, path);
        rc = path.ptr == NULL ? RC_NOMEM : add_path(&l, path, 0);
    }
    TRY(rc);
    if (list.count > 0) {
        qsort(list.files, list.count, sizeof(*list.files), by_time);
        drop_repeats(&list);
    }
    *ret = list;
    return RC_OK;
}
