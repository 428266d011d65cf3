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

struct filling { /* one object of a record */
    struct scan *s;
    struct record_memo *memo;
    struct trail_event *event;
    struct record_wrapping *wrapping;
    enum shape_id id;
    uint64_t seen;  /* bit: row */
    unsigned place; /* the row before, plus one */
    bool first;
};

static void *field_of(const struct filling *f, const struct member *m)
{
    return (char *)f->event + m->offset;
}

static void store(const struct filling *f, const struct member *m, const struct trail_value *value)
{
    switch ((enum kind)m->kind) {
    case TEXT:
        *(str *)field_of(f, m) = text_of(value);
        break;
    case ID:
        *(str *)field_of(f, m) = text_of(value);
        if (f->memo->on_id != NULL) {
            f->event->id_hash = f->memo->on_id(f->memo->on_id_context, text_of(value));
        }
        break;
    case RAW:
        *(str *)field_of(f, m) = value->type == VALUE_NULL ? STR_NONE : value->raw;
        break;
    case FLAG:
        *(enum trail_flag *)field_of(f, m) = flag_of(value);
        break;
    case INNER:
        f->wrapping->inner = value->type == VALUE_STRING ? text_of(value) : f->wrapping->inner;
        break;
    case INTO: /* no object: as if it were not there */
        break;
    }
}

static bool fill(const struct filling *outer, enum shape_id id);

/* At the value of a member; m NULL: one that means nothing here. */
static bool take_value(struct filling *f, const struct member *m)
{
    struct trail_value value = { VALUE_NONE, STR_NONE };

    if (m != NULL && m->kind == INTO && f->s->index->text[f->s->at] == '{') {
        return fill(f, m->into);
    }
    if (!scan_value(f->s, &value)) {
        return false;
    }
    if (m != NULL) {
        store(f, m, &value);
    }
    return true;
}

static const struct member *met(struct filling *f, unsigned row)
{
    if (row == shapes[f->id].count) {
        return NULL;
    }
    f->place = row + 1;
    f->seen |= (uint64_t)1 << row;
    return &shapes[f->id].rows[row];
}

static bool is_met(const struct filling *f, unsigned row)
{
    return (f->seen >> row & 1) != 0;
}

/* One member however it is written. False at the object's end, which is taken, and on failure. */
static bool any_member(struct filling *f)
{
    unsigned row;
    str key;

    if (!scan_to_key(f->s, &f->first)) {
        return false;
    }
    f->s->next = NULL;
    if (!scan_take_key(f->s, &key)) {
        return false;
    }
    row = row_of(f->memo, f->id, f->place, key);
    if (is_met(f, row)) {
        return scan_fail(f->s, "the same member twice");
    }
    return take_value(f, met(f, row));
}

/* -- the fast way --------------------------------------------------------------------------------- */

/* Members written without spaces, as services write them, whose quotes are listed: where the next key
 * ends, and the string behind it, is known without looking. A copy of what struct filling and struct scan
 * say, so that it stays in registers. */
struct run {
    const char *text;
    const uint32_t *quote; /* the first one at or behind `at` */
    size_t at, comma;      /* comma: 1 when one is due */
    uint64_t seen;
    unsigned place;
};

static struct run run_start(const struct filling *f)
{
    const struct scan *s = f->s;

    return (struct run){ .text = s->index->text,
                         .quote = s->next != NULL ? s->next : index_list_at(s->index, s->at),
                         .at = s->at,
                         .comma = !f->first,
                         .seen = f->seen,
                         .place = f->place };
}

static void run_end(const struct run *r, struct filling *f)
{
    f->s->at = r->at;
    f->s->next = r->quote;
    f->first = r->comma == 0;
    f->seen = r->seen;
    f->place = r->place;
}

