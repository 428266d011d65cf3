/* A one-time code that comes with a request (AssumeRole, GetSessionToken): accepted before anything is
 * decided, so that trust policies can ask for it. Accepting is a write of its own, because a code is
 * good once, also for requests that come side by side; nothing of the request itself is changed, so
 * there is nothing to record but the request. */
#include "model/mfa.h"
#include "service/authz_resource.h"
#include "service/turn.h"
#include "system/attempts.h"

/* AWS's sentences, with their spaces. */
static const str text_half = STR_INIT(
    "MultiFactorAuthentication failed, must provide both MFA serial "
    "number and one time pass code.");
static const str text_serial = STR_INIT(
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
    "serial number is valid and associated with this user.");
static const str text_code = STR_INIT(
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ");

static enum rc refuse(struct turn *turn, str text)
{
    return api_fail(&turn->rq, ERR_AccessDenied, "%.*s", FMT(text));
}

static str whom(struct turn *turn, const struct mfa_device *device)
{
    return ARENA_JOIN(turn->rq.arena, STR("mfa/"), device->entity.id);
}

/* Devices are of users and of the root; the sessions of GetSessionToken are still the user. */
static enum rc find_device(struct turn *turn, struct mfa_device *ret)
{
    bool has_devices = turn->caller.type == PRINCIPAL_USER || turn->caller.type == PRINCIPAL_ROOT;
    struct txn *txn;
    enum rc rc;

    TRY(access_txn(turn->loop->access, &txn));
    rc = mfa_by_serial(txn, input_str(turn, STR("SerialNumber")), turn->rq.arena, ret);
    if (rc == RC_NOENT || rc == RC_SYNTAX ||
        (rc == RC_OK && (!has_devices || !str_eq(ret->owner_id, turn->caller.unique_id)))) {
        return refuse(turn, text_serial);
    }
    return rc;
}

static enum rc take_attempt(struct turn *turn)
{
    int64_t wait_s = 0;

    if (turn->mfa_whom.ptr == NULL) {
        return RC_NOMEM;
    }
    if (attempts_take(turn->rq.attempts, turn->mfa_whom, &wait_s) == RC_OK) {
        return RC_OK;
    }
    return api_fail(
        &turn->rq, ERR_AccessDenied,
        "MultiFactorAuthentication failed, too many attempts with a wrong one time pass "
        "code. Try again in %lld seconds.",
        (long long)wait_s);
}

static enum rc accept_run(struct write_job *job, struct txn *txn)
{
    struct turn *turn = CONTAINER_OF(job, struct turn, job);

    return mfa_accept(txn, turn->rq.vault, input_str(turn, STR("SerialNumber")),
                      turn->caller.unique_id, input_str(turn, STR("TokenCode")), turn->rq.now_s,
                      turn->rq.arena);
}

static void accept_done(struct write_job *job, enum rc rc)
{
    struct turn *turn = CONTAINER_OF(job, struct turn, job);

    job->rc = rc;
    http_loop_post(turn->loop->http, &turn->task);
}

enum rc turn_mfa(struct turn *turn, void (*then)(struct http_task *task), bool *ret_waits)
{
    bool serial = input_was_sent(turn, STR("SerialNumber"));
    bool code = input_was_sent(turn, STR("TokenCode"));
    struct mfa_device device;

    *ret_waits = false;
    if (!str_eq(turn->rq.op->service->name, STR("sts")) || (!serial && !code)) {
        return RC_OK;
    }
    if (!serial || !code) {
        return refuse(turn, text_half);
    }
    TRY(find_device(turn, &device));
    turn->mfa_whom = whom(turn, &device);
    TRY(take_attempt(turn));
    turn->job = (struct write_job){ .run = accept_run, .done = accept_done };
    turn->task.fn = then;
    access_txn_end(turn->loop->access); /* nothing is held while the writer works */
    TRY(store_submit(turn->loop->config->store, &turn->job));
    *ret_waits = true;
    return RC_OK;
}

enum rc turn_mfa_result(struct turn *turn)
{
    switch (turn->job.rc) {
    case RC_OK:
        attempts_give_back(turn->rq.attempts, turn->mfa_whom);
        turn->caller.mfa_s = turn->rq.now_s;
        return RC_OK;
    case RC_EXISTS: /* it was right once: no guess */
        attempts_give_back(turn->rq.attempts, turn->mfa_whom);
        return refuse(turn, text_code);
    case RC_DENIED:
        return refuse(turn, text_code);
    case RC_NOENT: /* taken away meanwhile */
        return refuse(turn, text_serial);
    default: /* what we could not look at was no guess */
        attempts_give_back(turn->rq.attempts, turn->mfa_whom);
        return turn->job.rc;
    }
}
