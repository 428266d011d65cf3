#include "scan/archive_calls.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/macros.h"

static const char library_name[] = "libarchive.so.13";

static const struct {
    const char *symbol;
    size_t at;
} symbols[] = {
#define ARCHIVE_CALL(name) { "archive_" #name, offsetof(struct archive_calls, name) },
    ARCHIVE_CALLS(ARCHIVE_CALL)
#undef ARCHIVE_CALL
};

static struct archive_calls found;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);

    for (size_t i = 0; library != NULL && i < COUNT_OF(symbols); i++) {
        void *symbol = dlsym(library, symbols[i].symbol);
        if (symbol == NULL) {
            return;
        }
        memcpy((char *)&found + symbols[i].at, &symbol, sizeof(symbol));
    }
    loaded = library != NULL;
}

const struct archive_calls *archive_calls(void)
{
    (void)pthread_once(&once, load);
    return loaded ? &found : NULL;
}
