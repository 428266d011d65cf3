#include "migrate/trusted.h"

#include <stddef.h>

#include "codec/json.h"

/* -- reading ------------------------------------------------------------------------------------------- */

enum { WANTED_MAX = 3 };

static const struct kind {
    str word;
    enum place place;
    const char *wanted[WANTED_MAX]; /* members that must be given; NULL: no more */
    const char *note;
} kinds[] = {
    { STR_INIT("ec2"),
      PLACE_EC2,
      { NULL },
      "Any EC2 instance of the account whose instance profile holds the role." },
    { STR_INIT("ecs"),
      PLACE_ECS,
      { NULL },
      "ECS tasks of this account that name the role as their task role." },
    { STR_INIT("lambda"),
      PLACE_LAMBDA,
      { NULL },
      "Lambda functions of this account that name the role as their execution role." },
    { STR_INIT("codebuild"),
      PLACE_CODEBUILD,
      { NULL },
      "CodeBuild projects of this account that name the role." },
    { STR_INIT("irsa"),
      PLACE_IRSA,
      { "provider", "namespace", "account" },
      "One Kubernetes service account; annotate it with eks.amazonaws.com/role-arn." },
    { STR_INIT("pod"),
      PLACE_POD,
      { "namespace", "account" },
      "One Kubernetes service account; make a Pod Identity association for it." },
    { STR_INIT("github"),
      PLACE_GITHUB,
      { "repo" },
      "One repository and one ref or environment. A job that names an environment has another sub "
      "claim than one that does not." },
    { STR_INIT("gitlab"),
      PLACE_GITLAB,
      { "project", "branch" },
      "One project and one branch; the id_token's aud must be the same." },
    { STR_INIT("x509"),
      PLACE_X509,
      { "anchor", "name" },
      "Bearers of a certificate of the trust anchor whose subject has this common name." },
    { STR_INIT("account"),
      PLACE_ACCOUNT,
      { "id", "external" },
      "Another account that sends the external id." },
    { STR_INIT("user"),
      PLACE_UNKNOWN,
      { NULL },
      "The user itself, so that the role can be tried before it is known where the consumer runs. "
      "Replace this trust policy then (--runs-on)." },
};

static str *member(struct trusted *t, str name)
{
    const struct {
        str name;
        str *field;
    } members[] = {
        { STR("provider"), &t->provider },
        { STR("namespace"), &t->namespace },
        { STR("account"), &t->service_account },
        { STR("repo"), &t->repo },
        { STR("environment"), &t->sub },
        { STR("ref"), &t->sub },
        { STR("host"), &t->host },
        { STR("project"), &t->project },
        { STR("branch"), &t->branch },
        { STR("anchor"), &t->anchor },
        { STR("name"), &t->name },
        { STR("id"), &t->id },
        { STR("external"), &t->external },
    };

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (str_eq(members[i].name, name)) {
            return members[i].field;
        }
    }
    return NULL;
}

/* With StringEquals a wildcard is a letter like any other: such a trust policy lets nobody in; with
 * StringLike it would let in too many. */
static bool has_wildcard(str value)
{
    return str_find_char(value, '*', &(size_t){ 0 }) || str_find_char(value, '?', &(size_t){ 0 });
}

static enum rc take_member(str item, struct arena *arena, struct trusted *t, str *reterr)
{
    str value = item, name;
    str *field;

    if (str_eq(item, STR("pull_request"))) {
        t->sub = STR("pull_request");
        return RC_OK;
    }
    if (!take_until(&value, '=', &name) || value.len == 0 || (field = member(t, name)) == NULL) {
        *reterr = arena_printf(arena, "\"%.*s\" is no NAME=VALUE that is known", FMT(item));
        return RC_SYNTAX;
    }
    if (has_wildcard(value)) {
        *reterr = arena_printf(arena,
                               "%.*s: a wildcard matches nothing here, and would let in "
                               "too many where it did; name one",
                               FMT(name));
        return RC_SYNTAX;
    }
    *field = str_eq(name, STR("environment")) ? ARENA_JOIN(arena, STR("environment:"), value)
             : str_eq(name, STR("ref"))       ? ARENA_JOIN(arena, STR("ref:"), value)
                                              : value;
    return field->ptr == NULL ? RC_NOMEM : RC_OK;
}

