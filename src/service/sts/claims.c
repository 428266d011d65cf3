/* Claims of a token: read with care before the signature was looked at, used only behind it. */
#include "service/protocol/patterns.h"
#include "service/sts/web_identity.h"

enum { SOURCE_IDENTITY_MIN = 2, SOURCE_IDENTITY_MAX = 64 };

static enum rc invalid(struct rq *rq, const char *format, ...) PRINTF_LIKE(2, 3);

static enum rc invalid(struct rq *rq, const char *format, ...)
{
    va_list args;
    str text;

    va_start(args, format);
    text = arena_vprintf(rq->arena, format, args);
    va_end(args);
    return text.ptr == NULL ? RC_NOMEM : api_fail(rq, ERR_InvalidIdentityToken, "%.*s", FMT(text));
}

static str text_claim(const struct json *claims, str name)
{
    const struct json *claim = json_member(claims, name);

    return claim != NULL && claim->type == JSON_STRING ? claim->text : STR_NONE;
}

/* A text, or a list of nothing but texts. False: neither. */
static bool texts_of(const struct json *value, struct arena *arena, const str **ret,
                     size_t *ret_count)
{
    bool list = value->type == JSON_ARRAY;
    size_t count = list ? value->count : 1, at = 0;
    str *texts = NEW_ARRAY(arena, count, str);

    if (texts == NULL || (!list && value->type != JSON_STRING)) {
        return false;
    }
    if (!list) {
        texts[0] = value->text;
    }
    for (const struct json *item = list ? value->first : NULL; item != NULL; item = item->next) {
        if (item->type != JSON_STRING) {
            return false;
        }
        texts[at++] = item->text;
    }
    *ret = texts;
    *ret_count = count;
    return true;
}

/* --- reading ------------------------------------------------------------------------------------ */

static enum rc read_times(struct rq *rq, struct web_identity *who)
{
    const struct json *claims = who->jwt.claims;
    enum rc exp = jwt_time(claims, STR("exp"), &who->expires_s);
    enum rc nbf = jwt_time(claims, STR("nbf"), &who->not_before_s);
    enum rc iat = jwt_time(claims, STR("iat"), &who->issued_s);

    if (exp == RC_NOENT) {
        return invalid(rq, "Missing a required claim: exp");
    }
    if (exp != RC_OK || (nbf != RC_OK && nbf != RC_NOENT) || (iat != RC_OK && iat != RC_NOENT)) {
        return invalid(rq, "The exp, nbf or iat claim of the token is not a time in seconds.");
    }
    return RC_OK;
}

/* Several audiences do not say for whom the token is; then azp must (OpenID Connect Core, 2). */
static enum rc read_audience(struct rq *rq, struct web_identity *who)
{
    const struct json *aud = json_member(who->jwt.claims, STR("aud"));
    const struct json *azp = json_member(who->jwt.claims, STR("azp"));

    if (aud == NULL) {
        return invalid(rq, "Missing a required claim: aud");
    }
    if (!texts_of(aud, rq->arena, &who->audiences, &who->audience_count) ||
        who->audience_count == 0 || (azp != NULL && azp->type != JSON_STRING)) {
        return invalid(rq, "Incorrect token audience");
    }
    if (azp == NULL && who->audience_count > 1) {
        return invalid(rq, "The token has several audiences and no azp claim.");
    }
    who->audience = azp != NULL ? azp->text : who->audiences[0];
    return RC_OK;
}

enum rc web_identity_read(struct rq *rq, str token, struct web_identity *ret)
{
    struct web_identity who = { .expires_s = 0 };
    const char *why = NULL;
    enum rc rc = jwt_parse(str_trim(token), rq->arena, &who.jwt, &why);

    if (rc == RC_SYNTAX) {
        return invalid(rq,
                       "The ID Token provided is not a valid JWT. (You may see this error if you "
                       "sent an Access Token)");
    }
    if (rc == RC_UNSUPPORTED) {
        return invalid(rq, "The ID Token provided is not a valid JWT: %s.", why);
    }
    TRY(rc);
    who.issuer = text_claim(who.jwt.claims, STR("iss"));
    who.subject = text_claim(who.jwt.claims, STR("sub"));
    if (who.issuer.ptr == NULL) {
        return invalid(rq, "Missing a required claim: iss");
    }
    if (who.subject.ptr == NULL || who.subject.len == 0) {
        return invalid(rq, "Missing a required claim: sub");
    }
    if (who.subject.len > WEB_IDENTITY_SUBJECT_CHARS_MAX) {
        return invalid(rq, "The sub claim of the token is longer than 255 bytes.");
    }
    TRY(read_times(rq, &who));
    TRY(read_audience(rq, &who));
    *ret = who;
    return RC_OK;
}

