#include "scan/place.h"

#include "scan/text.h"

/* clang-format off */
const struct place places[PLACES] = {
    { PLACE_GITHUB, 1, "github-actions", "GitHub Actions", TRUST_GITHUB, true, true,
      "Give the job id-token: write and let configure-aws-credentials assume the role; then delete the "
      "repository's or organization's secrets that hold the key." },
    { PLACE_GITLAB, 2, "gitlab-ci", "GitLab CI", TRUST_GITLAB, true, true,
      "Give the job an id_tokens entry, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE; then delete the AWS_* "
      "variables of project and groups: they would win over the role." },
    { PLACE_BITBUCKET, 3, "bitbucket", "Bitbucket Pipelines", TRUST_BITBUCKET, true, true,
      "Set oidc: true on the step and let it assume the role with BITBUCKET_STEP_OIDC_TOKEN; then delete the "
      "repository, deployment and workspace variables AWS_*." },
    { PLACE_CIRCLECI, 4, "circleci", "CircleCI", TRUST_CIRCLECI, true, true,
      "Write CIRCLE_OIDC_TOKEN_V2 to a file and set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE; then delete "
      "AWS_* from the contexts and the project." },
    { PLACE_BUILDKITE, 4, "buildkite", "Buildkite", TRUST_BUILDKITE, true, true,
      "Let the step assume the role with a token of buildkite-agent oidc request-token; then delete AWS_* from "
      "environment hooks and secrets." },
    { PLACE_TERRAFORM_CLOUD, 4, "terraform-cloud", "Terraform Cloud", TRUST_TERRAFORM_CLOUD, true, true,
      "Use dynamic provider credentials: TFC_AWS_PROVIDER_AUTH and TFC_AWS_RUN_ROLE_ARN; then delete AWS_* from "
      "the workspace and its variable sets." },
    { PLACE_JENKINS, 5, "jenkins", "Jenkins", TRUST_EC2, true, true,
      "Give the agent a role (instance profile or pod role), or an OIDC plugin's token; then delete the "
      "credential from Jenkins." },
    { PLACE_TERRAFORM, 6, "terraform", "Terraform", TRUST_CALLER, true, true,
      "Take the key out of provider and backend and let them assume the role; drop aws_iam_access_key once the "
      "key is retired." },
    { PLACE_TFSTATE, 6, "tfstate", "Terraform state", TRUST_CALLER, false, false,
      "State is not edited by hand. Retire the key, then remove the resource that made it and apply; restrict "
      "and encrypt the state, and its old versions: they keep the secret." },
    { PLACE_CLOUDFORMATION, 7, "cloudformation", "CloudFormation or CDK", TRUST_EC2, true, true,
      "Replace AWS::IAM::AccessKey and key parameters by the role of the resource that uses them." },
    { PLACE_SYSTEMD, 8, "systemd", "systemd unit", TRUST_EC2, false, true,
      "Delete the variables from the unit and from its EnvironmentFile; the machine's role (instance profile, "
      "IMDSv2 required) takes over." },
    { PLACE_USER_DATA, 8, "ec2-user-data", "EC2 user data or image", TRUST_EC2, false, true,
      "Delete the variables; give the instance an instance profile and require IMDSv2. Images made with them "
      "keep the key: build them anew." },
    { PLACE_ECS, 9, "ecs", "ECS task definition", TRUST_ECS, true, true,
      "Set taskRoleArn (not executionRoleArn, which only pulls images and secrets) and delete the variables." },
    { PLACE_LAMBDA, 10, "lambda", "Lambda function", TRUST_LAMBDA, true, true,
      "Delete the variables and put the permissions into the function's execution role." },
    { PLACE_KUBERNETES, 11, "kubernetes", "Kubernetes", TRUST_EKS, true, true,
      "Give the service account the role (IRSA annotation, or a Pod Identity association) and delete the keys "
      "from the secret and the variables from the pods: left there, they win over the role." },
    { PLACE_HELM, 11, "helm-values", "Helm values", TRUST_EKS, true, true,
      "Annotate the chart's service account with the role and delete the keys from the values." },
    { PLACE_COMPOSE, 12, "docker-compose", "Docker Compose", TRUST_WORKLOAD, true, true,
      "Delete the variables; give the container a web identity token as a secret, and AWS_ROLE_ARN." },
    { PLACE_DOCKERFILE, 12, "dockerfile", "Dockerfile or image", TRUST_WORKLOAD, true, true,
      "Delete ENV and ARG; the container gets its identity where it runs. Images built before keep the key in "
      "their layers and history: delete them." },
    { PLACE_PROFILE, 13, "aws-profile", "AWS profile", TRUST_X509, false, true,
      "A person: aws configure sso. A machine: credential_process with a certificate (Roles Anywhere)." },
    { PLACE_APP, 14, "app-config", "application settings", TRUST_EC2, false, true,
      "Delete the settings: without them the SDK's default chain finds the role of the host." },
    { PLACE_CODE, 14, "source-code", "source code", TRUST_EC2, false, true,
      "Delete the constructor's arguments: without them the SDK's default chain finds the role of the host." },
    { PLACE_CONFIG_MANAGEMENT, 15, "config-management", "Ansible, Puppet, Chef or Salt", TRUST_EC2, true, true,
      "Delete the variables; the control node's own role is found by the default chain." },
    { PLACE_SAAS, 16, "saas", "a vendor's service", TRUST_VENDOR, false, false,
      "Change the connection at the vendor to a cross-account role with an external id, then delete the key "
      "there. There is no file to patch." },
    { PLACE_ON_PREM, 17, "on-prem", "a server of one's own", TRUST_X509, false, true,
      "Delete the key; a certificate (Roles Anywhere through credential_process) takes its place." },
    { PLACE_SMTP, 17, "ses-smtp", "SMTP password of SES", TRUST_NONE, false, false,
      "This password is computed from a secret and has no form with a role: send through the SES API with the "
      "role, or keep this key, alone, with ses:SendRawEmail and nothing else." },
    { PLACE_OTHER, 0, "other", "other", TRUST_NONE, false, false,
      "Delete it from here; find out who reads this." },
};
/* clang-format on */

