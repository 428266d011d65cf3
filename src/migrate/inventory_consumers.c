/* The consumers of each credential. */
#include <stdlib.h>

#include "migrate/inventory_inside.h"

static enum rc lay_out_origins(struct maker *m)
{
    const struct books *books = m->books;
    uint32_t *at = NEW_ARRAY(m->arena, (size_t)books->credentials.count + 2, uint32_t);
    uint32_t *list = NEW_ARRAY(m->arena, (size_t)books->origins.count + 1, uint32_t);

    if (at == NULL || list == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < books->origins.count; i++) {
        at[books->origins.items[i].credential + 2]++;
    }
    for (uint32_t i = 2; i < books->credentials.count + 2; i++) {
        at[i] += at[i - 1];
    }
    for (uint32_t i = 0; i < books->origins.count; i++) {
        list[at[books->origins.items[i].credential + 1]++] = i;
    }
    m->credential_at = at;
    m->of_credential = list;
    return RC_OK;
}

/* "boto3 on linux at 10.0.0.5 and 2 more" */
static str consumer_name(const struct maker *m, const struct inventory_use *use)
{
    const struct agent *agent = &use->agents[0].agent;
    str where = use->addresses[0].address;
    str on = agent->exec_env.ptr != NULL ? agent->exec_env : agent->os;
    buf name = buf_arena(m->arena, 4096);

    buf_add(&name, agent->family.len > 0 ? agent->family : STR("a program without a name"));
    if (on.len > 0) {
        BUF_LIT(&name, " on ");
        buf_add(&name, on);
    }
    BUF_LIT(&name, " at ");
    buf_add(&name, where.len > 0 ? where : STR("no address"));
    if (use->address_count > 1) {
        buf_printf(&name, " and %zu more", use->address_count - 1);
    }
    return name.err == RC_OK ? buf_str(&name) : STR_NONE;
}

static int consumer_order(const void *a, const void *b, void *context)
{
    const struct inventory_consumer *consumers = context;
    const struct inventory_consumer *x = &consumers[*(const uint32_t *)a];
    const struct inventory_consumer *y = &consumers[*(const uint32_t *)b];

    return x->use.calls != y->use.calls
               ? (x->use.calls < y->use.calls) - (x->use.calls > y->use.calls)
               : str_cmp(x->name, y->name);
}

/* The groups by calls, with their ids. */
static enum rc finish_consumers(struct maker *m, struct inventory_key *key, const char *stem,
                                int stem_len, const uint32_t *origins, size_t count,
                                const uint32_t *group)
{
    size_t groups = key->consumer_count;
    struct inventory_consumer *sorted = NEW_ARRAY(m->arena, groups + 1, struct inventory_consumer);
    uint32_t *order = NEW_ARRAY(m->arena, groups + 1, uint32_t);
    uint32_t *place = NEW_ARRAY(m->arena, groups + 1, uint32_t);

    if (sorted == NULL || order == NULL || place == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < groups; i++) {
        order[i] = i;
    }
    qsort_r(order, groups, sizeof(*order), consumer_order, key->consumers);
    for (uint32_t i = 0; i < groups; i++) {
        sorted[i] = key->consumers[order[i]];
        sorted[i].id = arena_printf(m->arena, "%.*s#%u", stem_len, stem, i + 1);
        place[order[i]] = i;
        if (sorted[i].id.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    for (size_t i = 0; i < count; i++) {
        m->inventory->consumer_of[origins[i]] = m->consumers + place[group[i]];
    }
    m->consumers += (uint32_t)groups;
    key->consumers = sorted;
    return RC_OK;
}

static enum rc take_consumers(struct maker *m, struct inventory_key *key, uint32_t *origins,
                              size_t count)
{
    uint32_t *group = NEW_ARRAY(m->arena, count + 1, uint32_t);
    uint32_t *part = NEW_ARRAY(m->arena, count + 1, uint32_t), groups = 0;
    str stem = key->id.ptr != NULL ? key->id : inventory_name_of(key->user);

    if (group == NULL || part == NULL) {
        return RC_NOMEM;
    }
    sort_origins(m->books, origins, count);
    TRY(group_origins(&m->ledger, origins, count, group, &groups));
    key->consumers = NEW_ARRAY(m->arena, (size_t)groups + 1, struct inventory_consumer);
    if (key->consumers == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t n = 0; n < groups; n++) {
        struct inventory_consumer *consumer = &key->consumers[key->consumer_count++];
        size_t in_part = 0;
        for (size_t i = 0; i < count; i++) {
            if (group[i] == n) {
                part[in_part++] = origins[i];
            }
        }
        TRY(sum_origins(&m->ledger, part, in_part, &consumer->use));
        consumer->name = consumer_name(m, &consumer->use);
        if (consumer->name.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    TRY(finish_consumers(m, key, stem.ptr, (int)stem.len, origins, count, group));
    return sum_origins(&m->ledger, origins, count, &key->use);
}

static struct inventory_key *find_key(const struct maker *m, uint32_t credential)
{
    const struct book_credential *c = &m->books->credentials.items[credential];
    str arn = intern_str(&m->books->strings, m->books->principals.items[c->principal].arn);

    return inventory_add_key(table_get(&m->principals, arn),
                             intern_str(&m->books->strings, c->key));
}

static enum rc take_all_consumers(struct maker *m)
{
    const struct books *books = m->books;

    TRY(lay_out_origins(m));
    m->inventory->consumer_of = NEW_ARRAY(m->arena, (size_t)books->origins.count + 1, uint32_t);
    m->key_of_credential = NEW_ARRAY(m->arena, (size_t)books->credentials.count + 1,
                                     struct inventory_key *);
    if (m->inventory->consumer_of == NULL || m->key_of_credential == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < books->credentials.count; i++) {
        struct inventory_key *key = find_key(m, i);
        m->key_of_credential[i] = key;
        key->credential = i;
        TRY(take_consumers(m, key, m->of_credential + m->credential_at[i],
                           m->credential_at[i + 1] - m->credential_at[i]));
    }
    return RC_OK;
}

/* A principal's use is that of all its credentials. */
static enum rc sum_principal(struct maker *m, struct inventory_principal *p, uint32_t *origins)
{
    size_t count = 0;

    for (size_t k = 0; k < p->key_count; k++) {
        uint32_t credential = p->keys[k].credential;
        if (credential == INTERN_NONE) {
            continue;
        }
        for (uint32_t o = m->credential_at[credential]; o < m->credential_at[credential + 1]; o++) {
            origins[count++] = m->of_credential[o];
        }
    }
    return sum_origins(&m->ledger, origins, count, &p->use);
}

enum rc inventory_consumers(struct maker *m)
{
    const struct books *books = m->books;
    uint32_t *origins = NEW_ARRAY(m->arena, (size_t)books->origins.count + 1, uint32_t);

    if (origins == NULL) {
        return RC_NOMEM;
    }
    TRY(take_all_consumers(m));
    for (size_t i = 0; i < m->inventory->principal_count; i++) {
        TRY(sum_principal(m, &m->inventory->principals[i], origins));
    }
    return RC_OK;
}
