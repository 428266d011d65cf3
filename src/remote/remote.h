/* A client of AWS's query APIs (IAM, STS), of the real ones or of a Mantle: signs, sends, tries again
 * as the SDKs do, reads the answer. Blocks; one thread. Secrets stay inside: no error text, no log
 * line and no answer holds one. */
#ifndef MANTLE_REMOTE_REMOTE_H
#define MANTLE_REMOTE_REMOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "remote/answer.h"

enum {
    REMOTE_ANSWER_BYTES_MAX = 32 << 20, /* a page of account details stays below 2 MiB */
    REMOTE_TIMEOUT_MS = 60000,
    REMOTE_CONNECT_MS = 10000,
};

/* One HTTP exchange, below signing and retries; a test brings its own. */
struct remote_request {
    str url; /* NUL behind it */
    const struct remote_header {
        str name, value;
    } * headers;
    size_t header_count;
    str body;
};
struct remote_reply {
    long status; /* 0: no answer, `trouble` says why */
    str body;
    str request_id; /* x-amzn-requestid, x-amz-request-id; absent without */
    int64_t date_s; /* the server's clock; 0: not said */
    const char *trouble;
};

struct remote_config {
    /* Absent (NULL) ones are looked for in the environment, then in the profile. */
    const char *profile, *region, *endpoint;
    const char *ca_file;
    unsigned calls_per_s; /* at most; 0: no limit of ours */
    const struct env *env;
    /* NULL: libcurl; getenv; nanosleep. */
    enum rc (*send)(void *context, const struct remote_request *request, struct arena *arena,
                    struct remote_reply *ret);
    const char *(*getenv)(void *context, const char *name);
    void (*sleep_ms)(void *context, int64_t ms);
    void *context;
};

struct remote;

/* RC_NOENT: no credentials; RC_SYNTAX, RC_UNSUPPORTED, RC_DENIED, RC_IO. *ret_why (in the arena) says
 * what is wrong and what to do. */
MUST_CHECK enum rc remote_open(const struct remote_config *config, struct arena *arena,
                               struct remote **ret, str *ret_why);
void remote_close(struct remote *remote); /* accepts NULL */

str remote_region(const struct remote *remote);
/* Where calls of a service go: for messages. */
str remote_endpoint(const struct remote *remote, str service);

struct remote_param {
    str name, value;
};
enum { REMOTE_PARAMS_MAX = 64 };

struct remote_answer {
    const struct answer_node
        *result; /* of a good answer: what stands in <ActionResult>; may be NULL */
    long status; /* 0: no answer */
    str code, message, request_id; /* of a refusal, or of no answer at all (code "NoAnswer") */
    unsigned attempts;
};

/* RC_OK: 2xx. RC_API: refused with code and message. RC_IO: no answer that could be read: nobody
 * knows whether the call had an effect. RC_NOMEM. */
MUST_CHECK enum rc remote_call(struct remote *remote, str service, str action,
                               const struct remote_param *params, size_t count, struct arena *arena,
                               struct remote_answer *ret);

/* All pages: `page` gets the result of each. RC as above, or what `page` said. */
MUST_CHECK enum rc remote_pages(struct remote *remote, str service, str action,
                                const struct remote_param *params, size_t count,
                                struct arena *arena,
                                enum rc (*page)(void *context, const struct answer_node *result),
                                void *context, struct remote_answer *ret);

#endif
