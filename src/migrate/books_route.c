/* From a record to the principal, the credential and the origin it counts for. */
#include "migrate/books_inside.h"
#include "migrate/quick.h"

/* -- who ----------------------------------------------------------------------------------------- */

/* Whose permissions the call needs; false: nobody's here. */
bool book_caller(const struct trail_identity *who, enum principal_kind *ret_kind, str *ret_arn,
                 str *ret_id)
{
    static const struct {
        str type;
        enum principal_kind kind;
        size_t arn, id;
    } types[] = {
#define CALLER(type, kind, arn, id)                                                                \
    { STR_INIT(type), kind, offsetof(struct trail_identity, arn),                                  \
      offsetof(struct trail_identity, id) }
        CALLER("IAMUser", BOOK_USER, arn, principal_id),
        CALLER("AssumedRole", BOOK_ROLE, issuer_arn, issuer_id),
        CALLER("FederatedUser", BOOK_USER, issuer_arn, issuer_id),
        CALLER("Root", BOOK_ROOT, arn, principal_id),
    };

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_eq(who->type, types[i].type)) {
            *ret_kind = types[i].kind;
            *ret_arn = *(const str *)(const void *)((const char *)who + types[i].arn);
            *ret_id = *(const str *)(const void *)((const char *)who + types[i].id);
            return ret_arn->len > 0;
        }
    }
    return false;
}

static uint32_t string_of(struct books *books, str text)
{
    return text.len == 0 ? INTERN_NONE : intern_add(&books->strings, text);
}

static enum rc principal_of(struct books *books, enum principal_kind kind, str arn, str id,
                            uint32_t *ret)
{
    uint32_t name = intern_add(&books->strings, arn);
    struct pair *at = pairs_at(&books->principal_at, book_key(name, 0));
    struct book_principal *principal;

    if (name == INTERN_NONE || at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        principal = BOOK_ADD(books->principals);
        if (principal == NULL) {
            return RC_NOMEM;
        }
        *principal = (struct book_principal){ kind, name, string_of(books, id) };
        at->value = books->principals.count;
    }
    *ret = at->value - 1;
    return RC_OK;
}

static enum rc credential_of(struct books *books, uint32_t principal, str key, uint32_t *ret)
{
    uint32_t name = book_is_session_key(key) ? INTERN_NONE : intern_add(&books->strings, key);
    struct pair *at = pairs_at(&books->credential_at, book_key(principal, name));
    struct book_credential *credential;

    if (at == NULL || (name == INTERN_NONE && !book_is_session_key(key))) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        credential = BOOK_ADD(books->credentials);
        if (credential == NULL) {
            return RC_NOMEM;
        }
        *credential = (struct book_credential){ principal, name };
        at->value = books->credentials.count;
    }
    *ret = at->value - 1;
    return RC_OK;
}

/* -- by what ------------------------------------------------------------------------------------- */

enum rc book_agent_of(struct books *books, str text, uint32_t *ret)
{
    struct agent agent = agent_parse(text);
    uint32_t sample = intern_add(&books->strings, text), parts[4];
    struct book_agent *known;
    struct pair *at;

    parts[0] = intern_add(&books->strings, agent.family);
    parts[1] = intern_add(&books->strings, agent.language);
    parts[2] = intern_add(&books->strings, agent.os);
    parts[3] = intern_add(&books->strings, agent.exec_env);
    at = pairs_at(&books->agent_at,
                  book_key3(book_key(parts[0], parts[1]), book_key(parts[2], parts[3]), 0));
    if (at == NULL || sample == INTERN_NONE || parts[3] == INTERN_NONE) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        known = BOOK_ADD(books->agents);
        if (known == NULL) {
            return RC_NOMEM;
        }
        *known = (struct book_agent){ agent_parse(intern_str(&books->strings, sample)), sample };
        at->value = books->agents.count;
    }
    known = &books->agents.items[at->value - 1];
    if (str_cmp(text, intern_str(&books->strings, known->sample)) < 0) {
        *known = (struct book_agent){ agent_parse(intern_str(&books->strings, sample)), sample };
    }
    *ret = at->value - 1;
    return RC_OK;
}

static enum rc origin_of(struct books *books, const struct trail_event *event, uint32_t credential,
                         uint32_t *ret)
{
    uint32_t agent, address = intern_add(&books->strings, event->source_address);
    uint32_t endpoint = string_of(books, event->vpc_endpoint);
    struct book_origin *origin;
    struct pair *at;

    TRY(book_agent_of(books, event->user_agent, &agent));
    if (books->origins.count >= BOOKS_ORIGINS_MAX) {
        books->folded_origins++;
        agent = 0;
        address = intern_add(&books->strings, STR("many"));
        endpoint = INTERN_NONE;
    }
    at = pairs_at(&books->origin_at, book_key3(book_key(credential, agent), address, endpoint));
    if (address == INTERN_NONE || at == NULL) {
        return RC_NOMEM;
    }
    if (at->value == 0) {
        origin = BOOK_ADD(books->origins);
        if (origin == NULL) {
            return RC_NOMEM;
        }
        *origin = (struct book_origin){ .credential = credential,
                                        .agent = agent,
                                        .address = address,
                                        .endpoint = endpoint,
                                        .first_s = INT64_MAX,
                                        .last_s = INT64_MIN };
        at->value = books->origins.count;
    }
    *ret = at->value - 1;
    return RC_OK;
}

/* What leads to an origin, hashed as a whole: strings are looked at only when they come together for the
 * first time. Session keys stand aside: there are too many of them. */
static uint64_t route_hash(const struct books *books, const struct trail_event *event, str arn,
                           str key)
{
    /* Four that do not wait for each other. */
    uint64_t who = quick_hash(books->seed, arn), with = quick_hash(books->seed + 1, key);
    uint64_t by = quick_hash(books->seed + 2, event->user_agent);
    uint64_t from = quick_hash(books->seed + 3, event->source_address);

    if (event->vpc_endpoint.len > 0) {
        from = quick_hash(from, event->vpc_endpoint);
    }
    return quick_mix(quick_mix(who, with), quick_mix(by, from)) | 1;
}

static str key_of(const struct trail_event *event)
{
    return book_is_session_key(event->who.access_key_id) ? STR_NONE : event->who.access_key_id;
}

enum rc book_route(struct books *books, const struct trail_event *event, enum principal_kind kind,
                   str arn, str id, uint32_t *ret_origin)
{
    str key = key_of(event);
    uint64_t hash = route_hash(books, event, arn, key);
    struct pair *at = pairs_find(&books->route_at, hash);
    uint32_t principal, credential;

    if (LIKELY(at != NULL)) {
        *ret_origin = at->value;
        return RC_OK;
    }
    TRY(principal_of(books, kind, arn, id, &principal));
    TRY(credential_of(books, principal, key, &credential));
    TRY(origin_of(books, event, credential, ret_origin));
    at = pairs_at(&books->route_at, hash);
    if (at == NULL) {
        return RC_NOMEM;
    }
    at->value = *ret_origin;
    return RC_OK;
}

uint32_t books_origin_of(const struct books *books, const struct trail_event *event)
{
    enum principal_kind kind;
    const struct pair *at;
    str arn, id;

    if (!book_caller(&event->who, &kind, &arn, &id)) {
        return INTERN_NONE;
    }
    at = pairs_find(&books->route_at, route_hash(books, event, arn, key_of(event)));
    return at == NULL ? INTERN_NONE : at->value;
}
