#include "cli/admin_call.h"

#include <stdarg.h>

#include "base/bytes.h"
#include "cli/admin_keys.h"
#include "cli/admin_record.h"
#include "codec/arn.h"
#include "codec/json.h"
#include "model/access_key.h"
#include "model/account.h"
#include "model/first_user.h"
#include "model/quota.h"
#include "store/store.h"
#include "trail/trail.h"
#include "vault/vault.h"

const char admin_help[] =
    "Operations:\n"
    "  account create [--name NAME] [--id DIGITS]\n"
    "                           Makes an account with a break-glass user 'admin' and its access "
    "key.\n"
    "  account list             Numbers, names and aliases.\n"
    "  account quota ACCOUNT [NAME [VALUE]]\n"
    "                           Shows or sets what an account may have (AWS's names and "
    "defaults).\n"
    "  root-key create ACCOUNT  A new access key of the account's root user; the secret is shown "
    "once.\n"
    "  root-key list ACCOUNT\n"
    "  root-key delete ACCOUNT KEY-ID\n"
    "  keys rotate SET          New current key of a set: master, token or message. What older "
    "keys\n"
    "                           sealed still opens; no session ends.\n"
    "  issuer rotate ACCOUNT    New keys for the tokens the account issues; those made before "
    "verify for\n"
    "                           another day.\n"
    "  backup FILE              A consistent copy of the database, beside a running server. Keys "
    "are\n"
    "                           not in it: back up DIR/keys apart.\n"
    "  organization create MANAGEMENT-ACCOUNT\n"
    "  organization add|remove MANAGEMENT-ACCOUNT ACCOUNT\n"
    "  organization show ACCOUNT\n"
    "                           A management account and up to 999 members, for sts AssumeRoot "
    "and the\n"
    "                           aws:PrincipalOrgID family of condition keys.\n"
    "  import-managed-policies FILE\n"
    "                           Loads AWS's managed policies for all accounts: JSON lines of name, "
    "arn,\n"
    "                           version, created, updated and document, or the output of aws iam\n"
    "                           get-account-authorization-details. At most 256 MiB; read by the "
    "server.\n"
    "\n"
    "Answers are JSON. Only the user the server runs as, and root, are heard. Every operation is\n"
    "recorded in the trail.\n";

int admin_refuse(struct call *call, const char *format, ...)
{
    va_list args;
    str text;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    buf_add(call->err, text);
    return 1;
}

static str record_line(struct call *call)
{
    struct admin_record record = { .event_name = call->event_name,
                                   .words = call->words,
                                   .count = call->count,
                                   .account = call->account };

    return admin_record_line(call->admin, &record, call->arena);
}

enum rc admin_record(struct call *call)
{
    str line = record_line(call);

    return line.ptr == NULL ? RC_NOMEM : trail_change(call->admin->trail, line);
}

/* Runs a change and its record as one; complains in the operation's own words otherwise. */
int admin_change(struct call *call, enum rc (*run)(struct txn *txn, void *call), const char *what)
{
    enum rc rc = store_write(call->admin->store, run, call);

    return rc == RC_OK ? 0 : admin_refuse(call, "cannot %s: %s", what, rc_name(rc));
}

bool admin_account_word(struct call *call, size_t at)
{
    if (at < call->count && account_id_parse(call->words[at], &call->account) == RC_OK) {
        return true;
    }
    call->status = 2;
    (void)admin_refuse(call, "expected an account number of twelve digits");
    return false;
}

str admin_option(const struct call *call, str name)
{
    for (size_t i = 0; i < call->count; i++) {
        str word = call->words[i];
        if (str_eq(word, name) && i + 1 < call->count) {
            return call->words[i + 1];
        }
        if (take_prefix(&word, name) && take_prefix(&word, STR("="))) {
            return word;
        }
    }
    return STR_NONE;
}

/* --- accounts --- */

static enum rc account_create_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct first_user what = { .name = admin_option(call, STR("--name")) };
    str id = admin_option(call, STR("--id"));

    if (id.ptr != NULL) {
        TRY(account_id_parse(id, &what.account));
    }
    TRY(account_with_first_user(txn, call->admin->env, call->admin->vault, &what, call->arena));
    call->account = what.account;
    json_open(&call->json, '{');
    json_put_str(&call->json, STR("Account"), account_root_id(what.account, call->arena));
    json_put_str(&call->json, STR("UserName"), first_user_name);
    json_put_str(&call->json, STR("AccessKeyId"), what.access_key_id);
    json_put_str(&call->json, STR("SecretAccessKey"), what.secret);
    json_close(&call->json, '}');
    return admin_record(call);
}

static int account_create_op(struct call *call)
{
    return admin_change(call, account_create_in, "create the account");
}

