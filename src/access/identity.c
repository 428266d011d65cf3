/* CloudTrail's userIdentity element. */
#include "access/live.h"
#include "codec/date.h"
#include "codec/json.h"

enum { ISO_BYTES = 20 };

static str type_name(enum principal_type type)
{
    switch (type) {
    case PRINCIPAL_ROOT:
        return STR("Root");
    case PRINCIPAL_USER:
        return STR("IAMUser");
    case PRINCIPAL_ROLE_SESSION:
        return STR("AssumedRole");
    case PRINCIPAL_FEDERATED_USER:
        return STR("FederatedUser");
    case PRINCIPAL_WEB_IDENTITY:
        return STR("WebIdentityUser");
    case PRINCIPAL_SAML:
        return STR("SAMLUser");
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_SERVICE:
        break;
    }
    return STR("Unknown");
}

/* Who stands behind a session that is a principal of its own. */
static void put_issuer(const struct caller *caller, struct json_out *o)
{
    const struct subject *subject = caller->subject;
    static const str names[] = { [SUBJECT_ROOT] = STR_INIT("Root"),
                                 [SUBJECT_USER] = STR_INIT("IAMUser"),
                                 [SUBJECT_ROLE] = STR_INIT("Role") };

    json_own_key(o, STR("sessionIssuer"));
    json_open(o, '{');
    json_put_str(o, STR("type"), names[subject->kind]);
    json_put_str(o, STR("principalId"), subject->unique_id);
    json_put_str(o, STR("arn"), subject->arn);
    json_put_str(o, STR("accountId"), subject->account_text);
    if (subject->name.ptr != NULL) {
        json_put_str(o, STR("userName"), subject->name);
    }
    json_close(o, '}');
}

static void put_session(const struct caller *caller, struct json_out *o)
{
    const struct session *session = caller->session;
    char issued[ISO_BYTES];

    date_print_iso(session->issued_s, issued);
    json_own_key(o, STR("sessionContext"));
    json_open(o, '{');
    if (session->kind != SESSION_USER && session->kind != SESSION_ROOT_TASK) {
        put_issuer(caller, o);
    }
    json_own_key(o, STR("attributes"));
    json_open(o, '{');
    json_put_str(o, STR("creationDate"), str_from(issued, sizeof(issued)));
    json_put_str(o, STR("mfaAuthenticated"), session->mfa_s != 0 ? STR("true") : STR("false"));
    json_close(o, '}');
    if (session->source_identity.ptr != NULL) {
        json_put_str(o, STR("sourceIdentity"), session->source_identity);
    }
    if (session->kind == SESSION_ROOT_TASK) {
        json_put_str(o, STR("assumedRoot"), STR("true"));
    }
    json_close(o, '}');
}

static void put_federated(const struct federated_identity *who, struct json_out *o)
{
    json_put_str(o, STR("principalId"), who->principal_id);
    json_put_str(o, STR("userName"), who->subject);
    json_put_str(o, STR("identityProvider"), who->issuer);
}

void access_print_identity(const struct caller *caller, str claimed_key_id, buf *out)
{
    struct json_out o = { .out = out };

    json_open(&o, '{');
    if (caller == NULL) {
        /* Nothing here was verified; the claim stands under a name of its own. */
        json_put_str(&o, STR("type"), STR("Unknown"));
        if (claimed_key_id.ptr != NULL) {
            json_put_str(&o, STR("claimedAccessKeyId"), claimed_key_id);
        }
        json_close(&o, '}');
        return;
    }
    json_put_str(&o, STR("type"), type_name(caller->type));
    if (caller->federated != NULL) {
        put_federated(caller->federated, &o);
        json_close(&o, '}');
        return;
    }
    json_put_str(&o, STR("principalId"), caller->user_id);
    json_put_str(&o, STR("arn"), caller->arn);
    json_put_str(&o, STR("accountId"), caller->account_text);
    json_put_str(&o, STR("accessKeyId"), caller->access_key_id);
    if (caller->type == PRINCIPAL_USER) {
        json_put_str(&o, STR("userName"), caller->name);
    }
    if (caller->session != NULL) {
        put_session(caller, &o);
    }
    json_close(&o, '}');
}
