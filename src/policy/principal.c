/* Principals of resource-side documents (1.3 of the rules). */
#include "codec/arn.h"
#include "policy/engine.h"

/* "AIDA...", "AROA...": what AWS shows in place of a deleted principal's ARN. */
static bool is_unique_id(str value)
{
    if (value.len < 16 || value.len > 128 ||
        !(str_starts(value, STR("AIDA")) || str_starts(value, STR("AROA")))) {
        return false;
    }
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!(c >= 'A' && c <= 'Z') && !ascii_is_digit(c)) {
            return false;
        }
    }
    return true;
}

/* What the ARN may name: a user or role, one session, or with "root" the account. */
static enum who_kind arn_kind(const struct arn *arn, bool *ret_session)
{
    static const struct {
        str service, prefix;
        bool session;
    } rows[] = {
        { STR_INIT("iam"), STR_INIT("user/"), false },
        { STR_INIT("iam"), STR_INIT("role/"), false },
        { STR_INIT("sts"), STR_INIT("assumed-role/"), true },
        { STR_INIT("sts"), STR_INIT("federated-user/"), true },
    };

    if (arn->region.len > 0 || arn->account.len == 0) {
        return WHO_MALFORMED;
    }
    if (str_eq(arn->service, STR("iam")) && str_eq(arn->resource, STR("root"))) {
        return account_id_is_valid(arn->account) ? WHO_ACCOUNT : WHO_MALFORMED;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(arn->service, rows[i].service) && str_starts(arn->resource, rows[i].prefix) &&
            arn->resource.len > rows[i].prefix.len) {
            *ret_session = rows[i].session;
            return WHO_ARN;
        }
    }
    return WHO_MALFORMED; /* P-15: groups among them */
}

/* An "AWS" member; ret->value views into value. */
static void aws_classify(str value, struct who *ret)
{
    struct arn arn;

    *ret = (struct who){ .kind = WHO_MALFORMED, .value = value };
    if (str_eq(value, STR("*"))) {
        ret->kind = WHO_ANY; /* P-1 */
    } else if (account_id_is_valid(value)) {
        ret->kind = WHO_ACCOUNT; /* P-2 */
    } else if (is_unique_id(value)) {
        ret->kind = WHO_ID;
    } else if (!glob_has_wildcard(value) && arn_parse(value, &arn) == RC_OK) { /* P-6 */
        ret->kind = arn_kind(&arn, &ret->session);
        if (ret->kind == WHO_ACCOUNT) {
            ret->value = arn.account;
        }
    }
}

bool who_is_valid(str key, str value)
{
    struct who who;

    if (str_eq(key, STR("AWS"))) {
        aws_classify(value, &who);
        return who.kind != WHO_MALFORMED;
    }
    return value.len > 0 && !glob_has_wildcard(value);
}

static enum rc bind(const struct policy_source *source, struct arena *arena, struct who *who)
{
    for (size_t i = 0; i < source->binding_count; i++) {
        if (str_eq(source->bindings[i].arn, who->value)) {
            who->bound_id = arena_str(arena, source->bindings[i].unique_id);
            who->id_required = source->bound_only;
            return who->bound_id.ptr == NULL ? RC_NOMEM : RC_OK;
        }
    }
    if (source->bound_only && !who->session) {
        who->kind = WHO_NOBODY; /* P-13: deleted since, or never there */
    }
    return RC_OK;
}

enum rc who_compile(str key, str value, const struct policy_source *source, struct arena *arena,
                    struct who *ret)
{
    struct who out = { .kind = WHO_NOBODY }; /* canonical users: nobody here has such an id */
    str copy = arena_str(arena, value);

    if (copy.ptr == NULL) {
        return RC_NOMEM;
    }
    if (str_eq(key, STR("AWS"))) {
        aws_classify(copy, &out);
        if (out.kind == WHO_ARN) {
            TRY(bind(source, arena, &out));
        }
    } else if (str_eq(key, STR("Service"))) {
        out = (struct who){ .kind = WHO_SERVICE, .value = copy };
    } else if (str_eq(key, STR("Federated"))) {
        out = (struct who){ .kind = WHO_FEDERATED, .value = copy };
    }
    *ret = out;
    return RC_OK;
}

/* The caller is not the thing named itself but something made from it: a session of the role, a
 * federated session of the user (P-3, P-4). */
static enum strength derived_strength(const struct principal *p)
{
    switch (p->type) {
    case PRINCIPAL_USER:
        return STRENGTH_DIRECT;
    case PRINCIPAL_ROLE_SESSION:
    case PRINCIPAL_FEDERATED_USER:
        return STRENGTH_ROLE;
    case PRINCIPAL_ANONYMOUS:
    case PRINCIPAL_ROOT:
    case PRINCIPAL_SERVICE:
    case PRINCIPAL_WEB_IDENTITY:
    case PRINCIPAL_SAML:
        return STRENGTH_NONE;
    }
    return STRENGTH_NONE;
}

