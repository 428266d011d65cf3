/* MFA devices of users: enabled with two codes in a row, set to their clock, taken away. */
#include "service/iam/mfa.h"
#include "system/attempts.h"

struct pair_work { /* in rq->prepared */
    struct mfa_device device;
    str code1, code2;
    int64_t step; /* out: of the second code */
};

static enum rc fail_code(struct rq *rq)
{
    return api_fail(rq, ERR_InvalidAuthenticationCode,
                    "Authentication code for device is not valid.");
}

/* On a thread of the pool: a day's codes either way are looked through. */
static enum rc find_pair(struct rq *rq)
{
    struct pair_work *work = rq->prepared;
    int64_t wait_s = 0;
    str whom = ARENA_JOIN(rq->arena, STR("mfa/"), work->device.entity.id);
    enum rc rc;

    if (whom.ptr == NULL) {
        return RC_NOMEM;
    }
    if (attempts_take(rq->attempts, whom, &wait_s) == RC_LIMIT) {
        return api_fail(rq, ERR_LimitExceeded,
                        "Too many attempts with wrong codes for this device. Try again in %lld "
                        "seconds.",
                        (long long)wait_s);
    }
    rc = mfa_find_pair(rq->vault, &work->device, work->code1, work->code2, rq->now_s, rq->arena,
                       &work->step);
    if (rc != RC_DENIED) { /* what we could not look at was no guess */
        attempts_give_back(rq->attempts, whom);
    }
    return rc == RC_DENIED ? fail_code(rq) : rc;
}

static enum rc begin(struct rq *rq, const struct mfa_device *device, str code1, str code2)
{
    struct pair_work *work = NEW(rq->arena, struct pair_work);

    if (work == NULL) {
        return RC_NOMEM;
    }
    *work = (struct pair_work){ .device = *device, .code1 = code1, .code2 = code2 };
    rq->prepared = work;
    rq_block(rq, RQ_POOL_COMPUTE, find_pair);
    return RC_OK;
}

/* The device is read again: another request may have used the codes, or it may be another device
 * of that name. */
static enum rc set_clock(struct rq *rq, const struct mfa_device *device)
{
    const struct pair_work *work = rq->prepared;
    enum rc rc;

    if (!str_eq(device->entity.id, work->device.entity.id)) {
        return fail_code(rq);
    }
    rc = mfa_set_clock(rq->txn, device, work->step, rq->now_s);
    return rc == RC_DENIED ? fail_code(rq) : rc;
}

/* --- EnableMFADevice ---------------------------------------------------------------------------- */

static enum rc find_unassigned(struct rq *rq, str serial, struct mfa_device *ret)
{
    if (!str_starts(serial, STR("arn:"))) {
        return api_fail(rq, ERR_InvalidInput,
                        "Hardware MFA devices are not supported: %.*s is not the ARN of a virtual "
                        "MFA device. Make one with CreateVirtualMFADevice.",
                        FMT(serial));
    }
    TRY(iam_find_mfa(rq, serial, ret));
    if (ret->owner_id.ptr != NULL) {
        return api_fail(rq, ERR_EntityAlreadyExists, "MFA Device is already in use.");
    }
    return RC_OK;
}

enum rc iam_EnableMFADevice_prepare(struct rq *rq, const struct iam_EnableMFADevice_in *in)
{
    struct mfa_device device;
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(find_unassigned(rq, in->SerialNumber, &device));
    return begin(rq, &device, in->AuthenticationCode1, in->AuthenticationCode2);
}

enum rc iam_EnableMFADevice(struct rq *rq, const struct iam_EnableMFADevice_in *in)
{
    struct mfa_device device;
    struct entity user;

    TRY(iam_find(rq, ENTITY_USER, in->UserName, &user));
    TRY(find_unassigned(rq, in->SerialNumber, &device));
    TRY(set_clock(rq, &device));
    enum rc rc = mfa_enable(rq->txn, &device, user.id, rq->now_s, rq->arena);
    if (rc == RC_LIMIT) {
        return api_fail(rq, ERR_LimitExceeded, "Cannot exceed quota for MFADevicesPerUser: %d",
                        MFA_DEVICES_PER_USER);
    }
    return rc;
}

/* --- ResyncMFADevice ---------------------------------------------------------------------------- */

static enum rc find_enabled(struct rq *rq, str user_name, str serial, struct mfa_device *ret)
{
    struct iam_owner owner;

    TRY(iam_find_owner(rq, user_name, &owner));
    return iam_find_mfa_of(rq, serial, &owner, ret);
}

enum rc iam_ResyncMFADevice_prepare(struct rq *rq, const struct iam_ResyncMFADevice_in *in)
{
    struct mfa_device device;

    TRY(find_enabled(rq, in->UserName, in->SerialNumber, &device));
    return begin(rq, &device, in->AuthenticationCode1, in->AuthenticationCode2);
}

enum rc iam_ResyncMFADevice(struct rq *rq, const struct iam_ResyncMFADevice_in *in)
{
    struct mfa_device device;

    TRY(find_enabled(rq, in->UserName, in->SerialNumber, &device));
    return set_clock(rq, &device);
}

/* --- the others --------------------------------------------------------------------------------- */

enum rc iam_DeactivateMFADevice(struct rq *rq, const struct iam_DeactivateMFADevice_in *in)
{
    struct mfa_device device;

    TRY(find_enabled(rq, in->UserName, in->SerialNumber, &device));
    return mfa_release(rq->txn, &device);
}

enum rc iam_GetMFADevice(struct rq *rq, const struct iam_GetMFADevice_in *in,
                         struct iam_GetMFADevice_out *out)
{
    struct mfa_device device;
    struct iam_owner owner;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(iam_find_mfa_of(rq, in->SerialNumber, &owner, &device));
    out->UserName = owner.user.name; /* absent for root */
    out->SerialNumber = in->SerialNumber;
    out->EnableDate = iam_time(device.enabled_s);
    return RC_OK;
}

static enum rc device_view(struct rq *rq, const struct iam_owner *owner,
                           const struct mfa_device *device, struct iam_MFADevice *ret)
{
    ret->UserName = owner->is_root ? STR("root") : owner->user.name;
    ret->SerialNumber = entity_arn(&device->entity, rq->arena);
    ret->EnableDate = iam_time(device->enabled_s);
    return ret->SerialNumber.ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc iam_ListMFADevices(struct rq *rq, const struct iam_ListMFADevices_in *in,
                           struct iam_ListMFADevices_out *out)
{
    struct mfa_device *devices = NULL;
    struct iam_MFADevice *views;
    struct iam_owner owner;
    struct iam_slice slice;
    size_t count = 0;

    TRY(iam_find_owner(rq, in->UserName, &owner));
    TRY(mfa_list_owned(rq->txn, owner.id, rq->arena, &devices, &count));
    TRY(iam_slice(rq, in->Marker, in->MaxItems, count, &slice, &out->IsTruncated, &out->Marker));
    views = NEW_ARRAY(rq->arena, slice.count, struct iam_MFADevice);
    if (views == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        TRY(device_view(rq, &owner, &devices[slice.from + i], &views[i]));
    }
    out->MFADevices = (struct iam_MFADevice_list){ views, slice.count, true };
    return RC_OK;
}
