#include "model/mfa.h"

#include "base/bytes.h"
#include "model/quota.h"
#include "store/queries.h"
#include "store/store.h"
#include "vault/totp.h"

enum {
    WINDOW_STEPS = 1, /* a code is good in its own step and the neighbours */
    PAIR_STEPS = 24 * 3600 / TOTP_STEP_S,
    PAIR_CODES = 2 * PAIR_STEPS + 2,
};

static const str in_use = STR_INIT("mfa-in-use");

str mfa_about(const struct entity *entity, struct arena *arena)
{
    str arn = entity_arn(entity, arena);

    return arn.ptr == NULL ? STR_NONE : ARENA_JOIN(arena, STR("mfa/"), arn);
}

/* --- devices ------------------------------------------------------------------------------------ */

enum rc mfa_create(struct txn *txn, const struct env *env, struct entity *entity, str wrapped,
                   struct arena *arena)
{
    TRY(entity_insert(txn, env, entity, arena));
    return q_mfa_device_insert(txn, entity->id, wrapped);
}

enum rc mfa_of_entity(struct txn *txn, const struct entity *entity, struct arena *arena,
                      struct mfa_device *ret)
{
    struct q_mfa_device_get_row row;
    enum rc rc = q_mfa_device_get(txn, entity->id, arena, &row);

    TRY(rc == RC_NOENT ? RC_CORRUPT : rc); /* the two are written together */
    *ret = (struct mfa_device){ .entity = *entity,
                                .wrapped = row.wrapped,
                                .owner_id = row.owner_id,
                                .enabled_s = row.enabled_s_null ? 0 : row.enabled_s,
                                .drift_steps = row.drift_steps,
                                .last_step = row.last_step };
    return RC_OK;
}

enum rc mfa_by_serial(struct txn *txn, str serial, struct arena *arena, struct mfa_device *ret)
{
    struct entity entity;

    TRY(entity_by_arn(txn, serial, arena, &entity));
    return entity.kind == ENTITY_MFA ? mfa_of_entity(txn, &entity, arena, ret) : RC_SYNTAX;
}

enum rc mfa_list_owned(struct txn *txn, str owner_id, struct arena *arena, struct mfa_device **ret,
                       size_t *ret_count)
{
    struct q_mfa_device_list_owned_row *rows = NULL;
    struct mfa_device *devices;
    struct entity entity;
    size_t count = 0;

    TRY(q_mfa_device_list_owned(txn, owner_id, arena, &rows, &count));
    devices = NEW_ARRAY(arena, count, struct mfa_device);
    if (devices == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(entity_by_id(txn, rows[i].id, arena, &entity));
        TRY(mfa_of_entity(txn, &entity, arena, &devices[i]));
    }
    *ret = devices;
    *ret_count = count;
    return RC_OK;
}

enum rc mfa_count_owned(struct txn *txn, str owner_id, struct arena *arena, int64_t *ret)
{
    struct q_mfa_device_count_owned_row row;

    TRY(q_mfa_device_count_owned(txn, owner_id, arena, &row));
    *ret = row.n;
    return RC_OK;
}

enum rc mfa_count_in_use(struct txn *txn, int64_t account, int64_t *ret)
{
    return counter_get(txn, account, in_use, ret);
}

enum rc mfa_enable(struct txn *txn, const struct mfa_device *device, str owner_id, int64_t now_s,
                   struct arena *arena)
{
    int64_t owned = 0;

    if (device->owner_id.ptr != NULL) {
        return RC_EXISTS;
    }
    TRY(mfa_count_owned(txn, owner_id, arena, &owned));
    if (owned >= MFA_DEVICES_PER_USER) {
        return RC_LIMIT;
    }
    TRY(q_mfa_device_enable(txn, owner_id, now_s, device->entity.id));
    return counter_add(txn, device->entity.account, in_use, 1);
}

enum rc mfa_release(struct txn *txn, const struct mfa_device *device)
{
    if (device->owner_id.ptr == NULL) {
        return RC_OK;
    }
    TRY(q_mfa_device_release(txn, device->entity.id));
    return counter_add(txn, device->entity.account, in_use, -1);
}

