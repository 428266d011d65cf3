/* One record as CloudTrail writes it (event version 1.11, management events), and behind it, under
 * "mantle", what CloudTrail does not tell: the microsecond, which decisions were made and what decided
 * them. */
#include "trail/trail.h"

#include "codec/date.h"
#include "codec/json.h"

static void put_optional(struct json_out *o, str key, str text)
{
    if (text.ptr != NULL) {
        json_put_str(o, key, text);
    }
}

static void put_raw(struct json_out *o, str key, str json)
{
    json_own_key(o, key);
    if (json.ptr == NULL) {
        json_null(o);
    } else {
        json_raw(o, json);
    }
}

static void put_evaluated(struct json_out *o, const struct trail_evaluated *e)
{
    json_open(o, '{');
    json_put_str(o, STR("action"), e->action);
    json_put_str(o, STR("resource"), e->resource);
    json_put_str(o, STR("decision"), e->result);
    put_optional(o, STR("layer"), e->layer);
    put_optional(o, STR("rule"), e->rule);
    put_optional(o, STR("policy"), e->policy);
    put_optional(o, STR("sid"), e->sid);
    if (e->statement >= 0) {
        json_put_i64(o, STR("statement"), e->statement);
    }
    if (e->missing.ptr != NULL) {
        put_raw(o, STR("missing"), e->missing);
    }
    if (e->context.ptr != NULL) {
        put_raw(o, STR("context"), e->context);
    }
    json_close(o, '}');
}

static void put_tls(struct json_out *o, const struct trail_event *event)
{
    if (event->tls_version.ptr == NULL) {
        return;
    }
    json_own_key(o, STR("tlsDetails"));
    json_open(o, '{');
    json_put_str(o, STR("tlsVersion"), event->tls_version);
    put_optional(o, STR("cipherSuite"), event->tls_cipher);
    json_close(o, '}');
}

static void put_own(struct json_out *o, const struct trail_event *event)
{
    json_own_key(o, STR("mantle"));
    json_open(o, '{');
    json_own_key(o, STR("at_us"));
    json_i64(o, event->at_us);
    put_optional(o, STR("detail"), event->error_detail);
    if (event->evaluated_count > 0) {
        json_own_key(o, STR("evaluated"));
        json_open(o, '[');
        for (size_t i = 0; i < event->evaluated_count; i++) {
            put_evaluated(o, &event->evaluated[i]);
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

void trail_print(const struct trail_event *event, buf *out)
{
    struct json_out o = { .out = out };
    char when[20];

    date_print_iso(event->time_s, when);
    json_open(&o, '{');
    json_raw(&o, STR("\"eventVersion\":\"1.11\""));
    put_raw(&o, STR("userIdentity"), event->user_identity);
    json_put_str(&o, STR("eventTime"), str_from(when, sizeof(when)));
    json_put_str(&o, STR("eventSource"), event->event_source);
    json_put_str(&o, STR("eventName"), event->event_name);
    json_put_str(&o, STR("awsRegion"), event->region);
    json_put_str(&o, STR("sourceIPAddress"), event->source_ip);
    put_optional(&o, STR("userAgent"), event->user_agent);
    put_optional(&o, STR("errorCode"), event->error_code);
    put_optional(&o, STR("errorMessage"), event->error_message);
    put_raw(&o, STR("requestParameters"), event->request_parameters);
    put_raw(&o, STR("responseElements"), event->response_elements);
    json_put_str(&o, STR("requestID"), event->request_id);
    json_put_str(&o, STR("eventID"), event->event_id);
    json_put_bool(&o, STR("readOnly"), event->read_only);
    json_raw(&o, STR("\"eventType\":\"AwsApiCall\",\"managementEvent\":true"));
    put_optional(&o, STR("recipientAccountId"), event->recipient_account);
    json_raw(&o, STR("\"eventCategory\":\"Management\""));
    put_tls(&o, event);
    put_own(&o, event);
    json_close(&o, '}');
}
