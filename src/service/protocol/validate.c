/* The constraints of the model, refused in AWS's words:
 *   1 validation error detected: Value 'x' at 'roleName' failed to satisfy constraint: Member must
 *   have length less than or equal to 64
 * Several are joined by "; ". Whether the value is repeated is the service's; secrets, lists and very
 * long values never are. Lists of plain values are refused as a whole, by all that their items must
 * satisfy. Some shapes have a sentence of their own for what breaks their pattern; it is said when
 * the constraints above are all met. */
#include "service/protocol/patterns.h"
#include "service/protocol/shape.h"

enum {
    ERRORS_MAX = 16,       /* more are not said: an answer must not outgrow its request */
    ECHO_BYTES_MAX = 8196, /* longer values are withheld: 2,049 characters fit */
    MESSAGE_BYTES_MAX = 1 << 17
};

/* The way to the member looked at; spelled out only when something is refused there. */
struct step {
    const struct step *outer; /* NULL at the top */
    const struct api_member *member;
    size_t item; /* from 1; 0: a member, not a list item */
    bool sensitive;
};

struct validator {
    const struct api_service *service;
    buf text; /* the refusals, joined */
    size_t count;
    /* Instead, when there are none: whose sentence, and about which member. */
    const struct api_shape *sentence_of;
    str sentence_about;
};

/* tags.1.member.key */
static void spell(const struct step *step, buf *out)
{
    if (step == NULL) {
        return;
    }
    spell(step->outer, out);
    if (step->item > 0) {
        buf_add_char(out, '.');
        buf_add_u64(out, step->item);
        BUF_LIT(out, ".member");
        return;
    }
    if (step->outer != NULL) {
        buf_add_char(out, '.');
    }
    buf_add(out, step->member->camel);
}

/* What a refusal may repeat. */
static bool may_echo(const struct step *at, const struct api_shape *shape)
{
    return !at->sensitive && !shape->sensitive && shape->type != API_BLOB;
}

/* Begins "Value 'x' at 'path' failed to satisfy constraint: Member must "; false when enough is
 * said. An absent value is withheld. */
static bool refuse_as(struct validator *v, const struct step *at, str quote, str shown)
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
    spell(at, &v->text);
    BUF_LIT(&v->text, "' failed to satisfy constraint: Member must ");
    return true;
}

static bool refuse(struct validator *v, const struct step *at, str shown)
{
    return refuse_as(v, at, STR("'"), shown);
}

static void refuse_null(struct validator *v, const struct step *at)
{
    if (refuse_as(v, at, STR(""), v->service->withhold_null ? STR_NONE : STR("null"))) {
        BUF_LIT(&v->text, "not be null");
    }
}

