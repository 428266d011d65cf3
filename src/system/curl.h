/* libcurl, loaded when the first request of ours goes out. It brings some thirty libraries of its own:
 * a server that asks no provider for keys starts without them, in less time and memory. */
#ifndef MANTLE_SYSTEM_CURL_H
#define MANTLE_SYSTEM_CURL_H

#include <curl/curl.h>

#include "base/macros.h"
#include "base/rc.h"

/* The calls we make: curl_easy_init is .easy_init, and so on. */
#define CURL_CALLS(X)                                                                              \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_perform)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(global_init)                                                                                 \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_info_read)                                                                             \
    X(multi_perform)                                                                               \
    X(multi_poll)                                                                                  \
    X(multi_wakeup)                                                                                \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(version_info)

struct curl_calls {
#define CURL_CALL(name) __typeof__(curl_##name) *name;
    CURL_CALLS(CURL_CALL)
#undef CURL_CALL
};

/* One thread calls it, at most once with success; the library stays loaded. *reterr_why: why not. */
MUST_CHECK enum rc curl_load(struct curl_calls *ret, const char **reterr_why);

#endif
