#include "service/turn.h"

static const struct {
    enum access_fault fault;
    enum api_error_id error;
} fault_errors[] = {
    { ACCESS_MISSING_TOKEN, ERR_MissingAuthenticationToken },
    { ACCESS_INCOMPLETE_SIGNATURE, ERR_IncompleteSignature },
    { ACCESS_INVALID_TOKEN, ERR_InvalidClientTokenId },
    { ACCESS_EXPIRED_TOKEN, ERR_ExpiredToken },
    { ACCESS_SIGNATURE_MISMATCH, ERR_SignatureDoesNotMatch },
};

static enum rc refuse(struct turn *turn, enum access_fault fault, str text)
{
    for (size_t i = 0; i < COUNT_OF(fault_errors); i++) {
        if (fault_errors[i].fault == fault) {
            return api_fail(&turn->rq, fault_errors[i].error, "%.*s", FMT(text));
        }
    }
    return RC_IO;
}

static enum rc signed_request(const struct http_request *http, struct arena *arena,
                              struct sigv4_request *ret)
{
    struct sigv4_header *headers = NEW_ARRAY(arena, http->header_count, struct sigv4_header);

    if (headers == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < http->header_count; i++) {
        headers[i] = (struct sigv4_header){ http->headers[i].name, http->headers[i].value };
    }
    *ret = (struct sigv4_request){ .method = http->method,
                                   .path = http->path,
                                   .query = http->query,
                                   .headers = headers,
                                   .header_count = http->header_count,
                                   .body = http->body };
    return RC_OK;
}

/* What AWS does not let sessions do whatever policies say (GetSessionToken and GetFederationToken
 * in the STS reference). */
static enum rc check_session(struct turn *turn)
{
    const struct session *session = turn->caller.session;
    const struct api_operation *op = turn->rq.op;
    bool sts = str_eq(op->service->name, STR("sts"));

    if (session == NULL || str_eq(op->name, STR("GetCallerIdentity"))) {
        return RC_OK;
    }
    if (sts &&
        (str_eq(op->name, STR("GetSessionToken")) || str_eq(op->name, STR("GetFederationToken")))) {
        return api_fail(&turn->rq, ERR_AccessDenied, "Cannot call %.*s with session credentials",
                        FMT(op->name));
    }
    switch (session->kind) {
    case SESSION_ROLE:
        return RC_OK;
    case SESSION_ROOT_TASK:
        if (!sts) {
            return RC_OK;
        }
        break;
    case SESSION_USER:
        if (sts ? str_eq(op->name, STR("AssumeRole")) : session->mfa_s != 0) {
            return RC_OK;
        }
        break;
    case SESSION_FEDERATED:
        break;
    }
    if (sts) {
        return api_fail(&turn->rq, ERR_AccessDenied, "Cannot call %.*s with these credentials",
                        FMT(op->name));
    }
    return api_fail(&turn->rq, ERR_InvalidClientTokenId,
                    "The security token included in the request is invalid");
}

static enum rc check_root(struct turn *turn)
{
    if (turn->caller.type == PRINCIPAL_ROOT && /* */
        str_eq(turn->rq.op->authz_count > 0 ? turn->rq.op->authz[0].action : STR_NONE,
               STR("sts:AssumeRole"))) {
        return api_fail(&turn->rq, ERR_AccessDenied, "Roles may not be assumed by root accounts.");
    }
    if (turn->caller.type == PRINCIPAL_ROOT && str_eq(turn->rq.op->name, STR("AssumeRoot"))) {
        return api_fail(&turn->rq, ERR_AccessDenied,
                        "AssumeRoot may not be called with credentials of a root user.");
    }
    return RC_OK;
}

enum rc turn_identify(struct turn *turn)
{
    struct rq *rq = &turn->rq;
    struct sigv4_request request;
    enum access_fault fault;
    str text = STR_NONE;

    TRY(signed_request(&turn->exchange->request, rq->arena, &request));
    fault = access_authenticate(turn->loop->access, &request, rq->op->service->signing_name,
                                rq->now_s, rq->arena, &turn->caller, &text, &turn->claimed_key_id);
    if (fault != ACCESS_OK) {
        return refuse(turn, fault, text);
    }
    rq->caller = &turn->caller;
    rq->account = turn->caller.account;
    rq->account_text = turn->caller.account_text;
    TRY(check_session(turn));
    return check_root(turn);
}

/* Metadata of SAML providers is the one thing of IAM that may be longer than other bodies. */
bool pipeline_takes_large(void *loop_state, const struct http_request *http, struct arena *arena)
{
    struct pipeline_loop *loop = loop_state;
    struct sigv4_request request;

    access_catch_up(loop->access);
    return str_eq(http->method, STR("POST")) && str_eq(http->path, STR("/")) &&
           signed_request(http, arena, &request) == RC_OK &&
           access_expects(loop->access, &request, STR("iam"), env_now_s(loop->config->env), arena);
}
