#include "service/authz_resource.h"

#include "codec/arn.h"
#include "model/access_key.h"
#include "model/oidc_provider.h"
#include "model/organization.h"

enum { ARN_BYTES_MAX = 4096 };

/* --- the input, by member name ------------------------------------------------------------------ */

const void *input_member(const struct turn *turn, str name, const struct api_shape **ret_shape)
{
    const struct api_member *member = api_member_find(turn->rq.op->in, name);

    if (member == NULL || turn->in == NULL) {
        return NULL;
    }
    *ret_shape = member->shape;
    return (const char *)turn->in + member->offset;
}

str input_str(const struct turn *turn, str name)
{
    const struct api_shape *shape = NULL;
    const void *member = input_member(turn, name, &shape);

    return member == NULL || shape->type != API_STRING ? STR_NONE : *(const str *)member;
}

bool input_was_sent(const struct turn *turn, str name)
{
    const struct api_shape *shape = NULL;
    const void *member = input_member(turn, name, &shape);

    if (member == NULL) {
        return false;
    }
    switch (shape->type) {
    case API_STRING:
    case API_BLOB:
        return ((const str *)member)->ptr != NULL;
    case API_INT:
    case API_TIME:
        return ((const struct opt_int *)member)->present;
    case API_BOOL:
        return ((const struct opt_bool *)member)->present;
    case API_LIST:
    case API_MAP:
        return ((const struct api_list *)member)->count > 0;
    case API_STRUCT:
        break;
    }
    return *(const void *const *)member != NULL;
}

/* --- ARNs --------------------------------------------------------------------------------------- */

static const struct {
    str name;
    enum entity_kind kind;
} kinds[] = {
    { STR_INIT("user"), ENTITY_USER },
    { STR_INIT("group"), ENTITY_GROUP },
    { STR_INIT("role"), ENTITY_ROLE },
    { STR_INIT("instance-profile"), ENTITY_PROFILE },
    { STR_INIT("policy"), ENTITY_POLICY },
    { STR_INIT("server-certificate"), ENTITY_CERTIFICATE },
    { STR_INIT("mfa"), ENTITY_MFA },
    { STR_INIT("oidc-provider"), ENTITY_OIDC },
    { STR_INIT("saml-provider"), ENTITY_SAML_PROVIDER },
};

static bool kind_of(str name, enum entity_kind *ret)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (str_eq(kinds[i].name, name)) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static enum rc in_arena(str text, str *ret)
{
    *ret = text;
    return text.ptr == NULL ? RC_NOMEM : RC_OK;
}

/* A path that was not sent is the default one. */
static str substitute(const struct turn *turn, str name)
{
    str value;

    if (str_eq(name, STR("partition"))) {
        return turn->rq.partition;
    }
    if (str_eq(name, STR("account"))) {
        return turn->rq.account_text;
    }
    value = input_str(turn, name);
    if (str_eq(name, STR("Url"))) { /* an OpenID Connect provider: its ARN has no scheme */
        return oidc_url_name(value);
    }
    if (value.ptr == NULL && (str_eq(name, STR("Path")) || str_eq(name, STR("PathPrefix")))) {
        return STR("/");
    }
    return value;
}

static enum rc fill_template(const struct turn *turn, str template, str *ret)
{
    buf out = buf_arena(turn->rq.arena, ARN_BYTES_MAX);
    str rest = template, text, name;

    while (take_until(&rest, '{', &text)) {
        buf_add(&out, text);
        if (!take_until(&rest, '}', &name)) {
            return RC_CORRUPT; /* the generator checks templates */
        }
        buf_add(&out, substitute(turn, name));
    }
    buf_add(&out, rest);
    TRY(out.err);
    return in_arena(buf_str(&out), ret);
}

/* --- entities ----------------------------------------------------------------------------------- */

