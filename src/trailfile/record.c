#include "trailfile/record.h"

#include "base/arena.h"
#include "codec/date.h"

enum kind {
    TEXT,  /* a string; a number or true or false as written */
    FLAG,  /* true or false, also as a string */
    RAW,   /* any value as written; absent when null */
    INTO,  /* an object with a shape of its own */
    INNER, /* the wrapping's */
    ID,    /* a TEXT that memo->on_id is told of */
};
enum shape_id { SHAPE_RECORD, SHAPE_IDENTITY, SHAPE_CONTEXT, SHAPE_ISSUER, SHAPE_ATTRIBUTES };

struct member {
    str name;
    uint8_t kind;
    uint8_t into; /* enum shape_id */
    uint16_t offset;
};

#define AT(field) offsetof(struct trail_event, field)
#define ROW(name, kind, field)                                                                     \
    {                                                                                              \
        STR_INIT(name), kind, 0, AT(field)                                                         \
    }
#define ROW_INTO(name, shape)                                                                      \
    {                                                                                              \
        STR_INIT(name), INTO, shape, 0                                                             \
    }

/* Rows stand by the length of their names. */
static const struct member record_rows[] = {
    ROW("eventID", ID, event_id),
    ROW("readOnly", FLAG, read_only),
    ROW("eventTime", TEXT, time),
    ROW("eventName", TEXT, name),
    ROW("awsRegion", TEXT, region),
    ROW("userAgent", TEXT, user_agent),
    ROW("errorCode", TEXT, error_code),
    ROW("requestID", TEXT, request_id),
    ROW("eventType", TEXT, type),
    ROW("resources", RAW, resources),
    ROW("@timestamp", TEXT, time_logged),
    ROW("apiVersion", TEXT, api_version),
    ROW("tlsDetails", RAW, tls),
    ROW("eventSource", TEXT, source),
    ROW("eventVersion", TEXT, version),
    ROW_INTO("userIdentity", SHAPE_IDENTITY),
    ROW("errorMessage", TEXT, error_message),
    ROW("sharedEventID", TEXT, shared_event_id),
    ROW("eventCategory", TEXT, category),
    ROW("vpcEndpointId", TEXT, vpc_endpoint),
    { STR_INIT("CloudTrailEvent"), INNER, 0, 0 },
    ROW("managementEvent", FLAG, management_event),
    ROW("sourceIPAddress", TEXT, source_address),
    ROW("responseElements", RAW, response),
    ROW("requestParameters", RAW, request),
    ROW("recipientAccountId", TEXT, recipient_account),
    ROW("serviceEventDetails", RAW, service_details),
    ROW("additionalEventData", RAW, additional),
    ROW("sessionCredentialFromConsole", FLAG, from_console),
};
static const struct member identity_rows[] = {
    ROW("arn", TEXT, who.arn),
    ROW("type", TEXT, who.type),
    ROW("userName", TEXT, who.user_name),
    ROW("accountId", TEXT, who.account),
    ROW("invokedBy", TEXT, who.invoked_by),
    ROW("onBehalfOf", RAW, who.on_behalf_of),
    ROW("principalId", TEXT, who.principal_id),
    ROW("accessKeyId", TEXT, who.access_key_id),
    ROW_INTO("sessionContext", SHAPE_CONTEXT),
    ROW("identityProvider", TEXT, who.provider),
};
static const struct member context_rows[] = {
    ROW_INTO("attributes", SHAPE_ATTRIBUTES),
    ROW_INTO("sessionIssuer", SHAPE_ISSUER),
    ROW("sourceIdentity", TEXT, who.source_identity),
    ROW("webIdFederationData", RAW, who.web_id),
};
static const struct member issuer_rows[] = {
    ROW("arn", TEXT, who.issuer_arn),        ROW("type", TEXT, who.issuer_type),
    ROW("userName", TEXT, who.issuer_name),  ROW("accountId", TEXT, who.issuer_account),
    ROW("principalId", TEXT, who.issuer_id),
};
static const struct member attribute_rows[] = {
    ROW("creationDate", TEXT, who.session_created),
    ROW("mfaAuthenticated", TEXT, who.mfa),
};

static const struct {
    const struct member *rows;
    uint8_t count;
} shapes[SHAPES] = {
    [SHAPE_RECORD] = { record_rows, COUNT_OF(record_rows) },
    [SHAPE_IDENTITY] = { identity_rows, COUNT_OF(identity_rows) },
    [SHAPE_CONTEXT] = { context_rows, COUNT_OF(context_rows) },
    [SHAPE_ISSUER] = { issuer_rows, COUNT_OF(issuer_rows) },
    [SHAPE_ATTRIBUTES] = { attribute_rows, COUNT_OF(attribute_rows) },
};
_Static_assert(COUNT_OF(record_rows) < SHAPE_ROWS_MAX, "next[] has room for every row");

