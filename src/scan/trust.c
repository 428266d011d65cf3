/* The trust policy of the role that takes a key's place: who may assume it. What is not known here (a
 * provider's id, a workspace) stands in capitals to be filled in. */
#include <stdio.h>

#include "codec/json.h"
#include "scan/patch_inside.h"
#include "system/system.h"

enum { CONFIG_MAX = 1 << 20 };

/* --- what the repository is called --------------------------------------------------------------- */

/* "git@host:ORG/REPO.git", "https://host/ORG/REPO.git": what stands behind the host. */
static str path_of_url(str url)
{
    size_t at;

    if (str_find(url, STR("://"), &at)) {
        url = str_skip(url, at + 3);
        url = str_find_char(url, '/', &at) ? str_skip(url, at + 1) : STR("");
    } else if (str_find_char(url, ':', &at)) {
        url = str_skip(url, at + 1);
    }
    if (str_ends(url, STR(".git"))) {
        url.len -= 4;
    }
    return url;
}

str patch_repository(const struct patching *p, const char *placeholder)
{
    str dir = p->change->file, config, text = STR_NONE;
    size_t at;

    for (int up = 0; up < 32 && text.ptr == NULL && dir.len > 0; up++) {
        while (dir.len > 0 && dir.ptr[dir.len - 1] != '/') {
            dir.len--;
        }
        config = ARENA_JOIN(p->arena, dir, STR(".git/config"));
        if (config.ptr == NULL || file_read(config.ptr, CONFIG_MAX, p->arena, &text) != RC_OK) {
            text = STR_NONE;
        }
        dir.len -= dir.len > 0;
    }
    if (text.ptr != NULL && str_find(text, STR("[remote \"origin\"]"), &at)) {
        str rest = str_skip(text, at), line, name;
        while (take_item(&rest, '\n', &line)) {
            line = str_trim(line);
            if (take_until(&line, '=', &name) && str_eq(str_trim(name), STR("url"))) {
                str path = path_of_url(str_trim(line));
                bool good = path.len > 0;
                for (size_t i = 0; i < path.len; i++) {
                    good = good &&
                           (ascii_is_alnum(path.ptr[i]) || memchr("/._-", path.ptr[i], 4) != NULL);
                }
                return good ? path : str_cstr(placeholder);
            }
        }
    }
    return str_cstr(placeholder);
}

/* --- documents ----------------------------------------------------------------------------------- */

struct condition {
    const char *op, *key;
    str value;
};

struct trust {
    const char *kind; /* "Federated", "Service", "AWS" */
    str principal;
    const char *actions[3];
    struct condition conditions[4];
};

static void put_conditions(struct json_out *o, const struct trust *t)
{
    const char *op = NULL;

    if (t->conditions[0].op == NULL) {
        return;
    }
    json_own_key(o, STR("Condition"));
    json_open(o, '{');
    for (size_t i = 0; i < COUNT_OF(t->conditions) && t->conditions[i].op != NULL; i++) {
        const struct condition *c = &t->conditions[i];
        if (op == NULL || strcmp(op, c->op) != 0) {
            if (op != NULL) {
                json_close(o, '}');
            }
            json_key(o, str_cstr(c->op));
            json_open(o, '{');
            op = c->op;
        }
        json_put_str(o, str_cstr(c->key), c->value);
    }
    json_close(o, '}');
    json_close(o, '}');
}

