/* mantle admin organization: a management account and its members. */
#include "cli/admin_call.h"
#include "codec/arn.h"
#include "model/account.h"
#include "model/organization.h"
#include "store/store.h"

static enum rc show(struct call *call, struct txn *txn, const struct organization *organization)
{
    struct json_out *json = &call->json;
    int64_t *members = NULL;
    size_t count = 0;

    TRY(organization_members(txn, organization, call->arena, &members, &count));
    json_open(json, '{');
    json_put_str(json, STR("OrganizationId"), organization->id);
    json_put_str(json, STR("ManagementAccount"),
                 account_root_id(organization->management, call->arena));
    json_key(json, STR("Accounts"));
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(json, account_root_id(members[i], call->arena));
    }
    json_close(json, ']');
    json_close(json, '}');
    return RC_OK;
}

static enum rc create_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct organization organization;

    TRY(organization_create(txn, call->admin->env, call->account, call->arena, &organization));
    TRY(show(call, txn, &organization));
    return admin_record(call);
}

int admin_organization_create(struct call *call)
{
    return admin_account_word(call, 0)
               ? admin_change(call, create_in,
                              "create the organization: the account must exist and be in none")
               : call->status;
}

/* The organization that the first word manages, and the account of the second. */
static enum rc named(struct call *call, struct txn *txn, struct organization *ret,
                     int64_t *ret_account)
{
    TRY(account_id_parse(call->words[1], ret_account));
    TRY(organization_of(txn, call->account, call->arena, ret));
    return ret->management == call->account ? RC_OK : RC_DENIED;
}

static enum rc add_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct organization organization;
    int64_t account = 0;

    TRY(named(call, txn, &organization, &account));
    TRY(organization_add(txn, &organization, account, env_now_s(call->admin->env), call->arena));
    TRY(show(call, txn, &organization));
    return admin_record(call);
}

static enum rc remove_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct organization organization;
    int64_t account = 0;

    TRY(named(call, txn, &organization, &account));
    TRY(organization_remove(txn, &organization, account, call->arena));
    TRY(show(call, txn, &organization));
    return admin_record(call);
}

static int with_member(struct call *call, enum rc (*run)(struct txn *txn, void *call),
                       const char *what)
{
    int64_t ignored;

    if (call->count != 2 || account_id_parse(call->words[1], &ignored) != RC_OK) {
        (void)admin_refuse(call, "expected two account numbers: the management account's and the "
                                 "member's");
        return 2;
    }
    return admin_account_word(call, 0) ? admin_change(call, run, what) : call->status;
}

int admin_organization_add(struct call *call)
{
    return with_member(call, add_in,
                       "add the account: the first must manage an organization, the second exist "
                       "and be in none");
}

int admin_organization_remove(struct call *call)
{
    return with_member(call, remove_in,
                       "remove the account: it must be a member, and the management account goes "
                       "last");
}

static enum rc show_in(struct txn *txn, void *arg)
{
    struct call *call = arg;
    struct organization organization;

    TRY(organization_of(txn, call->account, call->arena, &organization));
    return show(call, txn, &organization);
}

int admin_organization_show(struct call *call)
{
    return admin_account_word(call, 0) ? admin_change(call, show_in, "show the organization")
                                       : call->status;
}
