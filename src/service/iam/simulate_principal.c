/* Whom a simulation acts as: the principal, and the context keys his identity gives him. */
#include "codec/arn.h"
#include "service/iam/simulation.h"

enum { IDENTITY_KEYS_MAX = 8 };

enum rc sim_find_entity(struct rq *rq, str arn, struct entity *ret)
{
    struct arn parts;
    enum rc rc = RC_SYNTAX;

    if (arn_parse(arn, &parts) == RC_OK) {
        rc = entity_by_arn(rq->txn, arn, rq->arena, ret);
    }
    if (rc == RC_SYNTAX || (rc == RC_OK && ret->kind != ENTITY_USER && ret->kind != ENTITY_GROUP &&
                            ret->kind != ENTITY_ROLE)) {
        return api_fail(rq, ERR_InvalidInput,
                        "Invalid Entity Arn: %.*s does not clearly define entity type and name.",
                        FMT(arn));
    }
    if (rc == RC_NOENT || (rc == RC_OK && ret->account != rq->account)) {
        return api_fail(rq, ERR_NoSuchEntity, "No policies were found for the entity ARN %.*s.",
                        FMT(arn));
    }
    return rc;
}

static void put(struct simulation *sim, str key, const str *value)
{
    if (value->ptr != NULL) {
        sim->context[sim->context_count++] =
            (struct context_entry){ .key = key, .values = value, .count = 1 };
    }
}

static enum rc put_tags(struct simulation *sim, const struct tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        str key = arena_printf(sim->rq->arena, "aws:PrincipalTag/%.*s", FMT(tags[i].key));
        if (key.ptr == NULL) {
            return RC_NOMEM;
        }
        put(sim, key, &tags[i].value);
    }
    return RC_OK;
}

static enum rc put_identity(struct simulation *sim, const struct entity *entity, str type)
{
    struct tag *tags = NULL;
    size_t count = 0;
    str *values = NEW_ARRAY(sim->rq->arena, IDENTITY_KEYS_MAX, str);

    TRY(tags_list(sim->rq->txn, entity->id, sim->rq->arena, &tags, &count));
    sim->context = NEW_ARRAY(sim->rq->arena, IDENTITY_KEYS_MAX + count, struct context_entry);
    if (values == NULL || sim->context == NULL) {
        return RC_NOMEM;
    }
    values[0] = sim->principal.account;
    values[1] = type;
    values[2] = sim->principal.role_arn.ptr != NULL ? sim->principal.role_arn : sim->principal.arn;
    put(sim, STR("aws:PrincipalAccount"), &values[0]);
    put(sim, STR("aws:PrincipalType"), &values[1]);
    put(sim, STR("aws:PrincipalArn"), &values[2]);
    if (entity->kind == ENTITY_USER) {
        values[3] = entity->name;
        values[4] = entity->id;
        put(sim, STR("aws:username"), &values[3]);
        put(sim, STR("aws:userid"), &values[4]);
    }
    return put_tags(sim, tags, count);
}

enum rc sim_act_as(struct simulation *sim, const struct entity *entity)
{
    str arn = entity_arn(entity, sim->rq->arena);

    if (arn.ptr == NULL) {
        return RC_NOMEM;
    }
    sim->principal = (struct principal){ .type = PRINCIPAL_USER, .account = sim->rq->account_text };
    switch (entity->kind) {
    case ENTITY_USER:
        sim->principal.arn = arn;
        sim->principal.unique_id = entity->id;
        return put_identity(sim, entity, STR("User"));
    case ENTITY_ROLE:
        sim->principal.type = PRINCIPAL_ROLE_SESSION;
        sim->principal.role_arn = arn;
        sim->principal.arn = arena_printf(
            sim->rq->arena, "arn:%.*s:sts::%.*s:assumed-role/%.*s/simulated",
            FMT(sim->rq->partition), FMT(sim->rq->account_text), FMT(entity->name));
        sim->principal.unique_id = entity->id;
        sim->principal.service_linked = str_starts(entity->path, STR("/aws-service-role/"));
        return sim->principal.arn.ptr == NULL ? RC_NOMEM
                                              : put_identity(sim, entity, STR("AssumedRole"));
    case ENTITY_GROUP: /* nobody in particular who is in it */
    case ENTITY_PROFILE:
    case ENTITY_POLICY:
    case ENTITY_CERTIFICATE:
    case ENTITY_MFA:
    case ENTITY_OIDC:
    case ENTITY_SAML_PROVIDER:
        break;
    }
    return RC_OK;
}

enum rc sim_act_as_caller(struct simulation *sim, str caller_arn)
{
    struct arn arn;

    if (arn_parse(caller_arn, &arn) != RC_OK || !str_eq(arn.service, STR("iam")) ||
        !account_id_is_valid(arn.account) || !str_starts(arn.resource, STR("user/"))) {
        return api_fail(sim->rq, ERR_InvalidInput,
                        "CallerArn must be the ARN of an IAM user, not %.*s.", FMT(caller_arn));
    }
    sim->principal.type = PRINCIPAL_USER;
    sim->principal.arn = caller_arn;
    sim->principal.account = arn.account;
    sim->principal.role_arn = STR_NONE;
    sim->principal.unique_id = STR_NONE;
    return RC_OK;
}

/* A key that is given takes the place of the identity's own. */
static void replace(struct simulation *sim, const struct context_entry *entry)
{
    for (size_t i = 0; i < sim->context_count; i++) {
        if (str_eq_nocase(sim->context[i].key, entry->key)) {
            sim->context[i] = *entry;
            return;
        }
    }
    sim->context[sim->context_count++] = *entry;
}

enum rc sim_put_context(struct simulation *sim, const struct iam_ContextEntry_list *keys)
{
    struct context_entry *all = NEW_ARRAY(sim->rq->arena, sim->context_count + keys->count,
                                          struct context_entry);

    if (all == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < sim->context_count; i++) {
        all[i] = sim->context[i];
    }
    sim->context = all;
    for (size_t i = 0; i < keys->count; i++) {
        const struct iam_ContextEntry *in = &keys->items[i];
        struct context_entry entry = { .key = in->ContextKeyName,
                                       .values = in->ContextKeyValues.items,
                                       .count = (uint32_t)in->ContextKeyValues.count };
        if (in->ContextKeyName.ptr == NULL) {
            return api_fail(sim->rq, ERR_InvalidInput, "A context entry has no ContextKeyName.");
        }
        entry.many = str_ends(in->ContextKeyType, STR("List")) || entry.count != 1;
        replace(sim, &entry);
    }
    return RC_OK;
}
