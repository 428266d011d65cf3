#include "migrate/inventory_fields.h"

#include "codec/date.h"
#include "migrate/estate_read.h"

#define FIELD(type, name, kind, member)                                                            \
    {                                                                                              \
        STR_INIT(name), kind, offsetof(type, member)                                               \
    }
#define USE(name, kind, member) FIELD(struct inventory_use, name, kind, member)
static const struct field use_rows[] = {
    USE("calls", FIELD_U64, calls),
    USE("denied", FIELD_U64, denied),
    USE("failed", FIELD_U64, failed),
    USE("reads", FIELD_U64, reads),
    USE("data_events", FIELD_U64, data),
    USE("with_mfa", FIELD_U64, with_mfa),
    USE("from_console", FIELD_U64, from_console),
    USE("forwarded", FIELD_U64, forwarded),
    USE("first", FIELD_TIME, first_s),
    USE("last", FIELD_TIME, last_s),
    USE("active_days", FIELD_U32, active_days),
    USE("longest_gap_days", FIELD_U32, longest_gap_days),
    USE("services", FIELD_NAMES, services),
    USE("actions", FIELD_NAMES, actions),
    USE("denied_actions", FIELD_NAMES, denied_actions),
    USE("regions", FIELD_NAMES, regions),
    USE("assumed_roles", FIELD_NAMES, assumed_roles),
};
static const struct field consumer_rows[] = {
    FIELD(struct inventory_consumer, "id", FIELD_TEXT, id),
    FIELD(struct inventory_consumer, "name", FIELD_TEXT, name),
};
#define KEY(name, kind, member) FIELD(struct inventory_key, name, kind, member)
static const struct field key_rows[] = {
    KEY("id", FIELD_TEXT, id),
    KEY("user", FIELD_TEXT, user),
    KEY("in_exports", FIELD_FLAG, known),
    KEY("active", FIELD_FLAG, active),
    KEY("created", FIELD_TIME, created_s),
    KEY("reported_last_use", FIELD_TIME, reported_s),
    KEY("reported_service", FIELD_TEXT, reported_service),
    KEY("sessions_made", FIELD_U64, sessions.made),
    KEY("sessions_used", FIELD_U64, sessions.used),
    KEY("session_calls", FIELD_U64, sessions.calls),
    KEY("sessions_as", FIELD_NAMES, sessions.as),
};
#define PRINCIPAL(name, kind, member) FIELD(struct inventory_principal, name, kind, member)
static const struct field principal_rows[] = {
    PRINCIPAL("arn", FIELD_TEXT, arn),
    PRINCIPAL("name", FIELD_TEXT, name),
    PRINCIPAL("id", FIELD_TEXT, id),
    PRINCIPAL("in_exports", FIELD_FLAG, known),
};
#define TOP(name, kind, member) FIELD(struct inventory, name, kind, member)
static const struct field top_rows[] = {
    TOP("account", FIELD_TEXT, account),
    TOP("first", FIELD_TIME, first_s),
    TOP("last", FIELD_TIME, last_s),
    TOP("days", FIELD_U32, days),
    TOP("days_seen", FIELD_U32, days_seen),
    TOP("files", FIELD_U64, trail.files),
    TOP("packed_bytes", FIELD_U64, trail.packed_bytes),
    TOP("text_bytes", FIELD_U64, trail.text_bytes),
    TOP("records", FIELD_U64, trail.records),
    TOP("duplicates", FIELD_U64, trail.duplicates),
    TOP("bad_records", FIELD_U64, trail.bad_records),
    TOP("digests", FIELD_U64, digests.digests),
    TOP("files_in_digests", FIELD_U64, digests.files_listed),
    TOP("files_verified", FIELD_U64, digests.files_verified),
    TOP("files_missing", FIELD_U64, digests.files_missing),
    TOP("files_changed", FIELD_U64, digests.files_differ),
    TOP("files_unlisted", FIELD_U64, digests.files_unlisted),
    TOP("digest_gaps", FIELD_U64, digests.chain_gaps),
    TOP("digest_breaks", FIELD_U64, digests.chain_breaks),
    TOP("digests_signed", FIELD_U64, digests.signatures_good),
    TOP("digests_forged", FIELD_U64, digests.signatures_bad),
    TOP("digests_unsigned", FIELD_U64, digests.unsigned_digests),
    TOP("calls", FIELD_U64, calls),
    TOP("service_events", FIELD_U64, service_events),
    TOP("service_calls", FIELD_U64, service_calls),
    TOP("other_callers", FIELD_U64, other_callers),
    TOP("other_caller_types", FIELD_NAMES, caller_types),
    TOP("sign_ins", FIELD_U64, sign_ins),
    TOP("failed_sign_ins", FIELD_U64, failed_sign_ins),
    TOP("unknown_events", FIELD_NAMES, unknown),
    TOP("problems_seen", FIELD_U64, problems_seen),
};

