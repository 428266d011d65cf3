/* What the files of remote/ share. Inside remote/ only. */
#ifndef MANTLE_REMOTE_INSIDE_H
#define MANTLE_REMOTE_INSIDE_H

#include "remote/profile.h"
#include "remote/remote.h"
#include "remote/retry.h"
#include "system/curl.h"

enum { CREDENTIAL_BYTES_MAX = 128, TOKEN_BYTES_MAX = 16384 };

/* Wiped before it goes. */
struct remote_credentials {
    char key_id[CREDENTIAL_BYTES_MAX], secret[CREDENTIAL_BYTES_MAX], token[TOKEN_BYTES_MAX];
    size_t key_id_len, secret_len, token_len;
    int64_t expires_s; /* 0: never */
};

struct remote_files { /* both may be empty */
    struct profile_file config, credentials;
};

struct remote {
    struct remote_config config;
    struct arena arena; /* of what lives as long as the client */
    struct remote_files files;
    str text[2]; /* of the two files: wiped at the end */
    str profile; /* the one in use */
    bool profile_named;
    str region;
    str endpoint; /* absent: AWS's own, by service and region */
    struct remote_credentials credentials;
    struct retry retry;
    unsigned attempts_max;
    int64_t skew_s;         /* the server's clock less ours */
    int64_t last_ms;        /* when the last call went out, monotonic */
    struct curl_calls curl; /* loaded with the first call */
    CURL *easy;             /* NULL: not yet */
};

const char *remote_getenv(const struct remote *remote, const char *name);
/* What the profile in use says: config first for settings. Absent without. */
str remote_setting(const struct remote *remote, str profile, str name);
/* credentials.c: from wherever they come; again when they have expired. */
MUST_CHECK enum rc credentials_get(struct remote *remote, struct arena *arena, str *ret_why);
/* process.c: what a credential_process printed. RC_IO, RC_SYNTAX, RC_LIMIT. */
MUST_CHECK enum rc process_ask(str command, size_t answer_max, struct arena *arena, str *ret,
                               str *ret_why);
/* http.c. */
enum rc http_send(struct remote *remote, const struct remote_request *request, struct arena *arena,
                  struct remote_reply *ret);
/* call.c: with these credentials in place of the client's (NULL: unsigned). */
MUST_CHECK enum rc call_with(struct remote *remote, const struct remote_credentials *credentials,
                             str service, str action, const struct remote_param *params,
                             size_t count, struct arena *arena, struct remote_answer *ret);

#endif
