/* YAML by its indentation: enough to take an entry out and to put one in. */
#include "scan/patch_inside.h"

size_t yaml_column(const struct patching *p, size_t line)
{
    str text = sheet_text(p->sheet, line);
    size_t at = text_indent(text);

    if (at >= text.len || text.ptr[at] == '#') {
        return SIZE_MAX;
    }
    while (at + 1 < text.len && text.ptr[at] == '-' && text.ptr[at + 1] == ' ') {
        at += 2;
        while (at < text.len && text.ptr[at] == ' ') {
            at++;
        }
    }
    return at;
}

static bool is_item(const struct patching *p, size_t line)
{
    str s = str_trim(sheet_text(p->sheet, line));

    return str_starts(s, STR("- ")) || str_eq(s, STR("-"));
}

static size_t indent_of(const struct patching *p, size_t line)
{
    return text_indent(sheet_text(p->sheet, line));
}

/* The block of an item begins at its dash, that of a key at the key. */
static size_t block_end(const struct patching *p, size_t line, size_t column)
{
    size_t end = line + 1;

    for (size_t i = line + 1; i < p->sheet->count; i++) {
        if (yaml_column(p, i) == SIZE_MAX) {
            continue; /* blank lines and comments belong to what stands before only if more follows */
        }
        if (indent_of(p, i) < column ||
            (indent_of(p, i) == column && !(is_item(p, i) && !is_item(p, line)))) {
            break;
        }
        end = i + 1;
    }
    return end;
}

size_t yaml_end(const struct patching *p, size_t line)
{
    return block_end(p, line, yaml_column(p, line));
}

static size_t item_end(const struct patching *p, size_t line)
{
    return block_end(p, line, indent_of(p, line));
}

size_t yaml_parent(const struct patching *p, size_t line)
{
    size_t column = indent_of(p, line);
    bool item = is_item(p, line);

    for (size_t i = line; i-- > 0;) {
        size_t there = yaml_column(p, i);
        if (there == SIZE_MAX) {
            continue;
        }
        if (indent_of(p, i) < column && there <= column) {
            if (there < column || is_item(p, i)) {
                /* "- name: x" above "  value:": the item's own first line is a sibling */
                if (there == column) {
                    column = indent_of(p, i);
                    item = true;
                    continue;
                }
                return i;
            }
        }
        if (item && there == column && !is_item(p, i)) {
            return i;
        }
        if (indent_of(p, i) < column && there > column) {
            return i;
        }
    }
    return SIZE_MAX;
}

str yaml_key(const struct patching *p, size_t line)
{
    str text = sheet_text(p->sheet, line);
    size_t from = yaml_column(p, line), end;

    if (from == SIZE_MAX) {
        return STR_NONE;
    }
    text = str_skip(text, from);
    if (!str_find_char(text, ':', &end)) {
        return STR_NONE;
    }
    text = str_trim(str_slice(text, 0, end));
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'')) {
        text = str_slice(text, 1, text.len - 2);
    }
    return text;
}

str yaml_value(const struct patching *p, size_t line)
{
    str text = sheet_text(p->sheet, line);
    size_t from = yaml_column(p, line), end;

    if (from == SIZE_MAX || !str_find_char(str_skip(text, from), ':', &end)) {
        return STR_NONE;
    }
    text = str_trim(str_skip(text, from + end + 1));
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'')) {
        text = str_slice(text, 1, text.len - 2);
    }
    return text;
}

size_t yaml_child_column(const struct patching *p, size_t line)
{
    size_t end = line == SIZE_MAX ? p->sheet->count : yaml_end(p, line);

    for (size_t i = line == SIZE_MAX ? 0 : line + 1; i < end; i++) {
        if (yaml_column(p, i) != SIZE_MAX && !p->sheet->lines[i].dropped) {
            return indent_of(p, i);
        }
    }
    return line == SIZE_MAX ? 0 : yaml_column(p, line) + 2;
}

