#include "migrate/evidence.h"

#include <stdlib.h>

#include "migrate/evidence_parts.h"

enum { EVIDENCE_CHUNK = 256 << 10 };
#define EVIDENCE_MAX ((size_t)8 << 30)

static const uint8_t hash_key[16] = { 0x65, 0x76, 0x69, 0x64, 0x65, 0x6e, 0x63, 0x65 };

unsigned days_count(const struct days *days)
{
    unsigned count = 0;

    for (size_t i = 0; i < DAY_WORDS; i++) {
        count += (unsigned)__builtin_popcountll(days->bits[i]);
    }
    return count;
}

void days_join(struct days *into, const struct days *from)
{
    for (size_t i = 0; i < DAY_WORDS; i++) {
        into->bits[i] |= from->bits[i];
    }
}

static void days_add(struct days *days, int64_t at_s)
{
    uint64_t day = (uint64_t)(at_s / 86400) % DAYS_TOLD_APART;

    days->bits[day / 64] |= (uint64_t)1 << (day % 64);
}

void span_add(int64_t *first_s, int64_t *last_s, int64_t at_s)
{
    if (at_s == INT64_MIN) {
        return;
    }
    *first_s = *first_s == INT64_MIN || at_s < *first_s ? at_s : *first_s;
    *last_s = *last_s == INT64_MIN || at_s > *last_s ? at_s : *last_s;
}

void evidence_init(struct evidence *e, const struct catalogue *catalogue)
{
    *e = (struct evidence){ .catalogue = catalogue, .first_s = INT64_MIN, .last_s = INT64_MIN };
    arena_init(&e->arena, &heap, EVIDENCE_CHUNK, EVIDENCE_MAX);
    table_init(&e->whos, &heap, hash_key);
    table_init(&e->names, &heap, hash_key);
    table_init(&e->data, &heap, hash_key);
    table_init(&e->unknown, &heap, hash_key);
}

static void who_done(struct who *who)
{
    table_done(&who->uses);
    table_done(&who->denied);
    table_done(&who->unknown);
    table_done(&who->agents);
    table_done(&who->addresses);
    table_done(&who->shapes);
}

void evidence_done(struct evidence *e)
{
    size_t at = 0;
    void *who;
    str key;

    while (table_next(&e->whos, &at, &key, &who)) {
        who_done(who);
    }
    table_done(&e->whos);
    table_done(&e->names);
    table_done(&e->data);
    table_done(&e->unknown);
    arena_done(&e->arena);
}

static bool put(struct evidence *e, struct table *table, str key, void *value)
{
    e->out_of_memory = e->out_of_memory || value == NULL || key.ptr == NULL ||
                       table_set(table, key, value, NULL) != RC_OK;
    return !e->out_of_memory;
}

struct tally *tally_add(struct evidence *e, struct table *table, str name, str more, uint64_t count,
                        int64_t at_s)
{
    struct tally *tally = table_get(table, name);

    if (tally == NULL) {
        tally = NEW(&e->arena, struct tally);
        if (tally == NULL) {
            e->out_of_memory = true;
            return NULL;
        }
        *tally = (struct tally){ .name = arena_str(&e->arena, name),
                                 .more = arena_str(&e->arena, more),
                                 .first_s = INT64_MIN,
                                 .last_s = INT64_MIN };
        if (!put(e, table, tally->name, tally)) {
            return NULL;
        }
    }
    tally->count += count;
    span_add(&tally->first_s, &tally->last_s, at_s);
    return tally;
}

struct who *who_of(struct evidence *e, str arn, str name, str account, str consumer, bool is_role)
{
    char room[2048 + 256];
    str key = str_from(room, arn.len + 1 + consumer.len);
    struct who *who;

