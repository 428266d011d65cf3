#include "remote/profile.h"

static bool is_comment(str line)
{
    return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';';
}

static str without_comment(str value)
{
    for (size_t i = 1; i < value.len; i++) {
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') && ascii_is_space(value.ptr[i - 1])) {
            return str_trim(str_slice(value, 0, i));
        }
    }
    return value;
}

static bool take_section(str line, str *ret)
{
    str inside;

    if (!take_prefix(&line, STR("[")) || !take_until(&line, ']', &inside)) {
        return false;
    }
    line = str_trim(line);
    *ret = str_trim(inside);
    return is_comment(line) && ret->len > 0;
}

enum rc profile_parse(str text, struct arena *arena, struct profile_file *ret,
                      unsigned *reterr_line)
{
    /* Entries by lines: one allocation does. */
    struct profile_file file = { NEW_ARRAY(arena, str_count(text, '\n') + 1, struct profile_entry),
                                 0 };
    str section = STR_NONE, parent = STR_NONE, line;

    if (file.entries == NULL) {
        return RC_NOMEM;
    }
    for (unsigned number = 1; take_item(&text, '\n', &line); number++) {
        bool indented = line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        str rest = str_trim(line), name;
        *reterr_line = number;
        if (is_comment(rest)) {
            continue;
        }
        if (rest.ptr[0] == '[') {
            if (!take_section(rest, &section)) {
                return RC_SYNTAX;
            }
            parent = STR_NONE;
            continue;
        }
        if (section.ptr == NULL || !take_until(&rest, '=', &name) || str_trim(name).len == 0) {
            return RC_SYNTAX;
        }
        name = str_trim(name);
        file.entries[file.count++] = (struct profile_entry){ section, indented ? parent : STR_NONE,
                                                             name,
                                                             without_comment(str_trim(rest)) };
        if (!indented) {
            parent = name;
        }
    }
    *ret = file;
    return RC_OK;
}

str profile_get_under(const struct profile_file *file, str section, str parent, str name)
{
    str found = STR_NONE;

    for (size_t i = 0; i < file->count; i++) {
        const struct profile_entry *e = &file->entries[i];
        if (str_eq(e->section, section) && str_eq(e->parent, parent) &&
            str_eq_nocase(e->name, name)) {
            found = e->value;
        }
    }
    return found;
}

str profile_get(const struct profile_file *file, str section, str name)
{
    return profile_get_under(file, section, STR_NONE, name);
}

bool profile_has(const struct profile_file *file, str section)
{
    for (size_t i = 0; i < file->count; i++) {
        if (str_eq(file->entries[i].section, section)) {
            return true;
        }
    }
    return false;
}
