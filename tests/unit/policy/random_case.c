/* Few words, so that patterns, principals and keys meet often; each twisted now and then, so that
 * wildcards, near misses, absent keys, variables and malformed values occur everywhere. */
#include "random_case.h"

#include <stdio.h>

#include "codec/json.h"

uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

#define PICK(r, list) str_cstr((list)[random_below((r), (uint32_t)COUNT_OF(list))])
#define A "111122223333"
#define B "444455556666"

static const char *const actions[] = {
    "s3:GetObject",
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "sqs:SendMessage",
    "S3:getobject",
    "sts:AssumeRole",
    "sts:AssumeRole",
    "sts:TagSession",
    "kms:Decrypt",
    "iam:PassRole",
    "iam:DeleteRole",
    "kms:CreateAlias",
    "ec2:RunInstances",
    "sts:GetSessionToken",
    "sts:GetCallerIdentity",
    "iam:CreatePolicyVersion",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sts:SetSourceIdentity",
    "iam:GetRole",
    "s3:GetObject",
    "s3:GetObject",
    "s3",
    "s3:",
    "s3:Get:Object",
};

/* Patterns that a twisted action seldom becomes. */
static const char *const action_patterns[] = {
    "**", "*:*",      "*:Get*",       "s?:*",         "s3*",   "S3:GET*", "s3:*:*", ":",
    "*:", "s3:*Obj*", "s3:Get?bject", "*3:getobject", "sts:*", "kms:*",   "iam:*",  "?*:?*",
};

static const char *const resources[] = {
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b/red/x",
    "arn:aws:s3:::b",
    "arn:aws:sqs:us-east-1:" A ":q",
    "arn:aws:iam::" A ":role/ops",
    "arn:aws:iam::" A ":role/ops",
    "arn:aws:kms:us-east-1:" A ":key/1",
    "arn:aws:kms:us-east-1:" A ":alias/aws/s3",
    "arn:aws:iam::aws:policy/P",
    "arn:aws:iam::" A ":role/aws-reserved/x",
    "*",
    "arn:aws:sts::" A ":federated-user/fred",
    "arn:aws:s3:::b/a\xC3\xA9",
    "arn:aws:logs:us-east-1:" A ":log-group:a:b",
    "arn:aws:s3:::b//x",
    "arn:aws:s3:::",
    "b/k",
};

static const char *const arns[] = {
    "arn:aws:iam::" A ":user/alice",
    "arn:aws:iam::" A ":user/bob",
    "arn:aws:iam::" A ":role/worker",
    "arn:aws:sts::" A ":assumed-role/worker/x",
    "arn:aws:sts::" A ":federated-user/fred",
    "arn:aws:iam::" A ":root",
    "arn:aws:iam::" B ":root",
    A,
    B,
    "*",
    "arn:aws:iam::" B ":user/eve",
    "arn:aws:iam::" B ":role/worker",
    "arn:aws:iam::" A ":user/*",
    "arn:aws:iam::" A ":group/g",
};

static const struct {
    const char *key;
    bool many;
    const char *values[6];
} keys[] = {
    { "aws:username", false, { "alice", "bob", "*", "red", "", "Alice" } },
    { "aws:PrincipalTag/team", false, { "red", "blue", "*", "k", "re?", "red" } },
    { "aws:TagKeys", true, { "a", "b", "", "c", "A", "a" } },
    { "aws:SourceIp",
      false,
      { "10.0.0.1", "203.0.113.7", "2001:db8::1", "::ffff:10.0.0.1", "10.0.0.300", "0.0.0.0" } },
    { "aws:CurrentTime",
      false,
      { "2026-01-01T00:00:00Z", "2026-06-30", "1767225600", "2026-01-01T00:30:00.5+01:00", "soon",
        "2026" } },
    { "aws:SecureTransport", false, { "true", "false", "TRUE", "maybe", "true", "false" } },
    { "n", false, { "10", "10.0", "-3", "010", "x", "9.999" } },
    { "arn",
      false,
      { "arn:aws:iam::" A ":user/alice", "arn:aws:s3:::b/k", "arn:aws:sns:::", "alice",
        "arn:aws:iam::" A ":role/worker", "a:b:c:d:e:f:g" } },
};

