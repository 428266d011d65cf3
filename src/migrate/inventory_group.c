/* Which origins of a credential are one consumer.
 *
 * Origins that did enough to be told apart (cores) belong together when they share the program or the
 * neighbourhood, and most of what they do. The others join the core they look most like, never bring two
 * cores together, and among themselves go by program and deeds. What a person does in a browser is one. */
#include <stdlib.h>

#include "migrate/inventory_inside.h"

enum {
    CORE_ACTIONS = 3, /* distinct actions that make an origin a core */
    CORES_MAX = 1000, /* compared with each other; further ones only join */
};

struct group {
    const struct ledger *l;
    const uint32_t *origins;
    size_t count;
    uint32_t *parent; /* union-find over positions in `origins` */
    uint32_t *blocks; /* number of the neighbourhood */
    bool *core;
};

static uint32_t root(struct group *g, uint32_t i)
{
    while (g->parent[i] != i) {
        g->parent[i] = g->parent[g->parent[i]];
        i = g->parent[i];
    }
    return i;
}

/* The smaller position stays: it has more calls. */
static void unite(struct group *g, uint32_t a, uint32_t b)
{
    a = root(g, a);
    b = root(g, b);
    g->parent[a < b ? b : a] = a < b ? a : b;
}

static const struct book_origin *origin(const struct group *g, uint32_t i)
{
    return &g->l->books->origins.items[g->origins[i]];
}

static const struct agent *agent(const struct group *g, uint32_t i)
{
    return &g->l->books->agents.items[origin(g, i)->agent].agent;
}

/* Every SDK and every person at a prompt asks who he is. */
static bool tells_nothing(const struct group *g, uint32_t use)
{
    str source, name;

    books_action(g->l->books, g->l->books->uses.items[use].action, &source, &name);
    return str_eq(name, STR("GetCallerIdentity"));
}

static uint32_t action_count(const struct group *g, uint32_t i)
{
    const struct ledger *l = g->l;
    uint32_t count = 0;

    for (uint32_t u = l->use_at[g->origins[i]]; u < l->use_at[g->origins[i] + 1]; u++) {
        count += !tells_nothing(g, l->use_list[u]);
    }
    return count;
}

/* Actions of both, as a share of those of the one with fewer; 0..100. */
static uint32_t likeness(const struct group *g, uint32_t a, uint32_t b)
{
    const struct ledger *l = g->l;
    const struct book_use *uses = l->books->uses.items;
    uint32_t i = l->use_at[g->origins[a]], i_end = l->use_at[g->origins[a] + 1];
    uint32_t j = l->use_at[g->origins[b]], j_end = l->use_at[g->origins[b] + 1];
    uint32_t common = 0, of_a = action_count(g, a), of_b = action_count(g, b);
    uint32_t fewer = of_a < of_b ? of_a : of_b;

    while (i < i_end && j < j_end) {
        uint32_t x = uses[l->use_list[i]].action, y = uses[l->use_list[j]].action;
        common += x == y && !tells_nothing(g, l->use_list[i]);
        i += x <= y;
        j += y <= x;
    }
    return fewer == 0 ? 0 : common * 100 / fewer;
}

static bool same_program(const struct group *g, uint32_t a, uint32_t b)
{
    const struct agent *x = agent(g, a), *y = agent(g, b);

    return str_eq(x->family, y->family) && str_eq(x->exec_env, y->exec_env);
}

/* "AWS Internal" is what the console's own backends say. */
static bool is_persons(const struct group *g, uint32_t i)
{
    return agent(g, i)->use == AGENT_CONSOLE || str_eq(agent(g, i)->family, STR("aws-internal"));
}

/* A service that calls with the caller's permissions is no consumer of its own. */
static bool is_forwarded(const struct group *g, uint32_t i)
{
    return agent(g, i)->use == AGENT_SERVICE && !is_persons(g, i);
}

static bool could_be_one(const struct group *g, uint32_t a, uint32_t b)
{
    return same_program(g, a, b) || g->blocks[a] == g->blocks[b];
}

/* Two programs behind one address have to do more of the same to be taken for one. */
static bool are_alike(const struct group *g, uint32_t a, uint32_t b)
{
    return could_be_one(g, a, b) && likeness(g, a, b) >= (same_program(g, a, b) ? 50 : 75);
}

static void unite_cores(struct group *g)
{
    uint32_t compared = 0;

    for (uint32_t i = 0; i < g->count && compared < CORES_MAX; i++) {
        if (!g->core[i]) {
            continue;
        }
        compared++;
        for (uint32_t j = 0; j < i; j++) {
            if (g->core[j] && are_alike(g, i, j)) {
                unite(g, i, j);
            }
        }
    }
}

/* The core that origin i looks most like: deeds first, then program, then neighbourhood; the earlier,
 * busier one of equals. */
