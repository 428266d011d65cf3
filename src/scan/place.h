/* Where a key can live, and what replaces it there. One row per kind of place. */
#ifndef MANTLE_SCAN_PLACE_H
#define MANTLE_SCAN_PLACE_H

#include <stdbool.h>

#include "base/str.h"

enum place_kind {
    PLACE_GITHUB,
    PLACE_GITLAB,
    PLACE_BITBUCKET,
    PLACE_CIRCLECI,
    PLACE_BUILDKITE,
    PLACE_TERRAFORM_CLOUD,
    PLACE_JENKINS,
    PLACE_TERRAFORM,
    PLACE_TFSTATE,
    PLACE_CLOUDFORMATION,
    PLACE_SYSTEMD,
    PLACE_USER_DATA,
    PLACE_ECS,
    PLACE_LAMBDA,
    PLACE_KUBERNETES,
    PLACE_HELM,
    PLACE_COMPOSE,
    PLACE_DOCKERFILE,
    PLACE_PROFILE,
    PLACE_APP,
    PLACE_CODE,
    PLACE_CONFIG_MANAGEMENT,
    PLACE_SAAS,
    PLACE_ON_PREM,
    PLACE_SMTP,
    PLACE_OTHER, /* prose, logs, data, binaries */
    PLACES
};

/* Who is to assume the role: the form of its trust policy. */
enum place_trust {
    TRUST_NONE,
    TRUST_GITHUB,
    TRUST_GITLAB,
    TRUST_BITBUCKET,
    TRUST_CIRCLECI,
    TRUST_BUILDKITE,
    TRUST_TERRAFORM_CLOUD,
    TRUST_EC2,
    TRUST_ECS,
    TRUST_LAMBDA,
    TRUST_EKS,
    TRUST_WORKLOAD, /* a token of one's own identity provider */
    TRUST_X509,     /* IAM Roles Anywhere */
    TRUST_VENDOR,
    TRUST_CALLER, /* the role or user that runs the tool */
};

struct place {
    enum place_kind kind;
    unsigned row;      /* 1 to 17: the row of the table in the guide; 0: none of them */
    const char *name;  /* "github-actions" */
    const char *title; /* "GitHub Actions" */
    enum place_trust trust;
    bool references; /* a setting that takes a key from elsewhere matters here */
    bool patch;      /* there is a sound change of text */
    const char *todo;
};

extern const struct place places[PLACES];

/* By its name alone the file is source code, where settings that take a key from elsewhere are nothing:
 * most files of most trees, told cheaply. */
bool place_is_plain_code(str path);
/* By the file's name and by what it holds. Never NULL. */
const struct place *place_of(str path, str text);

#endif
