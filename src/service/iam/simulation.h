/* What SimulatePrincipalPolicy, SimulateCustomPolicy and GetContextKeysFor... ask about: documents
 * that are given or stored, put together as the engine takes them, each with the name answers use. */
#ifndef MANTLE_SERVICE_IAM_SIMULATION_H
#define MANTLE_SERVICE_IAM_SIMULATION_H

#include "service/iam/iam.h"

struct sim_document {
    str id;   /* SourcePolicyId: "AdministratorAccess", "user_bob_inline", "PolicyInputList.1" */
    str type; /* SourcePolicyType */
    str text;
    const struct policy_document *doc;
};

struct simulation {
    struct rq *rq;
    struct sim_document *documents;
    size_t count, room;
    struct policy_stack stack;
    struct principal principal;
    struct context_entry *context; /* keys of the principal, overridden by ContextEntries */
    size_t context_count;
    str resource_owner; /* twelve digits: of resources whose ARN names no account */
    bool cross_checked; /* a resource policy was given */
};

/* Adds a document. InvalidInput when one that was given cannot be evaluated; PolicyEvaluation when a
 * stored one cannot. */
MUST_CHECK enum rc sim_add_given(struct simulation *sim, enum policy_kind kind, str id, str type,
                                 str text);
MUST_CHECK enum rc sim_add_list(struct simulation *sim, enum policy_kind kind, const char *list,
                                const struct api_str_list *texts);
/* Everything that gives the entity permissions, for users through their groups too. `excluded` may
 * be NULL. */
MUST_CHECK enum rc sim_add_entity(struct simulation *sim, const struct entity *entity,
                                  const struct iam_PolicyIdentifier_list *excluded);
/* The documents from `from` on, as one set; their statements' policy_name is the number of the
 * document (sim_document_of). */
MUST_CHECK enum rc sim_compile(struct simulation *sim, size_t from, const struct policy_set **ret);
/* The document a statement is from. */
const struct sim_document *sim_document_of(const struct simulation *sim,
                                           const struct statement_info *info);

/* context_keys.c: keys the documents ask for and the context does not give, each once, as first
 * written. action: of statements about it only; absent: of all. */
MUST_CHECK enum rc sim_missing_keys(const struct simulation *sim, str action,
                                    struct api_str_list *ret);

/* simulate_principal.c: user, group or role of PolicySourceArn; NoSuchEntity, InvalidInput. */
MUST_CHECK enum rc sim_find_entity(struct rq *rq, str arn, struct entity *ret);
/* The principal that an entity acts as, with its context keys. */
MUST_CHECK enum rc sim_act_as(struct simulation *sim, const struct entity *entity);
/* CallerArn: a user of any account. */
MUST_CHECK enum rc sim_act_as_caller(struct simulation *sim, str caller_arn);
MUST_CHECK enum rc sim_put_context(struct simulation *sim,
                                   const struct iam_ContextEntry_list *keys);

#endif