static bool best_core(const struct group *g, uint32_t i, uint32_t *ret)
{
    uint32_t best = 0, compared = 0;

    for (uint32_t j = 0; j < g->count && compared < CORES_MAX; j++) {
        uint32_t score;
        if (!g->core[j] || j == i || !could_be_one(g, i, j)) {
            continue;
        }
        compared++;
        score = likeness(g, i, j);
        if (score < 50 && action_count(g, i) > 0) {
            continue;
        }
        score = score * 4 + (same_program(g, i, j) ? 2 : 0) + (g->blocks[i] == g->blocks[j]) + 1;
        if (score > best) {
            best = score;
            *ret = j;
        }
    }
    return best > 0;
}

static void join_small(struct group *g)
{
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t core;
        if (!g->core[i] && best_core(g, i, &core)) {
            unite(g, i, core);
        }
    }
    for (uint32_t i = 0; i < g->count; i++) {
        for (uint32_t j = 0; j < i && j < CORES_MAX && !g->core[i] && g->parent[i] == i; j++) {
            if (!g->core[j] && g->parent[j] == j && same_program(g, i, j) &&
                (likeness(g, i, j) >= 50 || g->blocks[i] == g->blocks[j])) {
                unite(g, i, j);
            }
        }
    }
}

static void unite_persons(struct group *g)
{
    uint32_t first = UINT32_MAX;

    for (uint32_t i = 0; i < g->count; i++) {
        if (is_persons(g, i)) {
            if (first == UINT32_MAX) {
                first = i;
            }
            unite(g, first, i);
        }
    }
}

static void join_forwarded(struct group *g)
{
    uint32_t busiest = UINT32_MAX;

    for (uint32_t i = 0; i < g->count && busiest == UINT32_MAX; i++) {
        busiest = is_forwarded(g, i) ? busiest : i;
    }
    for (uint32_t i = 0; i < g->count && busiest != UINT32_MAX; i++) {
        if (is_forwarded(g, i)) {
            unite(g, busiest, i);
        }
    }
}

static enum rc number_blocks(struct group *g)
{
    struct intern blocks;
    struct arena arena;
    enum rc rc = RC_OK;

    arena_init(&arena, &heap, 1 << 14, SIZE_MAX);
    intern_init(&blocks, &arena, 0);
    for (uint32_t i = 0; i < g->count && rc == RC_OK; i++) {
        str address = intern_str(&g->l->books->strings, origin(g, i)->address);
        str block = address_block(address, &arena);
        g->blocks[i] = block.ptr == NULL ? INTERN_NONE : intern_add(&blocks, block);
        rc = g->blocks[i] == INTERN_NONE ? RC_NOMEM : RC_OK;
    }
    intern_done(&blocks);
    arena_done(&arena);
    return rc;
}

enum rc group_origins(const struct ledger *l, const uint32_t *origins, size_t count,
                      uint32_t *ret_group, uint32_t *ret_groups)
{
    struct group g = { .l = l, .origins = origins, .count = count };
    uint32_t groups = 0;

    g.parent = NEW_ARRAY(l->arena, count + 1, uint32_t);
    g.blocks = NEW_ARRAY(l->arena, count + 1, uint32_t);
    g.core = NEW_ARRAY(l->arena, count + 1, bool);
    if (g.parent == NULL || g.blocks == NULL || g.core == NULL) {
        return RC_NOMEM;
    }
    TRY(number_blocks(&g));
    for (uint32_t i = 0; i < count; i++) {
        g.parent[i] = i;
        g.core[i] = action_count(&g, i) >= CORE_ACTIONS && !is_forwarded(&g, i);
    }
    unite_persons(&g);
    unite_cores(&g);
    join_small(&g);
    join_forwarded(&g);
    for (uint32_t i = 0; i < count; i++) { /* roots come before what hangs on them */
        uint32_t at = root(&g, i);
        ret_group[i] = at == i ? groups++ : ret_group[at];
    }
    *ret_groups = groups;
    return RC_OK;
}

static int origin_order(const void *a, const void *b, void *context)
{
    const struct books *books = context;
    const struct book_origin *x = &books->origins.items[*(const uint32_t *)a];
    const struct book_origin *y = &books->origins.items[*(const uint32_t *)b];
    int order;

    if (x->calls != y->calls) {
        return (x->calls < y->calls) - (x->calls > y->calls);
    }
    order = str_cmp(intern_str(&books->strings, books->agents.items[x->agent].sample),
                    intern_str(&books->strings, books->agents.items[y->agent].sample));
    if (order == 0) {
        order = str_cmp(intern_str(&books->strings, x->address),
                        intern_str(&books->strings, y->address));
    }
    return order != 0 ? order
                      : str_cmp(intern_str(&books->strings, x->endpoint),
                                intern_str(&books->strings, y->endpoint));
}

void sort_origins(const struct books *books, uint32_t *origins, size_t count)
{
    if (count > 1) {
        qsort_r(origins, count, sizeof(*origins), origin_order, (void *)(uintptr_t)books);
    }
}
