/* One operation of `mantle admin` under way, and what the operations share. */
#ifndef MANTLE_CLI_ADMIN_CALL_H
#define MANTLE_CLI_ADMIN_CALL_H

#include <stdbool.h>

#include "cli/admin_ops.h"
#include "codec/json.h"

struct txn;

struct call {
    struct admin *admin;
    const str *words; /* behind the operation's own */
    size_t count;
    struct arena *arena;
    struct json_out json; /* the answer */
    buf *err;
    str event_name;
    int64_t account; /* concerned; -1: none */
    int status;
    bool answered; /* the answer is whole, whatever the status */
};

/* Says why not; returns 1, the exit status. */
int admin_refuse(struct call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* The record of the operation, into the same transaction. */
MUST_CHECK enum rc admin_record(struct call *call);
/* Runs a change and its record as one; complains in the operation's own words otherwise. */
int admin_change(struct call *call, enum rc (*run)(struct txn *txn, void *call), const char *what);
/* Word `at` as call->account; false when it is none, with call->status set. */
bool admin_account_word(struct call *call, size_t at);
/* What stands behind "--name" or "--name="; absent when it is not there. */
str admin_option(const struct call *call, str name);

/* --- operations with a file of their own ------------------------------------------------------- */

int admin_import_managed_policies(struct call *call);
int admin_issuer_rotate(struct call *call);
int admin_organization_create(struct call *call);
int admin_organization_add(struct call *call);
int admin_organization_remove(struct call *call);
int admin_organization_show(struct call *call);

#endif
