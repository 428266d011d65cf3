/* What `mantle admin` does, apart from how it reaches the store: inside a running server through
 * its control socket, or alone when none runs. Every change is recorded in the trail. */
#ifndef MANTLE_CLI_ADMIN_OPS_H
#define MANTLE_CLI_ADMIN_OPS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"

struct store;
struct trail;
struct vault;

struct admin {
    struct store *store;
    struct trail *trail;
    struct vault *vault;
    const struct env *env;
    str region;
    uint64_t uid; /* of the local user who asks: for the trail */
};

enum { ADMIN_WORDS_MAX = 16, ADMIN_BYTES_MAX = 1 << 20 };

/* words: "account", "create", "--name", "x". The answer is JSON in *out; on failure one sentence in
 * *err. Returns the exit status: 0, 1, or 2 for wrong usage. Waits for the commit. */
int admin_execute(struct admin *admin, const str *words, size_t count, struct arena *arena,
                  buf *out, buf *err);

/* Lines for --help. */
extern const char admin_help[];

#endif
