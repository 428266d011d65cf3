/* Who may take a role on: the trust policy for the place where a consumer runs. */
#ifndef MANTLE_MIGRATE_TRUSTED_H
#define MANTLE_MIGRATE_TRUSTED_H

#include "migrate/evidence.h"

enum place {
    PLACE_UNKNOWN, /* the user itself, until its place is known */
    PLACE_EC2,
    PLACE_ECS,
    PLACE_LAMBDA,
    PLACE_CODEBUILD,
    PLACE_IRSA,   /* Kubernetes: a service account's token */
    PLACE_POD,    /* Kubernetes: EKS Pod Identity */
    PLACE_GITHUB, /* Actions */
    PLACE_GITLAB,
    PLACE_X509, /* Roles Anywhere, or the Mantle agent */
    PLACE_ACCOUNT,
};

struct trusted {
    enum place place;
    str provider, namespace, service_account, repo, sub, host, project, branch, anchor, name, id,
        external;
};

/* "ec2", "irsa,provider=HOST/PATH,namespace=NS,account=SA", "github,repo=ORG/REPO,branch=main"...
 * RC_SYNTAX with *reterr in the arena: what is missing or wrong. */
MUST_CHECK enum rc trusted_parse(str text, struct arena *arena, struct trusted *ret, str *reterr);
/* What the agents say, where they agree; PLACE_UNKNOWN otherwise. */
struct trusted trusted_by_agents(const struct who *who);

/* The document, and a sentence about it. */
void trusted_print(const struct trusted *trusted, str partition, str account, str user_arn,
                   buf *out);
const char *trusted_note(const struct trusted *trusted);

#endif
