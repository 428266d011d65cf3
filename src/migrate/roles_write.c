/* A role's folder. */
#include <errno.h>
#include <sys/stat.h>

#include "codec/json.h"
#include "migrate/roles.h"
#include "system/system.h"

enum { FILE_BYTES_MAX = 64 << 20 };

static enum rc make_dirs(const char *dir, struct arena *arena)
{
    str whole = str_cstr(dir);

    for (size_t i = 1; i <= whole.len; i++) {
        str part;
        if (i < whole.len && whole.ptr[i] != '/') {
            continue;
        }
        part = arena_str(arena, str_slice(whole, 0, i));
        if (part.ptr == NULL) {
            return RC_NOMEM;
        }
        if (mkdir(part.ptr, 0755) != 0 && errno != EEXIST) {
            return errno == ENOSPC ? RC_FULL : RC_IO;
        }
    }
    return RC_OK;
}

static enum rc write_text(const char *dir, str name, const buf *text, struct arena *arena)
{
    str path = ARENA_JOIN(arena, str_cstr(dir), STR("/"), name);

    TRY(text->err);
    return path.ptr == NULL ? RC_NOMEM : file_replace(path.ptr, buf_str(text), 0644);
}

/* Laid out for readers; AWS does not count white space. */
static enum rc write_json(const char *dir, str name, str json, struct arena *arena)
{
    const struct json_limits limits = { 64, 4 << 20, false };
    buf text = buf_heap(FILE_BYTES_MAX);
    struct json *value;
    struct json_error error;
    enum rc rc = json_parse(json, &limits, arena, &value, &error);

    if (rc == RC_OK) {
        json_print(value, true, &text);
        buf_add_char(&text, '\n');
        rc = write_text(dir, name, &text, arena);
    }
    buf_done(&text);
    return rc;
}

static enum rc write_policies(const struct role_of *role, const char *dir, struct arena *arena)
{
    if (role->cut.documents.count == 0) {
        /* A document needs a statement: one that everybody is allowed anyway. */
        return write_json(dir, STR("policy.json"),
                          STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                              "\"Action\":[\"sts:GetCallerIdentity\"],\"Resource\":[\"*\"]}]}"),
                          arena);
    }
    for (size_t i = 0; i < role->cut.documents.count; i++) {
        str name = i == 0 ? STR("policy.json") : arena_printf(arena, "policy-%zu.json", i + 1);
        TRY(name.ptr == NULL ? RC_NOMEM
                             : write_json(dir, name, role->cut.documents.texts[i], arena));
    }
    return RC_OK;
}

enum rc role_write(const struct role_of *role, const struct evidence *e, const char *dir,
                   bool with_trust, struct arena *arena)
{
    buf text = buf_heap(FILE_BYTES_MAX);
    enum rc rc = make_dirs(dir, arena);

    rc = rc != RC_OK ? rc : write_policies(role, dir, arena);
    if (rc == RC_OK && with_trust) {
        trusted_print(&role->trusted, role->partition, role->account, role->arn, &text);
        rc = write_json(dir, STR("trust.json"), buf_str(&text), arena);
        buf_clear(&text);
    }
    if (rc == RC_OK && with_trust) {
        role_print_terraform(role, &text);
        rc = write_text(dir, STR("main.tf"), &text, arena);
        buf_clear(&text);
    }
    if (rc == RC_OK) {
        role_print_evidence(role, e, &text);
        rc = write_json(dir, STR("evidence.json"), buf_str(&text), arena);
        buf_clear(&text);
    }
    if (rc == RC_OK) {
        role_print_proofs(role, &text);
        rc = write_json(dir, STR("proofs.json"), buf_str(&text), arena);
        buf_clear(&text);
    }
    if (rc == RC_OK) {
        role_print_readme(role, e, &text);
        rc = write_text(dir, STR("README.md"), &text, arena);
    }
    buf_done(&text);
    return rc;
}