static enum rc account_list_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    int64_t after = -1;
    size_t count;

    json_open(&call->json, '[');
    do {
        struct account *accounts;
        TRY(account_list(txn, after, 1000, call->arena, &accounts, &count));
        for (size_t i = 0; i < count; i++) {
            after = accounts[i].account;
            json_open(&call->json, '{');
            json_put_str(&call->json, STR("Account"), account_root_id(after, call->arena));
            json_put_str(&call->json, STR("Name"), accounts[i].name);
            if (accounts[i].alias.ptr != NULL) {
                json_put_str(&call->json, STR("Alias"), accounts[i].alias);
            }
            json_close(&call->json, '}');
        }
    } while (count == 1000);
    json_close(&call->json, ']');
    return RC_OK;
}

static int account_list_op(struct call *call)
{
    return admin_change(call, account_list_in, "list the accounts");
}

static enum rc quota_show_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    str wanted = call->count > 1 ? call->words[1] : STR_NONE;
    struct account account;
    bool found = false;

    TRY(account_get(txn, call->account, call->arena, &account));
    json_open(&call->json, '{');
    for (size_t i = 0; i < QUOTA_COUNT; i++) {
        int64_t value;
        if (wanted.ptr != NULL && !str_eq(wanted, quotas[i].name)) {
            continue;
        }
        found = true;
        TRY(quota_get(txn, call->account, (enum quota)i, &value));
        json_put_i64(&call->json, quotas[i].name, value);
    }
    json_close(&call->json, '}');
    return found ? RC_OK : RC_NOENT;
}

static enum rc quota_set_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct account account;
    int64_t value;

    TRY(account_get(txn, call->account, call->arena, &account));
    TRY(str_to_i64(call->words[2], &value));
    TRY(quota_set(txn, call->account, call->words[1], value));
    json_open(&call->json, '{');
    json_put_i64(&call->json, call->words[1], value);
    json_close(&call->json, '}');
    return admin_record(call);
}

static int account_quota_op(struct call *call)
{
    if (!admin_account_word(call, 0)) {
        return call->status;
    }
    return call->count > 2 ? admin_change(call, quota_set_in, "set the quota")
                           : admin_change(call, quota_show_in, "show the quota");
}

/* --- root keys --- */

static void put_key(struct json_out *json, const struct access_key *key, str secret)
{
    json_open(json, '{');
    json_put_str(json, STR("AccessKeyId"), key->id);
    if (secret.ptr != NULL) {
        json_put_str(json, STR("SecretAccessKey"), secret);
    }
    json_put_str(json, STR("Status"), key->active ? STR("Active") : STR("Inactive"));
    json_close(json, '}');
}

static enum rc root_key_create_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct account account;
    struct access_key key;
    str secret;

    TRY(account_get(txn, call->account, call->arena, &account));
    TRY(access_key_create(txn, call->admin->env, call->admin->vault, call->account,
                          account_root_id(call->account, call->arena), env_now_s(call->admin->env),
                          call->arena, &key, &secret));
    put_key(&call->json, &key, secret);
    return admin_record(call);
}

static int root_key_create_op(struct call *call)
{
    return admin_account_word(call, 0)
               ? admin_change(call, root_key_create_in, "create the root key")
               : call->status;
}

static enum rc root_key_list_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct access_key *keys;
    struct account account;
    size_t count;

    TRY(account_get(txn, call->account, call->arena, &account));
    TRY(access_key_list(txn, account_root_id(call->account, call->arena), call->arena, &keys,
                        &count));
    json_open(&call->json, '[');
    for (size_t i = 0; i < count; i++) {
        put_key(&call->json, &keys[i], STR_NONE);
    }
    json_close(&call->json, ']');
    return RC_OK;
}

static int root_key_list_op(struct call *call)
{
    return admin_account_word(call, 0) ? admin_change(call, root_key_list_in, "list the root keys")
                                       : call->status;
}

static enum rc root_key_delete_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct access_key key;

    TRY(access_key_get(txn, call->words[1], call->arena, &key));
    if (key.account != call->account ||
        !str_eq(key.owner_id, account_root_id(call->account, call->arena))) {
        return RC_NOENT;
    }
    TRY(access_key_delete(txn, &key));
    json_open(&call->json, '{');
    json_put_str(&call->json, STR("Deleted"), key.id);
    json_close(&call->json, '}');
    return admin_record(call);
}

static int root_key_delete_op(struct call *call)
{
    if (!admin_account_word(call, 0)) {
        return call->status;
    }
    if (call->count < 2) {
        (void)admin_refuse(call, "expected an access key id behind the account");
        return 2;
    }
    return admin_change(call, root_key_delete_in, "delete the root key");
}

/* --- keys and backup --- */