enum rc web_identity_check_times(struct rq *rq, const struct web_identity *who)
{
    int64_t now = rq->now_s;

    if (now >= who->expires_s + WEB_IDENTITY_SKEW_S) { /* AWS's text, its missing space too */
        return api_fail(rq, ERR_ExpiredTokenException,
                        "Token expired: current date/time %lld must be before the expiration "
                        "date/time%lld",
                        (long long)now, (long long)who->expires_s);
    }
    if (who->not_before_s > now + WEB_IDENTITY_SKEW_S) {
        return invalid(rq, "The token is not valid before %lld; the current date/time is %lld",
                       (long long)who->not_before_s, (long long)now);
    }
    if (who->issued_s > now + WEB_IDENTITY_SKEW_S) {
        return invalid(rq,
                       "The token was issued at %lld, in the future; the current date/time is "
                       "%lld",
                       (long long)who->issued_s, (long long)now);
    }
    return RC_OK;
}

/* --- condition keys ----------------------------------------------------------------------------- */

struct claim_keys {
    struct rq *rq;
    str name;
    struct context_entry *entries;
    size_t count;
};

/* Keys compare without regard to case: a claim "SUB" must not stand for `sub`. The first of a name
 * stays, and those the rules are about are put first. */
static bool is_put(const struct claim_keys *keys, str key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (str_eq_nocase(keys->entries[i].key, key)) {
            return true;
        }
    }
    return false;
}

static enum rc put(struct claim_keys *keys, str claim, const str *values, size_t count, bool many)
{
    str key = ARENA_JOIN(keys->rq->arena, keys->name, STR(":"), claim);

    if (key.ptr == NULL) {
        return RC_NOMEM;
    }
    if (is_put(keys, key)) {
        return RC_OK;
    }
    if (keys->count == WEB_IDENTITY_CLAIMS_MAX) { /* a claim left out could be one that denies */
        return invalid(keys->rq, "The token has more than %d claims.", WEB_IDENTITY_CLAIMS_MAX);
    }
    keys->entries[keys->count++] = (struct context_entry){
        .key = key, .values = values, .count = (uint32_t)count, .many = many
    };
    return RC_OK;
}

static enum rc put_claim(struct claim_keys *keys, const struct json *claim)
{
    const str *values = NULL;
    size_t count = 0;
    str *one;

    switch (claim->type) {
    case JSON_STRING:
    case JSON_ARRAY:
        return texts_of(claim, keys->rq->arena, &values, &count)
                   ? put(keys, claim->key, values, count, claim->type == JSON_ARRAY)
                   : RC_OK;
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
        one = NEW(keys->rq->arena, str);
        if (one == NULL) {
            return RC_NOMEM;
        }
        *one = claim->type == JSON_NUMBER ? claim->text
               : claim->type == JSON_TRUE ? STR("true")
                                          : STR("false");
        return put(keys, claim->key, one, 1, false);
    case JSON_NULL:
    case JSON_OBJECT:
        break;
    }
    return RC_OK;
}

enum rc web_identity_keys(struct rq *rq, const struct web_identity *who, str name,
                          const struct context_entry **ret, size_t *ret_count)
{
    struct claim_keys keys = { .rq = rq,
                               .name = name,
                               .entries = NEW_ARRAY(rq->arena, WEB_IDENTITY_CLAIMS_MAX,
                                                    struct context_entry) };
    const struct json *amr = json_member(who->jwt.claims, STR("amr"));
    const str *methods = NULL;
    size_t count = 0;

    if (keys.entries == NULL) {
        return RC_NOMEM;
    }
    TRY(put(&keys, STR("aud"), &who->audience, 1, false));
    TRY(put(&keys, STR("oaud"), who->audiences, who->audience_count, who->audience_count > 1));
    TRY(put(&keys, STR("sub"), &who->subject, 1, false));
    if (amr != NULL && texts_of(amr, rq->arena, &methods, &count)) {
        TRY(put(&keys, STR("amr"), methods, count, true));
    }
    for (const struct json *claim = who->jwt.claims->first; claim != NULL; claim = claim->next) {
        TRY(put_claim(&keys, claim));
    }
    *ret = keys.entries;
    *ret_count = keys.count;
    return RC_OK;
}

/* --- what the session takes along --------------------------------------------------------------- */

static const str tags_claim = STR_INIT("https://aws.amazon.com/tags");
static const str flat_tag = STR_INIT("https://aws.amazon.com/tags/principal_tags/");
static const str flat_transitive = STR_INIT("https://aws.amazon.com/tags/transitive_tag_keys");