static const char *const values[] = {
    "alice",
    "red",
    "r*",
    "?ed",
    "*",
    "",
    "b",
    "a",
    "A",
    "10",
    "9",
    "10.00",
    "-3",
    "2026-01-01",
    "1767225600",
    "2026-01-01T00:00:00Z",
    "2025-12-31T23:30:00.500Z",
    "10.0.0.0/8",
    "203.0.113.7",
    "::/0",
    "0.0.0.0/0",
    "2001:db8::/32",
    "true",
    "false",
    "False",
    "arn:aws:iam::*:user/*",
    "arn:aws:s3:::b/*",
    "arn:*:*:*:*:*",
    "YQ==",
    "YWxpY2U=",
    "${aws:username}",
    "${*}",
    "${$}",
    "${aws:PrincipalTag/team}",
    "${aws:TagKeys}",
    "${nothing}",
    "${nothing, 'red'}",
    "${AWS:UserName}*",
    "arn:aws:iam::" A ":user/${aws:username}",
    "${arn}",
    "x",
    "${aws:username", /* not closed, nested, unnamed, odd defaults */
    "${${aws:username}}",
    "${}",
    "${ aws:username }",
    "${ * }",
    "${*, 'red'}",
    "$${aws:username}",
    "${nothing, 'a}b'}",
    "${nothing, 'it''s'}",
    "${nothing,'b'}",
    "${nothing, \"b\"}",
    "${nothing, }",
    "a}b",
    "${?}",
    "$",
    "1e3",
    "+10",
    ".5",
    "5.",
    "-0",
    "00010.500",
    "99999999999999999999.1",
    "",
    "2026-02-30",
    "2024-02-29",
    "2026-01-01T00:00Z",
    "2026-01-01T00:00:00",
    "2025-12-31t16:00:00-08:00",
    "2026-01-01T00:00:00.0000000001Z",
    "-86400",
    "1767225600.0",
    "2026",
    "2026-01",
    "::ffff:10.0.0.1/96",
    "10.0.0.1/33",
    "10.0.0.0/",
    "010.0.0.1",
    "10.9.9.9/8",
    "2001:DB8:0:0::1/128",
    "fe80::1%eth0",
    "*:*:*:*:*:*",
    "arn:aws:iam::" A ":user",
    "arn:aws:iam::" B ":user/alice",
    "arn:aws:iam::" B ":role/*",
};

static const char *const operators[] = {
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
    "Bogus",
};

static void element(struct json_out *o, const char *key)
{
    json_key(o, str_cstr(key));
}

/* A word with a run replaced by a wildcard, cut short, or in another case. */
static void twisted(struct random *r, struct json_out *o, str word)
{
    char room[256];
    uint32_t from, len;
    str text = word;

    memcpy(room, word.ptr, word.len);
    from = random_below(r, (uint32_t)word.len);
    len = random_below(r, (uint32_t)(word.len - from) + 1);
    switch (random_below(r, 8)) {
    case 0:
    case 1: /* a run becomes a star */
        room[from] = '*';
        memmove(room + from + 1, word.ptr + from + len, word.len - from - len);
        text = str_from(room, word.len - len + 1);
        break;
    case 2: /* one character becomes ? */
        room[from] = '?';
        text = str_from(room, word.len);
        break;
    case 3: /* the end becomes a star */
        room[from] = '*';
        text = str_from(room, from + 1);
        break;
    case 4:
        text = str_from(room, len);
        break;
    case 5:
        room[from] = (char)(ascii_is_alpha(room[from]) ? room[from] ^ 0x20 : room[from]);
        text = str_from(room, word.len);
        break;
    case 6:
        text = STR("*");
        break;
    default:
        break;
    }
    json_str(o, str_is_utf8(text) ? text : word);
}

static void word(struct random *r, struct json_out *o, str text)
{
    if (random_chance(r, 45)) {
        twisted(r, o, text);
    } else {
        json_str(o, text);
    }
}

