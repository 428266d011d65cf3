/* One record of a CloudTrail file. Strings are views that live until the visitor returns; what a
 * record does not have is absent (ptr NULL), as is what it has as null. */
#ifndef MANTLE_TRAILFILE_EVENT_H
#define MANTLE_TRAILFILE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

/* userIdentity. Which members there are depends on `type`; records without any type exist. */
struct trail_identity {
    str type;         /* "IAMUser", "AssumedRole", "Root", "FederatedUser", "AWSService"... */
    str principal_id; /* "AIDA...", "AROA...:session" */
    str arn, account, access_key_id, user_name;
    str invoked_by;                                      /* a service that calls on behalf */
    str provider;                                        /* identityProvider */
    str issuer_type, issuer_id, issuer_arn, issuer_name; /* sessionContext.sessionIssuer */
    str issuer_account;
    str mfa, session_created; /* sessionContext.attributes: "true" or "false"; a time */
    str source_identity;
    str on_behalf_of; /* JSON as written: onBehalfOf */
    str web_id;       /* JSON as written: sessionContext.webIdFederationData */
};

enum trail_flag { FLAG_ABSENT, FLAG_FALSE, FLAG_TRUE };

struct trail_index; /* where quotes and brackets of the text are; the reader's */

struct trail_event {
    int64_t time_s;  /* eventTime, seconds since 1970; INT64_MIN: absent or no time */
    str time;        /* as written */
    str time_logged; /* "@timestamp": what log shippers make of eventTime */
    str version, source, name, region, source_address, user_agent, error_code, error_message;
    str type;     /* "AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn"... */
    str category; /* "Management", "Data", "Insight", "NetworkActivity" */
    str event_id, request_id, shared_event_id, recipient_account, vpc_endpoint, api_version;
    enum trail_flag read_only, management_event, from_console; /* sessionCredentialFromConsole */
    struct trail_identity who;
    /* JSON as written, absent when null: to be looked into with the functions below. */
    str request, response, additional, resources, service_details, tls;

    str raw;          /* the whole record; in a lookup-events file the inner one */
    const char *path; /* of the file; absent index: never */
    size_t file;      /* its number in the list */
    uint64_t offset;  /* of the record in the (unpacked) file, bytes */
    uint64_t id_hash; /* the reader's */
    bool not_utf8;    /* holds bytes that are no UTF-8: names in it are not to be relied on */
    struct trail_index *index;
    struct arena *arena; /* for texts with escapes resolved; emptied after the visitor returns */
};

enum trail_value_type {
    VALUE_NONE, /* not there */
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT
};
struct trail_value {
    enum trail_value_type type;
    str raw; /* as written, with quotes or brackets */
};

/* The value at a path of member names, "a.b.c", inside `json`, a span of this event (event->request
 * for one, or the raw of a value found before). "items[0].arn" and "items[].arn" take an element:
 * [] is the first. False when it is not there or the span is damaged on the way. */
bool trail_find(const struct trail_event *event, str json, str path, struct trail_value *ret);

/* The text of a string with its escapes resolved, or of a number, true or false as written; absent
 * for anything else and when memory ran out. Lives until the visitor returns. */
str trail_value_text(const struct trail_event *event, const struct trail_value *value);
/* Both in one: absent when it is not there. */
str trail_text_at(const struct trail_event *event, str json, str path);
/* requestParameters, responseElements. */
static inline str event_param(const struct trail_event *event, str path)
{
    return trail_text_at(event, event->request, path);
}
static inline str event_response(const struct trail_event *event, str path)
{
    return trail_text_at(event, event->response, path);
}

/* Goes through the elements of an array or the members of an object. Start with a zeroed walk; false
 * at the end. *ret_key: absent in arrays, else as written between the quotes. */
struct trail_walk {
    size_t at;
    bool started;
};
bool trail_each(const struct trail_event *event, str json, struct trail_walk *walk, str *ret_key,
                struct trail_value *ret);

#endif
