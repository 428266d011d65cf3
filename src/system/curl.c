#include "system/curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { VERSION_MIN = 0x075800 }; /* 7.88: meson.build says why */

static const char library_name[] =
    "libcurl.so.4"; /* the one that uses OpenSSL: pin.c counts on it */

static const struct {
    const char *symbol;
    size_t at;
} calls[] = {
#define CURL_CALL(name) { "curl_" #name, offsetof(struct curl_calls, name) },
    CURL_CALLS(CURL_CALL)
#undef CURL_CALL
};

static bool find_calls(void *library, struct curl_calls *ret)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        void *found = dlsym(library, calls[i].symbol);
        if (found == NULL) {
            return false;
        }
        memcpy((char *)ret + calls[i].at, &found, sizeof(found));
    }
    return true;
}

enum rc curl_load(struct curl_calls *ret, const char **reterr_why)
{
    struct curl_calls found = { 0 };
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL) {
        *reterr_why = "libcurl.so.4 cannot be loaded; Debian's package is libcurl4";
        return RC_NOENT;
    }
    if (!find_calls(library, &found) ||
        found.version_info(CURLVERSION_NOW)->version_num < VERSION_MIN) {
        *reterr_why = "libcurl.so.4 is older than 7.88";
        return RC_UNSUPPORTED;
    }
    if (found.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        *reterr_why = "libcurl cannot be set up";
        return RC_IO;
    }
    *ret = found;
    return RC_OK;
}