    if (key.len > sizeof(room)) {
        return NULL;
    }
    memcpy(room, arn.ptr, arn.len);
    room[arn.len] = '\n';
    if (consumer.len > 0) {
        memcpy(room + arn.len + 1, consumer.ptr, consumer.len);
    }
    who = table_get(&e->whos, key);
    if (who != NULL) {
        return who;
    }
    who = NEW(&e->arena, struct who);
    if (who == NULL) {
        e->out_of_memory = true;
        return NULL;
    }
    *who = (struct who){ .arn = arena_str(&e->arena, arn),
                         .name = arena_str(&e->arena, name),
                         .account = arena_str(&e->arena, account),
                         .consumer = arena_str(&e->arena, consumer),
                         .is_role = is_role,
                         .first_s = INT64_MIN,
                         .last_s = INT64_MIN };
    table_init(&who->uses, &heap, hash_key);
    table_init(&who->denied, &heap, hash_key);
    table_init(&who->unknown, &heap, hash_key);
    table_init(&who->agents, &heap, hash_key);
    table_init(&who->addresses, &heap, hash_key);
    table_init(&who->shapes, &heap, hash_key);
    return put(e, &e->whos, arena_str(&e->arena, key), who) ? who : NULL;
}

static str use_key(const struct use *use, buf *room)
{
    const str parts[] = { use->action, use->arn, use->key, use->value };

    buf_clear(room);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_add(room, parts[i]);
        buf_add_char(room, '\n');
    }
    return buf_str(room);
}

bool use_known(const struct who *who, const struct use *use, buf *room)
{
    return table_get(&who->uses, use_key(use, room)) != NULL;
}

/* The copy of what is new lives in the evidence; what the catalogue owns is not copied. */
void use_add(struct evidence *e, struct who *who, const struct use *seen, buf *room)
{
    str key = use_key(seen, room);
    struct use *use = table_get(&who->uses, key);

    if (use == NULL) {
        use = NEW(&e->arena, struct use);
        if (use == NULL) {
            e->out_of_memory = true;
            return;
        }
        *use = *seen;
        use->action = arena_str(&e->arena, seen->action);
        use->arn = arena_str(&e->arena, seen->arn);
        use->key = arena_str(&e->arena, seen->key);
        use->value = arena_str(&e->arena, seen->value);
        use->event = arena_str(&e->arena, seen->event);
        (void)put(e, &who->uses, arena_str(&e->arena, key), use);
        return;
    }
    use->count += seen->count;
    span_add(&use->first_s, &use->last_s, seen->first_s);
    span_add(&use->first_s, &use->last_s, seen->last_s);
    days_join(&use->days, &seen->days);
    use->certainty = seen->certainty < use->certainty ? seen->certainty : use->certainty;
    use->partial = use->partial && seen->partial;
    use->no_path = use->no_path && seen->no_path;
    use->failed = use->failed && seen->failed;
    use->companion = use->companion && seen->companion;
    use->sibling = use->sibling && seen->sibling;
}

void use_at(struct use *use, int64_t at_s)
{
    use->count = 1;
    use->first_s = use->last_s = at_s;
    if (at_s != INT64_MIN) {
        days_add(&use->days, at_s);
    }
}

void who_at(struct who *who, int64_t at_s)
{
    span_add(&who->first_s, &who->last_s, at_s);
    if (at_s != INT64_MIN) {
        days_add(&who->days, at_s);
    }
}

/* -- joining what threads saw ----------------------------------------------------------------------- */

static void tallies_join(struct evidence *e, struct table *into, const struct table *from)
{
    size_t at = 0;
    void *value;
    str key;

    while (table_next(from, &at, &key, &value)) {
        const struct tally *tally = value;
        (void)tally_add(e, into, tally->name, tally->more, tally->count, tally->first_s);
        (void)tally_add(e, into, tally->name, tally->more, 0, tally->last_s);
    }
}