static void put_trust(struct patching *p, const struct trust *t)
{
    buf out = buf_arena(p->arena, 1 << 16);
    struct json_out o = { .out = &out };

    json_open(&o, '{');
    json_put_str(&o, STR("Version"), STR("2012-10-17"));
    json_own_key(&o, STR("Statement"));
    json_open(&o, '[');
    json_open(&o, '{');
    json_put_str(&o, STR("Effect"), STR("Allow"));
    json_own_key(&o, STR("Principal"));
    json_open(&o, '{');
    json_put_str(&o, str_cstr(t->kind), t->principal);
    json_close(&o, '}');
    json_own_key(&o, STR("Action"));
    if (t->actions[1] == NULL) {
        json_str(&o, str_cstr(t->actions[0]));
    } else {
        json_open(&o, '[');
        for (size_t i = 0; i < COUNT_OF(t->actions) && t->actions[i] != NULL; i++) {
            json_str(&o, str_cstr(t->actions[i]));
        }
        json_close(&o, ']');
    }
    put_conditions(&o, t);
    json_close(&o, '}');
    json_close(&o, ']');
    json_close(&o, '}');
    p->sheet->rc = out.err == RC_OK ? p->sheet->rc : RC_NOMEM;
    p->change->trust = buf_str(&out);
}

static str account_of(const struct patching *p)
{
    str arn = p->change->role_arn, part;

    for (int i = 0; i < 4; i++) {
        (void)take_until(&arn, ':', &part);
    }
    return take_until(&arn, ':', &part) ? part : STR("ACCOUNT_ID");
}

static str provider(const struct patching *p, const char *host)
{
    return arena_printf(p->arena, "arn:aws:iam::%.*s:oidc-provider/%s", FMT(account_of(p)), host);
}

/* --- per kind ------------------------------------------------------------------------------------ */

/* The first value of a key anywhere in a workflow, without quotes. */
static str first_value(const struct patching *p, str key)
{
    for (size_t i = 0; i < p->sheet->count; i++) {
        if (yaml_column(p, i) != SIZE_MAX && str_eq(yaml_key(p, i), key)) {
            str value = yaml_value(p, i);
            size_t name = value.len > 0 ? SIZE_MAX : yaml_child(p, i, STR("name"));
            return name == SIZE_MAX ? value : yaml_value(p, name);
        }
    }
    return STR_NONE;
}

static str github_branch(const struct patching *p)
{
    static const str branches[] = { STR_INIT("master"), STR_INIT("main") };
    str value = first_value(p, STR("branches"));
    size_t end = 0;

    if (str_starts(value, STR("["))) {
        value = str_skip(value, 1);
        while (end < value.len && value.ptr[end] != ',' && value.ptr[end] != ']') {
            end++;
        }
        value = str_trim(str_slice(value, 0, end));
        return value.len > 0 && memchr(value.ptr, '*', value.len) == NULL ? value : STR("BRANCH");
    }
    for (size_t i = 0; i < p->sheet->count && value.ptr != NULL; i++) {
        str text = str_trim(sheet_text(p->sheet, i));
        for (size_t k = 0; k < COUNT_OF(branches); k++) {
            if (take_prefix(&text, STR("- ")) && str_eq(str_trim(text), branches[k])) {
                return branches[k];
            }
        }
    }
    return STR("main");
}

static void trust_github(struct patching *p)
{
    str repository = patch_repository(p, "ORG/REPO"),
        environment = first_value(p, STR("environment"));
    str sub = environment.len > 0 ? arena_printf(p->arena, "repo:%.*s:environment:%.*s",
                                                 FMT(repository), FMT(environment))
                                  : arena_printf(p->arena, "repo:%.*s:ref:refs/heads/%.*s",
                                                 FMT(repository), FMT(github_branch(p)));
    struct trust t = {
        "Federated",
        provider(p, "token.actions.githubusercontent.com"),
        { "sts:AssumeRoleWithWebIdentity" },
        { { "StringEquals", "token.actions.githubusercontent.com:aud", STR("sts.amazonaws.com") },
          { "StringEquals", "token.actions.githubusercontent.com:sub", sub } },
    };

    put_trust(p, &t);
    p->change->note = STR("One sub for each branch or environment that may deploy; the provider "
                          "token.actions.githubusercontent.com must exist in the account.");
}

