/* What verified claims mean: times, audience, roles. Sentences are AWS's where AWS documents them. */
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "codec/base64.h"
#include "codec/date.h"
#include "saml/saml.h"

#define ATTRIBUTES "https://aws.amazon.com/SAML/Attributes/"
#define FORMAT_20 "urn:oasis:names:tc:SAML:2.0:nameid-format:"
#define UNSPECIFIED "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
#define SUCCESS "urn:oasis:names:tc:SAML:2.0:status:Success"

enum {
    SKEW_S = 60, /* a provider's clock may be ahead of ours; being late is not forgiven */
    SESSION_SECONDS_MIN = 900,
    SESSION_SECONDS_MAX = 43200,
    SESSION_NAME_MIN = 2,
    SESSION_NAME_MAX = 64,
    SUBJECT_MAX = 1024,
    TAGS_MAX = 50,
    TAG_KEY_MAX = 128, /* characters */
    TAG_VALUE_MAX = 256,
};

struct checking {
    const struct saml_claims *claims;
    const struct saml_rules *rules;
    struct arena *arena;
    struct saml_identity who;
    enum saml_refusal refusal;
    str text; /* why; absent: nothing is wrong yet */
};

static bool refuse(struct checking *c, enum saml_refusal refusal, str text)
{
    if (c->text.ptr == NULL) {
        c->refusal = refusal;
        c->text = text;
    }
    return false;
}

/* --- who it is for ------------------------------------------------------------------------------ */

/* https://signin.aws.amazon.com/saml, .../static/saml, .../saml/acs/ID, and the same of a region. */
static bool is_our_acs(str url)
{
    str rest = url, label;

    if (!take_prefix(&rest, STR("https://"))) {
        return false;
    }
    if (!str_starts(rest, STR("signin.aws.amazon.com/"))) { /* REGION. in front, or SIGN-IN ID */
        if (!take_until(&rest, '.', &label) || label.len == 0) {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            if (!ascii_is_alnum(label.ptr[i]) && label.ptr[i] != '-') {
                return false;
            }
        }
    }
    if (!take_prefix(&rest, STR("signin.aws.amazon.com/"))) {
        return false;
    }
    if (take_prefix(&rest, STR("saml/acs/"))) {
        for (size_t i = 0; i < rest.len; i++) {
            if (!ascii_is_alnum(rest.ptr[i]) && rest.ptr[i] != '-' && rest.ptr[i] != '_') {
                return false;
            }
        }
        return rest.len > 0;
    }
    return str_eq(rest, STR("saml")) || str_eq(rest, STR("static/saml"));
}

static bool is_our_audience(str audience)
{
    return str_eq(audience, STR("urn:amazon:webservices")) || is_our_acs(audience);
}

/* Every restriction names us, and there is one. */
static bool check_audience(struct checking *c)
{
    bool ours = c->claims->restriction_count > 0;

    for (size_t i = 0; i < c->claims->restriction_count; i++) {
        const struct saml_audiences *one = &c->claims->restrictions[i];
        size_t j = 0;
        while (j < one->count && !is_our_audience(one->items[j])) {
            j++;
        }
        ours = ours && j < one->count;
    }
    return ours || refuse(c, SAML_INVALID, STR("Response does not contain the required audience."));
}

/* --- when --------------------------------------------------------------------------------------- */

static bool too_early(const struct checking *c, int64_t not_before_s)
{
    return not_before_s != SAML_NEVER && c->rules->now_s + SKEW_S < not_before_s;
}

static bool is_over(const struct checking *c, int64_t not_on_or_after_s)
{
    return not_on_or_after_s != SAML_NEVER && c->rules->now_s >= not_on_or_after_s;
}

static bool expired(struct checking *c, int64_t not_on_or_after_s)
{
    char at[20];
    str text;

    date_print_iso(not_on_or_after_s, at);
    text = arena_printf(c->arena, "The assertion has expired: it was valid until %.*s.",
                        (int)sizeof(at), at);
    return refuse(c, SAML_EXPIRED, text.ptr == NULL ? STR("The assertion has expired.") : text);
}

/* One bearer confirmation that is for us and of now is enough. */
static bool check_confirmation(struct checking *c)
{
    int64_t end_s = SAML_NEVER;

    for (size_t i = 0; i < c->claims->confirmation_count; i++) {
        const struct saml_confirmation *one = &c->claims->confirmations[i];
        if (!is_our_acs(one->recipient) || one->not_on_or_after_s == SAML_NEVER ||
            too_early(c, one->not_before_s)) {
            continue;
        }
        if (!is_over(c, one->not_on_or_after_s)) {
            c->who.recipient = one->recipient;
            return true;
        }
        end_s = one->not_on_or_after_s;
    }
    if (end_s != SAML_NEVER) {
        return expired(c, end_s);
    }
    return refuse(
        c, SAML_INVALID,
        STR("The assertion has no bearer SubjectConfirmation with a NotOnOrAfter and with "
            "the Recipient https://signin.aws.amazon.com/saml."));
}

