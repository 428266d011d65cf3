/* ListEntitiesForPolicy: the groups, users and roles a managed policy is attached to, or bounds. */
#include "model/attachment.h"
#include "model/managed_policy.h"
#include "service/iam/iam.h"
#include "service/iam/policy.h"

/* The listing goes through these stages in order; a marker is the stage's letter and a name. */
static const struct stage {
    char letter;
    enum entity_kind kind;
    enum policy_usage usage;
    str filter; /* what EntityFilter calls the kind */
} stages[] = {
    { 'g', ENTITY_GROUP, USAGE_ATTACHED, STR_INIT("Group") },
    { 'u', ENTITY_USER, USAGE_ATTACHED, STR_INIT("User") },
    { 'U', ENTITY_USER, USAGE_BOUNDARY, STR_INIT("User") },
    { 'r', ENTITY_ROLE, USAGE_ATTACHED, STR_INIT("Role") },
    { 'R', ENTITY_ROLE, USAGE_BOUNDARY, STR_INIT("Role") },
};

struct found { /* one entity of the answer */
    enum entity_kind kind;
    str name, id;
};

struct walk {
    struct rq *rq;
    const struct iam_ListEntitiesForPolicy_in *in;
    str policy_id;
    struct page page; /* its max: room left in the answer */
    struct found *found;
    size_t count;
};

static bool is_wanted(const struct walk *w, const struct stage *stage)
{
    str usage = w->in->PolicyUsageFilter;

    if (w->in->EntityFilter.ptr != NULL && !str_eq(w->in->EntityFilter, stage->filter)) {
        return false;
    }
    return usage.ptr == NULL ||
           (str_eq(usage, STR("PermissionsPolicy")) == (stage->usage == USAGE_ATTACHED));
}

/* Was it listed already, because the policy is attached to what it bounds? */
static enum rc was_listed(const struct walk *w, const struct stage *stage,
                          const struct entity *entity, bool *ret)
{
    struct entity *attached = NULL;
    size_t count = 0;

    *ret = false;
    if (stage->usage == USAGE_ATTACHED || w->in->PolicyUsageFilter.ptr != NULL) {
        return RC_OK;
    }
    TRY(attachment_list(w->rq->txn, entity->id, w->rq->arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        *ret = *ret || str_eq(attached[i].id, w->policy_id);
    }
    return RC_OK;
}

static enum rc walk_stage(struct walk *w, const struct stage *stage)
{
    str prefix = w->in->PathPrefix;
    struct entity *entities = NULL;
    size_t count = 0;

    TRY(policy_entities(w->rq->txn, w->policy_id, stage->usage, w->rq->account, stage->kind,
                        &w->page, w->rq->arena, &entities, &count));
    for (size_t i = 0; i < count; i++) {
        bool listed;
        TRY(was_listed(w, stage, &entities[i], &listed));
        if (!listed && (prefix.ptr == NULL || str_starts(entities[i].path, prefix))) {
            w->found[w->count++] = (struct found){ stage->kind, entities[i].name, entities[i].id };
        }
    }
    w->page.max -= count;
    return RC_OK;
}

/* From the stage and name of the marker on, until the page is full. */
static enum rc walk_all(struct walk *w)
{
    size_t at = 0;

    while (w->page.marker.len > 0 && at < COUNT_OF(stages) &&
           stages[at].letter != w->page.marker.ptr[0]) {
        at++;
    }
    w->page.marker = str_skip(w->page.marker, 1);
    for (; at < COUNT_OF(stages); at++) {
        if (!is_wanted(w, &stages[at])) {
            continue;
        }
        if (w->page.max == 0) { /* full: the next page begins with this stage */
            w->page.truncated = true;
            w->page.next_marker = STR("");
        } else {
            TRY(walk_stage(w, &stages[at]));
        }
        if (w->page.truncated) {
            w->page.next_marker = arena_printf(w->rq->arena, "%c%.*s", stages[at].letter,
                                               FMT(w->page.next_marker));
            return w->page.next_marker.ptr == NULL ? RC_NOMEM : RC_OK;
        }
        w->page.marker = STR_NONE;
    }
    return RC_OK;
}

static enum rc answer(struct walk *w, struct iam_ListEntitiesForPolicy_out *out)
{
    struct iam_PolicyGroup *groups = NEW_ARRAY(w->rq->arena, w->count, struct iam_PolicyGroup);
    struct iam_PolicyUser *users = NEW_ARRAY(w->rq->arena, w->count, struct iam_PolicyUser);
    struct iam_PolicyRole *roles = NEW_ARRAY(w->rq->arena, w->count, struct iam_PolicyRole);

    if (groups == NULL || users == NULL || roles == NULL) {
        return RC_NOMEM;
    }
    out->PolicyGroups = (struct iam_PolicyGroup_list){ groups, 0, true };
    out->PolicyUsers = (struct iam_PolicyUser_list){ users, 0, true };
    out->PolicyRoles = (struct iam_PolicyRole_list){ roles, 0, true };
    for (size_t i = 0; i < w->count; i++) {
        const struct found *f = &w->found[i];
        if (f->kind == ENTITY_GROUP) {
            groups[out->PolicyGroups.count++] = (struct iam_PolicyGroup){ f->name, f->id };
        } else if (f->kind == ENTITY_USER) {
            users[out->PolicyUsers.count++] = (struct iam_PolicyUser){ f->name, f->id };
        } else {
            roles[out->PolicyRoles.count++] = (struct iam_PolicyRole){ f->name, f->id };
        }
    }
    return iam_page_end(w->rq, &w->page, &out->IsTruncated, &out->Marker);
}

enum rc iam_ListEntitiesForPolicy(struct rq *rq, const struct iam_ListEntitiesForPolicy_in *in,
                                  struct iam_ListEntitiesForPolicy_out *out)
{
    struct walk w = { .rq = rq, .in = in };
    struct managed_policy policy;

    TRY(iam_find_managed(rq, in->PolicyArn, &policy));
    TRY(iam_page_begin(rq, in->Marker, in->MaxItems, &w.page));
    w.policy_id = policy.entity.id;
    w.found = NEW_ARRAY(rq->arena, w.page.max, struct found);
    if (w.found == NULL) {
        return RC_NOMEM;
    }
    TRY(walk_all(&w));
    return answer(&w, out);
}