static enum rc find_named(struct turn *turn, str kind_name, str name, struct resource *resource)
{
    enum entity_kind kind;
    struct txn *txn;
    enum rc rc = RC_NOENT;

    if (kind_of(kind_name, &kind)) {
        TRY(access_txn(turn->loop->access, &txn));
        rc = entity_by_name(txn, turn->rq.account, kind, name, turn->rq.arena, &resource->entity);
    }
    if (rc == RC_OK) {
        resource->found = true;
        return in_arena(entity_arn(&resource->entity, turn->rq.arena), &resource->arn);
    }
    if (rc != RC_NOENT) {
        return rc;
    }
    /* What does not exist is asked for at the default path: authorization comes before existence. */
    return in_arena(ARENA_JOIN(turn->rq.arena, STR("arn:"), turn->rq.partition, STR(":iam::"),
                               turn->rq.account_text, STR(":"), kind_name, STR("/"), name),
                    &resource->arn);
}

static enum rc the_caller(struct turn *turn, struct resource *resource)
{
    struct txn *txn;

    resource->arn = turn->caller.subject->arn;
    if (turn->caller.subject->kind == SUBJECT_ROOT) {
        return RC_OK;
    }
    TRY(access_txn(turn->loop->access, &txn));
    TRY(entity_by_id(txn, turn->caller.unique_id, turn->rq.arena, &resource->entity));
    resource->found = true;
    return RC_OK;
}

static enum rc named(struct turn *turn, const struct api_authz *authz, struct resource *resource)
{
    str name = input_str(turn, authz->template_or_member);

    if (name.ptr == NULL && authz->or_caller) {
        return the_caller(turn, resource);
    }
    return find_named(turn, authz->entity_kind, name.ptr == NULL ? STR("") : name, resource);
}

/* What the entity will be called: arn:...:user NewPath NewUserName. */
static enum rc renamed(struct turn *turn, const struct api_authz *authz, struct resource *resource)
{
    str member = ARENA_JOIN(turn->rq.arena, STR("New"), authz->template_or_member);
    str name, path;

    if (member.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(named(turn, authz, resource));
    name = input_str(turn, member);
    path = input_str(turn, STR("NewPath"));
    if (name.ptr == NULL) {
        name = resource->found ? resource->entity.name : input_str(turn, authz->template_or_member);
    }
    if (path.ptr == NULL) {
        path = resource->found ? resource->entity.path : STR("/");
    }
    return in_arena(ARENA_JOIN(turn->rq.arena, STR("arn:"), turn->rq.partition, STR(":iam::"),
                               turn->rq.account_text, STR(":"), authz->entity_kind, path, name),
                    &resource->arn);
}

static enum rc role_to_assume(struct turn *turn, str arn, struct resource *resource)
{
    enum rc rc = RC_OK;

    if (turn->target == NULL) {
        rc = access_role(turn->loop->access, arn, &turn->target);
    }
    if (rc == RC_NOENT || rc == RC_SYNTAX) {
        return RC_OK; /* refused below in the same words as a role that does not trust the caller */
    }
    TRY(rc);
    resource->role = turn->target;
    return RC_OK;
}

/* AssumeRoot: an account number or the ARN of its root. Other accounts are asked for like any
 * resource of a stranger's, and refused in the same words whether they exist or not. */
static enum rc root_to_assume(struct turn *turn, str target, struct resource *resource)
{
    struct txn *txn;
    struct arn arn;
    int64_t account = 0;
    enum rc rc;

