/* Settings of keys taken out of a file, by its syntax. */
#include "codec/json.h"
#include "scan/patch_inside.h"

/* --- parts of a line ----------------------------------------------------------------------------- */

struct pair_span {
    size_t from, end;
};

static bool is_word(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* Behind the value that begins at `at`: a quoted string, a call, or a word. */
static size_t value_end(str s, size_t at)
{
    int depth = 0;

    if (at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\'' || s.ptr[at] == '`')) {
        char quote = s.ptr[at++];
        while (at < s.len && s.ptr[at] != quote) {
            at += s.ptr[at] == '\\' ? 2 : 1;
        }
        return at < s.len ? at + 1 : s.len;
    }
    for (; at < s.len; at++) {
        char c = s.ptr[at];
        depth += c == '(' || c == '[' || c == '{';
        depth -= c == ')' || c == ']' || c == '}';
        if (depth < 0 || (depth == 0 && (c == ',' || c == ' ' || c == ';' || c == '\t'))) {
            break;
        }
    }
    return at;
}

/* A NAME, a sign, a value, from `at` on. */
static bool pair_at(str s, size_t at, struct pair_span *ret, str *ret_name)
{
    size_t from = at, end;
    bool quoted = at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\'');

    at += quoted;
    for (end = at; end < s.len && is_word(s.ptr[end]); end++) {
    }
    if (end == at) {
        return false;
    }
    *ret_name = str_slice(s, at, end - at);
    at = end + (quoted && end < s.len && s.ptr[end] == s.ptr[from] ? 1 : 0);
    while (at < s.len && s.ptr[at] == ' ') {
        at++;
    }
    if (at >= s.len || (s.ptr[at] != ':' && s.ptr[at] != '=')) {
        return false;
    }
    while (at < s.len &&
           (s.ptr[at] == ':' || s.ptr[at] == '=' || s.ptr[at] == '>' || s.ptr[at] == ' ')) {
        at++;
    }
    *ret = (struct pair_span){ from, value_end(s, at) };
    return true;
}

static bool is_key_name(str name)
{
    return patch_is_setting(name) || patch_is_short_setting(name);
}

/* An id that was found, or a secret, whatever the value is called. */
static bool is_found_value(const struct patching *p, str value)
{
    struct token token;
    size_t at = 0;

    if (str_find_char(value, '(', &at) || str_find_char(value, '{', &at)) {
        return false; /* a call with the key among its arguments is more than the key */
    }
    for (size_t i = 0; i < p->finding_count; i++) {
        str id = p->findings[i].hit.key_id;
        if (id.len > 0 && str_find(value, id, &at)) {
            return true;
        }
    }
    at = 0;
    return value.len < 80 && token_next(value, &at, value.len, &token) && token.strict;
}

/* Takes along the comma or blank that joined the pair to its neighbours. */
static void widen(str s, struct pair_span *pair)
{
    size_t end = pair->end;

    if (end < s.len && s.ptr[end] == ',') {
        end++;
        while (end < s.len && s.ptr[end] == ' ') {
            end++;
        }
        pair->end = end;
        return;
    }
    size_t from = pair->from;
    while (from > 0 && s.ptr[from - 1] == ' ') {
        from--;
    }
    if (from > 0 && s.ptr[from - 1] == ',') {
        pair->from = from - 1;
    } else if (end < s.len && s.ptr[end] == ' ' && from < pair->from) {
        pair->from = from; /* words of a command: one blank stays between the others */
    }
}

bool patch_cut_pairs(struct patching *p, size_t line)
{
    str s = sheet_now(p->sheet, line);
    bool any = false;

    for (size_t at = 0; at < s.len; at++) {
        struct pair_span pair;
        str name;
        if ((at > 0 && is_word(s.ptr[at - 1])) || !pair_at(s, at, &pair, &name) ||
            !(is_key_name(name) ||
              is_found_value(p, str_slice(s, pair.from, pair.end - pair.from)))) {
            continue;
        }
        widen(s, &pair);
        s = ARENA_JOIN(p->arena, str_slice(s, 0, pair.from), str_skip(s, pair.end));
        if (s.ptr == NULL) {
            p->sheet->rc = RC_NOMEM;
            return true;
        }
        at = pair.from > 0 ? pair.from - 1 : 0;
        any = true;
    }
    if (any && str_trim(s).len == 0) {
        sheet_drop(p->sheet, line);
    } else if (any) {
        while (s.len > 0 && s.ptr[s.len - 1] == ' ') {
            s.len--;
        }
        sheet_replace(p->sheet, line, s);
    }
    return any;
}

/* --- JSON ---------------------------------------------------------------------------------------- */

/* A finding stands in this string. */
static bool holds_finding(const struct patching *p, const struct json *v)
{
    for (size_t i = 0; v->type == JSON_STRING && i < p->finding_count; i++) {
        const struct find_hit *hit = &p->findings[i].hit;
        if (hit->packed) {
            continue;
        }
        if ((hit->at >= v->span.offset && hit->at < v->span.end) ||
            (hit->secret.len > 0 && hit->secret.at >= v->span.offset &&
             hit->secret.at < v->span.end)) {
            return true;
        }
    }
    return false;
}

static bool names_a_key(const struct patching *p, const struct json *v)
{
    static const str labels[] = { STR_INIT("name"), STR_INIT("Name"), STR_INIT("key"),
                                  STR_INIT("Key") };

    if (v->key.ptr != NULL && v->type == JSON_STRING && is_key_name(v->key)) {
        return true;
    }
    if (holds_finding(p, v)) { /* whatever it is called; a line of a notebook's cell */
        return true;
    }
    for (size_t i = 0; v->type == JSON_OBJECT && i < COUNT_OF(labels); i++) {
        const struct json *label = json_member(v, labels[i]);
        if (label != NULL && label->type == JSON_STRING && patch_is_setting(label->text)) {
            return true;
        }
    }
    return false;
}

