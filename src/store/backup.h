/* A consistent copy of a database in use. */
#ifndef MANTLE_STORE_BACKUP_H
#define MANTLE_STORE_BACKUP_H

#include <stddef.h>

#include "base/macros.h"
#include "base/rc.h"

/* Writes `to` (0600) durably or not at all; what stood there before is replaced at the end. */
MUST_CHECK enum rc backup_write(const char *from, const char *to, size_t cache_bytes);

#endif
