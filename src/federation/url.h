/* URLs of issuers and of their key sets: the plain form alone, so that nobody reads them two ways. */
#ifndef MANTLE_FEDERATION_URL_H
#define MANTLE_FEDERATION_URL_H

#include <stdbool.h>

#include "base/rc.h"
#include "base/str.h"

struct url {    /* views */
    bool https; /* else http */
    str host;   /* a name, or an IP address; IPv6 with its brackets */
    str port;   /* absent when none is given */
    str path;   /* from the slash, "" without one; without query */
    str query;  /* from the '?', "" without one */
    str naked;  /* all of it behind "https://" */
};

/* https:// or http://, host, port, path, query; no user, no fragment, printable ASCII. RC_SYNTAX. */
MUST_CHECK enum rc url_parse(str text, struct url *ret);

/* 127.0.0.0/8, ::1 or "localhost". */
bool url_is_loopback(const struct url *url);

/* What may be an issuer of an account: https, a host with a dot, no port, no query. With
 * allow_loopback also http and ports on this host. A host without a dot would make condition keys of
 * the provider look like others' ("aws:...", "sts:..."). */
bool url_is_issuer(const struct url *url, bool allow_loopback);

#endif
