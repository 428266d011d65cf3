#include "access/live.h"
#include "codec/date.h"

enum { GLOBAL_KEYS_MAX = 32, ISO_BYTES = 20, DECIMAL_BYTES = 20 };

struct keys { /* entries with one value point at their own place in `values` */
    struct context_entry *entries;
    str *values;
    size_t count;
};

static void put(struct keys *keys, str key, str value)
{
    keys->values[keys->count] = value;
    keys->entries[keys->count] =
        (struct context_entry){ .key = key, .values = &keys->values[keys->count], .count = 1 };
    keys->count++;
}

/* K-1: a key without a value is absent, never empty. */
static void put_if(struct keys *keys, str key, str value)
{
    if (value.ptr != NULL) {
        put(keys, key, value);
    }
}

static void put_one_of_many(struct keys *keys, str key, str value)
{
    if (value.ptr != NULL) {
        put(keys, key, value);
        keys->entries[keys->count - 1].many = true;
    }
}

static void put_bool(struct keys *keys, str key, bool value)
{
    put(keys, key, value ? STR("true") : STR("false"));
}

static enum rc put_time(struct keys *keys, str key, int64_t unix_s, struct arena *arena)
{
    char *text = arena_bytes(arena, ISO_BYTES);

    if (text == NULL) {
        return RC_NOMEM;
    }
    date_print_iso(unix_s, text);
    put(keys, key, str_from(text, ISO_BYTES));
    return RC_OK;
}

static enum rc put_i64(struct keys *keys, str key, int64_t n, struct arena *arena)
{
    buf out = buf_arena(arena, DECIMAL_BYTES);

    buf_add_i64(&out, n);
    TRY(out.err);
    put(keys, key, buf_str(&out));
    return RC_OK;
}

/* K-2. */
static str principal_type_name(enum principal_type type)
{
    switch (type) {
    case PRINCIPAL_ROOT:
        return STR("Account");
    case PRINCIPAL_USER:
        return STR("User");
    case PRINCIPAL_ROLE_SESSION:
        return STR("AssumedRole");
    case PRINCIPAL_FEDERATED_USER:
        return STR("FederatedUser");
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        break;
    }
    return STR("Anonymous");
}

static void put_principal(struct keys *keys, const struct caller *caller)
{
    put(keys, STR("aws:PrincipalAccount"), caller->account_text);
    put(keys, STR("aws:PrincipalType"), principal_type_name(caller->type));
    put(keys, STR("aws:userid"), caller->user_id);
    put(keys, STR("aws:PrincipalArn"),
        caller->type == PRINCIPAL_ROLE_SESSION ? caller->role_arn : caller->arn);
    put_bool(keys, STR("aws:PrincipalIsAWSService"), false);
    if (caller->type == PRINCIPAL_USER) {
        put(keys, STR("aws:username"), caller->name);
    }
}

/* Before its role a federated identity is a caller nobody signed for. */
static void put_federated(struct keys *keys, const struct federated_identity *who)
{
    put(keys, STR("aws:PrincipalAccount"), STR("anonymous"));
    put(keys, STR("aws:PrincipalType"), STR("Anonymous"));
    put(keys, STR("aws:userid"), STR("anonymous"));
    for (size_t i = 0; i < who->key_count; i++) {
        keys->entries[keys->count++] = who->keys[i];
    }
}

/* A session tag takes the place of the role's or user's tag of the same key. */
static bool is_overridden(const struct live_session *live, str key)
{
    for (size_t i = 0; live != NULL && i < live->session.tag_count; i++) {
        if (str_eq_nocase(live->tags[i].key, key)) {
            return true;
        }
    }
    return false;
}

static void put_principal_tags(struct keys *keys, const struct caller *caller)
{
    const struct subject *subject = caller->subject;
    const struct live_session *live = caller->live;

    for (size_t i = 0; i < subject->tag_count; i++) {
        if (!is_overridden(live, subject->tags[i].key)) {
            put(keys, subject->tags[i].context_key, subject->tags[i].value);
        }
    }
    for (size_t i = 0; live != NULL && i < live->session.tag_count; i++) {
        put(keys, live->tags[i].context_key, live->tags[i].value);
    }
}

