/* The version of a database and the way to the present one. */
#ifndef MANTLE_STORE_SCHEMA_H
#define MANTLE_STORE_SCHEMA_H

#include "base/arena.h"
#include "store/connection.h"

/* Brings a database up to date in one transaction: all steps or none. RC_UNSUPPORTED: it is newer
 * than this program; RC_CORRUPT: it is not Mantle's. */
MUST_CHECK enum rc schema_migrate(struct connection *connection, struct arena *arena, str *ret_why);
/* The same without changing anything: RC_CONFLICT when it would need migrating. */
MUST_CHECK enum rc schema_check(struct connection *connection, struct arena *arena, str *ret_why);

#endif
