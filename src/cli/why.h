/* What why.c (reads the trail, speaks) and why_now.c (reads the policies as they stand) share. */
#ifndef MANTLE_CLI_WHY_H
#define MANTLE_CLI_WHY_H

#include "policy/explain.h"

enum { WHY_ARNS_MAX = 256 };

/* The policies as they stand now, of whoever made the call. */
struct why_now {
    struct store *store;
    struct reader *reader;
    struct subject *caller, *target; /* target: the role asked for */
    bool gone;                       /* there is no such user or role any more */
    bool session;           /* temporary credentials: their session policy is not in the record */
    str arns[WHY_ARNS_MAX]; /* whose changes may matter: caller, groups, policies, target */
    size_t arn_count;
};

/* Opens the store of the data directory beside a server that may run. RC_OK with `gone` when the
 * caller is not there any more. */
MUST_CHECK enum rc why_now_open(const char *data, const struct json *record, struct arena *arena,
                                struct why_now *ret, str *ret_why);
void why_now_close(struct why_now *now);

/* The recorded decision, made again from its recorded context. RC_NOENT: the record has no context
 * (calls that were allowed), or the caller is gone. request and stack must outlive the explanation. */
MUST_CHECK enum rc why_now_explain(const struct why_now *now, const struct json *record,
                                   const struct json *evaluated, struct arena *arena,
                                   struct explanation *ret);

/* The statement a record names, as it stands now; absent when it is not there. */
MUST_CHECK enum rc why_now_statement(const struct why_now *now, const struct json *evaluated,
                                     struct arena *arena, str *ret_text);

/* A member that is a string; absent otherwise. */
str why_text(const struct json *object, const char *key);

#endif
