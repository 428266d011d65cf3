#include <stdlib.h>

#include "migrate/inventory_inside.h"

/* -- uses by origin ------------------------------------------------------------------------------ */

/* A list of numbers, those of one origin together: where each origin's begin. */
static enum rc lay_out(struct arena *arena, uint32_t origins, uint32_t count,
                       uint32_t (*origin_at)(const struct books *, uint32_t),
                       const struct books *books, uint32_t **ret_at, uint32_t **ret_list)
{
    uint32_t *at = NEW_ARRAY(arena, (size_t)origins + 2, uint32_t);
    uint32_t *list = NEW_ARRAY(arena, (size_t)count + 1, uint32_t);

    if (at == NULL || list == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        at[origin_at(books, i) + 2]++;
    }
    for (uint32_t i = 2; i < origins + 2; i++) {
        at[i] += at[i - 1];
    }
    for (uint32_t i = 0; i < count; i++) { /* at[o + 1] runs from the beginning of o to its end */
        list[at[origin_at(books, i) + 1]++] = i;
    }
    *ret_at = at;
    *ret_list = list;
    return RC_OK;
}

static uint32_t origin_of_use(const struct books *books, uint32_t i)
{
    return books->uses.items[i].origin;
}

static uint32_t origin_of_assumption(const struct books *books, uint32_t i)
{
    return books->assumptions.items[i].origin;
}

static int by_action(const void *a, const void *b, void *context)
{
    const struct books *books = context;
    uint32_t x = books->uses.items[*(const uint32_t *)a].action;
    uint32_t y = books->uses.items[*(const uint32_t *)b].action;

    return (x > y) - (x < y);
}

enum rc ledger_make(const struct books *books, struct arena *arena, struct ledger *ret)
{
    uint32_t origins = books->origins.count;

    *ret = (struct ledger){ .books = books, .arena = arena };
    TRY(lay_out(arena, origins, books->uses.count, origin_of_use, books, &ret->use_at,
                &ret->use_list));
    TRY(lay_out(arena, origins, books->assumptions.count, origin_of_assumption, books,
                &ret->assumption_at, &ret->assumption_list));
    for (uint32_t i = 0; i < origins; i++) {
        size_t count = ret->use_at[i + 1] - ret->use_at[i];
        if (count > 1) {
            qsort_r(ret->use_list + ret->use_at[i], count, sizeof(uint32_t), by_action,
                    (void *)(uintptr_t)books);
        }
    }
    return RC_OK;
}

/* -- names --------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct inventory_name *)a)->name,
                   ((const struct inventory_name *)b)->name);
}

static int by_count(const void *a, const void *b)
{
    const struct inventory_name *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : str_cmp(x->name, y->name);
}

void names_make(struct inventory_name *raw, size_t count, struct inventory_names *ret)
{
    size_t kept = 0;

    if (count > 0) {
        qsort(raw, count, sizeof(*raw), by_name);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && str_eq(raw[kept - 1].name, raw[i].name)) {
            raw[kept - 1].count += raw[i].count;
        } else {
            raw[kept++] = raw[i];
        }
    }
    if (kept > 0) {
        qsort(raw, kept, sizeof(*raw), by_count);
    }
    *ret = (struct inventory_names){ raw, kept };
}

/* -- sums ---------------------------------------------------------------------------------------- */

struct gathering_names {
    struct inventory_name *actions, *denied, *services, *regions, *roles;
    size_t action_count, denied_count, region_count, role_count;
};

/* "s3.amazonaws.com" -> "s3" */
static str service_name(str source)
{
    str rest = source, name;

    return take_until(&rest, '.', &name) ? name : source;
}

static enum rc action_name(const struct ledger *l, uint32_t action, str *ret_source, str *ret)
{
    str name;

    books_action(l->books, action, ret_source, &name);
    *ret = ARENA_JOIN(l->arena, *ret_source, STR(":"), name);
    return ret->ptr == NULL ? RC_NOMEM : RC_OK;
}

