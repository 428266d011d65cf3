/* ListPoliciesGrantingServiceAccess: which policies of somebody name a service. */
#include "service/iam/access_report.h"
#include "service/iam/reach.h"

static str owner_word(enum entity_kind kind)
{
    return kind == ENTITY_USER ? STR("USER") : kind == ENTITY_GROUP ? STR("GROUP") : STR("ROLE");
}

static struct iam_PolicyGrantingServiceAccess view(const struct given_policy *policy)
{
    struct iam_PolicyGrantingServiceAccess shown = { .PolicyName = policy->name };

    if (policy->arn.ptr != NULL) { /* whom a managed policy is attached to is not told */
        shown.PolicyType = STR("MANAGED");
        shown.PolicyArn = policy->arn;
        return shown;
    }
    shown.PolicyType = STR("INLINE");
    shown.EntityType = owner_word(policy->owner.kind);
    shown.EntityName = policy->owner.name;
    return shown;
}

struct granting {
    struct rq *rq;
    struct given_policy *policies;
    struct reach *reaches; /* of each */
    size_t count;
};

static enum rc entry(struct granting *g, str namespace_,
                     struct iam_ListPoliciesGrantingServiceAccessEntry *ret)
{
    struct iam_PolicyGrantingServiceAccess *items = NEW_ARRAY(
        g->rq->arena, g->count, struct iam_PolicyGrantingServiceAccess);
    size_t shown = 0;

    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (reach_has(&g->reaches[i], namespace_)) {
            items[shown++] = view(&g->policies[i]);
        }
    }
    ret->ServiceNamespace = namespace_;
    ret->Policies = (struct iam_PolicyGrantingServiceAccess_list){ items, shown, true };
    return RC_OK;
}

static enum rc gather(struct granting *g, str arn)
{
    struct entity entity;

    TRY(iam_find_accessor(g->rq, arn, false, &entity));
    TRY(policies_given(g->rq->txn, &entity, g->rq->arena, &g->policies, &g->count));
    g->reaches = NEW_ARRAY(g->rq->arena, g->count, struct reach);
    if (g->reaches == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < g->count; i++) {
        TRY(reach_init(&g->reaches[i], g->rq->arena));
        TRY(reach_add(&g->reaches[i], g->policies[i].document, g->rq->arena));
    }
    return RC_OK;
}

enum { ENTRIES_PER_PAGE = 100 };

enum rc iam_ListPoliciesGrantingServiceAccess(
    struct rq *rq, const struct iam_ListPoliciesGrantingServiceAccess_in *in,
    struct iam_ListPoliciesGrantingServiceAccess_out *out)
{
    struct granting g = { .rq = rq };
    struct opt_int max = { ENTRIES_PER_PAGE, true };
    struct iam_ListPoliciesGrantingServiceAccessEntry *items;
    struct iam_slice slice;

    TRY(iam_slice(rq, in->Marker, max, in->ServiceNamespaces.count, &slice, &out->IsTruncated,
                  &out->Marker));
    TRY(gather(&g, in->Arn));
    items = NEW_ARRAY(rq->arena, slice.count, struct iam_ListPoliciesGrantingServiceAccessEntry);
    if (items == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < slice.count; i++) {
        TRY(entry(&g, in->ServiceNamespaces.items[slice.from + i], &items[i]));
    }
    out->PoliciesGrantingServiceAccess =
        (struct iam_ListPoliciesGrantingServiceAccessEntry_list){ items, slice.count, true };
    return RC_OK;
}
