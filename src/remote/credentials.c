/* Where credentials come from, in the order of AWS's tools: the environment (unless a profile was
 * named), a role of the profile, a web identity token, keys of the profile, its credential_process. */
#include <stdlib.h>

#include "base/bytes.h"
#include "codec/date.h"
#include "codec/json.h"
#include "remote/inside.h"
#include "system/system.h"

enum {
    CHAIN_MAX = 8, /* source_profile of source_profile... */
    REFRESH_BEFORE_S = 120,
    PROCESS_BYTES_MAX = 64 << 10,
    TOKEN_FILE_MAX = TOKEN_BYTES_MAX,
};

struct getting {
    struct remote *remote;
    struct arena *arena;
    str *why;
};

static enum rc by_profile(struct getting *g, str profile, unsigned depth,
                          struct remote_credentials *ret);

static bool copy(char *to, size_t room, size_t *ret_len, str from)
{
    if (from.len > room) {
        return false;
    }
    if (from.len > 0) {
        memcpy(to, from.ptr, from.len);
    }
    *ret_len = from.len;
    return true;
}

static enum rc fill(struct getting *g, str key_id, str secret, str token, int64_t expires_s,
                    struct remote_credentials *ret)
{
    *ret = (struct remote_credentials){ .expires_s = expires_s };
    if (key_id.len == 0 || secret.len == 0 ||
        !copy(ret->key_id, sizeof(ret->key_id), &ret->key_id_len, key_id) ||
        !copy(ret->secret, sizeof(ret->secret), &ret->secret_len, secret) ||
        !copy(ret->token, sizeof(ret->token), &ret->token_len, token)) {
        wipe(ret, sizeof(*ret));
        *g->why = STR("credentials: a key id or secret is empty or too long");
        return RC_SYNTAX;
    }
    return RC_OK;
}

static str env_of(const struct getting *g, const char *name)
{
    return str_cstr(remote_getenv(g->remote, name));
}

/* <Credentials> of STS. */
static enum rc from_answer(struct getting *g, const struct answer_node *result,
                           struct remote_credentials *ret)
{
    const struct answer_node *c = answer_child(result, STR("Credentials"));
    struct instant expires = { 0 };

    if (c == NULL || date_parse_instant(answer_text(c, STR("Expiration")), &expires) != RC_OK) {
        *g->why = STR("STS answered without credentials");
        return RC_SYNTAX;
    }
    return fill(g, answer_text(c, STR("AccessKeyId")), answer_text(c, STR("SecretAccessKey")),
                answer_text(c, STR("SessionToken")), expires.unix_s, ret);
}

static enum rc ask_sts(struct getting *g, const struct remote_credentials *with, str action,
                       const struct remote_param *params, size_t count, str role,
                       struct remote_credentials *ret)
{
    struct remote_answer answer;
    enum rc rc = call_with(g->remote, with, STR("sts"), action, params, count, g->arena, &answer);

    if (rc == RC_NOMEM) {
        return rc;
    }
    if (rc != RC_OK) {
        *g->why = arena_printf(g->arena, "%.*s of %.*s: %.*s: %.*s (request %.*s)", FMT(action),
                               FMT(role), FMT(answer.code), FMT(answer.message),
                               FMT(answer.request_id));
        return RC_DENIED;
    }
    return from_answer(g, answer.result, ret);
}

static str session_name(const struct getting *g, str profile)
{
    str name = remote_setting(g->remote, profile, STR("role_session_name"));

    return name.len > 0 ? name : STR("mantle-migrate");
}

static enum rc by_web_identity(struct getting *g, str profile, str role, str token_file,
                               struct remote_credentials *ret)
{
    struct remote_param params[3];
    str path = arena_str(g->arena, token_file), token = STR_NONE;