    if (arn_parse(target, &arn) == RC_OK && str_eq(arn.service, STR("iam")) &&
        arn.region.len == 0 && str_eq(arn.resource, STR("root"))) {
        target = arn.account;
    }
    if (account_id_parse(target, &account) != RC_OK) {
        return api_fail(&turn->rq, ERR_ValidationError, "%.*s is invalid", FMT(target));
    }
    resource->account = target;
    TRY(in_arena(ARENA_JOIN(turn->rq.arena, STR("arn:"), turn->rq.partition, STR(":iam::"), target,
                            STR(":root")),
                 &resource->arn));
    TRY(access_txn(turn->loop->access, &txn));
    rc = organization_root_task(txn, turn->rq.account, account, 0, turn->rq.arena);
    resource->is_member_root = rc == RC_OK;
    return rc == RC_DENIED ? RC_OK : rc;
}

static enum rc given(struct turn *turn, const struct api_authz *authz, struct resource *resource)
{
    bool sts = str_eq(turn->rq.op->service->name, STR("sts"));
    str text = input_str(turn, authz->template_or_member);
    struct arn arn;
    struct txn *txn;
    enum rc rc;

    if (text.ptr == NULL) {
        resource->arn = STR("*");
        return RC_OK;
    }
    if (sts && str_eq(authz->entity_kind, STR("root"))) {
        return root_to_assume(turn, text, resource);
    }
    resource->arn = text;
    rc = arn_parse(text, &arn);
    if (rc == RC_OK && sts && (arn.partition.len == 0 || arn.service.len == 0)) {
        rc = RC_SYNTAX; /* has the colons, but names nothing */
    }
    if (rc != RC_OK) {
        if (sts) {
            return api_fail(&turn->rq, ERR_ValidationError, "%.*s is invalid", FMT(text));
        }
        return RC_OK; /* the handler says what is wrong with it */
    }
    if (account_id_is_valid(arn.account)) { /* "aws" owns policies everybody may read */
        resource->account = arn.account;
    }
    if (sts && str_eq(authz->entity_kind, STR("role"))) {
        return role_to_assume(turn, text, resource);
    }
    TRY(access_txn(turn->loop->access, &txn));
    rc = entity_by_arn(txn, text, turn->rq.arena, &resource->entity);
    resource->found = rc == RC_OK;
    return rc == RC_NOENT || rc == RC_SYNTAX ? RC_OK : rc;
}

/* A key that is not of this account is asked for like no key at all: with "*". */
static enum rc key_owner(struct turn *turn, const struct api_authz *authz,
                         struct resource *resource)
{
    str id = input_str(turn, authz->template_or_member);
    struct access_key key;
    struct txn *txn;
    enum rc rc = RC_NOENT;

    resource->arn = STR("*");
    TRY(access_txn(turn->loop->access, &txn));
    if (id.ptr != NULL) {
        rc = access_key_get(txn, id, turn->rq.arena, &key);
    }
    if (rc == RC_OK && key.account == turn->rq.account && !account_id_is_valid(key.owner_id)) {
        TRY(entity_by_id(txn, key.owner_id, turn->rq.arena, &resource->entity));
        resource->found = true;
        return in_arena(entity_arn(&resource->entity, turn->rq.arena), &resource->arn);
    }
    return rc == RC_NOENT || rc == RC_SYNTAX ? RC_OK : rc;
}

enum rc resource_resolve(struct turn *turn, const struct api_authz *authz, struct resource *ret)
{
    struct resource resource = { .account = turn->rq.account_text };
    enum rc rc = RC_CORRUPT;

    switch (authz->resource) {
    case RESOURCE_ANY:
        resource.arn = STR("*");
        rc = RC_OK;
        break;
    case RESOURCE_ARN:
        rc = fill_template(turn, authz->template_or_member, &resource.arn);
        break;
    case RESOURCE_ENTITY:
        rc = named(turn, authz, &resource);
        break;
    case RESOURCE_RENAMED:
        rc = renamed(turn, authz, &resource);
        break;
    case RESOURCE_MEMBER:
        rc = given(turn, authz, &resource);
        break;
    case RESOURCE_KEY_OWNER:
        rc = key_owner(turn, authz, &resource);
        break;
    case RESOURCE_CALLER:
        rc = the_caller(turn, &resource);
        break;
    }
    TRY(rc);
    *ret = resource;
    return RC_OK;
}