static void action(struct random *r, struct json_out *o)
{
    if (random_chance(r, 15)) {
        json_str(o, PICK(r, action_patterns));
    } else {
        word(r, o, random_chance(r, 45) ? r->action : PICK(r, actions));
    }
}

static const char *const variable_resources[] = {
    "arn:aws:s3:::b/${aws:PrincipalTag/team}/x",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'red'}/*",
    "arn:aws:s3:::${nothing}*",
    "arn:aws:s3:::b/${aws:TagKeys}",
    "arn:aws:s3:::b/${*}",
    "arn:aws:iam::${aws:username}:role/ops",
    "arn:aws:s3",
    "arn:aws:s3:*",
    "arn:*:s3:::*",
    "arn:aws:*:*:*:*",
    "arn:aws:s3:::*/?",
    "arn:aws:s3:::b/${aws:PrincipalTag/team}${*}",
    "arn:aws:s3:::b/${aws:PrincipalTag/team",
    "arn:aws:s3:::b/*/x",
    "arn:aws:s3:::b/?ed/*",
    "arn:aws:s3",
    "arn",
    "",
    "arn:aws:iam:*:" A ":role/*",
    "arn:aws:s3:::b/re${nothing, 'd'}/x",
    "arn:?ws:*:::*",
};

static void resource(struct random *r, struct json_out *o)
{
    if (random_chance(r, 20)) {
        json_str(o, PICK(r, variable_resources));
    } else {
        word(r, o, random_chance(r, 60) ? r->resource : PICK(r, resources));
    }
}

/* One, or an array of one to three (E-3). */
static void some(struct random *r, struct json_out *o,
                 void (*one)(struct random *, struct json_out *))
{
    if (random_chance(r, 50)) {
        one(r, o);
        return;
    }
    json_open(o, '[');
    for (uint32_t n = 1 + random_below(r, 3); n > 0; n--) {
        one(r, o);
    }
    json_close(o, ']');
}

static void value(struct random *r, struct json_out *o)
{
    switch (random_below(r, 12)) {
    case 0:
        json_i64(o, (int64_t)random_below(r, 12));
        break;
    case 1:
        json_bool(o, random_chance(r, 50));
        break;
    case 2: {
        uint32_t k = random_below(r, (uint32_t)COUNT_OF(keys));
        json_str(o, PICK(r, keys[k].values));
        break;
    }
    default:
        json_str(o, PICK(r, values));
        break;
    }
}

static void operator_name(struct random *r, struct json_out *o)
{
    char name[64];
    const char *set = random_chance(r, 15)   ? "ForAnyValue:"
                      : random_chance(r, 15) ? "forAllValues:"
                                             : "";

    (void)snprintf(name, sizeof(name), "%s%s%s", set,
                   operators[random_below(r, (uint32_t)COUNT_OF(operators))],
                   random_chance(r, 20) ? "IfExists" : "");
    if (random_chance(r, 5)) {
        name[0] = (char)(name[0] ^ 0x20);
    }
    json_key(o, str_cstr(name));
}

/* A fitting value half of the time, so that conditions become true. */
static void condition_key(struct random *r, struct json_out *o)
{
    uint32_t k = random_below(r, (uint32_t)COUNT_OF(keys));
    char name[64];

    (void)snprintf(name, sizeof(name), "%s", keys[k].key);
    if (random_chance(r, 10)) {
        name[0] = (char)(name[0] ^ 0x20);
    }
    json_key(o, str_cstr(name));
    if (random_chance(r, 5)) {
        json_open(o, '[');
        json_close(o, ']');
    } else if (random_chance(r, 50)) {
        json_str(o, PICK(r, keys[k].values));
    } else {
        some(r, o, value);
    }
}

/* Names may repeat; the reader then refuses the case and the next is tried. */
static void condition(struct random *r, struct json_out *o)
{
    element(o, "Condition");
    json_open(o, '{');
    for (uint32_t n = 1 + (random_chance(r, 20) ? 1 : 0); n > 0; n--) {
        operator_name(r, o);
        json_open(o, '{');
        for (uint32_t m = 1 + (random_chance(r, 15) ? 1 : 0); m > 0; m--) {
            condition_key(r, o);
        }
        json_close(o, '}');
    }
    json_close(o, '}');
}

