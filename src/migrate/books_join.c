/* Adding the books of one thread to those of another. */
#include "migrate/books_inside.h"

struct join {
    struct books *into, *from;
    uint32_t *strings, *principals, *credentials, *agents, *origins;
    uint8_t regions[BOOKS_REGIONS_MAX];
};

static uint32_t *new_map(struct join *j, uint32_t count)
{
    return NEW_ARRAY(&j->from->arena, (size_t)count + 1, uint32_t);
}

static uint32_t string(const struct join *j, uint32_t number)
{
    return number == INTERN_NONE ? INTERN_NONE : j->strings[number];
}

static enum rc join_strings(struct join *j)
{
    j->strings = new_map(j, j->from->strings.count);
    if (j->strings == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < j->from->strings.count; i++) {
        j->strings[i] = intern_add(&j->into->strings, j->from->strings.items[i]);
        if (j->strings[i] == INTERN_NONE) {
            return RC_NOMEM;
        }
    }
    for (uint32_t i = 0; i < j->from->regions.count; i++) {
        uint32_t n = intern_find(&j->into->regions, j->from->regions.items[i]);
        if (n == INTERN_NONE && j->into->regions.count < BOOKS_REGIONS_MAX) {
            n = intern_add(&j->into->regions, j->from->regions.items[i]);
        }
        j->regions[i] = n == INTERN_NONE ? BOOKS_REGIONS_MAX - 1 : (uint8_t)n;
    }
    return RC_OK;
}

/* The entry of `key`; made when it is not there (*ret_new). 0: no memory; else its number plus one. */
static uint32_t entry(struct pairs *pairs, uint64_t key, void *items, uint32_t *count,
                      uint32_t *room, size_t size, bool *ret_new)
{
    struct pair *at = pairs_at(pairs, key);

    if (at == NULL) {
        return 0;
    }
    *ret_new = at->value == 0;
    if (*ret_new) {
        if (book_add(items, count, room, size) == NULL) {
            return 0;
        }
        at->value = *count;
    }
    return at->value;
}
#define ENTRY(pairs, key, list, ret_new)                                                           \
    entry(&(pairs), key, (void *)&(list).items, &(list).count, &(list).room,                       \
          sizeof(*(list).items), ret_new)

static enum rc join_principals(struct join *j)
{
    j->principals = new_map(j, j->from->principals.count);
    if (j->principals == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < j->from->principals.count; i++) {
        const struct book_principal *p = &j->from->principals.items[i];
        bool fresh;
        uint32_t n = ENTRY(j->into->principal_at, book_key(string(j, p->arn), 0),
                           j->into->principals, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->principals[i] = n - 1;
        if (fresh) {
            j->into->principals.items[n - 1] = (struct book_principal){ p->kind, string(j, p->arn),
                                                                        string(j, p->id) };
        }
    }
    return RC_OK;
}

static enum rc join_credentials(struct join *j)
{
    j->credentials = new_map(j, j->from->credentials.count);
    if (j->credentials == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < j->from->credentials.count; i++) {
        const struct book_credential *c = &j->from->credentials.items[i];
        struct book_credential mine = { j->principals[c->principal], string(j, c->key) };
        bool fresh;
        uint32_t n = ENTRY(j->into->credential_at, book_key(mine.principal, mine.key),
                           j->into->credentials, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->credentials[i] = n - 1;
        j->into->credentials.items[n - 1] = mine;
    }
    return RC_OK;
}

static enum rc join_agents(struct join *j)
{
    j->agents = new_map(j, j->from->agents.count);
    if (j->agents == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < j->from->agents.count; i++) {
        str sample = intern_str(&j->from->strings, j->from->agents.items[i].sample);
        TRY(book_agent_of(j->into, sample, &j->agents[i]));
    }
    return RC_OK;
}

static void add_origin(const struct join *j, const struct book_origin *from, struct book_origin *to)
{
    to->calls += from->calls;
    to->denied += from->denied;
    to->failed += from->failed;
    to->reads += from->reads;
    to->with_mfa += from->with_mfa;
    to->from_console += from->from_console;
    to->forwarded += from->forwarded;
    to->first_s = from->first_s < to->first_s ? from->first_s : to->first_s;
    to->last_s = from->last_s > to->last_s ? from->last_s : to->last_s;
    for (unsigned i = 0; i < BOOKS_REGIONS_MAX; i++) {
        to->regions |= (from->regions >> i & 1) != 0 ? UINT64_C(1) << j->regions[i] : 0;
    }
    for (unsigned i = 0; i < BOOKS_DAYS / 64; i++) {
        to->days[i] |= from->days[i];
    }
    for (unsigned i = 0; i < 24; i++) {
        to->hours[i] += from->hours[i];
    }
    for (unsigned i = 0; i < 7; i++) {
        to->weekdays[i] += from->weekdays[i];
    }
}

static enum rc join_origins(struct join *j)
{
    j->origins = new_map(j, j->from->origins.count);
    if (j->origins == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < j->from->origins.count; i++) {
        const struct book_origin *o = &j->from->origins.items[i];
        uint32_t credential = j->credentials[o->credential], agent = j->agents[o->agent];
        uint32_t address = string(j, o->address), endpoint = string(j, o->endpoint);
        bool fresh;
        uint32_t n = ENTRY(j->into->origin_at,
                           book_key3(book_key(credential, agent), address, endpoint),
                           j->into->origins, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->origins[i] = n - 1;
        if (fresh) {
            j->into->origins.items[n - 1] = (struct book_origin){ .credential = credential,
                                                                  .agent = agent,
                                                                  .address = address,
                                                                  .endpoint = endpoint,
                                                                  .first_s = INT64_MAX,
                                                                  .last_s = INT64_MIN };
        }
        add_origin(j, o, &j->into->origins.items[n - 1]);
    }
    return RC_OK;
}

static enum rc join_uses(struct join *j)
{
    for (uint32_t i = 0; i < j->from->uses.count; i++) {
        const struct book_use *u = &j->from->uses.items[i];
        uint32_t origin = j->origins[u->origin], action = string(j, u->action);
        struct book_use *mine;
        bool fresh;
        uint32_t n = ENTRY(j->into->use_at, book_key(origin, action), j->into->uses, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        mine = &j->into->uses.items[n - 1];
        if (fresh) {
            *mine = (struct book_use){ .origin = origin,
                                       .action = action,
                                       .first_s = INT64_MAX,
                                       .last_s = INT64_MIN,
                                       .first = u->first };
        }
        mine->first = book_is_before(&u->first, &mine->first) ? u->first : mine->first;
        mine->calls += u->calls;
        mine->denied += u->denied;
        mine->failed += u->failed;
        mine->data += u->data;
        mine->first_s = u->first_s < mine->first_s ? u->first_s : mine->first_s;
        mine->last_s = u->last_s > mine->last_s ? u->last_s : mine->last_s;
    }
    return RC_OK;
}

static enum rc join_assumptions(struct join *j)
{
    for (uint32_t i = 0; i < j->from->assumptions.count; i++) {
        const struct book_assumption *a = &j->from->assumptions.items[i];
        uint32_t origin = j->origins[a->origin], role = string(j, a->role);
        bool fresh;
        uint32_t n = ENTRY(j->into->assumption_at, book_key(origin, role), j->into->assumptions,
                           &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->into->assumptions.items[n - 1].origin = origin;
        j->into->assumptions.items[n - 1].role = role;
        j->into->assumptions.items[n - 1].calls += a->calls;
    }
    return RC_OK;
}

static enum rc join_sessions(struct join *j)
{
    bool fresh;

