/* GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy. */
#include "service/iam/simulation.h"

static bool is_given(const struct simulation *sim, str key)
{
    for (size_t i = 0; i < sim->context_count; i++) {
        if (str_eq_nocase(sim->context[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const struct api_str_list *list, str key)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq_nocase(list->items[i], key)) {
            return true;
        }
    }
    return false;
}

enum rc sim_missing_keys(const struct simulation *sim, str action, struct api_str_list *ret)
{
    struct found {
        const str *keys;
        size_t count;
    } *found = NEW_ARRAY(sim->rq->arena, sim->count, struct found);
    size_t total = 0;

    if (found == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < sim->count; i++) {
        TRY(policy_context_keys(sim->documents[i].doc, action, sim->rq->arena, &found[i].keys,
                                &found[i].count));
        total += found[i].count;
    }
    *ret = (struct api_str_list){ NEW_ARRAY(sim->rq->arena, total, str), 0, true };
    if (ret->items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < sim->count; i++) {
        for (size_t k = 0; k < found[i].count; k++) {
            if (!is_given(sim, found[i].keys[k]) && !is_listed(ret, found[i].keys[k])) {
                ret->items[ret->count++] = found[i].keys[k];
            }
        }
    }
    return RC_OK;
}

enum rc iam_GetContextKeysForCustomPolicy(struct rq *rq,
                                          const struct iam_GetContextKeysForCustomPolicy_in *in,
                                          struct iam_GetContextKeysForCustomPolicy_out *out)
{
    struct simulation sim = { .rq = rq };

    TRY(sim_add_list(&sim, POLICY_IDENTITY, "PolicyInputList", &in->PolicyInputList));
    return sim_missing_keys(&sim, STR_NONE, &out->ContextKeyNames);
}

enum rc iam_GetContextKeysForPrincipalPolicy(
    struct rq *rq, const struct iam_GetContextKeysForPrincipalPolicy_in *in,
    struct iam_GetContextKeysForPrincipalPolicy_out *out)
{
    struct simulation sim = { .rq = rq };
    struct entity entity;

    TRY(sim_find_entity(rq, in->PolicySourceArn, &entity));
    TRY(sim_add_entity(&sim, &entity, NULL));
    TRY(sim_add_list(&sim, POLICY_IDENTITY, "PolicyInputList", &in->PolicyInputList));
    return sim_missing_keys(&sim, STR_NONE, &out->ContextKeyNames);
}
