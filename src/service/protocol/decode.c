/* From a form to a struct. The names of nested parameters are sorted once, so that whatever belongs
 * together stands together at every depth: each list is counted before it is allocated, and nothing
 * is ever allocated that the form did not pay for with a parameter. */
#include "codec/base64.h"
#include "codec/date.h"
#include "service/protocol/shape.h"

struct part {
    str rest; /* of the name: what is not consumed yet */
    str name; /* whole, for messages */
    str value;
};

struct decoder {
    struct arena *arena;
    struct api_fault *reterr;
};

enum { NAME_SHOWN_MAX = 128 }; /* bytes of a stranger's parameter name a message repeats */

static enum rc malformed(struct decoder *d, str name, const char *what)
{
    *d->reterr = (struct api_fault){
        ERR_MalformedInput,
        arena_printf(d->arena, "%s: %.*s", what, FMT(str_slice(name, 0, NAME_SHOWN_MAX))),
    };
    return d->reterr->message.ptr == NULL ? RC_NOMEM : RC_API;
}

/* --- sorting ------------------------------------------------------------------------------------ */

/* '.' sorts before everything, so that "Tags", "Tags.x" and "Tags.y" are neighbours whatever else
 * begins with "Tags". */
static int rank(char c)
{
    return c == '.' ? -1 : (unsigned char)c;
}

static bool sorts_before(str a, str b)
{
    size_t common = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < common; i++) {
        if (a.ptr[i] != b.ptr[i]) {
            return rank(a.ptr[i]) < rank(b.ptr[i]);
        }
    }
    return a.len < b.len;
}

static void merge(const struct part *from, size_t low, size_t middle, size_t high, struct part *to)
{
    size_t left = low, right = middle;

    for (size_t i = low; i < high; i++) {
        bool take_left = left < middle &&
                         (right >= high || !sorts_before(from[right].name, from[left].name));
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Merge sort, bottom up: its worst case is its usual case, whatever a stranger sends. */
static enum rc sort_parts(struct arena *arena, struct part **parts, size_t count)
{
    struct part *from = *parts, *to;
    size_t at = 1;

    while (at < count && !sorts_before(from[at].name, from[at - 1].name)) {
        at++;
    }
    if (at >= count) {
        return RC_OK; /* clients mostly send them in order */
    }
    to = NEW_ARRAY(arena, count, struct part);
    if (to == NULL) {
        return RC_NOMEM;
    }
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = low + 2 * width < count ? low + 2 * width : count;
            merge(from, low, middle, high, to);
        }
        struct part *swap = from;
        from = to;
        to = swap;
    }
    *parts = from;
    return RC_OK;
}

/* --- values ------------------------------------------------------------------------------------- */

static enum rc decode_value(struct decoder *d, const struct api_shape *shape, struct part *parts,
                            size_t count, void *slot);

/* UTF-8 of characters an XML answer can carry. The others could be stored but never read back. */
static bool is_text(str value)
{
    for (str rest = value; rest.len > 0;) {
        uint32_t point;
        if (!take_utf8(&rest, &point) || point == 0xFFFE || point == 0xFFFF ||
            (point < 0x20 && point != '\t' && point != '\n' && point != '\r')) {
            return false;
        }
    }
    return true;
}

static enum rc decode_bool(struct decoder *d, const struct part *part, struct opt_bool *slot)
{
    bool is_true = str_eq_nocase(part->value, STR("true"));

    if (!is_true && !str_eq_nocase(part->value, STR("false"))) {
        return malformed(d, part->name, "Expected true or false");
    }
    *slot = (struct opt_bool){ is_true, true };
    return RC_OK;
}

static enum rc decode_blob(struct decoder *d, const struct part *part, str *slot)
{
    buf bytes = buf_arena(d->arena, part->value.len);

    if (base64_decode(BASE64_STANDARD, part->value, &bytes) != RC_OK) {
        return malformed(d, part->name, "Expected base64");
    }
    *slot = buf_str(&bytes);
    return bytes.err;
}

/* The model's integers have 32 bits. What is none is refused without a word, as AWS does. */
static enum rc decode_int(struct decoder *d, str text, struct opt_int *number)
{
    str digits = str_starts(text, STR("+")) ? str_skip(text, 1) : text;

    if (str_to_i64(digits, &number->value) != RC_OK || number->value < INT32_MIN ||
        number->value > INT32_MAX || (digits.len < text.len && str_starts(digits, STR("-")))) {
        *d->reterr = (struct api_fault){
            ERR_MalformedInput,
            text.len == 0 ? STR("missing value for decimal type") : STR(""),
        };
        return RC_API;
    }
    number->present = true;
    return RC_OK;
}