static void trust_gitlab(struct patching *p)
{
    str project = patch_repository(p, "GROUP/PROJECT");
    struct trust t = {
        "Federated",
        provider(p, "gitlab.com"),
        { "sts:AssumeRoleWithWebIdentity" },
        { { "StringEquals", "gitlab.com:aud", STR("sts.amazonaws.com") },
          { "StringEquals", "gitlab.com:sub",
            arena_printf(p->arena, "project_path:%.*s:ref_type:branch:ref:main", FMT(project)) } },
    };

    put_trust(p, &t);
    p->change->note = STR(
        "With a GitLab of one's own its host stands for gitlab.com in all three places; aud "
        "is what id_tokens asks for.");
}

static const struct {
    enum place_trust trust;
    const char *host, *aud_key, *aud, *sub_key, *sub, *note;
} oidc[] = {
    { TRUST_BITBUCKET, "api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc",
      "api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc:aud",
      "ari:cloud:bitbucket::workspace/WORKSPACE_UUID",
      "api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc:sub",
      "{REPOSITORY_UUID}:{ENVIRONMENT_UUID}:*",
      "The repository's settings (OpenID Connect) show workspace, audience and uuids. The step's "
      "uuid changes "
      "with every run: hence the last part is open, and the operator is StringLike." },
    { TRUST_CIRCLECI, "oidc.circleci.com/org/ORG_ID", "oidc.circleci.com/org/ORG_ID:aud", "ORG_ID",
      "oidc.circleci.com/org/ORG_ID:sub", "org/ORG_ID/project/PROJECT_ID/user/*",
      "Organization and project ids stand in CircleCI's settings. The user who started it is open: "
      "hence "
      "StringLike." },
    { TRUST_BUILDKITE, "agent.buildkite.com", "agent.buildkite.com:aud", "sts.amazonaws.com",
      "agent.buildkite.com:sub", "organization:ORG:pipeline:PIPELINE:ref:refs/heads/main:commit:*",
      "The commit is open: hence StringLike." },
    { TRUST_TERRAFORM_CLOUD, "app.terraform.io", "app.terraform.io:aud", "aws.workload.identity",
      "app.terraform.io:sub", "organization:ORG:project:PROJECT:workspace:WORKSPACE:run_phase:*",
      "Plan and apply share this role (run_phase is open: hence StringLike); two roles are "
      "narrower." },
    { TRUST_WORKLOAD, "PROVIDER", "PROVIDER:aud", "sts.amazonaws.com", "PROVIDER:sub", "SUBJECT",
      "The identity provider that issues the container's token; Mantle's own account can be one." },
};

static void trust_oidc(struct patching *p, size_t row)
{
    bool open = strchr(oidc[row].sub, '*') != NULL;
    struct trust t = {
        "Federated",
        provider(p, oidc[row].host),
        { "sts:AssumeRoleWithWebIdentity" },
        { { "StringEquals", oidc[row].aud_key, str_cstr(oidc[row].aud) },
          { open ? "StringLike" : "StringEquals", oidc[row].sub_key, str_cstr(oidc[row].sub) } },
    };

    put_trust(p, &t);
    p->change->note = str_cstr(oidc[row].note);
}

static void trust_eks(struct patching *p)
{
    str space = first_value(p, STR("namespace")),
        account = first_value(p, STR("serviceAccountName"));
    struct trust t = { "Federated",
                       provider(p, "oidc.eks.REGION.amazonaws.com/id/CLUSTER_ID"),
                       { "sts:AssumeRoleWithWebIdentity" },
                       { { "StringEquals", "oidc.eks.REGION.amazonaws.com/id/CLUSTER_ID:aud",
                           STR("sts.amazonaws.com") },
                         { "StringEquals", "oidc.eks.REGION.amazonaws.com/id/CLUSTER_ID:sub",
                           STR_NONE } } };

    if (account.len == 0) {
        account = p->change->place->kind == PLACE_KUBERNETES ? first_value(p, STR("name"))
                                                             : STR("SERVICE_ACCOUNT");
    }
    t.conditions[1].value = arena_printf(p->arena, "system:serviceaccount:%.*s:%.*s",
                                         FMT(space.len > 0 ? space : STR("default")),
                                         FMT(account.len > 0 ? account : STR("SERVICE_ACCOUNT")));
    put_trust(p, &t);
    p->change->note = STR(
        "IRSA. With Pod Identity instead: Principal Service pods.eks.amazonaws.com, actions "
        "sts:AssumeRole and sts:TagSession, and an association instead of the annotation.");
}