static void arn(struct random *r, struct json_out *o)
{
    json_str(o, PICK(r, arns));
}

static void principal(struct random *r, struct json_out *o)
{
    element(o, random_chance(r, 15) ? "NotPrincipal" : "Principal");
    if (random_chance(r, 15)) {
        json_str(o, STR("*"));
        return;
    }
    json_open(o, '{');
    if (random_chance(r, 85)) {
        element(o, "AWS");
        some(r, o, arn);
    }
    if (random_chance(r, 25)) {
        json_put_str(o, STR("Service"), STR("sns.amazonaws.com"));
    }
    if (random_chance(r, 25)) {
        json_put_str(o, STR("Federated"), STR("idp.example"));
    }
    json_close(o, '}');
}

enum shape { SHAPE_IDENTITY, SHAPE_RESOURCE, SHAPE_TRUST };

static void statement(struct random *r, struct json_out *o, enum shape shape)
{
    json_open(o, '{');
    json_put_str(o, STR("Effect"), random_chance(r, 75) ? STR("Allow") : STR("Deny"));
    if (shape != SHAPE_IDENTITY && random_chance(r, 97)) {
        principal(r, o);
    }
    element(o, random_chance(r, 12) ? "NotAction" : "Action");
    some(r, o, action);
    if (shape != SHAPE_TRUST) {
        element(o, random_chance(r, 12) ? "NotResource" : "Resource");
        some(r, o, resource);
    }
    if (random_chance(r, 40)) {
        condition(r, o);
    }
    json_close(o, '}');
}

static void document(struct random *r, struct json_out *o, enum shape shape)
{
    json_open(o, '{');
    if (random_chance(r, 90)) {
        json_put_str(o, STR("Version"),
                     random_chance(r, 85) ? STR("2012-10-17") : STR("2008-10-17"));
    }
    element(o, "Statement");
    json_open(o, '[');
    for (uint32_t n = random_chance(r, 4) ? 30 : 1 + random_below(r, 3); n > 0; n--) {
        statement(r, o, shape);
    }
    json_close(o, ']');
    json_close(o, '}');
}

static void documents(struct random *r, struct json_out *o, enum shape shape, uint32_t least)
{
    json_open(o, '[');
    for (uint32_t n = least + random_below(r, 2); n > 0; n--) {
        document(r, o, shape);
    }
    json_close(o, ']');
}

static void levels(struct random *r, struct json_out *o, const char *key, enum shape shape)
{
    element(o, key);
    json_open(o, '[');
    for (uint32_t n = random_below(r, 3); n > 0; n--) {
        documents(r, o, shape, random_chance(r, 90) ? 1 : 0);
    }
    json_close(o, ']');
}

static void policies(struct random *r, struct json_out *o, bool trust)
{
    element(o, "policies");
    json_open(o, '{');
    if (random_chance(r, 80)) {
        element(o, "identity");
        documents(r, o, SHAPE_IDENTITY, 1);
    }
    if (random_chance(r, 60)) {
        element(o, "resource");
        document(r, o, trust ? SHAPE_TRUST : SHAPE_RESOURCE);
    }
    if (random_chance(r, 15)) {
        element(o, "boundary");
        document(r, o, SHAPE_IDENTITY);
    }
    if (random_chance(r, 20)) {
        element(o, "session");
        documents(r, o, SHAPE_IDENTITY, 0);
    }
    if (random_chance(r, 10)) {
        levels(r, o, "scp", SHAPE_IDENTITY);
    }
    if (random_chance(r, 10)) {
        levels(r, o, "rcp", SHAPE_RESOURCE);
    }
    if (random_chance(r, 8)) {
        element(o, "endpoint");
        document(r, o, SHAPE_RESOURCE);
    }
    json_close(o, '}');
}

