/* The options of mantle serve, and what follows from them before anything is opened. */
#ifndef MANTLE_CLI_SERVE_SETTINGS_H
#define MANTLE_CLI_SERVE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/seed.h"
#include "federation/federation.h"

enum { SERVE_LOOPS_MAX = 256 };

struct serve_settings {
    const char *data, *listen, *region, *tls_cert, *tls_key, *config, *log_format, *log_level;
    uint64_t loops; /* 0: one per core */
    bool test_mode;
    const char *root_key, *account; /* NULL but in test mode */
    uint64_t tolerance_s;           /* how far a client's clock may be off */
    const char *public_url, *oidc_allow, *oidc_ca;
    bool oidc_allow_loopback;
    str host; /* of --listen, NUL-terminated */
    uint16_t port;
    struct seed seed; /* its vault is for the caller to set */
    struct federation_config federation;
};

/* Reads the command line over the defaults; also sets the log up. False: *ret_exit is the exit status,
 * and what was wrong has been printed (or the help that was asked for). Texts are in arena or argv. */
bool serve_settings_read(int argc, char **argv, struct arena *arena, struct serve_settings *ret,
                         int *ret_exit);

#endif
