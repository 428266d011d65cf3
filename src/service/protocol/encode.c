/* From a struct to XML, and back to the form it came from. */
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/xml.h"
#include "service/protocol/shape.h"

static void encode_struct(const struct api_shape *shape, const void *from, buf *out);

static void encode_time(int64_t unix_s, buf *out)
{
    char text[20];

    date_print_iso(unix_s, text);
    buf_add(out, str_from(text, sizeof(text)));
}

static void encode_string(const struct api_shape *shape, str text, buf *out)
{
    if (shape->urlencoded) {
        uri_encode(text, false, out); /* leaves nothing XML would have to escape */
    } else {
        xml_text(out, text);
    }
}

static void encode_items(const struct api_shape *shape, const struct api_list *list, buf *out);

static void encode_value(const struct api_shape *shape, const void *slot, buf *out)
{
    switch (shape->type) {
    case API_STRING:
        encode_string(shape, *(const str *)slot, out);
        break;
    case API_BLOB:
        base64_encode(BASE64_STANDARD, ((const str *)slot)->ptr, ((const str *)slot)->len, out);
        break;
    case API_INT:
        buf_add_i64(out, ((const struct opt_int *)slot)->value);
        break;
    case API_BOOL:
        buf_add(out, ((const struct opt_bool *)slot)->value ? STR("true") : STR("false"));
        break;
    case API_TIME:
        encode_time(((const struct opt_int *)slot)->value, out);
        break;
    case API_LIST:
    case API_MAP:
        encode_items(shape, slot, out);
        break;
    case API_STRUCT:
        encode_struct(shape, shape_struct(slot), out);
        break;
    }
}

static void encode_items(const struct api_shape *shape, const struct api_list *list, buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *item = shape_item(shape, list, i);
        if (shape->type == API_MAP) {
            BUF_LIT(out, "<entry><key>");
            encode_value(shape->key, item, out);
            BUF_LIT(out, "</key><value>");
            encode_value(shape->item, item + sizeof(str), out);
            BUF_LIT(out, "</value></entry>");
            continue;
        }
        BUF_LIT(out, "<member>");
        if (shape->item->type == API_STRUCT) {
            encode_struct(shape->item, item, out);
        } else {
            encode_value(shape->item, item, out);
        }
        BUF_LIT(out, "</member>");
    }
}

static void encode_struct(const struct api_shape *shape, const void *from, buf *out)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = (const char *)from + member->offset;
        if (shape_is_present(member->shape, slot)) {
            xml_open(out, member->wire);
            encode_value(member->shape, slot, out);
            xml_close(out, member->wire);
        }
    }
}

/* <name xmlns="...">: the namespaces are ours and need no escaping. */
static void open_root(str name, str xml_namespace, buf *out)
{
    buf_add_char(out, '<');
    buf_add(out, name);
    BUF_LIT(out, " xmlns=\"");
    buf_add(out, xml_namespace);
    BUF_LIT(out, "\">");
}

void protocol_encode(const struct api_operation *op, const void *value, str request_id, buf *out)
{
    open_root(op->response_wrapper, op->service->xml_namespace, out);
    if (op->result_wrapper.ptr != NULL) {
        xml_open(out, op->result_wrapper);
        if (op->out != NULL) {
            encode_struct(op->out, value, out);
        }
        xml_close(out, op->result_wrapper);
    }
    BUF_LIT(out, "<ResponseMetadata>");
    xml_element(out, STR("RequestId"), request_id);
    BUF_LIT(out, "</ResponseMetadata>");
    xml_close(out, op->response_wrapper);
}

/* What went wrong before there was an operation is in a namespace of no service. */
void protocol_error(const struct api_service *service, enum api_error_id error, str message,
                    str request_id, buf *out)
{
    static const str no_service = STR_INIT("http://webservices.amazon.com/AWSFault/2005-15-09");
    bool nobodys = service == NULL || error == ERR_InvalidAction;

    open_root(STR("ErrorResponse"), nobodys ? no_service : service->xml_namespace, out);
    BUF_LIT(out, "<Error>");
    xml_element(out, STR("Type"), api_errors[error].sender ? STR("Sender") : STR("Receiver"));
    xml_element(out, STR("Code"), api_errors[error].code);
    if (message.len > 0) {
        xml_element(out, STR("Message"), message);
    }
    BUF_LIT(out, "</Error>");
    xml_element(out, STR("RequestId"), request_id);
    BUF_LIT(out, "</ErrorResponse>");
}

int protocol_status(enum api_error_id error)
{
    return api_errors[error].status;
}