static void refuse_bound(struct validator *v, const struct step *at, str shown, const char *what,
                         int64_t bound)
{
    if (refuse(v, at, shown)) {
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

static void check_enum(struct validator *v, const struct step *at, const struct api_shape *shape,
                       str value)
{
    bool withheld = v->service->withhold_enum;

    if (is_one_of(shape, value) ||
        !refuse(v, at, withheld || !may_echo(at, shape) ? STR_NONE : value)) {
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

/* The first that has something to say has its say. */
static void say(struct validator *v, const struct step *at, const struct api_shape *shape)
{
    if (v->sentence_of == NULL) {
        v->sentence_of = shape;
        v->sentence_about = at->member->camel;
    }
}

static void check_pattern(struct validator *v, const struct step *at, const struct api_shape *shape,
                          str value)
{
    bool withheld = v->service->withhold_pattern || !may_echo(at, shape);

    if (shape->pattern == NULL || pattern_matches(shape->pattern, value)) {
        return;
    }
    if (shape->sentence.ptr != NULL) {
        say(v, at, shape);
    } else if (refuse(v, at, withheld ? STR_NONE : value)) {
        BUF_LIT(&v->text, "satisfy regular expression pattern: ");
        buf_add(&v->text, shape->pattern->text);
    }
}

static int64_t length_of(const struct api_shape *shape, str value)
{
    return shape->type == API_BLOB ? (int64_t)value.len : characters(value);
}

/* What a refusal of a length or a range repeats. */
static str shown_bound(const struct validator *v, const struct step *at,
                       const struct api_shape *shape, str value)
{
    bool withheld = v->service->withhold_length && !shape->repeated;

    return withheld || !may_echo(at, shape) ? STR_NONE : value;
}

static void check_length(struct validator *v, const struct step *at, const struct api_shape *shape,
                         str value)
{
    str shown = shown_bound(v, at, shape, value);
    int64_t length;

    if (shape->min < 0 && shape->max < 0) {
        return;
    }
    length = length_of(shape, value);
    if (shape->max >= 0 && length > shape->max) {
        refuse_bound(v, at, shown, "length less", shape->max);
    }
    if (length == 0 && shape->sentence.ptr != NULL && shape->min == 1) {
        return; /* the sentence says it */
    }
    if (shape->min >= 0 && length < shape->min) {
        refuse_bound(v, at, shown, "length greater", shape->min);
    }
}

/* Where lengths are withheld they come before patterns: IAM and STS differ in both. */
static void check_string(struct validator *v, const struct step *at, const struct api_shape *shape,
                         str value)
{
    bool length_first = v->service->withhold_length;

    check_enum(v, at, shape, value);
    if (length_first) {
        check_length(v, at, shape, value);
    }
    check_pattern(v, at, shape, value);
    if (!length_first) {
        check_length(v, at, shape, value);
    }
}

static void check_number(struct validator *v, const struct step *at, const struct api_shape *shape,
                         int64_t value)
{
    char digits[24];
    buf text = { .ptr = digits, .cap = sizeof(digits), .max = sizeof(digits) };
    str shown;

    buf_add_i64(&text, value);
    shown = shown_bound(v, at, shape, buf_str(&text));
    if (shape->max >= 0 && value > shape->max) {
        refuse_bound(v, at, shown, "value less", shape->max);
    }
    if (shape->min >= 0 && value < shape->min) {
        refuse_bound(v, at, shown, "value greater", shape->min);
    }
}

static void check_value(struct validator *v, const struct step *at, const struct api_shape *shape,
                        const void *slot);

static void check_member(struct validator *v, const struct step *outer,
                         const struct api_member *member, const void *slot)
{
    struct step at = { outer, member, 0, member->sensitive || (outer != NULL && outer->sensitive) };

    if (shape_is_present(member->shape, slot)) {
        check_value(v, &at, member->shape, slot);
    } else if (member->required) {
        refuse_null(v, &at);
    }
}

static void check_members(struct validator *v, const struct step *outer,
                          const struct api_shape *shape, const void *from)
{
    for (size_t late = 0; late < 2; late++) {
        for (size_t i = 0; i < shape->member_count; i++) {
            const struct api_member *member = &shape->members[i];
            if (member->late == (late > 0)) {
                check_member(v, outer, member, (const char *)from + member->offset);
            }
        }
    }
}

static bool item_is_valid(const struct api_shape *shape, str value)
{
    int64_t length = length_of(shape, value);

    return is_one_of(shape, value) &&
           (shape->pattern == NULL || pattern_matches(shape->pattern, value)) &&
           (shape->max < 0 || length <= shape->max) && (shape->min < 0 || length >= shape->min);
}

static void add_demand(struct validator *v, const char *before, const char *what)
{
    buf_printf(&v->text, "%sMember must %s", before, what);
}

/* "satisfy constraint: [Member must have length less than or equal to 128, ...]" */
static void refuse_item(struct validator *v, const struct step *at, const struct api_shape *shape)
{
    const char *before = "";

    if (!refuse(v, at, STR_NONE)) {
        return;
    }
    BUF_LIT(&v->text, "satisfy constraint: [");
    if (shape->enum_count > 0) {
        add_demand(v, before, "satisfy enum value set");
        before = ", ";
    }
    if (shape->max >= 0) {
        add_demand(v, before, "have length less than or equal to ");
        buf_add_i64(&v->text, shape->max);
        before = ", ";
    }
    if (shape->min >= 0) {
        add_demand(v, before, "have length greater than or equal to ");
        buf_add_i64(&v->text, shape->min);
        before = ", ";
    }
    if (shape->pattern != NULL) {
        add_demand(v, before, "satisfy regular expression pattern: ");
        buf_add(&v->text, shape->pattern->text);
        add_demand(v, ", ", "not be null");
    }
    buf_add_char(&v->text, ']');
}

static void check_plain_items(struct validator *v, const struct step *at,
                              const struct api_shape *shape, const struct api_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!item_is_valid(shape->item, *(const str *)shape_item(shape, list, i))) {
            refuse_item(v, at, shape->item);
            return;
        }
    }
}

static void check_items(struct validator *v, const struct step *at, const struct api_shape *shape,
                        const struct api_list *list)
{
    int64_t count = (int64_t)list->count;

    if (shape->max >= 0 && count > shape->max) {
        refuse_bound(v, at, STR_NONE, "length less", shape->max);
    }
    if (shape->min >= 0 && count < shape->min) {
        refuse_bound(v, at, STR_NONE, "length greater", shape->min);
    }
    if (shape->type == API_LIST && shape->item->type != API_STRUCT) {
        check_plain_items(v, at, shape, list);
        return;
    }
    for (size_t i = 0; i < list->count && v->count < ERRORS_MAX; i++) {
        const char *item = shape_item(shape, list, i);
        struct step inner = { at, NULL, i + 1, at->sensitive };
        if (shape->type == API_MAP) {
            check_value(v, &inner, shape->key, item);
            check_value(v, &inner, shape->item, item + sizeof(str));
        } else {
            check_members(v, &inner, shape->item, item);
        }
    }
}

static void check_value(struct validator *v, const struct step *at, const struct api_shape *shape,
                        const void *slot)
{
    switch (shape->type) {
    case API_STRING:
    case API_BLOB:
        check_string(v, at, shape, *(const str *)slot);
        break;
    case API_INT:
        check_number(v, at, shape, ((const struct opt_int *)slot)->value);
        break;
    case API_BOOL:
    case API_TIME:
        break;
    case API_LIST:
    case API_MAP:
        check_items(v, at, shape, slot);
        break;
    case API_STRUCT:
        check_members(v, at, shape, shape_struct(slot));
        break;
    }
}

/* {member} in a sentence stands for the member it is about. */
static str sentence(const struct validator *v, struct arena *arena)
{
    static const str place = STR_INIT("{member}");
    str text = v->sentence_of->sentence;
    size_t at;

    if (!str_find(text, place, &at)) {
        return text;
    }
    return arena_printf(arena, "%.*s%.*s%.*s", FMT(str_slice(text, 0, at)), FMT(v->sentence_about),
                        FMT(str_skip(text, at + place.len)));
}

enum rc validate(const struct api_operation *op, const void *in, struct arena *arena,
                 struct api_fault *reterr)
{
    struct validator v = { .service = op->service, .text = buf_arena(arena, MESSAGE_BYTES_MAX) };
    str message;

    check_members(&v, NULL, op->in, in);
    if (v.text.err != RC_OK) {
        return RC_NOMEM;
    }
    if (v.count == 0 && v.sentence_of == NULL) {
        return RC_OK;
    }
    message = v.count == 0 ? sentence(&v, arena)
                           : arena_printf(arena, "%zu validation error%s detected: %.*s", v.count,
                                          v.count == 1 ? "" : "s", FMT(buf_str(&v.text)));
    if (message.ptr == NULL) {
        return RC_NOMEM;
    }
    *reterr = (struct api_fault){ ERR_ValidationError, message };
    return RC_API;
}
