#include "migrate/take.h"

/* -- parts of values --------------------------------------------------------------------------------- */

static str behind_last(str value, char c)
{
    size_t at = value.len;

    while (at > 0 && value.ptr[at - 1] != c) {
        at--;
    }
    return str_skip(value, at);
}

static str without_slash(str value)
{
    return str_starts(value, STR("/")) ? str_skip(value, 1) : value;
}

/* "bucket/key", also as "/bucket/key?versionId=..." and percent-encoded, as the header may be. */
static str copy_source(const struct extract *x, str value, bool key)
{
    str rest = without_slash(value), bucket, slashed;
    size_t at;

    if (str_find(rest, STR("?versionId="), &at)) {
        rest = str_slice(rest, 0, at);
    }
    if (!str_find_char(rest, '/', &at) && str_find(rest, STR("%2F"), &at)) {
        slashed = ARENA_JOIN(x->arena, str_slice(rest, 0, at), STR("/"), str_skip(rest, at + 3));
        rest = slashed.ptr == NULL ? STR("") : slashed;
    }
    if (str_starts(rest, STR("arn:")) || !take_until(&rest, '/', &bucket)) {
        return STR_NONE;
    }
    return key ? rest : bucket;
}

/* NAME, NAME:QUALIFIER, ACCOUNT:function:NAME, arn:...:function:NAME[:QUALIFIER]. */
static str function_name(const struct extract *x, str value, bool qualified)
{
    str room[1], name, rest = value;
    size_t at;

    if (str_find(value, STR(":function:"), &at)) {
        rest = str_skip(value, at + strlen(":function:"));
    } else if (str_find(value, STR(":layer:"), &at)) {
        rest = str_skip(value, at + strlen(":layer:"));
    } else if (str_starts(value, STR("function:"))) {
        rest = str_skip(value, strlen("function:"));
    }
    if (!take_until(&rest, ':', &name)) {
        name = rest;
        rest = STR("");
    }
    if (qualified && rest.len == 0 && leaves_at(&x->request, STR("qualifier"), room, 1) == 1) {
        rest = room[0];
    }
    return qualified && rest.len > 0 ? ARENA_JOIN(x->arena, name, STR(":"), rest) : name;
}

/* Where a path stands beside the name, both are known; "/" is no path. */
static str with_path(const struct extract *x, str value, bool *ret_no_path)
{
    str path[1];

    if (str_starts(value, STR("arn:"))) {
        return value;
    }
    if (leaves_at(&x->request, STR("path"), path, 1) == 1) {
        return ARENA_JOIN(x->arena, without_slash(path[0]), value);
    }
    *ret_no_path = true;
    return value;
}

/* Behind a secret's name stand a hyphen and six characters that callers may leave out. */
static str secret(const struct extract *x, str value)
{
    size_t at;

    if (str_starts(value, STR("arn:")) && str_find(value, STR(":secret:"), &at)) {
        value = str_skip(value, at + strlen(":secret:"));
    }
    if (value.len > 7 && value.ptr[value.len - 7] == '-') {
        bool upper = false, lower = false, digit = false;
        for (size_t i = value.len - 6; i < value.len; i++) {
            upper = upper || (value.ptr[i] >= 'A' && value.ptr[i] <= 'Z');
            lower = lower || (value.ptr[i] >= 'a' && value.ptr[i] <= 'z');
            digit = digit || ascii_is_digit(value.ptr[i]);
        }
        if (upper || (lower && digit)) {
            return value;
        }
    }
    return ARENA_JOIN(x->arena, value, STR("-??????"));
}

static str family(str value, bool revision)
{
    str rest = behind_last(value, '/'), name;

    if (!take_until(&rest, ':', &name)) {
        return revision ? STR("*") : rest;
    }
    return revision ? rest : name;
}

static str type_name(const struct extract *x, str value)
{
    str out = arena_str(x->arena, value), name = STR("");

    for (size_t i = 0; out.ptr != NULL && i < out.len; i++) {
        if (str_starts(str_skip(out, i), STR("::"))) {
            name = ARENA_JOIN(x->arena, name, STR("-"));
            i++;
        } else {
            name = ARENA_JOIN(x->arena, name, str_slice(out, i, 1));
        }
    }
    return name;
}

/* Documents of AWS belong to no account. */
static str document(const struct extract *x, str value)
{
    static const str fronts[] = { STR_INIT("AWS-"),
                                  STR_INIT("AWSSupport-"),
                                  STR_INIT("AWSEC2-"),
                                  STR_INIT("AWSConfigRemediation-"),
                                  STR_INIT("AmazonCloudWatch-"),
                                  STR_INIT("AmazonInspector"),
                                  STR_INIT("AWSDocs-") };

    for (size_t i = 0; i < COUNT_OF(fronts); i++) {
        if (str_starts(value, fronts[i])) {
            return ARENA_JOIN(x->arena, STR("arn:"), x->partition, STR(":ssm:"), x->region,
                              STR("::document/"), value);
        }
    }
    return str_starts(value, STR("arn:")) ? behind_last(value, '/') : value;
}

/* "Orders <noreply@example.com>" ends in a bracket. */
static str without_bracket(str value)
{
    return str_ends(value, STR(">")) ? str_slice(value, 0, value.len - 1) : value;
}

