#include <pthread.h>

#include "base/alloc.h"
#include "vault/inside.h"

static _Thread_local struct vault_thread *mine;
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void forget(void *ptr)
{
    struct vault_thread *thread = ptr;

    if (thread == NULL) {
        return;
    }
    for (size_t i = 0; i < CIPHER_SLOTS; i++) {
        EVP_CIPHER_CTX_free(thread->ciphers[i].ctx); /* wipes the key schedule */
    }
    key_cache_free(thread->cache);
    ALLOC_FREE(&heap, thread);
}

static void make_key(void)
{
    has_key = pthread_key_create(&at_thread_end, forget) == 0;
}

struct vault_thread *vault_thread(void)
{
    if (mine != NULL) {
        return mine;
    }
    (void)pthread_once(&once, make_key);
    mine = ALLOC_NEW(&heap, struct vault_thread);
    if (mine != NULL && has_key) {
        (void)pthread_setspecific(at_thread_end, mine);
    }
    return mine;
}

void vault_thread_done(void)
{
    struct vault_thread *thread = mine;

    mine = NULL;
    if (has_key) {
        (void)pthread_setspecific(at_thread_end, NULL);
    }
    forget(thread);
}
