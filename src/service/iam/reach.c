#include "service/iam/reach.h"

#include "model/attachment.h"
#include "model/inline_policy.h"
#include "model/managed_policy.h"
#include "model/membership.h"
#include "policy/inside.h"
#include "policy/text.h"

/* --- what is given ------------------------------------------------------------------------------ */

struct gathering {
    struct txn *txn;
    struct arena *arena;
    struct given_policy *policies;
    size_t count, room;
};

static enum rc add(struct gathering *g, const struct given_policy *policy)
{
    if (g->count == g->room) {
        size_t room = g->room == 0 ? 32 : g->room * 2;
        struct given_policy *more = NEW_ARRAY(g->arena, room, struct given_policy);

        if (more == NULL) {
            return RC_NOMEM;
        }
        if (g->count > 0) {
            memcpy(more, g->policies, g->count * sizeof(*more));
        }
        g->policies = more;
        g->room = room;
    }
    g->policies[g->count++] = *policy;
    return RC_OK;
}

static enum rc add_of(struct gathering *g, const struct entity *owner)
{
    struct inline_policy *inline_policies = NULL;
    struct attached_document *attached = NULL;
    size_t count = 0;

    TRY(inline_policy_list(g->txn, owner->id, g->arena, &inline_policies, &count));
    for (size_t i = 0; i < count; i++) {
        struct given_policy policy = { .name = inline_policies[i].name,
                                       .document = inline_policies[i].document,
                                       .owner = *owner };
        TRY(add(g, &policy));
    }
    TRY(attachment_documents(g->txn, owner->id, g->arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        struct given_policy policy = { .name = attached[i].policy.name,
                                       .document = attached[i].document,
                                       .arn = entity_arn(&attached[i].policy, g->arena),
                                       .owner = *owner };
        if (policy.arn.ptr == NULL) {
            return RC_NOMEM;
        }
        TRY(add(g, &policy));
    }
    return RC_OK;
}

static enum rc add_itself(struct gathering *g, const struct entity *entity)
{
    struct given_policy policy = { .name = entity->name,
                                   .arn = entity_arn(entity, g->arena),
                                   .owner = *entity };
    struct managed_policy managed;
    struct policy_version version;

    if (policy.arn.ptr == NULL) {
        return RC_NOMEM;
    }
    TRY(managed_policy_of_entity(g->txn, entity, g->arena, &managed));
    TRY(policy_version_get(g->txn, &managed, managed.default_version, g->arena, &version));
    policy.document = version.document;
    return add(g, &policy);
}

enum rc policies_given(struct txn *txn, const struct entity *entity, struct arena *arena,
                       struct given_policy **ret, size_t *ret_count)
{
    struct gathering g = { .txn = txn, .arena = arena };
    struct entity *groups = NULL;
    size_t count = 0;

