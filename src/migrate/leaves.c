/* The texts in a JSON value, with their paths. */
#include "migrate/extract.h"

enum { DEPTH_MAX = 7 };

struct gather {
    struct leaves *out;
    const struct trail_event *event;
    struct arena *arena;
};

static void gather(const struct gather *g, str path, str name, const struct trail_value *value,
                   unsigned depth);

static void gather_children(const struct gather *g, str path, str name,
                            const struct trail_value *value, unsigned depth)
{
    struct trail_walk walk = { 0 };
    struct trail_value child;
    str key;

    while (trail_each(g->event, value->raw, &walk, &key, &child) && g->out->count < LEAVES_MAX) {
        str below = path;
        if (key.ptr != NULL) {
            below = path.len == 0 ? key : ARENA_JOIN(g->arena, path, STR("."), key);
        }
        if (below.ptr != NULL) {
            gather(g, below, key.ptr == NULL ? name : key, &child, depth + 1);
        }
    }
}

/* Bytes from the front that a policy can hold as they are: U+0020 to U+00FF but for its own signs. Past
 * U+00FF the lead byte is above 0xC3. */
static size_t plain_span(str text)
{
    size_t at = 0;

    while (at < text.len && (unsigned char)text.ptr[at] >= ' ' &&
           (unsigned char)text.ptr[at] <= 0xC3 && text.ptr[at] != '*' && text.ptr[at] != '?' &&
           text.ptr[at] != '$') {
        at++;
    }
    return at;
}

/* Characters from the front that no policy can hold. */
static size_t unsayable_span(str text)
{
    str rest = text;
    uint32_t c;

    for (str next = rest; take_utf8(&next, &c) && (c < ' ' || c > 0xFF);) {
        rest = next;
    }
    if (rest.len == text.len && text.len > 0 && (unsigned char)text.ptr[0] > 0xC3) {
        return 1; /* no character at all */
    }
    return text.len - rest.len;
}

/* A wildcard in a name is a character of the name, and has to stay one in a policy. In the place of characters
 * that a policy cannot hold stands a wildcard, though it says more. */
static str plain(struct arena *arena, str text)
{
    str out = STR(""), rest = text;
    size_t at = plain_span(text);

    if (at == text.len) {
        return text;
    }
    for (; rest.len > 0 && out.ptr != NULL; at = plain_span(rest)) {
        str before = str_slice(rest, 0, at), sign = str_slice(rest, at, 1);
        size_t lost = unsayable_span(str_skip(rest, at));
        out = lost > 0        ? ARENA_JOIN(arena, out, before, STR("*"))
              : sign.len == 0 ? ARENA_JOIN(arena, out, before)
                              : ARENA_JOIN(arena, out, before, STR("${"), sign, STR("}"));
        rest = str_skip(rest, at + (lost > 0 ? lost : sign.len));
    }
    return out;
}

/* Not about resources of the call: what it writes into them. */
static bool is_noise(str name)
{
    static const str names[] = {
        STR_INIT("environment"), STR_INIT("tags"),          STR_INIT("tagSet"),
        STR_INIT("metadata"),    STR_INIT("clientContext"), STR_INIT("policyDocument"),
        STR_INIT("userData"),    STR_INIT("templateBody"),  STR_INIT("dimensions"),
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_eq_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void gather(const struct gather *g, str path, str name, const struct trail_value *value,
                   unsigned depth)
{
    str text;

    if (depth > DEPTH_MAX) {
        return;
    }
    if (value->type == VALUE_OBJECT || value->type == VALUE_ARRAY) {
        if (!is_noise(name)) {
            gather_children(g, path, name, value, depth);
        }
        return;
    }
    if (value->type != VALUE_STRING && value->type != VALUE_NUMBER) {
        return;
    }
    if (g->out->count == LEAVES_MAX) {
        g->out->more = true;
        return;
    }
    text = trail_value_text(g->event, value);
    if (text.ptr != NULL && text.len > 0 && text.len <= 2048) {
        g->out->items[g->out->count++] = (struct leaf){ path, name, plain(g->arena, text), depth };
    }
}

static void leaves_read(struct leaves *out, const struct trail_event *event, str json,
                        struct arena *arena)
{
    struct gather g = { out, event, arena };
    struct trail_value top = { VALUE_OBJECT, json };

    out->count = 0;
    out->more = false;
    if (json.ptr != NULL && json.len > 0 && json.ptr[0] == '{') {
        gather_children(&g, STR(""), STR(""), &top, 0);
    }
}

static void arns_read(struct extract *x)
{
    struct trail_walk walk = { 0 };
    struct trail_value element;
    str key;

    x->arn_count = 0;
    while (x->event->resources.ptr != NULL && x->arn_count < FOUND_MAX &&
           trail_each(x->event, x->event->resources, &walk, &key, &element)) {
        str arn = trail_text_at(x->event, element.raw, STR("ARN"));
        if (arn.ptr == NULL) {
            arn = trail_text_at(x->event, element.raw, STR("arn"));
        }
        if (arn.ptr != NULL && str_starts(arn, STR("arn:"))) {
            x->arns[x->arn_count++] = plain(x->arena, arn);
        }
    }
}

static str partition_of(str region)
{
    return str_starts(region, STR("cn-"))       ? STR("aws-cn")
           : str_starts(region, STR("us-gov-")) ? STR("aws-us-gov")
                                                : STR("aws");
}

void extract_begin(struct extract *x, const struct catalogue *c, const struct trail_event *event,
                   struct arena *arena)
{
    x->catalogue = c;
    x->event = event;
    x->arena = arena;
    x->region = event->region;
    x->partition = partition_of(event->region);
    x->account = event->recipient_account.ptr != NULL ? event->recipient_account
                                                      : event->who.account;
    leaves_read(&x->request, event, event->request, arena);
    leaves_read(&x->response, event, event->response, arena);
    arns_read(x);
}

size_t leaves_at(const struct leaves *leaves, str path, str *room, size_t room_count)
{
    size_t count = 0;

    for (size_t i = 0; i < leaves->count && count < room_count; i++) {
        if (str_eq_nocase(leaves->items[i].path, path)) {
            room[count++] = leaves->items[i].value;
        }
    }
    return count;
}