static bool check_conditions(struct checking *c)
{
    if (too_early(c, c->claims->not_before_s)) {
        return refuse(c, SAML_INVALID,
                      STR("The assertion is not valid yet: compare the provider's clock."));
    }
    if (is_over(c, c->claims->not_on_or_after_s)) {
        return expired(c, c->claims->not_on_or_after_s);
    }
    return !is_over(c, c->claims->session_not_on_or_after_s) ||
           expired(c, c->claims->session_not_on_or_after_s);
}

/* --- attributes --------------------------------------------------------------------------------- */

/* The values of all attributes of that name, one behind the other. */
static bool next_value(const struct saml_claims *claims, str name, size_t *attribute, size_t *value,
                       str *ret)
{
    for (; *attribute < claims->attribute_count; (*attribute)++, *value = 0) {
        const struct saml_attribute *a = &claims->attributes[*attribute];
        if (str_eq(a->name, name) && *value < a->count) {
            *ret = a->values[(*value)++];
            return true;
        }
    }
    return false;
}

static size_t count_values(const struct saml_claims *claims, str name, str *ret_last)
{
    size_t attribute = 0, value = 0, count = 0;

    while (next_value(claims, name, &attribute, &value, ret_last)) {
        count++;
    }
    return count;
}

/* "roleArn,providerArn" in either order. */
static bool is_pair(const struct saml_rules *rules, str value)
{
    str rest = value, first;

    if (!take_until(&rest, ',', &first)) {
        return false;
    }
    first = str_trim(first);
    rest = str_trim(rest);
    return (str_eq(first, rules->role_arn) && str_eq(rest, rules->provider_arn)) ||
           (str_eq(first, rules->provider_arn) && str_eq(rest, rules->role_arn));
}

static bool check_role(struct checking *c)
{
    size_t attribute = 0, value = 0;
    str pair;

    while (next_value(c->claims, STR(ATTRIBUTES "Role"), &attribute, &value, &pair)) {
        if (is_pair(c->rules, pair)) {
            return true;
        }
    }
    return refuse(c, SAML_DENIED, STR("Not authorized to perform sts:AssumeRoleWithSAML"));
}

static bool is_name(str text)
{
    if (text.len < SESSION_NAME_MIN || text.len > SESSION_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        size_t at;
        if (!ascii_is_alnum(text.ptr[i]) && !str_find_char(STR("_=,.@+-"), text.ptr[i], &at)) {
            return false;
        }
    }
    return true;
}

static bool check_session_name(struct checking *c)
{
    size_t count = count_values(c->claims, STR(ATTRIBUTES "RoleSessionName"), &c->who.session_name);

    if (count == 0) {
        return refuse(c, SAML_INVALID, STR("RoleSessionName is required in AuthnResponse"));
    }
    return (count == 1 && is_name(c->who.session_name)) ||
           refuse(c, SAML_INVALID,
                  STR("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"));
}

static bool check_source_identity(struct checking *c)
{
    size_t count = count_values(c->claims, STR(ATTRIBUTES "SourceIdentity"),
                                &c->who.source_identity);

    return count == 0 ||
           (count == 1 && is_name(c->who.source_identity) &&
            !str_starts_nocase(c->who.source_identity, STR("aws:"))) ||
           refuse(c, SAML_INVALID,
                  STR("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "
                      "\"aws:\""));
}

static bool check_duration(struct checking *c)
{
    int64_t end_s = c->claims->session_not_on_or_after_s;
    str text = STR_NONE;
    size_t count = count_values(c->claims, STR(ATTRIBUTES "SessionDuration"), &text);
    uint64_t seconds = 0;

    if (count > 0 && (count > 1 || str_to_u64(text, &seconds) != RC_OK ||
                      seconds < SESSION_SECONDS_MIN || seconds > SESSION_SECONDS_MAX)) {
        return refuse(
            c, SAML_INVALID,
            STR("SessionDuration in AuthnResponse must be a number of seconds from 900 to "
                "43200"));
    }
    c->who.seconds_max = (int64_t)seconds;
    if (end_s != SAML_NEVER && (seconds == 0 || end_s - c->rules->now_s < (int64_t)seconds)) {
        c->who.seconds_max = end_s - c->rules->now_s;
    }
    return true;
}

/* --- tags --------------------------------------------------------------------------------------- */

static bool has_characters(str text, size_t min, size_t max)
{
    uint32_t code_point;
    size_t count = 0;

    while (count <= max && take_utf8(&text, &code_point)) {
        count++;
    }
    return count >= min && count <= max;
}

