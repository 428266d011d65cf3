/* Virtual MFA devices: made, listed, tagged, deleted. */
#include "service/iam/mfa.h"

#include "model/account.h"
#include "service/iam/signin.h"
#include "vault/totp.h"

/* --- finding ------------------------------------------------------------------------------------ */

static enum rc fail_missing(struct rq *rq, str serial)
{
    return api_fail(rq, ERR_NoSuchEntity, "MFA Device with serial number %.*s does not exist.",
                    FMT(serial));
}

enum rc iam_find_mfa(struct rq *rq, str serial, struct mfa_device *ret)
{
    enum rc rc = mfa_by_serial(rq->txn, serial, rq->arena, ret);

    if (rc == RC_NOENT || rc == RC_SYNTAX || (rc == RC_OK && ret->entity.account != rq->account)) {
        return fail_missing(rq, serial);
    }
    return rc;
}

enum rc iam_find_mfa_of(struct rq *rq, str serial, const struct iam_owner *owner,
                        struct mfa_device *ret)
{
    TRY(iam_find_mfa(rq, serial, ret));
    if (!str_eq(ret->owner_id, owner->id)) {
        return api_fail(rq, ERR_NoSuchEntity,
                        "MFA Device with serial number %.*s is not enabled for user %.*s.",
                        FMT(serial), FMT(owner->is_root ? STR("root") : owner->user.name));
    }
    return RC_OK;
}

/* --- CreateVirtualMFADevice --------------------------------------------------------------------- */

struct new_device { /* in rq->prepared */
    struct entity entity;
    str label; /* for the authenticator app: DEVICE@ACCOUNT */
    str serial, wrapped, seed, png;
};

/* On a thread of the pool: the picture takes a while. */
static enum rc make_seed(struct rq *rq)
{
    struct new_device *new = rq->prepared;
    str about = mfa_about(&new->entity, rq->arena), uri;

    if (about.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(totp_new_seed(rq->vault, about, rq->arena, &new->wrapped, &new->seed));
    uri = ARENA_JOIN(rq->arena, STR("otpauth://totp/"), new->label, STR("?secret="), new->seed);
    return uri.ptr == NULL ? RC_NOMEM : qr_png(uri, rq->arena, &new->png);
}

/* What a URI's path may not hold as it is; names have no other such characters. */
static str label_of(struct rq *rq, str device, str account)
{
    buf out = buf_arena(rq->arena, 4096);

    for (size_t i = 0; i < device.len; i++) {
        if (ascii_is_alnum(device.ptr[i]) || device.ptr[i] == '-' || device.ptr[i] == '_' ||
            device.ptr[i] == '.') {
            buf_add_char(&out, device.ptr[i]);
        } else {
            buf_printf(&out, "%%%02X", (unsigned)(unsigned char)device.ptr[i]);
        }
    }
    buf_add_char(&out, '@');
    buf_add(&out, account);
    return out.err == RC_OK ? buf_str(&out) : STR_NONE;
}

static enum rc check_serial(struct rq *rq, str serial)
{
    if (serial.ptr == NULL) {
        return RC_NOMEM;
    }
    if (serial.len > MFA_SERIAL_CHARS_MAX) {
        return api_fail(
            rq, ERR_InvalidInput,
            "The serial number made of the path and the name would have %zu characters; "
            "it may have %d. Choose a shorter path or name.",
            serial.len, MFA_SERIAL_CHARS_MAX);
    }
    return RC_OK;
}

enum rc iam_CreateVirtualMFADevice_prepare(struct rq *rq,
                                           const struct iam_CreateVirtualMFADevice_in *in)
{
    struct new_device *new = NEW(rq->arena, struct new_device);
    struct account account;

    if (new == NULL) {
        return RC_NOMEM;
    }
    new->entity = (struct entity){ .kind = ENTITY_MFA,
                                   .account = rq->account,
                                   .path = in->Path,
                                   .name = in->VirtualMFADeviceName,
                                   .created_s = rq->now_s };
    new->serial = entity_arn(&new->entity, rq->arena);
    TRY(check_serial(rq, new->serial));
    TRY(account_get(rq->txn, rq->account, rq->arena, &account));
    new->label = label_of(rq, in->VirtualMFADeviceName,
                          account.alias.ptr == NULL ? rq->account_text : account.alias);
    if (new->label.ptr == NULL) {
        return RC_NOMEM;
    }
    rq->prepared = new;
    rq_block(rq, RQ_POOL_COMPUTE, make_seed);
    return RC_OK;
}

enum rc iam_CreateVirtualMFADevice(struct rq *rq, const struct iam_CreateVirtualMFADevice_in *in,
                                   struct iam_CreateVirtualMFADevice_out *out)
{
    struct iam_VirtualMFADevice *view = NEW(rq->arena, struct iam_VirtualMFADevice);
    struct new_device *new = rq->prepared;