/* A tag of a token may be what a tag of AssumeRole may be. */
static bool fits(const struct api_member *member, str value)
{
    size_t characters = 0;

    for (size_t i = 0; i < value.len; i++) {
        characters += ((unsigned char)value.ptr[i] & 0xc0) != 0x80;
    }
    return member != NULL && (int64_t)characters >= member->shape->min &&
           (int64_t)characters <= member->shape->max &&
           pattern_matches(member->shape->pattern, value);
}

static bool is_tag(const struct rq *rq, str key, str value)
{
    const struct api_operation *op = api_find(rq->op->service->version, STR("AssumeRole"));
    const struct api_member *tags = op == NULL ? NULL : api_member_find(op->in, STR("Tags"));

    return tags != NULL && fits(api_member_find(tags->shape->item, STR("Key")), key) &&
           fits(api_member_find(tags->shape->item, STR("Value")), value);
}

static enum rc add_tag(struct rq *rq, str key, const struct json *value,
                       struct sts_federation *federation)
{
    const str *values = NULL;
    size_t count = 0;

    if (!texts_of(value, rq->arena, &values, &count) || count != 1) {
        return invalid(rq,
                       "The session tag %.*s of the token does not have exactly one text as its "
                       "value.",
                       FMT(key));
    }
    if (!is_tag(rq, key, values[0])) {
        return invalid(rq, "A session tag of the token is no tag: keys have 1 to 128 characters, "
                           "values at most 256, letters, digits, spaces and _ . : / = + - @");
    }
    if (federation->tags.count == SESSION_TAGS_MAX) {
        return invalid(rq, "The token has more than 50 session tags.");
    }
    federation->tags.items[federation->tags.count++] = (struct sts_Tag){ key, values[0] };
    return RC_OK;
}

static enum rc set_transitive(struct rq *rq, const struct json *list,
                              struct sts_federation *federation)
{
    const str *keys = NULL;
    size_t count = 0;

    if (list->type != JSON_ARRAY || !texts_of(list, rq->arena, &keys, &count) ||
        count > SESSION_TAGS_MAX) {
        return invalid(rq,
                       "transitive_tag_keys of the token is not a list of at most 50 tag keys.");
    }
    federation->transitive = (struct api_str_list){ (str *)(uintptr_t)keys, count, true };
    return RC_OK;
}

static enum rc nested_tags(struct rq *rq, const struct json *claim,
                           struct sts_federation *federation)
{
    const struct json *tags = json_member(claim, STR("principal_tags"));
    const struct json *transitive = json_member(claim, STR("transitive_tag_keys"));

    if (claim->type != JSON_OBJECT || (tags != NULL && tags->type != JSON_OBJECT)) {
        return invalid(rq,
                       "The claim https://aws.amazon.com/tags of the token is not an object with "
                       "principal_tags.");
    }
    for (const struct json *tag = tags == NULL ? NULL : tags->first; tag != NULL; tag = tag->next) {
        TRY(add_tag(rq, tag->key, tag, federation));
    }
    return transitive == NULL ? RC_OK : set_transitive(rq, transitive, federation);
}

static bool is_source_identity(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!ascii_is_alnum(c) && (c == '\0' || strchr("_+=,.@-", c) == NULL)) {
            return false;
        }
    }
    return text.len >= SOURCE_IDENTITY_MIN && text.len <= SOURCE_IDENTITY_MAX;
}

static enum rc read_source_identity(struct rq *rq, const struct json *claims,
                                    struct sts_federation *federation)
{
    const struct json *claim = json_member(claims, STR("https://aws.amazon.com/source_identity"));

    if (claim == NULL) {
        return RC_OK;
    }
    if (claim->type != JSON_STRING || !is_source_identity(claim->text)) {
        return invalid(rq,
                       "The source identity of the token does not have 2 to 64 of the characters "
                       "A-Z a-z 0-9 _ + = , . @ -");
    }
    federation->source_identity = claim->text;
    return RC_OK;
}

enum rc web_identity_session(struct rq *rq, const struct web_identity *who,
                             struct sts_federation *federation)
{
    federation->tags =
        (struct sts_Tag_list){ NEW_ARRAY(rq->arena, SESSION_TAGS_MAX, struct sts_Tag), 0, true };
    if (federation->tags.items == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *claim = who->jwt.claims->first; claim != NULL; claim = claim->next) {
        str key = claim->key;
        if (str_eq(key, tags_claim)) {
            TRY(nested_tags(rq, claim, federation));
        } else if (str_eq(key, flat_transitive)) {
            TRY(set_transitive(rq, claim, federation));
        } else if (take_prefix(&key, flat_tag)) {
            TRY(add_tag(rq, key, claim, federation));
        }
    }
    return read_source_identity(rq, who->jwt.claims, federation);
}