/* Absent for long-term keys, unless the request itself brings a code (AssumeRole): so a trust policy
 * can ask for one. */
static enum rc put_mfa(struct keys *keys, const struct caller *caller, int64_t now_s,
                       struct arena *arena)
{
    int64_t mfa_s = caller->mfa_s;

    if (mfa_s == 0 && caller->session != NULL) {
        mfa_s = caller->session->mfa_s;
    }
    if (mfa_s != 0 || caller->session != NULL) {
        put_bool(keys, STR("aws:MultiFactorAuthPresent"), mfa_s != 0);
    }
    return mfa_s == 0 ? RC_OK : put_i64(keys, STR("aws:MultiFactorAuthAge"), now_s - mfa_s, arena);
}

static enum rc put_session(struct keys *keys, const struct session *session, struct arena *arena)
{
    TRY(put_time(keys, STR("aws:TokenIssueTime"), session->issued_s, arena));
    put_if(keys, STR("aws:SourceIdentity"), session->source_identity);
    if (session->kind == SESSION_ROOT_TASK) {
        put_bool(keys, STR("aws:AssumedRoot"), true);
    }
    for (size_t i = 0; i < session->key_count; i++) {
        put(keys, session->keys[i].key, session->keys[i].value);
    }
    return RC_OK;
}

static void put_organization(struct keys *keys, const struct caller *caller, const struct ask *ask)
{
    const struct subject *subject = caller->subject;
    str id = ask->resource_org_id, path = ask->resource_org_path;

    if (subject != NULL) {
        put_if(keys, STR("aws:PrincipalOrgID"), subject->org_id);
        put_one_of_many(keys, STR("aws:PrincipalOrgPaths"), subject->org_path);
        if (id.ptr == NULL && str_eq(ask->resource_account, subject->account_text)) {
            id = subject->org_id;
            path = subject->org_path;
        }
    }
    put_if(keys, STR("aws:ResourceOrgID"), id);
    put_one_of_many(keys, STR("aws:ResourceOrgPaths"), path);
}

static enum rc put_call(struct keys *keys, const struct call *call, struct arena *arena)
{
    TRY(put_time(keys, STR("aws:CurrentTime"), call->now_s, arena));
    TRY(put_i64(keys, STR("aws:EpochTime"), call->now_s, arena));
    put_bool(keys, STR("aws:SecureTransport"), call->tls);
    put(keys, STR("aws:RequestedRegion"), call->region);
    put_if(keys, STR("aws:UserAgent"), call->user_agent);
    put_bool(keys, STR("aws:ViaAWSService"), false);
    put_if(keys, STR("aws:SourceIp"), call->source_ip);
    put_if(keys, STR("aws:referer"), call->referer);
    return RC_OK;
}

enum rc context_build(const struct caller *caller, const struct call *call, const struct ask *ask,
                      struct arena *arena, const struct context_entry **ret_keys, size_t *ret_count)
{
    size_t max =
        GLOBAL_KEYS_MAX + (caller->subject == NULL ? 0 : caller->subject->tag_count) +
        (caller->federated == NULL ? 0 : caller->federated->key_count) + ask->key_count +
        (caller->session == NULL ? 0 : caller->session->tag_count + caller->session->key_count);
    struct keys keys = { .entries = NEW_ARRAY(arena, max, struct context_entry),
                         .values = NEW_ARRAY(arena, max, str) };

    if (keys.entries == NULL || keys.values == NULL) {
        return RC_NOMEM;
    }
    TRY(put_call(&keys, call, arena));
    if (caller->federated != NULL) {
        put_federated(&keys, caller->federated);
    } else {
        put_principal(&keys, caller);
        put_principal_tags(&keys, caller);
    }
    if (caller->session != NULL) {
        TRY(put_session(&keys, caller->session, arena));
    }
    TRY(put_mfa(&keys, caller, call->now_s, arena));
    put_if(&keys, STR("aws:ResourceAccount"), ask->resource_account);
    put_organization(&keys, caller, ask);
    for (size_t i = 0; i < ask->key_count; i++) {
        keys.entries[keys.count++] = ask->keys[i];
    }
    *ret_keys = keys.entries;
    *ret_count = keys.count;
    return RC_OK;
}