enum rc trusted_parse(str text, struct arena *arena, struct trusted *ret, str *reterr)
{
    struct trusted t = { .place = PLACE_UNKNOWN };
    const struct kind *kind = NULL;
    str rest = text, item;

    (void)take_item(&rest, ',', &item);
    for (size_t i = 0; i < COUNT_OF(kinds) && kind == NULL; i++) {
        kind = str_eq(kinds[i].word, item) ? &kinds[i] : NULL;
    }
    if (kind == NULL) {
        *reterr = arena_printf(arena,
                               "\"%.*s\" is no place; known are ec2, ecs, lambda, codebuild, "
                               "irsa, pod, github, gitlab, x509, account and user",
                               FMT(item));
        return RC_SYNTAX;
    }
    t.place = kind->place;
    while (rest.len > 0 && take_item(&rest, ',', &item)) {
        TRY(take_member(item, arena, &t, reterr));
    }
    for (size_t i = 0; i < WANTED_MAX && kind->wanted[i] != NULL; i++) {
        const str *given = member(&t, str_cstr(kind->wanted[i]));
        if (given == NULL || given->len == 0) {
            *reterr = arena_printf(arena, "%.*s needs %s=...", FMT(kind->word), kind->wanted[i]);
            return RC_SYNTAX;
        }
    }
    if (t.place == PLACE_GITHUB && t.sub.len == 0) {
        if (t.branch.len == 0) {
            *reterr = STR("github needs branch=, environment=, ref= or pull_request");
            return RC_SYNTAX;
        }
        t.sub = ARENA_JOIN(arena, STR("ref:refs/heads/"), t.branch);
    }
    if (t.place == PLACE_ACCOUNT && !(t.id.len == 12 && t.external.len >= 2)) {
        *reterr = STR("an account's id has twelve digits, an external id two characters or more");
        return RC_SYNTAX;
    }
    *ret = t;
    return RC_OK;
}

struct trusted trusted_by_agents(const struct who *who)
{
    static const struct {
        str word;
        enum place place;
    } signs[] = {
        { STR_INIT("exec-env/AWS_Lambda_"), PLACE_LAMBDA },
        { STR_INIT("exec-env/AWS_ECS_"), PLACE_ECS },
        { STR_INIT("AWS_CODEBUILD"), PLACE_CODEBUILD },
        { STR_INIT("exec-env/EC2"), PLACE_EC2 },
    };
    struct trusted t = { .place = PLACE_UNKNOWN };
    size_t at = 0;
    void *value;
    str agent;

    while (table_next(&who->agents, &at, &agent, &value)) {
        enum place place = PLACE_UNKNOWN;
        for (size_t i = 0; i < COUNT_OF(signs); i++) {
            place = str_find(agent, signs[i].word, &(size_t){ 0 }) ? signs[i].place : place;
        }
        if (place == PLACE_UNKNOWN || (t.place != PLACE_UNKNOWN && t.place != place)) {
            return (struct trusted){ .place = PLACE_UNKNOWN };
        }
        t.place = place;
    }
    return t;
}

/* -- writing ------------------------------------------------------------------------------------------- */

struct writer {
    struct json_out o;
    buf room; /* for values put together */
};

static str joined(struct writer *w, str a, str b, str c)
{
    buf_clear(&w->room);
    buf_add(&w->room, a);
    buf_add(&w->room, b);
    buf_add(&w->room, c);
    return buf_str(&w->room);
}

