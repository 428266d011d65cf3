#include "service/iam/simulation.h"

#include "codec/arn.h"
#include "model/inline_policy.h"
#include "model/membership.h"

static enum rc add(struct simulation *sim, const struct sim_document *document)
{
    if (sim->count == sim->room) {
        size_t room = sim->room == 0 ? 32 : sim->room * 2;
        struct sim_document *more = NEW_ARRAY(sim->rq->arena, room, struct sim_document);

        if (more == NULL) {
            return RC_NOMEM;
        }
        for (size_t i = 0; i < sim->count; i++) {
            more[i] = sim->documents[i];
        }
        sim->documents = more;
        sim->room = room;
    }
    if (document->id.ptr == NULL) {
        return RC_NOMEM;
    }
    sim->documents[sim->count++] = *document;
    return RC_OK;
}

enum rc sim_add_given(struct simulation *sim, enum policy_kind kind, str id, str type, str text)
{
    struct sim_document document = { .id = id, .type = type, .text = text };
    struct policy_refusal refusal = { 0 };
    enum rc rc = policy_parse(kind, text, sim->rq->arena, &document.doc, &refusal);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return api_fail(sim->rq, ERR_InvalidInput, "Invalid policy %.*s: %.*s", FMT(id),
                        FMT(refusal.message));
    }
    TRY(rc);
    return add(sim, &document);
}

enum rc sim_add_list(struct simulation *sim, enum policy_kind kind, const char *list,
                     const struct api_str_list *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        TRY(sim_add_given(sim, kind, arena_printf(sim->rq->arena, "%s.%zu", list, i + 1),
                          STR("IAM Policy"), texts->items[i]));
    }
    return RC_OK;
}

/* Security rule: what no longer validates denies everything; a simulation has to say so. */
static enum rc add_stored(struct simulation *sim, str id, str text)
{
    struct sim_document document = { .id = id, .type = STR("IAM Policy"), .text = text };
    struct policy_refusal refusal;
    enum rc rc = policy_parse(POLICY_IDENTITY, text, sim->rq->arena, &document.doc, &refusal);

    if (rc == RC_SYNTAX || rc == RC_LIMIT) {
        return api_fail(sim->rq, ERR_PolicyEvaluation, "The policy %.*s could not be evaluated.",
                        FMT(id));
    }
    TRY(rc);
    return add(sim, &document);
}

/* --- what an entity has ------------------------------------------------------------------------- */

static str kind_word(enum entity_kind kind)
{
    return kind == ENTITY_USER ? STR("user") : kind == ENTITY_GROUP ? STR("group") : STR("role");
}

static bool is_excluded_inline(const struct iam_PolicyIdentifier_list *excluded,
                               const struct entity *owner, str name)
{
    for (size_t i = 0; excluded != NULL && i < excluded->count; i++) {
        const struct iam_InlinePolicyIdentifierType *id = excluded->items[i].InlinePolicyIdentifier;
        if (id != NULL && str_eq_nocase(id->PolicyName, name) &&
            str_eq(id->AttachmentType, kind_word(owner->kind)) &&
            str_eq_nocase(id->AttachmentName, owner->name)) {
            return true;
        }
    }
    return false;
}

static bool is_excluded_managed(const struct iam_PolicyIdentifier_list *excluded, str arn)
{
    for (size_t i = 0; excluded != NULL && i < excluded->count; i++) {
        if (str_eq(excluded->items[i].PolicyArn, arn)) {
            return true;
        }
    }
    return false;
}

static enum rc add_inline(struct simulation *sim, const struct entity *owner,
                          const struct iam_PolicyIdentifier_list *excluded)
{
    struct inline_policy *policies = NULL;
    size_t count = 0;

    TRY(inline_policy_list(sim->rq->txn, owner->id, sim->rq->arena, &policies, &count));
    for (size_t i = 0; i < count; i++) {
        str id = arena_printf(sim->rq->arena, "%.*s_%.*s_%.*s", FMT(kind_word(owner->kind)),
                              FMT(owner->name), FMT(policies[i].name));
        if (!is_excluded_inline(excluded, owner, policies[i].name)) {
            TRY(add_stored(sim, id, policies[i].document));
        }
    }
    return RC_OK;
}

static enum rc add_attached(struct simulation *sim, const struct entity *owner,
                            const struct iam_PolicyIdentifier_list *excluded)
{
    struct attached_document *attached = NULL;
    size_t count = 0;

    TRY(attachment_documents(sim->rq->txn, owner->id, sim->rq->arena, &attached, &count));
    for (size_t i = 0; i < count; i++) {
        str arn = entity_arn(&attached[i].policy, sim->rq->arena);
        if (arn.ptr == NULL) {
            return RC_NOMEM;
        }
        if (!is_excluded_managed(excluded, arn)) {
            TRY(add_stored(sim, attached[i].policy.name, attached[i].document));
        }
    }
    return RC_OK;
}

enum rc sim_add_entity(struct simulation *sim, const struct entity *entity,
                       const struct iam_PolicyIdentifier_list *excluded)
{
    struct entity *groups = NULL;
    size_t count = 0;

    TRY(add_inline(sim, entity, excluded));
    TRY(add_attached(sim, entity, excluded));
    if (entity->kind != ENTITY_USER) {
        return RC_OK;
    }
    TRY(membership_groups(sim->rq->txn, entity->id, sim->rq->arena, &groups, &count)); /* D-5 */
    for (size_t i = 0; i < count; i++) {
        TRY(add_inline(sim, &groups[i], excluded));
        TRY(add_attached(sim, &groups[i], excluded));
    }
    return RC_OK;
}

/* --- compiled ----------------------------------------------------------------------------------- */

enum rc sim_compile(struct simulation *sim, size_t from, const struct policy_set **ret)
{
    size_t count = sim->count - from;
    struct policy_source *sources = NEW_ARRAY(sim->rq->arena, count, struct policy_source);

    if (sources == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        sources[i] = (struct policy_source){ .doc = sim->documents[from + i].doc,
                                             .name = arena_printf(sim->rq->arena, "%zu",
                                                                  from + i) };
        if (sources[i].name.ptr == NULL) {
            return RC_NOMEM;
        }
    }
    return policy_compile(sources, count, sim->rq->arena, ret);
}

const struct sim_document *sim_document_of(const struct simulation *sim,
                                           const struct statement_info *info)
{
    uint64_t at = 0;

    if (str_to_u64(info->policy_name, &at) != RC_OK || at >= sim->count) {
        return NULL;
    }
    return &sim->documents[at];
}