size_t yaml_child(const struct patching *p, size_t parent, str key)
{
    size_t from = parent == SIZE_MAX ? 0 : parent + 1, column = SIZE_MAX, end;

    if (parent == SIZE_MAX) {
        end = p->sheet->count;
    } else if (is_item(p, parent) && yaml_end(p, parent) < item_end(p, parent)) {
        from = parent; /* "- key: ..." with more keys below it */
        end = item_end(p, parent);
    } else {
        end = yaml_end(p, parent);
    }
    for (size_t i = from; i < end; i++) {
        size_t there = yaml_column(p, i);
        if (there == SIZE_MAX) {
            continue;
        }
        column = column == SIZE_MAX ? there : column;
        if (there == column && !p->sheet->lines[i].dropped && str_eq(yaml_key(p, i), key)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t yaml_find(const struct patching *p, size_t from, size_t end, str key)
{
    for (size_t i = from; i < end && i < p->sheet->count; i++) {
        if (yaml_column(p, i) != SIZE_MAX && str_eq(yaml_key(p, i), key)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* --- taking out ---------------------------------------------------------------------------------- */

static void drop_range(struct patching *p, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        sheet_drop(p->sheet, i);
    }
}

/* The line that begins the item which `line` belongs to as name, value or the like; SIZE_MAX: none. */
static size_t named_item(const struct patching *p, size_t line)
{
    size_t column = yaml_column(p, line), i = line;
    str key;

    while (!is_item(p, i)) {
        if (i == 0) {
            return SIZE_MAX;
        }
        i--;
        if (yaml_column(p, i) != SIZE_MAX && yaml_column(p, i) < column) {
            return SIZE_MAX;
        }
    }
    key = yaml_key(p, i);
    return yaml_column(p, i) == column &&
                   (str_eq_nocase(key, STR("name")) || str_eq_nocase(key, STR("key")) ||
                    str_eq_nocase(key, STR("value")))
               ? i
               : SIZE_MAX;
}

/* "- A: 1" with more keys below: the next key takes over the dash. */
static void drop_first_key(struct patching *p, size_t line)
{
    size_t end = yaml_end(p, line), column = yaml_column(p, line);
    str text = sheet_text(p->sheet, line);

    if (end < p->sheet->count && yaml_column(p, end) == column && !is_item(p, end)) {
        str next = sheet_text(p->sheet, end);
        str joined = ARENA_JOIN(p->arena, str_slice(text, 0, column), str_skip(next, column));
        sheet_replace(p->sheet, end, joined);
    }
    drop_range(p, line, end);
}

static void drop_entry(struct patching *p, size_t line)
{
    size_t item = named_item(p, line);

    if (item != SIZE_MAX) {
        drop_range(p, item, item_end(p, item));
    } else if (is_item(p, line) && yaml_key(p, line).len > 0 &&
               yaml_end(p, line) < item_end(p, line)) {
        drop_first_key(p, line);
    } else {
        drop_range(p, line, is_item(p, line) ? item_end(p, line) : yaml_end(p, line));
    }
}

/* A key whose whole block went away goes too, unless something was put there. */
static void drop_empty(struct patching *p, size_t line)
{
    for (size_t parent = yaml_parent(p, line); parent != SIZE_MAX;
         parent = yaml_parent(p, parent)) {
        size_t end = yaml_end(p, parent);
        if (yaml_value(p, parent).len > 0 || p->sheet->lines[parent].after.len > 0 ||
            p->sheet->lines[parent].dropped || yaml_key(p, parent).len == 0) {
            return;
        }
        for (size_t i = parent + 1; i < end; i++) {
            if (!p->sheet->lines[i].dropped && yaml_column(p, i) != SIZE_MAX) {
                return;
            }
        }
        if (is_item(p, parent)) {
            return;
        }
        drop_range(p, parent, end);
    }
}

void patch_drop_yaml(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (!p->sheet->lines[i].key || p->sheet->lines[i].dropped) {
            continue;
        }
        str text = str_trim(sheet_text(p->sheet, i));
        if (text.len > 0 && text.ptr[0] != '#' && memchr(text.ptr, '{', text.len) != NULL &&
            memchr(text.ptr, '}', text.len) != NULL && !str_ends(text, STR("}}")) &&
            !str_ends(text, STR("}}\"")) && patch_cut_pairs(p, i)) {
            continue;
        }
        if (yaml_column(p, i) == SIZE_MAX) {
            if (text.len > 0) {
                sheet_drop(p->sheet, i); /* a comment with a key in it */
            }
            continue;
        }
        drop_entry(p, i);
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (p->sheet->lines[i].dropped && yaml_column(p, i) != SIZE_MAX) {
            drop_empty(p, i);
        }
    }
}
