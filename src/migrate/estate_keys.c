/* access-keys.json and credential-report.csv. */
#include <inttypes.h>

#include "codec/base64.h"
#include "codec/csv.h"
#include "codec/date.h"
#include "migrate/estate_read.h"

static const str keys_file = STR_INIT(ESTATE_KEYS), report_file = STR_INIT(ESTATE_REPORT);
enum { COLUMNS_MAX = 128, REPORT_MAX = 256 << 20 };

/* -- access-keys.json ---------------------------------------------------------------------------- */

struct keys_reader {
    struct estate *estate;
    size_t room;
    struct table owners; /* id -> struct json of the first entry */
};

static bool looks_like_id(str id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (!ascii_is_digit(id.ptr[i]) && !(id.ptr[i] >= 'A' && id.ptr[i] <= 'Z')) {
            return false;
        }
    }
    return str_starts(id, STR("AKIA"));
}

/* True: the entry is to be left out. */
static bool is_again(struct keys_reader *r, str id, str user, uint64_t line)
{
    const str *owner = table_get(&r->owners, id);

    if (owner != NULL && str_eq(*owner, user)) {
        estate_problem(r->estate, keys_file, line, "%.*s of %.*s is there a second time", FMT(id),
                       FMT(user));
    } else if (owner != NULL) {
        estate_problem(r->estate, keys_file, line,
                       "%.*s is of %.*s here and of %.*s further up: what stands first counts",
                       FMT(id), FMT(user), FMT(*owner));
    }
    return owner != NULL;
}

static enum rc remember_owner(struct keys_reader *r, str id, str user)
{
    str *owner = NEW(&r->estate->arena, str);

    if (owner == NULL) {
        return RC_NOMEM;
    }
    *owner = user;
    return table_set(&r->owners, id, owner, NULL);
}

static enum rc add_key(struct keys_reader *r, const struct json *item, str user, uint64_t line)
{
    struct estate *estate = r->estate;
    str id = estate_text(item, STR("AccessKeyId"));
    str own = estate_text(item, STR("UserName"));

    if (id.len == 0 || (own.len == 0 && user.len == 0)) {
        estate_problem(estate, keys_file, line + item->span.line,
                       "a key without AccessKeyId or UserName");
        return RC_OK;
    }
    if (!looks_like_id(id)) {
        estate_problem(estate, keys_file, line + item->span.line,
                       "\"%.*s\" of %.*s is no access key id", FMT(id),
                       FMT(own.len > 0 ? own : user));
    }
    if (is_again(r, id, own.len > 0 ? own : user, line + item->span.line)) {
        return RC_OK;
    }
    if (estate->key_count == r->room) {
        size_t more = r->room == 0 ? 64 : r->room * 2;
        struct estate_key *keys = NEW_ARRAY(&estate->arena, more, struct estate_key);
        if (keys == NULL) {
            return RC_NOMEM;
        }
        if (estate->key_count > 0) {
            memcpy(keys, estate->keys, estate->key_count * sizeof(*keys));
        }
        estate->keys = keys;
        r->room = more;
    }
    TRY(remember_owner(r, id, own.len > 0 ? own : user));
    estate->keys[estate->key_count++] = (struct estate_key){
        .id = id,
        .user = own.len > 0 ? own : user,
        .active = str_eq(estate_text(item, STR("Status")), STR("Active")),
        .listed = true,
        .created_s = estate_time(estate_text(item, STR("CreateDate"))),
        .last_used_s = ESTATE_NEVER,
    };
    return RC_OK;
}

static enum rc add_page(struct keys_reader *r, const struct json *page, uint64_t line, bool *ret)
{
    const struct json *list = json_member(page, STR("AccessKeyMetadata"));
    str user = estate_text(page, STR("UserName"));

    *ret = true;
    if (list == NULL && json_member(page, STR("AccessKeyId")) != NULL) {
        return add_key(r, page, user, line);
    }
    if (list == NULL || list->type != JSON_ARRAY) {
        *ret = false;
        return RC_OK;
    }
    for (const struct json *key = list->first; key != NULL; key = key->next) {
        TRY(add_key(r, key, user, line));
    }
    return RC_OK;
}

static enum rc add_pages(struct keys_reader *r, const struct estate_pages *pages, str text)
{
    size_t good = 0;
    bool is_page;

    for (size_t i = 0; i < pages->count; i++) {
        TRY(add_page(r, pages->items[i], pages->lines[i], &is_page));
        good += is_page;
        if (!is_page) {
            estate_problem(
                r->estate, keys_file, pages->lines[i] + pages->items[i]->span.line,
                "neither AccessKeyMetadata nor a key%.*s",
                FMT(pages->count == 1 ? estate_face(r->estate, keys_file, text) : STR("")));
        }
    }
    return pages->count > 0 && good == 0 ? RC_SYNTAX : RC_OK;
}

