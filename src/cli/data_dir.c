#include "cli/data_dir.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "system/system.h"

enum { SMALL_FILE = 4096 };

/* Two lines. */
static enum rc read_pair(const char *dir, const char *name, struct arena *arena, str *ret_first,
                         str *ret_second)
{
    str path = arena_printf(arena, "%s/%s", dir, name), text, first, second;

    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(file_read(path.ptr, SMALL_FILE, arena, &text));
    if (!take_item(&text, '\n', &first) || !take_item(&text, '\n', &second)) {
        return RC_CORRUPT;
    }
    *ret_first = first;
    *ret_second = second;
    return RC_OK;
}

static enum rc write_pair(const char *dir, const char *name, str first, str second, unsigned mode)
{
    char path[PATH_MAX], text[SMALL_FILE];
    int path_len = snprintf(path, sizeof(path), "%s/%s", dir, name);
    int len = snprintf(text, sizeof(text), "%.*s\n%.*s\n", FMT(first), FMT(second));
    enum rc rc = RC_LIMIT;

    if (path_len > 0 && (size_t)path_len < sizeof(path) && len > 0 && (size_t)len < sizeof(text)) {
        rc = file_replace(path, str_from(text, (size_t)len), mode);
    }
    wipe(text, sizeof(text));
    return rc;
}

bool data_dir_endpoint(const struct command *command, const char *path, struct arena *arena,
                       struct data_dir *ret)
{
    char absolute[PATH_MAX];
    enum rc rc;

    if (realpath(path, absolute) == NULL) {
        complain(command,
                 "there is no data directory %s; start a server first "
                 "(mantle serve --data %s), or name another with --data",
                 path, path);
        return false;
    }
    ret->path = arena_str(arena, str_cstr(absolute));
    rc = read_pair(absolute, "endpoint", arena, &ret->endpoint, &ret->region);
    if (rc != RC_OK) {
        complain(command, "%s/endpoint: %s; has a server been started with --data %s?", absolute,
                 rc_name(rc), path);
        return false;
    }
    return true;
}

bool data_dir_read(const struct command *command, const char *path, struct arena *arena,
                   struct data_dir *ret)
{
    enum rc rc;

    if (!data_dir_endpoint(command, path, arena, ret)) {
        return false;
    }
    rc = read_pair(ret->path.ptr, "bootstrap", arena, &ret->access_key_id, &ret->secret);
    if (rc != RC_OK) {
        complain(command,
                 "%.*s/bootstrap: %s; it holds the first user's access key and must be "
                 "readable by you",
                 FMT(ret->path), rc_name(rc));
        return false;
    }
    return true;
}

enum rc data_dir_bootstrap(const char *path, struct arena *arena, struct data_dir *ret)
{
    return read_pair(path, "bootstrap", arena, &ret->access_key_id, &ret->secret);
}

enum rc data_dir_write_endpoint(const char *path, str endpoint, str region)
{
    return write_pair(path, "endpoint", endpoint, region, 0644);
}

enum rc data_dir_write_bootstrap(const char *path, str access_key_id, str secret)
{
    return write_pair(path, "bootstrap", access_key_id, secret, 0600);
}
