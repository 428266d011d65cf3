#include "access/live.h"
#include "base/bytes.h"
#include "model/access_key.h"
#include "model/organization.h"
#include "policy/policy.h"

static const str text_invalid = STR_INIT("The security token included in the request is invalid.");
static const str text_expired = STR_INIT("The security token included in the request is expired");
static const str text_missing = STR_INIT("Request is missing Authentication Token");

struct attempt { /* one request being authenticated */
    struct access *access;
    const struct sigv4_request *request;
    struct sigv4_claim claim;
    struct sigv4_rules rules;
    struct arena *arena;
    str text; /* for the fault */
};

static enum access_fault refuse(struct attempt *attempt, enum access_fault fault, str text)
{
    attempt->text = text;
    return fault;
}

static enum access_fault fault_of(struct attempt *attempt, enum sigv4_fault fault, str detail)
{
    switch (fault) {
    case SIGV4_OK:
        return ACCESS_OK;
    case SIGV4_MISSING:
        return refuse(attempt, ACCESS_MISSING_TOKEN, text_missing);
    case SIGV4_INCOMPLETE:
    case SIGV4_BOTH_FORMS:
        return refuse(attempt, ACCESS_INCOMPLETE_SIGNATURE, detail);
    case SIGV4_NO_MEMORY:
        return ACCESS_ERROR;
    case SIGV4_BAD_SCOPE:
    case SIGV4_EXPIRED:
    case SIGV4_FUTURE:
    case SIGV4_UNSIGNED_HEADER:
    case SIGV4_BAD_BODY:
    case SIGV4_MISMATCH:
        break;
    }
    return refuse(attempt, ACCESS_SIGNATURE_MISMATCH, detail);
}

static enum access_fault verify(struct attempt *attempt, const struct hmac_key *key)
{
    str detail = STR_NONE;
    enum sigv4_fault fault = sigv4_verify(attempt->request, &attempt->claim, &attempt->rules, key,
                                          attempt->arena, &detail);

    return fault_of(attempt, fault, detail);
}

/* Does the work a known key would cost, so that the clock does not tell which key ids exist. */
static enum access_fault refuse_unknown(struct attempt *attempt)
{
    struct hmac_key key;

    hmac_key_init(&key, attempt->access->dummy_key, sizeof(attempt->access->dummy_key));
    (void)verify(attempt, &key);
    wipe(&key, sizeof(key));
    return refuse(attempt, ACCESS_INVALID_TOKEN, text_invalid);
}

/* --- long-term keys ----------------------------------------------------------------------------- */

static enum rc key_load(struct access *access, str id, struct live_key **ret)
{
    struct access_key_auth auth;
    struct live_key *key;
    struct arena *arena;
    str *depends;
    enum rc rc;

    TRY(access_txn(access, &access->txn));
    key = cache_entry_new(sizeof(*key), SUBJECT_BYTES_MAX);
    if (key == NULL) {
        return RC_NOMEM;
    }
    arena = &key->entry.arena;
    rc = access_key_for_auth(access->txn, id, arena, &auth);
    depends = NEW_ARRAY(arena, 1, str);
    key->entry.key = arena_str(arena, id);
    if (rc == RC_OK && (depends == NULL || key->entry.key.ptr == NULL)) {
        rc = RC_NOMEM;
    }
    if (rc == RC_OK) {
        key->owner_id = auth.owner_id;
        key->active = auth.active;
        key->wrapped = auth.wrapped;
        key->about = access_key_about(auth.account, id, arena);
        key->last_used_s = auth.last_used_s;
        depends[0] = auth.owner_id;
        key->entry.account = auth.account;
        key->entry.depends = depends;
        key->entry.depend_count = 1;
        rc = key->about.ptr == NULL ? RC_NOMEM : RC_OK;
    }
    if (rc != RC_OK) {
        cache_entry_unref(&key->entry);
        return rc;
    }
    *ret = key;
    return RC_OK;
}

static enum rc key_find(struct access *access, str id, struct live_key **ret)
{
    struct live_key *key = cache_get(&access->keys, id);

    if (key == NULL) {
        TRY(key_load(access, id, &key));
        cache_put(&access->keys, &key->entry);
        if (key->entry.cache == NULL) { /* no room: nobody would free it */
            cache_entry_unref(&key->entry);
            return RC_NOMEM;
        }
        cache_entry_unref(&key->entry);
    }
    *ret = key;
    return RC_OK;
}

static enum access_fault verify_long_term(struct attempt *attempt, struct live_key *live)
{
    const struct sigv4_claim *claim = &attempt->claim;
    struct hmac_key key;
    enum access_fault fault;

    if (vault_signing_key(attempt->access->config.vault, live->about, live->wrapped, claim->date,
                          claim->region, claim->service, &key) != RC_OK) {
        return ACCESS_ERROR;
    }
    fault = verify(attempt, &key);
    wipe(&key, sizeof(key));
    return fault;
}