enum rc estate_read_keys(struct estate *estate)
{
    static const uint8_t hash_key[16] = { 2 };
    struct keys_reader r = { .estate = estate };
    struct estate_pages pages;
    str text;
    enum rc rc = estate_pages_read(estate, keys_file, &pages, &text);

    if (rc == RC_OK || rc == RC_SYNTAX ||
        rc == RC_LIMIT) { /* what stands before the fault counts */
        table_init(&r.owners, &estate->arena.as_alloc, hash_key);
        TRY(add_pages(&r, &pages, text));
    }
    return rc;
}

/* -- credential-report.csv ----------------------------------------------------------------------- */

enum cell_kind { CELL_TEXT, CELL_TIME, CELL_FLAG };

#define REPORT(name, kind, field)                                                                  \
    {                                                                                              \
        STR_INIT(name), kind, offsetof(struct estate_report, field)                                \
    }
static const struct report_column {
    str name;
    enum cell_kind kind;
    size_t offset;
} report_columns[] = {
    REPORT("user", CELL_TEXT, user),
    REPORT("arn", CELL_TEXT, arn),
    REPORT("user_creation_time", CELL_TIME, created_s),
    REPORT("password_enabled", CELL_FLAG, password_enabled),
    REPORT("password_last_used", CELL_TIME, password_used_s),
    REPORT("password_last_changed", CELL_TIME, password_changed_s),
    REPORT("mfa_active", CELL_FLAG, mfa_active),
    REPORT("access_key_1_active", CELL_FLAG, keys[0].active),
    REPORT("access_key_1_last_rotated", CELL_TIME, keys[0].rotated_s),
    REPORT("access_key_1_last_used_date", CELL_TIME, keys[0].used_s),
    REPORT("access_key_1_last_used_region", CELL_TEXT, keys[0].region),
    REPORT("access_key_1_last_used_service", CELL_TEXT, keys[0].service),
    REPORT("access_key_2_active", CELL_FLAG, keys[1].active),
    REPORT("access_key_2_last_rotated", CELL_TIME, keys[1].rotated_s),
    REPORT("access_key_2_last_used_date", CELL_TIME, keys[1].used_s),
    REPORT("access_key_2_last_used_region", CELL_TEXT, keys[1].region),
    REPORT("access_key_2_last_used_service", CELL_TEXT, keys[1].service),
    REPORT("cert_1_active", CELL_FLAG, cert_active),
};

/* Values that say there is none. */
static bool says_nothing(str cell)
{
    static const str words[] = { STR_INIT(""), STR_INIT("N/A"), STR_INIT("no_information"),
                                 STR_INIT("not_supported") };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_eq(cell, words[i])) {
            return true;
        }
    }
    return false;
}

static void store_cell(struct estate *estate, const struct report_column *column, str cell,
                       struct estate_report *row)
{
    char *at = (char *)row + column->offset;

    switch (column->kind) {
    case CELL_TEXT:
        *(str *)(void *)at = says_nothing(cell) ? STR_NONE : cell;
        break;
    case CELL_TIME:
        *(int64_t *)(void *)at = estate_time(cell);
        if (!says_nothing(cell) && *(int64_t *)(void *)at == ESTATE_NEVER) {
            estate_problem(estate, report_file, row->line, "%.*s: \"%.*s\" is no time",
                           FMT(column->name), FMT(cell));
        }
        break;
    case CELL_FLAG:
        *(bool *)(void *)at = str_eq_nocase(cell, STR("true"));
        break;
    }
}

struct header { /* which column of the file fills which of ours; COUNT_OF(report_columns): none */
    size_t fills[COLUMNS_MAX];
    size_t count;
};

static enum rc read_header(struct estate *estate, str text, const str *cells, size_t count,
                           struct header *ret)
{
    bool has_user = false;

    ret->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t c = 0;
        while (c < COUNT_OF(report_columns) &&
               !str_eq_nocase(str_trim(cells[i]), report_columns[c].name)) {
            c++;
        }
        ret->fills[i] = c;
        has_user |= c == 0;
    }
    if (!has_user) {
        estate_problem(estate, report_file, 1,
                       "no column is named user: no credential report%s%.*s",
                       count == 1 && memchr(cells[0].ptr, ';', cells[0].len) != NULL
                           ? " (its columns end in semicolons, not in commas)"
                           : "",
                       FMT(estate_face(estate, report_file, text)));
        return RC_SYNTAX;
    }
    return RC_OK;
}