void who_join(struct evidence *e, const struct who *from, str consumer, buf *room)
{
    struct who *into = who_of(e, from->arn, from->name, from->account, consumer, from->is_role);
    size_t at = 0;
    void *use;
    str key;

    if (into == NULL) {
        return;
    }
    into->calls += from->calls;
    into->denied_calls += from->denied_calls;
    into->failed_calls += from->failed_calls;
    span_add(&into->first_s, &into->last_s, from->first_s);
    span_add(&into->first_s, &into->last_s, from->last_s);
    days_join(&into->days, &from->days);
    while (table_next(&from->uses, &at, &key, &use)) {
        use_add(e, into, use, room);
    }
    tallies_join(e, &into->denied, &from->denied);
    tallies_join(e, &into->unknown, &from->unknown);
    tallies_join(e, &into->agents, &from->agents);
    tallies_join(e, &into->addresses, &from->addresses);
}

/* The first ARN seen for a name; a second one makes the name say nothing. */
void name_add(struct evidence *e, str name, str arn)
{
    static const str several = STR_INIT("");
    str *known = table_get(&e->names, name), *copy;

    if (known != NULL) {
        if (!str_eq(*known, arn)) {
            *known = several;
        }
        return;
    }
    copy = NEW(&e->arena, str);
    if (copy == NULL) {
        e->out_of_memory = true;
        return;
    }
    *copy = arena_str(&e->arena, arn);
    (void)put(e, &e->names, arena_str(&e->arena, name), copy);
}

void evidence_join_rest(struct evidence *into, const struct evidence *from)
{
    size_t at = 0;
    void *value;
    str key;

    while (table_next(&from->names, &at, &key, &value)) {
        name_add(into, key, *(const str *)value);
    }
    tallies_join(into, &into->data, &from->data);
    tallies_join(into, &into->unknown, &from->unknown);
    into->events += from->events;
    into->used += from->used;
    into->root += from->root;
    into->services += from->services;
    into->others += from->others;
    into->not_calls += from->not_calls;
    span_add(&into->first_s, &into->last_s, from->first_s);
    span_add(&into->first_s, &into->last_s, from->last_s);
    into->out_of_memory = into->out_of_memory || from->out_of_memory;
}

/* -- sorted ------------------------------------------------------------------------------------------ */

static int by_who(const void *a, const void *b)
{
    const struct who *x = *(struct who *const *)a, *y = *(struct who *const *)b;
    int order = str_cmp(x->arn, y->arn);

    return order != 0 ? order : str_cmp(x->consumer, y->consumer);
}

static int by_use(const void *a, const void *b)
{
    const struct use *x = *(struct use *const *)a, *y = *(struct use *const *)b;
    int order = str_cmp(x->action, y->action);

    order = order != 0 ? order : str_cmp(x->arn, y->arn);
    order = order != 0 ? order : str_cmp(x->key, y->key);
    return order != 0 ? order : str_cmp(x->value, y->value);
}

static int by_tally(const void *a, const void *b)
{
    const struct tally *x = *(struct tally *const *)a, *y = *(struct tally *const *)b;

    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : str_cmp(x->name, y->name);
}

static void **sorted(struct arena *arena, const struct table *table,
                     int (*order)(const void *, const void *), size_t *ret_count)
{
    void **rows = NEW_ARRAY(arena, table->count + 1, void *);
    size_t at = 0, count = 0;
    str key;

    *ret_count = 0;
    while (rows != NULL && table_next(table, &at, &key, &rows[count])) {
        count++;
    }
    if (rows != NULL) {
        qsort(rows, count, sizeof(*rows), order);
        *ret_count = count;
    }
    return rows;
}

struct who **evidence_whos(struct evidence *e, size_t *ret_count)
{
    return (struct who **)sorted(&e->arena, &e->whos, by_who, ret_count);
}

struct use **who_uses(struct evidence *e, const struct who *who, size_t *ret_count)
{
    return (struct use **)sorted(&e->arena, &who->uses, by_use, ret_count);
}

struct tally **tallies(struct arena *arena, const struct table *table, size_t *ret_count)
{
    return (struct tally **)sorted(arena, table, by_tally, ret_count);
}