static bool present_and_equal(str a, str b)
{
    return a.ptr != NULL && b.ptr != NULL && str_eq(a, b);
}

static enum strength arn_strength(const struct who *who, const struct principal *p)
{
    str behind = p->type == PRINCIPAL_ROLE_SESSION     ? p->role_arn
                 : p->type == PRINCIPAL_FEDERATED_USER ? p->user_arn
                 : p->type == PRINCIPAL_USER           ? p->arn
                                                       : STR_NONE;
    bool ids = who->bound_id.ptr != NULL && (p->unique_id.ptr != NULL || who->id_required);

    if (who->session) { /* P-5 */
        bool same = derived_strength(p) == STRENGTH_ROLE && present_and_equal(who->value, p->arn) &&
                    (!ids || str_eq(who->bound_id, p->unique_id));
        return same ? STRENGTH_DIRECT : STRENGTH_NONE;
    }
    if (ids ? str_eq(who->bound_id, p->unique_id) : present_and_equal(who->value, behind)) {
        return derived_strength(p);
    }
    return STRENGTH_NONE;
}

static enum strength one_strength(const struct who *who, const struct principal *p)
{
    bool federated = p->type == PRINCIPAL_WEB_IDENTITY || p->type == PRINCIPAL_SAML;

    switch (who->kind) {
    case WHO_ANY:
        return STRENGTH_DIRECT;
    case WHO_ACCOUNT: /* never an anonymous caller, nor one without an account (P-2) */
        return p->type != PRINCIPAL_ANONYMOUS && p->type != PRINCIPAL_SERVICE && !federated &&
                       present_and_equal(who->value, p->account)
                   ? STRENGTH_ACCOUNT
                   : STRENGTH_NONE;
    case WHO_ARN:
        return arn_strength(who, p);
    case WHO_ID:
        return present_and_equal(who->value, p->unique_id) ? derived_strength(p) : STRENGTH_NONE;
    case WHO_SERVICE:
        return p->type == PRINCIPAL_SERVICE && present_and_equal(who->value, p->arn)
                   ? STRENGTH_DIRECT
                   : STRENGTH_NONE;
    case WHO_FEDERATED:
        return federated && present_and_equal(who->value, p->arn) ? STRENGTH_DIRECT : STRENGTH_NONE;
    case WHO_NOBODY:
    case WHO_MALFORMED:
        return STRENGTH_NONE;
    }
    return STRENGTH_NONE;
}

/* P-9: the strongest member counts. */
static enum strength list_strength(const struct statement *statement, const struct principal *p,
                                   bool *ret_malformed)
{
    enum strength best = STRENGTH_NONE;

    for (uint32_t i = 0; i < statement->who_count; i++) {
        enum strength strength = one_strength(&statement->whos[i], p);
        best = strength > best ? strength : best;
        *ret_malformed = *ret_malformed || statement->whos[i].kind == WHO_MALFORMED;
    }
    return best;
}

static bool is_user_or_role(const struct principal *p)
{
    return derived_strength(p) != STRENGTH_NONE;
}

enum strength who_strength(const struct statement *statement, const struct query *query)
{
    const struct principal *p = &query->rq->principal;
    enum strength best;
    bool malformed = false, deny = statement->effect == EFFECT_DENY;

    switch (statement->who_part) {
    case WHO_EVERYONE:
        return STRENGTH_DIRECT;
    case WHO_NEVER:
        return STRENGTH_NONE;
    case WHO_LISTED: /* P-6: what cannot be read names nobody to grant to, and anybody to deny */
        best = list_strength(statement, p, &malformed);
        return deny && malformed ? STRENGTH_DIRECT : best;
    case WHO_NOT_LISTED:
        if (deny && statement->resource_policy && query->has_boundary && is_user_or_role(p)) {
            return STRENGTH_OTHERS; /* P-11 */
        }
        best = list_strength(statement, p, &malformed);
        return best != STRENGTH_NONE || (malformed && !deny) ? STRENGTH_NONE : STRENGTH_OTHERS;
    }
    return STRENGTH_NONE;
}

enum strength policy_strength(const struct policy_set *set, uint32_t statement,
                              const struct principal *principal, bool has_boundary)
{
    struct policy_request rq = { .principal = *principal };
    struct query query = { .rq = &rq, .has_boundary = has_boundary };

    return who_strength(&set->statements[statement], &query);
}
