/* What the files of federation/ share. Inside federation/ only. */
#ifndef MANTLE_FEDERATION_INSIDE_H
#define MANTLE_FEDERATION_INSIDE_H

#include <pthread.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "federation/federation.h"
#include "federation/url.h"
#include "system/curl.h"

struct entry { /* guarded by federation->lock but for what is said otherwise */
    struct arena arena;
    str key, url, thumbprints;            /* NUL behind each; never change */
    struct issuer_keys *keys;             /* NULL: none */
    int64_t fresh_until_s, stale_until_s; /* monotonic */
    int64_t tried_s;                      /* when the last fetch ended */
    int64_t used_s;
    bool tried, failed, fetching;
    struct federation_wait *waiting;
    size_t waiting_count;
    struct entry *next_queued;
};

struct fetch { /* the thread's own */
    struct federation *federation;
    struct entry *entry;
    CURL *easy;
    struct buf body;
    bool keys_stage; /* the second of the two */
    int64_t deadline_ms;
    int64_t max_age_s; /* -1: not said */
    struct arena arena;
};

struct federation {
    struct federation_config config;
    struct curl_calls curl; /* the thread's own; loaded with the first fetch */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work; /* the thread waits for it while it has not loaded libcurl */
    CURLM *multi;        /* guarded by lock, set once by the thread; NULL: not loaded */
    struct table entries;
    struct entry *queue, *queue_tail; /* to be fetched */
    bool closing;
    size_t running; /* the thread's own */
};

int64_t federation_now_s(const struct federation *federation);

/* fetch.c: the thread. */
void *fetch_thread(void *federation);
/* federation.c: a fetch is over; keys NULL: it failed. Takes the reference. */
void fetch_ended(struct federation *federation, struct entry *entry, struct issuer_keys *keys,
                 int64_t max_age_s);
struct entry *fetch_next(struct federation *federation, bool *ret_closing);
/* Waits until there is something to fetch, or it closes: false. */
bool fetch_wanted(struct federation *federation);
void fetch_ready(struct federation *federation, CURLM *multi);

/* pin.c: trust for one connection. */
CURLcode pin_setup(CURL *easy, void *ssl_ctx, void *thumbprints);

#endif
