/* Where an estate's trail lies, so that later steps need not be told again. */
#include <stdlib.h>

#include "cli/migrate.h"
#include "codec/json.h"
#include "system/system.h"

#define TRAIL_FILE "trail.json"
#define TRAIL_FORMAT "mantle-trail/1"

enum { TRAIL_FILE_MAX = 1 << 20, TRAIL_PATHS_MAX = 10000, KEYS_BYTES_MAX = 16 << 20 };

enum rc migrate_trail_remember(struct estate *estate, const struct option_list *paths)
{
    str file = estate_path(estate, STR(TRAIL_FILE));
    buf text = buf_heap(TRAIL_FILE_MAX);
    struct json_out o = { .out = &text };
    enum rc rc;

    json_open(&o, '{');
    json_put_str(&o, STR("format"), STR(TRAIL_FORMAT));
    json_own_key(&o, STR("paths"));
    json_open(&o, '[');
    for (size_t i = 0; i < paths->count; i++) {
        char *whole = realpath(paths->items[i], NULL);
        json_str(&o, str_cstr(whole == NULL ? paths->items[i] : whole));
        free(whole);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    buf_add_char(&text, '\n');
    rc = text.err != RC_OK  ? text.err
         : file.ptr == NULL ? RC_NOMEM
                            : file_replace(file.ptr, buf_str(&text), 0644);
    buf_done(&text);
    return rc;
}

bool migrate_trail_recall(struct estate *estate, struct arena *arena, const char *const **ret,
                          size_t *ret_count)
{
    const struct json_limits limits = { 8, TRAIL_PATHS_MAX, false };
    str file = estate_path(estate, STR(TRAIL_FILE)), text;
    const struct json *paths;
    struct json *json;
    struct json_error error;
    const char **items;
    size_t count = 0;

    if (file.ptr == NULL || file_read(file.ptr, TRAIL_FILE_MAX, arena, &text) != RC_OK ||
        json_parse(text, &limits, arena, &json, &error) != RC_OK) {
        return false;
    }
    paths = json_member(json, STR("paths"));
    items = NEW_ARRAY(arena, paths == NULL ? 1 : paths->count + 1, const char *);
    for (const struct json *one = paths == NULL ? NULL : paths->first; items != NULL && one != NULL;
         one = one->next) {
        str path = one->type == JSON_STRING ? arena_str(arena, one->text) : STR_NONE;
        if (path.ptr != NULL) {
            items[count++] = path.ptr;
        }
    }
    *ret = items;
    *ret_count = count;
    return count > 0;
}

bool migrate_trail_keys(const struct command *command, const char *path, struct arena *arena,
                        struct trail_keys *ret)
{
    const char *why = "";
    str text;
    enum rc rc;

    *ret = (struct trail_keys){ .count = 0 };
    if (path == NULL) {
        return true;
    }
    rc = file_read(path, KEYS_BYTES_MAX, arena, &text);
    if (rc != RC_OK) {
        complain(command, "%s cannot be read: %s", path, rc_name(rc));
        return false;
    }
    rc = trail_keys_read(text, arena, ret, &why);
    if (rc != RC_OK) {
        complain(command, "%s: %s", path, rc == RC_NOMEM ? rc_name(rc) : why);
    }
    return rc == RC_OK;
}