static enum rc add_names(const struct ledger *l, uint32_t origin, struct gathering_names *n)
{
    const struct books *books = l->books;

    for (uint32_t i = l->use_at[origin]; i < l->use_at[origin + 1]; i++) {
        const struct book_use *use = &books->uses.items[l->use_list[i]];
        str source, name;
        TRY(action_name(l, use->action, &source, &name));
        n->actions[n->action_count] = (struct inventory_name){ name, use->calls };
        n->services[n->action_count++] = (struct inventory_name){ service_name(source),
                                                                  use->calls };
        if (use->denied > 0) {
            n->denied[n->denied_count++] = (struct inventory_name){ name, use->denied };
        }
    }
    for (uint32_t i = l->assumption_at[origin]; i < l->assumption_at[origin + 1]; i++) {
        const struct book_assumption *a = &books->assumptions.items[l->assumption_list[i]];
        n->roles[n->role_count++] = (struct inventory_name){ intern_str(&books->strings, a->role),
                                                             a->calls };
    }
    for (uint32_t i = 0; i < books->regions.count; i++) {
        if ((books->origins.items[origin].regions >> i & 1) != 0) {
            n->regions[n->region_count++] = (struct inventory_name){
                intern_str(&books->regions, i), books->origins.items[origin].calls
            };
        }
    }
    return RC_OK;
}

static enum rc sum_names(const struct ledger *l, const uint32_t *origins, size_t count,
                         struct inventory_use *ret)
{
    struct gathering_names n = { .action_count = 0 };
    size_t uses = 0, roles = 0;

    for (size_t i = 0; i < count; i++) {
        uses += l->use_at[origins[i] + 1] - l->use_at[origins[i]];
        roles += l->assumption_at[origins[i] + 1] - l->assumption_at[origins[i]];
    }
    n.actions = NEW_ARRAY(l->arena, uses + 1, struct inventory_name);
    n.denied = NEW_ARRAY(l->arena, uses + 1, struct inventory_name);
    n.services = NEW_ARRAY(l->arena, uses + 1, struct inventory_name);
    n.roles = NEW_ARRAY(l->arena, roles + 1, struct inventory_name);
    n.regions = NEW_ARRAY(l->arena, count * l->books->regions.count + 1, struct inventory_name);
    if (n.actions == NULL || n.denied == NULL || n.services == NULL || n.roles == NULL ||
        n.regions == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(add_names(l, origins[i], &n));
    }
    names_make(n.actions, n.action_count, &ret->actions);
    names_make(n.denied, n.denied_count, &ret->denied_actions);
    names_make(n.services, n.action_count, &ret->services);
    names_make(n.regions, n.region_count, &ret->regions);
    names_make(n.roles, n.role_count, &ret->assumed_roles);
    return RC_OK;
}

static int agent_order(const void *a, const void *b)
{
    const struct inventory_agent *x = a, *y = b;

    return x->calls != y->calls ? (x->calls < y->calls) - (x->calls > y->calls)
                                : str_cmp(x->sample, y->sample);
}

static int address_order(const void *a, const void *b)
{
    const struct inventory_address *x = a, *y = b;
    int order = x->calls != y->calls ? (x->calls < y->calls) - (x->calls > y->calls)
                                     : str_cmp(x->address, y->address);

    return order != 0 ? order : str_cmp(x->endpoint, y->endpoint);
}