static void principal(struct writer *w, str kind, str value)
{
    json_own_key(&w->o, STR("Principal"));
    json_open(&w->o, '{');
    json_put_str(&w->o, kind, value);
    json_close(&w->o, '}');
}

static void actions(struct writer *w, const char *const *names, size_t count)
{
    json_own_key(&w->o, STR("Action"));
    json_open(&w->o, '[');
    for (size_t i = 0; i < count; i++) {
        json_str(&w->o, str_cstr(names[i]));
    }
    json_close(&w->o, ']');
}

/* A service: only on behalf of this account. */
static void service(struct writer *w, str name, str account, bool guarded)
{
    static const char *const assume[] = { "sts:AssumeRole" };

    principal(w, STR("Service"), name);
    actions(w, assume, 1);
    if (guarded) {
        json_own_key(&w->o, STR("Condition"));
        json_open(&w->o, '{');
        json_own_key(&w->o, STR("StringEquals"));
        json_open(&w->o, '{');
        json_put_str(&w->o, STR("aws:SourceAccount"), account);
        json_close(&w->o, '}');
        json_close(&w->o, '}');
    }
}

static void equals_open(struct writer *w)
{
    json_own_key(&w->o, STR("Condition"));
    json_open(&w->o, '{');
    json_own_key(&w->o, STR("StringEquals"));
    json_open(&w->o, '{');
}

static void equals_close(struct writer *w)
{
    json_close(&w->o, '}');
    json_close(&w->o, '}');
}

static void federated(struct writer *w, str partition, str account, str host, str sub, str aud)
{
    static const char *const assume[] = { "sts:AssumeRoleWithWebIdentity" };
    buf arn = buf_heap(4096);

    buf_printf(&arn, "arn:%.*s:iam::%.*s:oidc-provider/%.*s", FMT(partition), FMT(account),
               FMT(host));
    principal(w, STR("Federated"), buf_str(&arn));
    buf_done(&arn);
    actions(w, assume, 1);
    equals_open(w);
    json_key(&w->o, joined(w, host, STR(":aud"), STR("")));
    json_str(&w->o, aud);
    json_key(&w->o, joined(w, host, STR(":sub"), STR("")));
    json_str(&w->o, sub);
    equals_close(w);
}

static void pod(struct writer *w, const struct trusted *t)
{
    static const char *const assume[] = { "sts:AssumeRole", "sts:TagSession" };

    principal(w, STR("Service"), STR("pods.eks.amazonaws.com"));
    actions(w, assume, 2);
    equals_open(w);
    json_put_str(&w->o, STR("aws:RequestTag/kubernetes-namespace"), t->namespace);
    json_put_str(&w->o, STR("aws:RequestTag/kubernetes-service-account"), t->service_account);
    equals_close(w);
}

static void x509(struct writer *w, const struct trusted *t)
{
    static const char *const assume[] = { "sts:AssumeRole", "sts:SetSourceIdentity",
                                          "sts:TagSession" };

    principal(w, STR("Service"), STR("rolesanywhere.amazonaws.com"));
    actions(w, assume, 3);
    json_own_key(&w->o, STR("Condition"));
    json_open(&w->o, '{');
    json_own_key(&w->o, STR("StringEquals"));
    json_open(&w->o, '{');
    json_put_str(&w->o, STR("aws:PrincipalTag/x509Subject/CN"), t->name);
    json_close(&w->o, '}');
    json_own_key(&w->o, STR("ArnEquals"));
    json_open(&w->o, '{');
    json_put_str(&w->o, STR("aws:SourceArn"), t->anchor);
    json_close(&w->o, '}');
    json_close(&w->o, '}');
}