enum { KEY_NUMBERS_MAX = 24 }; /* longer names are compared in full */

/* Up to 8 bytes; more may be readable behind them. */
static inline uint64_t load(const char *at, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, at, len < 8 ? len : 8);
    return word;
}

static struct record_key key_of(str name)
{
    return (struct record_key){
        .first = load(name.ptr, name.len),
        .mask = load("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", name.len),
        .middle = name.len > 16 ? load(name.ptr + 8, 8) : 0,
        .last = name.len > 8 ? load(name.ptr + name.len - 8, 8) : 0,
        .len = name.len,
    };
}

void record_memo_init(struct record_memo *memo)
{
    *memo = (struct record_memo){ .day_s = INT64_MIN };
    for (unsigned id = 0; id < SHAPES; id++) {
        uint8_t row = 0;
        for (unsigned i = 0; i < shapes[id].count; i++) {
            memo->keys[id][i] = key_of(shapes[id].rows[i].name);
        }
        for (size_t len = 0; len <= KEY_LEN_MAX; len++) {
            while (row < shapes[id].count && shapes[id].rows[row].name.len < len) {
                row++;
            }
            memo->shapes[id].start[len] = row;
        }
    }
}

/* text is padded: eight bytes can be read wherever a key begins. */
static inline bool begins_with(const struct record_key *k, const char *name, const char *at)
{
    uint64_t first;

    memcpy(&first, at, 8);
    if (((first ^ k->first) & k->mask) != 0) {
        return false;
    }
    if (k->len <= 8) {
        return true;
    }
    if (load(at + k->len - 8, 8) != k->last) {
        return false;
    }
    if (k->len > KEY_NUMBERS_MAX) {
        return memcmp(name, at, k->len) == 0;
    }
    return k->len <= 16 || load(at + 8, 8) == k->middle;
}

static inline bool is_row(const struct record_memo *memo, enum shape_id id, unsigned row, str key)
{
    return memo->keys[id][row].len == key.len &&
           begins_with(&memo->keys[id][row], shapes[id].rows[row].name.ptr, key.ptr);
}

/* At the quote of a key: whether it is the row that followed last time, written without spaces. Then it
 * is taken with its colon. */
static inline bool take_expected(struct scan *s, const struct record_memo *memo, enum shape_id id,
                                 unsigned row)
{
    const struct record_key *k = &memo->keys[id][row];
    const char *at = s->index->text + s->at + 1; /* INDEX_PADDING bytes follow the text */

    if (!begins_with(k, shapes[id].rows[row].name.ptr, at) || at[k->len] != '"' ||
        at[k->len + 1] != ':' || s->at + k->len + 3 >= s->index->len ||
        ascii_is_space(at[k->len + 2])) {
        return false;
    }
    s->at += k->len + 3;
    return true;
}

/* The row of a key, or the count of rows. `place`: the row before, plus one. */
static unsigned row_of(struct record_memo *memo, enum shape_id id, unsigned place, str key)
{
    unsigned row;

    if (key.len > KEY_LEN_MAX) {
        return shapes[id].count;
    }
    for (row = memo->shapes[id].start[key.len]; row < shapes[id].count; row++) {
        if (shapes[id].rows[row].name.len != key.len) {
            return shapes[id].count;
        }
        if (is_row(memo, id, row, key)) {
            memo->shapes[id].next[place] = (uint8_t)row;
            return row;
        }
    }
    return row;
}

static enum trail_flag flag_of(const struct trail_value *value)
{
    if (value->type == VALUE_TRUE || str_eq(value->raw, STR("\"true\""))) {
        return FLAG_TRUE;
    }
    if (value->type == VALUE_FALSE || str_eq(value->raw, STR("\"false\""))) {
        return FLAG_FALSE;
    }
    return FLAG_ABSENT;
}