    for (uint32_t i = 0; i < j->from->session_uses.count; i++) {
        const struct book_session_use *u = &j->from->session_uses.items[i];
        uint32_t n = ENTRY(j->into->session_use_at, book_key(u->session, j->origins[u->origin]),
                           j->into->session_uses, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->into->session_uses.items[n - 1].session = u->session;
        j->into->session_uses.items[n - 1].origin = j->origins[u->origin];
        j->into->session_uses.items[n - 1].calls += u->calls;
    }
    for (uint32_t i = 0; i < j->from->sessions.count; i++) {
        const struct book_session *s = &j->from->sessions.items[i];
        uint32_t n = ENTRY(j->into->session_at, s->session, j->into->sessions, &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        if (fresh) {
            j->into->sessions.items[n - 1] = (struct book_session){
                .session = s->session,
                .parent = s->parent,
                .credential = s->credential == INTERN_NONE ? INTERN_NONE
                                                           : j->credentials[s->credential],
                .origin = j->origins[s->origin],
            };
        }
    }
    return RC_OK;
}

static enum rc join_caller_types(struct join *j)
{
    for (uint32_t i = 0; i < j->from->caller_types.count; i++) {
        const struct book_tally *t = &j->from->caller_types.items[i];
        uint32_t name = string(j, t->name);
        bool fresh;
        uint32_t n = ENTRY(j->into->caller_type_at, book_key(name, 0), j->into->caller_types,
                           &fresh);
        if (n == 0) {
            return RC_NOMEM;
        }
        j->into->caller_types.items[n - 1].name = name;
        j->into->caller_types.items[n - 1].count += t->count;
    }
    return RC_OK;
}

static enum rc join_odd(struct join *j)
{
    for (uint32_t i = 0; i < j->from->odd.count; i++) {
        struct book_odd *odd = BOOK_ADD(j->into->odd);
        if (odd == NULL) {
            return RC_NOMEM;
        }
        *odd = j->from->odd.items[i];
    }
    return RC_OK;
}

/* The same hashes lead to the same origins in all books: they share their seed. */
static enum rc join_routes(struct join *j)
{
    for (size_t i = 0; i < j->from->route_at.room; i++) {
        const struct pair *route = &j->from->route_at.items[i];
        struct pair *mine = route->key == 0 ? NULL : pairs_at(&j->into->route_at, route->key);
        if (mine != NULL) {
            mine->value = j->origins[route->value];
        } else if (route->key != 0) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

static void join_sums(struct books *into, const struct books *from)
{
    into->calls += from->calls;
    into->service_events += from->service_events;
    into->service_calls += from->service_calls;
    into->other_callers += from->other_callers;
    into->sign_ins += from->sign_ins;
    into->failed_sign_ins += from->failed_sign_ins;
    into->odd_times += from->odd_times;
    into->folded_origins += from->folded_origins;
    into->lost_sessions += from->lost_sessions;
    into->first_s = from->first_s < into->first_s ? from->first_s : into->first_s;
    into->last_s = from->last_s > into->last_s ? from->last_s : into->last_s;
    for (unsigned i = 0; i < BOOKS_DAYS / 64; i++) {
        into->days[i] |= from->days[i];
    }
}

enum rc books_join(struct books *into, struct books *from, struct book_map *ret_map)
{
    struct join j = { .into = into, .from = from };

    TRY(join_strings(&j));
    TRY(join_principals(&j));
    TRY(join_credentials(&j));
    TRY(join_agents(&j));
    TRY(join_origins(&j));
    TRY(join_uses(&j));
    TRY(join_assumptions(&j));
    TRY(join_sessions(&j));
    TRY(join_caller_types(&j));
    TRY(join_odd(&j));
    TRY(join_routes(&j));
    join_sums(into, from);
    *ret_map = (struct book_map){ j.principals, j.origins, j.strings };
    return RC_OK;
}