    if (entity->kind == ENTITY_POLICY) {
        TRY(add_itself(&g, entity));
    } else {
        TRY(add_of(&g, entity));
    }
    if (entity->kind == ENTITY_USER) { /* D-5 */
        TRY(membership_groups(txn, entity->id, arena, &groups, &count));
        for (size_t i = 0; i < count; i++) {
            TRY(add_of(&g, &groups[i]));
        }
    }
    *ret = g.policies;
    *ret_count = g.count;
    return RC_OK;
}

/* --- what it reaches ---------------------------------------------------------------------------- */

enum rc reach_init(struct reach *reach, struct arena *arena)
{
    TRY(catalogue_shipped(&reach->catalogue));
    reach->count = catalogue_service_count(&reach->catalogue);
    reach->services = NEW_ARRAY(arena, reach->count, bool);
    return reach->services == NULL ? RC_NOMEM : RC_OK;
}

/* The number of a service is told by its actions. */
static bool find_service(const struct reach *reach, str prefix, uint32_t *ret)
{
    struct catalogue_service service;
    struct catalogue_action action;

    if (!catalogue_service_find(&reach->catalogue, prefix, &service) ||
        !catalogue_action_at(&reach->catalogue, service.first_action, &action) ||
        action.service >= reach->count) {
        return false;
    }
    *ret = action.service;
    return true;
}

static void mark(struct reach *reach, uint32_t service)
{
    if (service < reach->count) {
        reach->services[service] = true;
    }
}

static void add_pattern(struct reach *reach, str pattern)
{
    struct catalogue_walk walk;
    struct catalogue_action action;
    uint32_t number;
    str rest = pattern, prefix;

    catalogue_walk_init(&walk, pattern);
    while (catalogue_walk_next(&reach->catalogue, &walk, &action)) {
        mark(reach, action.service);
        catalogue_walk_next_service(&walk);
    }
    /* An action newer than the catalogue is one of its service all the same. */
    if (!glob_has_wildcard(pattern) && take_until(&rest, ':', &prefix) &&
        find_service(reach, prefix, &number)) {
        mark(reach, number);
    }
}

/* The patterns of a list, in lower case. */
static enum rc fold_list(const struct json *list, struct arena *arena, str **ret, size_t *ret_count)
{
    size_t count = 0;
    str *folded = NEW_ARRAY(arena, list_count(list), str);

    if (folded == NULL) {
        return RC_NOMEM;
    }
    for (const struct json *item = list_first(list); item != NULL; item = list_next(list, item)) {
        folded[count] = name_fold(item->text, arena);
        if (folded[count++].ptr == NULL) {
            return RC_NOMEM;
        }
    }
    *ret = folded;
    *ret_count = count;
    return RC_OK;
}

static bool is_left_out(const str *patterns, size_t count, str prefix, str name)
{
    char folded[192];
    size_t len = 0;

    if (prefix.len + 1 + name.len > sizeof(folded)) {
        return false;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        folded[len++] = ascii_lower(prefix.ptr[i]);
    }
    folded[len++] = ':';
    for (size_t i = 0; i < name.len; i++) {
        folded[len++] = ascii_lower(name.ptr[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (glob_match(patterns[i], str_from(folded, len))) {
            return true;
        }
    }
    return false;
}

/* NotAction: services with an action that no pattern covers. */
static enum rc add_others(struct reach *reach, const struct json *list, struct arena *arena)
{
    struct catalogue_service service;
    struct catalogue_action action;
    str *patterns = NULL;
    size_t count = 0;

    TRY(fold_list(list, arena, &patterns, &count));
    for (uint32_t i = 0; i < reach->count; i++) {
        if (reach->services[i] || !catalogue_service_at(&reach->catalogue, i, &service)) {
            continue;
        }
        for (uint32_t a = 0; a < service.action_count && !reach->services[i]; a++) {
            reach->services[i] = catalogue_action_at(&reach->catalogue, service.first_action + a,
                                                     &action) &&
                                 !is_left_out(patterns, count, service.prefix, action.name);
        }
    }
    return RC_OK;
}

enum rc reach_add(struct reach *reach, str document, struct arena *arena)
{
    const struct policy_document *doc = NULL;
    struct policy_refusal refusal;
    enum rc rc = policy_parse(POLICY_IDENTITY, document, arena, &doc, &refusal);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return RC_OK;
    }
    TRY(rc);
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct doc_statement *statement = &doc->statements[i];
        if (statement->effect != EFFECT_ALLOW || statement->action == NULL) {
            continue;
        }
        if (statement->not_action) {
            TRY(add_others(reach, statement->action, arena));
            continue;
        }
        for (const struct json *item = list_first(statement->action); item != NULL;
             item = list_next(statement->action, item)) {
            add_pattern(reach, item->text);
        }
    }
    return RC_OK;
}

bool reach_has(const struct reach *reach, str service)
{
    uint32_t number;

    return find_service(reach, service, &number) && reach->services[number];
}