static enum rc sum_agents(const struct ledger *l, const uint32_t *origins, size_t count,
                          struct inventory_use *ret)
{
    const struct books *books = l->books;
    struct inventory_agent *agents = NEW_ARRAY(l->arena, count + 1, struct inventory_agent);
    struct inventory_address *addresses = NEW_ARRAY(l->arena, count + 1, struct inventory_address);
    struct pairs agent_at = { NULL, 0, 0 }, address_at = { NULL, 0, 0 };
    enum rc rc = agents == NULL || addresses == NULL ? RC_NOMEM : RC_OK;

    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct book_origin *o = &books->origins.items[origins[i]];
        const struct book_agent *agent = &books->agents.items[o->agent];
        struct pair *a = pairs_at(&agent_at, (uint64_t)o->agent + 1);
        struct pair *b = pairs_at(&address_at, (uint64_t)o->address << 32 | (o->endpoint + 2));
        if (a == NULL || b == NULL) {
            rc = RC_NOMEM;
            break;
        }
        if (a->value == 0) {
            agents[ret->agent_count++] = (struct inventory_agent){
                agent->agent, intern_str(&books->strings, agent->sample), 0
            };
            a->value = (uint32_t)ret->agent_count;
        }
        agents[a->value - 1].calls += o->calls;
        if (b->value == 0) {
            str address = intern_str(&books->strings, o->address);
            addresses[ret->address_count++] = (struct inventory_address){
                address, intern_str(&books->strings, o->endpoint), address_kind_of(address), 0
            };
            b->value = (uint32_t)ret->address_count;
        }
        addresses[b->value - 1].calls += o->calls;
    }
    pairs_done(&agent_at);
    pairs_done(&address_at);
    if (rc == RC_OK && count > 0) {
        qsort(agents, ret->agent_count, sizeof(*agents), agent_order);
        qsort(addresses, ret->address_count, sizeof(*addresses), address_order);
    }
    ret->agents = agents;
    ret->addresses = addresses;
    return rc;
}

/* Days with a call, and the longest run without one between two of them. Longer trails than BOOKS_DAYS
 * wrap around: gaps then are too short rather than too long. */
static void sum_days(const uint64_t days[BOOKS_DAYS / 64], struct inventory_use *use)
{
    enum { DAY_S = 86400 };
    int64_t first = use->first_s / DAY_S, last = use->last_s / DAY_S;
    uint32_t gap = 0;

    if (use->first_s == ESTATE_NEVER) {
        return;
    }
    if (last - first >= BOOKS_DAYS) {
        first = last - BOOKS_DAYS + 1;
    }
    for (int64_t day = first; day <= last; day++) {
        if ((days[day % BOOKS_DAYS / 64] >> day % 64 & 1) != 0) {
            use->longest_gap_days = gap > use->longest_gap_days ? gap : use->longest_gap_days;
            use->active_days++;
            gap = 0;
        } else {
            gap++;
        }
    }
}

enum rc sum_origins(const struct ledger *l, const uint32_t *origins, size_t count,
                    struct inventory_use *ret)
{
    uint64_t days[BOOKS_DAYS / 64] = { 0 };
    int64_t first = INT64_MAX, last = INT64_MIN;

    *ret = (struct inventory_use){ .first_s = ESTATE_NEVER, .last_s = ESTATE_NEVER };
    for (size_t i = 0; i < count; i++) {
        const struct book_origin *o = &l->books->origins.items[origins[i]];
        ret->calls += o->calls;
        ret->denied += o->denied;
        ret->failed += o->failed;
        ret->reads += o->reads;
        ret->with_mfa += o->with_mfa;
        ret->from_console += o->from_console;
        ret->forwarded += o->forwarded;
        first = o->first_s < first ? o->first_s : first;
        last = o->last_s > last ? o->last_s : last;
        for (unsigned d = 0; d < BOOKS_DAYS / 64; d++) {
            days[d] |= o->days[d];
        }
        for (unsigned h = 0; h < 24; h++) {
            ret->hours[h] += o->hours[h];
        }
        for (unsigned d = 0; d < 7; d++) {
            ret->weekdays[d] += o->weekdays[d];
        }
        for (uint32_t u = l->use_at[origins[i]]; u < l->use_at[origins[i] + 1]; u++) {
            ret->data += l->books->uses.items[l->use_list[u]].data;
        }
    }
    if (last != INT64_MIN) {
        ret->first_s = first;
        ret->last_s = last;
        sum_days(days, ret);
    }
    TRY(sum_names(l, origins, count, ret));
    return sum_agents(l, origins, count, ret);
}
