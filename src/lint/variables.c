/* Policy variables: ${key}, ${key, 'default'}, ${*}, ${?}, ${$}. */
#include "lint/walk.h"

static bool is_escape(str name) /* V-10 */
{
    return str_eq(name, STR("*")) || str_eq(name, STR("?")) || str_eq(name, STR("$"));
}

/* Takes the next "${...}"; false when there is none. *ret_closed tells whether it ends. */
static bool take_next(str *rest, str *ret_inside, bool *ret_closed)
{
    size_t at, end;

    if (!str_find(*rest, STR("${"), &at)) {
        return false;
    }
    *rest = str_skip(*rest, at + 2);
    *ret_closed = str_find_char(*rest, '}', &end);
    *ret_inside = *ret_closed ? str_slice(*rest, 0, end) : *rest;
    *rest = *ret_closed ? str_skip(*rest, end + 1) : STR("");
    return true;
}

bool has_variable(str text)
{
    bool closed;
    str inside;

    while (take_next(&text, &inside, &closed)) {
        if (!is_escape(inside)) {
            return true;
        }
    }
    return false;
}

static void check_inside(struct lint *l, const struct json *value, str inside)
{
    str name = inside, fallback = STR_NONE, before;
    size_t at;

    if (take_until(&name, ',', &before)) {
        fallback = str_trim(name);
        name = before;
    } else {
        name = inside;
    }
    if (str_trim(name).len == 0) {
        report(l, LINT_EMPTY_VARIABLE, value, "The variable ${%.*s} has no name.", FMT(inside));
    } else if (str_find_char(name, ' ', &at)) {
        report(l, LINT_UNSUPPORTED_SPACE_IN_VARIABLE, value,
               "The name of the variable ${%.*s} holds a space.", FMT(inside));
    }
    if (fallback.ptr != NULL &&
        (fallback.len < 2 || fallback.ptr[0] != '\'' || fallback.ptr[fallback.len - 1] != '\'')) {
        report(l, LINT_MISSING_QUOTE_IN_VARIABLE, value,
               "The default of ${%.*s} does not stand between single quotes.", FMT(inside));
    }
}

void check_variables(struct lint *l, const struct json *value, bool supported)
{
    str rest = value->text, inside;
    bool closed;

    while (take_next(&rest, &inside, &closed)) {
        if (closed && is_escape(inside) && supported) {
            continue;
        }
        if (!supported) {
            report(l, LINT_VARIABLE_UNSUPPORTED_IN_ELEMENT, value,
                   "${%.*s} is no variable in this element.", FMT(inside));
            return;
        }
        if (!l->version_2012) {
            report(l, LINT_VARIABLE_UNSUPPORTED_IN_VERSION, value,
                   "${%.*s} is plain text in a policy of 2008.", FMT(inside));
            return;
        }
        if (!closed) {
            report(l, LINT_MISSING_BRACE_IN_VARIABLE, value, "The variable ${%.*s is not closed.",
                   FMT(inside));
            return;
        }
        check_inside(l, value, inside);
    }
}