    if (path.ptr == NULL) {
        return RC_NOMEM;
    }
    if (file_read(path.ptr, TOKEN_FILE_MAX, g->arena, &token) != RC_OK) {
        *g->why = arena_printf(g->arena, "cannot read the token in %s", path.ptr);
        return RC_IO;
    }
    params[0] = (struct remote_param){ STR("RoleArn"), role };
    params[1] = (struct remote_param){ STR("RoleSessionName"), session_name(g, profile) };
    params[2] = (struct remote_param){ STR("WebIdentityToken"), str_trim(token) };
    return ask_sts(g, NULL, STR("AssumeRoleWithWebIdentity"), params, COUNT_OF(params), role, ret);
}

static enum rc from_environment(struct getting *g, struct remote_credentials *ret)
{
    str key_id = env_of(g, "AWS_ACCESS_KEY_ID"), secret = env_of(g, "AWS_SECRET_ACCESS_KEY");

    if (key_id.ptr == NULL || secret.ptr == NULL) {
        return RC_NOENT;
    }
    return fill(g, key_id, secret, env_of(g, "AWS_SESSION_TOKEN"), 0, ret);
}

/* Whose credentials assume the role. */
static enum rc source_of(struct getting *g, str profile, unsigned depth,
                         struct remote_credentials *ret)
{
    str source = remote_setting(g->remote, profile, STR("source_profile"));
    str where = remote_setting(g->remote, profile, STR("credential_source"));

    if (source.len > 0) {
        return by_profile(g, source, depth + 1, ret);
    }
    if (str_eq(where, STR("Environment"))) {
        return from_environment(g, ret);
    }
    *g->why = arena_printf(g->arena,
                           "profile %.*s: role_arn needs source_profile, or credential_source = "
                           "Environment (others are not supported)",
                           FMT(profile));
    return RC_UNSUPPORTED;
}

static enum rc by_role(struct getting *g, str profile, str role, unsigned depth,
                       struct remote_credentials *ret)
{
    static const struct {
        str setting, param;
    } more[] = { { STR_INIT("external_id"), STR_INIT("ExternalId") },
                 { STR_INIT("duration_seconds"), STR_INIT("DurationSeconds") } };
    str token_file = remote_setting(g->remote, profile, STR("web_identity_token_file"));
    struct remote_param params[4];
    struct remote_credentials with;
    size_t count = 0;
    enum rc rc;

    if (token_file.len > 0) {
        return by_web_identity(g, profile, role, token_file, ret);
    }
    if (remote_setting(g->remote, profile, STR("mfa_serial")).len > 0) {
        *g->why = arena_printf(g->arena,
                               "profile %.*s asks for an MFA code (mfa_serial), which is not asked "
                               "for here: get a session first and put it into the environment",
                               FMT(profile));
        return RC_UNSUPPORTED;
    }
    params[count++] = (struct remote_param){ STR("RoleArn"), role };
    params[count++] = (struct remote_param){ STR("RoleSessionName"), session_name(g, profile) };
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        str value = remote_setting(g->remote, profile, more[i].setting);
        if (value.len > 0) {
            params[count++] = (struct remote_param){ more[i].param, value };
        }
    }
    TRY(source_of(g, profile, depth, &with));
    rc = ask_sts(g, &with, STR("AssumeRole"), params, count, role, ret);
    wipe(&with, sizeof(with));
    return rc;
}

static str json_text(const struct json *object, str name)
{
    const struct json *value = json_member(object, name);

    return value != NULL && value->type == JSON_STRING ? value->text : STR_NONE;
}

static enum rc by_process(struct getting *g, str command, struct remote_credentials *ret)
{
    static const struct json_limits limits = { .depth_max = 8, .values_max = 100 };
    struct instant expires = { 0 };
    struct json_error error;
    struct json *doc = NULL;
    str text = STR_NONE, date;
    enum rc rc;

    TRY(process_ask(command, PROCESS_BYTES_MAX, g->arena, &text, g->why));
    rc = json_parse(text, &limits, g->arena, &doc, &error);
    date = rc == RC_OK ? json_text(doc, STR("Expiration")) : STR_NONE;
    if (rc != RC_OK || (date.len > 0 && date_parse_instant(date, &expires) != RC_OK)) {
        *g->why = STR("credential_process: did not print the JSON it should");
        rc = RC_SYNTAX;
    } else {
        rc = fill(g, json_text(doc, STR("AccessKeyId")), json_text(doc, STR("SecretAccessKey")),
                  json_text(doc, STR("SessionToken")), expires.unix_s, ret);
    }
    wipe((char *)(uintptr_t)text.ptr, text.len);
    return rc;
}