/* One value for each key: of two, which would hold? */
static bool add_tag(struct checking *c, str key, const struct saml_attribute *attribute)
{
    for (size_t i = 0; i < c->who.tag_count; i++) {
        if (str_eq_nocase(c->who.tags[i].key, key)) {
            return refuse(c, SAML_INVALID,
                          STR("A PrincipalTag attribute in AuthnResponse appears twice."));
        }
    }
    if (attribute->count != 1 || c->who.tag_count == TAGS_MAX ||
        !has_characters(key, 1, TAG_KEY_MAX) ||
        !has_characters(attribute->values[0], 0, TAG_VALUE_MAX)) {
        return refuse(
            c, SAML_INVALID,
            STR("PrincipalTag attributes in AuthnResponse must be 50 at most, each with a "
                "key of up to 128 characters and one value of up to 256."));
    }
    c->who.tags[c->who.tag_count++] = (struct saml_tag){ key, attribute->values[0] };
    return true;
}

static enum rc read_tags(struct checking *c)
{
    const struct saml_claims *claims = c->claims;
    size_t attribute = 0, value = 0;
    str last = STR_NONE;
    size_t transitive = count_values(claims, STR(ATTRIBUTES "TransitiveTagKeys"), &last);

    c->who.tags = NEW_ARRAY(c->arena, claims->attribute_count, struct saml_tag);
    c->who.transitive = NEW_ARRAY(c->arena, transitive, str);
    if (c->who.tags == NULL || c->who.transitive == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < claims->attribute_count; i++) {
        str key = claims->attributes[i].name;
        if (take_prefix(&key, STR(ATTRIBUTES "PrincipalTag:")) &&
            !add_tag(c, key, &claims->attributes[i])) {
            return RC_OK;
        }
    }
    while (next_value(claims, STR(ATTRIBUTES "TransitiveTagKeys"), &attribute, &value, &last)) {
        c->who.transitive[c->who.transitive_count++] = last;
    }
    return RC_OK;
}

/* --- all of it ---------------------------------------------------------------------------------- */

static bool check_subject(struct checking *c)
{
    str format = c->claims->name_id_format;

    c->who.issuer = c->claims->issuer;
    c->who.subject = c->claims->name_id;
    c->who.subject_type = format.len == 0 ? STR(UNSPECIFIED) : format;
    if (str_eq(format, STR(FORMAT_20 "persistent")) || str_eq(format, STR(FORMAT_20 "transient"))) {
        c->who.subject_type = str_skip(format, sizeof(FORMAT_20) - 1);
    }
    if (!str_eq(c->claims->issuer, c->rules->entity_id)) {
        return refuse(c, SAML_INVALID, STR("Issuer not present in specified provider"));
    }
    return (c->who.subject.len > 0 && c->who.subject.len <= SUBJECT_MAX) ||
           refuse(c, SAML_INVALID, STR("NameID in AuthnResponse must have 1 to 1024 bytes."));
}

static bool check_status(struct checking *c)
{
    if (str_eq(c->claims->status, STR(SUCCESS))) {
        return true;
    }
    str text = arena_printf(c->arena, "The identity provider reported a failure: %.*s",
                            FMT(c->claims->status));
    return refuse(c, SAML_REJECTED,
                  text.ptr == NULL ? STR("The identity provider reported a failure") : text);
}

enum rc saml_check(const struct saml_claims *claims, const struct saml_rules *rules,
                   struct arena *arena, struct saml_identity *ret, enum saml_refusal *ret_refusal,
                   str *reterr_text)
{
    struct checking c = {
        .claims = claims, .rules = rules, .arena = arena, .refusal = SAML_INVALID
    };
    bool good = check_status(&c) && check_subject(&c) && check_confirmation(&c) &&
                check_conditions(&c) && check_audience(&c) && check_role(&c) &&
                check_session_name(&c) && check_source_identity(&c) && check_duration(&c);

    if (good) {
        TRY(read_tags(&c));
    }
    if (good && c.text.ptr == NULL) {
        *ret = c.who;
        *ret_refusal = SAML_ACCEPTED;
        return RC_OK;
    }
    *ret_refusal = c.refusal;
    *reterr_text = c.text;
    return RC_OK;
}

enum rc saml_name_qualifier(str issuer, str account, str provider_name, struct arena *arena,
                            str *ret)
{
    str text = ARENA_JOIN(arena, issuer, account, STR("/"), provider_name);
    buf out = buf_arena(arena, 64);
    uint8_t digest[SHA_DIGEST_LENGTH];

    if (text.ptr == NULL || EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha1(), NULL) != 1) {
        return RC_NOMEM;
    }
    base64_encode(BASE64_STANDARD, digest, sizeof(digest), &out);
    TRY(out.err);
    *ret = buf_str(&out);
    return RC_OK;
}
