/* One request on its way through the house, as handlers see it: decoded, validated, authorized. */
#ifndef MANTLE_SERVICE_REQUEST_H
#define MANTLE_SERVICE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "service/protocol/api.h"

struct caller; /* access/access.h */
struct txn;    /* store/store.h */
struct vault;

struct rq {
    const struct api_operation *op;
    struct arena *arena; /* everything of this request; reset when the answer is sent */
    const struct env *env;
    int64_t now_s;   /* one instant for the whole request */
    struct txn *txn; /* a snapshot for reads, a change for writes */
    struct vault *vault;
    const struct caller *caller;
    int64_t account;  /* the caller's: all names resolve in it */
    str account_text; /* twelve digits */
    str partition;    /* "aws" */
    str region;
    str request_id; /* UUID, in header, body and trail */
    bool test_mode; /* --insecure-test-mode */

    /* Filled by api_fail: */
    enum api_error_id error;
    str error_message;
    bool failed;

    void *pipeline; /* the pipeline's own */
};

/* A handler of operation Op of service iam is generated as
 *   enum rc iam_Op(struct rq *rq, const struct iam_Op_in *in, struct iam_Op_out *out);
 * (operations without input or output get no such parameter). It fills *out from rq->arena and
 * returns RC_OK, or returns what api_fail gave. Any other code becomes ServiceFailure 500. */

/* Says the error in the API's own words. Returns RC_API. The first error of a request stays. */
enum rc api_fail(struct rq *rq, enum api_error_id error, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