static enum rc decode_scalar(struct decoder *d, const struct api_shape *shape,
                             const struct part *part, void *slot)
{
    struct opt_int *number = slot;
    int64_t ns;

    if (shape->type == API_STRING) {
        *(str *)slot = part->value;
        return is_text(part->value)
                   ? RC_OK
                   : malformed(d, part->name, "Not UTF-8, or holds control characters");
    }
    if (shape->type == API_BOOL) {
        return decode_bool(d, part, slot);
    }
    if (shape->type == API_BLOB) {
        return decode_blob(d, part, slot);
    }
    if (shape->type == API_TIME) {
        if (date_parse_iso(part->value, &ns) != RC_OK) {
            return malformed(d, part->name, "Expected an ISO 8601 date and time");
        }
        *number = (struct opt_int){ ns / 1000000000, true };
        return RC_OK;
    }
    return decode_int(d, part->value, number);
}

/* Up to the first '.'. By hand: segments are a few bytes long. */
static str first_segment(str name)
{
    size_t len = 0;

    while (len < name.len && name.ptr[len] != '.') {
        len++;
    }
    return str_from(name.ptr, len);
}

/* How many of the parts begin with the same segment as the first; they are neighbours. */
static size_t group(const struct part *parts, size_t count, str *ret_segment)
{
    str segment = first_segment(parts[0].rest);
    size_t n = 1;

    while (n < count && str_eq(first_segment(parts[n].rest), segment)) {
        n++;
    }
    *ret_segment = segment;
    return n;
}

static void consume(struct part *parts, size_t count, str segment)
{
    for (size_t i = 0; i < count; i++) {
        parts[i].rest = str_skip(parts[i].rest, segment.len + 1);
    }
}

static const struct api_member *member_of(const struct api_shape *shape, str segment)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        if (member->wire.len == segment.len && member->wire.ptr[0] == segment.ptr[0] &&
            memcmp(member->wire.ptr, segment.ptr, segment.len) == 0) {
            return member;
        }
    }
    return NULL;
}

static enum rc decode_members(struct decoder *d, const struct api_shape *shape, struct part *parts,
                              size_t count, void *into, bool *ret_any)
{
    bool any = false;

    for (size_t at = 0; at < count;) {
        str segment;
        size_t n = group(parts + at, count - at, &segment);
        const struct api_member *member = segment.len > 0 ? member_of(shape, segment) : NULL;
        if (member != NULL) {
            consume(parts + at, n, segment);
            TRY(decode_value(d, member->shape, parts + at, n, (char *)into + member->offset));
            any = true;
        }
        at += n; /* a member nobody knows is ignored, as AWS does */
    }
    *ret_any = any;
    return RC_OK;
}

/* A struct of nothing we know is refused: PolicyArns.member.1.Arn for .arn would otherwise pass as
 * an empty item, and a session would be wider than its maker wanted. */
static enum rc decode_struct(struct decoder *d, const struct api_shape *shape, struct part *parts,
                             size_t count, void *into)
{
    bool any = false;

    if (parts[0].rest.len > 0) {
        TRY(decode_members(d, shape, parts, count, into, &any));
    }
    return any ? RC_OK : malformed(d, parts[0].name, "Unexpected complex element termination");
}

/* Counts the items and checks that their numbers are 1..count, each once, plainly written. */
static enum rc count_items(struct decoder *d, const struct part *parts, size_t count, size_t *ret)
{
    size_t items = 0;
    uint64_t highest = 0;

    for (size_t at = 0; at < count; items++) {
        str segment;
        size_t n = group(parts + at, count - at, &segment);
        uint64_t index;
        if (str_to_u64(segment, &index) != RC_OK || index == 0 || segment.ptr[0] == '0') {
            return malformed(d, parts[at].name, "List items are numbered from 1");
        }
        highest = index > highest ? index : highest;
        if (highest > count) {
            return malformed(d, parts[at].name, "List items are numbered without gaps");
        }
        at += n;
    }
    /* Different texts without leading zeros are different numbers. */
    if (highest != items) {
        return malformed(d, parts[0].name, "List items are numbered without gaps");
    }
    *ret = items;
    return RC_OK;
}

static enum rc decode_entry(struct decoder *d, const struct api_shape *map, struct part *parts,
                            size_t count, char *item)
{
    for (size_t at = 0; at < count;) {
        str segment;
        size_t n = group(parts + at, count - at, &segment);
        consume(parts + at, n, segment);
        if (str_eq(segment, STR("key"))) {
            TRY(decode_value(d, map->key, parts + at, n, item));
        } else if (str_eq(segment, STR("value"))) {
            TRY(decode_value(d, map->item, parts + at, n, item + sizeof(str)));
        }
        at += n;
    }
    return RC_OK;
}

