/* AWS's query protocol: parameters of a form in, XML out, or JSON where that is asked for. Driven by the tables of api.h; no handler
 * ever sees a wire format. Everything lives in the request's arena or views the form, which must
 * live as long. */
#ifndef MANTLE_SERVICE_PROTOCOL_QUERY_H
#define MANTLE_SERVICE_PROTOCOL_QUERY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "codec/form.h"
#include "service/protocol/api.h"

struct api_fault { /* what the answer says when a request is refused here */
    enum api_error_id error;
    str message;
};

/* Which operation is asked for: Action and Version of the form. RC_API with *reterr written:
 * MissingAction, InvalidAction. */
MUST_CHECK enum rc protocol_operation(const struct form *form, struct arena *arena,
                                      const struct api_operation **ret, struct api_fault *reterr);

/* Decodes and validates into the operation's input struct; *ret_in is NULL for operations without
 * input. Parameters the operation does not know are ignored, as AWS does. RC_API with *reterr
 * written (ValidationError, MalformedInput) or RC_NOMEM. Memory is bounded by the size of the form:
 * list indices must be 1..count without gaps, in any order. */
MUST_CHECK enum rc protocol_decode(const struct api_operation *op, const struct form *form,
                                   struct arena *arena, void **ret_in, struct api_fault *reterr);

/* The answer of a success; `value` is the operation's output struct (NULL if it has none). */
void protocol_encode(const struct api_operation *op, const void *value, str request_id, buf *out);

/* The answer of an error. service may be NULL when the request named none: STS's namespace. */
void protocol_error(const struct api_service *service, enum api_error_id error, str message,
                    str request_id, buf *out);
/* The same as JSON, for clients that accept no XML (aws-iam-authenticator, Vault): times in seconds, null
 * for what is absent. In json_view.c. */
void protocol_encode_json(const struct api_operation *op, const void *value, str request_id,
                          buf *out);
void protocol_error_json(const struct api_service *service, enum api_error_id error, str message,
                         str request_id, buf *out);
/* The HTTP status that goes with an error. */
int protocol_status(enum api_error_id error);

/* The form an input struct decodes from, percent-encoded, without Action and Version. */
void protocol_form(const struct api_operation *op, const void *in, buf *out);

#endif
