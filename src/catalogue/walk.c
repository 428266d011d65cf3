/* Walking the actions that a pattern means. */
#include "catalogue/catalogue.h"

#include "policy/text.h"

void catalogue_walk_init(struct catalogue_walk *walk, str pattern)
{
    str rest;

    *walk = (struct catalogue_walk){ .everything = false };
    if (pattern.len > sizeof(walk->folded)) {
        walk->next_service = UINT32_MAX;
        return;
    }
    for (size_t i = 0; i < pattern.len; i++) {
        walk->folded[i] = ascii_lower(pattern.ptr[i]);
    }
    rest = str_from(walk->folded, pattern.len);
    if (!take_until(&rest, ':', &walk->service)) {
        /* Without a colon only "*" means actions. */
        walk->everything = str_eq(rest, STR("*"));
        walk->service = rest;
        walk->next_service = walk->everything ? 0 : UINT32_MAX;
    }
    walk->name = rest;
    while (walk->front.len < rest.len && rest.ptr[walk->front.len] != '*' &&
           rest.ptr[walk->front.len] != '?') {
        walk->front = str_from(rest.ptr, walk->front.len + 1);
    }
}

/* Names of the catalogue are far shorter; a longer one is cut and matches by its front. */
static bool matches(str pattern, str name)
{
    char folded[128];
    size_t len = name.len < sizeof(folded) ? name.len : sizeof(folded);

    for (size_t i = 0; i < len; i++) {
        folded[i] = ascii_lower(name.ptr[i]);
    }
    return glob_match(pattern, str_from(folded, len));
}

static bool enter(const struct catalogue *c, struct catalogue_walk *walk,
                  const struct catalogue_service *service)
{
    walk->end = service->first_action + service->action_count;
    walk->next = walk->everything ? service->first_action
                                  : catalogue_action_from(c, service, walk->front);
    return true;
}

/* Enters the next service that the pattern means. */
static bool next_service(const struct catalogue *c, struct catalogue_walk *walk)
{
    struct catalogue_service service;

    if (!walk->everything && !glob_has_wildcard(walk->service)) {
        bool found = walk->next_service == 0 && catalogue_service_find(c, walk->service, &service);
        walk->next_service = UINT32_MAX;
        return found && enter(c, walk, &service);
    }
    while (walk->next_service != UINT32_MAX &&
           catalogue_service_at(c, walk->next_service, &service)) {
        walk->next_service++;
        if (walk->everything || matches(walk->service, service.prefix)) {
            return enter(c, walk, &service);
        }
    }
    return false;
}

bool catalogue_walk_next(const struct catalogue *c, struct catalogue_walk *walk,
                         struct catalogue_action *ret)
{
    do {
        while (walk->next < walk->end) {
            if (!catalogue_action_at(c, walk->next++, ret)) {
                return false;
            }
            if (!walk->everything && !str_starts_nocase(ret->name, walk->front)) {
                walk->next = walk->end; /* sorted: no later one begins so */
                break;
            }
            if (walk->everything || matches(walk->name, ret->name)) {
                return true;
            }
        }
    } while (next_service(c, walk));
    return false;
}