const struct fields inventory_use_fields = { use_rows, COUNT_OF(use_rows) };
const struct fields inventory_consumer_fields = { consumer_rows, COUNT_OF(consumer_rows) };
const struct fields inventory_key_fields = { key_rows, COUNT_OF(key_rows) };
const struct fields inventory_principal_fields = { principal_rows, COUNT_OF(principal_rows) };
const struct fields inventory_top_fields = { top_rows, COUNT_OF(top_rows) };

static void write_names(const struct inventory_names *names, struct json_out *out)
{
    json_open(out, '[');
    for (size_t i = 0; i < names->count; i++) {
        json_open(out, '{');
        json_put_str(out, STR("name"), names->items[i].name);
        json_put_i64(out, STR("count"), (int64_t)names->items[i].count);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void write_time(str name, int64_t time_s, struct json_out *out)
{
    char text[20];

    if (time_s != ESTATE_NEVER) {
        date_print_iso(time_s, text);
        json_put_str(out, name, str_from(text, sizeof(text)));
    }
}

void fields_write(const struct fields *fields, const void *object, struct json_out *out)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->items[i];
        const void *at = (const char *)object + f->offset;
        switch (f->kind) {
        case FIELD_TEXT:
            if (((const str *)at)->ptr != NULL) {
                json_put_str(out, f->name, *(const str *)at);
            }
            break;
        case FIELD_U64:
            json_put_i64(out, f->name, (int64_t) * (const uint64_t *)at);
            break;
        case FIELD_U32:
            json_put_i64(out, f->name, *(const uint32_t *)at);
            break;
        case FIELD_FLAG:
            json_put_bool(out, f->name, *(const bool *)at);
            break;
        case FIELD_TIME:
            write_time(f->name, *(const int64_t *)at, out);
            break;
        case FIELD_NAMES:
            json_own_key(out, f->name);
            write_names(at, out);
            break;
        }
    }
}

static uint64_t number_of(const struct json *json)
{
    uint64_t n;

    return json != NULL && json->type == JSON_NUMBER && str_to_u64(json->text, &n) == RC_OK ? n : 0;
}

static enum rc read_names(const struct json *list, struct arena *arena, struct inventory_names *ret)
{
    size_t count = list == NULL || list->type != JSON_ARRAY ? 0 : list->count;

    *ret = (struct inventory_names){ NEW_ARRAY(arena, count + 1, struct inventory_name), 0 };
    if (ret->items == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = count == 0 ? NULL : list->first; item != NULL;
         item = item->next) {
        ret->items[ret->count++] = (struct inventory_name){
            estate_text(item, STR("name")), number_of(json_member(item, STR("count")))
        };
    }
    return RC_OK;
}

enum rc fields_read(const struct fields *fields, const struct json *json, struct arena *arena,
                    void *object)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *f = &fields->items[i];
        const struct json *value = json_member(json, f->name);
        void *at = (char *)object + f->offset;
        switch (f->kind) {
        case FIELD_TEXT:
            *(str *)at = estate_text(json, f->name);
            break;
        case FIELD_U64:
            *(uint64_t *)at = number_of(value);
            break;
        case FIELD_U32:
            *(uint32_t *)at = (uint32_t)number_of(value);
            break;
        case FIELD_FLAG:
            *(bool *)at = value != NULL && value->type == JSON_TRUE;
            break;
        case FIELD_TIME:
            *(int64_t *)at = estate_time(estate_text(json, f->name));
            break;
        case FIELD_NAMES:
            TRY(read_names(value, arena, at));
            break;
        }
    }
    return RC_OK;
}
