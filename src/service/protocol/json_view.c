#include "service/protocol/json_view.h"

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/json.h"
#include "service/protocol/shape.h"

/* What CloudTrail writes in place of a secret. */
#define HIDDEN STR("HIDDEN_DUE_TO_SECURITY_REASONS")

static void view_struct(struct json_out *o, const struct api_shape *shape, const void *from);
static void view_value(struct json_out *o, const struct api_shape *shape, const void *slot);

static void view_items(struct json_out *o, const struct api_shape *shape,
                       const struct api_list *list)
{
    bool is_map = shape->type == API_MAP;

    json_open(o, is_map ? '{' : '[');
    for (size_t i = 0; i < list->count; i++) {
        const char *item = shape_item(shape, list, i);
        if (is_map) {
            json_key(o, *(const str *)(const void *)item);
            view_value(o, shape->item, item + sizeof(str));
        } else if (shape->item->type == API_STRUCT) {
            view_struct(o, shape->item, item);
        } else {
            view_value(o, shape->item, item);
        }
    }
    json_close(o, is_map ? '}' : ']');
}

static void view_time(struct json_out *o, int64_t unix_s)
{
    char text[20];

    date_print_iso(unix_s, text);
    json_str(o, str_from(text, sizeof(text)));
}

static void view_blob(struct json_out *o, str bytes)
{
    json_raw(o, STR("\"")); /* base64 needs no escaping */
    base64_encode(BASE64_STANDARD, bytes.ptr, bytes.len, o->out);
    buf_add_char(o->out, '"');
}

static void view_value(struct json_out *o, const struct api_shape *shape, const void *slot)
{
    if (shape->sensitive) {
        json_str(o, HIDDEN);
        return;
    }
    switch (shape->type) {
    case API_STRING:
        json_str(o, *(const str *)slot);
        break;
    case API_BLOB:
        view_blob(o, *(const str *)slot);
        break;
    case API_INT:
        json_i64(o, ((const struct opt_int *)slot)->value);
        break;
    case API_BOOL:
        json_bool(o, ((const struct opt_bool *)slot)->value);
        break;
    case API_TIME:
        view_time(o, ((const struct opt_int *)slot)->value);
        break;
    case API_LIST:
    case API_MAP:
        view_items(o, shape, slot);
        break;
    case API_STRUCT:
        view_struct(o, shape, shape_struct(slot));
        break;
    }
}

/* The decoder filled these in, or the client said what holds anyway. */
static bool is_fallback(const struct api_member *member, const void *slot)
{
    int64_t number;

    if (member->fallback.ptr == NULL) {
        return false;
    }
    if (member->shape->type == API_INT) {
        return str_to_i64(member->fallback, &number) == RC_OK &&
               number == ((const struct opt_int *)slot)->value;
    }
    return str_eq(member->fallback, *(const str *)slot);
}

static void view_struct(struct json_out *o, const struct api_shape *shape, const void *from)
{
    json_open(o, '{');
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = (const char *)from + member->offset;
        if (!shape_is_present(member->shape, slot) || is_fallback(member, slot)) {
            continue;
        }
        json_own_key(o, member->camel);
        if (member->sensitive) {
            json_str(o, HIDDEN);
        } else {
            view_value(o, member->shape, slot);
        }
    }
    json_close(o, '}');
}

void json_view(const struct api_shape *shape, const void *value, buf *out)
{
    struct json_out o = { .out = out };

    if (shape == NULL || value == NULL) {
        json_null(&o);
    } else {
        view_struct(&o, shape, value);
    }
}