enum rc mfa_delete(struct txn *txn, const struct mfa_device *device)
{
    if (device->owner_id.ptr != NULL) {
        return RC_CONFLICT;
    }
    TRY(q_mfa_device_delete(txn, device->entity.id));
    return entity_delete(txn, &device->entity);
}

/* --- codes -------------------------------------------------------------------------------------- */

static bool read_code(str text, uint32_t *ret)
{
    uint64_t code;

    if (text.len != TOTP_DIGITS || str_to_u64(text, &code) != RC_OK) {
        return false;
    }
    *ret = (uint32_t)code;
    return true;
}

/* All places are looked at, and compared without a branch: time tells nothing. 0: nowhere. */
static int64_t find_steps(const uint32_t *codes, size_t count, int64_t first, uint32_t code1,
                          uint32_t code2, int64_t after)
{
    int64_t found = 0;

    for (size_t i = 0; i + 1 < count; i++) {
        int64_t step = first + (int64_t)i + 1;
        uint32_t differs = (codes[i] ^ code1) | (codes[i + 1] ^ code2);
        int64_t hit = (int64_t)(differs == 0) & (int64_t)(step - 1 > after) & (found == 0);

        found += hit * step;
    }
    return found;
}

enum rc mfa_find_pair(struct vault *vault, const struct mfa_device *device, str code1, str code2,
                      int64_t now_s, struct arena *arena, int64_t *ret_step)
{
    uint32_t *codes = NEW_ARRAY(arena, PAIR_CODES, uint32_t), one, two;
    int64_t first = now_s / TOTP_STEP_S - PAIR_STEPS - 1, step;
    str about = mfa_about(&device->entity, arena);

    if (codes == NULL || about.ptr == NULL) {
        return RC_NOMEM;
    }
    if (!read_code(code1, &one) || !read_code(code2, &two)) {
        return RC_DENIED;
    }
    TRY(totp_codes(vault, about, device->wrapped, first, PAIR_CODES, codes));
    step = find_steps(codes, PAIR_CODES, first, one, two, device->last_step);
    wipe(codes, PAIR_CODES * sizeof(*codes));
    if (step == 0) {
        return RC_DENIED;
    }
    *ret_step = step;
    return RC_OK;
}

enum rc mfa_set_clock(struct txn *txn, const struct mfa_device *device, int64_t step, int64_t now_s)
{
    if (step - 1 <= device->last_step) {
        return RC_DENIED;
    }
    return q_mfa_device_set_clock(txn, step - now_s / TOTP_STEP_S, step, device->entity.id);
}

/* Of the steps around the device's present one, the one the code belongs to. */
static enum rc find_step(struct vault *vault, const struct mfa_device *device, uint32_t code,
                         int64_t now_s, struct arena *arena, int64_t *ret_step)
{
    uint32_t codes[2 * WINDOW_STEPS + 1];
    int64_t first = now_s / TOTP_STEP_S + device->drift_steps - WINDOW_STEPS, found = 0;
    str about = mfa_about(&device->entity, arena);

    if (about.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(totp_codes(vault, about, device->wrapped, first, COUNT_OF(codes), codes));
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        found += (int64_t)(codes[i] == code) * (int64_t)(found == 0) * (first + (int64_t)i);
    }
    wipe(codes, sizeof(codes));
    *ret_step = found;
    return found == 0 ? RC_DENIED : RC_OK;
}

enum rc mfa_accept(struct txn *txn, struct vault *vault, str serial, str owner_id, str code,
                   int64_t now_s, struct arena *arena)
{
    struct mfa_device device;
    uint32_t number;
    int64_t step = 0;
    enum rc rc = mfa_by_serial(txn, serial, arena, &device);

    if (rc == RC_SYNTAX || (rc == RC_OK && !str_eq(device.owner_id, owner_id))) {
        return RC_NOENT;
    }
    TRY(rc);
    if (!read_code(code, &number)) {
        return RC_DENIED;
    }
    TRY(find_step(vault, &device, number, now_s, arena, &step));
    if (step <= device.last_step) {
        return RC_EXISTS;
    }
    return q_mfa_device_set_clock(txn, step - now_s / TOTP_STEP_S, step, device.entity.id);
}