/* Tags.member.N..., Map.entry.N.key: the items stand in the order of their numbers. */
static enum rc decode_list(struct decoder *d, const struct api_shape *shape, struct part *parts,
                           size_t count, struct api_list *slot)
{
    str word = shape->type == API_MAP ? STR("entry") : STR("member"), segment;
    size_t items = 0;

    slot->present = true;
    if (parts[0].rest.len == 0) { /* "Tags=": the empty list */
        return count == 1 && parts[0].value.len == 0
                   ? RC_OK
                   : malformed(d, parts[0].name, "Unexpected list element termination");
    }
    if (group(parts, count, &segment) != count || !str_eq(segment, word)) {
        return malformed(d, parts[0].name, "List items are written NAME.member.N");
    }
    consume(parts, count, segment);
    TRY(count_items(d, parts, count, &items));
    slot->items = arena_array(d->arena, items, shape->size);
    if (slot->items == NULL) {
        return RC_NOMEM;
    }
    slot->count = items;
    for (size_t at = 0; at < count;) {
        size_t n = group(parts + at, count - at, &segment);
        uint64_t index = 0;
        TRY(str_to_u64(segment, &index));
        char *item = (char *)slot->items + (index - 1) * shape->size;
        consume(parts + at, n, segment);
        if (shape->type == API_MAP) {
            TRY(decode_entry(d, shape, parts + at, n, item));
        } else if (shape->item->type != API_STRUCT) {
            TRY(decode_value(d, shape->item, parts + at, n, item));
        } else {
            TRY(decode_struct(d, shape->item, parts + at, n, item));
        }
        at += n;
    }
    return RC_OK;
}

static enum rc decode_value(struct decoder *d, const struct api_shape *shape, struct part *parts,
                            size_t count, void *slot)
{
    if (shape->type == API_LIST || shape->type == API_MAP) {
        return decode_list(d, shape, parts, count, slot);
    }
    if (shape->type != API_STRUCT) {
        return count == 1 && parts[0].rest.len == 0
                   ? decode_scalar(d, shape, &parts[0], slot)
                   : malformed(d, parts[count - 1].name, "Start of list found where not expected");
    }
    *(void **)slot = arena_alloc(d->arena, shape->size);
    if (*(void **)slot == NULL) {
        return RC_NOMEM;
    }
    return decode_struct(d, shape, parts, count, *(void **)slot);
}

/* --- the whole ---------------------------------------------------------------------------------- */

/* What an absent member means, where the model says so. */
static enum rc fill_fallbacks(const struct api_shape *shape, void *into)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        char *slot = (char *)into + member->offset;
        if (member->fallback.ptr == NULL || shape_is_present(member->shape, slot)) {
            continue;
        }
        if (member->shape->type == API_INT) {
            struct opt_int *number = (struct opt_int *)(void *)slot;
            TRY(str_to_i64(member->fallback, &number->value));
            number->present = true;
        } else {
            *(str *)(void *)slot = member->fallback;
        }
    }
    return RC_OK;
}

static bool is_scalar(const struct api_shape *shape)
{
    return shape->type != API_LIST && shape->type != API_MAP && shape->type != API_STRUCT;
}

/* Decodes the plain parameters and collects those that belong together; parameters that belong to
 * nothing are passed over. */
static enum rc decode_pairs(struct decoder *d, const struct api_shape *shape,
                            const struct form *form, void *in, struct part *parts,
                            size_t *ret_count)
{
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++) {
        const struct form_pair *pair = &form->pairs[i];
        struct part part = { pair->name, pair->name, pair->value };
        str segment = first_segment(pair->name);
        const struct api_member *member = segment.len > 0 ? member_of(shape, segment) : NULL;
        if (member == NULL) {
            continue;
        }
        if (segment.len < pair->name.len || !is_scalar(member->shape)) {
            parts[count++] = part;
            continue;
        }
        char *slot = (char *)in + member->offset;
        if (shape_is_present(member->shape, slot)) {
            return malformed(d, pair->name, "Given twice");
        }
        TRY(decode_scalar(d, member->shape, &part, slot));
    }
    *ret_count = count;
    return RC_OK;
}

enum rc protocol_decode(const struct api_operation *op, const struct form *form,
                        struct arena *arena, void **ret_in, struct api_fault *reterr)
{
    struct decoder d = { arena, reterr };
    struct part *parts;
    size_t count = 0;
    bool any;
    void *in;

    if (op->in == NULL) {
        *ret_in = NULL;
        return RC_OK;
    }
    in = arena_alloc(arena, op->in->size);
    parts = NEW_ARRAY(arena, form->count, struct part);
    if (in == NULL || parts == NULL) {
        return RC_NOMEM;
    }
    TRY(decode_pairs(&d, op->in, form, in, parts, &count));
    TRY(sort_parts(arena, &parts, count));
    TRY(decode_members(&d, op->in, parts, count, in, &any));
    TRY(validate(op, in, arena, reterr));
    TRY(fill_fallbacks(op->in, in));
    *ret_in = in;
    return RC_OK;
}