/* At ',' or, at the object's beginning, the quote of a key; *ret_value: where its value begins. */
SCAN_INLINE bool run_key(const struct run *r, str *ret_key, size_t *ret_value)
{
    size_t open = r->at + r->comma, close = r->quote[1];

    if (r->quote[0] != open || close == INDEX_NO_QUOTE || (r->comma && r->text[r->at] != ',') ||
        r->text[close + 1] != ':' || (unsigned char)r->text[close + 2] <= ' ') {
        return false;
    }
    *ret_key = str_from(r->text + open + 1, close - open - 1);
    *ret_value = close + 2;
    return true;
}

SCAN_INLINE void run_string(struct run *r, struct filling *f, const struct member *m, size_t value)
{
    size_t close = r->quote[3];

    if (LIKELY(m != NULL && m->kind == TEXT)) {
        *(str *)field_of(f, m) = str_from(r->text + value + 1, close - value - 1);
    } else if (m != NULL) {
        struct trail_value all = { VALUE_STRING, str_from(r->text + value, close + 1 - value) };
        store(f, m, &all);
    }
    r->at = close + 1;
    r->quote += 4;
}

/* A value that is no string. */
static bool run_other(struct run *r, struct filling *f, const struct member *m, size_t value)
{
    struct scan *s = f->s;
    char c = r->text[value];
    bool has_quotes = (c == '{' || c == '[') && !(c == '{' && m != NULL && m->kind == INTO);

    s->at = value;
    s->next = r->quote + 2; /* kept by the object of a shape */
    if (!take_value(f, m)) {
        return false;
    }
    r->at = s->at;
    r->quote = has_quotes || s->next == NULL ? index_list_at(s->index, s->at) : s->next;
    return true;
}

/* As many members as can be taken so; the rest is any_member's. False on failure. */
static bool run_members(struct filling *f)
{
    const struct record_key *keys = f->memo->keys[f->id];
    const uint8_t *expected = f->memo->shapes[f->id].next;
    const struct member *rows = shapes[f->id].rows;
    unsigned count = shapes[f->id].count;
    struct run r = run_start(f);
    size_t value;
    str key;

    while (r.quote != NULL && run_key(&r, &key, &value)) {
        unsigned row = expected[r.place];
        const struct member *m;
        if (UNLIKELY(keys[row].len != key.len ||
                     !begins_with(&keys[row], rows[row].name.ptr, key.ptr))) {
            row = row_of(f->memo, f->id, r.place, key);
        }
        m = row < count ? &rows[row] : NULL;
        if ((r.seen >> row & 1) != 0 || (r.text[value] == '"' && r.quote[3] == INDEX_NO_QUOTE)) {
            break;
        }
        if (LIKELY(r.text[value] == '"')) {
            run_string(&r, f, m, value);
        } else if (!run_other(&r, f, m, value)) {
            return false;
        }
        r.comma = 1;
        r.seen |= m == NULL ? 0 : (uint64_t)1 << row;
        r.place = m == NULL ? r.place : row + 1;
    }
    run_end(&r, f);
    return true;
}

/* At '{'. The depth is that of the tables: shapes do not lead back. */
static bool fill(const struct filling *outer, enum shape_id id)
{
    struct filling f = *outer;

    f.id = id;
    f.seen = f.place = 0;
    f.first = true;
    f.s->at++;
    do {
        if (!f.memo->plain && !run_members(&f)) {
            return false;
        }
    } while (any_member(&f));
    return f.s->reason == NULL;
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
    const struct filling record = { .s = s, .memo = memo, .event = event, .wrapping = wrapping };
    size_t start = s->at;

    s->next = NULL;
    if (!fill(&record, SHAPE_RECORD)) {
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

    if (event->index->last_escape <= from / INDEX_BLOCK) {
        return false;
    }
    for (size_t block = from / INDEX_BLOCK; block <= (to - 1) / INDEX_BLOCK; block++) {
        any |= index_block(event->index, block)->escapes;
    }
    return any != 0;
}

bool record_is_utf8(const struct trail_event *event)
{
    size_t from = (size_t)(event->raw.ptr - event->index->text);

    return event->index->last_high <= from / INDEX_BLOCK || str_is_utf8(event->raw);
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
