#include "service/protocol/json_view.h"

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/form.h"
#include "codec/json.h"
#include "service/protocol/shape.h"

/* What CloudTrail writes in place of a secret. */
#define HIDDEN STR("HIDDEN_DUE_TO_SECURITY_REASONS")

struct view {
    struct json_out o;
    bool
        answer; /* to a client: its own names, all members, seconds, and the secrets; else for the trail */
};

static void view_struct(struct view *v, const struct api_shape *shape, const void *from);
static void view_value(struct view *v, const struct api_shape *shape, const void *slot);

static void view_items(struct view *v, const struct api_shape *shape, const struct api_list *list)
{
    bool is_map = shape->type == API_MAP;

    json_open(&v->o, is_map ? '{' : '[');
    for (size_t i = 0; i < list->count; i++) {
        const char *item = shape_item(shape, list, i);
        if (is_map) {
            json_key(&v->o, *(const str *)(const void *)item);
            view_value(v, shape->item, item + sizeof(str));
        } else if (shape->item->type == API_STRUCT) {
            view_struct(v, shape->item, item);
        } else {
            view_value(v, shape->item, item);
        }
    }
    json_close(&v->o, is_map ? '}' : ']');
}

static void view_time(struct view *v, int64_t unix_s)
{
    char text[20];

    if (v->answer) {
        json_i64(&v->o, unix_s);
        return;
    }
    date_print_iso(unix_s, text);
    json_str(&v->o, str_from(text, sizeof(text)));
}

static void view_blob(struct view *v, str bytes)
{
    json_raw(&v->o, STR("\"")); /* base64 needs no escaping */
    base64_encode(BASE64_STANDARD, bytes.ptr, bytes.len, v->o.out);
    buf_add_char(v->o.out, '"');
}

static void view_string(struct view *v, const struct api_shape *shape, str text)
{
    if (!v->answer || !shape->urlencoded) {
        json_str(&v->o, text);
        return;
    }
    json_raw(&v->o, STR("\"")); /* nor does what is percent-encoded */
    uri_encode(text, false, v->o.out);
    buf_add_char(v->o.out, '"');
}

static void view_value(struct view *v, const struct api_shape *shape, const void *slot)
{
    if (shape->sensitive && !v->answer) {
        json_str(&v->o, HIDDEN);
        return;
    }
    switch (shape->type) {
    case API_STRING:
        view_string(v, shape, *(const str *)slot);
        break;
    case API_BLOB:
        view_blob(v, *(const str *)slot);
        break;
    case API_INT:
        json_i64(&v->o, ((const struct opt_int *)slot)->value);
        break;
    case API_BOOL:
        json_bool(&v->o, ((const struct opt_bool *)slot)->value);
        break;
    case API_TIME:
        view_time(v, ((const struct opt_int *)slot)->value);
        break;
    case API_LIST:
    case API_MAP:
        view_items(v, shape, slot);
        break;
    case API_STRUCT:
        view_struct(v, shape, shape_struct(slot));
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

static void view_member(struct view *v, const struct api_member *member, const void *slot)
{
    json_own_key(&v->o, v->answer ? member->wire : member->camel);
    if (member->sensitive && !v->answer) {
        json_str(&v->o, HIDDEN);
    } else {
        view_value(v, member->shape, slot);
    }
}

static void view_struct(struct view *v, const struct api_shape *shape, const void *from)
{
    json_open(&v->o, '{');
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = (const char *)from + member->offset;
        if (!shape_is_present(member->shape, slot)) {
            if (v->answer) {
                json_own_key(&v->o, member->wire);
                json_null(&v->o);
            }
        } else if (v->answer || !is_fallback(member, slot)) {
            view_member(v, member, slot);
        }
    }
    json_close(&v->o, '}');
}

void json_view(const struct api_shape *shape, const void *value, buf *out)
{
    struct view v = { .o = { .out = out } };

    if (shape == NULL || value == NULL) {
        json_null(&v.o);
    } else {
        view_struct(&v, shape, value);
    }
}

/* {"GetUserResponse":{"GetUserResult":{...},"ResponseMetadata":{"RequestId":"..."}}} */
void protocol_encode_json(const struct api_operation *op, const void *value, str request_id,
                          buf *out)
{
    struct view v = { .o = { .out = out }, .answer = true };

    json_open(&v.o, '{');
    json_own_key(&v.o, op->response_wrapper);
    json_open(&v.o, '{');
    if (op->result_wrapper.ptr != NULL) {
        json_own_key(&v.o, op->result_wrapper);
        if (op->out != NULL && value != NULL) {
            view_struct(&v, op->out, value);
        } else {
            json_open(&v.o, '{');
            json_close(&v.o, '}');
        }
    }
    json_own_key(&v.o, STR("ResponseMetadata"));
    json_open(&v.o, '{');
    json_put_str(&v.o, STR("RequestId"), request_id);
    json_close(&v.o, '}');
    json_close(&v.o, '}');
    json_close(&v.o, '}');
}

void protocol_error_json(const struct api_service *service, enum api_error_id error, str message,
                         str request_id, buf *out)
{
    struct json_out o = { .out = out };

    (void)service; /* no namespaces here */
    json_open(&o, '{');
    json_own_key(&o, STR("Error"));
    json_open(&o, '{');
    json_put_str(&o, STR("Code"), api_errors[error].code);
    json_put_str(&o, STR("Message"), message);
    json_put_str(&o, STR("Type"), api_errors[error].sender ? STR("Sender") : STR("Receiver"));
    json_close(&o, '}');
    json_put_str(&o, STR("RequestId"), request_id);
    json_close(&o, '}');
}
