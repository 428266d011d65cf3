/* What policy documents mean, for every request at once: does the new one allow anything that the
 * old one does not, does it allow anything at all, is it open to the world, which statements add
 * nothing. Answers are proofs or examples:
 *
 *   PROVED           holds for every request there can be
 *   COUNTEREXAMPLE   a concrete request, which policy_decide has decided before it is shown
 *   UNKNOWN          neither was reached; the reason says why
 *
 * Pure; time and memory are bounded by the options. docs/analysis.md says what is exact. */
#ifndef MANTLE_ANALYSIS_ANALYSIS_H
#define MANTLE_ANALYSIS_ANALYSIS_H

#include "policy/policy.h"

/* Documents that combine as E-2 says; bindings of the sources count (P-13). */
struct analysis_set {
    const struct policy_source *sources;
    size_t count;
};

/* As struct policy_stack: NULL means "there is none"; an SCP level that is NULL allows nothing. */
struct analysis_stack {
    const struct analysis_set *identity, *boundary, *session, *resource, *endpoint;
    const struct analysis_set *const *scp;
    size_t scp_count;
    const struct analysis_set *const *rcp;
    size_t rcp_count;
};

struct analysis_options {
    uint64_t steps_max; /* of all searches together; 0: ANALYSIS_STEPS */
    size_t memory_max;  /* bytes; 0: ANALYSIS_MEMORY */
    /* The caller. NULL: whoever the documents tell apart. The keys that follow from who he is
     * (aws:PrincipalArn, aws:username...) are known then. */
    const struct principal *principal;
    /* Keys with a known value; without values and not `many`: known to be absent. */
    const struct context_entry *known;
    size_t known_count;
    str resource_account; /* absent: the caller's own, and another */
    bool principal_in_management_account, resource_in_management_account;
    /* analysis_compare_kind: sts:GetSessionToken, which no document grants and a Deny takes away,
     * counts as well. */
    bool ungranted;
};
#define ANALYSIS_STEPS UINT64_C(4000000)
#define ANALYSIS_MEMORY ((size_t)32 << 20)

/* Name of the policies that are put beside a document (analysis_compare_kind). */
#define ANALYSIS_ASSUMED "assumed"

/* Zeroed memory says UNKNOWN. */
enum analysis_verdict { ANALYSIS_UNKNOWN, ANALYSIS_PROVED, ANALYSIS_COUNTEREXAMPLE };

enum analysis_reason {
    REASON_NONE,
    REASON_STEPS,     /* the steps of the budget are spent */
    REASON_MEMORY,    /* its memory is */
    REASON_VARIABLES, /* it depends on a policy variable of unknown value */
    REASON_TYPES,     /* operators of different types ask about one key */
    REASON_REQUEST,   /* an example was found that is no request: too long an action */
};

struct analysis_result {
    enum analysis_verdict verdict;
    enum analysis_reason reason; /* UNKNOWN only */
    uint64_t steps;              /* spent */
    /* COUNTEREXAMPLE only; everything lives in the arena of the call. */
    struct policy_request request;
    struct decision old_decision, new_decision;
    const struct policy_stack *old_stack, *new_stack; /* as compiled */
};

/* "the budget of 4000000 steps is spent"; static text. */
const char *analysis_reason_text(enum analysis_reason reason);

/* Does `new` allow nothing that `old` does not? RC_NOMEM; RC_LIMIT as policy_compile. options may be
 * NULL. */
MUST_CHECK enum rc analysis_compare(const struct analysis_stack *old,
                                    const struct analysis_stack *new,
                                    const struct analysis_options *options, struct arena *arena,
                                    struct analysis_result *ret);

/* The same for documents of one kind by themselves, each beside what lets it decide: an identity policy
 * with resource policies that leave it the decision, a resource policy with callers who are allowed
 * everything and callers who are allowed nothing... docs/analysis.md lists what is assumed. Either
 * may be NULL: a set that is not there, which allows nothing. */
MUST_CHECK enum rc analysis_compare_kind(enum policy_kind kind, const struct analysis_set *old,
                                         const struct analysis_set *new,
                                         const struct analysis_options *options,
                                         struct arena *arena, struct analysis_result *ret);

/* PROVED: nothing is allowed. A counterexample is a request that is. */
MUST_CHECK enum rc analysis_is_empty(const struct analysis_stack *stack,
                                     const struct analysis_options *options, struct arena *arena,
                                     struct analysis_result *ret);

/* PROVED: the resource or trust policy is not public: it allows nobody but callers it names, or who
 * come from where it names. A counterexample is a request of somebody else. What counts as naming:
 * docs/analysis.md, "Public". */
MUST_CHECK enum rc analysis_is_public(enum policy_kind kind, const struct analysis_set *set,
                                      const struct analysis_options *options, struct arena *arena,
                                      struct analysis_result *ret);

/* PROVED: both allow the same. *ret_more, when there is a counterexample: the side that allows it
 * (false: a, true: b). */
MUST_CHECK enum rc analysis_equivalent(enum policy_kind kind, const struct analysis_set *a,
                                       const struct analysis_set *b,
                                       const struct analysis_options *options, struct arena *arena,
                                       struct analysis_result *ret, bool *ret_b_more);

/* Statements that can be taken away, all of them together, without any decision becoming another,
 * whatever other documents stand in the same set.
 * *ret[i] belongs to statement i of the sources, counted through; *ret_open: some could not be
 * decided and count as needed. */
MUST_CHECK enum rc analysis_redundant(enum policy_kind kind, const struct analysis_set *set,
                                      const struct analysis_options *options, struct arena *arena,
                                      bool **ret, size_t *ret_count, bool *ret_open);

#endif