static void trust_service(struct patching *p, const char *service, bool ecs)
{
    struct trust t = { "Service", str_cstr(service), { "sts:AssumeRole" }, { { NULL } } };

    if (ecs) {
        t.conditions[0] = (struct condition){ "StringEquals", "aws:SourceAccount", account_of(p) };
        t.conditions[1] = (struct condition){ "ArnLike", "aws:SourceArn",
                                              arena_printf(p->arena, "arn:aws:ecs:*:%.*s:*",
                                                           FMT(account_of(p))) };
    }
    put_trust(p, &t);
    p->change->note =
        ecs ? STR("SourceAccount and SourceArn keep other accounts' tasks out (confused deputy).")
            : STR("For EC2: in an instance profile, with IMDSv2 required (HttpTokens=required).");
}

static void trust_x509(struct patching *p)
{
    struct trust t = {
        "Service",
        STR("rolesanywhere.amazonaws.com"),
        { "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity" },
        { { "StringEquals", "aws:PrincipalTag/x509Subject/CN", STR("HOST_NAME") },
          { "ArnEquals", "aws:SourceArn",
            arena_printf(p->arena, "arn:aws:rolesanywhere:REGION:%.*s:trust-anchor/TRUST_ANCHOR_ID",
                         FMT(account_of(p))) } },
    };

    put_trust(p, &t);
    p->change->note = STR("One subject per machine. People do not get this role: they sign in.");
}

static void trust_other(struct patching *p, const char *who, bool external)
{
    struct trust t = { "AWS", str_cstr(who), { "sts:AssumeRole" }, { { NULL } } };

    if (external) {
        t.conditions[0] = (struct condition){ "StringEquals", "sts:ExternalId",
                                              STR("EXTERNAL_ID") };
    }
    put_trust(p, &t);
    p->change->note =
        external ? STR("The vendor's documentation names its account; the external id is theirs "
                       "to choose, one per customer.")
                 : STR("The role (best) or user that runs the tool.");
}

void patch_trust(struct patching *p)
{
    enum place_trust trust = p->change->place->trust;

    switch (trust) {
    case TRUST_NONE:
        break;
    case TRUST_GITHUB:
        trust_github(p);
        break;
    case TRUST_GITLAB:
        trust_gitlab(p);
        break;
    case TRUST_BITBUCKET:
    case TRUST_CIRCLECI:
    case TRUST_BUILDKITE:
    case TRUST_TERRAFORM_CLOUD:
    case TRUST_WORKLOAD:
        for (size_t i = 0; i < COUNT_OF(oidc); i++) {
            if (oidc[i].trust == trust) {
                trust_oidc(p, i);
            }
        }
        break;
    case TRUST_EC2:
        trust_service(p, "ec2.amazonaws.com", false);
        break;
    case TRUST_ECS:
        trust_service(p, "ecs-tasks.amazonaws.com", true);
        break;
    case TRUST_LAMBDA:
        trust_service(p, "lambda.amazonaws.com", false);
        p->change->note = STR("The function's execution role has this already.");
        break;
    case TRUST_EKS:
        trust_eks(p);
        break;
    case TRUST_X509:
        trust_x509(p);
        break;
    case TRUST_VENDOR:
        trust_other(p, "arn:aws:iam::VENDOR_ACCOUNT_ID:root", true);
        break;
    case TRUST_CALLER:
        trust_other(p, "arn:aws:iam::ACCOUNT_ID:role/CALLER", false);
        break;
    }
}
