/* Between the files that make an inventory. */
#ifndef MANTLE_MIGRATE_INVENTORY_INSIDE_H
#define MANTLE_MIGRATE_INVENTORY_INSIDE_H

#include "migrate/inventory.h"

/* Books with their uses laid out by origin. */
struct ledger {
    const struct books *books;
    struct arena *arena;
    uint32_t *use_at;   /* of an origin: where its uses begin in use_list; one more at the end */
    uint32_t *use_list; /* numbers of uses, those of one origin by action */
    uint32_t *assumption_at, *assumption_list;
};
MUST_CHECK enum rc ledger_make(const struct books *books, struct arena *arena, struct ledger *ret);

struct maker {
    const struct books *books;
    const struct estate *estate; /* may be NULL */
    struct arena *arena;
    struct inventory *inventory;
    struct ledger ledger;
    uint32_t *of_credential; /* origins, those of one credential together */
    uint32_t *credential_at; /* where each credential's begin */
    struct table principals; /* ARN -> struct inventory_principal */
    struct inventory_key **key_of_credential;
    uint32_t consumers;
};

/* Fills inventory->principals with their keys, both sorted. */
MUST_CHECK enum rc inventory_keys(struct maker *m);
/* Fills their consumers and their use. */
MUST_CHECK enum rc inventory_consumers(struct maker *m);
/* The key of that id (absent: the sessions), made when it is not there: there is room. */
struct inventory_key *inventory_add_key(struct inventory_principal *p, str id);
/* The last part of the resource: "bob" of "arn:aws:iam::1:user/path/bob". */
str inventory_name_of(str arn);
int inventory_principal_order(const void *a, const void *b);

/* Equal names become one, counts added; sorted by count, then name. `raw` is used up. */
void names_make(struct inventory_name *raw, size_t count, struct inventory_names *ret);
/* What the origins did together. */
MUST_CHECK enum rc sum_origins(const struct ledger *ledger, const uint32_t *origins, size_t count,
                               struct inventory_use *ret);
/* Which of the origins of one credential look like one program: ret_group[i] belongs to origins[i] and is
 * below *ret_groups. Origins come in an order that does not depend on the threads. */
MUST_CHECK enum rc group_origins(const struct ledger *ledger, const uint32_t *origins, size_t count,
                                 uint32_t *ret_group, uint32_t *ret_groups);
/* By calls, most first, then by what they are. */
void sort_origins(const struct books *books, uint32_t *origins, size_t count);
/* Fills inventory->blind. */
MUST_CHECK enum rc find_blind_spots(const struct books *books, const struct estate *estate,
                                    const struct trail_problems *problems,
                                    struct inventory *inventory);
/* The sessions of the keys: who they acted as. */
MUST_CHECK enum rc follow_sessions(const struct books *books, struct inventory *inventory,
                                   struct inventory_key *const *key_of_credential);

#endif
