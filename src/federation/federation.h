/* The keys of identity providers: fetched from where their discovery document says, bounded in every
 * way, cached for all loops, and never waited for by a loop.
 *
 * One thread speaks to all providers at once (libcurl's multi interface), so one that hangs costs a
 * socket until its five seconds are over, and holds up nobody but its own callers. */
#ifndef MANTLE_FEDERATION_FEDERATION_H
#define MANTLE_FEDERATION_FEDERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "federation/address.h"
#include "federation/verify.h"

enum {
    FEDERATION_TIMEOUT_MS = 5000,       /* for discovery and keys together */
    FEDERATION_FRESH_S_MIN = 5 * 60,    /* what Cache-Control says is cut to this ... */
    FEDERATION_FRESH_S_MAX = 24 * 3600, /* ... and this */
    FEDERATION_FRESH_S = 3600,          /* without a word from the provider */
    FEDERATION_STALE_S = 24 * 3600,     /* used that long past freshness while it does not answer */
    FEDERATION_REFETCH_S = 30,          /* not sooner again, whatever kid a token names */
    FEDERATION_RETRY_S = 5,             /* not sooner again after a failure */
    FEDERATION_WAITING_MAX = 1024,      /* requests waiting for one provider */
    FEDERATION_FETCHES_MAX = 64,        /* at the same time */
    FEDERATION_ISSUERS_MAX = 4096,      /* cached */
    THUMBPRINT_CHARS = 40,
    THUMBPRINTS_MAX = 5,
};

struct federation;

struct federation_config {
    const struct env *env;
    const char *ca_file;           /* trust store, PEM; NULL: the system's */
    bool allow_loopback;           /* http and ports on this host */
    struct address_range *allowed; /* besides public addresses */
    size_t allowed_count;
};

/* *config is copied; what it points at outlives the federation. RC_NOMEM, RC_IO. */
MUST_CHECK enum rc federation_open(const struct federation_config *config, struct federation **ret);
void federation_close(
    struct federation *federation); /* ends all waits with RC_BUSY; accepts NULL */
bool federation_allows_loopback(const struct federation *federation);

struct federation_issuer {
    str url;         /* as in `iss` */
    str thumbprints; /* of certificates trusted besides the system's: 40 hex digits each, spaces
                        between. Part of what is cached: accounts do not share each other's trust */
};

/* What is cached, to be given back with issuer_keys_unref. Keys past their time are still given, and
 * fetched anew in the background. RC_NOENT: nothing; see federation_fetch. Any thread; never waits. */
MUST_CHECK enum rc federation_keys(struct federation *federation,
                                   const struct federation_issuer *issuer,
                                   struct issuer_keys **ret);

/* Embedded in whatever waits. */
struct federation_wait {
    void (*done)(struct federation_wait *wait, enum rc rc); /* on the federation's thread */
    struct federation_wait *next;
};

/* Fetches, or joins the fetch under way; `done` comes later. RC_EXISTS: what is cached was fetched a
 * moment ago; RC_IO: that failed a moment ago; RC_BUSY: too many wait already. On these `done` does not
 * come. */
MUST_CHECK enum rc federation_fetch(struct federation *federation,
                                    const struct federation_issuer *issuer,
                                    struct federation_wait *wait);

#endif
