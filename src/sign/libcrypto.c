#include "sign/libcrypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/alloc.h"

static _Thread_local unsigned long failures;

unsigned long libcrypto_failures(void)
{
    return failures;
}

static void *resize(void *ptr, size_t size, const char *file UNUSED, int line UNUSED)
{
    void *made = heap.resize(&heap, ptr, 0, size);

    failures += made == NULL && size > 0;
    return made;
}

static void *take(size_t size, const char *file, int line)
{
    return resize(NULL, size, file, line);
}

static void give_back(void *ptr, const char *file UNUSED, int line UNUSED)
{
    (void)heap.resize(&heap, ptr, 0, 0);
}

bool libcrypto_count_failures(void)
{
    return CRYPTO_set_mem_functions(take, resize, give_back) == 1;
}

unsigned long libcrypto_begin(void)
{
    ERR_clear_error();
    return failures;
}

enum rc libcrypto_end(unsigned long begun, enum rc rc)
{
    bool short_of_memory = failures != begun;

    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        short_of_memory = short_of_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    }
    return rc != RC_OK && short_of_memory ? RC_NOMEM : rc;
}
