#include "sign/libcrypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/alloc.h"

static void *take(size_t size, const char *file UNUSED, int line UNUSED)
{
    return heap.resize(&heap, NULL, 0, size);
}

static void *resize(void *ptr, size_t size, const char *file UNUSED, int line UNUSED)
{
    return heap.resize(&heap, ptr, 0, size);
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
    return alloc_failures();
}

enum rc libcrypto_end(unsigned long begun, enum rc rc)
{
    bool short_of_memory = alloc_failures() != begun;

    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        short_of_memory = short_of_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    }
    return rc != RC_OK && short_of_memory ? RC_NOMEM : rc;
}
