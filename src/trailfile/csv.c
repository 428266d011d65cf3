#include "trailfile/csv.h"

#include "codec/csv.h"
#include "codec/json.h"

enum column_kind {
    COLUMN_RECORD,   /* a whole record */
    COLUMN_TEXT,     /* a string */
    COLUMN_JSON,     /* JSON as it is, or nothing */
    COLUMN_IDENTITY, /* JSON, or "{type=IAMUser, principalid=AIDA..., ...}" */
};

/* Names compare without regard to case and underscores. */
static const struct {
    str name; /* of the member in a record */
    enum column_kind kind;
} csv_columns[] = {
    { STR_INIT("CloudTrailEvent"), COLUMN_RECORD },
    { STR_INIT("eventJson"), COLUMN_RECORD },
    { STR_INIT("message"), COLUMN_RECORD },
    { STR_INIT("eventVersion"), COLUMN_TEXT },
    { STR_INIT("userIdentity"), COLUMN_IDENTITY },
    { STR_INIT("eventTime"), COLUMN_TEXT },
    { STR_INIT("eventSource"), COLUMN_TEXT },
    { STR_INIT("eventName"), COLUMN_TEXT },
    { STR_INIT("awsRegion"), COLUMN_TEXT },
    { STR_INIT("sourceIPAddress"), COLUMN_TEXT },
    { STR_INIT("userAgent"), COLUMN_TEXT },
    { STR_INIT("errorCode"), COLUMN_TEXT },
    { STR_INIT("errorMessage"), COLUMN_TEXT },
    { STR_INIT("requestParameters"), COLUMN_JSON },
    { STR_INIT("responseElements"), COLUMN_JSON },
    { STR_INIT("additionalEventData"), COLUMN_JSON },
    { STR_INIT("requestID"), COLUMN_TEXT },
    { STR_INIT("eventID"), COLUMN_TEXT },
    { STR_INIT("readOnly"), COLUMN_TEXT },
    { STR_INIT("resources"), COLUMN_JSON },
    { STR_INIT("eventType"), COLUMN_TEXT },
    { STR_INIT("apiVersion"), COLUMN_TEXT },
    { STR_INIT("recipientAccountId"), COLUMN_TEXT },
    { STR_INIT("sharedEventID"), COLUMN_TEXT },
    { STR_INIT("vpcEndpointId"), COLUMN_TEXT },
    { STR_INIT("managementEvent"), COLUMN_TEXT },
    { STR_INIT("eventCategory"), COLUMN_TEXT },
};
enum { COLUMNS_KNOWN_LEAST = 2, ROW_JSON_MAX = 2 * TRAIL_RECORD_MAX };

/* Members inside userIdentity, which Athena prints in lower case. */
static const str identity_names[] = {
    STR_INIT("principalId"),    STR_INIT("accountId"),        STR_INIT("accessKeyId"),
    STR_INIT("userName"),       STR_INIT("invokedBy"),        STR_INIT("sessionContext"),
    STR_INIT("sessionIssuer"),  STR_INIT("creationDate"),     STR_INIT("mfaAuthenticated"),
    STR_INIT("sourceIdentity"), STR_INIT("identityProvider"),
};

void csv_init(struct csv *csv)
{
    *csv = (struct csv){ .is_csv = false };
    arena_init(&csv->arena, &heap, 1 << 16, 4 * ROW_JSON_MAX);
}

void csv_done(struct csv *csv)
{
    arena_done(&csv->arena);
}

static bool same_name(str a, str b)
{
    size_t i = 0, j = 0;

    for (; i < a.len; i++) {
        if (a.ptr[i] == '_' || a.ptr[i] == ' ') {
            continue;
        }
        if (j == b.len || ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[j])) {
            return false;
        }
        j++;
    }
    return j == b.len;
}

static int8_t column_of(str name)
{
    for (size_t i = 0; i < COUNT_OF(csv_columns); i++) {
        if (same_name(name, csv_columns[i].name)) {
            return (int8_t)i;
        }
    }
    return -1;
}

void csv_file(struct csv *csv, str text)
{
    str cells[CSV_COLUMNS_MAX], rest = text;
    size_t known = 0, records = 0;

    csv->is_csv = csv->has_header = false;
    (void)take_prefix(&rest, STR("\xEF\xBB\xBF"));
    text = str_trim(rest);
    if (text.len == 0 || text.ptr[0] == '{' || text.ptr[0] == '[') {
        return;
    }
    if (csv_take_row(&rest, true, &csv->arena, cells, CSV_COLUMNS_MAX, &csv->count) == RC_OK) {
        for (size_t i = 0; i < csv->count; i++) {
            csv->columns[i] = column_of(cells[i]);
            known += csv->columns[i] >= 0;
            records += csv->columns[i] >= 0 && csv_columns[csv->columns[i]].kind == COLUMN_RECORD;
        }
    }
    csv->is_csv = known >= COLUMNS_KNOWN_LEAST || records > 0;
    arena_reset(&csv->arena);
}

static str identity_name(str name)
{
    for (size_t i = 0; i < COUNT_OF(identity_names); i++) {
        if (str_eq_nocase(name, identity_names[i])) {
            return identity_names[i];
        }
    }
    return name;
}

