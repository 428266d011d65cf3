#include "cli/admin_record.h"

#include <inttypes.h>

#include "codec/json.h"
#include "model/access_key.h"
#include "model/account.h"
#include "trail/trail.h"

/* A UUID; not a secret. */
static str new_uuid(const struct admin *admin, struct arena *arena)
{
    uint8_t b[16] = { 0 };

    if (admin->env->random(admin->env, b, sizeof(b)) != RC_OK) {
        return STR("00000000-0000-4000-8000-000000000000");
    }
    return arena_printf(arena,
                        "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x",
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6] & 15u, b[7], b[8] & 15u, b[9],
                        b[10], b[11], b[12], b[13], b[14], b[15]);
}

static str words_as_json(const struct admin_record *record, struct arena *arena)
{
    buf out = buf_arena(arena, ADMIN_BYTES_MAX);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_key(&o, STR("words"));
    json_open(&o, '[');
    for (size_t i = 0; i < record->count; i++) {
        json_str(&o, record->words[i]);
    }
    json_close(&o, ']');
    json_close(&o, '}');
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

str admin_record_line(const struct admin *admin, const struct admin_record *record,
                      struct arena *arena)
{
    buf line = buf_arena(arena, ADMIN_BYTES_MAX);
    int64_t now_ns = admin->env->now_ns(admin->env);
    str identity =
        record->found
            ? STR("{\"type\":\"Unknown\"}")
            : arena_printf(arena,
                           "{\"type\":\"LocalAdministrator\",\"principalId\":\"uid-%" PRIu64 "\"}",
                           admin->uid);
    struct trail_event event = {
        .request_id = new_uuid(admin, arena),
        .event_id = new_uuid(admin, arena),
        .time_s = now_ns / 1000000000,
        .at_us = now_ns / 1000,
        .event_source = STR("admin.mantle"),
        .event_name = record->event_name,
        .region = admin->region,
        .source_ip = STR("local"),
        .user_agent = record->found ? STR("mantle (noticed at start)") : STR("mantle admin"),
        .user_identity = identity,
        .request_parameters = words_as_json(record, arena),
    };

    if (record->account >= 0) {
        event.recipient_account = account_root_id(record->account, arena);
    }
    trail_print(&event, &line);
    return line.err == RC_OK ? buf_str(&line) : STR_NONE;
}