static enum rc add_row(struct estate *estate, const struct header *header, const str *cells,
                       size_t count, uint64_t line)
{
    struct estate_report *row = &estate->reports[estate->report_count];

    *row = (struct estate_report){ .created_s = ESTATE_NEVER,
                                   .password_used_s = ESTATE_NEVER,
                                   .password_changed_s = ESTATE_NEVER,
                                   .line = line };
    for (int k = 0; k < 2; k++) {
        row->keys[k].rotated_s = row->keys[k].used_s = ESTATE_NEVER;
    }
    if (count != header->count) {
        estate_problem(estate, report_file, line, "%zu cell%s, not %zu as the header", count,
                       PLURAL(count), header->count);
        estate->report_bad_rows++;
        return RC_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (header->fills[i] < COUNT_OF(report_columns)) {
            store_cell(estate, &report_columns[header->fills[i]], cells[i], row);
        }
    }
    estate->report_count += row->user.len > 0;
    return RC_OK;
}

static enum rc has_rows(struct estate *estate)
{
    if (estate->report_count == 0) {
        estate_problem(estate, report_file, 0, "holds no row of a user: export it again");
        return RC_SYNTAX;
    }
    return RC_OK;
}

static enum rc read_rows(struct estate *estate, str text)
{
    str cells[COLUMNS_MAX], rest = text;
    struct header header = { .count = 0 };
    uint64_t line = 1;
    size_t count;

    estate->reports = NEW_ARRAY(&estate->arena, str_count(text, '\n') + 2, struct estate_report);
    if (estate->reports == NULL) {
        return RC_NOMEM;
    }
    for (bool first = true;; first = false) {
        str before = rest;
        enum rc rc = csv_take_row(&rest, true, &estate->arena, cells, COLUMNS_MAX, &count);
        if (rc == RC_NOENT) {
            return has_rows(estate);
        }
        if (rc == RC_OK) {
            TRY(first ? read_header(estate, text, cells, count, &header)
                      : add_row(estate, &header, cells, count, line));
        } else if (rc == RC_NOMEM || first) {
            estate_problem(estate, report_file, line, "the header cannot be read%.*s",
                           FMT(estate_face(estate, report_file, text)));
            return rc;
        } else {
            estate->report_bad_rows++;
            estate_problem(estate, report_file, line, "this line is no CSV");
        }
        line += str_count(str_slice(before, 0, before.len - rest.len), '\n');
    }
}

/* {"Content": "base64 or CSV", "GeneratedTime": "..."} */
static enum rc unwrap_answer(struct estate *estate, str *text)
{
    static const struct json_limits limits = { 4, 100, .repeats = false };
    struct json_error error;
    struct json *answer;
    str content;
    buf out = buf_arena(&estate->arena, REPORT_MAX);
    enum rc rc = json_parse(*text, &limits, &estate->arena, &answer, &error);

    if (rc != RC_OK) {
        estate_problem(estate, report_file, error.line, "no JSON: %s%.*s", error.reason,
                       FMT(estate_face(estate, report_file, *text)));
        return rc;
    }
    content = estate_text(answer, STR("Content"));
    estate->report_s = estate_time(estate_text(answer, STR("GeneratedTime")));
    if (content.ptr == NULL) {
        estate_problem(estate, report_file, 1, "no Content in the answer%.*s",
                       FMT(estate_face(estate, report_file, *text)));
        return RC_SYNTAX;
    }
    if (memchr(content.ptr, ',', content.len) != NULL) {
        *text = content;
        return RC_OK;
    }
    rc = base64_decode(BASE64_STANDARD, content, &out);
    if (rc != RC_OK) {
        estate_problem(estate, report_file, 1, "Content is neither CSV nor base64");
        return rc;
    }
    *text = buf_str(&out);
    return RC_OK;
}

/* The file itself in base64, as `--query Content --output text` writes it. */
static void unwrap_base64(struct estate *estate, str *text)
{
    buf out = buf_arena(&estate->arena, REPORT_MAX);

    if (memchr(text->ptr, ',', text->len) == NULL &&
        base64_decode(BASE64_STANDARD, str_trim(*text), &out) == RC_OK) {
        *text = buf_str(&out);
    }
}

enum rc estate_report_text(struct estate *estate, str text)
{
    (void)take_prefix(&text, STR("\xEF\xBB\xBF"));
    if (str_starts(str_trim(text), STR("{"))) {
        TRY(unwrap_answer(estate, &text));
    } else {
        unwrap_base64(estate, &text);
    }
    return read_rows(estate, text);
}

enum rc estate_read_report(struct estate *estate)
{
    str text;

    TRY(estate_file_text(estate, report_file, REPORT_MAX, &text));
    return estate_report_text(estate, text);
}
