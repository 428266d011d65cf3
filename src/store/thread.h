/* Threads of the store: signals are the main thread's, so they start with all of them blocked. */
#ifndef MANTLE_STORE_THREAD_H
#define MANTLE_STORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

bool thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
