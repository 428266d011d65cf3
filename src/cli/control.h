/* The control socket: DIR/control.sock, by which `mantle admin` reaches a running server. Only the
 * user the server runs as, and root, are heard (SO_PEERCRED).
 *
 * One request a connection: the words, each ended by a NUL, then end of writing. The answer: one
 * byte of exit status, the text for standard output, NUL, the text for standard error. */
#ifndef MANTLE_CLI_CONTROL_H
#define MANTLE_CLI_CONTROL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"
#include "cli/admin_ops.h"

struct control;

/* Starts a thread that serves one request at a time. *admin is copied. RC_IO: errno says why. */
MUST_CHECK enum rc control_start(const char *dir, const struct admin *admin, struct control **ret);
void control_stop(struct control *control); /* accepts NULL */

/* The client's side. RC_NOENT: no server listens there. *ret_status as admin_execute's. */
MUST_CHECK enum rc control_ask(const char *dir, const str *words, size_t count, struct arena *arena,
                               int *ret_status, str *ret_out, str *ret_err);

#endif
