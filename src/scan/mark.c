#include <stdarg.h>

#include "scan/patch_inside.h"

enum { NEAR_LINES = 6 };

void patch_trap(struct patching *p, size_t line, const char *format, ...)
{
    struct scan_change *c = p->change;
    va_list args;

    if (c->trap_count == TRAPS_MAX) {
        return;
    }
    va_start(args, format);
    c->traps[c->trap_count].text = arena_vprintf(p->arena, format, args);
    va_end(args);
    c->traps[c->trap_count].line = (uint32_t)line;
    if (c->traps[c->trap_count].text.ptr == NULL) {
        p->sheet->rc = RC_NOMEM;
        return;
    }
    c->trap_count++;
}

void patch_instead(struct patching *p, const char *text)
{
    p->change->why_not = str_cstr(text);
}

/* --- names --------------------------------------------------------------------------------------- */

static str letters_of(str name, char *room, size_t max)
{
    size_t len = 0;

    for (size_t i = 0; i < name.len && len < max; i++) {
        if (ascii_is_alnum(name.ptr[i])) {
            room[len++] = ascii_lower(name.ptr[i]);
        }
    }
    return str_from(room, len);
}

bool patch_is_setting(str name)
{
    static const str ends[] = { STR_INIT("awsaccesskeyid"),  STR_INIT("awssecretaccesskey"),
                                STR_INIT("awssessiontoken"), STR_INIT("awssecuritytoken"),
                                STR_INIT("awssecretkey"),    STR_INIT("awsaccesskey") };
    char room[96];
    str plain = letters_of(name, room, sizeof(room));

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (str_ends(plain, ends[i])) {
            return true;
        }
    }
    return false;
}

bool patch_is_short_setting(str name)
{
    static const str words[] = {
        STR_INIT("accesskeyid"), STR_INIT("secretaccesskey"), STR_INIT("accesskey"),
        STR_INIT("secretkey"),   STR_INIT("sessiontoken"),    STR_INIT("securitytoken"),
        STR_INIT("awssecret"),   STR_INIT("awskey"),          STR_INIT("awsid"),
    };
    char room[96];
    str plain = letters_of(name, room, sizeof(room));

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(plain, words[i])) {
            return true;
        }
    }
    return false;
}

/* The name that a line sets: behind export, ENV, a dash and the like. For "- name: N" it is N. */
static str name_of(str line)
{
    static const str words[] = { STR_INIT("- "),    STR_INIT("export "),      STR_INIT("ENV "),
                                 STR_INIT("ARG "),  STR_INIT("set "),         STR_INIT("setx "),
                                 STR_INIT("$env:"), STR_INIT("Environment="), STR_INIT("\""),
                                 STR_INIT("'") };
    str s = str_trim(line);
    size_t end = 0;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_starts(s, words[i])) {
            s = str_trim(str_skip(s, words[i].len));
            i = (size_t)-1;
        }
    }
    while (end < s.len && (ascii_is_alnum(s.ptr[end]) || memchr("_-.", s.ptr[end], 3) != NULL)) {
        end++;
    }
    str name = str_slice(s, 0, end);
    if (str_eq_nocase(name, STR("name")) || str_eq_nocase(name, STR("key"))) {
        str value = token_value(line, (size_t)(name.ptr - line.ptr) + name.len);
        return value.ptr != NULL ? value : name;
    }
    return name;
}

/* --- marks --------------------------------------------------------------------------------------- */

static void mark(struct patching *p, uint32_t line)
{
    if (line >= 1 && line <= p->sheet->count) {
        p->sheet->lines[line - 1].key = true;
    }
}

/* SECRET_KEY with a value of its own can be anybody's; with one from elsewhere beside a key it is the
 * key's. */
static bool takes_from_elsewhere(str line, str name)
{
    str value = token_value(line, (size_t)(name.ptr - line.ptr) + name.len);

    return value.ptr == NULL || token_is_reference(value);
}

static bool near_mark(const bool *found, size_t count, size_t line)
{
    size_t from = line > NEAR_LINES ? line - NEAR_LINES : 0;

    for (size_t i = from; i < count && i <= line + NEAR_LINES; i++) {
        if (found[i]) {
            return true;
        }
    }
    return false;
}

void patch_mark(struct patching *p)
{
    bool *found = NEW_ARRAY(p->arena, p->sheet->count + 1, bool);

    if (found == NULL) {
        p->sheet->rc = RC_NOMEM;
        return;
    }
    for (size_t i = 0; i < p->finding_count; i++) {
        if (p->findings[i].hit.packed) {
            patch_trap(
                p, p->findings[i].hit.line,
                "a key stands inside an encoded value: change the text that it was made from");
            continue;
        }
        mark(p, p->findings[i].hit.line);
        if (p->findings[i].hit.secret.len > 0) {
            mark(p, p->findings[i].hit.secret.line);
        }
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        found[i] = p->sheet->lines[i].key;
    }
    for (size_t i = 0; i < p->sheet->count; i++) {
        str name = name_of(sheet_text(p->sheet, i));
        p->sheet->lines[i].key = found[i] || patch_is_setting(name) ||
                                 (patch_is_short_setting(name) &&
                                  near_mark(found, p->sheet->count, i) &&
                                  takes_from_elsewhere(sheet_text(p->sheet, i), name));
    }
}

bool patch_key_in(const struct patching *p, size_t from, size_t end)
{
    for (size_t i = from; i < end && i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key) {
            return true;
        }
    }
    return false;
}
