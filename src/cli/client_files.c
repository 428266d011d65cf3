#include "cli/client_files.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "codec/json.h"
#include "system/system.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* Services and the API versions under which clients look for their files. */
static const struct {
    const char *service, *version;
} files[] = {
    { "iam", "2010-05-08" },
    { "sts", "2011-06-15" },
};

/* Says in the file itself whose it is, so that nobody's own rule set is ever overwritten. */
static const str mark = STR_INIT("written by mantle configure");

struct parameter {
    str name, built_in, type;
    bool required;
};

static const struct parameter parameters[] = {
    { STR_INIT("Region"), STR_INIT("AWS::Region"), STR_INIT("String"), false },
    { STR_INIT("UseDualStack"), STR_INIT("AWS::UseDualStack"), STR_INIT("Boolean"), true },
    { STR_INIT("UseFIPS"), STR_INIT("AWS::UseFIPS"), STR_INIT("Boolean"), true },
    { STR_INIT("Endpoint"), STR_INIT("SDK::Endpoint"), STR_INIT("String"), false },
    { STR_INIT("UseGlobalEndpoint"), STR_INIT("AWS::STS::UseGlobalEndpoint"), STR_INIT("Boolean"),
      true },
};

static void put_parameter(struct json_out *o, const struct parameter *p)
{
    json_key(o, p->name);
    json_open(o, '{');
    json_put_str(o, STR("builtIn"), p->built_in);
    json_put_bool(o, STR("required"), p->required);
    if (p->required) {
        json_put_bool(o, STR("default"), false);
    }
    json_put_str(o, STR("documentation"), mark);
    json_put_str(o, STR("type"), p->type);
    json_close(o, '}');
}

/* Whoever names an endpoint (--endpoint-url) gets that one; else, whatever is asked, ours. */
static void put_rule_set(buf *out, str endpoint)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    json_put_str(&o, STR("version"), STR("1.0"));
    json_key(&o, STR("parameters"));
    json_open(&o, '{');
    for (size_t i = 0; i < COUNT_OF(parameters); i++) {
        put_parameter(&o, &parameters[i]);
    }
    json_close(&o, '}');
    json_key(&o, STR("rules"));
    json_raw(&o, STR("[{\"conditions\":[{\"fn\":\"isSet\",\"argv\":[{\"ref\":\"Endpoint\"}]}],"
                     "\"type\":\"endpoint\",\"endpoint\":{\"url\":{\"ref\":\"Endpoint\"},"
                     "\"properties\":{},\"headers\":{}}},"
                     "{\"conditions\":[],\"type\":\"endpoint\",\"endpoint\":{\"url\":"));
    o.need_comma = false;
    json_str(&o, endpoint);
    o.need_comma = false;
    json_raw(&o, STR(",\"properties\":{},\"headers\":{}}}]"));
    json_close(&o, '}');
    buf_add_char(out, '\n');
}

static bool is_ours(const char *path, struct arena *arena, bool *ret_there)
{
    str text;
    size_t at;
    enum rc rc = file_read(path, FILE_BYTES_MAX, arena, &text);

    *ret_there = rc != RC_NOENT;
    return rc == RC_OK && str_find(text, mark, &at);
}

static enum rc make_dirs(str path)
{
    char copy[4096];

    if (path.len >= sizeof(copy)) {
        return RC_LIMIT;
    }
    memcpy(copy, path.ptr, path.len);
    copy[path.len] = '\0';
    for (size_t i = 1; i < path.len; i++) {
        if (copy[i] == '/') {
            copy[i] = '\0';
            TRY(dir_make(copy));
            copy[i] = '/';
        }
    }
    return RC_OK;
}

enum rc client_files_write(const char *dir, str endpoint, struct arena *arena, str *ret_path)
{
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        str path = arena_printf(arena, "%s/%s/%s/endpoint-rule-set-1.json", dir, files[i].service,
                                files[i].version);
        buf text = buf_arena(arena, FILE_BYTES_MAX);
        bool there;

        if (path.ptr == NULL) {
            return RC_NOMEM;
        }
        *ret_path = path;
        if (!is_ours(path.ptr, arena, &there) && there) {
            return RC_EXISTS;
        }
        put_rule_set(&text, endpoint);
        TRY(text.err);
        TRY(make_dirs(path));
        TRY(file_replace(path.ptr, buf_str(&text), 0644));
    }
    return RC_OK;
}

unsigned client_files_remove(const char *dir, struct arena *arena)
{
    unsigned removed = 0;

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        str folder = arena_printf(arena, "%s/%s/%s", dir, files[i].service, files[i].version);
        str parent = arena_printf(arena, "%s/%s", dir, files[i].service);
        str path = arena_printf(arena, "%s/%s/%s/endpoint-rule-set-1.json", dir, files[i].service,
                                files[i].version);
        bool there;

        if (folder.ptr == NULL || parent.ptr == NULL || path.ptr == NULL ||
            !is_ours(path.ptr, arena, &there) || unlink(path.ptr) != 0) {
            continue;
        }
        removed++;
        if (rmdir(folder.ptr) == 0) { /* refuses when something else is in it */
            (void)!rmdir(parent.ptr);
        }
    }
    return removed;
}