static enum rc by_keys(struct getting *g, const struct profile_file *file, str section,
                       struct remote_credentials *ret)
{
    str key_id = profile_get(file, section, STR("aws_access_key_id"));
    str secret = profile_get(file, section, STR("aws_secret_access_key"));

    if (key_id.len == 0 || secret.len == 0) {
        return RC_NOENT;
    }
    return fill(g, key_id, secret, profile_get(file, section, STR("aws_session_token")), 0, ret);
}

static enum rc by_profile(struct getting *g, str profile, unsigned depth,
                          struct remote_credentials *ret)
{
    const struct remote_files *files = &g->remote->files;
    str role = remote_setting(g->remote, profile, STR("role_arn")), command, section;
    str source = remote_setting(g->remote, profile, STR("source_profile"));
    enum rc rc;

    if (depth > CHAIN_MAX) {
        *g->why = STR("source_profile: the profiles go round in a circle");
        return RC_LIMIT;
    }
    /* A profile may name itself as the source: its own keys then assume the role. */
    if (role.len > 0 && !(depth > 0 && str_eq(source, profile))) {
        return by_role(g, profile, role, depth, ret);
    }
    rc = by_keys(g, &files->credentials, profile, ret);
    if (rc != RC_NOENT) {
        return rc;
    }
    command = remote_setting(g->remote, profile, STR("credential_process"));
    if (command.len > 0) {
        return by_process(g, command, ret);
    }
    section = str_eq(profile, STR("default")) ? profile
                                              : ARENA_JOIN(g->arena, STR("profile "), profile);
    rc = by_keys(g, &files->config, section, ret);
    if (rc == RC_NOENT && (remote_setting(g->remote, profile, STR("sso_session")).len > 0 ||
                           remote_setting(g->remote, profile, STR("sso_start_url")).len > 0)) {
        *g->why = arena_printf(g->arena,
                               "profile %.*s signs in through SSO, which is not done here: run\n"
                               "  eval \"$(aws configure export-credentials --profile %.*s "
                               "--format env)\"",
                               FMT(profile), FMT(profile));
        return RC_UNSUPPORTED;
    }
    return rc;
}

static enum rc anywhere(struct getting *g, struct remote_credentials *ret)
{
    str role = env_of(g, "AWS_ROLE_ARN"), file = env_of(g, "AWS_WEB_IDENTITY_TOKEN_FILE");
    enum rc rc = g->remote->profile_named ? RC_NOENT : from_environment(g, ret);

    if (rc == RC_NOENT) {
        rc = by_profile(g, g->remote->profile, 0, ret);
    }
    if (rc == RC_NOENT && role.ptr != NULL && file.ptr != NULL && !g->remote->profile_named) {
        rc = by_web_identity(g, g->remote->profile, role, file, ret);
    }
    if (rc == RC_NOENT && g->why->ptr == NULL) {
        *g->why = arena_printf(
            g->arena,
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            "name a profile (profile '%.*s' has none; instance and container "
            "credentials are not looked for)",
            FMT(g->remote->profile));
    }
    return rc;
}

enum rc credentials_get(struct remote *remote, struct arena *arena, str *ret_why)
{
    struct getting g = { remote, arena, ret_why };
    const struct remote_credentials *have = &remote->credentials;
    int64_t now_s = env_now_s(remote->config.env) + remote->skew_s;
    struct remote_credentials fresh;
    enum rc rc;

    if (have->key_id_len > 0 &&
        (have->expires_s == 0 || now_s < have->expires_s - REFRESH_BEFORE_S)) {
        return RC_OK;
    }
    rc = anywhere(&g, &fresh);
    if (rc == RC_OK) {
        remote->credentials = fresh;
    }
    wipe(&fresh, sizeof(fresh));
    return rc;
}
