/* An event as text, for comparing two: every field, and whether it is there. */
#ifndef MANTLE_TESTS_TRAILFILE_FIELDS_H
#define MANTLE_TESTS_TRAILFILE_FIELDS_H

#include "base/buf.h"
#include "trailfile/event.h"

static inline void add_field(buf *out, str field)
{
    buf_add_char(out, field.ptr == NULL ? '-' : '+');
    buf_add(out, field);
    buf_add_char(out, '\n');
}

static inline void add_fields(buf *out, const struct trail_event *e)
{
    const struct trail_identity *who = &e->who;
    const str fields[] = { e->time,
                           e->time_logged,
                           e->version,
                           e->source,
                           e->name,
                           e->region,
                           e->source_address,
                           e->user_agent,
                           e->error_code,
                           e->error_message,
                           e->type,
                           e->category,
                           e->event_id,
                           e->request_id,
                           e->shared_event_id,
                           e->recipient_account,
                           e->vpc_endpoint,
                           e->api_version,
                           e->request,
                           e->response,
                           e->additional,
                           e->resources,
                           e->service_details,
                           e->tls,
                           e->raw,
                           who->type,
                           who->principal_id,
                           who->arn,
                           who->account,
                           who->access_key_id,
                           who->user_name,
                           who->invoked_by,
                           who->provider,
                           who->issuer_type,
                           who->issuer_id,
                           who->issuer_arn,
                           who->issuer_name,
                           who->issuer_account,
                           who->mfa,
                           who->session_created,
                           who->source_identity,
                           who->on_behalf_of,
                           who->web_id };

    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        add_field(out, fields[i]);
    }
    buf_printf(out, "%lld %llu %d %d %d\n", (long long)e->time_s, (unsigned long long)e->offset,
               (int)e->read_only, (int)e->management_event, (int)e->from_console);
}

#endif