/* "{a=b, c={d=e}}". No depth is counted: braces only open and close. */
static void identity_json(str text, struct json_out *out)
{
    size_t depth = 0;

    while (text.len > 0) {
        char c = text.ptr[0];
        if (c == '{') {
            json_open(out, '{');
            depth++;
            text = str_skip(text, 1);
        } else if (c == '}' && depth > 0) {
            json_close(out, '}');
            depth--;
            text = str_skip(text, 1);
        } else if (c == ',' || ascii_is_space(c)) {
            text = str_skip(text, 1);
        } else {
            str name, value;
            size_t len = 0;
            if (depth == 0 || !take_until(&text, '=', &name)) {
                break;
            }
            json_key(out, identity_name(name));
            if (text.len > 0 && text.ptr[0] == '{') {
                continue;
            }
            while (len < text.len && text.ptr[len] != ',' && text.ptr[len] != '}') {
                len++;
            }
            value = str_slice(text, 0, len);
            text = str_skip(text, len);
            if (str_eq(value, STR("null"))) {
                json_null(out);
            } else {
                json_str(out, value);
            }
        }
    }
    for (; depth > 0; depth--) {
        json_close(out, '}');
    }
}

static bool is_json(str cell)
{
    cell = str_trim(cell);
    return cell.len > 1 && (cell.ptr[0] == '{' || cell.ptr[0] == '[') &&
           (cell.ptr[1] == '"' || cell.ptr[1] == '{' || cell.ptr[1] == '}' || cell.ptr[1] == ']' ||
            ascii_is_space(cell.ptr[1]));
}

static void add_cell(size_t column, str cell, struct json_out *out)
{
    if (cell.len == 0 || str_eq(cell, STR("null"))) {
        return;
    }
    switch (csv_columns[column].kind) {
    case COLUMN_RECORD:
        break;
    case COLUMN_TEXT:
        json_put_str(out, csv_columns[column].name, cell);
        break;
    case COLUMN_JSON:
    case COLUMN_IDENTITY:
        if (is_json(cell)) {
            json_own_key(out, csv_columns[column].name);
            json_raw(out, cell);
        } else if (csv_columns[column].kind == COLUMN_IDENTITY && cell.ptr[0] == '{') {
            json_own_key(out, csv_columns[column].name);
            identity_json(cell, out);
        }
        break;
    }
}

/* The record of a row as JSON; ptr NULL when there is no memory or it is too long. */
static str row_json(struct csv *csv, const str *cells, size_t count)
{
    buf text = buf_arena(&csv->arena, ROW_JSON_MAX);
    struct json_out out = { .out = &text };

    for (size_t i = 0; i < count; i++) {
        int8_t column = csv->columns[i];
        if (column >= 0 && csv_columns[column].kind == COLUMN_RECORD &&
            str_starts(str_trim(cells[i]), STR("{"))) {
            return cells[i];
        }
    }
    json_open(&out, '{');
    for (size_t i = 0; i < count; i++) {
        if (csv->columns[i] >= 0) {
            add_cell((size_t)csv->columns[i], cells[i], &out);
        }
    }
    json_close(&out, '}');
    return text.err == RC_OK ? buf_str(&text) : STR_NONE;
}

static enum rc take_row(struct csv *csv, struct finder *finder, const str *cells, size_t count,
                        uint64_t offset)
{
    const char *reason = "too long a row";
    enum rc rc = RC_SYNTAX;
    str json;

    if (count != csv->count) {
        reason = "a row with another number of cells than the first one";
    } else if ((json = row_json(csv, cells, count)).ptr != NULL) {
        rc = finder_inner(finder, json, offset, &reason);
    }
    arena_reset(&finder->arena);
    arena_reset(&csv->arena);
    if (rc == RC_SYNTAX) {
        finder->problem(finder->context, PROBLEM_RECORD, offset, str_cstr(reason));
        return RC_OK;
    }
    return rc;
}

enum rc csv_portion(struct csv *csv, struct finder *finder, str text, bool last, size_t *ret_used)
{
    str cells[CSV_COLUMNS_MAX], rest = text;
    size_t count;
    enum rc rc = RC_OK;

    while (rc == RC_OK) {
        uint64_t offset = finder->base + (text.len - rest.len);
        enum rc row = csv_take_row(&rest, last, &csv->arena, cells, CSV_COLUMNS_MAX, &count);
        if (row == RC_NOENT) {
            if (rest.len == text.len && text.len >= TRAIL_RECORD_MAX && !last) {
                finder->problem(finder->context, PROBLEM_TOO_LONG, offset,
                                STR("no end of a row within 4 MiB"));
                rest = str_skip(rest, rest.len);
            }
            break;
        }
        finder->found++;
        if (row != RC_OK) {
            finder->problem(finder->context, PROBLEM_JSON, offset, STR("a row that is no CSV"));
            rc = row == RC_NOMEM ? RC_NOMEM : RC_OK;
        } else if (!csv->has_header) {
            csv->has_header = true;
        } else {
            rc = take_row(csv, finder, cells, count, offset);
        }
    }
    *ret_used = text.len - rest.len;
    return rc;
}
