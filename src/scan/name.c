/* The name before a value, and the value behind a name. Both look no further than NEAR bytes. */
#include "scan/text.h"
#include "scan/token.h"

enum { NEAR = 400 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool is_name_char(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':';
}

/* Going left over blanks, quotes and their backslashes. */
static size_t back_over(str text, size_t at)
{
    while (at > 0 &&
           (is_blank(text.ptr[at - 1]) || is_quote(text.ptr[at - 1]) || text.ptr[at - 1] == '\\')) {
        at--;
    }
    return at;
}

static str name_ending_at(str text, size_t end)
{
    size_t from = end;

    while (from > 0 && end - from < 96 && is_name_char(text.ptr[from - 1])) {
        from--;
    }
    /* the n of an escaped newline before the name is no part of it */
    if (from > 0 && end - from > 1 && text.ptr[from - 1] == '\\' && text.ptr[from] == 'n') {
        from++;
    }
    return str_slice(text, from, end - from);
}

/* --- a name beside: name: N / value: V ------------------------------------------------------------ */

static bool is_label(str name)
{
    static const str labels[] = { STR_INIT("name"),     STR_INIT("key"), STR_INIT("parameterkey"),
                                  STR_INIT("variable"), STR_INIT("id"),  STR_INIT("env") };

    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        if (str_eq_nocase(name, labels[i])) {
            return true;
        }
    }
    return false;
}