static enum access_fault caller_of_subject(struct attempt *attempt, const struct subject *subject,
                                           struct caller *ret)
{
    struct caller caller = {
        .account = subject->account,
        .account_text = subject->account_text,
        .arn = subject->arn,
        .unique_id = subject->unique_id,
        .user_id = subject->unique_id,
        .name = subject->name,
        .access_key_id = attempt->claim.access_key_id,
        .subject = subject,
        .signing_region = attempt->claim.region,
    };

    switch (subject->kind) {
    case SUBJECT_ROOT:
        caller.type = PRINCIPAL_ROOT;
        break;
    case SUBJECT_USER:
        caller.type = PRINCIPAL_USER;
        break;
    case SUBJECT_ROLE:
        caller.type = PRINCIPAL_ROLE_SESSION;
        caller.role_arn = subject->arn;
        break;
    }
    *ret = caller;
    return ACCESS_OK;
}

static enum access_fault fault_of_rc(struct attempt *attempt, enum rc rc)
{
    switch (rc) {
    case RC_NOENT:
    case RC_SYNTAX:
    case RC_DENIED:
        return refuse_unknown(attempt);
    case RC_OK:
        return ACCESS_OK;
    default:
        return ACCESS_ERROR;
    }
}

/* Told once; the write is the pipeline's. */
static bool use_is_news(int64_t *last_used_s, int64_t now_s)
{
    if (!access_key_use_is_news(*last_used_s, now_s)) {
        return false;
    }
    *last_used_s = now_s;
    return true;
}

static enum access_fault authenticate_long_term(struct attempt *attempt, struct caller *ret)
{
    struct access *access = attempt->access;
    const struct subject *subject;
    struct live_key *key;
    enum access_fault fault;
    enum rc rc;

    if (str_starts(attempt->claim.access_key_id, STR("ASIA"))) {
        return refuse_unknown(attempt); /* a temporary key without its token */
    }
    rc = key_find(access, attempt->claim.access_key_id, &key);
    if (rc != RC_OK) {
        return fault_of_rc(attempt, rc);
    }
    if (!key->active) {
        return refuse_unknown(attempt);
    }
    fault = verify_long_term(attempt, key);
    if (fault != ACCESS_OK) {
        return fault;
    }
    rc = access_subject(access, key->owner_id, &subject);
    if (rc != RC_OK) {
        return fault_of_rc(attempt, rc);
    }
    if (subject->kind == SUBJECT_ROLE || subject->account != key->entry.account) {
        return ACCESS_ERROR; /* no such row is ever written */
    }
    fault = caller_of_subject(attempt, subject, ret);
    ret->use_is_news = use_is_news(&key->last_used_s, attempt->rules.now_s);
    return fault;
}

/* --- temporary credentials ---------------------------------------------------------------------- */

/* A session as a member's root ends when the account leaves the organization, and when the feature that
 * carries its task is switched off. */
static enum rc task_is_lent(struct txn *txn, const struct session *session, struct arena *scratch)
{
    struct organization organization;
    struct entity task;
    unsigned feature = 0;

    if (session->policy_id_count != 1) {
        return RC_DENIED;
    }
    TRY(entity_by_id(txn, session->policy_ids[0], scratch, &task));
    TRY(organization_task_feature(task.name, &feature));
    TRY(organization_of(txn, session->account, scratch, &organization));
    return str_eq(session->name, organization.id) && (organization.features & feature) != 0
               ? RC_OK
               : RC_DENIED;
}

static enum rc organization_still_lends(struct access *access, const struct session *session)
{
    struct arena scratch;
    struct txn *txn;
    enum rc rc;

    TRY(access_txn(access, &txn));
    arena_init(&scratch, &heap, 1024, 64 * 1024);
    rc = task_is_lent(txn, session, &scratch);
    arena_done(&scratch);
    return rc;
}

/* GetSessionToken and GetFederationToken hand on what a long-term key may do: such a session does
 * not outlive the key it came from, nor the time the key is active (security rule 4). */
static enum rc issuer_is_alive(struct access *access, const struct session *session)
{
    struct live_key *key;

    if (session->kind == SESSION_ROOT_TASK) {
        return organization_still_lends(access, session);
    }
    if (session->kind == SESSION_ROLE) {
        return RC_OK;
    }
    TRY(key_find(access, session->issuer_key_id, &key));
    return key->active && str_eq(key->owner_id, session->unique_id) ? RC_OK : RC_DENIED;
}

static bool kinds_fit(const struct session *session, const struct subject *subject)
{
    if (session->kind == SESSION_ROOT_TASK && subject->kind != SUBJECT_ROOT) {
        return false;
    }
    return session->account == subject->account &&
           (session->kind == SESSION_ROLE) == (subject->kind == SUBJECT_ROLE);
}