static void other_account(struct writer *w, const struct trusted *t, str partition)
{
    static const char *const assume[] = { "sts:AssumeRole" };
    buf arn = buf_heap(256);

    buf_printf(&arn, "arn:%.*s:iam::%.*s:root", FMT(partition), FMT(t->id));
    principal(w, STR("AWS"), buf_str(&arn));
    buf_done(&arn);
    actions(w, assume, 1);
    equals_open(w);
    json_put_str(&w->o, STR("sts:ExternalId"), t->external);
    equals_close(w);
}

static void github(struct writer *w, const struct trusted *t, str partition, str account)
{
    buf sub = buf_heap(4096);

    buf_printf(&sub, "repo:%.*s:%.*s", FMT(t->repo), FMT(t->sub));
    federated(w, partition, account, STR("token.actions.githubusercontent.com"), buf_str(&sub),
              STR("sts.amazonaws.com"));
    buf_done(&sub);
}

static void gitlab(struct writer *w, const struct trusted *t, str partition, str account)
{
    str host = t->host.len > 0 ? t->host : STR("gitlab.com");
    buf sub = buf_heap(4096), aud = buf_heap(1024);

    buf_printf(&sub, "project_path:%.*s:ref_type:branch:ref:%.*s", FMT(t->project), FMT(t->branch));
    buf_printf(&aud, "https://%.*s", FMT(host));
    federated(w, partition, account, host, buf_str(&sub), buf_str(&aud));
    buf_done(&sub);
    buf_done(&aud);
}

static void irsa(struct writer *w, const struct trusted *t, str partition, str account)
{
    str host = t->provider;
    buf sub = buf_heap(1024);

    (void)take_prefix(&host, STR("https://"));
    buf_printf(&sub, "system:serviceaccount:%.*s:%.*s", FMT(t->namespace), FMT(t->service_account));
    federated(w, partition, account, host, buf_str(&sub), STR("sts.amazonaws.com"));
    buf_done(&sub);
}

static void same_user(struct writer *w, str user_arn)
{
    static const char *const assume[] = { "sts:AssumeRole" };

    principal(w, STR("AWS"), user_arn);
    actions(w, assume, 1);
}

static void who_may(struct writer *w, const struct trusted *t, str partition, str account,
                    str user_arn)
{
    switch (t->place) {
    case PLACE_UNKNOWN:
        same_user(w, user_arn);
        break;
    case PLACE_EC2:
        service(w, STR("ec2.amazonaws.com"), account, false);
        break;
    case PLACE_ECS:
        service(w, STR("ecs-tasks.amazonaws.com"), account, true);
        break;
    case PLACE_LAMBDA:
        service(w, STR("lambda.amazonaws.com"), account, false);
        break;
    case PLACE_CODEBUILD:
        service(w, STR("codebuild.amazonaws.com"), account, true);
        break;
    case PLACE_IRSA:
        irsa(w, t, partition, account);
        break;
    case PLACE_POD:
        pod(w, t);
        break;
    case PLACE_GITHUB:
        github(w, t, partition, account);
        break;
    case PLACE_GITLAB:
        gitlab(w, t, partition, account);
        break;
    case PLACE_X509:
        x509(w, t);
        break;
    case PLACE_ACCOUNT:
        other_account(w, t, partition);
        break;
    }
}

void trusted_print(const struct trusted *trusted, str partition, str account, str user_arn,
                   buf *out)
{
    struct writer w = { .o = { .out = out }, .room = buf_heap(8192) };

    json_open(&w.o, '{');
    json_put_str(&w.o, STR("Version"), STR("2012-10-17"));
    json_own_key(&w.o, STR("Statement"));
    json_open(&w.o, '[');
    json_open(&w.o, '{');
    json_put_str(&w.o, STR("Effect"), STR("Allow"));
    who_may(&w, trusted, partition, account, user_arn);
    json_close(&w.o, '}');
    json_close(&w.o, ']');
    json_close(&w.o, '}');
    buf_done(&w.room);
}

const char *trusted_note(const struct trusted *trusted)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].place == trusted->place) {
            return kinds[i].note;
        }
    }
    return "";
}
