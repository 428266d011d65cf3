/* From a temporary credential back to the long-lived key it comes from. */
#include <stdlib.h>

#include "migrate/inventory_inside.h"

enum { CHAIN_MAX = 16 }; /* roles assumed from roles */

struct follower {
    const struct books *books;
    struct inventory_key *const *key_of_credential;
    struct arena *arena;
};

/* The session's key; NULL: its beginning is not in the trail, or no user's key began it. */
static struct inventory_key *key_of_session(const struct follower *f, uint64_t session)
{
    for (unsigned step = 0; step < CHAIN_MAX && session != 0; step++) {
        const struct pair *at = pairs_find(&f->books->session_at, session);
        const struct book_session *made;
        if (at == NULL) {
            return NULL;
        }
        made = &f->books->sessions.items[at->value - 1];
        if (made->credential != INTERN_NONE) {
            struct inventory_key *key = f->key_of_credential[made->credential];
            return key->id.ptr == NULL ? NULL : key;
        }
        session = made->parent;
    }
    return NULL;
}

/* Who acted, with how many calls, for each key: a list of (key, name, calls) first, because a key does not
 * know beforehand how many there will be. */
struct acted {
    struct inventory_key *key;
    uint64_t session;
    struct inventory_name as;
};

static int by_key(const void *a, const void *b)
{
    const struct acted *x = a, *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return x->session != y->session ? (x->session < y->session ? -1 : 1) : 0;
}

static enum rc give(const struct follower *f, const struct acted *acted, size_t count)
{
    struct inventory_key *key = acted[0].key;
    struct inventory_name *names = NEW_ARRAY(f->arena, count, struct inventory_name);

    if (names == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = acted[i].as;
        key->sessions.calls += acted[i].as.count;
        key->sessions.used += i == 0 || acted[i].session != acted[i - 1].session;
    }
    names_make(names, count, &key->sessions.as);
    return RC_OK;
}

enum rc follow_sessions(const struct books *books, struct inventory *inventory,
                        struct inventory_key *const *key_of_credential)
{
    struct follower f = { books, key_of_credential, inventory->arena };
    struct acted *acted = NEW_ARRAY(f.arena, (size_t)books->session_uses.count + 1, struct acted);
    size_t count = 0, from = 0;

    if (acted == NULL) {
        return RC_NOMEM;
    }
    for (uint32_t i = 0; i < books->sessions.count; i++) {
        struct inventory_key *key = key_of_session(&f, books->sessions.items[i].session);
        if (key != NULL) {
            key->sessions.made++;
        }
    }
    for (uint32_t i = 0; i < books->session_uses.count; i++) {
        const struct book_session_use *use = &books->session_uses.items[i];
        const struct book_origin *origin = &books->origins.items[use->origin];
        uint32_t principal = books->credentials.items[origin->credential].principal;
        struct inventory_key *key = key_of_session(&f, use->session);
        if (key != NULL) {
            acted[count++] = (struct acted){
                key,
                use->session,
                { intern_str(&books->strings, books->principals.items[principal].arn), use->calls }
            };
        }
    }
    if (count > 0) {
        qsort(acted, count, sizeof(*acted), by_key);
    }
    for (size_t i = 1; i <= count; i++) {
        if (i == count || acted[i].key != acted[from].key) {
            TRY(give(&f, acted + from, i - from));
            from = i;
        }
    }
    return RC_OK;
}
