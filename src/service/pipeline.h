/* A request's way through the house: parse, find the operation, authenticate, decode and validate,
 * authorize, handle, encode, record, answer. The one place where these follow each other, so that
 * no operation can be reached past one of them. */
#ifndef MANTLE_SERVICE_PIPELINE_H
#define MANTLE_SERVICE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "net/http.h"
#include "service/request.h"

struct attempts;
struct federation;
struct store;
struct trail;
struct txn;
struct vault;
struct workers;

struct pipeline_config { /* all of it outlives the pipeline */
    struct store *store;
    struct vault *vault;
    struct trail *trail;
    const struct env *env;
    struct federation *federation; /* keys of identity providers */
    /* Where others reach us, without a slash at the end: tokens we issue say so. Set once we listen. */
    _Atomic(const char *) public_url;
    struct workers *pools[RQ_POOL_COUNT]; /* threads for prepared operations */
    struct attempts *attempts;            /* guesses at passwords and one-time codes */
    str partition;                        /* "aws" */
    str region;                           /* "us-east-1" */
    int64_t tolerance_s;                  /* clock window: 900 */
    bool test_mode; /* --insecure-test-mode: a header on each answer, /_mantle/reset */
    bool tls;       /* for /health */
    /* What a reset fills the emptied store with (test mode only). */
    enum rc (*seed)(struct txn *txn, void *arg);
    void *seed_arg;
};

/* ctx of http_server_start is the struct pipeline_config. */
extern const struct http_loop_hooks pipeline_hooks;

#endif
