/* The form an input struct decodes from: what a client would have sent. */
#include "codec/base64.h"
#include "codec/date.h"
#include "service/protocol/shape.h"

struct form_out {
    buf *out;
    char name[512]; /* of the parameter written now; nesting is bounded by the model */
    size_t name_len;
};

static void push(struct form_out *f, str segment)
{
    size_t room = sizeof(f->name) - f->name_len, dot = f->name_len > 0 ? 1 : 0;

    if (segment.len + dot > room) {
        f->out->err = RC_LIMIT;
        return;
    }
    if (dot > 0) {
        f->name[f->name_len++] = '.';
    }
    memcpy(f->name + f->name_len, segment.ptr, segment.len);
    f->name_len += segment.len;
}

static void push_number(struct form_out *f, uint64_t n)
{
    char digits[24];
    buf text = { .ptr = digits, .cap = sizeof(digits), .max = sizeof(digits) };

    buf_add_u64(&text, n);
    push(f, buf_str(&text));
}

static void pair(struct form_out *f, str value)
{
    if (f->out->len > 0) {
        buf_add_char(f->out, '&');
    }
    buf_add(f->out, str_from(f->name, f->name_len));
    buf_add_char(f->out, '=');
    uri_encode(value, false, f->out);
}

static void put_struct(struct form_out *f, const struct api_shape *shape, const void *from);
static void put_value(struct form_out *f, const struct api_shape *shape, const void *slot);

static void put_items(struct form_out *f, const struct api_shape *shape,
                      const struct api_list *list)
{
    size_t outer = f->name_len;

    if (list->count == 0) {
        pair(f, STR(""));
    }
    for (size_t i = 0; i < list->count; i++) {
        const char *item = shape_item(shape, list, i);
        push(f, shape->type == API_MAP ? STR("entry") : STR("member"));
        push_number(f, i + 1);
        size_t inner = f->name_len;
        if (shape->type == API_MAP) {
            push(f, STR("key"));
            put_value(f, shape->key, item);
            f->name_len = inner;
            push(f, STR("value"));
            put_value(f, shape->item, item + sizeof(str));
        } else if (shape->item->type == API_STRUCT) {
            put_struct(f, shape->item, item);
        } else {
            put_value(f, shape->item, item);
        }
        f->name_len = outer;
    }
}

static void put_scalar(struct form_out *f, const struct api_shape *shape, const void *slot)
{
    char room[24];
    buf text = { .ptr = room, .cap = sizeof(room), .max = sizeof(room) };

    if (shape->type == API_BOOL) {
        pair(f, ((const struct opt_bool *)slot)->value ? STR("true") : STR("false"));
    } else if (shape->type == API_INT) {
        buf_add_i64(&text, ((const struct opt_int *)slot)->value);
        pair(f, buf_str(&text));
    } else if (shape->type == API_TIME) {
        date_print_iso(((const struct opt_int *)slot)->value, room);
        pair(f, str_from(room, 20));
    } else if (shape->type == API_BLOB) {
        buf encoded = buf_heap(f->out->max);
        base64_encode(BASE64_STANDARD, ((const str *)slot)->ptr, ((const str *)slot)->len,
                      &encoded);
        pair(f, buf_str(&encoded));
        buf_done(&encoded);
    } else {
        pair(f, *(const str *)slot);
    }
}

static void put_value(struct form_out *f, const struct api_shape *shape, const void *slot)
{
    switch (shape->type) {
    case API_STRING:
    case API_BLOB:
    case API_INT:
    case API_BOOL:
    case API_TIME:
        put_scalar(f, shape, slot);
        break;
    case API_LIST:
    case API_MAP:
        put_items(f, shape, slot);
        break;
    case API_STRUCT:
        put_struct(f, shape, shape_struct(slot));
        break;
    }
}

static void put_struct(struct form_out *f, const struct api_shape *shape, const void *from)
{
    size_t outer = f->name_len;

    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = (const char *)from + member->offset;
        if (shape_is_present(member->shape, slot)) {
            push(f, member->wire);
            put_value(f, member->shape, slot);
            f->name_len = outer;
        }
    }
}

void protocol_form(const struct api_operation *op, const void *in, buf *out)
{
    struct form_out f = { .out = out };

    if (op->in != NULL && in != NULL) {
        put_struct(&f, op->in, in);
    }
}