static enum rc find_session(struct attempt *attempt, struct live_session **ret_live,
                            const struct subject **ret_subject)
{
    struct access *access = attempt->access;
    const struct subject *subject;
    struct live_session *live;

    TRY(live_session_find(access, attempt->claim.access_key_id, attempt->claim.session_token,
                          &live));
    /* Loading the subject may push the session out of a full cache. */
    cache_entry_ref(&live->entry);
    *ret_live = live;
    TRY(issuer_is_alive(access, &live->session));
    TRY(access_subject(access, live->session.unique_id, &subject));
    *ret_subject = subject;
    return kinds_fit(&live->session, subject) ? RC_OK : RC_DENIED;
}

static enum access_fault verify_temporary(struct attempt *attempt)
{
    const struct sigv4_claim *claim = &attempt->claim;
    struct hmac_key key;
    enum access_fault fault;

    if (vault_session_signing_key(attempt->access->config.vault, claim->access_key_id,
                                  claim->session_token, claim->date, claim->region, claim->service,
                                  &key) != RC_OK) {
        return ACCESS_ERROR;
    }
    fault = verify(attempt, &key);
    wipe(&key, sizeof(key));
    return fault;
}

static void name_session(const struct live_session *live, struct caller *caller)
{
    caller->temporary = true;
    caller->session = &live->session;
    caller->live = live;
    switch (live->session.kind) {
    case SESSION_USER:
    case SESSION_ROOT_TASK:
        break;
    case SESSION_FEDERATED:
        caller->type = PRINCIPAL_FEDERATED_USER;
        caller->arn = live->arn;
        caller->user_id = live->user_id;
        break;
    case SESSION_ROLE:
        caller->arn = live->arn;
        caller->user_id = live->user_id;
        break;
    }
}

static enum access_fault authenticate_temporary(struct attempt *attempt, struct caller *ret)
{
    const struct subject *subject = NULL;
    struct live_session *live = NULL;
    enum access_fault fault;
    enum rc rc = RC_DENIED;

    if (str_starts(attempt->claim.access_key_id, STR("ASIA"))) {
        rc = find_session(attempt, &live, &subject);
    }
    if (rc != RC_OK) {
        fault = fault_of_rc(attempt, rc);
    } else if (attempt->rules.now_s >= live->session.expires_s) {
        fault = refuse(attempt, ACCESS_EXPIRED_TOKEN, text_expired);
    } else {
        fault = verify_temporary(attempt);
    }
    if (fault == ACCESS_OK) {
        fault = caller_of_subject(attempt, subject, ret);
        name_session(live, ret);
        ret->use_is_news = subject->kind == SUBJECT_ROLE &&
                           use_is_news(&((struct subject *)subject)->last_used_s,
                                       attempt->rules.now_s);
    } else if (live != NULL) {
        cache_entry_unref(&live->entry);
    }
    return fault;
}

/* --- both --------------------------------------------------------------------------------------- */

enum access_fault access_authenticate(struct access *access, const struct sigv4_request *request,
                                      str service, int64_t now_s, struct arena *arena,
                                      struct caller *ret, str *reterr_text, str *reterr_key_id)
{
    struct attempt attempt = {
        .access = access,
        .request = request,
        .arena = arena,
        .rules = { .now_s = now_s,
                   .tolerance_s = access->config.tolerance_s,
                   .service = service,
                   .double_encode_path = true },
    };
    struct caller caller = { 0 };
    enum access_fault fault = fault_of(&attempt, sigv4_read(request, arena, &attempt.claim),
                                       attempt.claim.detail);

    if (fault == ACCESS_OK) {
        fault = attempt.claim.session_token.ptr == NULL ? authenticate_long_term(&attempt, &caller)
                                                        : authenticate_temporary(&attempt, &caller);
    }
    if (fault != ACCESS_OK) {
        *reterr_text = attempt.text;
        *reterr_key_id = attempt.claim.access_key_id;
        return fault;
    }
    cache_entry_ref(&((struct subject *)caller.subject)->entry);
    *ret = caller;
    return ACCESS_OK;
}

static enum rc find_named(struct access *access, const struct sigv4_claim *claim)
{
    struct live_session *session;
    struct live_key *key = NULL;

    if (claim->session_token.ptr != NULL) {
        return live_session_find(access, claim->access_key_id, claim->session_token, &session);
    }
    TRY(key_find(access, claim->access_key_id, &key));
    return key->active ? RC_OK : RC_DENIED;
}

bool access_expects(struct access *access, const struct sigv4_request *request, str service,
                    int64_t now_s, struct arena *arena)
{
    struct sigv4_rules rules = { .now_s = now_s,
                                 .tolerance_s = access->config.tolerance_s,
                                 .service = service,
                                 .double_encode_path = true };
    struct sigv4_claim claim = { 0 };
    bool good = sigv4_read(request, arena, &claim) == SIGV4_OK &&
                sigv4_check(&claim, &rules, arena, NULL) == SIGV4_OK &&
                find_named(access, &claim) == RC_OK;

    access_txn_end(access);
    return good;
}

void access_release(struct caller *caller)
{
    if (caller->live != NULL) {
        cache_entry_unref(&((struct live_session *)caller->live)->entry);
    }
    subject_unref(caller->subject);
    *caller = (struct caller){ 0 };
}
