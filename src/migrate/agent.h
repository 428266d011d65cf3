/* What a user agent says about the program behind a call. Whoever calls can write there what he likes:
 * it tells consumers apart, it proves nothing. */
#ifndef MANTLE_MIGRATE_AGENT_H
#define MANTLE_MIGRATE_AGENT_H

#include "base/str.h"

enum agent_use {
    AGENT_UNKNOWN,
    AGENT_PROGRAM, /* an SDK */
    AGENT_TOOL,    /* run by people and by pipelines alike: Terraform, CDK, Ansible */
    AGENT_SHELL,   /* the command line */
    AGENT_CONSOLE, /* a person in a browser */
    AGENT_SERVICE, /* an AWS service on behalf of somebody */
};
const char *agent_use_word(enum agent_use use);

struct agent {
    enum agent_use use;
    str family;   /* "boto3", "aws-cli", "terraform", "console"...; else the first product named */
    str language; /* "python", "go"...; absent: not said */
    str version;  /* of the family */
    str os;       /* "linux", "macos", "windows"; absent: not said */
    str exec_env; /* "AWS_Lambda_python3.11", "AWS_ECS_FARGATE", "CloudShell"...; absent */
    str command;  /* aws-cli: "s3.cp" */
};

/* Views into text and static strings. */
struct agent agent_parse(str text);

#endif
