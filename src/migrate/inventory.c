#include "migrate/inventory.h"

#include <stdlib.h>

#include "migrate/inventory_inside.h"

static enum rc take_caller_types(struct maker *m)
{
    const struct books *books = m->books;
    struct inventory_name *names = NEW_ARRAY(m->arena, (size_t)books->caller_types.count + 1,
                                             struct inventory_name);

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < books->caller_types.count; i++) {
        names[i] = (struct inventory_name){ intern_str(&books->strings,
                                                       books->caller_types.items[i].name),
                                            books->caller_types.items[i].count };
    }
    names_make(names, books->caller_types.count, &m->inventory->caller_types);
    return RC_OK;
}

static void take_span(const struct books *books, struct inventory *inventory)
{
    enum { DAY_S = 86400 };

    inventory->first_s = inventory->last_s = ESTATE_NEVER;
    if (books->last_s == INT64_MIN) {
        return;
    }
    inventory->first_s = books->first_s;
    inventory->last_s = books->last_s;
    inventory->days = (uint32_t)(books->last_s / DAY_S - books->first_s / DAY_S + 1);
    for (unsigned i = 0; i < BOOKS_DAYS / 64; i++) {
        inventory->days_seen += (uint32_t)__builtin_popcountll(books->days[i]);
    }
}

static void take_sums(const struct books *books, struct inventory *inventory)
{
    inventory->calls = books->calls;
    inventory->service_events = books->service_events;
    inventory->service_calls = books->service_calls;
    inventory->other_callers = books->other_callers;
    inventory->sign_ins = books->sign_ins;
    inventory->failed_sign_ins = books->failed_sign_ins;
}

static enum rc take_problems(const struct trail_problems *problems, struct arena *arena,
                             struct inventory *inventory)
{
    inventory->problems = NEW_ARRAY(arena, problems->count + 1, struct trail_problem);
    if (inventory->problems == NULL) {
        return RC_NOMEM;
    }
    if (problems->count > 0) {
        memcpy(inventory->problems, problems->items, problems->count * sizeof(*problems->items));
    }
    inventory->problem_count = problems->count;
    for (int i = 0; i < PROBLEM_KINDS; i++) {
        inventory->problems_seen += problems->seen[i];
    }
    return RC_OK;
}

enum rc inventory_make(const struct books *books, const struct estate *estate,
                       const struct trail_counts *counts, const struct trail_digests *digests,
                       const struct trail_problems *problems, struct arena *arena,
                       struct inventory *ret)
{
    static const uint8_t hash_key[16] = { 2 };
    struct maker m = { .books = books, .estate = estate, .arena = arena, .inventory = ret };

    *ret = (struct inventory){
        .arena = arena, .trail = *counts, .digests = *digests, .notes = { .arena = arena }
    };
    ret->account = estate == NULL ? STR_NONE : estate->account;
    take_span(books, ret);
    take_sums(books, ret);
    table_init(&m.principals, &arena->as_alloc, hash_key);
    TRY(ledger_make(books, arena, &m.ledger));
    TRY(inventory_keys(&m));
    TRY(inventory_consumers(&m));
    TRY(follow_sessions(books, ret, m.key_of_credential));
    TRY(take_caller_types(&m));
    TRY(take_problems(problems, arena, ret));
    return find_blind_spots(books, estate, problems, ret);
}

void inventory_note(struct inventory *inventory, const struct trail_problems *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        const struct trail_problem *note = &notes->items[i];
        trail_problem_add(&inventory->notes, note->kind, note->path, note->offset, note->what);
    }
}

struct inventory_principal *inventory_principal(const struct inventory *inventory, str arn)
{
    struct inventory_principal wanted = { .arn = arn };

    return inventory->principal_count == 0
               ? NULL
               : bsearch(&wanted, inventory->principals, inventory->principal_count, sizeof(wanted),
                         inventory_principal_order);
}
