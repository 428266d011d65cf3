/* Whose fault a refusal is. When memory runs out inside OpenSSL it often says only that it cannot decode
 * what it was given; the bytes may be right then, and whoever sent them is to try again. So the calls that
 * read strangers' keys, certificates and signatures stand between begin and end. */
#ifndef MANTLE_SIGN_LIBCRYPTO_H
#define MANTLE_SIGN_LIBCRYPTO_H

#include <stdbool.h>

#include "base/rc.h"

/* Makes OpenSSL ask base/alloc.h for its memory, and counts what fails. Once, before anything else of
 * OpenSSL is called; false: too late. Without it only what OpenSSL says itself is known. */
bool libcrypto_count_failures(void);

/* How often OpenSSL was refused memory on this thread. */
unsigned long libcrypto_failures(void);
/* For libcrypto_end, on the same thread. */
unsigned long libcrypto_begin(void) MUST_CHECK;
/* `rc` as it is, or RC_NOMEM for any failure during which an allocation failed. OpenSSL's queue of errors
 * is empty then. */
enum rc libcrypto_end(unsigned long begun, enum rc rc) MUST_CHECK;

#endif
