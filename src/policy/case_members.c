#include "policy/case_read.h"

#include <stdarg.h>

const char *const json_type_names[] = {
    [JSON_NULL] = "null",        [JSON_FALSE] = "false",     [JSON_TRUE] = "true",
    [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
    [JSON_OBJECT] = "an object",
};

enum rc case_mistake(struct reading *r, const struct json *at, str member, const char *format, ...)
{
    struct case_mistake found = { at->span.line, at->span.column, member, STR_NONE };
    va_list args;

    va_start(args, format);
    found.message = arena_vprintf(r->arena, format, args);
    va_end(args);
    if (member.ptr == NULL || found.message.ptr == NULL) {
        return RC_NOMEM;
    }
    *r->err = found;
    return RC_SYNTAX;
}

str case_path(struct reading *r, str parent, str name)
{
    return parent.len == 0 ? arena_str(r->arena, name)
                           : arena_printf(r->arena, "%.*s.%.*s", FMT(parent), FMT(name));
}

static const struct member_row *row_find(const struct member_row *rows, size_t count, str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static enum rc unknown_member(struct reading *r, const struct json *at, str path,
                              const struct member_row *rows, size_t count)
{
    buf known = buf_arena(r->arena, 1024);

    for (size_t i = 0; i < count; i++) {
        buf_add(&known, i == 0 ? STR("") : STR(", "));
        buf_add(&known, rows[i].name);
    }
    return case_mistake(r, at, path, "unknown member; known here: %.*s", FMT(buf_str(&known)));
}

enum rc members_check(struct reading *r, const struct json *object, str path,
                      const struct member_row *rows, size_t count)
{
    for (const struct json *m = object->first; m != NULL; m = m->next) {
        const struct member_row *row = row_find(rows, count, m->key);
        str own = case_path(r, path, m->key);
        if (row == NULL) {
            return unknown_member(r, m, own, rows, count);
        }
        if ((row->types >> m->type & 1) == 0) {
            return case_mistake(r, m, own, "is %s, not %s", json_type_names[m->type], row->wanted);
        }
        if (json_member(object, m->key) != m) {
            return case_mistake(r, m, own, "stands here twice");
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (rows[i].required && json_member(object, rows[i].name) == NULL) {
            return case_mistake(r, object, case_path(r, path, rows[i].name),
                                "is missing; it takes %s", rows[i].wanted);
        }
    }
    return RC_OK;
}

const struct json *member_of(const struct json *object, str key)
{
    const struct json *value = json_member(object, key);

    return value == NULL || value->type == JSON_NULL ? NULL : value;
}

str member_text(const struct json *object, str key)
{
    const struct json *value = member_of(object, key);

    return value == NULL ? STR_NONE : value->text;
}

bool member_is_true(const struct json *object, str key)
{
    const struct json *value = member_of(object, key);

    return value != NULL && value->type == JSON_TRUE;
}