str take_value(const struct extract *x, enum map_take take, str value, bool *ret_no_path)
{
    bool is_arn = str_starts(value, STR("arn:"));
    size_t at;

    switch (take) {
    case TAKE_WHOLE:
        return value;
    case TAKE_LAST:
        return behind_last(
            is_arn && !str_find_char(value, '/', &(size_t){ 0 }) ? behind_last(value, ':') : value,
            '/');
    case TAKE_TAIL:
        return behind_last(value, ':');
    case TAKE_BUCKET:
        return copy_source(x, value, false);
    case TAKE_KEY:
        return copy_source(x, value, true);
    case TAKE_NOSLASH:
        return is_arn ? value : without_slash(value);
    case TAKE_UNDER:
        return str_eq(value, STR("/")) ? STR("*")
                                       : ARENA_JOIN(x->arena, without_slash(value), STR("*"));
    case TAKE_STARTS:
        return ARENA_JOIN(x->arena, value, STR("*"));
    case TAKE_LAMBDA:
    case TAKE_LAMBDA_NAME:
        return function_name(x, value, take == TAKE_LAMBDA);
    case TAKE_KEY_ID:
        return str_starts(value, STR("alias/")) ||
                       (is_arn && str_find(value, STR(":alias/"), &(size_t){ 0 }))
                   ? STR_NONE
                   : value;
    case TAKE_ALIAS:
        return str_starts(value, STR("alias/")) ? str_skip(value, strlen("alias/")) : value;
    case TAKE_PATH:
        return with_path(x, value, ret_no_path);
    case TAKE_SECRET:
        return secret(x, value);
    case TAKE_FAMILY:
    case TAKE_REVISION:
        return family(value, take == TAKE_REVISION);
    case TAKE_TYPE_NAME:
        return type_name(x, value);
    case TAKE_DOCUMENT:
        return document(x, value);
    case TAKE_DOMAIN:
        return str_find_char(value, '@', &at) ? without_bracket(str_skip(value, at + 1)) : value;
    case TAKE_WAF_SCOPE:
        return str_eq(value, STR("CLOUDFRONT")) ? STR("global") : STR("regional");
    }
    return STR_NONE;
}

/* -- templates ------------------------------------------------------------------------------------- */

str take_template(const struct extract *x, str template, str value)
{
    str out = STR(""), rest = template;
    size_t at, end;

    while (str_find(rest, STR("${"), &at) && str_find_char(str_skip(rest, at), '}', &end)) {
        str name = str_slice(rest, at + 2, end - 2);
        str text = str_eq(name, STR("Partition")) ? x->partition
                   : str_eq(name, STR("Region"))  ? x->region
                   : str_eq(name, STR("Account")) ? x->account
                                                  : value;
        out = ARENA_JOIN(x->arena, out, str_slice(rest, 0, at), text);
        rest = str_skip(rest, at + end + 1);
    }
    return ARENA_JOIN(x->arena, out, rest);
}

/* -- similar names ----------------------------------------------------------------------------------- */

/* Compares ignoring case, '-' and '_', and an 's' at the end of the member's name. */
static bool is_similar(str member, str front, str end)
{
    str parts[] = { front, end };
    size_t at = 0;

    for (size_t p = 0; p < COUNT_OF(parts); p++) {
        for (size_t i = 0; i < parts[p].len; i++) {
            if (parts[p].ptr[i] == '-' || parts[p].ptr[i] == '_' || parts[p].ptr[i] == ' ') {
                continue;
            }
            while (at < member.len && (member.ptr[at] == '-' || member.ptr[at] == '_')) {
                at++;
            }
            if (at == member.len || ascii_lower(member.ptr[at]) != ascii_lower(parts[p].ptr[i])) {
                return false;
            }
            at++;
        }
    }
    return at == member.len || (at + 1 == member.len && ascii_lower(member.ptr[at]) == 's');
}

static str without_end(str name)
{
    static const str ends[] = { STR_INIT("Identifier"), STR_INIT("Name"), STR_INIT("Arn"),
                                STR_INIT("ARN"), STR_INIT("Id") };

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (name.len > ends[i].len && str_ends(name, ends[i])) {
            return str_slice(name, 0, name.len - ends[i].len);
        }
    }
    return name;
}

/* The members of the least depth alone: what stands deeper is about something else. */
static size_t members_like(const struct extract *x, str front, str end, str *room,
                           size_t room_count)
{
    unsigned depth = UINT32_MAX;
    size_t count = 0;

    for (size_t i = 0; i < x->request.count; i++) {
        const struct leaf *leaf = &x->request.items[i];
        if (leaf->depth < depth && is_similar(leaf->name, front, end)) {
            depth = leaf->depth;
        }
    }
    for (size_t i = 0; i < x->request.count && count < room_count; i++) {
        const struct leaf *leaf = &x->request.items[i];
        if (leaf->depth == depth && is_similar(leaf->name, front, end)) {
            room[count++] = leaf->value;
        }
    }
    return count;
}

size_t take_similar(const struct extract *x, str type, str variable, bool alone, str *room,
                    size_t room_count)
{
    static const str ends[] = { STR_INIT(""), STR_INIT("Name"), STR_INIT("Id"),
                                STR_INIT("Identifier"), STR_INIT("Arn") };
    const str fronts[] = { without_end(variable), type };
    size_t count = members_like(x, variable, STR(""), room, room_count), tried = alone ? 2 : 1;

    for (size_t f = 0; f < tried && count == 0; f++) {
        for (size_t e = 0; e < COUNT_OF(ends) && count == 0 && fronts[f].len >= 2; e++) {
            count = members_like(x, fronts[f], ends[e], room, room_count);
        }
    }
    return count;
}
