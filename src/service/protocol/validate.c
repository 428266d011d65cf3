/* The constraints of the model, refused in AWS's words:
 *   1 validation error detected: Value 'x' at 'roleName' failed to satisfy constraint: Member must
 *   have length less than or equal to 64
 * Several are joined by "; ". Whether the value is repeated: aws-behaviour, recorded both ways;
 * secrets, lists and very long values never are. */
#include "service/protocol/patterns.h"
#include "service/protocol/shape.h"

enum {
    ERRORS_MAX = 16,       /* more are not said: an answer must not outgrow its request */
    ECHO_BYTES_MAX = 2048, /* longer values are withheld */
    PATH_BYTES_MAX = 1024, /* of a member's path; nesting is bounded by the model */
    MESSAGE_BYTES_MAX = 1 << 17
};

struct validator {
    const struct api_service *service;
    buf text; /* the refusals, joined */
    buf path; /* of the member looked at: tags.1.member.key */
    size_t count;
    bool sensitive; /* an outer or this member is secret */
};

/* What a refusal may repeat. */
static bool may_echo(const struct validator *v, const struct api_shape *shape)
{
    return !v->sensitive && !shape->sensitive && shape->type != API_BLOB;
}

/* Begins "Value 'x' at 'path' failed to satisfy constraint: Member must "; false when enough is
 * said. An absent value is withheld. */
static bool refuse_as(struct validator *v, str quote, str shown)
{
    if (v->count >= ERRORS_MAX) {
        return false;
    }
    if (v->count++ > 0) {
        BUF_LIT(&v->text, "; ");
    }
    BUF_LIT(&v->text, "Value ");
    if (shown.ptr != NULL && shown.len <= ECHO_BYTES_MAX) {
        buf_add(&v->text, quote);
        buf_add(&v->text, shown);
        buf_add(&v->text, quote);
        buf_add_char(&v->text, ' ');
    }
    BUF_LIT(&v->text, "at '");
    buf_add(&v->text, buf_str(&v->path));
    BUF_LIT(&v->text, "' failed to satisfy constraint: Member must ");
    return true;
}

static bool refuse(struct validator *v, str shown)
{
    return refuse_as(v, STR("'"), shown);
}

static void refuse_null(struct validator *v)
{
    if (refuse_as(v, STR(""), STR("null"))) {
        BUF_LIT(&v->text, "not be null");
    }
}

static void refuse_bound(struct validator *v, str shown, const char *what, int64_t bound)
{
    if (refuse(v, shown)) {
        buf_printf(&v->text, "have %s than or equal to %lld", what, (long long)bound);
    }
}