static bool is_value_word(str name)
{
    static const str words[] = {
        STR_INIT("value"), STR_INIT("default"), STR_INIT("parametervalue"), STR_INIT("string"),
        STR_INIT("entry"), STR_INIT("val"),     STR_INIT("defaultvalue"),   STR_INIT("stringvalue"),
        STR_INIT("text"),  STR_INIT("content"), STR_INIT("valuefrom")
    };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq_nocase(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* [from, end) holds the members beside a value: the value of its name, key or the like. */
static str label_in(str text, size_t from, size_t end)
{
    str found = STR_NONE;

    for (size_t i = from; i < end; i++) {
        if ((text.ptr[i] == ':' || text.ptr[i] == '=' || text.ptr[i] == '>') &&
            is_label(name_ending_at(text, back_over(text, i)))) {
            size_t at = i + 1;
            while (at < end && (is_blank(text.ptr[at]) || is_quote(text.ptr[at]) ||
                                text.ptr[at] == '\\' || text.ptr[at] == '>')) {
                at++;
            }
            size_t stop = at;
            while (stop < end && (is_name_char(text.ptr[stop]) || text.ptr[stop] == '/')) {
                at = text.ptr[stop] == '/' ? stop + 1 : at; /* a path: its last part */
                stop++;
            }
            if (stop > at) {
                found = str_slice(text, at, stop - at);
            }
        }
    }
    return found;
}

/* `variable "aws_key" {` in HCL, `AwsKey:` above `Default:` in a template. */
static str title_above(str text, size_t at)
{
    size_t start = text_line_start(text, at), indent = text_indent(text_line(text, at));

    for (int lines = 0; start > 0 && lines < 8; lines++) {
        start = text_line_start(text, start - 1);
        str line = text_line(text, start), s = str_trim(line);
        if (s.len == 0 || text_indent(line) >= indent) {
            continue;
        }
        if (str_starts(s, STR("variable")) || str_starts(s, STR("output"))) {
            size_t open, close;
            if (str_find_char(s, '"', &open) && str_find_char(str_skip(s, open + 1), '"', &close)) {
                return str_slice(s, open + 1, close);
            }
        }
        size_t end = 0;
        while (end < s.len && (is_name_char(s.ptr[end]) || is_quote(s.ptr[end])) &&
               s.ptr[end] != ':') {
            end++;
        }
        s = str_slice(s, 0, end);
        while (s.len > 0 && is_quote(s.ptr[0])) {
            s = str_skip(s, 1);
        }
        while (s.len > 0 && is_quote(s.ptr[s.len - 1])) {
            s.len--;
        }
        return s;
    }
    return STR_NONE;
}

static str name_beside(str text, size_t at)
{
    size_t from = at, end = at, floor = at > NEAR ? at - NEAR : 0;
    size_t roof = text.len - at > NEAR ? at + NEAR : text.len;
    str name;

    while (from > floor && text.ptr[from - 1] != '{' && text.ptr[from - 1] != '}') {
        if (text.ptr[from - 1] == '\n' && from < at &&
            str_starts(str_trim(text_line(text, from)), STR("- ")) && from > floor) {
            break; /* the item of the list begins here */
        }
        from--;
    }
    name = label_in(text, from, at);
    if (name.ptr != NULL) {
        return name;
    }
    while (
        end < roof && text.ptr[end] != '{' && text.ptr[end] != '}' &&
        !(text.ptr[end] == '\n' &&
          str_starts(str_trim(text_line(text, end + 1 < text.len ? end + 1 : end)), STR("- ")))) {
        end++;
    }
    name = label_in(text, at, end);
    return name.ptr != NULL ? name : title_above(text, at);
}

/* --- XML ------------------------------------------------------------------------------------------ */

/* `at` is behind the '>' of an element: its name, or that of the <key> before it. */
static str element_name(str text, size_t at)
{
    size_t open = at - 1, floor = at > NEAR ? at - NEAR : 0, end;
    str tag;

    while (open > floor && text.ptr[open] != '<') {
        open--;
    }
    if (text.ptr[open] != '<') {
        return STR_NONE;
    }
    for (end = open + 1; end < at && is_name_char(text.ptr[end]);) {
        end++;
    }
    tag = str_slice(text, open + 1, end - open - 1);
    if (!is_value_word(tag)) {
        return tag;
    }
    str label = label_in(text, open, at);
    return label.ptr != NULL ? label : label_in(text, open > floor ? floor : open, open);
}

/* --- the name before ------------------------------------------------------------------------------ */

str token_name(str text, size_t at)
{
    size_t end = back_over(text, at);
    bool spaced = end < at && end > 0;
    char sign = end > 0 ? text.ptr[end - 1] : '\n';
    str name;

    if (sign == '>' && (end < 2 || text.ptr[end - 2] != '=')) {
        return element_name(text, end);
    }
    if (sign == ':' || sign == '=' || sign == '>') {
        while (end > 0 && memchr(":=>+?", text.ptr[end - 1], 5) != NULL) {
            end--;
        }
        end = back_over(text, end);
        if (end > 0 && text.ptr[end - 1] == ']') { /* config["name"] = */
            end = back_over(text, end - 1);
        }
        name = name_ending_at(text, end);
        if (is_value_word(name)) {
            str beside = name_beside(text, at);
            return beside.ptr != NULL ? beside : name;
        }
        return name;
    }
    if (sign == '(') {
        return name_ending_at(text, end - 1);
    }
    if (spaced && (is_name_char(sign))) { /* --access-key V, ENV NAME V */
        return name_ending_at(text, end);
    }
    return STR_NONE;
}

/* --- the value behind ----------------------------------------------------------------------------- */

static str plain_value(str line, size_t at)
{
    size_t from = at, end;
    bool signs = false;
    char quote;

    while (from < line.len && (is_blank(line.ptr[from]) || is_quote(line.ptr[from]) ||
                               memchr(":=>]\\", line.ptr[from], 5) != NULL)) {
        signs = signs || line.ptr[from] == ':' || line.ptr[from] == '=' || line.ptr[from] == '>';
        from++;
    }
    if (from >= line.len || from == at) {
        return STR_NONE;
    }
    quote = is_quote(line.ptr[from - 1]) ? line.ptr[from - 1] : 0;
    for (end = from; end < line.len; end++) {
        char c = line.ptr[end];
        if (quote != 0 ? c == quote : (c == ',' || c == '#' || c == '<' || c == '"')) {
            break;
        }
    }
    str value = str_trim(str_slice(line, from, end - from));
    return value.len > 0 && (signs || !is_blank(value.ptr[0])) ? value : STR_NONE;
}

str token_value(str text, size_t at)
{
    size_t start = text_line_start(text, at), from, end;
    str line = text_line(text, at), value = plain_value(line, at - start);

    if (value.ptr != NULL) {
        return value;
    }
    /* `- name: N` with `value: V` on the next line, {"name": "N", "value": "V"} */
    from = at;
    end = text.len - at > NEAR ? at + NEAR : text.len;
    for (size_t i = from; i < end && text.ptr[i] != '}'; i++) {
        if ((text.ptr[i] == ':' || text.ptr[i] == '=') &&
            is_value_word(name_ending_at(text, back_over(text, i)))) {
            value = plain_value(text_line(text, i), i - text_line_start(text, i));
            return value.ptr != NULL ? value : STR("$elsewhere"); /* valueFrom: and a block */
        }
    }
    return STR_NONE;
}

bool token_is_reference(str value)
{
    static const str starts[] = {
        STR_INIT("$"),        STR_INIT("{{"),     STR_INIT("%"),        STR_INIT("!"),
        STR_INIT("var."),     STR_INIT("local."), STR_INIT("data."),    STR_INIT("module."),
        STR_INIT("aws_"),     STR_INIT("os."),    STR_INIT("process."), STR_INIT("ENV["),
        STR_INIT("System."),  STR_INIT("env("),   STR_INIT("getenv"),   STR_INIT("credentials("),
        STR_INIT("secrets."), STR_INIT("vault:"), STR_INIT("lookup("),  STR_INIT("<%="),
        STR_INIT("@"),        STR_INIT("{\"Ref"), STR_INIT("arn:aws:"), STR_INIT("Fn::"),
    };

    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (str_starts(value, starts[i])) {
            return true;
        }
    }
    return str_eq(value, STR("AWS_ACCESS_KEY_ID")); /* names the variable that gets it */
}
