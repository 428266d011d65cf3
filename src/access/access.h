/* Who calls, and may they. The one choke point for authentication and the one for decisions: no
 * handler verifies a signature or reads a policy.
 *
 *   access_catch_up       at the start of a request: caches forget what commits have changed
 *   access_authenticate   signature and token -> caller, or the fault AWS names
 *   access_decide         caller, action, resource, context -> decision (any thread)
 *
 * A struct access belongs to one loop and is used on its thread only. */
#ifndef MANTLE_ACCESS_ACCESS_H
#define MANTLE_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/session.h"
#include "access/subject.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/rc.h"
#include "base/str.h"
#include "policy/explain.h"
#include "policy/policy.h"
#include "sign/sigv4.h"

struct access;
struct reader;
struct store;
struct txn;
struct vault;
struct live_session; /* an opened token with its compiled policies: immutable, cached per loop */

/* Who a verified assertion or token speaks for: nobody of ours until a role is assumed. */
struct federated_identity {
    str provider;     /* what trust policies name: the provider's ARN, or a well-known issuer */
    str issuer;       /* as the trail names the provider */
    str subject;      /* NameID or `sub` */
    str principal_id; /* as CloudTrail writes it: ISSUER:AUDIENCE:SUBJECT, NAMEQUALIFIER:SUBJECT */
    const struct context_entry *keys; /* of the provider: "saml:aud", "ISSUER:sub"... */
    size_t key_count;
};

struct caller { /* an authenticated principal; views into the request's arena, the subject and the
                   session, which it holds until access_release */
    enum principal_type type;
    int64_t account;
    str account_text;
    str arn;     /* GetCallerIdentity's Arn */
    str user_id; /* GetCallerIdentity's UserId and aws:userid: AIDA..., AROA...:session, account */
    str unique_id; /* of the user or role behind; the account number for root */
    str name;      /* user or role name; absent for root */
    str role_arn;  /* role sessions: with path */
    str access_key_id;
    bool temporary;                /* came with a session token */
    const struct session *session; /* opened capsule; NULL for long-term keys */
    const struct subject *subject; /* NULL for PRINCIPAL_WEB_IDENTITY and PRINCIPAL_SAML only */
    const struct federated_identity *federated; /* these two only */
    const struct live_session *live;
    str signing_region; /* of the verified signature's scope */
    int64_t mfa_s;      /* when a code came with this very request and was accepted; 0: none */
    bool use_is_news;   /* last use of the key or role is worth recording again */
};

struct access_config {
    struct store *store;
    struct reader *reader; /* the loop's own; access_ functions begin and end its transactions */
    struct vault *vault;
    const struct env *env;
    str partition;       /* "aws" */
    int64_t tolerance_s; /* clock window: 900 */
    size_t bytes_max;    /* of what is cached, per loop: 24 MiB */
};
MUST_CHECK enum rc access_open(const struct access_config *config, struct access **ret);
void access_close(struct access *access); /* accepts NULL */

/* Reads the change log up to the newest durable commit. One atomic load when nothing happened. */
void access_catch_up(struct access *access);

/* The loop's snapshot for the present request, begun at first need; ended by access_txn_end at the
 * end of the loop's turn, before anything waits. */
MUST_CHECK enum rc access_txn(struct access *access, struct txn **ret);
void access_txn_end(struct access *access);

enum access_fault {                   /* what AWS tells apart; every value but ACCESS_OK refuses */
                    ACCESS_ERROR = 0, /* ours: memory, disk */
                    ACCESS_OK,
                    ACCESS_MISSING_TOKEN,        /* MissingAuthenticationToken */
                    ACCESS_INCOMPLETE_SIGNATURE, /* IncompleteSignature */
                    ACCESS_INVALID_TOKEN,        /* InvalidClientTokenId */
                    ACCESS_EXPIRED_TOKEN,        /* ExpiredToken */
                    ACCESS_SIGNATURE_MISMATCH,   /* SignatureDoesNotMatch */
};
/* `service` is what the credential scope must say. On a fault *reterr_text is AWS's sentence
 * (static or in the arena) and *reterr_key_id the claimed, unverified key id (may be absent). After
 * ACCESS_OK the caller must be given back with access_release, on this thread. */
enum access_fault access_authenticate(struct access *access, const struct sigv4_request *request,
                                      str service, int64_t now_s, struct arena *arena,
                                      struct caller *ret, str *reterr_text, str *reterr_key_id);
void access_release(struct caller *caller); /* accepts a zeroed one */
/* Before a body has come: does the head name a key or session that lives, for this service, and now? It
 * proves nothing and lets no one in; it keeps out strangers who know no such name. */
bool access_expects(struct access *access, const struct sigv4_request *request, str service,
                    int64_t now_s, struct arena *arena);

/* The role of that ARN, with its trust policy; RC_NOENT. Held until subject_unref. */
MUST_CHECK enum rc access_role(struct access *access, str role_arn, const struct subject **ret);

/* --- decisions ---------------------------------------------------------------------------------- */

struct call { /* what is known of a request apart from who sent it: global context keys */
    int64_t now_s;
    str source_ip, user_agent, referer; /* absent when not sent */
    str region;                         /* where it was served */
    bool tls;
};

struct ask {              /* one question */
    str action;           /* "iam:GetUser" */
    str resource;         /* ARN or "*" */
    str resource_account; /* twelve digits */
    str deciding_account; /* whose policies decide, when not the resource's (AssumeRoot) */
    str resource_org_id, resource_org_path; /* of another account's resource; absent: unknown */
    const struct context_entry *keys; /* further context keys, of the service and the resource */
    size_t key_count;
    const struct policy_set *resource_policy; /* trust policy; NULL: none */
};

struct verdict {
    struct decision decision;
    struct policy_request request; /* what was decided, with the whole context; in the arena */
    str denial;                    /* AWS's sentence when not allowed; in the arena */
    /* Of a denial, in the arena; its request is this one. NULL when a document is broken. */
    struct explanation *explanation;
};

/* Pure but for the arena: callable on the writer's thread too. RC_OK with
 * ret->decision.result == DECIDED_ALLOW is the only allow; any error means no. */
MUST_CHECK enum rc access_decide(const struct caller *caller, const struct call *call,
                                 const struct ask *ask, struct arena *arena, struct verdict *ret);

/* CloudTrail's userIdentity object; caller NULL: nobody was verified. */
void access_print_identity(const struct caller *caller, str claimed_key_id, buf *out);

#endif