static int64_t characters(str text)
{
    int64_t count = 0;

    for (size_t i = 0; i < text.len; i++) { /* code points: all but continuation bytes */
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

static bool is_one_of(const struct api_shape *shape, str value)
{
    for (size_t i = 0; i < shape->enum_count; i++) {
        if (str_eq(shape->enums[i], value)) {
            return true;
        }
    }
    return shape->enum_count == 0;
}

static void check_enum(struct validator *v, const struct api_shape *shape, str value)
{
    bool withheld = v->service->withhold_enum;

    if (is_one_of(shape, value) || !refuse(v, withheld || !may_echo(v, shape) ? STR_NONE : value)) {
        return;
    }
    BUF_LIT(&v->text, "satisfy enum value set");
    for (size_t i = 0; !withheld && i < shape->enum_count; i++) {
        buf_add(&v->text, i == 0 ? STR(": [") : STR(", "));
        buf_add(&v->text, shape->enums[i]);
    }
    if (!withheld) {
        buf_add_char(&v->text, ']');
    }
}

static void check_string(struct validator *v, const struct api_shape *shape, str value)
{
    str shown = may_echo(v, shape) ? value : STR_NONE;
    int64_t length;

    check_enum(v, shape, value);
    if (shape->pattern != NULL && !pattern_matches(shape->pattern, value) &&
        refuse(v, v->service->withhold_pattern ? STR_NONE : shown)) {
        BUF_LIT(&v->text, "satisfy regular expression pattern: ");
        buf_add(&v->text, shape->pattern->text);
    }
    if (shape->min < 0 && shape->max < 0) {
        return;
    }
    length = shape->type == API_BLOB ? (int64_t)value.len : characters(value);
    if (shape->max >= 0 && length > shape->max) {
        refuse_bound(v, shown, "length less", shape->max);
    }
    if (shape->min >= 0 && length < shape->min) {
        refuse_bound(v, shown, "length greater", shape->min);
    }
}

static void check_number(struct validator *v, const struct api_shape *shape, int64_t value)
{
    char digits[24];
    buf text = { .ptr = digits, .cap = sizeof(digits), .max = sizeof(digits) };
    str shown;

    buf_add_i64(&text, value);
    shown = may_echo(v, shape) ? buf_str(&text) : STR_NONE;
    if (shape->max >= 0 && value > shape->max) {
        refuse_bound(v, shown, "value less", shape->max);
    }
    if (shape->min >= 0 && value < shape->min) {
        refuse_bound(v, shown, "value greater", shape->min);
    }
}

static void check_value(struct validator *v, const struct api_shape *shape, const void *slot);

static void check_members(struct validator *v, const struct api_shape *shape, const void *from)
{
    size_t path_len = v->path.len;
    bool sensitive = v->sensitive;

    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = (const char *)from + member->offset;
        bool present = shape_is_present(member->shape, slot);
        if (!present && !member->required) {
            continue;
        }
        if (path_len > 0) {
            buf_add_char(&v->path, '.');
        }
        buf_add(&v->path, member->camel);
        v->sensitive = sensitive || member->sensitive;
        if (present) {
            check_value(v, member->shape, slot);
        } else {
            refuse_null(v);
        }
        v->path.len = path_len;
    }
    v->sensitive = sensitive;
}

static void check_items(struct validator *v, const struct api_shape *shape,
                        const struct api_list *list)
{
    size_t path_len = v->path.len;
    int64_t count = (int64_t)list->count;

    if (shape->max >= 0 && count > shape->max) {
        refuse_bound(v, STR_NONE, "length less", shape->max);
    }
    if (shape->min >= 0 && count < shape->min) {
        refuse_bound(v, STR_NONE, "length greater", shape->min);
    }
    for (size_t i = 0; i < list->count && v->count < ERRORS_MAX; i++) {
        const char *item = shape_item(shape, list, i);
        buf_add_char(&v->path, '.');
        buf_add_u64(&v->path, i + 1);
        BUF_LIT(&v->path, ".member");
        if (shape->type == API_MAP) {
            check_value(v, shape->key, item);
            check_value(v, shape->item, item + sizeof(str));
        } else if (shape->item->type == API_STRUCT) {
            check_members(v, shape->item, item);
        } else {
            check_value(v, shape->item, item);
        }
        v->path.len = path_len;
    }
}

static void check_value(struct validator *v, const struct api_shape *shape, const void *slot)
{
    switch (shape->type) {
    case API_STRING:
    case API_BLOB:
        check_string(v, shape, *(const str *)slot);
        break;
    case API_INT:
        check_number(v, shape, ((const struct opt_int *)slot)->value);
        break;
    case API_BOOL:
    case API_TIME:
        break;
    case API_LIST:
    case API_MAP:
        check_items(v, shape, slot);
        break;
    case API_STRUCT:
        check_members(v, shape, shape_struct(slot));
        break;
    }
}

enum rc validate(const struct api_operation *op, const void *in, struct arena *arena,
                 struct api_fault *reterr)
{
    struct validator v = { .service = op->service,
                           .text = buf_arena(arena, MESSAGE_BYTES_MAX),
                           .path = buf_arena(arena, PATH_BYTES_MAX) };
    str message;

    check_members(&v, op->in, in);
    if (v.text.err != RC_OK || v.path.err != RC_OK) {
        return RC_NOMEM;
    }
    if (v.count == 0) {
        return RC_OK;
    }
    message = arena_printf(arena, "%zu validation error%s detected: %.*s", v.count,
                           v.count == 1 ? "" : "s", FMT(buf_str(&v.text)));
    if (message.ptr == NULL) {
        return RC_NOMEM;
    }
    *reterr = (struct api_fault){ ERR_ValidationError, message };
    return RC_API;
}