    if (view == NULL) {
        return RC_NOMEM;
    }
    TRY(iam_check_tags(rq, ENTITY_MFA, &in->Tags));
    enum rc rc = mfa_create(rq->txn, rq->env, &new->entity, new->wrapped, rq->arena);
    if (rc == RC_EXISTS) {
        return api_fail(rq, ERR_EntityAlreadyExists, "MFA device already exists.");
    }
    if (rc == RC_LIMIT) {
        return iam_fail_quota(rq, entity_quota(ENTITY_MFA));
    }
    TRY(rc);
    TRY(iam_put_tags(rq, new->entity.id, &in->Tags));
    view->SerialNumber = new->serial;
    view->Base32StringSeed = new->seed;
    view->QRCodePNG = new->png;
    out->VirtualMFADevice = view;
    view->Tags = iam_given_tags(&in->Tags);
    return RC_OK;
}

enum rc iam_DeleteVirtualMFADevice(struct rq *rq, const struct iam_DeleteVirtualMFADevice_in *in)
{
    struct mfa_device device;

    TRY(iam_find_mfa(rq, in->SerialNumber, &device));
    enum rc rc = mfa_delete(rq->txn, &device);
    if (rc == RC_CONFLICT) {
        return api_fail(rq, ERR_DeleteConflict, "MFA VirtualDevice in use. Must deactivate first.");
    }
    return rc;
}

/* --- listing ------------------------------------------------------------------------------------ */

static enum rc owner_view(struct rq *rq, const struct mfa_device *device, struct iam_User **ret)
{
    struct entity user;

    *ret = NEW(rq->arena, struct iam_User);
    if (*ret == NULL) {
        return RC_NOMEM;
    }
    if (str_eq(device->owner_id, rq->account_text)) {
        return iam_root_view(rq, *ret);
    }
    TRY(entity_by_id(rq->txn, device->owner_id, rq->arena, &user));
    return iam_user_view(rq, &user, *ret);
}

static enum rc virtual_view(struct rq *rq, const struct mfa_device *device,
                            struct iam_VirtualMFADevice *ret)
{
    ret->SerialNumber = entity_arn(&device->entity, rq->arena);
    if (ret->SerialNumber.ptr == NULL) {
        return RC_NOMEM;
    }
    if (device->owner_id.ptr == NULL) {
        return RC_OK;
    }
    ret->EnableDate = iam_time(device->enabled_s);
    return owner_view(rq, device, &ret->User);
}

static bool is_wanted(str status, const struct mfa_device *device)
{
    bool assigned = device->owner_id.ptr != NULL;

    return status.ptr == NULL || str_eq(status, STR("Any")) ||
           str_eq(status, assigned ? STR("Assigned") : STR("Unassigned"));
}

/* With an AssignmentStatus a page may be shorter than asked for and still be truncated: one call
 * looks at MaxItems devices. */
enum rc iam_ListVirtualMFADevices(struct rq *rq, const struct iam_ListVirtualMFADevices_in *in,
                                  struct iam_ListVirtualMFADevices_out *out)
{
    struct iam_VirtualMFADevice *views;
    struct entity *entities = NULL;
    size_t count = 0, shown = 0;
    struct page page;

    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &page));
    TRY(entity_list(rq->txn, rq->account, ENTITY_MFA, STR_NONE, &page, rq->arena, &entities,
                    &count));
    views = NEW_ARRAY(rq->arena, count, struct iam_VirtualMFADevice);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct mfa_device device;
        TRY(mfa_of_entity(rq->txn, &entities[i], rq->arena, &device));
        if (is_wanted(in->AssignmentStatus, &device)) {
            TRY(virtual_view(rq, &device, &views[shown++]));
        }
    }
    out->VirtualMFADevices = (struct iam_VirtualMFADevice_list){ views, shown, true };
    return iam_page_end(rq, &page, &out->IsTruncated, &out->Marker);
}

/* --- tags --------------------------------------------------------------------------------------- */

enum rc iam_TagMFADevice(struct rq *rq, const struct iam_TagMFADevice_in *in)
{
    struct mfa_device device;

    TRY(iam_find_mfa(rq, in->SerialNumber, &device));
    return iam_put_tags(rq, device.entity.id, &in->Tags);
}

enum rc iam_UntagMFADevice(struct rq *rq, const struct iam_UntagMFADevice_in *in)
{
    struct mfa_device device;

    TRY(iam_find_mfa(rq, in->SerialNumber, &device));
    return iam_remove_tags(rq, device.entity.id, &in->TagKeys);
}

enum rc iam_ListMFADeviceTags(struct rq *rq, const struct iam_ListMFADeviceTags_in *in,
                              struct iam_ListMFADeviceTags_out *out)
{
    struct mfa_device device;

    TRY(iam_find_mfa(rq, in->SerialNumber, &device));
    return iam_page_tags(rq, device.entity.id, in->Marker, in->MaxItems, &out->Tags,
                         &out->IsTruncated, &out->Marker);
}