static void context(struct random *r, struct json_out *o)
{
    element(o, "context");
    json_open(o, '{');
    for (size_t k = 0; k < COUNT_OF(keys); k++) {
        bool many = keys[k].many != random_chance(r, 4);
        if (!random_chance(r, 60)) {
            continue;
        }
        element(o, keys[k].key);
        if (!many) {
            json_str(o, random_chance(r, 85) ? PICK(r, keys[k].values) : PICK(r, values));
            continue;
        }
        json_open(o, '[');
        for (uint32_t n = random_below(r, 4); n > 0; n--) {
            json_str(o, PICK(r, keys[k].values));
        }
        json_close(o, ']');
    }
    json_close(o, '}');
}

static const char *const callers[] = {
    "{\"type\":\"user\",\"account\":\"" A "\",\"arn\":\"arn:aws:iam::" A ":user/alice\"}",
    "{\"type\":\"user\",\"account\":\"" A "\",\"arn\":\"arn:aws:iam::" A ":user/bob\"}",
    "{\"type\":\"user\",\"account\":\"" B "\",\"arn\":\"arn:aws:iam::" B ":user/eve\"}",
    "{\"type\":\"role-session\",\"account\":\"" A "\",\"arn\":\"arn:aws:sts::" A
    ":assumed-role/worker/x\",\"role_arn\":\"arn:aws:iam::" A ":role/worker\"}",
    "{\"type\":\"role-session\",\"account\":\"" A "\",\"arn\":\"arn:aws:sts::" A
    ":assumed-role/worker/x\",\"role_arn\":\"arn:aws:iam::" A ":role/worker\"}",
    "{\"type\":\"role-session\",\"account\":\"" A "\",\"arn\":\"arn:aws:sts::" A
    ":assumed-role/worker/x\",\"role_arn\":\"arn:aws:iam::" A
    ":role/worker\",\"service_linked\":true}",
    "{\"type\":\"role-session\",\"account\":\"" B "\",\"arn\":\"arn:aws:sts::" B
    ":assumed-role/worker/y\",\"role_arn\":\"arn:aws:iam::" B ":role/worker\"}",
    "{\"type\":\"federated-user\",\"account\":\"" A "\",\"arn\":\"arn:aws:sts::" A
    ":federated-user/fred\",\"user_arn\":\"arn:aws:iam::" A ":user/alice\"}",
    "{\"type\":\"root\",\"account\":\"" A "\",\"arn\":\"arn:aws:iam::" A ":root\"}",
    "{\"type\":\"root\",\"account\":\"" B "\",\"arn\":\"arn:aws:iam::" B ":root\"}",
    "{\"type\":\"anonymous\"}",
    "{\"type\":\"anonymous\",\"account\":\"" A "\"}",
    "{\"type\":\"service\",\"arn\":\"sns.amazonaws.com\"}",
    "{\"type\":\"web-identity\",\"arn\":\"idp.example\"}",
    "{\"type\":\"saml\",\"arn\":\"idp.example\"}",
};

void random_case(struct random *r, buf *out)
{
    struct json_out o = { .out = out };
    str name = PICK(r, actions), place = PICK(r, resources);
    bool trust = str_starts(name, STR("sts:AssumeRole")) || str_eq(name, STR("sts:TagSession")) ||
                 str_eq(name, STR("sts:SetSourceIdentity"));

    if (trust && random_chance(r, 90)) {
        place = STR("arn:aws:iam::" A ":role/ops");
    }
    r->action = name;
    r->resource = place;
    json_open(&o, '{');
    json_put_str(&o, STR("id"), STR("random"));
    element(&o, "request");
    json_open(&o, '{');
    element(&o, "principal");
    json_raw(&o, PICK(r, callers));
    json_put_str(&o, STR("action"), name);
    json_put_str(&o, STR("resource"), place);
    if (random_chance(r, 95)) {
        json_put_str(&o, STR("resource_account"), STR(A));
    }
    context(r, &o);
    json_close(&o, '}');
    policies(r, &o, trust);
    if (random_chance(r, 10)) {
        element(&o, "org");
        json_open(&o, '{');
        json_put_bool(&o, STR("principal_in_management_account"), random_chance(r, 50));
        json_put_bool(&o, STR("resource_in_management_account"), random_chance(r, 50));
        json_close(&o, '}');
    }
    json_put_str(&o, STR("expect"), STR("allow"));
    json_close(&o, '}');
}