static enum rc record_in(struct txn *txn UNUSED, void *arg)
{
    return admin_record(arg);
}

static int keys_rotate_op(struct call *call)
{
    str name = call->count > 0 ? call->words[0] : STR("");
    bool rotated = false;
    enum vault_set set;
    enum rc rc;
    str line;

    if (admin_keys_set(name, &set) != RC_OK) {
        (void)admin_refuse(call, "expected the name of a key set: master, token or message");
        return 2;
    }
    line = record_line(call);
    rc = line.ptr == NULL ? RC_NOMEM : admin_keys_rotate(call->admin, set, line, &rotated);
    if (rc != RC_OK && rotated) {
        return admin_refuse(
            call,
            "the %.*s keys are rotated, but the record of it cannot be stored now (%s); "
            "the next start or rotation makes it",
            FMT(name), rc_name(rc));
    }
    if (rc != RC_OK) {
        return admin_refuse(call, "cannot rotate the %.*s keys: %s", FMT(name), rc_name(rc));
    }
    json_open(&call->json, '{');
    json_put_str(&call->json, STR("Rotated"), name);
    json_close(&call->json, '}');
    return 0;
}

static int backup_op(struct call *call)
{
    enum rc rc;
    str path;

    if (call->count < 1) {
        (void)admin_refuse(call, "expected the file to write the copy to");
        return 2;
    }
    path = arena_str(call->arena, call->words[0]);
    rc = path.ptr == NULL ? RC_NOMEM : store_backup(call->admin->store, path.ptr);
    if (rc != RC_OK) {
        return admin_refuse(call, "cannot write the copy to %.*s: %s", FMT(path), rc_name(rc));
    }
    json_open(&call->json, '{');
    json_put_str(&call->json, STR("Backup"), path);
    json_close(&call->json, '}');
    return admin_change(call, record_in, "record the backup");
}

static const struct operation {
    str noun, verb; /* verb absent: the noun alone */
    str event_name;
    int (*run)(struct call *call);
} operations[] = {
    { STR_INIT("account"), STR_INIT("create"), STR_INIT("AdminCreateAccount"), account_create_op },
    { STR_INIT("account"), STR_INIT("list"), STR_INIT("AdminListAccounts"), account_list_op },
    { STR_INIT("account"), STR_INIT("quota"), STR_INIT("AdminSetQuota"), account_quota_op },
    { STR_INIT("root-key"), STR_INIT("create"), STR_INIT("AdminCreateRootKey"),
      root_key_create_op },
    { STR_INIT("root-key"), STR_INIT("list"), STR_INIT("AdminListRootKeys"), root_key_list_op },
    { STR_INIT("root-key"), STR_INIT("delete"), STR_INIT("AdminDeleteRootKey"),
      root_key_delete_op },
    { STR_INIT("keys"), STR_INIT("rotate"), STR_INIT("AdminRotateKeys"), keys_rotate_op },
    { STR_INIT("issuer"), STR_INIT("rotate"), STR_INIT("AdminRotateIssuerKeys"),
      admin_issuer_rotate },
    { STR_INIT("backup"), { NULL, 0 }, STR_INIT("AdminBackup"), backup_op },
    { STR_INIT("organization"), STR_INIT("create"), STR_INIT("AdminCreateOrganization"),
      admin_organization_create },
    { STR_INIT("organization"), STR_INIT("add"), STR_INIT("AdminAddToOrganization"),
      admin_organization_add },
    { STR_INIT("organization"), STR_INIT("remove"), STR_INIT("AdminRemoveFromOrganization"),
      admin_organization_remove },
    { STR_INIT("organization"), STR_INIT("show"), STR_INIT("AdminShowOrganization"),
      admin_organization_show },
    { STR_INIT("import-managed-policies"),
      { NULL, 0 },
      STR_INIT("AdminImportManagedPolicies"),
      admin_import_managed_policies },
};

int admin_execute(struct admin *admin, const str *words, size_t count, struct arena *arena,
                  buf *out, buf *err)
{
    struct call call = {
        .admin = admin, .arena = arena, .json = { .out = out }, .err = err, .account = -1
    };
    int status;

    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const struct operation *op = &operations[i];
        size_t own = op->verb.ptr == NULL ? 1 : 2;
        if (count < own || !str_eq(words[0], op->noun) ||
            (own == 2 && !str_eq(words[1], op->verb))) {
            continue;
        }
        call.words = words + own;
        call.count = count - own;
        call.event_name = op->event_name;
        status = op->run(&call);
        if (status != 0 && !call.answered) {
            buf_clear(out); /* no half answer */
        } else {
            buf_add_char(out, '\n');
        }
        return out->err == RC_OK ? status : 1;
    }
    (void)admin_refuse(&call, "unknown operation (see mantle admin --help)");
    return 2;
}