/* --- by name ------------------------------------------------------------------------------------- */

enum how { NAME_IS, NAME_STARTS, NAME_ENDS, PATH_HAS };

static const struct {
    enum how how;
    str text;
    enum place_kind kind;
} by_name[] = {
    { PATH_HAS, STR_INIT(".github/workflows/"), PLACE_GITHUB },
    { PATH_HAS, STR_INIT(".github/actions/"), PLACE_GITHUB },
    { NAME_IS, STR_INIT("action.yml"), PLACE_GITHUB },
    { NAME_IS, STR_INIT("action.yaml"), PLACE_GITHUB },
    { NAME_ENDS, STR_INIT("gitlab-ci.yml"), PLACE_GITLAB },
    { NAME_ENDS, STR_INIT("gitlab-ci.yaml"), PLACE_GITLAB },
    { PATH_HAS, STR_INIT(".gitlab/"), PLACE_GITLAB },
    { NAME_STARTS, STR_INIT("bitbucket-pipelines."), PLACE_BITBUCKET },
    { PATH_HAS, STR_INIT(".circleci/"), PLACE_CIRCLECI },
    { PATH_HAS, STR_INIT(".buildkite/"), PLACE_BUILDKITE },
    { NAME_STARTS, STR_INIT("buildkite."), PLACE_BUILDKITE },
    { PATH_HAS, STR_INIT("buildkite"), PLACE_BUILDKITE },
    { NAME_STARTS, STR_INIT("jenkinsfile"), PLACE_JENKINS },
    { NAME_ENDS, STR_INIT("jenkinsfile"), PLACE_JENKINS },
    { PATH_HAS, STR_INIT("jenkins"), PLACE_JENKINS },
    { NAME_ENDS, STR_INIT(".tfstate"), PLACE_TFSTATE },
    { NAME_ENDS, STR_INIT(".tfstate.backup"), PLACE_TFSTATE },
    { NAME_ENDS, STR_INIT(".pkr.hcl"), PLACE_USER_DATA },
    { NAME_ENDS, STR_INIT(".tf"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".tfvars"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".tfbackend"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".tf.json"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".tfvars.json"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".hcl"), PLACE_TERRAFORM },
    { NAME_ENDS, STR_INIT(".service"), PLACE_SYSTEMD },
    { PATH_HAS, STR_INIT("systemd/"), PLACE_SYSTEMD },
    { PATH_HAS, STR_INIT("user-data"), PLACE_USER_DATA },
    { PATH_HAS, STR_INIT("user_data"), PLACE_USER_DATA },
    { PATH_HAS, STR_INIT("userdata"), PLACE_USER_DATA },
    { PATH_HAS, STR_INIT("cloud-init"), PLACE_USER_DATA },
    { NAME_STARTS, STR_INIT("serverless."), PLACE_LAMBDA },
    { NAME_STARTS, STR_INIT("dockerfile"), PLACE_DOCKERFILE },
    { NAME_ENDS, STR_INIT("dockerfile"), PLACE_DOCKERFILE },
    { NAME_STARTS, STR_INIT("containerfile"), PLACE_DOCKERFILE },
    { NAME_STARTS, STR_INIT("docker-compose"), PLACE_COMPOSE },
    { NAME_STARTS, STR_INIT("compose."), PLACE_COMPOSE },
    { NAME_ENDS, STR_INIT("compose.yml"), PLACE_COMPOSE },
    { NAME_ENDS, STR_INIT("compose.yaml"), PLACE_COMPOSE },
    { PATH_HAS, STR_INIT(".aws/"), PLACE_PROFILE },
    { NAME_IS, STR_INIT(".boto"), PLACE_PROFILE },
    { NAME_IS, STR_INIT("boto.cfg"), PLACE_PROFILE },
    { NAME_IS, STR_INIT("rclone.conf"), PLACE_ON_PREM },
    { NAME_ENDS, STR_INIT("s3cfg"), PLACE_ON_PREM },
    { NAME_ENDS, STR_INIT("passwd-s3fs"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("restic"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("duplicity"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("borgmatic"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("crontab"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("cron.d/"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("cron.daily/"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("spool/cron/"), PLACE_ON_PREM },
    { NAME_STARTS, STR_INIT("litestream."), PLACE_ON_PREM },
    { NAME_STARTS, STR_INIT("s3fs"), PLACE_ON_PREM },
    { PATH_HAS, STR_INIT("group_vars/"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("host_vars/"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("ansible"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("playbook"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("hieradata/"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("puppet"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("cookbooks/"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("data_bags/"), PLACE_CONFIG_MANAGEMENT },
    { NAME_ENDS, STR_INIT(".pp"), PLACE_CONFIG_MANAGEMENT },
    { NAME_ENDS, STR_INIT(".sls"), PLACE_CONFIG_MANAGEMENT },
    { PATH_HAS, STR_INIT("fivetran"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("datadog"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("snowflake"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("saas"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("vendor-"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("airbyte"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("looker"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("sumologic"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("newrelic"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("splunk"), PLACE_SAAS },
    { PATH_HAS, STR_INIT("zapier"), PLACE_SAAS },
};

/* --- by content ---------------------------------------------------------------------------------- */

/* All of them have to stand in the text. */
static const struct {
    str words[3];
    enum place_kind kind;
} by_content[] = {
    { { STR_INIT("containerDefinitions") }, PLACE_ECS },
    { { STR_INIT("AWS::Serverless::Function") }, PLACE_LAMBDA },
    { { STR_INIT("AWS::Lambda::Function"), STR_INIT("Variables") }, PLACE_LAMBDA },
    { { STR_INIT("AWS::ECS::TaskDefinition") }, PLACE_ECS },
    { { STR_INIT("AWSTemplateFormatVersion") }, PLACE_CLOUDFORMATION },
    { { STR_INIT("AWS::"), STR_INIT("Resources") }, PLACE_CLOUDFORMATION },
    { { STR_INIT("aws-cdk"), STR_INIT("Stack") }, PLACE_CLOUDFORMATION },
    { { STR_INIT("aws_cdk"), STR_INIT("Stack") }, PLACE_CLOUDFORMATION },
    { { STR_INIT("FunctionName"), STR_INIT("Environment"), STR_INIT("Variables") }, PLACE_LAMBDA },
    { { STR_INIT("\"Variables\""), STR_INIT("\"Runtime\"") }, PLACE_LAMBDA },
    { { STR_INIT("\"terraform_version\""), STR_INIT("\"resources\"") }, PLACE_TFSTATE },
    { { STR_INIT("configure-aws-credentials"), STR_INIT("uses:") }, PLACE_GITHUB },
    { { STR_INIT("apiVersion"), STR_INIT("kind"), STR_INIT("metadata") }, PLACE_KUBERNETES },
    { { STR_INIT("tasks:"), STR_INIT("hosts:") }, PLACE_CONFIG_MANAGEMENT },
    { { STR_INIT("amazon.aws.") }, PLACE_CONFIG_MANAGEMENT },
    { { STR_INIT("community.aws.") }, PLACE_CONFIG_MANAGEMENT },
    { { STR_INIT("services:"), STR_INIT("image:") }, PLACE_COMPOSE },
    { { STR_INIT("services:"), STR_INIT("build:") }, PLACE_COMPOSE },
    { { STR_INIT("#cloud-config") }, PLACE_USER_DATA },
    { { STR_INIT("[Service]"), STR_INIT("Exec") }, PLACE_SYSTEMD },
    { { STR_INIT("pipeline {"), STR_INIT("stages") }, PLACE_JENKINS },
    { { STR_INIT("AWSCredentialsImpl") }, PLACE_JENKINS },
    { { STR_INIT("\nFROM "), STR_INIT("\nENV ") }, PLACE_DOCKERFILE },
    { { STR_INIT("\"rootfs\""), STR_INIT("\"Env\"") }, PLACE_DOCKERFILE },
    { { STR_INIT("provider \"aws\""), STR_INIT("{") }, PLACE_TERRAFORM },
    { { STR_INIT("CREDENTIALS"), STR_INIT("COPY ") }, PLACE_SAAS },
    { { STR_INIT("AWS_SECRET_KEY"), STR_INIT("STAGE") }, PLACE_SAAS },
    { { STR_INIT("RESTIC_REPOSITORY") }, PLACE_ON_PREM },
    { { STR_INIT("type = s3"), STR_INIT("[") }, PLACE_ON_PREM },
    { { STR_INIT("vendor"), STR_INIT("integration") }, PLACE_SAAS },
};

static const struct {
    str end;
    enum place_kind kind;
} by_extension[] = {
    { STR_INIT(".py"), PLACE_CODE },    { STR_INIT(".js"), PLACE_CODE },
    { STR_INIT(".ts"), PLACE_CODE },    { STR_INIT(".mjs"), PLACE_CODE },
    { STR_INIT(".cjs"), PLACE_CODE },   { STR_INIT(".jsx"), PLACE_CODE },
    { STR_INIT(".tsx"), PLACE_CODE },   { STR_INIT(".java"), PLACE_CODE },
    { STR_INIT(".kt"), PLACE_CODE },    { STR_INIT(".go"), PLACE_CODE },
    { STR_INIT(".rb"), PLACE_CODE },    { STR_INIT(".php"), PLACE_CODE },
    { STR_INIT(".cs"), PLACE_CODE },    { STR_INIT(".rs"), PLACE_CODE },
    { STR_INIT(".scala"), PLACE_CODE }, { STR_INIT(".groovy"), PLACE_CODE },
    { STR_INIT(".swift"), PLACE_CODE }, { STR_INIT(".pl"), PLACE_CODE },
    { STR_INIT(".h"), PLACE_CODE },     { STR_INIT(".cc"), PLACE_CODE },
    { STR_INIT(".hpp"), PLACE_CODE },   { STR_INIT(".s"), PLACE_CODE },
    { STR_INIT(".c"), PLACE_CODE },     { STR_INIT(".cpp"), PLACE_CODE },
    { STR_INIT(".ipynb"), PLACE_CODE }, { STR_INIT(".r"), PLACE_CODE },
    { STR_INIT(".ps1"), PLACE_APP },    { STR_INIT(".sh"), PLACE_APP },
    { STR_INIT(".env"), PLACE_APP },    { STR_INIT(".properties"), PLACE_APP },
    { STR_INIT(".json"), PLACE_APP },   { STR_INIT(".yml"), PLACE_APP },
    { STR_INIT(".yaml"), PLACE_APP },   { STR_INIT(".toml"), PLACE_APP },
    { STR_INIT(".ini"), PLACE_APP },    { STR_INIT(".cfg"), PLACE_APP },
    { STR_INIT(".conf"), PLACE_APP },   { STR_INIT(".config"), PLACE_APP },
    { STR_INIT(".xml"), PLACE_APP },    { STR_INIT(".bat"), PLACE_APP },
    { STR_INIT(".plist"), PLACE_APP },  { STR_INIT(".envrc"), PLACE_APP },
    { STR_INIT(".bashrc"), PLACE_APP }, { STR_INIT(".profile"), PLACE_APP },
    { STR_INIT(".zshrc"), PLACE_APP },  { STR_INIT(".cmd"), PLACE_APP },
};

enum { LOOK_MAX = 256 << 10, PATH_LOOK = 512 };

static bool has(str text, str word)
{
    return word.len == 0 || memmem(text.ptr, text.len, word.ptr, word.len) != NULL;
}

static str base_name(str path)
{
    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '!' || path.ptr[i - 1] == ':') {
            return str_skip(path, i);
        }
    }
    return path;
}

static str lower(str text, char *out, size_t max)
{
    text = text.len > max ? str_skip(text, text.len - max) : text;
    for (size_t i = 0; i < text.len; i++) {
        out[i] = ascii_lower(text.ptr[i]);
    }
    return str_from(out, text.len);
}

static bool name_fits(size_t row, str path, str name)
{
    str text = by_name[row].text;

    switch (by_name[row].how) {
    case NAME_IS:
        return str_eq(name, text);
    case NAME_STARTS:
        return str_starts(name, text);
    case NAME_ENDS:
        return str_ends(name, text);
    case PATH_HAS:
        return has(path, text);
    }
    return false;
}

/* The last three directories and the name: what stands further up says nothing about a file. */
static str near_part(str path)
{
    size_t slashes = 0;

    for (size_t i = path.len; i > 0; i--) {
        if (path.ptr[i - 1] == '/' && ++slashes == 4) {
            return str_skip(path, i);
        }
    }
    return path;
}

static bool is_prose(str name)
{
    return str_ends(name, STR(".md")) || str_ends(name, STR(".rst")) ||
           str_ends(name, STR(".txt")) || str_ends(name, STR(".log")) ||
           str_ends(name, STR(".csv")) || str_ends(name, STR(".html")) ||
           str_ends(name, STR(".adoc"));
}

static bool is_code(str name)
{
    for (size_t i = 0; i < COUNT_OF(by_extension); i++) {
        if (by_extension[i].kind == PLACE_CODE && str_ends(name, by_extension[i].end)) {
            return !str_ends(name, STR(".groovy")) && !str_ends(name, STR(".ipynb"));
        }
    }
    return false;
}

static enum place_kind kind_of(str path, str name, str text)
{
    bool yaml = str_ends(name, STR(".yml")) || str_ends(name, STR(".yaml"));
    bool prose = is_prose(name);

    if (has(text, STR("email-smtp.")) && !prose) {
        return PLACE_SMTP;
    }
    if (has(text, STR("tfe_variable")) || has(text, STR("app.terraform.io/api"))) {
        return PLACE_TERRAFORM_CLOUD;
    }
    for (size_t i = 0; i < COUNT_OF(by_name); i++) {
        if (name_fits(i, path, name)) {
            return by_name[i].kind;
        }
    }
    if (yaml && str_starts(name, STR("values")) && !has(text, STR("apiVersion:"))) {
        return PLACE_HELM;
    }
    if (is_code(name)) { /* most files of most trees: no need to look for all of the words below */
        return has(text, STR("aws-cdk")) || has(text, STR("aws_cdk")) ? PLACE_CLOUDFORMATION
                                                                      : PLACE_CODE;
    }
    for (size_t i = 0; i < COUNT_OF(by_content) && !prose; i++) {
        if (has(text, by_content[i].words[0]) && has(text, by_content[i].words[1]) &&
            has(text, by_content[i].words[2])) {
            return by_content[i].kind;
        }
    }
    if (str_starts(name, STR("credentials")) && has(text, STR("aws_access_key_id")) &&
        has(text, STR("["))) {
        return PLACE_PROFILE;
    }
    if (yaml && (has(path, STR("chart")) || has(path, STR("helm")))) {
        return PLACE_HELM;
    }
    if (str_starts(name, STR(".env")) || str_starts(name, STR("appsettings")) ||
        str_starts(name, STR("env."))) {
        return PLACE_APP;
    }
    for (size_t i = 0; i < COUNT_OF(by_extension); i++) {
        if (str_ends(name, by_extension[i].end)) {
            return by_extension[i].kind;
        }
    }
    return PLACE_OTHER;
}

const struct place *place_of(str path, str text)
{
    char path_room[PATH_LOOK], name_room[PATH_LOOK];
    str near = lower(near_part(path), path_room, sizeof(path_room));
    str name = lower(base_name(path), name_room, sizeof(name_room));

    return &places[kind_of(near, name, str_slice(text, 0, LOOK_MAX))];
}

bool place_is_plain_code(str path)
{
    char path_room[PATH_LOOK], name_room[PATH_LOOK];
    str near = lower(near_part(path), path_room, sizeof(path_room));
    str name = lower(base_name(path), name_room, sizeof(name_room));

    if (!is_code(name)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(by_name); i++) {
        if (name_fits(i, near, name)) {
            return false;
        }
    }
    return true;
}
