/* Looking into the spans of an event: paths, and going through containers. */
#include "codec/json.h"
#include "trailfile/scan.h"

enum { TEXT_VALUES_MAX = 1 };

/* `json` is a view into the event's index; where it begins there. */
static size_t offset_in(const struct trail_event *event, str json)
{
    return (size_t)(json.ptr - event->index->text);
}

/* One step of a path: a member's name, or "[N]". */
static bool take_step(str *path, str *ret_name, uint64_t *ret_element, bool *ret_is_element)
{
    size_t len = 0;

    if (path->len == 0) {
        return false;
    }
    *ret_is_element = path->ptr[0] == '[';
    if (*ret_is_element) {
        str digits;
        *path = str_skip(*path, 1);
        *ret_element = 0;
        if (!take_until(path, ']', &digits) ||
            (digits.len > 0 && str_to_u64(digits, ret_element) != RC_OK)) {
            return false;
        }
    } else {
        while (len < path->len && path->ptr[len] != '.' && path->ptr[len] != '[') {
            len++;
        }
        *ret_name = str_slice(*path, 0, len);
        *path = str_skip(*path, len);
    }
    (void)take_prefix(path, STR("."));
    return true;
}

/* At '{': stops at the value of the member. */
static bool to_member(struct scan *s, str name)
{
    bool first = true;
    str key;
    struct trail_value skipped;

    if (scan_peek(s) != '{') {
        return false;
    }
    s->at++;
    while (scan_key(s, &first, &key)) {
        if (str_eq(key, name)) {
            return true;
        }
        if (!scan_value(s, &skipped)) {
            return false;
        }
    }
    return false;
}

/* At '[': stops at element n. */
static bool to_element(struct scan *s, uint64_t n)
{
    struct trail_value skipped;

    if (scan_peek(s) != '[') {
        return false;
    }
    s->at++;
    for (; scan_peek(s) != ']' && scan_peek(s) != '\0'; n--) {
        if (n == 0) {
            return true;
        }
        if (!scan_value(s, &skipped) || scan_peek(s) != ',') {
            return false;
        }
        s->at++;
    }
    return false;
}

bool trail_find(const struct trail_event *event, str json, str path, struct trail_value *ret)
{
    struct scan s;
    str name;
    uint64_t element;
    bool is_element;

    if (json.ptr == NULL) {
        return false;
    }
    scan_start(&s, event->index, offset_in(event, json));
    while (path.len > 0) {
        if (!take_step(&path, &name, &element, &is_element) ||
            !(is_element ? to_element(&s, element) : to_member(&s, name))) {
            return false;
        }
    }
    return scan_value(&s, ret);
}

str trail_value_text(const struct trail_event *event, const struct trail_value *value)
{
    static const struct json_limits limits = { .depth_max = 1, .values_max = TEXT_VALUES_MAX };
    struct json_error error;
    struct json *parsed;
    str inside;

    if (value->type == VALUE_NUMBER || value->type == VALUE_TRUE || value->type == VALUE_FALSE) {
        return value->raw;
    }
    if (value->type != VALUE_STRING) {
        return STR_NONE;
    }
    inside = str_slice(value->raw, 1, value->raw.len - 2);
    if (memchr(inside.ptr, '\\', inside.len) == NULL) {
        return inside;
    }
    if (json_parse(value->raw, &limits, event->arena, &parsed, &error) != RC_OK) {
        return STR_NONE;
    }
    return parsed->text;
}

str trail_text_at(const struct trail_event *event, str json, str path)
{
    struct trail_value value;

    return trail_find(event, json, path, &value) ? trail_value_text(event, &value) : STR_NONE;
}

bool trail_each(const struct trail_event *event, str json, struct trail_walk *walk, str *ret_key,
                struct trail_value *ret)
{
    struct scan s;
    size_t start;
    bool is_object;

    if (json.ptr == NULL || json.len < 2 || (json.ptr[0] != '{' && json.ptr[0] != '[')) {
        return false;
    }
    is_object = json.ptr[0] == '{';
    start = offset_in(event, json);
    scan_start(&s, event->index, start + (walk->started ? walk->at : 1));
    *ret_key = STR_NONE;
    if (is_object) {
        bool first = !walk->started;
        if (!scan_key(&s, &first, ret_key)) {
            return false;
        }
    } else {
        if (walk->started) {
            if (scan_peek(&s) != ',') {
                return false;
            }
            s.at++;
        }
        if (scan_peek(&s) == ']' || scan_peek(&s) == '\0') {
            return false;
        }
    }
    if (!scan_value(&s, ret)) {
        return false;
    }
    walk->started = true;
    walk->at = s.at - start;
    return true;
}