static size_t start_of(const struct json *v)
{
    return v->key.ptr != NULL ? v->key_span.offset : v->span.offset;
}

/* Whole lines where the value stands on lines of its own. */
static size_t line_begin(str text, size_t at)
{
    size_t start = text_line_start(text, at);

    return str_trim(str_slice(text, start, at - start)).len == 0 ? start : at;
}

static void cut(bool *gone, size_t from, size_t end)
{
    memset(gone + from, true, end - from);
}

/* The children [first, last] of one array or object, of which `before` and `after` (NULL: none) stay. */
static void cut_children(str text, bool *gone, const struct json *before, const struct json *first,
                         const struct json *last, const struct json *after)
{
    if (after != NULL) {
        cut(gone, line_begin(text, start_of(first)), line_begin(text, start_of(after)));
    } else if (before != NULL) {
        cut(gone, before->span.end, last->span.end);
    } else {
        cut(gone, start_of(first), last->span.end);
    }
}

static bool on_marked_line(const struct patching *p, const struct json *v)
{
    for (uint32_t line = v->span.line; line <= v->span.end_line; line++) {
        if (line >= 1 && line <= p->sheet->count && p->sheet->lines[line - 1].key) {
            return true;
        }
    }
    return false;
}

static void cut_in(const struct patching *p, const struct json *parent, bool *gone)
{
    const struct json *before = NULL;

    for (const struct json *v = parent->first; v != NULL;) {
        const struct json *last = v;
        if (!names_a_key(p, v) || !on_marked_line(p, v)) {
            before = v;
            v = v->next;
            continue;
        }
        while (last->next != NULL && names_a_key(p, last->next) && on_marked_line(p, last->next)) {
            last = last->next;
        }
        cut_children(p->sheet->text, gone, before, v, last, last->next);
        v = last->next;
    }
}

static void apply_cuts(struct patching *p, const bool *gone)
{
    size_t at = 0;

    for (size_t i = 0; i < p->sheet->count; i++) {
        str line = p->sheet->lines[i].text;
        buf left = buf_arena(p->arena, SHEET_BYTES_MAX);
        bool any = false;
        for (size_t c = 0; c < line.len; c++) {
            any = any || gone[at + c];
            if (!gone[at + c] && line.ptr[c] != '\r') {
                buf_add_char(&left, line.ptr[c]);
            }
        }
        any = any || (line.len == 0 && at < p->sheet->text.len && gone[at]);
        if (any && str_trim(buf_str(&left)).len == 0) {
            sheet_drop(p->sheet, i);
        } else if (any) {
            sheet_replace(p->sheet, i, buf_str(&left));
        }
        at += line.len + 1;
    }
}

void patch_drop_json(struct patching *p)
{
    const struct json_limits limits = { .depth_max = 128, .values_max = 1000000 };
    struct json_error error;
    struct json *root;
    bool *gone = NEW_ARRAY(p->arena, p->sheet->text.len + 2, bool);

    if (gone == NULL || json_parse(p->sheet->text, &limits, p->arena, &root, &error) != RC_OK) {
        patch_instead(p, "the file is no valid JSON; take the settings out by hand");
        return;
    }
    for (const struct json *v = root; v != NULL;) { /* all values, without recursion */
        cut_in(p, v, gone);
        if (v->first != NULL) {
            v = v->first;
            continue;
        }
        while (v != NULL && v->next == NULL) {
            v = v->parent;
        }
        v = v == NULL ? NULL : v->next;
    }
    apply_cuts(p, gone);
}

/* --- lines --------------------------------------------------------------------------------------- */

/* One assignment and nothing else: NAME=VALUE, export NAME=VALUE, NAME VALUE, name: value. */
static void drop_lines(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (p->sheet->lines[i].key) {
            sheet_drop(p->sheet, i);
        }
    }
}

/* NAME['key'] = "value" and nothing else. */
static bool is_assignment(str text)
{
    size_t at, quote;
    str value;

    if (str_ends(text, STR(";"))) {
        text.len--;
    }
    if (!str_find(text, STR("= "), &at) && !str_find(text, STR("='"), &at) &&
        !str_find(text, STR("=\""), &at)) {
        return false;
    }
    value = str_trim(str_skip(text, at + 1));
    return value.len > 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
           str_find_char(str_skip(value, 1), value.ptr[0], &quote) && quote == value.len - 2 &&
           memchr(text.ptr, '(', at) == NULL;
}

static void drop_code(struct patching *p)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        str text = str_trim(sheet_text(p->sheet, i));
        struct pair_span pair;
        str name;
        if (!p->sheet->lines[i].key) {
            continue;
        }
        /* a statement or a line of an argument list that sets nothing else goes as a whole */
        if ((pair_at(text, 0, &pair, &name) && str_trim(str_skip(text, pair.end)).len <= 1 &&
             (is_key_name(name) || is_found_value(p, text))) ||
            is_assignment(text)) {
            sheet_drop(p->sheet, i);
        } else {
            (void)patch_cut_pairs(p, i);
        }
    }
}

void patch_drop(struct patching *p)
{
    switch (p->syntax) {
    case SYNTAX_LINES:
    case SYNTAX_HCL:
        drop_lines(p);
        break;
    case SYNTAX_YAML:
        patch_drop_yaml(p);
        break;
    case SYNTAX_JSON:
        patch_drop_json(p);
        break;
    case SYNTAX_CODE:
        drop_code(p);
        break;
    case SYNTAX_XML:
        drop_lines(p);
        break;
    }
}