static str text_of(const struct trail_value *value)
{
    switch (value->type) {
    case VALUE_STRING:
        return str_from(value->raw.ptr + 1, value->raw.len - 2);
    case VALUE_NUMBER:
    case VALUE_TRUE:
    case VALUE_FALSE:
        return value->raw;
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return STR_NONE;
}

static bool store_value(struct scan *s, const struct record_memo *memo, const struct member *m,
                        struct trail_event *event, struct record_wrapping *wrapping)
{
    char *base = (char *)event + m->offset;
    struct trail_value value = { VALUE_NONE, STR_NONE };

    if (LIKELY(m->kind == TEXT && s->index->text[s->at] == '"')) {
        return scan_string(s, (str *)(void *)base);
    }
    if (!scan_value(s, &value)) {
        return false;
    }
    if (m->kind == TEXT || m->kind == ID) {
        *(str *)(void *)base = text_of(&value);
        if (m->kind == ID && memo->on_id != NULL) {
            memo->on_id(memo->on_id_context, *(str *)(void *)base);
        }
    } else if (m->kind == RAW) {
        *(str *)(void *)base = value.type == VALUE_NULL ? STR_NONE : value.raw;
    } else if (m->kind == FLAG) {
        *(enum trail_flag *)(void *)base = flag_of(&value);
    } else if (m->kind == INNER && value.type == VALUE_STRING) {
        wrapping->inner = text_of(&value);
    }
    return true;
}

/* At '{'. The depth is that of the tables: shapes do not lead back. */
static bool fill(struct scan *s, struct record_memo *memo, enum shape_id id,
                 struct trail_event *event, struct record_wrapping *wrapping)
{
    uint64_t seen = 0;
    unsigned place = 0;
    bool first = true;
    str key;

    s->at++;
    while (scan_to_key(s, &first)) {
        unsigned row = memo->shapes[id].next[place];
        const struct member *m;
        if (UNLIKELY(!take_expected(s, memo, id, row))) {
            if (!scan_take_key(s, &key)) {
                return false;
            }
            row = row_of(memo, id, place, key);
        }
        m = &shapes[id].rows[row];
        if (UNLIKELY(row == shapes[id].count)) {
            struct trail_value skipped;
            if (!scan_value(s, &skipped)) {
                return false;
            }
            continue;
        }
        place = row + 1;
        if ((seen >> row & 1) != 0) {
            return scan_fail(s, "the same member twice");
        }
        seen |= (uint64_t)1 << row;
        if (m->kind == INTO && s->index->text[s->at] == '{') {
            if (!fill(s, memo, m->into, event, wrapping)) {
                return false;
            }
        } else if (!store_value(s, memo, m, event, wrapping)) {
            return false;
        }
    }
    return s->reason == NULL;
}

static bool two_digits(const char *at, int64_t below, int64_t *ret)
{
    if (!ascii_is_digit(at[0]) || !ascii_is_digit(at[1])) {
        return false;
    }
    *ret = (at[0] - '0') * 10 + (at[1] - '0');
    return *ret < below;
}

/* "2026-01-05T00:02:46Z", with the date remembered; anything else the careful way. */
static int64_t time_of(struct record_memo *memo, str text)
{
    struct instant instant;
    int64_t hour, minute, second;

    if (text.len == 20 && memo->day_s != INT64_MIN && memcmp(text.ptr, memo->day, 10) == 0 &&
        text.ptr[10] == 'T' && text.ptr[13] == ':' && text.ptr[16] == ':' && text.ptr[19] == 'Z' &&
        two_digits(text.ptr + 11, 24, &hour) && two_digits(text.ptr + 14, 60, &minute) &&
        two_digits(text.ptr + 17, 60, &second)) {
        return memo->day_s + hour * 3600 + minute * 60 + second;
    }
    if (text.ptr == NULL || date_parse_instant(text, &instant) != RC_OK) {
        return INT64_MIN;
    }
    if (text.len >= 10 && text.ptr[text.len - 1] == 'Z') {
        int64_t day = 86400;
        memcpy(memo->day, text.ptr, 10);
        memo->day_s = instant.unix_s - (instant.unix_s % day + day) % day;
    }
    return instant.unix_s;
}

bool record_read(struct scan *s, struct record_memo *memo, struct trail_event *event,
                 struct record_wrapping *wrapping)
{
    size_t start = s->at;

    if (!fill(s, memo, SHAPE_RECORD, event, wrapping)) {
        return false;
    }
    event->index = s->index;
    event->raw = str_from(s->index->text + start, s->at - start);
    if (event->time.ptr == NULL) {
        event->time = event->time_logged;
    }
    event->time_s = time_of(memo, event->time);
    return true;
}

bool record_has_escapes(const struct trail_event *event)
{
    size_t from = (size_t)(event->raw.ptr - event->index->text);
    size_t to = from + event->raw.len;
    uint64_t any = 0;

    for (size_t block = from / INDEX_BLOCK; block <= (to - 1) / INDEX_BLOCK; block++) {
        any |= event->index->blocks[block].escapes;
    }
    return any != 0;
}

static enum rc unescape_row(struct trail_event *event, const struct member *m)
{
    str *text = (str *)(void *)((char *)event + m->offset);
    struct trail_value value;

    if (text->len == 0 || memchr(text->ptr, '\\', text->len) == NULL) {
        return RC_OK;
    }
    value = (struct trail_value){ VALUE_STRING, str_from(text->ptr - 1, text->len + 2) };
    *text = trail_value_text(event, &value);
    return text->ptr == NULL ? RC_SYNTAX : RC_OK;
}

enum rc record_unescape(struct trail_event *event)
{
    for (unsigned id = 0; id < SHAPES; id++) {
        for (unsigned row = 0; row < shapes[id].count; row++) {
            if (shapes[id].rows[row].kind == TEXT || shapes[id].rows[row].kind == ID) {
                TRY(unescape_row(event, &shapes[id].rows[row]));
            }
        }
    }
    return RC_OK;
}
