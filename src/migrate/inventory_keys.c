/* The principals and keys of an inventory, from the trail and from the exports. */
#include <stdlib.h>

#include "codec/arn.h"
#include "migrate/inventory_inside.h"

/* The last part of the resource: "bob" of "arn:aws:iam::1:user/path/bob". */
str inventory_name_of(str arn)
{
    struct arn parts;
    str rest, part;

    if (arn_parse(arn, &parts) != RC_OK) {
        return arn;
    }
    for (rest = parts.resource, part = rest; take_item(&rest, '/', &part);) {
    }
    return part;
}

static size_t principals_most(const struct maker *m)
{
    return m->books->principals.count +
           (m->estate == NULL ? 0 : m->estate->user_count + m->estate->key_count) + 1;
}

/* The principal of an ARN, made when it is not there. NULL: no memory. */
static struct inventory_principal *principal_at(struct maker *m, enum principal_kind kind, str arn)
{
    struct inventory_principal *p = table_get(&m->principals, arn);

    if (p == NULL) {
        p = &m->inventory->principals[m->inventory->principal_count];
        *p = (struct inventory_principal){ .kind = kind,
                                           .arn = arn,
                                           .name = inventory_name_of(arn) };
        if (table_set(&m->principals, arn, p, NULL) != RC_OK) {
            return NULL;
        }
        m->inventory->principal_count++;
    }
    return p;
}

static enum rc take_principals(struct maker *m)
{
    const struct books *books = m->books;

    for (uint32_t i = 0; i < books->principals.count; i++) {
        const struct book_principal *from = &books->principals.items[i];
        struct inventory_principal *p = principal_at(m, from->kind,
                                                     intern_str(&books->strings, from->arn));
        if (p == NULL) {
            return RC_NOMEM;
        }
        p->id = intern_str(&books->strings, from->id);
    }
    for (size_t i = 0; m->estate != NULL && i < m->estate->user_count; i++) {
        const struct estate_user *user = &m->estate->users[i];
        struct inventory_principal *p = principal_at(m, BOOK_USER, user->arn);
        if (p == NULL) {
            return RC_NOMEM;
        }
        p->known = true;
        p->name = user->name;
        p->id = user->id;
    }
    for (size_t i = 0; m->estate != NULL && i < m->inventory->principal_count; i++) {
        struct inventory_principal *p = &m->inventory->principals[i];
        p->known |= p->kind == BOOK_ROLE && estate_role_by_arn(m->estate, p->arn) != NULL;
    }
    return RC_OK;
}

struct inventory_key *inventory_add_key(struct inventory_principal *p, str id)
{
    for (size_t i = 0; i < p->key_count; i++) {
        if (str_eq(p->keys[i].id, id) && (p->keys[i].id.ptr == NULL) == (id.ptr == NULL)) {
            return &p->keys[i];
        }
    }
    p->keys[p->key_count] = (struct inventory_key){
        .id = id,
        .user = p->arn,
        .created_s = ESTATE_NEVER,
        .reported_s = ESTATE_NEVER,
        .credential = INTERN_NONE,
        .use = { .first_s = ESTATE_NEVER, .last_s = ESTATE_NEVER },
    };
    return &p->keys[p->key_count++];
}

static void fill_from_estate(const struct maker *m, struct inventory_key *key)
{
    const struct estate_key *known = m->estate == NULL || key->id.ptr == NULL
                                         ? NULL
                                         : estate_key(m->estate, key->id);

    if (known != NULL) {
        key->known = true;
        key->active = known->active;
        key->created_s = known->created_s;
        key->reported_s = known->last_used_s;
        key->reported_service = known->last_service;
    }
}

static int key_order(const void *a, const void *b)
{
    const struct inventory_key *x = a, *y = b;

    if ((x->id.ptr == NULL) != (y->id.ptr == NULL)) {
        return x->id.ptr == NULL ? 1 : -1;
    }
    return str_cmp(x->id, y->id);
}

/* Room for the keys that the trail and the exports have of each principal. */
static enum rc make_room(struct maker *m)
{
    const struct books *books = m->books;
    size_t *counts = NEW_ARRAY(m->arena, m->inventory->principal_count + 1, size_t);

    if (counts == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < books->credentials.count; i++) {
        uint32_t arn = books->principals.items[books->credentials.items[i].principal].arn;
        struct inventory_principal *p = table_get(&m->principals, intern_str(&books->strings, arn));
        counts[p - m->inventory->principals]++;
    }
    for (size_t i = 0; i < m->inventory->principal_count; i++) {
        struct inventory_principal *p = &m->inventory->principals[i];
        const struct estate_user *user = m->estate == NULL ? NULL
                                                           : estate_user_by_arn(m->estate, p->arn);
        p->keys = NEW_ARRAY(m->arena, counts[i] + (user == NULL ? 0 : user->key_count) + 1,
                            struct inventory_key);
        if (p->keys == NULL) {
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

static enum rc take_keys(struct maker *m)
{
    const struct books *books = m->books;

    TRY(make_room(m));
    for (uint32_t i = 0; i < books->credentials.count; i++) {
        const struct book_credential *c = &books->credentials.items[i];
        str arn = intern_str(&books->strings, books->principals.items[c->principal].arn);
        (void)inventory_add_key(table_get(&m->principals, arn),
                                intern_str(&books->strings, c->key));
    }
    for (size_t i = 0; i < m->inventory->principal_count; i++) {
        struct inventory_principal *p = &m->inventory->principals[i];
        const struct estate_user *user = m->estate == NULL ? NULL
                                                           : estate_user_by_arn(m->estate, p->arn);
        for (size_t k = 0; user != NULL && k < user->key_count; k++) {
            (void)inventory_add_key(p, user->keys[k]->id);
        }
        if (p->key_count > 0) {
            qsort(p->keys, p->key_count, sizeof(*p->keys), key_order);
        }
        for (size_t k = 0; k < p->key_count; k++) {
            fill_from_estate(m, &p->keys[k]);
        }
    }
    return RC_OK;
}

int inventory_principal_order(const void *a, const void *b)
{
    return str_cmp(((const struct inventory_principal *)a)->arn,
                   ((const struct inventory_principal *)b)->arn);
}

/* The table is made anew: its values moved. */
static enum rc sort_principals(struct maker *m)
{
    struct inventory *inventory = m->inventory;

    if (inventory->principal_count > 0) {
        qsort(inventory->principals, inventory->principal_count, sizeof(*inventory->principals),
              inventory_principal_order);
    }
    for (size_t i = 0; i < inventory->principal_count; i++) {
        TRY(table_set(&m->principals, inventory->principals[i].arn, &inventory->principals[i],
                      NULL));
    }
    return RC_OK;
}

enum rc inventory_keys(struct maker *m)
{
    m->inventory->principals = NEW_ARRAY(m->arena, principals_most(m), struct inventory_principal);
    if (m->inventory->principals == NULL) {
        return RC_NOMEM;
    }
    TRY(take_principals(m));
    TRY(sort_principals(m));
    return take_keys(m);
}
